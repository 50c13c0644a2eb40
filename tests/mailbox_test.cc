// SPDX-License-Identifier: ISC
#include "maildir/mailbox.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <vector>

#include "tests/check.h"
#include "tests/fuzz/scratch.h"

namespace {

using maildir::Mailbox;
using maildir::Opened;

class Maildir {
 public:
  Maildir() {
    ::chmod(scratch_.path().c_str(), 0755);
    for (const auto name : {"new", "cur"}) scratch_.make_directory(name);
  }
  explicit Maildir(const std::vector<std::string>& files) : Maildir() {
    for (const auto& file : files) write(file, "a\n");
  }
  void write(const std::string& name, std::string_view content) const {
    scratch_.write(name, content, 0644);
  }
  std::string path(std::string_view name = "") const { return scratch_.path(name); }

 private:
  Scratch scratch_;
};

Mailbox opened(const Maildir& maildir) {
  Mailbox mailbox;
  CHECK(Mailbox::open(maildir.path().c_str(), mailbox) == Opened::good);
  return mailbox;
}

Opened open_alone(const std::string& path) {
  Mailbox mailbox;
  const auto result = Mailbox::open(path.c_str(), mailbox);
  CHECK_EQ(mailbox.size(), 0u);
  return result;
}

std::string names(const Mailbox& mailbox) {
  std::string all;
  for (std::size_t i = 0; i < mailbox.size(); ++i)
    all.append(i == 0 ? "" : " ").append(mailbox.file_name(mailbox[i]));
  return all;
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

TEST(messages_come_by_time_then_by_name_wherever_they_are) {
  const Maildir maildir({"cur/9.a:2,S", "new/10.a", "cur/10.b:2,", "new/100.a", "cur/a", "new/9.b",
                         "cur/99999999999999999999.a"});
  CHECK_EQ(names(opened(maildir)), "a 9.a:2,S 9.b 10.a 10.b:2, 100.a 99999999999999999999.a");
}

TEST(message_keeps_its_place_when_it_moves_and_gets_flags) {
  const Maildir maildir({"new/1.a", "new/1.a-b", "new/1.aa", "new/1.b"});
  for (const auto name : {"1.a", "1.a-b", "1.aa", "1.b"}) {
    const auto moved = "cur/" + std::string(name) + ":2,RS";
    ::rename(maildir.path("new/" + std::string(name)).c_str(), maildir.path(moved).c_str());
    std::string order = names(opened(maildir));
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
  for (const auto& row : table) maildir.write("new/" + std::to_string(++number), row.content);
  const auto mailbox = opened(maildir);
  CHECK_EQ(mailbox.size(), number);
  for (std::size_t i = 0; i < mailbox.size(); ++i) {
    CHECK_EQ(mailbox[i].wire_size, table[i].wire_size);
    CHECK_EQ(mailbox[i].file_size, table[i].content.size());
  }
}

TEST(files_whose_names_begin_with_a_dot_are_no_messages) {
  const auto mailbox = opened(Maildir({"new/.1.a", "cur/.nfs00", "new/1.a"}));
  CHECK_EQ(names(mailbox), "1.a");
  CHECK_EQ(mailbox.passed_over(), 0u);
}

TEST(what_is_no_regular_file_is_passed_over) {
  const Maildir maildir({"new/1.a"});
  ::mkfifo(maildir.path("new/2.fifo").c_str(), 0644);
  ::mkdir(maildir.path("cur/3.directory").c_str(), 0755);
  ::symlink("1.a", maildir.path("new/4.symlink").c_str());
  ::symlink("/dev/zero", maildir.path("cur/5.symlink").c_str());
  const auto mailbox = opened(maildir);
  CHECK_EQ(names(mailbox), "1.a");
  CHECK_EQ(mailbox.passed_over(), 4u);
}

TEST(file_that_we_may_not_read_is_passed_over) {
  const Maildir maildir({"new/1.a", "new/2.b"});
  ::chmod(maildir.path("new/2.b").c_str(), 0);
  const Nobody nobody;
  const auto mailbox = opened(maildir);
  CHECK_EQ(names(mailbox), "1.a");
  CHECK_EQ(mailbox.passed_over(), 1u);
}

TEST(directory_that_is_missing_is_an_empty_one) {
  CHECK(open_alone("/nonexistent/Maildir") == Opened::missing);
  const Maildir maildir;
  ::rmdir(maildir.path("new").c_str());
  CHECK(open_alone(maildir.path()) == Opened::missing);
  maildir.write("cur/1.a", "a\n");
  Mailbox mailbox;
  CHECK(Mailbox::open(maildir.path().c_str(), mailbox) == Opened::missing);
  CHECK_EQ(names(mailbox), "1.a");
}

TEST(maildir_that_we_may_not_read_is_unreadable) {
  for (const auto part : {"", "new", "cur"}) {
    const Maildir maildir;
    ::chmod(maildir.path(part).c_str(), 0);
    {
      const Nobody nobody;
      CHECK_ROW(part, open_alone(maildir.path()) == Opened::unreadable);
    }
    ::chmod(maildir.path(part).c_str(), 0755);  // or only root could remove it
  }
}

TEST(file_in_the_place_of_a_directory_is_unreadable) {
  const Maildir maildir;
  maildir.write("file", "");
  CHECK(open_alone(maildir.path("file")) == Opened::unreadable);
  ::rmdir(maildir.path("cur").c_str());
  maildir.write("cur", "");
  CHECK(open_alone(maildir.path()) == Opened::unreadable);
}

TEST(messages_with_one_unique_name_have_unique_ids) {
  const Maildir maildir({"new/1.a", "cur/1.a:2,", "cur/1.a:2,S", "cur/1.b"});
  const auto mailbox = opened(maildir);
  std::string ids;
  for (std::size_t i = 0; i < mailbox.size(); ++i)
    ids.append(mailbox.uidl(mailbox[i]).view()) += ' ';
  CHECK_EQ(ids, "1.a 1.a-2 1.a-3 1.b ");
}

TEST(message_whose_name_looks_like_a_copys_id_has_another) {
  const auto mailbox = opened(Maildir({"new/1.a", "cur/1.a:2,S", "new/1.a-2"}));
  std::set<std::string> ids;
  for (std::size_t i = 0; i < mailbox.size(); ++i) ids.emplace(mailbox.uidl(mailbox[i]).view());
  CHECK_EQ(ids.size(), 3u);  // RFC 1939 s.7: unique within the maildrop
}

TEST(large_maildir_is_read_whole) {
  const Maildir maildir;
  const std::string tail(100, 'x');
  for (int i = 1000; i < 2500; ++i)
    maildir.write((i % 2 ? "new/" : "cur/") + std::to_string(i) + '.' + tail, "a\n");
  const auto mailbox = opened(maildir);
  CHECK_EQ(mailbox.size(), 1500u);
  for (std::size_t i = 0; i < mailbox.size(); ++i)
    CHECK_EQ(mailbox.file_name(mailbox[i]), std::to_string(1000 + i) + '.' + tail);
}

TEST(name_of_255_octets_is_a_message) {
  const std::string name(255, 'x');
  const auto mailbox = opened(Maildir({"new/" + name}));
  CHECK_EQ(names(mailbox), name);
}

TEST(message_is_opened_as_it_was_at_login) {
  const Maildir maildir;
  maildir.write("new/1.a", "hello\n");
  const auto mailbox = opened(maildir);
  const auto fd = mailbox.open_message(mailbox[0]);
  char content[10];
  CHECK(fd && base::read_all(fd->get(), content) == 6);
}

TEST(message_that_is_gone_or_changed_is_not_opened) {
  const Maildir maildir({"new/1.a", "new/2.longer", "new/3.shorter", "new/4.fifo", "new/5.symlink",
                         "new/6.directory", "new/7.renamed"});
  const auto mailbox = opened(maildir);
  maildir.write("new/2.longer", "ab\n");
  maildir.write("new/3.shorter", "\n");
  for (const auto name : {"new/1.a", "new/4.fifo", "new/5.symlink", "new/6.directory"})
    ::unlink(maildir.path(name).c_str());
  ::mkfifo(maildir.path("new/4.fifo").c_str(), 0644);
  maildir.write("target", "a\n");  // of the same size
  ::symlink("../target", maildir.path("new/5.symlink").c_str());
  ::mkdir(maildir.path("new/6.directory").c_str(), 0755);
  ::rename(maildir.path("new/7.renamed").c_str(), maildir.path("cur/7.renamed:2,S").c_str());
  for (std::size_t i = 0; i < mailbox.size(); ++i)
    CHECK_ROW(mailbox.file_name(mailbox[i]), !mailbox.open_message(mailbox[i]));
}

TEST(message_is_removed_once) {
  const Maildir maildir({"new/1.a", "cur/2.b:2,S"});
  const auto mailbox = opened(maildir);
  for (std::size_t i = 0; i < mailbox.size(); ++i) {
    CHECK(mailbox.remove(mailbox[i]) == Mailbox::Removed::yes);
    CHECK(mailbox.remove(mailbox[i]) == Mailbox::Removed::gone_already);
  }
  CHECK_EQ(opened(maildir).size(), 0u);
}

TEST(message_that_cannot_be_removed_is_told) {
  const Maildir maildir({"new/1.a"});
  const auto mailbox = opened(maildir);
  ::unlink(maildir.path("new/1.a").c_str());
  ::mkdir(maildir.path("new/1.a").c_str(), 0755);
  CHECK(mailbox.remove(mailbox[0]) == Mailbox::Removed::failed);
}
