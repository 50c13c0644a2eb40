// SPDX-License-Identifier: ISC
// What QUIT does to a Maildir, alone and with other programs at it, and the index it leaves.
#include "maildir/update.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <random>
#include <set>
#include <sstream>
#include <thread>
#include <vector>

#include "tests/check.h"
#include "tests/fuzz/scratch.h"

namespace {

using maildir::DeleteBy;
using maildir::IndexFile;
using maildir::Mailbox;
using maildir::Marks;
using maildir::Opened;
using maildir::SizePolicy;
using maildir::Update;
using maildir::UpdateSettings;

constexpr auto index_path = "popchain.index";

void sleep_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

// Waits until what changes next shows in a stamp, whatever the kernel's tick is.
void settle() {
  const auto is_settled = [](const char* path) {
    return maildir::is_settled(maildir::read_stamp(path), maildir::stamping_clock_ns());
  };
  while (!is_settled("new") || !is_settled("cur") || !is_settled("uidl.map")) sleep_ms(2);
}

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

const std::string disk = std::filesystem::temp_directory_path();

// A Maildir that is the current directory while it lives. In memory, if it can be.
class Maildir {
 public:
  Maildir() {
    ::chmod(scratch_.path().c_str(), 0777);
    for (const auto name : {"tmp", "new", "cur"}) scratch_.make_directory(name);
    if (::chdir(scratch_.path().c_str()) != 0) base::fail("chdir", scratch_.path());
  }
  explicit Maildir(const std::vector<std::string>& files) : Maildir() {
    for (const auto& file : files) write(file, "a\n");
  }
  ~Maildir() { [[maybe_unused]] const int ignored = ::chdir("/"); }
  void write(const std::string& name, std::string_view content) const { scratch_.write(name, content, 0644); }
  std::string read(std::string_view name) const { return scratch_.read(name); }

 private:
  static bool use_memory() {
    if (::access("/dev/shm", W_OK) == 0) ::setenv("TMPDIR", "/dev/shm", 0);
    return true;
  }
  const bool in_memory_ = use_memory();
  Scratch scratch_;
};

// FILES, and in cur/ as many others as make a mailbox worth an index.
std::vector<std::string> with_others(std::vector<std::string> files, int count = 20) {
  for (int i = 100; i < 100 + count; ++i) files.push_back("cur/" + std::to_string(i) + ".other:2,S");
  return files;
}

// Somebody for whom permissions count while this lives, if we are root.
class Nobody {
 public:
  Nobody() { set(65534); }
  ~Nobody() { set(0); }

