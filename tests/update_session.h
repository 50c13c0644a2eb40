// SPDX-License-Identifier: ISC
// One session's QUIT on a Maildir of a test, and what is there afterwards.
#pragma once

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "maildir/update.h"
#include "tests/check.h"
#include "tests/maildir.h"

using maildir::DeleteBy;
using maildir::IndexFile;
using maildir::Mailbox;
using maildir::Marks;
using maildir::Opened;
using maildir::SizePolicy;
using maildir::Update;
using maildir::UpdateSettings;

constexpr auto index_path = "popchain.index";

// Runs BODY(row) for all rows at once, each in a process of its own, since most of their time is
// waiting. What a row's checks print comes out through its pipe, and is the failure.
template <typename Rows, typename Body>
void for_each_at_once(const Rows& rows, Body body) {
  struct Child {
    pid_t pid;
    base::UniqueFd output;
  };
  std::vector<Child> children;
  std::cout.flush();
  for (const auto& row : rows) {
    auto pipe = base::make_pipe();
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::dup2(pipe.write.get(), 1);
      try {
        body(row);
      } catch (const std::exception& e) {
        check::failed(__FILE__, __LINE__, e.what());
      }
      std::cout.flush();
      ::_exit(0);
    }
    children.push_back({pid, std::move(pipe.read)});
  }
  std::size_t number = 0;
  for (const auto& child : children) {
    std::string text(100000, '\0');
    text.resize(base::read_all(child.output.get(), text));
    int status = 0;
    ::waitpid(child.pid, &status, 0);
    if (status != 0) text += "# died\n";
    if (!text.empty())
      check::failed(__FILE__, __LINE__, "row " + std::to_string(number) + " of what ran at once:\n" + text);
    ++number;
  }
}

// FILES, and in cur/ as many others as make a mailbox worth an index.
inline std::vector<std::string> with_others(std::vector<std::string> files, int count = 20) {
  for (int i = 100; i < 100 + count; ++i) files.push_back("cur/" + std::to_string(i) + ".other:2,S");
  return files;
}

inline bool is_there(const std::string& path) {
  struct stat status;
  return ::lstat(path.c_str(), &status) == 0;
}

// The files of the folders, in order, without the others of with_others.
inline std::string files(const std::vector<std::string>& folders = {"new", "cur"}) {
  std::string text;
  for (const auto& folder : folders) {
    if (!is_there(folder)) continue;
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      if (entry.path().string().find(".other") == std::string::npos) names.insert(entry.path());
    for (const auto& name : names) text.append(text.empty() ? "" : " ").append(name);
  }
  return text;
}

// From login to logout.
class Session {
 public:
  explicit Session(const UpdateSettings& settings = {}, bool use_index = true)
      : opened_(mailbox.open(SizePolicy::exact, use_index)), update(mailbox, settings) {
    CHECK(opened_ == Opened::good);
  }
  Session& dele(std::string_view name) { return set(deleted, name); }
  Session& retr(std::string_view name) { return set(retrieved, name); }
  std::uint64_t quit() { return update.run(deleted, retrieved); }

  Mailbox mailbox;

 private:
  Opened opened_;

 public:
  Update update;
  Marks deleted{mailbox.size()}, retrieved{mailbox.size()};

 private:
  // Marks the message with the file name, as it was at login.
  Session& set(Marks& marks, std::string_view name) {
    for (std::size_t i = 0; i < mailbox.size(); ++i)
      if (mailbox.name(i) == name) return marks.set(i), *this;
    check::failed(__FILE__, __LINE__, "no message " + std::string(name));
    return *this;
  }
};

// A session that does nothing but leave an index of what is there.
inline void make_index() {
  UpdateSettings settings;
  settings.move_new = false;
  settle();
  Session session(settings);
  CHECK_EQ(session.quit(), 0u);
  session.update.store_index();
}

struct Reading {
  std::string answers;
  bool is_believed = false;
};
inline Reading read_mailbox(bool use_index) {
  Mailbox mailbox;
  const auto opened = mailbox.open(SizePolicy::exact, use_index);
  mailbox.prepare_all();
  Reading reading;
  auto& text = reading.answers;
  text = std::to_string(static_cast<int>(opened)) + ' ' + std::to_string(mailbox.size()) + ' ' +
         std::to_string(mailbox.octets()) + '\n';
  for (std::size_t i = 0; i < mailbox.size(); ++i) {
    const auto& record = mailbox.record(i);
    text.append(path_of(record.folder)).append("/").append(mailbox.name(i)) += ' ';
    text.append(std::to_string(record.wire_size)).append(" ").append(mailbox.uidl(i).view()) += '\n';
  }
  reading.is_believed = use_index && !mailbox.is_index_stale();
  return reading;
}

inline bool is_index_believed() { return read_mailbox(true).is_believed; }

// The lines of TEXT that OTHER does not have.
inline std::string lines_without(const std::string& text, const std::string& other) {
  std::istringstream others(other), lines(text);
  std::set<std::string> known;
  std::string result;
  for (std::string line; std::getline(others, line);) known.insert(line);
  for (std::string line; std::getline(lines, line);)
    if (!known.contains(line)) result.append(line).append("; ");
  return result;
}

// The next session must say the same with an index and without.
inline bool check_index(const std::string& row) {
  const auto with = read_mailbox(true).answers, without = read_mailbox(false).answers;
  CHECK_EQ(row + ": " + lines_without(with, without), row + ": " + lines_without(without, with));
  CHECK_ROW(row, with == without);
  return with == without;
}
