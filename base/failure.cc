// SPDX-License-Identifier: ISC
#include "base/failure.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/text.h"

namespace base {

Failure::Failure(std::string_view what, std::string_view why) noexcept {
  Text<sizeof text_ - 1> text;
  text << what;
  if (!why.empty()) text << ": " << why;
  std::memcpy(text_, text.view().data(), text.view().size());
  text_[text.view().size()] = '\0';
}

void fail(std::string_view what, std::string_view name) {
  const int error = errno;
  Text<160> tried;
  tried << what;
  if (!name.empty()) tried << ' ' << name;
  throw Failure(tried.view(), std::strerror(error));
}

void bug(std::string_view what) noexcept {
  complain("bug", what, 0);
  std::abort();
}

int complain(std::string_view program, std::string_view message, int code) noexcept {
  Text<512> line;
  line << program << ": " << message << '\n';
  // Nobody is left to tell if fd 2 is gone.
  [[maybe_unused]] const auto written = ::write(2, line.view().data(), line.view().size());
  return code;
}

}  // namespace base
