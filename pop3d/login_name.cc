// SPDX-License-Identifier: ISC
#include "pop3d/login_name.h"

namespace pop3d {

namespace {

using Name = base::Text<max_login>;

constexpr std::string_view suffix = "-no-mime";

// TPOPS: a domain that begins with something else brings its own delimiter.
bool needs_at(std::string_view domain) {
  const char first = domain[0];
  return base::is_letter(first) || base::is_digit(first) || static_cast<unsigned char>(first) >= 0x80;
}

Name completed(Name name, std::string_view domain) {
  if (domain.empty() || name.view().find_first_of("@%+") != std::string_view::npos) return name;
  if (needs_at(domain)) name << '@';
  return name << domain;
}

}  // namespace

std::optional<LoginName> map_login(const NamePolicy& policy, std::string_view typed) {
  if (policy.is_trimmed) typed = typed.substr(0, typed.find('@'));
  Name name;
  for (const char c : typed) name << (policy.is_downcased ? base::lower(c) : c);
  if (name.empty() || name.overflowed()) return {};  // a name that is cut would be another one's
  LoginName mapped;
  if (policy.has_suffix && name.view().size() > suffix.size() && name.view().ends_with(suffix)) {
    mapped.no_mime = true;
    mapped.literal = completed(name, policy.domain);
    if (mapped.literal.overflowed()) mapped.literal.clear();  // nobody's
    name = Name(name.view().substr(0, name.view().size() - suffix.size()));
  }
  mapped.name = completed(name, policy.domain);
  if (mapped.name.overflowed() || !is_login(mapped.name.view())) return {};
  return mapped;
}

}  // namespace pop3d
