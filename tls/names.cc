// SPDX-License-Identifier: ISC
#include "tls/names.h"

#include <openssl/x509v3.h>

#include "base/text.h"
#include "tls/bundle.h"

namespace tls {

namespace {

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

std::string_view to_view(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

void add(std::vector<std::string>& names, std::string_view name) {
  auto normal = normal_name(name, true);
  if (!normal.empty() && names.size() < max_names) names.push_back(std::move(normal));
}

}  // namespace

std::string normal_name(std::string_view name, bool is_pattern) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > 253) return {};
  std::string normal;
  for (const char c : name) normal += base::lower(c);
  std::string_view labels(normal);
  if (is_pattern && labels.starts_with("*.")) labels.remove_prefix(2);
  if (labels.empty() || labels.front() == '.' || labels.back() == '.' || labels.find("..") != labels.npos) return {};
  for (const char c : labels)
    if (!is_host_character(c)) return {};
  return normal;
}

std::string pattern_for(std::string_view name) {
  const auto dot = name.find('.');
  return dot == name.npos ? std::string() : '*' + std::string(name.substr(dot));
}

std::vector<std::string> names_of(X509* certificate) {
  std::vector<std::string> names;
  const auto alternatives =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; alternatives && i < sk_GENERAL_NAME_num(alternatives); ++i) {
    const auto* name = sk_GENERAL_NAME_value(alternatives, i);
    if (name->type == GEN_DNS) add(names, to_view(name->d.dNSName));
  }
  GENERAL_NAMES_free(alternatives);
  const auto* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (names.empty() && at >= 0) add(names, to_view(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
  return names;
}

}  // namespace tls
