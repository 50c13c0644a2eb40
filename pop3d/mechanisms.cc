// SPDX-License-Identifier: ISC
#include "pop3d/mechanisms.h"

#include "base/failure.h"

namespace pop3d {

namespace {

bool is_same(std::string_view typed, std::string_view name) {
  if (typed.size() != name.size()) return false;
  for (std::size_t i = 0; i < name.size(); ++i)
    if (base::lower(typed[i]) != name[i]) return false;
  return true;
}

}  // namespace

MethodSet MethodSet::parse(std::string_view words, std::string_view where) {
  MethodSet set;
  while (!words.empty()) {
    const auto word = words.substr(0, words.find(' '));
    words.remove_prefix(word.size() < words.size() ? word.size() + 1 : word.size());
    if (word.empty()) continue;
    bool is_known = false;
    for (const auto& entry : methods)
      if (is_same(word, entry.name)) {
        set.add(entry.method);
        is_known = true;
      }
    if (!is_known) throw base::Failure(where, "names a mechanism that is not known");
  }
  return set;
}

base::Text<200> MethodSet::words() const {
  base::Text<200> text;
  for (const auto& entry : methods)
    if (has(entry.method)) text << (text.empty() ? "" : " ") << entry.name;
  return text;
}

}  // namespace pop3d
