// SPDX-License-Identifier: ISC
// The index that QUIT leaves.
#include <sys/resource.h>

#include <thread>

#include "tests/update_session.h"

namespace {

void sleep_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

}  // namespace

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
