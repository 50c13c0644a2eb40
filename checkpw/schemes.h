// SPDX-License-Identifier: ISC
// How a secret is stored, and how a client's proof is held against it. A stored secret is
// "{SCHEME}value":
//
//   {PLAIN}          the secret itself: APOP, CRAM-MD5, SCRAM, and all that shows us the password
//   {SEALED}         the same, sealed (checkpw/keys.h): good for as much, once it is opened
//   {SCRAM-SHA-256}  SCRAM's keys (checkpw/scram.h): SCRAM, PASS, PLAIN, LOGIN
//   {CRYPT} {BCRYPT} {ARGON2ID}  hashes (checkpw/hashes.h): PASS, PLAIN, LOGIN
//   {CERT}           a client certificate: 64 hexadecimal digits, its SHA-256; or the name in it.
//                    EXTERNAL only
//   {OAUTH}          the subject of a token. OAUTHBEARER and XOAUTH2 only
//
// What each is good for is exclusive: a digest is never held against a password, nor the reverse.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "checkpw/login_record.h"

namespace checkpw {

bool is_scheme(std::string_view name);
// True for those that passwords are stored by: all but CERT and OAUTH.
bool is_password_scheme(std::string_view name);
// True for those that the secret itself can be got back from.
bool is_cleartext_scheme(std::string_view name);

// Can a secret of this scheme prove anything by METHOD?
bool serves(std::string_view scheme, Method method);

// The name between the braces; empty if there is none that is known.
std::string_view scheme_of(std::string_view stored);
// What stands behind the braces. The scheme must be known.
std::string_view value_of(std::string_view stored);

// What is wrong with a stored secret, in words; nothing if it can be used. An empty secret is
// wrong, and so is a hash that would cost more than a login may.
std::optional<std::string> check_stored(std::string_view stored);

// What is wrong with a password to be stored by SCHEME; nothing if it may be: 1 to 248 octets
// of text, prepared (checkpw/prepare.h) if it is not ASCII; and all of them must count: bcrypt
// looks at 72.
std::optional<std::string> check_password(std::string_view scheme, std::string_view password);

// PASS, PLAIN, LOGIN: is PASSWORD the secret? {SEALED} must have been opened before, here and below.
// Throws where Botan fails, as when memory runs out.
bool verify_password(std::string_view stored, std::string_view password);

// APOP (RFC 1939 s.7): is RESPONSE, 32 hexadecimal digits, the MD5 of TIMESTAMP and the
// secret? Never, unless the secret is {PLAIN}.
bool verify_apop(std::string_view stored, std::string_view response, std::string_view timestamp);

// CRAM-MD5 (RFC 2195 s.2): the HMAC-MD5 of CHALLENGE, with the secret as its key. Likewise.
bool verify_cram(std::string_view stored, std::string_view response, std::string_view challenge);

// EXTERNAL: is the certificate with this DIGEST (64 hexadecimal digits), or the NAME that stands in
// it, the login's {CERT}?
bool verify_certificate(std::string_view stored, std::string_view digest, std::string_view name);

// Is SUBJECT, whom a checked token is of, the login's {OAUTH}?
bool verify_subject(std::string_view stored, std::string_view subject);

}  // namespace checkpw
