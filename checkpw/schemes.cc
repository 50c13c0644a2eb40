// SPDX-License-Identifier: ISC
#include "checkpw/schemes.h"

#include <algorithm>

#include "base/secret.h"
#include "base/text.h"
#include "checkpw/account.h"
#include "checkpw/digest.h"
#include "checkpw/hashes.h"
#include "checkpw/keys.h"
#include "checkpw/prepare.h"
#include "checkpw/scram.h"

namespace checkpw {

namespace {

constexpr std::string_view schemes[] = {"PLAIN", "SEALED", "SCRAM-SHA-256", "CRYPT",
                                        "BCRYPT", "ARGON2ID", "CERT", "OAUTH"};

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == ' ' || base::is_graphic(c); });
}

// The digest as digits of one case, so that both are understood.
std::string lowered(std::string_view text) {
  std::string copy(text);
  std::transform(copy.begin(), copy.end(), copy.begin(), base::lower);
  return copy;
}

bool is_certificate_digest(std::string_view text) {
  return text.size() == 2 * sha256_octets && from_hex(text);
}

std::optional<std::string> check_value(std::string_view scheme, std::string_view value) {
  if (scheme == "SEALED" && !is_sealed(value)) return "not a sealed secret (id$base64)";
  if (scheme == "SCRAM-SHA-256" && !parse_scram_keys(value))
    return "not SCRAM keys (iterations,salt,StoredKey,ServerKey), or iterations not from 4096 to 100000";
  return {};
}

// The secret itself, if it can serve for a digest.
std::optional<std::string_view> plain_of(std::string_view stored) {
  if (scheme_of(stored) != "PLAIN" || check_stored(stored)) return {};
  return value_of(stored);
}

}  // namespace

bool is_scheme(std::string_view name) {
  return std::find(std::begin(schemes), std::end(schemes), name) != std::end(schemes);
}

bool is_password_scheme(std::string_view name) { return is_scheme(name) && name != "CERT" && name != "OAUTH"; }

bool is_cleartext_scheme(std::string_view name) { return name == "PLAIN" || name == "SEALED"; }

bool serves(std::string_view scheme, Method method) {
  switch (method) {
    case Method::unknown: case Method::password: return is_password_scheme(scheme);
    case Method::apop: case Method::cram_md5: return is_cleartext_scheme(scheme);
    case Method::scram: case Method::scram_plus: return is_cleartext_scheme(scheme) || scheme == "SCRAM-SHA-256";
    case Method::external: return scheme == "CERT";
    case Method::token: return scheme == "OAUTH";
  }
  return false;
}

std::string_view scheme_of(std::string_view stored) {
  const auto end = stored.find('}');
  if (!stored.starts_with('{') || end == stored.npos) return {};
  const auto name = stored.substr(1, end - 1);
  return is_scheme(name) ? name : std::string_view();
}

std::string_view value_of(std::string_view stored) { return stored.substr(scheme_of(stored).size() + 2); }

std::optional<std::string> check_stored(std::string_view stored) {
  const auto scheme = scheme_of(stored);
  if (scheme.empty())
    return "the secret's {SCHEME} is not one of PLAIN SEALED SCRAM-SHA-256 CRYPT BCRYPT ARGON2ID CERT OAUTH";
  if (stored.size() > max_stored) return "the secret is too long";
  const auto value = value_of(stored);
  if (value.empty()) return "the secret is empty";
  if (scheme == "PLAIN" || !is_password_scheme(scheme)) return check_password(scheme, value);
  if (!is_printable(value)) return "the secret holds what is not printable ASCII";
  if (scheme == "SEALED" || scheme == "SCRAM-SHA-256") return check_value(scheme, value);
  return check_hash(scheme, value);
}

std::optional<std::string> check_password(std::string_view scheme, std::string_view password) {
  if (password.empty()) return "the secret is empty";
  if (password.size() > max_secret) return "the secret is longer than 248 octets";
  if (!is_utf8_text(password)) return "the secret holds control characters, or what is not UTF-8";
  if (scheme == "BCRYPT" && password.size() > bcrypt_longest)
    return "BCRYPT takes no secret longer than 72 octets";
  return {};
}

bool verify_password(std::string_view stored, std::string_view password) {
  const auto scheme = scheme_of(stored);
  if (!is_password_scheme(scheme) || scheme == "SEALED" || check_stored(stored) || password.empty()) return false;
  const auto value = value_of(stored);
  if (scheme == "PLAIN") return base::same_secret(value, password);
  if (scheme == "SCRAM-SHA-256") {
    const auto keys = parse_scram_keys(value);
    return keys && base::same_secret(keys->stored_key, derive_scram_keys(password, keys->salt).stored_key);
  }
  return verify_hash(scheme, std::string(value), std::string(password));
}

bool verify_apop(std::string_view stored, std::string_view response, std::string_view timestamp) {
  const auto secret = plain_of(stored);
  if (!secret || timestamp.empty()) return false;
  return base::same_secret(md5_hex({timestamp, *secret}), lowered(response));
}

bool verify_cram(std::string_view stored, std::string_view response, std::string_view challenge) {
  const auto secret = plain_of(stored);
  if (!secret || challenge.empty()) return false;
  return base::same_secret(hmac_md5_hex(*secret, challenge), lowered(response));
}

bool verify_certificate(std::string_view stored, std::string_view digest, std::string_view name) {
  if (scheme_of(stored) != "CERT" || check_stored(stored)) return false;
  const auto value = value_of(stored);
  // A certificate whose name looks like a digest is not the one that has this digest.
  if (is_certificate_digest(value)) return base::same_secret(lowered(value), lowered(digest));
  return !name.empty() && base::same_secret(value, name);
}

bool verify_subject(std::string_view stored, std::string_view subject) {
  return scheme_of(stored) == "OAUTH" && !check_stored(stored) && base::same_secret(value_of(stored), subject);
}

}  // namespace checkpw
