// SPDX-License-Identifier: ISC
#include "checkpw/scram.h"

#include <algorithm>

#include "base/secret.h"
#include "base/text.h"
#include "checkpw/digest.h"
#include "checkpw/prepare.h"

namespace checkpw {

namespace {

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// What stands before the next comma, which goes too; all of it if there is none.
std::string_view take_part(std::string_view& text) {
  const auto part = text.substr(0, text.find(','));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}


bool is_nonce(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return base::is_graphic(c) && c != ','; });
}

bool is_binding_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return base::is_letter(c) || base::is_digit(c) || c == '.' || c == '-';
  });
}

// attr-val *("," attr-val), or nothing: extensions that may be passed over. REST is what stands
// behind the last attribute that is known; TEXT ended in a comma if it is empty then.
bool are_extensions(std::string_view rest) {
  while (!rest.empty()) {
    const bool is_last = rest.find(',') == rest.npos;
    const auto part = take_part(rest);
    if (part.size() < 3 || !base::is_letter(part[0]) || part[1] != '=' || part[0] == 'm') return false;
    if (!is_last && rest.empty()) return false;  // a comma at the end
  }
  return true;
}

// The header, and the rest behind it.
bool take_header(std::string_view& rest, ClientFirst& first) {
  const auto flag = take_part(rest);
  if (flag == "n" || flag == "y") {
    first.binding = flag[0];
  } else {
    first.binding = 'p';
    first.binding_name = flag;
    if (!take(first.binding_name, "p=") || !is_binding_name(first.binding_name)) return false;
  }
  auto authzid = take_part(rest);
  if (authzid.empty()) return true;
  if (!take(authzid, "a=") || !unescape_scram_name(authzid)) return false;
  first.authzid = authzid;
  return true;
}

// Takes "r=" and its nonce, and passes over what may stand behind it.
bool take_nonce(std::string_view rest, std::string_view& nonce) {
  if (!take(rest, "r=")) return false;
  const auto comma = rest.find(',');
  nonce = rest.substr(0, comma);
  if (!is_nonce(nonce)) return false;
  return comma == rest.npos || (comma + 1 < rest.size() && are_extensions(rest.substr(comma + 1)));
}

std::string exclusive_or(std::string a, std::string_view b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<char>(a[i] ^ b[i]);
  return a;
}

}  // namespace

ScramKeys derive_scram_keys(std::string_view password, const ScramSalt& salt) {
  auto salted = pbkdf2_sha256(password, salt.salt, salt.iterations);
  auto client_key = hmac_sha256(salted, "Client Key");
  ScramKeys keys{salt, sha256(client_key), hmac_sha256(salted, "Server Key")};
  base::wipe(salted.data(), salted.size());
  base::wipe(client_key.data(), client_key.size());
  return keys;
}

std::string format(const ScramKeys& keys) {
  return std::to_string(keys.salt.iterations) + ',' + to_base64(keys.salt.salt) + ',' +
         to_base64(keys.stored_key) + ',' + to_base64(keys.server_key);
}

std::optional<ScramKeys> parse_scram_keys(std::string_view text) {
  if (std::count(text.begin(), text.end(), ',') != 3) return {};
  const auto iterations = base::parse_number<unsigned>(take_part(text));
  const auto salt = from_base64(take_part(text));
  const auto stored_key = from_base64(take_part(text));
  const auto server_key = from_base64(take_part(text));
  if (!iterations || !salt || !stored_key || !server_key) return {};
  if (*iterations < scram_iterations || *iterations > scram_most_iterations || salt->empty() ||
      salt->size() > scram_most_salt || stored_key->size() != sha256_octets || server_key->size() != sha256_octets)
    return {};
  return ScramKeys{{*salt, *iterations}, *stored_key, *server_key};
}

std::optional<ClientFirst> parse_client_first(std::string_view message) {
  if (message.size() > max_scram_first) return {};
  ClientFirst first{};
  auto rest = message;
  if (!take_header(rest, first)) return {};
  first.header = message.substr(0, message.size() - rest.size());
  first.bare = rest;
  first.name = take_part(rest);
  if (!take(first.name, "n=") || !unescape_scram_name(first.name)) return {};
  if (!take_nonce(rest, first.nonce)) return {};
  return first;
}

std::optional<ClientFinal> parse_client_final(std::string_view message) {
  if (message.size() > max_scram_final) return {};
  ClientFinal final{};
  // The proof is the last attribute: what stands before its comma is what it proves.
  const auto proof_at = message.rfind(",p=");
  if (proof_at == message.npos) return {};
  final.without_proof = message.substr(0, proof_at);
  const auto proof = from_base64(message.substr(proof_at + 3));
  if (!proof || proof->size() != sha256_octets) return {};
  final.proof = *proof;
  auto rest = final.without_proof;
  final.binding = take_part(rest);
  if (!take(final.binding, "c=") || final.binding.empty()) return {};
  if (!take_nonce(rest, final.nonce)) return {};
  return final;
}

std::optional<std::string> unescape_scram_name(std::string_view name) {
  std::string plain;
  while (!name.empty()) {
    if (take(name, "=2C")) plain += ',';
    else if (take(name, "=3D")) plain += '=';
    else if (name[0] == '=' || name[0] == ',') return {};
    else plain += name[0], name.remove_prefix(1);
  }
  if (plain.empty() || !is_utf8_text(plain)) return {};
  return plain;
}

bool is_bound(const ClientFirst& first, std::string_view base64, const ChannelBinding& channel, bool is_plus) {
  std::string_view data;
  if (is_plus != (first.binding == 'p')) return false;
  if (is_plus) {
    if (first.binding_name == "tls-exporter") data = channel.exporter;
    else if (first.binding_name == "tls-server-end-point") data = channel.end_point;
    if (data.empty()) return false;
  } else if (first.binding == 'y' && !(channel.exporter.empty() && channel.end_point.empty())) {
    return false;
  }
  const auto said = from_base64(base64);
  return said && base::same_secret(std::string(first.header).append(data), *said);
}

std::string make_server_first(const ClientFirst& first, std::string_view server_nonce, const ScramSalt& salt) {
  return std::string("r=").append(first.nonce).append(server_nonce) + ",s=" + to_base64(salt.salt) +
         ",i=" + std::to_string(salt.iterations);
}

std::string make_auth_message(const ClientFirst& first, std::string_view server_first, const ClientFinal& final) {
  return std::string(first.bare).append(",").append(server_first).append(",").append(final.without_proof);
}

bool proves_scram(const ScramKeys& keys, std::string_view auth_message, std::string_view proof) {
  if (proof.size() != sha256_octets) return false;
  auto client_key = exclusive_or(hmac_sha256(keys.stored_key, auth_message), proof);
  const bool same = base::same_secret(keys.stored_key, sha256(client_key));
  base::wipe(client_key.data(), client_key.size());
  return same;
}

std::string make_server_final(const ScramKeys& keys, std::string_view auth_message) {
  return "v=" + to_base64(hmac_sha256(keys.server_key, auth_message));
}

}  // namespace checkpw
