// SPDX-License-Identifier: ISC
#include "checkpw/storing.h"

#include "base/failure.h"
#include "base/random.h"
#include "checkpw/digest.h"
#include "checkpw/hashes.h"
#include "checkpw/schemes.h"

namespace checkpw {

namespace {

std::string seal_password(std::string_view login, std::string_view password, const std::optional<ScramKeys>& scram,
                          KeyFile& keys) {
  std::string plain;
  plain.reserve(max_stored);
  if (scram) plain.append(format(*scram));
  plain.append(1, '\0').append(password);
  const SecretText wiped(std::move(plain));
  return "{SEALED}" + seal(keys.get().front(), login, wiped.view());
}

}  // namespace

ScramSalt scram_salt(const Header& header, std::string_view login) {
  const auto& key = header.key.empty() ? header.dummy : header.key;
  return {hmac_sha256(key, std::string("SCRAM salt of ").append(login)).substr(0, scram_salt_octets),
          scram_iterations};
}

std::string make_stored(std::string_view scheme, std::string_view login, std::string_view password,
                        const Header& header, KeyFile& keys, ScramKeysBeside beside) {
  const auto prefix = "{" + std::string(scheme) + "}";
  if (scheme == "PLAIN" || !is_password_scheme(scheme)) return prefix + std::string(password);
  if (scheme != "SEALED" && scheme != "SCRAM-SHA-256") return prefix + make_hash(scheme, std::string(password));
  std::optional<ScramKeys> scram;
  if (scheme != "SEALED" || beside == ScramKeysBeside::yes)
    scram = derive_scram_keys(password, scram_salt(header, login));
  return scheme == "SEALED" ? seal_password(login, password, scram, keys) : prefix + format(*scram);
}

std::string make_header_key() {
  base::Secret<sha256_octets> octets;
  base::random_octets(octets.data, sizeof octets.data);
  return to_hex({octets.data, sizeof octets.data});
}

Header make_header(std::string_view scheme, KeyFile& keys) {
  Header header{std::string(scheme), {}, make_header_key()};
  header.dummy = make_stored(scheme, "", base::random_name<32>().view(), header, keys);
  return header;
}

OpenedSecret open_secret(std::string_view stored, std::string_view login, KeyFile& keys) {
  if (scheme_of(stored) != "SEALED") return {SecretText(std::string(stored)), {}};
  const auto plain = unseal(keys.get(), login, value_of(stored));
  const auto nul = plain.view().find('\0');
  auto scram = parse_scram_keys(plain.view().substr(0, nul));
  if (nul == plain.view().npos || (nul != 0 && !scram)) throw base::Failure("a sealed secret holds no secret");
  std::string opened;
  opened.reserve(max_stored);
  opened.append("{PLAIN}").append(plain.view().substr(nul + 1));
  return {SecretText(std::move(opened)), std::move(scram)};
}

std::string seal_anew(std::string_view stored, std::string_view login, KeyFile& keys) {
  if (!is_cleartext_scheme(scheme_of(stored))) return std::string(stored);
  const auto opened = open_secret(stored, login, keys);
  return seal_password(login, value_of(opened.stored.view()), opened.keys, keys);
}

}  // namespace checkpw
