// SPDX-License-Identifier: ISC
#include "tls/bundle.h"

#include "tls/coding.h"

namespace tls {

namespace {

void write_list(Writer& to, const std::vector<std::string>& list) {
  to.number(list.size());
  for (const auto& item : list) to.octets(item);
}

std::vector<std::string> read_list(Reader& from, std::size_t most_items, std::size_t most_octets) {
  std::vector<std::string> list;
  for (auto left = from.number(most_items); left != 0 && from.is_good(); --left)
    list.emplace_back(from.octets(most_octets));
  return list;
}

Certificate read_certificate(Reader& from) {
  Certificate certificate;
  certificate.file = from.octets(4096);
  certificate.is_default = from.number(1) != 0;
  certificate.names = read_list(from, max_names, 255);
  certificate.chain = read_list(from, max_chain, max_file);
  append(certificate.key, from.octets(max_file));
  certificate.ocsp = from.octets(max_file);
  return certificate;
}

}  // namespace

SecretBytes encode(const Bundle& bundle) {
  Writer to;
  to.number(bundle.certificates.size());
  for (const auto& certificate : bundle.certificates) {
    to.octets(certificate.file).number(certificate.is_default);
    write_list(to, certificate.names);
    write_list(to, certificate.chain);
    to.octets(view(certificate.key)).octets(certificate.ocsp);
  }
  write_list(to, bundle.authorities);
  write_list(to, bundle.revocations);
  return to.take();
}

std::optional<Bundle> decode_bundle(std::string_view message) {
  Reader from(message);
  Bundle bundle;
  for (auto left = from.number(max_certificates); left != 0 && from.is_good(); --left)
    bundle.certificates.push_back(read_certificate(from));
  bundle.authorities = read_list(from, max_certificates, max_file);
  bundle.revocations = read_list(from, max_certificates, max_file);
  if (!from.is_at_end()) return {};
  return bundle;
}

}  // namespace tls
