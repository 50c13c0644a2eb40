// SPDX-License-Identifier: ISC
#include "checkpw/verify.h"

#include <algorithm>

#include "checkpw/digest.h"
#include "checkpw/prepare.h"
#include "checkpw/schemes.h"
#include "checkpw/scram.h"
#include "checkpw/storing.h"

namespace checkpw {

namespace {

bool has_nonce_form(std::string_view nonce) {
  constexpr std::size_t nonce_size = 24;
  return nonce.size() == nonce_size && nonce.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567") == nonce.npos;
}

// Do the messages fit together, the record, and the connection? All of it but the proof.
bool is_consistent(const ClientFirst& first, const ClientFinal& final, const Login& login, bool is_plus) {
  const ChannelBinding channel{from_hex(login.more[1]).value_or(""), from_hex(login.more[2]).value_or("")};
  return final.nonce == std::string(first.nonce).append(login.timestamp) &&
         is_bound(first, final.binding, channel, is_plus);
}

// client-first. The name in it is the client's word, which its proof covers; whose login that is, here as for all other
// methods, says the record's first field: the popup may have put it in lower case, or added a domain. Acting for
// somebody else is not offered.
std::optional<ClientFirst> client_first_of(const Login& login) {
  auto first = parse_client_first(login.more[0]);
  const auto name = first ? unescape_scram_name(first->name) : std::nullopt;
  if (!name) return {};
  if (first->authzid.empty()) return first;
  const auto authzid = unescape_scram_name(first->authzid);
  if (!authzid || (prepare(*authzid) != prepare(*name) && prepare(*authzid) != prepare(login.name))) return {};
  return first;
}

// The account's own salt if it has keys that came with one, else what any login gets.
ScramSalt salt_of(const std::optional<Account>& account, const Header& header, std::string_view login) {
  if (account)
    for (const auto& secret : account->secrets)
      if (scheme_of(secret.stored) == "SCRAM-SHA-256")
        if (const auto keys = parse_scram_keys(value_of(secret.stored))) return keys->salt;
  return scram_salt(header, login);
}

// The client's proof, held against one secret after the other.
class Proof {
 public:
  Proof(const Login& login, Method method) : login_(login), method_(method), response_(std::string(login.response)) {}

  // Makes ready for SCRAM; false if the messages are wrong whatever the secret is.
  bool begin_scram(const ScramSalt& salt) {
    salt_ = salt;
    const auto first = client_first_of(login_);
    const auto final = parse_client_final(login_.response);
    if (!first || !final || !is_consistent(*first, *final, login_, method_ == Method::scram_plus)) return false;
    auth_message_ = make_auth_message(*first, make_server_first(*first, login_.timestamp, salt), *final);
    proof_ = final->proof;
    return true;
  }
  // The password as it is stored; false if it cannot be any.
  bool prepare_password() {
    auto prepared = prepare(login_.response);
    if (!prepared) return false;
    response_ = SecretText(std::move(*prepared));
    return true;
  }

  bool fits(const OpenedSecret& secret, bool is_dummy) {
    const auto stored = secret.stored.view();
    by_password_ = false;
    switch (method_) {
      case Method::apop: return verify_apop(stored, login_.response, login_.timestamp);
      case Method::cram_md5: return verify_cram(stored, login_.response, login_.timestamp);
      case Method::external: return verify_certificate(stored, login_.response, login_.more[0]);
      case Method::token: return verify_subject(stored, login_.response);
      case Method::scram: case Method::scram_plus: return fits_scram(secret, is_dummy);
      case Method::unknown:
        // A popup of the old kind: 32 hexadecimal digits may be a digest or a password.
        if (looks_like_digest(login_.response) && verify_apop(stored, login_.response, login_.timestamp)) return true;
        break;
      case Method::password: break;
    }
    by_password_ = true;
    return verify_password(stored, response_.view());
  }

  bool by_password() const { return by_password_; }
  const std::string& answer() const { return answer_; }

 private:
  // SCRAM's keys of this secret for the salt that the client was told. The dummy's have another
  // salt, but have to cost what a real one's do.
  std::optional<ScramKeys> keys_of(const OpenedSecret& secret, bool is_dummy) const {
    const auto stored = secret.stored.view();
    auto keys = scheme_of(stored) == "SCRAM-SHA-256" ? parse_scram_keys(value_of(stored)) : secret.keys;
    if (keys && (is_dummy || keys->salt == salt_)) return keys;
    if (scheme_of(stored) == "PLAIN") return derive_scram_keys(value_of(stored), salt_);
    return {};
  }
  bool fits_scram(const OpenedSecret& secret, bool is_dummy) {
    const auto keys = keys_of(secret, is_dummy);
    if (!keys || !proves_scram(*keys, auth_message_, proof_)) return false;
    answer_ = make_server_final(*keys, auth_message_);
    return true;
  }

  const Login& login_;
  Method method_;
  SecretText response_;  // the password, prepared
  bool by_password_ = false;
  ScramSalt salt_;
  std::string auth_message_, proof_, answer_;
};

}  // namespace

std::optional<Verified> verify(UsersDb& users, KeyFile& keys, const Login& login, Method method) {
  const auto name = prepare(login.name);
  auto account = name ? users.find(*name) : std::nullopt;
  Proof proof(login, method);
  if (is_scram(method)) {
    if (!proof.begin_scram(salt_of(account, users.header(), name ? *name : login.name))) return {};
  } else if ((method == Method::password || method == Method::unknown) && !proof.prepare_password()) {
    account.reset();
  }

  const auto fits = [&](const std::string& stored, std::string_view owner, bool is_dummy) {
    return proof.fits(open_secret(stored, owner, keys), is_dummy);
  };
  bool has_tried = false;
  if (account)
    for (const auto& secret : account->secrets) {
      if (!serves(scheme_of(secret.stored), method)) continue;
      has_tried = true;
      if (fits(secret.stored, *name, false))
        return Verified{*name, *account, secret.name, proof.by_password(), proof.answer()};
    }
  if (!has_tried) (void)fits(users.header().dummy, "", true);
  return {};
}

std::optional<std::string> challenge(UsersDb& users, const Login& login) {
  const auto first = client_first_of(login);
  if (!first) return {};
  const auto name = prepare(login.name);
  const auto account = name ? users.find(*name) : std::nullopt;
  auto answer = make_server_first(*first, login.timestamp, salt_of(account, users.header(), name ? *name : login.name));
  if (answer.size() > max_scram_answer) return {};
  return answer;
}

bool is_sound_scram(const Login& login) {
  return has_nonce_form(login.timestamp) && from_hex(login.more[1]) && from_hex(login.more[2]);
}

}  // namespace checkpw
