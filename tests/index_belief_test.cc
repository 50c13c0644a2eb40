// SPDX-License-Identifier: ISC
// When the index is believed: whatever it holds, a session says what it would say without one.
#include <memory>
#include <random>

#include "tests/index_reading.h"

TEST(index_of_another_policy_is_not_believed) {
  constexpr SizePolicy policies[] = {SizePolicy::exact, SizePolicy::name, SizePolicy::file};
  for (const auto written : policies)
    for (const auto wanted : policies) {
      const Maildir maildir({"new/1.a,S=100", "cur/2.a,S=3,W=300:2,", "cur/3.a,W=99:2,", "cur/4.a"});
      store(written);
      CHECK(read_by(By::index, wanted).is_believed == (written == wanted));
      check_same("policy", wanted);
    }
}

TEST(change_of_the_maildir_is_seen) {
  const struct {
    const char* what;
    void (*change)(const Maildir& maildir);
  } table[] = {
      {"delivery", [](const Maildir& m) { m.write("new/6.a", "new\n"); }},
      {"delivery of the first", [](const Maildir& m) { m.write("new/0.a", "new\n"); }},
      {"delivery of the last", [](const Maildir& m) { m.write("new/zz", "new\n"); }},
      {"delivery of three",
       [](const Maildir& m) { m.write("new/0", ""), m.write("new/3.b", "a"), m.write("new/9", "\n"); }},
      {"a copy in new", [](const Maildir& m) { m.write("new/2.mapped", "copy\n"); }},
      {"a copy of one in cur", [](const Maildir& m) { m.write("new/5.other", "copy\n"); }},
      {"a link to one in cur", [](const Maildir&) { ::link("cur/5.other", "new/5.other"); }},
      {"two copies in new", [](const Maildir& m) { m.write("new/7", "one\n"), m.write("new/7:2,", "two\n"); }},
      {"a name that needs a hash", [](const Maildir& m) { m.write("new/" + std::string(80, 'x'), "new\n"); }},
      {"moved to cur", [](const Maildir&) { ::rename("new/1.a-2", "cur/1.a-2:2,"); }},
      {"moved to new", [](const Maildir&) { ::rename("cur/5.other", "new/5.other"); }},
      {"flags in cur", [](const Maildir&) { ::rename("cur/2.mapped:2,RS", "cur/2.mapped:2,FRS"); }},
      {"flags in new", [](const Maildir&) { ::rename("new/3.mapped", "new/3.mapped:2,S"); }},
      {"removal in cur", [](const Maildir&) { ::unlink("cur/5.other"); }},
      {"removal in new", [](const Maildir&) { ::unlink("new/3.mapped"); }},
      {"removal of all in new",
       [](const Maildir&) {
         for (const auto& file : files_without_copies)
           if (file.starts_with("new/")) ::unlink(file.c_str());
       }},
      {"removal and delivery", [](const Maildir& m) { ::unlink("new/1.a"), m.write("new/1.b", "new\n"); }},
      {"another file of the name",
       [](const Maildir& m) { m.write("tmp/x", "longer than it was\n"), ::rename("tmp/x", "new/3.mapped"); }},
      {"another file of the name in cur",
       [](const Maildir& m) { m.write("tmp/x", "longer than it was\n"), ::rename("tmp/x", "cur/5.other"); }},
      {"what is no message", [](const Maildir&) { ::mkdir("new/6.directory", 0700), ::mkfifo("new/6.fifo", 0600); }},
      {"a directory for a message", [](const Maildir&) { ::unlink("new/3.mapped"), ::mkdir("new/3.mapped", 0700); }},
      {"a map", [](const Maildir& m) { m.write("uidl.map", "1.a-2\tX\n4.h,S=10,W=11\tY\n"); }},
      {"no map", [](const Maildir&) { ::unlink("uidl.map"); }},
      {"no new", [](const Maildir&) { std::filesystem::remove_all("new"); }},
      {"no cur", [](const Maildir&) { std::filesystem::remove_all("cur"); }},
      {"a file for cur", [](const Maildir& m) { std::filesystem::remove_all("cur"), m.write("cur", ""); }},
      {"new and cur exchanged",
       [](const Maildir&) { ::rename("new", "x"), ::rename("cur", "new"), ::rename("x", "cur"); }},
      {"new made anew", [](const Maildir&) { ::rename("new", "x"), ::mkdir("new", 0700); }},
  };
  // One wait for all of them: the Maildirs are made first.
  std::vector<std::unique_ptr<Maildir>> maildirs;
  std::vector<std::filesystem::path> paths;
  for (std::size_t i = 0; i < std::size(table); ++i) {
    maildirs.push_back(std::make_unique<Maildir>(files_without_copies));
    write_odd_map(*maildirs.back());
    store();
    paths.push_back(std::filesystem::current_path());
  }
  settle();
  for (std::size_t i = 0; i < std::size(table); ++i) {
    std::filesystem::current_path(paths[i]);
    CHECK_ROW(table[i].what, read_by(By::index).is_believed);
    table[i].change(*maildirs[i]);
    check_same(table[i].what);
  }
}

// Any changes of new/ alone are laid over the index.
TEST(what_comes_into_and_leaves_new_is_laid_over_the_index) {
  std::vector<std::string> files;
  for (int i = 0; i < 30; ++i) files.push_back((i % 2 ? "cur/" : "new/") + std::to_string(10 * i) + ".a");
  std::mt19937 random(1);
  const Maildir maildir(files);
  store();
  settle();
  for (int round = 0; round < 300; ++round) {
    const auto path = "new/" + std::to_string(random() % 300) + (random() % 4 ? ".a" : ".b");
    if (::access(path.c_str(), F_OK) == 0)
      ::unlink(path.c_str());
    else
      maildir.write(path, std::string(random() % 50, '\n'));
    check_same("round " + std::to_string(round));
  }
}

