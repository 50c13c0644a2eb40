// SPDX-License-Identifier: ISC
#include "tls/context.h"

#include <openssl/ocsp.h>

#include <algorithm>
#include <cstring>

#include "base/failure.h"
#include "tls/names.h"
#include "tls/parameters.h"

namespace tls {

namespace {

[[noreturn]] void fail(const char* what) { throw base::Failure(what, openssl_error("failed")); }

// RFC 5929 s.4.1: the hash of the certificate's signature; SHA-256 in the place of MD5 and SHA-1.
void set_end_point(Served& served) {
  int digest = NID_undef;
  if (X509_get_signature_info(served.own.get(), &digest, nullptr, nullptr, nullptr) != 1) return;
  if (digest == NID_md5 || digest == NID_sha1) digest = NID_sha256;
  const EVP_MD* hash = EVP_get_digestbynid(digest);
  if (!hash || EVP_MD_get_size(hash) > static_cast<int>(sizeof served.end_point)) return;
  if (X509_digest(served.own.get(), hash, served.end_point, &served.end_point_size) != 1) served.end_point_size = 0;
}

// RFC 6960 s.4.2.2.1: nextUpdate; without one, newer information is always there, and the
// response as good as any.
std::time_t out_of_date(OCSP_BASICRESP* basic) {
  ASN1_GENERALIZEDTIME* next = nullptr;
  OCSP_SINGLERESP* single = OCSP_resp_get0(basic, 0);
  if (single) OCSP_single_get0_status(single, nullptr, nullptr, nullptr, &next);
  int days = 0, seconds = 0;
  if (!next || ASN1_TIME_diff(&days, &seconds, nullptr, next) != 1) return std::time(nullptr) + 86400;
  return std::time(nullptr) + days * std::time_t{86400} + seconds;
}

// Nothing if it is no response that tells of a certificate.
std::unique_ptr<OCSP_BASICRESP, FreeWith<OCSP_BASICRESP_free>> parse_ocsp(std::string_view der) {
  auto at = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<OCSP_RESPONSE, FreeWith<OCSP_RESPONSE_free>> response(
      d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(der.size())));
  if (!response || OCSP_response_status(response.get()) != OCSP_RESPONSE_STATUS_SUCCESSFUL) return nullptr;
  return decltype(parse_ocsp({}))(OCSP_response_get1_basic(response.get()));
}

std::unique_ptr<Served> make_served(const Certificate& certificate) {
  auto served = std::make_unique<Served>();
  served->own = to_x509(certificate.chain.empty() ? std::string_view() : certificate.chain.front());
  served->key = to_key(view(certificate.key));
  served->chain.reset(sk_X509_new_null());
  if (!served->own || !served->key || !served->chain) fail("read a certificate");
  for (std::size_t i = 1; i < certificate.chain.size(); ++i) {
    auto above = to_x509(certificate.chain[i]);
    if (!above || sk_X509_push(served->chain.get(), above.get()) <= 0) fail("read a certificate");
    above.release();
  }
  set_end_point(*served);
  if (const auto basic = parse_ocsp(certificate.ocsp)) {
    served->ocsp = certificate.ocsp;
    served->ocsp_until = out_of_date(basic.get());
  }
  openssl_error("");
  return served;
}

// Adds unless one with that kind of key is there.
void add_kind(std::vector<const Served*>& choice, const Served* served) {
  const int kind = EVP_PKEY_get_base_id(served->key.get());
  if (std::none_of(choice.begin(), choice.end(),
                   [=](const auto* one) { return EVP_PKEY_get_base_id(one->key.get()) == kind; }))
    choice.push_back(served);
}

// RFC 7301 s.3.2: a client that offers protocols, and not ours, means another service, and is sent
// away (ALPACA). One that offers none is welcome.
int choose_protocol(SSL* ssl, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned offered_size, void*) {
  const std::string_view ours(static_cast<const char*>(SSL_get_app_data(ssl)));
  if (ours.empty()) return SSL_TLSEXT_ERR_NOACK;
  // OpenSSL has checked that the sizes add up.
  for (unsigned at = 0; at < offered_size; at += offered[at] + 1u) {
    const std::string_view one(reinterpret_cast<const char*>(offered) + at + 1, offered[at]);
    if (one != ours) continue;
    *chosen = offered + at + 1;
    *chosen_size = offered[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

Context::Context(const Settings& settings, const Bundle& bundle, const TicketKeys* keys)
    : ssl_(make_parameters(settings)) {
  for (const auto& certificate : bundle.certificates) add(certificate);
  const auto main = std::find_if(bundle.certificates.begin(), bundle.certificates.end(),
                                 [](const auto& one) { return one.is_default; });
  if (main == bundle.certificates.end()) throw base::Failure("certificates", "there is no default one");
  // Those of the same host with another kind of key stand beside it.
  add_kind(default_, served_[static_cast<std::size_t>(main - bundle.certificates.begin())].get());
  if (!main->names.empty())
    for (const auto* served : hosts_[main->names.front()]) add_kind(default_, served);
  for (const auto* served : default_)
    if (SSL_CTX_use_cert_and_key(ssl_.get(), served->own.get(), served->key.get(), served->chain.get(), 1) != 1)
      fail("use a certificate");

  use_ticket_keys(ssl_.get(), keys);
  SSL_CTX_set_alpn_select_cb(ssl_.get(), choose_protocol, nullptr);
  SSL_CTX_set_cert_cb(ssl_.get(), choose, this);
  SSL_CTX_set_tlsext_status_cb(ssl_.get(), staple);
  SSL_CTX_set_tlsext_status_arg(ssl_.get(), this);
  ask_clients(bundle);
}

void Context::add(const Certificate& certificate) {
  const auto* served = served_.emplace_back(make_served(certificate)).get();
  by_certificate_[served->own.get()] = served;
  for (const auto& name : certificate.names) add_kind(hosts_[name], served);
}

// A client may show a certificate, and is not served if that is not signed by one of ours. A
// session that began under other authorities is not resumed.
void Context::ask_clients(const Bundle& bundle) {
  std::string all = "popchain";
  X509_STORE* const store = SSL_CTX_get_cert_store(ssl_.get());
  for (const auto& der : bundle.authorities) {
    const auto authority = to_x509(der);
    if (!authority || X509_STORE_add_cert(store, authority.get()) != 1 ||
        SSL_CTX_add_client_CA(ssl_.get(), authority.get()) != 1)
      fail("use an authority");
    all += der;
  }
  for (const auto& der : bundle.revocations) {
    const auto list = to_crl(der);
    if (!list || X509_STORE_add_crl(store, list.get()) != 1) fail("use a list of revoked certificates");
    all += der;
  }
  if (!bundle.revocations.empty()) X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
  if (!bundle.authorities.empty()) SSL_CTX_set_verify(ssl_.get(), SSL_VERIFY_PEER, nullptr);

  unsigned char id[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(all.data(), all.size(), id, &size, EVP_sha256(), nullptr) != 1 ||
      SSL_CTX_set_session_id_context(ssl_.get(), id, SSL_MAX_SID_CTX_LENGTH) != 1)
    fail("name the sessions");
}

SslPtr Context::start(const char* alpn) const {
  SslPtr ssl(SSL_new(ssl_.get()));
  if (!ssl || SSL_set_app_data(ssl.get(), const_cast<char*>(alpn)) != 1) fail("start a connection");
  SSL_set_accept_state(ssl.get());
  return ssl;
}

const Served* Context::served_to(const SSL* ssl) const {
  const auto found = by_certificate_.find(SSL_get_certificate(ssl));
  return found == by_certificate_.end() ? nullptr : found->second;
}

const Context::Choice* Context::find(std::string_view host) const {
  const auto name = normal_name(host, false);
  if (name.empty()) return nullptr;
  auto found = hosts_.find(name);
  if (found == hosts_.end()) found = hosts_.find(pattern_for(name));
  return found == hosts_.end() ? nullptr : &found->second;
}

// By the host that the client names (RFC 6066 s.3). An unknown one is served all the same: clients
// are set up with names of all sorts, and check for themselves.
int Context::choose(SSL* ssl, void* context) {
  const auto* self = static_cast<const Context*>(context);
  const char* host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  const auto* choice = host ? self->find(host) : nullptr;
  if (!choice || *choice == self->default_) return 1;
  SSL_certs_clear(ssl);
  for (const auto* served : *choice)
    if (SSL_use_cert_and_key(ssl, served->own.get(), served->key.get(), served->chain.get(), 1) != 1) return 0;
  return 1;
}

int Context::staple(SSL* ssl, void* context) {
  const auto* served = static_cast<const Context*>(context)->served_to(ssl);
  if (!served || served->ocsp.empty() || std::time(nullptr) >= served->ocsp_until) return SSL_TLSEXT_ERR_NOACK;
  const auto copy = static_cast<unsigned char*>(OPENSSL_memdup(served->ocsp.data(), served->ocsp.size()));
  if (!copy) return SSL_TLSEXT_ERR_NOACK;
  SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(served->ocsp.size()));
  return SSL_TLSEXT_ERR_OK;
}

std::string why_unusable(const Certificate& certificate, const Settings& settings) try {
  static const auto trial = make_parameters(settings);
  const auto served = make_served(certificate);
  if (SSL_CTX_use_cert_and_key(trial.get(), served->own.get(), served->key.get(), served->chain.get(), 1) == 1)
    return {};
  return openssl_error("cannot be used");
} catch (const base::Failure& failure) {
  return failure.what();
}

bool is_ocsp_response(std::string_view der) {
  const bool is_one = parse_ocsp(der) != nullptr;
  openssl_error("");
  return is_one;
}

}  // namespace tls
