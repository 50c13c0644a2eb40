// SPDX-License-Identifier: ISC
// What QUIT does to the files of a Maildir, alone and with other programs at it.
#include "tests/update_session.h"

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
