// SPDX-License-Identifier: ISC
// All that a client sends, read three ways - a socket peeked at, a pipe octet by octet, and
// ahead - which must find the same lines.
// covers base/line_input.cc
#include "base/line_input.h"

#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "base/failure.h"
#include "base/fd.h"
#include "tests/fuzz/require.h"

namespace {

// The lines that INPUT finds, as a text.
template <typename Input>
std::string all_of(Input input) {
  std::string text;
  for (;;) {
    std::string_view line;
    switch (input.next(line)) {
      case base::Got::line:
        require(line.find('\n') == line.npos && line.size() < base::max_command_line);
        text.append("line ").append(line) += '\n';
        break;
      case base::Got::too_long: text += "too long\n"; break;
      case base::Got::end: return text;
      case base::Got::timeout: __builtin_trap();
    }
  }
}

// The end of a pipe that DATA can be read from.
base::UniqueFd piped(std::string_view data) {
  auto pipe = base::make_pipe();
  base::write_all(pipe.write.get(), data, "pipe");
  return std::move(pipe.read);
}

base::UniqueFd sent(std::string_view data) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) base::fail("socketpair");
  const base::UniqueFd writer(ends[0]);
  base::write_all(writer.get(), data, "socket");
  return base::UniqueFd(ends[1]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text(data, size).substr(0, 60000);  // what a pipe takes at once
  const auto lines = all_of(base::BufferedLineInput(piped(text).get(), 1000));
  require(all_of(base::ExactLineInput(piped(text).get())) == lines);
  require(all_of(base::ExactLineInput(sent(text).get())) == lines);
  return 0;
}
