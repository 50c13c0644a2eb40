// SPDX-License-Identifier: ISC
#include "checkpw/hashes.h"

#include <botan/argon2.h>
#include <botan/bcrypt.h>
#include <botan/system_rng.h>
#include <crypt.h>

#include <algorithm>
#include <memory>

#include "base/failure.h"
#include "base/secret.h"
#include "base/text.h"

namespace checkpw {

namespace {

// OWASP's first choice for Argon2id, and the most that is accepted from elsewhere: 19 MiB a
// login, so that tcpserver's limit on connections also bounds the memory.
constexpr std::size_t argon2_memory_kib = 19456, argon2_passes = 2, argon2_lanes = 1;
constexpr std::size_t argon2_most_passes = 16, argon2_most_lanes = 4;
constexpr std::uint16_t bcrypt_work = 10, bcrypt_most_work = 14;
constexpr std::size_t crypt_most_rounds = 1000000;

// The number that follows NAME up to one of ",$".
std::optional<std::size_t> take_parameter(std::string_view& text, std::string_view name) {
  if (!text.starts_with(name)) return {};
  text.remove_prefix(name.size());
  const auto end = text.find_first_of(",$");
  if (end == text.npos) return {};
  const auto number = base::parse_number<std::size_t>(text.substr(0, end));
  text.remove_prefix(end + 1);
  return number;
}

// Base64 as PHC strings have it, without padding.
bool is_base64(std::string_view text, std::string_view two_more) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [=](char c) {
    return (c >= '0' && c <= '9') || (base::lower(c) >= 'a' && base::lower(c) <= 'z') ||
           two_more.find(c) != two_more.npos;
  });
}

std::optional<std::string> check_argon2id(std::string_view value) {
  constexpr std::string_view prefix = "$argon2id$v=19$";
  if (!value.starts_with(prefix)) return "not an Argon2id hash ($argon2id$v=19$...)";
  value.remove_prefix(prefix.size());
  const auto memory = take_parameter(value, "m=");
  const auto passes = take_parameter(value, "t=");
  const auto lanes = take_parameter(value, "p=");
  const auto salt = value.substr(0, value.find('$'));
  const auto hash = salt.size() < value.size() ? value.substr(salt.size() + 1) : std::string_view();
  if (!memory || !passes || !lanes || *passes == 0 || *lanes == 0 || *memory / 8 < *lanes ||
      !is_base64(salt, "+/") || !is_base64(hash, "+/") || salt.size() % 4 == 1 || hash.size() % 4 == 1)
    return "not an Argon2id hash";
  if (*memory > argon2_memory_kib || *passes > argon2_most_passes || *lanes > argon2_most_lanes)
    return "the Argon2id hash costs more than m=19456,t=16,p=4";
  return {};
}

std::optional<std::string> check_bcrypt(std::string_view value) {
  const bool good = value.size() == 60 && value.starts_with("$2") && value[3] == '$' &&
                    (value[2] == 'a' || value[2] == 'b' || value[2] == 'y') && value[6] == '$' &&
                    is_base64(value.substr(7), "./");
  const auto work = good ? base::parse_number<unsigned>(value.substr(4, 2)) : std::nullopt;
  if (!work || *work < 4) return "not a bcrypt hash";
  if (*work > bcrypt_most_work) return "the bcrypt hash costs more than 14";
  return {};
}

// The kinds of crypt(3) whose cost can be told and is bearable; libcrypt knows more.
std::optional<std::string> check_crypt(std::string_view value) {
  constexpr std::string_view too_costly = "the {CRYPT} hash costs too much";
  if (value[0] == '*' || value[0] == '!') return "the {CRYPT} secret is a locked one";
  if (value.starts_with("$5$") || value.starts_with("$6$")) {
    constexpr std::string_view rounds = "rounds=";
    auto rest = value.substr(3);
    if (!rest.starts_with(rounds)) return {};
    const auto number = take_parameter(rest, rounds);
    if (!number || *number > crypt_most_rounds) return std::string(too_costly);
    return {};
  }
  if (value.starts_with("$2")) return check_bcrypt(value);
  for (const std::string_view yescrypt : {"$y$j", "$gy$j"})
    if (value.starts_with(yescrypt)) {
      // Then log2 N - 1 as one of "./0-9A-Z...": 9, the default, is 16 MiB; and r, at most the default T.
      const auto cost = value.substr(yescrypt.size());
      if (cost.size() < 3 || cost[0] < '.' || cost[0] > '9' || cost[1] < '.' ||
          cost[1] > 'T' || cost[2] != '$')
        return std::string(too_costly);
      return {};
    }
  const bool is_des = value.size() == 13 && is_base64(value, "./");
  if (value.starts_with("$1$") || is_des) return {};
  return "not a kind of {CRYPT} hash that is taken: $1$ $2 $5$ $6$ $y$ $gy$ or traditional";
}

std::string hash_with_crypt(const std::string& password, const std::string& setting) {
  // Too large for the stack's first pages, and full of what came of the password.
  const auto data = std::make_unique<crypt_data>();
  const char* hash = ::crypt_rn(password.c_str(), setting.c_str(), data.get(), sizeof *data);
  std::string copy = hash ? hash : "";
  base::wipe(data.get(), sizeof *data);
  return copy;
}

}  // namespace

std::optional<std::string> check_hash(std::string_view scheme, std::string_view value) {
  if (scheme == "ARGON2ID") return check_argon2id(value);
  if (scheme == "BCRYPT") return check_bcrypt(value);
  return check_crypt(value);
}

std::string make_hash(std::string_view scheme, const std::string& password) {
  auto& rng = Botan::system_rng();
  if (scheme == "ARGON2ID")
    return Botan::argon2_generate_pwhash(password.data(), password.size(), rng, argon2_lanes, argon2_memory_kib,
                                         argon2_passes);
  if (scheme == "BCRYPT") return Botan::generate_bcrypt(password, rng, bcrypt_work);
  if (scheme != "CRYPT") base::bug("make_hash: scheme");
  char setting[CRYPT_GENSALT_OUTPUT_SIZE];
  // NULL, 0: the kind libcrypt thinks best (yescrypt), and salt from the kernel.
  if (!::crypt_gensalt_rn(nullptr, 0, nullptr, 0, setting, sizeof setting)) base::fail("crypt_gensalt");
  auto hash = hash_with_crypt(password, setting);
  if (hash.empty()) base::fail("crypt");
  return hash;
}

bool verify_hash(std::string_view scheme, const std::string& hash, const std::string& password) {
  if (scheme == "ARGON2ID") return Botan::argon2_check_pwhash(password.data(), password.size(), hash);
  if (scheme == "BCRYPT") return Botan::check_bcrypt(password, hash);
  const auto again = hash_with_crypt(password, hash);
  return !again.empty() && again[0] != '*' && base::same_secret(hash, again);
}

}  // namespace checkpw
