// SPDX-License-Identifier: ISC
#include "maildir/mailbox.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <vector>

#include "maildir/update.h"
#include "pop3d/enter.h"
#include "tests/check.h"
#include "tests/fuzz/scratch.h"

namespace {

using maildir::Mailbox;
using maildir::Marks;
using maildir::Opened;
using maildir::SizePolicy;
using maildir::Update;

// A Maildir that is the current directory while it lives.
class Maildir {
 public:
  Maildir() {
    ::chmod(scratch_.path().c_str(), 0755);
    for (const auto name : {"tmp", "new", "cur"}) scratch_.make_directory(name);
    if (::chdir(scratch_.path().c_str()) != 0) base::fail("chdir", scratch_.path());
  }
  explicit Maildir(const std::vector<std::string>& files) : Maildir() {
    for (const auto& file : files) write(file, "a\n");
  }
  ~Maildir() { [[maybe_unused]] const int ignored = ::chdir("/"); }
  void write(const std::string& name, std::string_view content) const {
    scratch_.write(name, content, 0644);
  }
  std::string path(std::string_view name = "") const { return scratch_.path(name); }

 private:
  Scratch scratch_;
};

// The current directory's messages, read without an index.
struct Box : Mailbox {
  Box() { CHECK(open(SizePolicy::exact, false) == Opened::good); }
};

// How a mailbox with no message in it opens.
Opened open_alone() {
  Mailbox mailbox;
  const auto result = mailbox.open(SizePolicy::exact, false);
  CHECK_EQ(mailbox.size(), 0u);
  return result;
}

std::string names(const Mailbox& mailbox) {
  std::string all;
  for (std::size_t i = 0; i < mailbox.size(); ++i)
    all.append(i == 0 ? "" : " ").append(mailbox.name(i));
  return all;
}

// Removes message I as QUIT does. Gives the failures.
std::uint64_t remove(Mailbox& mailbox, std::size_t i) {
  maildir::UpdateSettings settings;
  settings.move_new = false;
  Marks deleted(mailbox.size()), retrieved(mailbox.size());
  deleted.set(i);
  return Update(mailbox, settings).run(deleted, retrieved);
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

}  // namespace

// features: D09
TEST(messages_come_by_time_then_by_name_wherever_they_are) {
  const Maildir maildir({"cur/9.a:2,S", "new/10.a", "cur/10.b:2,", "new/100.a", "cur/a", "new/9.b",
                         "cur/99999999999999999999.a"});
  CHECK_EQ(names(Box()), "a 9.a:2,S 9.b 10.a 10.b:2, 100.a 99999999999999999999.a");
}

TEST(message_keeps_its_place_when_it_moves_and_gets_flags) {
  const Maildir maildir({"new/1.a", "new/1.a-b", "new/1.aa", "new/1.b"});
  for (const auto name : {"1.a", "1.a-b", "1.aa", "1.b"}) {
    const auto moved = "cur/" + std::string(name) + ":2,RS";
    ::rename(maildir.path("new/" + std::string(name)).c_str(), maildir.path(moved).c_str());
    std::string order = names(Box());
    for (auto at = order.find(':'); at != order.npos; at = order.find(':'))
      order.erase(at, std::string_view(":2,RS").size());
    CHECK_EQ(order, "1.a 1.a-b 1.aa 1.b");
  }
}

TEST(message_has_its_sizes_on_the_wire_and_on_disk) {
  const Maildir maildir;
  const struct {
    std::string content;
    std::uint64_t wire_size;
  } table[] = {{"", 0},
               {"\n", 2},
               {"a", 3},
               {"a\r\n", 3},
               {"A: b\n\n.\n", 11},
               {std::string(65535, 'a') + "\r\n", 65537},
               {std::string(200000, '\n'), 400000}};
  std::size_t number = 0;
  std::uint64_t octets = 0;
  for (const auto& row : table) {
    maildir.write("new/" + std::to_string(++number), row.content);
    octets += row.wire_size;
  }
  const Box mailbox;
  CHECK_EQ(mailbox.size(), number);
  CHECK_EQ(mailbox.octets(), octets);
  for (std::size_t i = 0; i < mailbox.size(); ++i) {
    CHECK_EQ(mailbox.record(i).wire_size, table[i].wire_size);
    CHECK_EQ(mailbox.record(i).file_size, table[i].content.size());
  }
}

TEST(files_whose_names_begin_with_a_dot_are_no_messages) {
  const Maildir maildir({"new/.1.a", "cur/.nfs00", "new/1.a"});
  const Box mailbox;
  CHECK_EQ(names(mailbox), "1.a");
  CHECK_EQ(mailbox.passed_over(), 0u);
}

TEST(what_is_no_regular_file_is_passed_over) {
  const Maildir maildir({"new/1.a"});
  ::mkfifo(maildir.path("new/2.fifo").c_str(), 0644);
  ::mkdir(maildir.path("cur/3.directory").c_str(), 0755);
  ::symlink("1.a", maildir.path("new/4.symlink").c_str());
  ::symlink("/dev/zero", maildir.path("cur/5.symlink").c_str());
  const Box mailbox;
  CHECK_EQ(names(mailbox), "1.a");
  CHECK_EQ(mailbox.passed_over(), 4u);
}

TEST(file_that_we_may_not_read_is_passed_over) {
  const Maildir maildir({"new/1.a", "new/2.b"});
  ::chmod(maildir.path("new/2.b").c_str(), 0);
  const Nobody nobody;
  const Box mailbox;
  CHECK_EQ(names(mailbox), "1.a");
  CHECK_EQ(mailbox.passed_over(), 1u);
}

TEST(directory_that_is_missing_is_an_empty_one) {
  CHECK(pop3d::enter_maildir("/nonexistent/Maildir", {}) == Opened::missing);
  const Maildir maildir;
  ::rmdir(maildir.path("new").c_str());
  CHECK(open_alone() == Opened::missing);
  maildir.write("cur/1.a", "a\n");
  Mailbox mailbox;
  CHECK(mailbox.open(SizePolicy::exact, false) == Opened::missing);
  CHECK_EQ(names(mailbox), "1.a");
}

TEST(maildir_that_we_may_not_read_is_unreadable) {
  for (const auto part : {"", "new", "cur"}) {
    const Maildir maildir;
    ::chmod(maildir.path(part).c_str(), 0);
    {
      const Nobody nobody;
      if (*part == '\0')
        CHECK(pop3d::enter_maildir(maildir.path().c_str(), {}) == Opened::unreadable);
      else
        CHECK_ROW(part, open_alone() == Opened::unreadable);
    }
    ::chmod(maildir.path(part).c_str(), 0755);  // or only root could remove it
  }
}

TEST(file_in_the_place_of_a_directory_is_unreadable) {
  const Maildir maildir;
  maildir.write("file", "");
  CHECK(pop3d::enter_maildir(maildir.path("file").c_str(), {}) == Opened::unreadable);
  for (const auto part : {"new", "cur"}) {
    ::rmdir(maildir.path(part).c_str());
    maildir.write(part, "");
    CHECK_ROW(part, open_alone() == Opened::unreadable);
  }
}

TEST(symlink_that_leads_nowhere_is_as_what_it_stands_for) {
  const struct {
    const char* target;
    Opened opened;
  } table[] = {{"nothing", Opened::missing}, {"new", Opened::unreadable}, {"there", Opened::good}};
  for (const auto& row : table) {
    const Maildir maildir;
    ::rename("new", "there");
    ::symlink(row.target, "new");
    CHECK_ROW(row.target, open_alone() == row.opened);
  }
}

TEST(messages_with_one_unique_name_have_unique_ids) {
  const Maildir maildir({"new/1.a", "cur/1.a:2,", "cur/1.a:2,S", "cur/1.b"});
  const Box mailbox;
  std::string ids;
  for (std::size_t i = 0; i < mailbox.size(); ++i) ids.append(mailbox.uidl(i).view()) += ' ';
  CHECK_EQ(ids, "1.a 1.a-2 1.a-3 1.b ");
}

namespace {

// "ID SIZE" of each message: which file has which id.
std::string ids_of_sizes() {
  const Box mailbox;
  std::set<std::string> all;
  for (std::size_t i = 0; i < mailbox.size(); ++i)
    all.insert(std::string(mailbox.uidl(i).view()) + ' ' + std::to_string(mailbox.record(i).file_size));
  std::string text;
  for (const auto& one : all) text.append(one) += ',';
  return text;
}

}  // namespace

TEST(copy_keeps_its_id_when_it_moves_and_gets_flags) {
  const Maildir maildir;
  maildir.write("cur/1.a:2,F", "1");
  maildir.write("new/1.a", "22");
  maildir.write("cur/1.a:2,S", "333");
  const auto at_first = ids_of_sizes();
  const char* const names[][2] = {{"new/1.a", "cur/1.a:2,T"},      {"cur/1.a:2,F", "cur/1.a:2,X"},
                                  {"cur/1.a:2,S", "new/1.a"},      {"cur/1.a:2,X", "cur/1.a:2,"},
                                  {"cur/1.a:2,T", "cur/1.a:2,AB"}, {"new/1.a", "cur/1.a"}};
  for (const auto& [from, to] : names) {
    CHECK_EQ(::rename(from, to), 0);
    CHECK_EQ(ids_of_sizes(), at_first);
  }
}

// As one that is delivered by link(2), or moved so.
TEST(file_under_two_names_is_one_message) {
  const Maildir maildir({"new/1.a", "new/2.a"});
  CHECK_EQ(::link("new/1.a", "cur/1.a:2,S"), 0);
  CHECK_EQ(names(Box()), "1.a:2,S 2.a");
  CHECK_EQ(::link("new/2.a", "new/3.a"), 0);  // another message, by its name
  CHECK_EQ(names(Box()), "1.a:2,S 2.a 3.a");
}

TEST(message_whose_name_looks_like_a_copys_id_has_another) {
  const Maildir maildir({"new/1.a", "cur/1.a:2,S", "new/1.a-2"});
  const Box mailbox;
  std::set<std::string> ids;
  for (std::size_t i = 0; i < mailbox.size(); ++i) ids.emplace(mailbox.uidl(i).view());
  CHECK_EQ(ids.size(), 3u);  // RFC 1939 s.7: unique within the maildrop
}

TEST(large_maildir_is_read_whole) {
  const Maildir maildir;
  const std::string tail(100, 'x');
  for (int i = 1000; i < 2500; ++i)
    maildir.write((i % 2 ? "new/" : "cur/") + std::to_string(i) + '.' + tail, "a\n");
  const Box mailbox;
  CHECK_EQ(mailbox.size(), 1500u);
  for (std::size_t i = 0; i < mailbox.size(); ++i)
    CHECK_EQ(mailbox.name(i), std::to_string(1000 + i) + '.' + tail);
}

TEST(name_of_255_octets_is_a_message) {
  const std::string name(255, 'x');
  const Maildir maildir({"new/" + name});
  CHECK_EQ(names(Box()), name);
}

TEST(messages_in_new_are_collected_in_order) {
  const Maildir maildir({"new/5.a", "cur/2.a", "new/1.a", "cur/3.a:2,S", "new/4.a"});
  Box mailbox;
  base::Array<std::size_t> fresh;
  mailbox.collect_new(fresh);
  std::string numbers;
  for (const auto i : fresh) numbers.append(std::to_string(i)) += ' ';
  CHECK_EQ(numbers, "0 3 4 ");
}

TEST(message_is_opened_as_it_was_at_login) {
  const Maildir maildir;
  maildir.write("new/1.a", "hello\n");
  Box mailbox;
  std::uint64_t file_size = 0;
  const auto fd = mailbox.open_message(0, file_size);
  char content[10];
  CHECK(fd && base::read_all(fd->get(), content) == 6);
  CHECK_EQ(file_size, 6u);
}

TEST(message_that_is_gone_or_changed_is_not_opened) {
  const Maildir maildir({"new/1.a", "new/2.longer", "new/3.shorter", "new/4.fifo", "new/5.symlink",
                         "new/6.directory"});
  Box mailbox;
  maildir.write("new/2.longer", "ab\n");
  maildir.write("new/3.shorter", "\n");
  for (const auto name : {"new/1.a", "new/4.fifo", "new/5.symlink", "new/6.directory"})
    ::unlink(maildir.path(name).c_str());
  ::mkfifo(maildir.path("new/4.fifo").c_str(), 0644);
  maildir.write("target", "a\n");  // of the same size
  ::symlink("../target", maildir.path("new/5.symlink").c_str());
  ::mkdir(maildir.path("new/6.directory").c_str(), 0755);
  std::uint64_t file_size;
  for (std::size_t i = 0; i < mailbox.size(); ++i)
    CHECK_ROW(mailbox.name(i), !mailbox.open_message(i, file_size));
}

// features: D49
TEST(message_that_was_renamed_is_opened_where_it_is) {
  const Maildir maildir({"new/1.a", "cur/2.b:2,", "cur/3.c:2,S", "cur/4.d:2,S"});
  Box mailbox;
  ::rename("new/1.a", "cur/1.a:2,S");
  ::rename("cur/2.b:2,", "cur/2.b:2,F");
  ::rename("cur/3.c:2,S", "new/3.c");
  ::rename("cur/4.d:2,S", "cur/5.d:2,S");  // another message, by its name
  std::uint64_t file_size;
  for (const std::size_t i : {0u, 1u, 2u}) CHECK_ROW(i, mailbox.open_message(i, file_size).has_value());
  CHECK(!mailbox.open_message(3, file_size));
  const auto at = mailbox.find_again(1, Mailbox::Look::if_changed);
  CHECK(at && at->path().view() == "cur/2.b:2,F");
}

TEST(message_is_removed_once) {
  const Maildir maildir({"new/1.a", "cur/2.b:2,S"});
  Box mailbox;
  for (std::size_t i = 0; i < mailbox.size(); ++i) {
    CHECK_EQ(remove(mailbox, i), 0u);
    CHECK(!mailbox.find_again(i, Mailbox::Look::anew));
    CHECK_EQ(remove(mailbox, i), 0u);  // gone already
  }
  CHECK_EQ(Box().size(), 0u);
}

TEST(message_that_cannot_be_removed_is_told) {
  const Maildir maildir({"new/1.a"});
  Box mailbox;
  ::unlink(maildir.path("new/1.a").c_str());
  ::mkdir(maildir.path("new/1.a").c_str(), 0755);
  CHECK_EQ(remove(mailbox, 0), 1u);
}
