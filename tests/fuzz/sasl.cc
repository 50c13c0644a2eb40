// SPDX-License-Identifier: ISC
// A client's SASL responses: base64, and what stands in it.
// covers base/base64.h pop3d/sasl_messages.cc
#include "pop3d/sasl.h"

#include <string>

#include "base/base64.h"
#include "base/text.h"
#include "tests/fuzz/require.h"

namespace {

void check(std::optional<pop3d::NameAndSecret> parsed) {
  if (!parsed) return;
  require(!parsed->name.empty() && !parsed->secret.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(as_text(data, size));

  // What can be decoded is, encoded again, what it was.
  std::string room = text;
  if (const auto message = base::decode_base64(text, room)) {
    base::Text<20000> again;
    base::encode_base64(again, *message);
    require(again.view() == text);
  }

  const auto plain = pop3d::parse_plain(text);
  check(plain);
  if (plain) require(plain->secret.find('\0') == std::string_view::npos);
  check(pop3d::parse_oauthbearer(text));
  check(pop3d::parse_xoauth2(text));
  if (const auto digest = pop3d::parse_cram_md5(text)) require(!digest->name.empty());
  if (const auto name = pop3d::find_scram_name(text)) require(name->find(',') == std::string_view::npos);
  if (const auto name = pop3d::unescape_name(text)) {
    require(name->view().size() <= pop3d::max_login);
    require(text.find('=') != std::string::npos || name->view() == text);
  }
  return 0;
}
