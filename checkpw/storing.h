// SPDX-License-Identifier: ISC
// Making stored secrets, and opening sealed ones. A sealed secret may hold SCRAM's keys beside the
// password, "keys NUL password", so that a SCRAM login need not derive them; all secrets of a login
// have the same salt, since the client is told one salt and may have any of the passwords.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "checkpw/account.h"
#include "checkpw/keys.h"
#include "checkpw/scram.h"

namespace checkpw {

// The salt and iterations of LOGIN, which need not exist: the same every time, and nobody can tell
// which logins do.
ScramSalt scram_salt(const Header& header, std::string_view login);

// Deriving takes 1 or 2 ms: too long for an import of 100000 users.
enum class ScramKeysBeside { yes, no };

// PASSWORD, which check_password lets pass, as a secret of LOGIN by SCHEME. Throws
// where the libraries fail, and, if that is SEALED, as load_keys does.
std::string make_stored(std::string_view scheme, std::string_view login, std::string_view password,
                        const Header& header, KeyFile& keys, ScramKeysBeside beside = ScramKeysBeside::yes);

// 32 random octets in hexadecimal digits, for a header that has none.
std::string make_header_key();

// A header whose new secrets are stored by SCHEME.
Header make_header(std::string_view scheme, KeyFile& keys);

// A secret that verify_*() of checkpw/schemes.h can be asked about.
struct OpenedSecret {
  SecretText stored;               // {PLAIN} if it was sealed, else as it was
  std::optional<ScramKeys> keys;   // that stood beside it
};
// Throws as load_keys and unseal do, if STORED is {SEALED}.
OpenedSecret open_secret(std::string_view stored, std::string_view login, KeyFile& keys);

// {PLAIN} and {SEALED} sealed under the current key of KEYS, with SCRAM's keys if it had them before; all
// others as they are. Throws likewise.
std::string seal_anew(std::string_view stored, std::string_view login, KeyFile& keys);

}  // namespace checkpw
