// SPDX-License-Identifier: ISC
#include "checkpw/prepare.h"

#include <stringprep.h>

#include <algorithm>
#include <cstring>

#include "base/secret.h"

namespace checkpw {

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::optional<std::string> prepare(std::string_view text) {
  if (is_ascii(text)) return std::string(text);
  // Longer than any name or password; NFKC makes at most 18 code points of one.
  constexpr std::size_t longest = 512;
  if (text.size() > longest || !is_utf8_text(text)) return {};
  base::Secret<longest * 18 + 1> buffer;
  std::memcpy(buffer.data, text.data(), text.size());
  buffer.data[text.size()] = '\0';
  if (::stringprep(buffer.data, sizeof buffer.data, STRINGPREP_NO_UNASSIGNED, stringprep_saslprep) != STRINGPREP_OK)
    return {};
  return std::string(buffer.data);
}

}  // namespace checkpw
