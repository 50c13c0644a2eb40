// SPDX-License-Identifier: ISC
// A whole TRANSACTION state over a small Maildir, which is made whole again after each UPDATE.
// The Maildir is the current directory meanwhile: give -artifact_prefix from the root on.
// covers pop3d/session.cc pop3d/listings.cc pop3d/retrieve.cc pop3d/command.cc
#include "pop3d/session.h"

#include <dirent.h>
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

// Gives NAME to VISIT for every file in the folder of the current directory.
template <typename Visit>
void for_each_file(const std::string& folder, Visit visit) {
  DIR* const directory = ::opendir(folder.c_str());
  require(directory != nullptr);
  while (const dirent* entry = ::readdir(directory))
    if (entry->d_name[0] != '.') visit(folder + '/' + entry->d_name);
  ::closedir(directory);
}

// Makes the Maildir the current directory, with every message where it was at first, and no other.
void enter_whole_maildir() {
  static const Scratch scratch;
  if (::mkdir(scratch.path("new").c_str(), 0700) == 0) scratch.make_directory("cur");
  require(::chdir(scratch.path().c_str()) == 0);
  for (const auto folder : {"new", "cur"})
    for_each_file(folder, [](const std::string& path) {
      bool is_one = false;
      for (const auto& message : messages) is_one = is_one || path == message[0];
      if (!is_one) require(::unlink(path.c_str()) == 0);
    });
  for (const auto& [name, content] : messages)
    if (::access(name, F_OK) != 0) scratch.write(name, content);
}

std::size_t count_files(const char* folder) {
  std::size_t count = 0;
  for_each_file(folder, [&](const std::string&) { ++count; });
  return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto null = base::open_file("/dev/null", O_WRONLY);
  static const auto home = base::open_file(".", O_RDONLY | O_DIRECTORY);
  auto client = base::make_pipe();
  base::write_all(client.write.get(), as_text(data, size).substr(0, 60000), "pipe");
  client.write.reset();

  enter_whole_maildir();
  maildir::Mailbox mailbox;
  require(mailbox.open(maildir::SizePolicy::exact, false) == maildir::Opened::good);
  require(mailbox.size() == std::size(messages) && mailbox.passed_over() == 0);
  const auto fresh = count_files("new");
  maildir::Update update(mailbox, {});
  const auto out = std::make_unique<base::Output>(null.get(), 1000);
  base::BufferedLineInput in(client.read.get(), 1000);
  base::UniqueFd no_lock;
  pop3d::Settings settings{};
  settings.bad_commands = 20;
  pop3d::Session session(mailbox, update, no_lock, *out, settings);
  session.greet();
  const auto ending = session.serve(in);

  using pop3d::Ending;
  require(ending == Ending::quit || ending == Ending::eof || ending == Ending::bad_commands);
  require(session.counts().wrong_sizes == 0);
  // Nothing changes without QUIT; with it what was deleted is gone, and new/ is empty.
  require(ending == Ending::quit || !update.has_changed());
  require(update.deleted() == (ending == Ending::quit ? session.deleted().count() : 0));
  require(count_files("new") == (ending == Ending::quit ? 0 : fresh));
  require(count_files("new") + count_files("cur") == mailbox.size() - update.deleted());
  require(::fchdir(home.get()) == 0);  // relative names of the fuzzer's files begin there
  return 0;
}
