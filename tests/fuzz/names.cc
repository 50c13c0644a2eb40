// SPDX-License-Identifier: ISC
// A Maildir whose files bear names that somebody made up, one a line: through a login, an UPDATE that flags and moves all,
// and another login. No message is lost, doubled or given another unique-id.
// covers maildir/listing.cc maildir/directory.cc maildir/name.cc
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "maildir/update.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/scratch.h"

namespace {

constexpr std::size_t most_files = 12;
constexpr const char* folders[] = {"new", "cur"};

// Gives VISIT the path of every file that is not hidden.
template <typename Visit>
void for_each_file(Visit visit) {
  for (const std::string folder : folders) {
    DIR* const directory = ::opendir(folder.c_str());
    require(directory != nullptr);
    while (const dirent* entry = ::readdir(directory))
      if (std::string_view(entry->d_name) != "." && std::string_view(entry->d_name) != "..")
        visit(folder + '/' + entry->d_name);
    ::closedir(directory);
  }
}

// Makes a file of each line; its content is its number. Gives how many may be messages.
std::size_t make_files(const Scratch& scratch, std::string_view lines) {
  std::set<std::string> made;
  std::size_t messages = 0;
  while (!lines.empty() && made.size() < most_files) {
    const std::string line(lines.substr(0, lines.find('\n')));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    if (line.size() < 2) continue;
    const auto name = line.substr(1);
    if (name.find('/') != name.npos || name.find('\0') != name.npos || name == "." || name == ".." || name.size() > 255) continue;
    const auto path = std::string(folders[line[0] & 1]) + '/' + name;
    if (!made.insert(path).second) continue;
    scratch.write(path, std::to_string(made.size()) + '\n');
    messages += name[0] != '.';
  }
  return messages;
}

// What each message holds, by its unique-id.
std::map<std::string, std::string> open_all(maildir::Mailbox& mailbox, bool use_index) {
  require(mailbox.open(maildir::SizePolicy::exact, use_index) == maildir::Opened::good && mailbox.passed_over() == 0);
  mailbox.prepare_all();
  std::map<std::string, std::string> messages;
  for (std::size_t i = 0; i < mailbox.size(); ++i) {
    const auto id = mailbox.uidl(i);
    require(!id.empty() && id.view().size() <= maildir::max_uidl);
    require(std::all_of(id.view().begin(), id.view().end(), base::is_graphic));
    std::uint64_t size;
    const auto file = mailbox.open_message(i, size);
    require(file.has_value());
    std::string content(size, '\0');
    require(base::read_all(file->get(), content) == size);
    require(messages.emplace(id.view(), content).second);
  }
  return messages;
}

void check(std::size_t files, bool use_index) {
  std::map<std::string, std::string> before;
  {
    maildir::Mailbox mailbox;
    before = open_all(mailbox, use_index);
    require(before.size() == files);
    maildir::Update update(mailbox, {});
    const maildir::Marks none(mailbox.size());
    maildir::Marks all(mailbox.size());
    for (std::size_t i = 0; i < mailbox.size(); ++i) all.set(i);
    update.run(none, all);
  }
  std::set<std::string> contents;
  for (const auto& [id, content] : before) contents.insert(content);
  require(contents.size() == files);

  maildir::Mailbox mailbox;
  const auto after = open_all(mailbox, use_index);
  require(after.size() == files);
  for (const auto& [id, content] : after) require(contents.contains(content));
  // Files of one unique name, in new/ and cur/ or with other flags, may change places; no other may.
  std::set<std::string> unique;
  bool is_repeated = false;
  for (std::size_t i = 0; i < mailbox.size(); ++i)
    is_repeated = !unique.emplace(maildir::unique_name(mailbox.name(i))).second || is_repeated;
  require(is_repeated || before == after);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto home = base::open_file(".", O_RDONLY | O_DIRECTORY);
  static const Scratch scratch;
  static const bool is_made = (scratch.make_directory("new"), scratch.make_directory("cur"), scratch.make_directory("tmp"), true);
  if (size == 0 || !is_made) return 0;
  require(::chdir(scratch.path().c_str()) == 0);
  const auto files = make_files(scratch, as_text(data + 1, size - 1));
  check(files, (data[0] & 1) != 0);
  for_each_file([](const std::string& path) { require(::unlink(path.c_str()) == 0); });
  ::unlink(maildir::IndexFile::path);
  require(::fchdir(home.get()) == 0);
  return 0;
}
