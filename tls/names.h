// SPDX-License-Identifier: ISC
// Hosts' names, as certificates and clients say them.
#pragma once

#include <openssl/x509.h>

#include <string>
#include <string_view>
#include <vector>

namespace tls {

// NAME in lower case, without a dot at its end; empty if it is not one of letters, digits, '-',
// '_' and dots, of at most 253 octets. With IS_PATTERN its first label may be "*".
std::string normal_name(std::string_view name, bool is_pattern);

// "mail.example.org" -> "*.example.org", the pattern that would match it; empty if it has no dot.
// RFC 9525 s.6.3: a wildcard is a whole label, the first, and matches one.
std::string pattern_for(std::string_view name);

// The hosts that the certificate is for: its dNSNames, or else its common name (RFC 9525 knows
// dNSNames only; certificates made by hand often have none). At most max_names.
std::vector<std::string> names_of(X509* certificate);

}  // namespace tls
