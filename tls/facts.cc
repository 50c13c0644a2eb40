// SPDX-License-Identifier: ISC
#include "tls/facts.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "base/text.h"

namespace tls {

namespace {

// A text that does not fit, or is not graphic ASCII, is left out: cut or changed it would be
// another one.
bool set(std::span<char> field, std::string_view text) {
  const bool fits = !text.empty() && text.size() < field.size();
  if (!fits || !std::all_of(text.begin(), text.end(), base::is_graphic)) return false;
  std::memcpy(field.data(), text.data(), text.size());
  return true;
}

std::string_view to_view(const char* text) { return text ? std::string_view(text) : std::string_view(); }

bool set_name(std::span<char> field, const ASN1_STRING* text) {
  return set(field, {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                     static_cast<std::size_t>(ASN1_STRING_length(text))});
}

bool set_email(std::span<char> field, X509* certificate) {
  bool is_set = false;
  const auto names =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; !is_set && names && i < sk_GENERAL_NAME_num(names); ++i) {
    const auto* name = sk_GENERAL_NAME_value(names, i);
    is_set = name->type == GEN_EMAIL && set_name(field, name->d.rfc822Name);
  }
  GENERAL_NAMES_free(names);
  return is_set;
}

bool set_subject(std::span<char> field, X509* certificate, int kind) {
  const auto* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, kind, -1);
  return at >= 0 && set_name(field, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
}

void describe_client(base::TlsReport& report, const SSL* ssl) {
  X509* const certificate = SSL_get0_peer_certificate(ssl);
  if (!certificate || SSL_get_verify_result(ssl) != X509_V_OK) return;
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest, &size) != 1) return;
  for (unsigned i = 0; i < size; ++i) {
    report.client_certificate[2 * i] = "0123456789abcdef"[digest[i] >> 4];
    report.client_certificate[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
  }
  // RFC 5280 s.4.1.2.6: addresses are subject alternative names; old authorities put them into
  // the subject.
  if (!set_email(report.client_name, certificate) &&
      !set_subject(report.client_name, certificate, NID_pkcs9_emailAddress))
    set_subject(report.client_name, certificate, NID_commonName);
}

void describe_bindings(base::TlsReport& report, SSL* ssl, const Context& context) {
  // RFC 9266 s.2: with a context of no octets, which with TLS 1.2 is another thing than none (RFC
  // 5705 s.4); GnuTLS reads it the same way. Without the extended master secret (RFC 7627) the
  // value of TLS 1.2 is not the connection's own.
  constexpr std::string_view label = "EXPORTER-Channel-Binding";
  if (SSL_version(ssl) >= TLS1_3_VERSION || SSL_get_extms_support(ssl) == 1)
    report.has_exporter = SSL_export_keying_material(ssl, report.exporter, sizeof report.exporter, label.data(),
                                                     label.size(), nullptr, 0, 1) == 1;
  if (const auto* served = context.served_to(ssl)) {
    report.end_point_size = static_cast<std::uint8_t>(served->end_point_size);
    std::memcpy(report.end_point, served->end_point, served->end_point_size);
  }
}

}  // namespace

base::TlsReport describe(SSL* ssl, const Context& context) {
  base::TlsReport report{};
  report.outcome = base::TlsOutcome::secure;
  report.is_resumed = SSL_session_reused(ssl) == 1;
  set(report.protocol, to_view(SSL_get_version(ssl)));
  set(report.cipher, to_view(SSL_get_cipher_name(ssl)));
  set(report.server_name, to_view(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name)));
  std::transform(std::begin(report.server_name), std::end(report.server_name), report.server_name, base::lower);
  const unsigned char* alpn = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl, &alpn, &size);
  if (alpn) set(report.alpn, {reinterpret_cast<const char*>(alpn), size});
  describe_client(report, ssl);
  describe_bindings(report, ssl, context);
  return report;
}

base::TlsReport describe_failure(base::TlsOutcome outcome, std::string_view why) {
  base::TlsReport report{};
  report.outcome = outcome;
  why = why.substr(0, sizeof report.error - 1);
  std::transform(why.begin(), why.end(), report.error,
                 [](char c) { return base::is_graphic(c) || c == ' ' ? c : '?'; });
  return report;
}

}  // namespace tls
