// SPDX-License-Identifier: ISC
// What a trace shows of a client's line, and of a dialogue: printable lines, and no argument that may be a secret.
// covers pop3d/trace.cc
#include "pop3d/trace.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "base/fd.h"
#include "tests/fuzz/require.h"

namespace {

// Written here again, and not taken from the table that the trace uses.
constexpr std::string_view with_argument[] = {"USER", "STLS", "CAPA", "NOOP", "QUIT", "STAT", "LIST", "UIDL", "RETR",
                                              "TOP",  "DELE", "RSET", "LAST", "UTF8", "LANG", "XTND", "MANGLE"};
constexpr std::string_view secret[] = {"PASS", "APOP", "AUTH"};

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return result;
}

bool is_printable_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

void check_line(std::string_view line) {
  const auto shown = pop3d::masked(line);
  require(is_printable_text(shown.view()) && shown.view().size() <= 200);
  const auto keyword = upper(line.substr(0, line.find(' ')));
  const bool is_bare = keyword.size() + 1 >= line.size();
  if (std::find(std::begin(secret), std::end(secret), keyword) != std::end(secret))
    require(shown.view() == keyword + (is_bare ? "" : " ***"));
  else if (std::find(std::begin(with_argument), std::end(with_argument), keyword) == std::end(with_argument))
    require(shown.view() == "(" + std::to_string(line.size()) + " octets)");
  else
    require(shown.view().starts_with(keyword));
}

// Lines that begin with + or - are the server's.
void check_dialogue(std::string_view text) {
  const base::UniqueFd file(::memfd_create("trace", MFD_CLOEXEC));
  pop3d::Trace trace(file.get());
  std::size_t lines = 0;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.starts_with('+') || line.starts_with('-')) {
      trace.sent(line);
      trace.sent("\r\n");
    } else {
      trace.received(line);
    }
    ++lines;
  }
  std::string written(static_cast<std::size_t>(::lseek(file.get(), 0, SEEK_END)), '\0');
  require(::pread(file.get(), written.data(), written.size(), 0) == static_cast<long>(written.size()));
  require(static_cast<std::size_t>(std::count(written.begin(), written.end(), '\n')) <= lines);
  for (const char c : written) require(c == '\n' || (c >= 0x20 && c <= 0x7e));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text(data, size);
  check_line(text.substr(0, text.find('\n')));
  check_dialogue(text);
  return 0;
}