 private:
  static void set(uid_t uid) {
    if (::getuid() == 0 && ::seteuid(uid) != 0) base::fail("seteuid");
  }
};

bool is_there(const std::string& path) {
  struct stat status;
  return ::lstat(path.c_str(), &status) == 0;
}

// The files of the folders, in order, without the others of with_others.
std::string files(const std::vector<std::string>& folders = {"new", "cur"}) {
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
void make_index() {
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
Reading read_mailbox(bool use_index) {
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

bool is_index_believed() { return read_mailbox(true).is_believed; }

// The lines of TEXT that OTHER does not have.
std::string lines_without(const std::string& text, const std::string& other) {
  std::istringstream others(other), lines(text);
  std::set<std::string> known;
  std::string result;
  for (std::string line; std::getline(others, line);) known.insert(line);
  for (std::string line; std::getline(lines, line);)
    if (!known.contains(line)) result.append(line).append("; ");
  return result;
}

// The next session must say the same with an index and without.
bool check_index(const std::string& row) {
  const auto with = read_mailbox(true).answers, without = read_mailbox(false).answers;
  CHECK_EQ(row + ": " + lines_without(with, without), row + ": " + lines_without(without, with));
  CHECK_ROW(row, with == without);
  return with == without;
}

}  // namespace

// --- what happens to the files ---------------------------------------------------------------

TEST(messages_are_deleted_flagged_and_moved) {
  const struct {
    const char *file, *what, *want;
  } table[] = {
      {"new/1.a", "", "cur/1.a:2,"},
      {"new/1.a", "retr", "cur/1.a:2,S"},
      {"new/1.a", "dele", ""},
      {"new/1.a:2,F", "", "cur/1.a:2,F"},
      {"new/1.a:2,F", "retr", "cur/1.a:2,FS"},
      {"new/1.a:1,x", "retr", "cur/1.a:1,x"},
      {"cur/1.a", "", "cur/1.a"},
      {"cur/1.a", "retr", "cur/1.a:2,S"},
      {"cur/1.a:2,", "", "cur/1.a:2,"},
      {"cur/1.a:2,", "retr", "cur/1.a:2,S"},
      {"cur/1.a:2,S", "retr", "cur/1.a:2,S"},
      {"cur/1.a:2,FT", "retr", "cur/1.a:2,FST"},
      {"cur/1.a:2,FT", "dele", ""},
      {"cur/1.a:1,x", "retr", "cur/1.a:1,x"},
      {"cur/1.a:1,x", "dele", ""},
  };
  for (const bool is_large : {false, true})
    for (const auto& row : table) {
      const Maildir maildir(is_large ? with_others({row.file}) : std::vector<std::string>{row.file});
      Session session;
      const auto name = std::string_view(row.file).substr(4);
      if (*row.what == 'r') session.retr(name);
      if (*row.what == 'd') session.dele(name);
      CHECK_EQ(session.quit(), 0u);
      CHECK_EQ(std::string(row.file) + ' ' + row.what + ": " + files(),
               std::string(row.file) + ' ' + row.what + ": " + row.want);
      CHECK_EQ(session.update.deleted(), *row.what == 'd' ? 1u : 0u);
    }
}

TEST(message_retrieved_and_deleted_is_deleted) {
  const Maildir maildir({"new/1.a", "cur/2.b:2,"});
  Session session;
  session.retr("1.a").dele("1.a").retr("2.b:2,").dele("2.b:2,");
  CHECK_EQ(session.quit(), 0u);
  CHECK_EQ(session.update.deleted(), 2u);
  CHECK_EQ(files(), "");
}

TEST(settings_say_what_is_left_alone) {
  const struct {
    bool mark_seen, move_new;
    const char* want;
  } table[] = {
      {true, true, "cur/1.a:2, cur/2.a:2,S cur/3.a:2,S"},
      {false, true, "cur/1.a:2, cur/2.a:2, cur/3.a:2,"},
      {true, false, "new/1.a cur/2.a:2,S cur/3.a:2,S"},
      {false, false, "new/1.a new/2.a cur/3.a:2,"},
  };
  for (const auto& row : table) {
    const Maildir maildir({"new/1.a", "new/2.a", "cur/3.a:2,", "cur/4.a"});
    UpdateSettings settings;
    settings.mark_seen = row.mark_seen;
    settings.move_new = row.move_new;
    Session session(settings);
    session.retr("2.a").retr("3.a:2,").dele("4.a");
    CHECK_EQ(session.quit(), 0u);
    CHECK_EQ(files(), row.want);
  }
}

TEST(session_that_changed_nothing_says_so) {
  const Maildir maildir({"cur/1.a:2,S", "cur/2.a"});
  Session idle;
  CHECK_EQ(idle.quit(), 0u);
  CHECK(!idle.update.has_changed());
  Session busy;
  busy.dele("2.a");
  CHECK_EQ(busy.quit(), 0u);
  CHECK(busy.update.has_changed());
}

TEST(name_too_long_for_a_flag_stays) {
  const std::string name(255, 'x');
  const Maildir maildir({"cur/" + name, "new/" + std::string(254, 'y')});
  Session session;
  session.retr(name);
  CHECK_EQ(session.quit(), 0u);
  CHECK_EQ(files(), "new/" + std::string(254, 'y') + " cur/" + name);
}

// --- other programs at the same Maildir ---------------------------------------------------------

TEST(flags_that_another_program_set_meanwhile_stay) {
  const struct {
    const char *at_login, *now, *want;
  } table[] = {
      {"cur/1.a:2,", "cur/1.a:2,F", "cur/1.a:2,FS"},
      {"cur/1.a:2,", "cur/1.a:2,T", "cur/1.a:2,ST"},
      {"cur/1.a:2,F", "cur/1.a:2,", "cur/1.a:2,S"},
      {"cur/1.a:2,", "cur/1.a:2,S", "cur/1.a:2,S"},
      {"cur/1.a:2,", "cur/1.a:2,RS", "cur/1.a:2,RS"},
      {"cur/1.a:2,", "new/1.a", "cur/1.a:2,S"},
      {"new/1.a", "cur/1.a:2,", "cur/1.a:2,S"},
      {"new/1.a", "cur/1.a:2,FR", "cur/1.a:2,FRS"},
      {"new/1.a", "new/1.a:2,F", "cur/1.a:2,FS"},
  };
  for_each_at_once(table, [](const auto& row) {
    const Maildir maildir(with_others({row.at_login}));
    make_index();
    Session session;
    session.retr(std::string_view(row.at_login).substr(4));
    settle();
    CHECK_EQ(::rename(row.at_login, row.now), 0);
    CHECK_EQ(session.quit(), 0u);
    CHECK_EQ(files(), row.want);
    session.update.store_index();
    check_index(row.now);
  });
}

TEST(unread_message_that_another_program_took_out_of_new_keeps_its_flags) {
  const Maildir maildir({"new/1.a", "new/2.a"});
  Session session;
  ::rename("new/1.a", "cur/1.a:2,FRS");
  CHECK_EQ(session.quit(), 0u);
  CHECK_EQ(files(), "cur/1.a:2,FRS cur/2.a:2,");
}

TEST(message_that_was_renamed_or_moved_is_deleted_where_it_is) {
  const struct {
    const char *at_login, *now;
  } table[] = {
      {"cur/1.a:2,", "cur/1.a:2,FS"}, {"cur/1.a:2,S", "cur/1.a:2,"}, {"cur/1.a:2,S", "new/1.a"},
      {"new/1.a", "cur/1.a:2,"},      {"new/1.a", "cur/1.a:2,RST"},  {"new/1.a", "new/1.a:2,"},
  };
  for (const auto by : {DeleteBy::unlink, DeleteBy::trash})
    for (const auto& row : table) {
      const Maildir maildir({row.at_login});
      UpdateSettings settings;
      settings.delete_by = by;
      Session session(settings);
      session.dele(std::string_view(row.at_login).substr(4));
      CHECK_EQ(::rename(row.at_login, row.now), 0);
      CHECK_EQ(session.quit(), 0u);
      CHECK_EQ(files(), "");
      CHECK_EQ(session.update.deleted(), 1u);
      CHECK_EQ(!files({".Trash/cur"}).empty(), by == DeleteBy::trash);
    }
}

TEST(message_that_vanished_is_no_failure) {
  for (const auto by : {DeleteBy::unlink, DeleteBy::trash}) {
    const Maildir maildir({"new/1.a", "new/2.a", "new/3.a", "cur/4.a:2,", "cur/5.a:2,", "cur/6.a"});
    UpdateSettings settings;
    settings.delete_by = by;
    Session session(settings);
    session.dele("1.a").retr("2.a").dele("4.a:2,").retr("5.a:2,");
    for (const auto path : {"new/1.a", "new/2.a", "new/3.a", "cur/4.a:2,", "cur/5.a:2,"}) ::unlink(path);
    CHECK_EQ(session.quit(), 0u);
    CHECK_EQ(session.update.deleted(), 2u);
    CHECK_EQ(files(), "cur/6.a");
  }
}

TEST(message_never_takes_anothers_name) {
  const struct {
    const char *first, *second, *retr;
  } table[] = {
      {"new/1.a", "cur/1.a:2,", ""},
      {"new/1.a", "cur/1.a:2,S", "1.a"},
      {"cur/1.a:2,", "cur/1.a:2,S", "1.a:2,"},
      {"cur/1.a", "cur/1.a:2,S", "1.a"},
  };
  for_each_at_once(table, [](const auto& row) {
    const Maildir maildir(with_others({}));
    maildir.write(row.first, "first\n");
    maildir.write(row.second, "second\n");
    make_index();
    Session session;
    if (*row.retr) session.retr(row.retr);
    CHECK_EQ(session.quit(), 0u);
    CHECK_EQ(maildir.read(row.first), "first\n");
    CHECK_EQ(maildir.read(row.second), "second\n");
    session.update.store_index();
    check_index(row.first);
  });
}

TEST(name_that_was_taken_since_login_is_not_overwritten) {
  const Maildir maildir({"new/1.a"});
  Session session;
  session.retr("1.a");
  maildir.write("cur/1.a:2,S", "another's\n");
  session.quit();
  CHECK_EQ(maildir.read("cur/1.a:2,S"), "another's\n");
  CHECK(is_there("new/1.a"));
}

// A copy that another program removed must not cost the other copy.
TEST(copy_that_vanished_takes_no_other_copy_with_it) {
  const Maildir maildir;
  maildir.write("cur/1.a:2,F", "first\n");
  maildir.write("cur/1.a:2,S", "second\n");
  Session session;
  session.dele("1.a:2,F");
  ::unlink("cur/1.a:2,F");
  CHECK_EQ(session.quit(), 0u);
  CHECK_EQ(files(), "cur/1.a:2,S");
}

// Each deletion changes the directories, so that who reads them again for each takes minutes.
TEST(many_messages_that_were_renamed_are_deleted_in_linear_time) {
  constexpr int count = 2000;
  const Maildir maildir(with_others({}, count));
  Session session;
  for (int i = 0; i < count; ++i) {
    session.deleted.set(static_cast<std::size_t>(i));
    const auto name = "cur/" + std::to_string(100 + i) + ".other:2,";
    ::rename((name + 'S').c_str(), (name + "RS").c_str());
  }
  const auto start = std::chrono::steady_clock::now();
  CHECK_EQ(session.quit(), 0u);
  const auto took = std::chrono::steady_clock::now() - start;
  CHECK(std::filesystem::is_empty("cur"));
  // Some 20 ms if read once, above a second if for each.
  CHECK(took < std::chrono::milliseconds(500));
}

// The same where others of them are gone, and cannot be found.
TEST(many_messages_that_vanished_are_no_matter_of_time) {
  constexpr int count = 6000;
  const Maildir maildir(with_others({}, count));
  Session session;
  for (int i = 0; i < count; ++i) {
    session.deleted.set(static_cast<std::size_t>(i));
    if (i % 2) ::unlink(("cur/" + std::to_string(100 + i) + ".other:2,S").c_str());
  }
  const auto start = std::chrono::steady_clock::now();
  CHECK_EQ(session.quit(), 0u);
  const auto took = std::chrono::steady_clock::now() - start;
  CHECK(std::filesystem::is_empty("cur"));
  CHECK_EQ(session.update.deleted(), static_cast<unsigned>(count));
  CHECK(took < std::chrono::milliseconds(400));
}

// --- what cannot be done --------------------------------------------------------------------------

TEST(messages_that_cannot_be_deleted_are_counted_and_stay_in_the_index) {
  const Maildir maildir(with_others({"cur/1.a:2,S", "cur/2.a:2,S", "new/3.a"}));
  for (const auto folder : {"tmp", "new"}) ::chmod(folder, 0777);
  ::chmod("cur", 0555);
  {
    const Nobody nobody;
    make_index();
    CHECK(is_index_believed());
    Session session;
    session.dele("1.a:2,S").dele("3.a").retr("2.a:2,S").dele("104.other:2,S").dele("119.other:2,S");
    CHECK_EQ(session.quit(), 3u);
    CHECK_EQ(session.update.deleted(), 1u);
    CHECK_EQ(files(), "cur/1.a:2,S cur/2.a:2,S");
    session.update.store_index();
    CHECK(is_index_believed());
    check_index("kept");
  }
  ::chmod("cur", 0755);
}

TEST(every_kind_of_failure_is_counted) {
  const Maildir maildir({"cur/1.a:2,", "cur/2.a:2,", "cur/3.a:2,S", "new/4.a", "new/5.a"});
  for (const auto folder : {"new", "cur"}) ::chmod(folder, 0555);
  {
    const Nobody nobody;
    for (const auto by : {DeleteBy::unlink, DeleteBy::trash}) {
      UpdateSettings settings;
      settings.delete_by = by;
      Session session(settings);
      session.dele("1.a:2,").retr("2.a:2,").retr("3.a:2,S").dele("4.a");
      CHECK_EQ(session.quit(), 4u);  // 1 and 4 not deleted, 2 not marked, 5 not moved
      CHECK_EQ(session.update.deleted(), 0u);
      CHECK_EQ(files(), "new/4.a new/5.a cur/1.a:2, cur/2.a:2, cur/3.a:2,S");
    }
  }
  for (const auto folder : {"new", "cur"}) ::chmod(folder, 0755);
}

TEST(directory_in_a_messages_place_is_a_failure) {
  const Maildir maildir({"cur/1.a:2,S", "cur/2.a:2,S"});
  Session session;
  session.dele("1.a:2,S").dele("2.a:2,S");
  ::unlink("cur/1.a:2,S");
  ::mkdir("cur/1.a:2,S", 0700);
  CHECK_EQ(session.quit(), 1u);
  CHECK_EQ(session.update.deleted(), 1u);
}

// --- the trash --------------------------------------------------------------------------------------

TEST(trash_is_a_folder_of_maildir_plus_plus) {
  const Maildir maildir;
  maildir.write("new/1.a,S=1000", "one\n");
  maildir.write("cur/2.a:2,FS", "two\n");
  maildir.write("cur/3.a:2,S", "three\n");
  UpdateSettings settings;
  settings.delete_by = DeleteBy::trash;
  Session session(settings);
  session.dele("1.a,S=1000").dele("2.a:2,FS");
  CHECK_EQ(session.quit(), 0u);
  CHECK_EQ(session.update.deleted(), 2u);
  CHECK_EQ(files(), "cur/3.a:2,S");
  CHECK_EQ(files({".Trash/cur"}), ".Trash/cur/1.a,S=1000:2, .Trash/cur/2.a:2,FS");
  CHECK_EQ(maildir.read(".Trash/cur/1.a,S=1000:2,"), "one\n");
  CHECK_EQ(maildir.read(".Trash/cur/2.a:2,FS"), "two\n");
  for (const auto folder : {".Trash", ".Trash/tmp", ".Trash/new", ".Trash/cur"}) {
    struct stat status;
    CHECK_ROW(folder, ::stat(folder, &status) == 0 && S_ISDIR(status.st_mode) && (status.st_mode & 0777) == 0700);
  }
  CHECK(std::filesystem::is_empty(".Trash/tmp") && std::filesystem::is_empty(".Trash/new"));
  CHECK(std::filesystem::is_regular_file(".Trash/maildirfolder"));
  CHECK_EQ(file_size(std::filesystem::path(".Trash/maildirfolder")), 0u);
}

TEST(trash_that_is_there_keeps_what_it_holds) {
  const Maildir maildir({"cur/2.a:2,S"});
  for (const auto folder : {".Trash", ".Trash/cur"}) ::mkdir(folder, 0700);
  maildir.write(".Trash/cur/1.a:2,S", "old\n");
  UpdateSettings settings;
  settings.delete_by = DeleteBy::trash;
  Session session(settings);
  session.dele("2.a:2,S");
  CHECK_EQ(session.quit(), 0u);
  CHECK_EQ(files({".Trash/cur"}), ".Trash/cur/1.a:2,S .Trash/cur/2.a:2,S");
  CHECK(is_there(".Trash/tmp") && is_there(".Trash/new") && is_there(".Trash/maildirfolder"));
}

TEST(message_with_the_longest_name_goes_to_the_trash) {
  const std::string names[] = {std::string(255, 'x'), std::string(253, 'y'), std::string(252, 'z') + ":2,"};
  const Maildir maildir({"cur/" + names[0], "new/" + names[1], "cur/" + names[2]});
  UpdateSettings settings;
  settings.delete_by = DeleteBy::trash;
  Session session(settings);
  for (const auto& name : names) session.dele(name);
  CHECK_EQ(session.quit(), 0u);
  CHECK_EQ(session.update.deleted(), 3u);
  CHECK_EQ(files(), "");
}

TEST(trash_is_made_for_a_deletion_only) {
  const Maildir maildir({"new/1.a", "cur/2.a:2,"});
  UpdateSettings settings;
  settings.delete_by = DeleteBy::trash;
  Session session(settings);
  session.retr("1.a");
  CHECK_EQ(session.quit(), 0u);
  CHECK(!is_there(".Trash"));
}

TEST(message_whose_name_is_taken_in_the_trash_gets_another) {
  const Maildir maildir({"cur/1.a:2,S"});
  ::mkdir(".Trash", 0700), ::mkdir(".Trash/cur", 0700), maildir.write(".Trash/cur/1.a:2,S", "old\n");
  UpdateSettings settings;
  settings.delete_by = DeleteBy::trash;
  Session session(settings);
  session.dele("1.a:2,S");
  CHECK_EQ(session.quit(), 0u);
  CHECK_EQ(maildir.read(".Trash/cur/1.a:2,S"), "old\n");
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator(".Trash/cur")) ++files;
  CHECK_EQ(files, 2u);
}

// The client must not hear "+OK", and the index must not hide the message.
TEST(message_that_cannot_go_to_the_trash_stays_and_is_counted) {
  const struct {
    const char* what;
    void (*prevent)(const Maildir& maildir);
  } table[] = {
      {"a file is there", [](const Maildir& m) { m.write(".Trash", ""); }},
      {"a symlink to nothing is there", [](const Maildir&) { ::symlink("nothing", ".Trash"); }},
      {"a file for .Trash/cur", [](const Maildir& m) { ::mkdir(".Trash", 0700), m.write(".Trash/cur", ""); }},
      {"a symlink for .Trash/cur", [](const Maildir&) { ::mkdir(".Trash", 0700), ::symlink("nothing", ".Trash/cur"); }},
  };
  for_each_at_once(table, [](const auto& row) {
    const Maildir maildir(with_others({"cur/1.a:2,S"}));
    make_index();
    row.prevent(maildir);
    UpdateSettings settings;
    settings.delete_by = DeleteBy::trash;
    Session session(settings);
    session.dele("1.a:2,S");
    CHECK_ROW(row.what, session.quit() == 1);
    CHECK_ROW(row.what, session.update.deleted() == 0);
    CHECK_ROW(row.what, is_there("cur/1.a:2,S"));
    session.update.store_index();
    check_index(row.what);
    CHECK_ROW(row.what, !is_there(".Trash/cur/1.a:2,S"));
  });
}

// As over quota, where mkdir fails.
TEST(message_stays_where_the_trash_cannot_be_made) {
  const Maildir maildir({"cur/1.a:2,S"});
  for (const auto folder : {"tmp", "new", "cur"}) ::chmod(folder, 0777);
  ::chmod(".", 0555);
  {
    const Nobody nobody;
    UpdateSettings settings;
    settings.delete_by = DeleteBy::trash;
    Session session(settings);
    session.dele("1.a:2,S");
    CHECK_EQ(session.quit(), 1u);
    CHECK_EQ(session.update.deleted(), 0u);
  }
  ::chmod(".", 0755);
  CHECK_EQ(files(), "cur/1.a:2,S");
}

TEST(copies_all_go_to_the_trash) {
  const Maildir maildir;
  maildir.write("new/1.a", "first\n");
  maildir.write("cur/1.a:2,", "second\n");
  UpdateSettings settings;
  settings.delete_by = DeleteBy::trash;
  Session session(settings);
  session.dele("1.a").dele("1.a:2,");
  const auto failures = session.quit();
  // Whatever stays is told.
  CHECK_EQ(session.update.deleted() + failures, 2u);
  CHECK_EQ(static_cast<std::size_t>(failures), files().empty() ? 0u : 1u);
}

// --- the quota -----------------------------------------------------------------------------------------

TEST(maildirsize_gets_a_line_of_what_was_deleted) {
  constexpr std::string_view start = "1000000S\n5000 10\n";
  for (const auto by : {DeleteBy::unlink, DeleteBy::trash}) {
    const Maildir maildir({"cur/1.a,S=1000:2,S", "new/2.a,S=200", "cur/3.a:2,", "cur/4.a,S=50:2,ST", "cur/5.a,S=7"});
    maildir.write("maildirsize", start);
    UpdateSettings settings;
    settings.delete_by = by;
    Session session(settings);
    // 3.a has 2 octets; 4.a is in the trash already; 5.a is gone: who removed it has counted it.
    session.dele("1.a,S=1000:2,S").dele("2.a,S=200").dele("3.a:2,").dele("4.a,S=50:2,ST").dele("5.a,S=7");
    ::unlink("cur/5.a,S=7");
    CHECK_EQ(session.quit(), 0u);
    CHECK_EQ(maildir.read("maildirsize"), std::string(start) + "-1202 -3     \n");
  }
}

TEST(maildirsize_stays_where_nothing_was_deleted) {
  const Maildir maildir({"new/1.a", "cur/2.a:2,"});
  maildir.write("maildirsize", "1000000S\n5000 10\n");
  Session session;
  session.retr("1.a");
  CHECK_EQ(session.quit(), 0u);
  CHECK_EQ(maildir.read("maildirsize"), "1000000S\n5000 10\n");
}

// --- the index afterwards ------------------------------------------------------------------------------

TEST(next_session_believes_the_index_that_quit_left) {
  const struct {
    const char *retr, *dele;
    DeleteBy by;
  } table[] = {
      {"", "", DeleteBy::unlink},        {"1.a", "", DeleteBy::unlink},         {"", "1.a", DeleteBy::unlink},
      {"3.a:2,", "", DeleteBy::unlink},  {"4.a", "3.a:2,", DeleteBy::unlink},   {"2.a", "3.a:2,", DeleteBy::trash},
      {"1.a", "110.other:2,S", DeleteBy::trash},
  };
  for_each_at_once(table, [](const auto& row) {
    const Maildir maildir(with_others({"new/1.a", "new/2.a", "cur/3.a:2,", "cur/4.a", "new/150.a"}));
    settle();
    UpdateSettings settings;
    settings.delete_by = row.by;
    for (const bool again : {false, true}) {
      Session session(settings);
      if (*row.retr && !again) session.retr(row.retr);
      if (*row.dele && !again) session.dele(row.dele);
      CHECK_EQ(session.quit(), 0u);
      session.update.store_index();
      CHECK_ROW(std::string(row.retr) + '-' + row.dele, is_index_believed());
      check_index(row.retr);
    }
    CHECK(std::filesystem::is_empty("tmp"));
  });
}

TEST(session_after_session_keeps_the_index_true) {
  const Maildir maildir(with_others({}));
  maildir.write("uidl.map", "200.new\tUID1-9\n103.other\tUID2-9\n");
  make_index();
  for (int round = 0; round < 8; ++round) {
    const auto name = std::to_string(200 + round) + ".new";
    maildir.write("new/" + name, std::string(static_cast<std::size_t>(round), '\n'));
    settle();
    Session session;
    if (round % 3 != 0) session.retr(name);
    if (round % 4 == 3) session.dele(std::to_string(100 + round) + ".other:2,S");
    CHECK_EQ(session.quit(), 0u);
    session.update.store_index();
    CHECK_ROW(round, is_index_believed());
    check_index(name);
  }
}

TEST(small_mailbox_has_no_index) {
  const Maildir maildir(with_others({}, 15));
  make_index();
  CHECK(!is_there(index_path));
  maildir.write("cur/99.other:2,S", "a\n");
  make_index();
  CHECK(is_there(index_path));
  Session session;
  session.dele("99.other:2,S");
  CHECK_EQ(session.quit(), 0u);
  session.update.store_index();
  CHECK(!is_there(index_path));
}

TEST(index_that_is_switched_off_is_left_alone) {
  const Maildir maildir(with_others({"new/1.a"}));
  Session session({}, false);
  session.dele("100.other:2,S");
  CHECK_EQ(session.quit(), 0u);
  session.update.store_index();
  CHECK(!is_there(index_path));
  make_index();
  const auto before = maildir.read(index_path);
  Session other({}, false);
  other.dele("101.other:2,S");
  CHECK_EQ(other.quit(), 0u);
  other.update.store_index();
  CHECK(maildir.read(index_path) == before);
  check_index("switched off");
}

TEST(session_that_distrusts_the_index_writes_none) {
  const Maildir maildir(with_others({"cur/1.a:2,"}));
  make_index();
  Session session;
  session.mailbox.distrust_index();
  CHECK(!is_there(index_path));
  session.retr("1.a:2,");
  CHECK_EQ(session.quit(), 0u);
  session.update.store_index();
  CHECK(!is_there(index_path));
}

// When another program changes something, and what the index may still be believed for.
TEST(foreign_change_is_not_hidden_by_ours) {
  struct Change {
    const char* what;
    void (*make)(const Maildir& maildir);
    bool in_cur;
  };
  static const Change changes[] = {
      {"delivery", [](const Maildir& m) { m.write("new/6.x", "b\n"); }, false},
      {"delivery to cur", [](const Maildir& m) { m.write("cur/6.x:2,", "b\n"); }, true},
      {"flags", [](const Maildir&) { ::rename("cur/105.other:2,S", "cur/105.other:2,FS"); }, true},
      {"flags back and forth",
       [](const Maildir&) {
         ::rename("cur/105.other:2,S", "cur/105.other:2,FS");
         ::rename("cur/105.other:2,FS", "cur/105.other:2,S");
       },
       true},
      {"removal", [](const Maildir&) { ::unlink("cur/105.other:2,S"); }, true},
      {"removal of ours", [](const Maildir&) { ::unlink("cur/3.a:2,"), ::unlink("cur/3.a:2,S"); }, true},
  };
  enum class Moment { before_run, after_run, while_stored };
  struct Row {
    const Change* change;
    Moment moment;
  };
  std::vector<Row> rows;
  for (const auto& change : changes)
    for (const auto moment : {Moment::before_run, Moment::after_run, Moment::while_stored})
      rows.push_back({&change, moment});
  for_each_at_once(rows, [](const Row& row) {
    const auto& change = *row.change;
    const Maildir maildir(with_others({"new/1.a", "new/2.a", "cur/3.a:2,"}));
    make_index();
    Session session;
    session.retr("1.a").dele("2.a").retr("3.a:2,");
    if (row.moment == Moment::before_run) change.make(maildir);
    CHECK_EQ(session.quit(), 0u);
    if (row.moment == Moment::after_run) change.make(maildir);
    std::thread other([&] {
      sleep_ms(10);
      if (row.moment == Moment::while_stored) change.make(maildir);
    });
    session.update.store_index();
    other.join();
    const auto loaded = IndexFile::load();
    CHECK_ROW(change.what, loaded.has_value());
    if (loaded) {
      const auto& stamp = change.in_cur ? loaded->sources.cur : loaded->sources.new_mail;
      CHECK_ROW(change.what, !(stamp == maildir::read_stamp(change.in_cur ? "cur" : "new")));
      if (row.moment != Moment::while_stored) CHECK_ROW(change.what, stamp == maildir::Stamp::never());
    }
    check_index(change.what);
  });
}

TEST(delivery_during_the_session_costs_no_reading_of_cur) {
  const Maildir maildir(with_others({"new/1.a", "cur/3.a:2,"}));
  make_index();
  Session session;
  session.retr("1.a").retr("3.a:2,");
  maildir.write("new/6.x", "b\n");
  CHECK_EQ(session.quit(), 0u);
  session.update.store_index();
  const auto loaded = IndexFile::load();
  CHECK(loaded && loaded->sources.cur.exists());
  check_index("delivery");
}

TEST(change_after_the_index_was_written_is_seen) {
  for (const auto path : {"new/6.x", "cur/6.x:2,"}) {
    const Maildir maildir(with_others({"new/1.a"}));
    settle();
    Session session;
    CHECK_EQ(session.quit(), 0u);
    session.update.store_index();
    maildir.write(path, "b\n");
    check_index(path);
  }
}

// Flags may put copies, whose names alone tell them apart, into another order.
TEST(copies_keep_their_ids_with_and_without_an_index) {
  const struct {
    const char *retr, *dele;
  } table[] = {{"", ""}, {"1.a:2,", ""}, {"", "1.a:2,"}, {"1.a:2,R", "1.a:2,"}};
  for_each_at_once(table, [](const auto& row) {
    const Maildir maildir(with_others({"cur/1.a:2,", "cur/1.a:2,R"}));
    make_index();
    Session session;
    if (*row.retr) session.retr(row.retr);
    if (*row.dele) session.dele(row.dele);
    CHECK_EQ(session.quit(), 0u);
    session.update.store_index();
    check_index(std::string("retr ") + row.retr + " dele " + row.dele);
  });
}

// A failure of the machine in the middle of it: what was not done yet must not seem done.
TEST(run_that_throws_leaves_no_index_that_hides_mail) {
  const Maildir maildir(with_others({"new/1.a", "cur/2.a:2,S", "cur/3.a:2,S"}));
  make_index();
  Session session;
  session.dele("1.a").dele("2.a:2,S").dele("3.a:2,S");
  settle();
  ::unlink("new/1.a");  // so that the directories are read again
  const auto next_fd = base::open_file("/dev/null", O_RDONLY).release();
  ::close(next_fd);
  rlimit limit;
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit low{static_cast<rlim_t>(next_fd) + 1, limit.rlim_max};  // room for inotify alone
  ::setrlimit(RLIMIT_NOFILE, &low);
  bool has_thrown = false;
  try {
    session.quit();
  } catch (const base::Failure&) {
    has_thrown = true;
  }
  ::setrlimit(RLIMIT_NOFILE, &limit);
  CHECK(has_thrown);
  CHECK_EQ(files(), "cur/2.a:2,S cur/3.a:2,S");
  session.update.store_index();
  check_index("thrown");
}

// --- races -------------------------------------------------------------------------------------------------

namespace {

using Random = std::mt19937;

// Another program: delivers, flags, moves, removes, by what it finds.
class Other {
 public:
  explicit Other(unsigned seed) : random_(seed) {}

  void change() {
    const auto one = any();
    const auto unique = one.substr(4, one.find(':') == one.npos ? one.npos : one.find(':') - 4);
    switch (random_() % 8) {
      case 0: case 1: case 2: deliver(); break;
      case 3: ::rename(one.c_str(), ("cur/" + unique + ":2," + flags()).c_str()); break;
      case 4: ::rename(one.c_str(), ("cur/" + unique + ":2," + flags()).c_str()); break;
      case 5: ::rename(one.c_str(), ("new/" + unique).c_str()); break;
      case 6: ::unlink(one.c_str()); break;
      // Twice within the tick.
      case 7: deliver(), ::unlink(one.c_str()), deliver(); break;
    }
  }
  void deliver() {
    const auto name = std::to_string(1000 + random_() % 100000) + ".n" + std::to_string(++count_);
    const auto temporary = "tmp/" + name;
    const auto fd = base::open_file(temporary.c_str(), O_WRONLY | O_CREAT, 0600);
    base::write_all(fd.get(), std::string(random_() % 30, '\n'), temporary);
    ::rename(temporary.c_str(), ("new/" + name).c_str());
  }

 private:
  std::string any() {
    std::vector<std::string> all;
    for (const auto folder : {"new", "cur"}) {
      std::error_code ignored;
      for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) all.push_back(entry.path());
    }
    return all.empty() ? "new/0" : all[random_() % all.size()];
  }
  std::string flags() {
    std::string all;
    for (const char flag : {'F', 'R', 'S', 'T'})
      if (random_() % 2) all += flag;
    return all;
  }

  Random random_;
  int count_ = 0;
};

// ROUNDS sessions, each with changes by another program at a random moment. None may leave an
// index that says other than the directories.
void race(unsigned seed, int rounds) {
  const Maildir maildir;
  Other filler(seed);
  for (int i = 0; i < 40; ++i) filler.deliver();
  Random random(seed + 1000);
  Other other(seed + 2000);
  for (int round = 0; round < rounds; ++round) {
    UpdateSettings settings;
    settings.mark_seen = random() % 2;
    settings.move_new = random() % 4 == 0;
    // Most rounds change nothing of their own, and need not wait for the clock.
    const bool is_busy = settings.move_new || random() % 8 == 0;
    const auto delay = std::chrono::microseconds(random() % (is_busy ? 35000 : 600));
    const auto changes = random() % 4;
    std::thread thread([&] {
      std::this_thread::sleep_for(delay);
      for (unsigned i = 0; i < changes; ++i) other.change();
    });
    {
      Session session(settings);
      if (is_busy && session.mailbox.size() > 0)
        for (int i = 0; i < 3; ++i) {
          const auto message = random() % session.mailbox.size();
          (random() % 3 ? session.retrieved : session.deleted).set(message);
        }
      session.quit();
      session.update.store_index();
    }
    thread.join();
    if (!check_index("seed " + std::to_string(seed) + " round " + std::to_string(round))) return;
    while (read_mailbox(false).answers.size() < 25 * 30) other.deliver();
  }
}

void race_at(const char* place, int processes, int rounds) {
  std::vector<unsigned> seeds;
  for (int i = 0; i < processes; ++i) seeds.push_back(static_cast<unsigned>(i));
  for_each_at_once(seeds, [&](unsigned seed) {
    ::setenv("TMPDIR", place, 1);
    race(seed, rounds);
  });
}

}  // namespace

TEST(index_is_never_wrong_in_a_race_on_the_disk) {
  race_at(disk.c_str(), 4, 30);
}

TEST(index_is_never_wrong_in_a_race_on_a_tmpfs) {
  if (::access("/dev/shm", W_OK) == 0) race_at("/dev/shm", 8, 40);
}