TEST(copy_of_a_maildir_is_read_anew) {
  const Maildir maildir({"cur/1.a", "cur/2.a", "new/3.a"});
  store();
  const auto stamp = read_stamp("cur");
  ::rename("cur", "old");
  std::filesystem::copy("old", "cur");
  ::unlink("cur/1.a");
  const timespec time{stamp.modified_ns / 1'000'000'000, stamp.modified_ns % 1'000'000'000};
  const timespec times[2] = {time, time};
  CHECK_EQ(::utimensat(AT_FDCWD, "cur", times, 0), 0);
  CHECK_EQ(read_stamp("cur").modified_ns, stamp.modified_ns);
  CHECK(!read_by(By::index).is_believed);
  check_same("copy");
}

// A message that another program moves while we read must not be lost between the folders.
TEST(message_that_moves_while_we_read_is_there_once) {
  std::vector<std::string> files = {"new/1.a"};
  for (int i = 0; i < 60; ++i) files.push_back("cur/0." + std::to_string(i) + ":2,S");  // take time to be measured
  const Maildir maildir(files);
  store();
  const auto before = read_stamp("new");
  ::rename("new/1.a", "cur/1.a:2,"), ::rename("cur/1.a:2,", "new/1.a");
  if (read_stamp("new") == before) return;  // this kernel's stamps are not fine enough to go on in haste
  std::mt19937 random(1);
  int wrong = 0;
  for (int round = 0; round < 200; ++round) {
    if (round % 2 == 0) store();
    const char* const from = round % 4 < 2 ? "new/1.a" : "cur/1.a:2,";
    const char* const to = round % 4 < 2 ? "cur/1.a:2," : "new/1.a";
    if (round % 2 == 1) ::rename(to, from), store();
    const auto delay = std::chrono::microseconds(random() % 400);
    std::thread other([&] {
      const auto start = std::chrono::steady_clock::now();
      while (std::chrono::steady_clock::now() - start < delay) {
      }
      ::rename(from, to);
    });
    Mailbox mailbox;
    mailbox.open(SizePolicy::exact, round % 2 == 1);
    other.join();
    wrong += mailbox.size() != files.size();
  }
  CHECK_EQ(wrong, 0);
}

// A directory that was changed within the tick may change again and bear one stamp.
TEST(directories_that_have_not_settled_are_not_believed) {
  const Maildir maildir(files_without_copies);
  settle();
  maildir.write("cur/6.a", "a\n");
  maildir.write("new/6.b", "a\n");
  Mailbox mailbox;
  mailbox.open(SizePolicy::exact, true);
  if (is_settled(read_stamp("cur"), maildir::stamping_clock_ns())) return;  // a slow machine
  CHECK(mailbox.sources().cur == maildir::Stamp::never());
  CHECK(mailbox.sources().new_mail == maildir::Stamp::never());
}

TEST(map_that_has_not_settled_and_is_gone_later_is_not_believed) {
  const Maildir maildir({"cur/1.a", "cur/2.a"});
  settle();
  maildir.write("uidl.map", "1.a\tUID1-9\n");
  {
    Mailbox mailbox;
    mailbox.open(SizePolicy::exact, true);
    CHECK(IndexFile::store(image_of(SizePolicy::exact), mailbox.sources()));
  }
  check_same("map");
  ::unlink("uidl.map");
  check_same("no map");
}

TEST(folder_that_may_not_be_read_is_unreadable_by_the_index_too) {
  for (const auto folder : {"new", "cur"}) {
    const Maildir maildir({"cur/1.a", "new/2.a"});
    for (const auto path : {"cur", "new", "tmp"}) ::chmod(path, 0777);
    {
      const Nobody nobody;
      store();
      settle();
    }
    ::chmod(folder, 0);
    {
      const Nobody nobody;
      Mailbox by_index, by_reading;
      CHECK_ROW(folder, by_reading.open(SizePolicy::exact, false) == Opened::unreadable);
      CHECK_ROW(folder, by_index.open(SizePolicy::exact, true) == Opened::unreadable);
    }
    ::chmod(folder, 0755);
  }
}

TEST(file_in_the_place_of_a_folder_is_unreadable_by_the_index_too) {
  for (const auto folder : {"new", "cur"}) {
    const Maildir maildir({"cur/1.a", "new/2.a"});
    store();
    std::filesystem::remove_all(folder);
    maildir.write(folder, "");
    check_same(folder);
  }
}

// A restored mailbox, where root still owned some of the files.
TEST(message_that_may_be_read_at_last_is_seen) {
  for (const auto path : {"cur/2.a", "new/2.a"}) {
    const Maildir maildir({"cur/1.a", "new/3.a"});
    maildir.write(path, "a\n", 0);
    for (const auto folder : {"cur", "new", "tmp"}) ::chmod(folder, 0777);
    settle();
    {
      const Nobody nobody;
      Mailbox mailbox;
      mailbox.open(SizePolicy::exact, true);
      CHECK_EQ(mailbox.size(), 2u);
      CHECK(IndexFile::store(image_of(SizePolicy::exact), mailbox.sources()));
    }
    ::chmod(path, 0644);
    const Nobody nobody;
    check_same(path);
  }
}
