// SPDX-License-Identifier: ISC
// What QUIT does with the Trash and the quota.
#include "tests/update_session.h"

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
    // 3.a has 11 octets; 4.a is in the trash already; 5.a is gone: who removed it has counted it.
    session.dele("1.a,S=1000:2,S").dele("2.a,S=200").dele("3.a:2,").dele("4.a,S=50:2,ST").dele("5.a,S=7");
    ::unlink("cur/5.a,S=7");
    CHECK_EQ(session.quit(), 0u);
    CHECK_EQ(maildir.read("maildirsize"), std::string(start) + "-1211 -3     \n");
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
