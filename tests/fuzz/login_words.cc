// SPDX-License-Identifier: ISC
// What a client may say of itself before it has logged in: its name, in UTF-8, as the service's policies change it, and
// the language that it wants.
// covers base/utf8.h pop3d/login_name.cc pop3d/language.cc
#include <cstdlib>
#include <string>

#include "base/utf8.h"
#include "pop3d/language.h"
#include "pop3d/login_name.h"
#include "tests/fuzz/require.h"

namespace {

// RFC 3629's grammar, octet by octet.
bool is_utf8_by_grammar(std::string_view text) {
  std::size_t i = 0;
  const auto in = [&](std::size_t at, int least, int most) {
    return at < text.size() && static_cast<unsigned char>(text[at]) >= least && static_cast<unsigned char>(text[at]) <= most;
  };
  while (i < text.size()) {
    if (in(i, 0x20, 0x7e)) i += 1;
    else if (in(i, 0xc2, 0xc2) && in(i + 1, 0xa0, 0xbf)) i += 2;
    else if (in(i, 0xc3, 0xdf) && in(i + 1, 0x80, 0xbf)) i += 2;
    else if (in(i, 0xe0, 0xe0) && in(i + 1, 0xa0, 0xbf) && in(i + 2, 0x80, 0xbf)) i += 3;
    else if ((in(i, 0xe1, 0xec) || in(i, 0xee, 0xef)) && in(i + 1, 0x80, 0xbf) && in(i + 2, 0x80, 0xbf)) i += 3;
    else if (in(i, 0xed, 0xed) && in(i + 1, 0x80, 0x9f) && in(i + 2, 0x80, 0xbf)) i += 3;
    else if (in(i, 0xf0, 0xf0) && in(i + 1, 0x90, 0xbf) && in(i + 2, 0x80, 0xbf) && in(i + 3, 0x80, 0xbf)) i += 4;
    else if (in(i, 0xf1, 0xf3) && in(i + 1, 0x80, 0xbf) && in(i + 2, 0x80, 0xbf) && in(i + 3, 0x80, 0xbf)) i += 4;
    else if (in(i, 0xf4, 0xf4) && in(i + 1, 0x80, 0x8f) && in(i + 2, 0x80, 0xbf) && in(i + 3, 0x80, 0xbf)) i += 4;
    else return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pop3d;
  if (size == 0) return 0;
  const auto policies = data[0];
  // On the heap, so that an octet read beyond it is noticed.
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  require(base::is_utf8_text(text) == is_utf8_by_grammar(text));

  const NamePolicy policy{(policies & 1) != 0, (policies & 2) != 0, (policies & 4) != 0, (policies & 8) != 0 ? "example.org" : ""};
  if (const auto mapped = map_login(policy, text)) {
    const auto name = mapped->name.view();
    require(is_login(name) && name.size() <= max_login && !mapped->name.overflowed());
    require(mapped->literal.empty() || (mapped->no_mime && mapped->literal.view() != name));
    require(!mapped->no_mime || policy.has_suffix);
    require(!policy.is_downcased || name.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == name.npos);
    require(policy.domain.empty() || name.find_first_of("@%+") != name.npos);
    if ((policies & 15) == 0) require(name == text);
  } else if ((policies & 15) == 0) {
    require(!is_login(text) || text.size() > max_login);
  }

  if (const auto language = find_language(text)) {
    const auto tag = tag_of(*language);
    require(text.size() >= tag.size() && (text.size() == tag.size() || text[tag.size()] == '-'));
    require(!in_language(*language, text).empty());
  }
  return 0;
}
