// SPDX-License-Identifier: ISC
#include "base/base64.h"

#include <string>

#include "base/text.h"
#include "tests/check.h"

namespace {

std::string encoded(std::string_view text) {
  base::Text<4000> to;
  base::encode_base64(to, text);
  return std::string(to.view());
}

std::string decoded(std::string text) {
  const auto result = base::decode_base64(text, text);  // in its own place, as SASL does
  return result ? "=" + std::string(*result) : "none";
}

}  // namespace

TEST(base64_of_rfc_4648_s_10) {
  const char* const vectors[][2] = {{"", ""},         {"f", "Zg=="},         {"fo", "Zm8="},
                                    {"foo", "Zm9v"},  {"foob", "Zm9vYg=="},  {"fooba", "Zm9vYmE="},
                                    {"foobar", "Zm9vYmFy"}};
  for (const auto& [text, base64] : vectors) {
    CHECK_EQ(encoded(text), base64);
    CHECK_EQ(decoded(base64), std::string("=") + text);
  }
}

TEST(base64_brings_back_every_octet) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  for (std::size_t skip = 0; skip < 3; ++skip)
    CHECK_EQ(decoded(encoded(all.substr(skip))), "=" + all.substr(skip));
}

TEST(what_is_not_strictly_base64_is_none) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "====", "=", "==", "Z===", "Zh==", "Zm9=", "Zm9v=",
                           "Zg==Zg==", "Zm=v", " Zg==", "Zg==\n", "Zm 8=", "Zm-_", "Zm8=Zm9v", "Zm9v*"})
    CHECK_EQ(std::string(text) + " " + decoded(text), std::string(text) + " none");
}

TEST(base64_that_does_not_fit_is_none) {
  char room[2];
  CHECK(base::decode_base64("Zm8=", room).has_value());
  CHECK(!base::decode_base64("Zm9v", room).has_value());
}
