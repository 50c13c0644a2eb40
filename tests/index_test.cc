// SPDX-License-Identifier: ISC
// The index file: what is written is what is read, and ids stay unique.
#include <set>

#include "tests/index_reading.h"

// --- what is written is what is read -------------------------------------------------------

TEST(image_comes_back_as_it_was_stored) {
  const Maildir maildir(odd_files);
  write_odd_map(maildir);
  const auto image = image_of(SizePolicy::exact);
  const auto sources = sources_of(SizePolicy::exact);
  CHECK(IndexFile::store(image, sources));
  const auto loaded = IndexFile::load();
  CHECK(loaded.has_value());
  if (!loaded) return;
  CHECK_EQ(loaded->image.size(), odd_files.size());
  CHECK_EQ(loaded->image.octets(), image.octets());
  CHECK_EQ(loaded->image.new_count(), 4u);
  for (int part = 0; part < 3; ++part) CHECK_ROW(part, loaded->image.body(part) == image.body(part));
  CHECK(loaded->sources.new_mail == sources.new_mail && loaded->sources.cur == sources.cur);
  CHECK(loaded->sources.map == sources.map && loaded->sources.policy == sources.policy);
  CHECK(loaded->image.is_mapped() && !image.is_mapped());
}

TEST(mailbox_by_the_index_is_the_mailbox_by_reading) {
  std::vector<std::string> long_names;
  for (const char c : {'x', 'y', 'z'}) {
    long_names.push_back("new/" + std::string(255, c));
    long_names.push_back("cur/" + std::string(251, c) + ":2,S");
    long_names.push_back("cur/" + std::string(70, c) + ":2,S");
    long_names.push_back("new/" + std::string(71, c));
  }
  const std::vector<std::string> mailboxes[] = {
      {},
      {"new/1.a"},
      {"cur/1.a:2,S"},
      {"new/1.a", "cur/1.a:2,", "cur/1.a:2,S", "cur/1.a:2,RS"},
      {"new/.hidden", "cur/1.a"},
      {"new/1.a,S=100", "cur/2.a,S=3,W=300:2,", "cur/3.a,W=12:2,"},
      odd_files,
      long_names,
  };
  for (const auto& files : mailboxes)
    for (const bool has_map : {false, true})
      for (const auto policy : {SizePolicy::exact, SizePolicy::name, SizePolicy::file}) {
        const Maildir maildir(files);
        if (has_map) write_odd_map(maildir);
        store(policy);
        CHECK_ROW(files.size(), read_by(By::index, policy).is_believed);
        check_same("mailbox of " + std::to_string(files.size()), policy);
      }
}

// features: J14
TEST(mailbox_of_20000_messages_comes_back) {
  const Maildir maildir;
  for (int i = 0; i < 20000; ++i)
    ::mknod(((i % 3 ? "cur/" : "new/") + std::to_string(i) + ".h,S=1" + (i % 3 ? ":2,S" : "")).c_str(),
            S_IFREG | 0600, 0);
  store(SizePolicy::name);
  const auto by_index = read_by(By::index, SizePolicy::name);
  CHECK(by_index.is_believed);
  CHECK(by_index.answers == read_by(By::reading, SizePolicy::name).answers);
  CHECK(by_index.answers.starts_with("20000 20000\n"));
}

TEST(no_two_messages_have_one_id) {
  const Maildir maildir(odd_files);
  write_odd_map(maildir);
  store();
  Mailbox mailbox;
  mailbox.open(SizePolicy::exact, true);
  std::set<std::string> ids;
  for (std::size_t i = 0; i < mailbox.size(); ++i) ids.emplace(mailbox.uidl(i).view());
  CHECK_EQ(ids.size(), odd_files.size());
}

TEST(index_is_only_the_users_to_read) {
  const Maildir maildir(odd_files);
  store();
  struct stat status;
  CHECK(::stat(index_path, &status) == 0 && (status.st_mode & 07777) == 0600);
  CHECK(std::filesystem::is_empty("tmp"));
}

TEST(index_that_cannot_be_written_is_none) {
  const Maildir maildir(odd_files);
  store();
  std::filesystem::remove_all("tmp");
  CHECK(!IndexFile::store(image_of(SizePolicy::exact), sources_of(SizePolicy::exact)));
  CHECK(::access(index_path, F_OK) != 0);
  ::mkdir("tmp", 0700);
  ::mkdir(index_path, 0700);
  CHECK(!IndexFile::store(image_of(SizePolicy::exact), sources_of(SizePolicy::exact)));
  CHECK(std::filesystem::is_empty("tmp"));
}

TEST(index_that_a_crash_left_in_tmp_does_no_harm) {
  const Maildir maildir(odd_files);
  maildir.write("tmp/popchain.index." + std::to_string(::getpid()), "half");
  store();
  CHECK(read_by(By::index).is_believed);
}

// --- ids of what came since ---------------------------------------------------------------------

TEST(new_message_does_not_get_a_copys_id) {
  const Maildir maildir({"cur/1.a:2,", "cur/1.a:2,S"});
  store();
  settle();
  maildir.write("new/1.a-2", "a\n");
  check_same("name like a copy's id");
}

TEST(new_message_does_not_get_an_id_of_the_map) {
  const Maildir maildir({"cur/1.a:2,"});
  maildir.write("uidl.map", "1.a\t9999999999.a\n");
  store();
  settle();
  maildir.write("new/9999999999.a", "a\n");
  check_same("name like a mapped id");
}

TEST(new_message_does_not_get_an_id_that_the_map_keeps_for_one_that_is_gone) {
  const Maildir maildir({"cur/1.a:2,"});
  maildir.write("uidl.map", "gone\t9999999999.a\n");
  store();
  settle();
  maildir.write("new/9999999999.a", "a\n");
  check_same("id of a message that may come back");
}

TEST(new_message_whose_name_is_in_the_map_gets_its_id) {
  const Maildir maildir({"cur/1.a:2,"});
  maildir.write("uidl.map", "9999999999.a\tUID1-9\n");
  store();
  settle();
  maildir.write("new/9999999999.a", "a\n");
  check_same("name in the map");
}

// Which copy has which id depends on all that are there, so an index of them is never believed.
TEST(mailbox_with_copies_is_read_each_time) {
  const Maildir maildir({"new/1.a", "cur/1.a:2,S"});
  settle();
  maildir::Mailbox mailbox;
  CHECK(mailbox.open(SizePolicy::exact, true) == Opened::good);
  CHECK(mailbox.sources().cur == maildir::Stamp::never() && mailbox.sources().new_mail == maildir::Stamp::never());
}
