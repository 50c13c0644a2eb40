// SPDX-License-Identifier: ISC
#include "tls/load.h"

#include <fcntl.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/failure.h"
#include "base/fd.h"
#include "base/log.h"
#include "tls/context.h"
#include "tls/names.h"
#include "tls/openssl.h"

namespace tls {

namespace {

SecretBytes read_file(const std::string& path) {
  // Not waiting: a FIFO in the place of a file must not stop the master.
  const auto fd = base::open_file(path.c_str(), O_RDONLY | O_NONBLOCK);
  struct stat status;
  if (::fstat(fd.get(), &status) != 0) base::fail("stat", path);
  if (!S_ISREG(status.st_mode)) throw base::Failure(path, "not a file");
  SecretBytes content(max_file + 1);
  content.resize(base::read_all(fd.get(), content));
  if (content.size() > max_file) throw base::Failure(path, "larger than 1 MiB");
  return content;
}

BioPtr reader_of(const SecretBytes& content) {
  return BioPtr(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
}

// Nobody is there to ask for a passphrase; ASKED, a bool or null, tells that one was wanted.
int no_passphrase(char*, int, int, void* asked) {
  if (asked) *static_cast<bool*>(asked) = true;
  return -1;
}

template <typename T>
std::string to_der(T* object, int (*i2d)(const T*, unsigned char**)) {
  unsigned char* der = nullptr;
  const int size = i2d(object, &der);
  std::string octets(reinterpret_cast<char*>(der), size > 0 ? static_cast<std::size_t>(size) : 0);
  OPENSSL_free(der);
  return octets;
}

std::vector<std::string> read_certificates(const std::string& path, const SecretBytes& content) {
  std::vector<std::string> chain;
  const auto from = reader_of(content);
  while (const X509Ptr certificate{PEM_read_bio_X509(from.get(), nullptr, no_passphrase, nullptr)})
    chain.push_back(to_der<X509>(certificate.get(), i2d_X509));
  // The end of the file is an error to OpenSSL; anything else is one to us.
  const auto error = openssl_error("no start line");
  if (error != "no start line") throw base::Failure(path, error);
  return chain;
}

SecretBytes read_key(const std::string& path, const SecretBytes& content) {
  // OpenSSL would say "unsupported".
  if (view(content).find("PRIVATE KEY-----") == std::string_view::npos)
    throw base::Failure(path, "no private key in it");
  bool is_encrypted = false;
  const KeyPtr key(PEM_read_bio_PrivateKey(reader_of(content).get(), nullptr, no_passphrase, &is_encrypted));
  const auto error = openssl_error("malformed key");
  if (is_encrypted) throw base::Failure(path, "the key is encrypted");
  if (!key) throw base::Failure(path, error);
  unsigned char* der = nullptr;
  const int size = i2d_PrivateKey(key.get(), &der);
  if (size <= 0) throw base::Failure(path, openssl_error("key cannot be written"));
  SecretBytes octets;
  append(octets, {reinterpret_cast<char*>(der), static_cast<std::size_t>(size)});
  OPENSSL_clear_free(der, static_cast<std::size_t>(size));
  return octets;
}

std::string read_ocsp(const std::string& path) {
  struct stat status;
  if (path.empty() || ::stat(path.c_str(), &status) != 0) return {};
  const auto content = read_file(path);
  if (!is_ocsp_response(view(content))) throw base::Failure(path, "not an OCSP response");
  return std::string(view(content));
}

void warn_of_dates(const Entry& entry, X509* certificate) {
  if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
    base::LogLine("warning: tlsd", "expired").field("file", entry.certificate).write();
}

void load_authorities(const Settings& settings, const Bundle& before, Bundle& bundle) try {
  if (settings.authorities.empty()) return;
  const auto content = read_file(settings.authorities);
  bundle.authorities = read_certificates(settings.authorities, content);
  if (bundle.authorities.empty()) throw base::Failure(settings.authorities, "no certificate in it");
  const auto from = reader_of(content);
  while (const CrlPtr list{PEM_read_bio_X509_CRL(from.get(), nullptr, no_passphrase, nullptr)})
    bundle.revocations.push_back(to_der<X509_CRL>(list.get(), i2d_X509_CRL));
  openssl_error("");
} catch (const base::Failure& failure) {
  if (before.authorities.empty()) throw;
  base::LogLine("warning: tlsd", "reload-failed").field("error", failure.what()).write();
  bundle.authorities = before.authorities;
  bundle.revocations = before.revocations;
}

const Certificate* find_file(const Bundle& bundle, const std::string& file) {
  const auto found = std::find_if(bundle.certificates.begin(), bundle.certificates.end(),
                                  [&](const auto& certificate) { return certificate.file == file; });
  return found == bundle.certificates.end() ? nullptr : &*found;
}

}  // namespace

Certificate load_certificate(const Entry& entry, const Settings& settings) {
  Certificate certificate;
  certificate.file = entry.certificate;
  certificate.is_default = entry.name == "default";
  const auto content = read_file(entry.certificate);
  certificate.chain = read_certificates(entry.certificate, content);
  if (certificate.chain.empty()) throw base::Failure(entry.certificate, "no certificate in it");
  if (certificate.chain.size() > max_chain) throw base::Failure(entry.certificate, "too many certificates in it");
  certificate.key = entry.key.empty() ? read_key(entry.certificate, content)
                                      : read_key(entry.key, read_file(entry.key));
  const auto own = to_x509(certificate.chain.front());
  certificate.names = names_of(own.get());
  const auto why = why_unusable(certificate, settings);
  if (!why.empty()) throw base::Failure(entry.certificate, why);
  warn_of_dates(entry, own.get());
  try {
    certificate.ocsp = read_ocsp(entry.ocsp);
  } catch (const base::Failure& failure) {  // without it the certificate is as good
    base::LogLine("warning: tlsd", "no-staple").field("error", failure.what()).write();
  }
  return certificate;
}

Bundle load_bundle(const Settings& settings, const Bundle& before) {
  Bundle bundle;
  std::string first_error = "no certificate there";
  for (const auto& entry : find_entries(settings.sources)) {
    if (bundle.certificates.size() == max_certificates) break;
    try {
      bundle.certificates.push_back(load_certificate(entry, settings));
    } catch (const base::Failure& failure) {
      const auto* old = find_file(before, entry.certificate);
      base::LogLine("warning: tlsd", old ? "reload-failed" : "load-failed")
          .field("error", failure.what()).write();
      if (old) bundle.certificates.push_back(*old);
      first_error = "no certificate there can be used";
    }
  }
  if (bundle.certificates.empty()) throw base::Failure(settings.sources.front().path, first_error);
  auto& all = bundle.certificates;
  if (std::none_of(all.begin(), all.end(), [](const auto& one) { return one.is_default; }))
    all.front().is_default = true;
  load_authorities(settings, before, bundle);
  return bundle;
}

}  // namespace tls
