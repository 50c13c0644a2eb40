// SPDX-License-Identifier: ISC
// A whole TRANSACTION state over a small Maildir, which is made whole again after each UPDATE.
// The Maildir is the current directory meanwhile: give -artifact_prefix from the root on.
#include "pop3d/session.h"

#include <fcntl.h>
#include <unistd.h>

#include <memory>

#include "tests/fuzz/require.h"
#include "tests/fuzz/scratch.h"

namespace {

constexpr const char* messages[][2] = {
    {"new/1.empty", ""},
    {"new/2.line", "a"},
    {"new/3.dots", ".\n..\n\r\n.\r\n.a"},
    {"cur/4.crlf:2,S", "A: b\r\nC: d\r\n\r\n1\r\n2\r\n3\r\n"},
    {"cur/5.header:2,", "A: b\nC: d\n"},
    {"cur/a name that needs a hash:2,S", "\n\n\n\r"},
};

// The path of the Maildir, with every message in it.
std::string whole_maildir() {
  static const Scratch scratch;
  if (::mkdir(scratch.path("new").c_str(), 0700) == 0) scratch.make_directory("cur");
  for (const auto& [name, content] : messages)
    if (::access(scratch.path(name).c_str(), F_OK) != 0) scratch.write(name, content);
  return scratch.path();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto null = base::open_file("/dev/null", O_WRONLY);
  static const auto home = base::open_file(".", O_RDONLY | O_DIRECTORY);
  auto client = base::make_pipe();
  base::write_all(client.write.get(), as_text(data, size).substr(0, 60000), "pipe");
  client.write.reset();

  maildir::Mailbox mailbox;
  require(maildir::Mailbox::open(whole_maildir().c_str(), mailbox) == maildir::Opened::good);
  require(mailbox.size() == std::size(messages) && mailbox.passed_over() == 0);
  const auto out = std::make_unique<base::Output>(null.get(), 1000);
  base::BufferedLineInput in(client.read.get(), 1000);
  pop3d::Session session(mailbox, *out, 20);
  session.greet();
  const auto ending = session.serve(in);

  using pop3d::Ending;
  require(ending == Ending::quit || ending == Ending::eof || ending == Ending::bad_commands);
  require(session.messages_left() + session.counts().deleted == mailbox.size());
  require(ending == Ending::quit || session.counts().deleted == 0);
  std::size_t left = 0;  // in the current directory, which is the Maildir now
  for (const auto& message : messages) left += ::access(message[0], F_OK) == 0;
  require(left == session.messages_left());
  require(::fchdir(home.get()) == 0);  // relative names of the fuzzer's files begin there
  return 0;
}
