// SPDX-License-Identifier: ISC
// The index file: whatever it holds, a session says what it would say without one.
#include "maildir/index_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "maildir/mailbox.h"
#include "maildir/make_image.h"
#include "tests/check.h"
#include "tests/fuzz/scratch.h"

namespace {

using maildir::Folder;
using maildir::Image;
using maildir::IndexFile;
using maildir::Listing;
using maildir::Mailbox;
using maildir::Opened;
using maildir::read_stamp;
using maildir::SizePolicy;
using maildir::Sources;

constexpr auto index_path = "popchain.index";

// A Maildir that is the current directory while it lives. In memory, if it can be.
class Maildir {
 public:
  Maildir() {
    ::chmod(scratch_.path().c_str(), 0777);
    for (const auto name : {"tmp", "new", "cur"}) scratch_.make_directory(name);
    if (::chdir(scratch_.path().c_str()) != 0) base::fail("chdir", scratch_.path());
  }
  explicit Maildir(const std::vector<std::string>& files) : Maildir() {
    for (const auto& file : files) write(file, file + '\n');
  }
  ~Maildir() { [[maybe_unused]] const int ignored = ::chdir("/"); }
  void write(const std::string& name, std::string_view content, unsigned mode = 0644) const {
    scratch_.write(name, content, mode);
  }
  std::string read(std::string_view name) const { return scratch_.read(name); }

 private:
  static bool use_memory() {
    if (::access("/dev/shm", W_OK) == 0) ::setenv("TMPDIR", "/dev/shm", 0);
    return true;
  }
  const bool in_memory_ = use_memory();
  Scratch scratch_;
};

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

// Waits until what changes next shows in a stamp, whatever the kernel's tick is.
void settle() {
  const auto is_settled = [](const char* path) {
    return maildir::is_settled(read_stamp(path), maildir::stamping_clock_ns());
  };
  while (!is_settled("new") || !is_settled("cur") || !is_settled("uidl.map"))
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

Image image_of(SizePolicy policy) {
  Listing listing;
  listing.scan(Folder::new_mail);
  listing.scan(Folder::cur);
  listing.sort();
  return std::move(make_image(listing, nullptr, policy).image);
}
Sources sources_of(SizePolicy policy) {
  return {read_stamp("new"), read_stamp("cur"), read_stamp("uidl.map"), policy};
}
// Writes the index of what is there. Nothing else changes meanwhile, so it need not settle.
void store(SizePolicy policy = SizePolicy::exact) {
  CHECK(IndexFile::store(image_of(policy), sources_of(policy)));
}

std::string line(const Mailbox& mailbox, std::size_t i) {
  const auto& record = mailbox.record(i);
  std::string text = path_of(record.folder);
  text.append("/").append(mailbox.name(i)) += ' ';
  return text.append(std::to_string(record.wire_size)).append(" ").append(mailbox.uidl(i).view()) += '\n';
}

// All that a session would answer.
std::string answers(Mailbox& mailbox) {
  mailbox.prepare_all();
  std::string text = std::to_string(mailbox.size()) + ' ' + std::to_string(mailbox.octets()) + '\n';
  for (std::size_t i = 0; i < mailbox.size(); ++i) text += line(mailbox, i);
  base::Array<std::size_t> fresh;
  mailbox.collect_new(fresh);
  for (const auto i : fresh) text.append(std::to_string(i)) += ' ';
  // As LIST and UIDL see it.
  mailbox.for_each([&](std::size_t i, const maildir::Record& record, const Image& image) {
    text.append("\n").append(std::to_string(i)).append(" ").append(std::to_string(record.wire_size));
    text.append(" ").append(image.sound_uidl(record));
  });
  return text;
}

enum class By { reading, index };
struct Reading {
  std::string answers;
  bool is_believed = false;  // nothing was to be done about the index
};
Reading read_by(By by, SizePolicy policy = SizePolicy::exact) {
  Mailbox mailbox;
  const auto opened = mailbox.open(policy, by == By::index);
  Reading reading;
  reading.answers = (opened == Opened::good ? "" : opened == Opened::missing ? "missing " : "unreadable ");
  reading.answers += answers(mailbox);
  reading.is_believed = by == By::index && !mailbox.is_index_stale() && mailbox.uses_index();
  return reading;
}

// The index must not be seen in what a session says.
void check_same(const std::string& row, SizePolicy policy = SizePolicy::exact) {
  const auto with = read_by(By::index, policy).answers, without = read_by(By::reading, policy).answers;
  if (with != without && with.size() < 5000) {
    CHECK_EQ(row + '\n' + with, row + '\n' + without);
  } else {
    CHECK_ROW(row, with == without);
  }
}

// Both folders, copies, ids that are mapped, hashed, and given to copies.
const std::vector<std::string> odd_files = {
    "new/1.a", "cur/1.a:2,", "cur/1.a:2,S", "new/1.a-2", "cur/2.mapped:2,RS", "new/3.mapped",
    "cur/two words:2,", "new/4.h,S=10,W=11", "cur/5.other", "cur/x:1,y",
};
// The same without files of one unique name.
const std::vector<std::string> files_without_copies = {
    "new/1.a", "new/1.a-2", "cur/2.mapped:2,RS", "new/3.mapped", "cur/two words:2,",
    "new/4.h,S=10,W=11", "cur/5.other", "cur/x:1,y",
};
void write_odd_map(const Maildir& maildir) {
  maildir.write("uidl.map", "2.mapped\tUID1-9\n3.mapped\t5.other\ngone\tUID3-9\n");
}

void flip(const char* path, std::size_t at, int mask) {
  const auto fd = base::open_file(path, O_RDWR);
  unsigned char octet = 0;
  CHECK(::pread(fd.get(), &octet, 1, static_cast<off_t>(at)) == 1);
  octet = static_cast<unsigned char>(octet ^ mask);
  CHECK(::pwrite(fd.get(), &octet, 1, static_cast<off_t>(at)) == 1);
}

std::size_t file_size(const char* path) { return std::filesystem::file_size(path); }

// 16000 messages whose sizes are in their names; the index's body has 1.4 MB, more than is checked
// at once.
class Large {
 public:
  static constexpr int count = 16000;
  Large() {
    for (int i = 0; i < count; ++i) {
      const auto name = std::to_string(1700000000 + i) + ".M" + std::to_string(i * 7) + "P1.a-host.example,S=" +
                        std::to_string(i) + ",W=" + std::to_string(i + i / 30);
      ::mknod((i % 100 == 0 ? "new/" + name : "cur/" + name + ":2,S").c_str(), S_IFREG | 0600, 0);
    }
    image_ = image_of(SizePolicy::name);
    want_ = read_by(By::reading, SizePolicy::name).answers;
  }
  void store() const { CHECK(IndexFile::store(image_, sources_of(SizePolicy::name))); }
  void enter() const { std::filesystem::current_path(path_); }
  const std::string& want() const { return want_; }
  const Image& image() const { return image_; }
  std::size_t body_size() const { return image_.body(0).size() + image_.body(1).size() + image_.body(2).size(); }

 private:
  Maildir maildir_;
  std::filesystem::path path_ = std::filesystem::current_path();
  Image image_;
  std::string want_;
};

// The large Maildir, made once, since its making takes longest; the current directory from then on.
const Large& large() {
  static const Large it;
  it.enter();
  return it;
}

}  // namespace

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

// --- when it is believed ---------------------------------------------------------------------

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

TEST(octet_that_flips_is_never_seen) {
  const Maildir maildir({"new/1.a", "cur/1.a:2,S", "new/2.a", "cur/two words:2,"});
  maildir.write("uidl.map", "2.a\tUID1-9\n");
  store();
  const auto want = read_by(By::reading).answers;
  const auto image = image_of(SizePolicy::exact);
  const auto body_end = IndexFile::header_size + image.body(0).size() + image.body(1).size() + image.body(2).size();
  const auto size = file_size(index_path);
  for (std::size_t at = 0; at < size; ++at)
    for (const int mask : {0x01, 0xff}) {
      flip(index_path, at, mask);
      const auto got = read_by(By::index);
      CHECK_ROW(at, got.answers == want);
      if (at >= IndexFile::header_size && at < body_end) CHECK_ROW(at, !got.is_believed);
      flip(index_path, at, mask);
    }
  CHECK(read_by(By::index).is_believed);
}

TEST(index_cut_or_extended_is_not_believed) {
  const Maildir maildir({"new/1.a", "cur/1.a:2,S", "new/2.a", "cur/two words:2,"});
  store();
  const auto want = read_by(By::reading).answers;
  const auto whole = maildir.read(index_path);
  for (auto size = whole.size(); size-- > 0;) {
    CHECK_EQ(::truncate(index_path, static_cast<off_t>(size)), 0);
    const auto got = read_by(By::index);
    CHECK_ROW(size, got.answers == want && !got.is_believed);
  }
  for (const std::size_t more : {1u, 2u, 7u, 8u, 64u, 4096u, 65536u, 1000000u})
    for (const char filler : {'\0', 'x'}) {
      maildir.write(index_path, whole + std::string(more, filler));
      const auto got = read_by(By::index);
      CHECK_ROW(more, got.answers == want && !got.is_believed);
    }
  // Zeros for the rest, as a crash may leave it.
  for (std::size_t size = 0; size < whole.size(); size += 97) {
    maildir.write(index_path, whole.substr(0, size) + std::string(whole.size() - size, '\0'));
    CHECK_ROW(size, read_by(By::index).answers == want);
  }
}

TEST(random_octets_are_not_believed) {
  const Maildir maildir(odd_files);
  store();
  const auto want = read_by(By::reading).answers;
  const auto whole = maildir.read(index_path);
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    auto damaged = whole;
    const auto begin = random() % whole.size(), end = std::min(whole.size(), begin + random() % 600);
    for (auto at = begin; at < end; ++at) damaged[at] = static_cast<char>(random());
    maildir.write(index_path, damaged);
    CHECK_ROW(round, read_by(By::index).answers == want);
  }
}

TEST(what_is_no_file_of_ours_is_not_believed) {
  const struct {
    const char* what;
    void (*change)(const Maildir& maildir);
  } table[] = {
      {"nothing", [](const Maildir&) { ::unlink(index_path); }},
      {"a directory", [](const Maildir&) { ::unlink(index_path), ::mkdir(index_path, 0700); }},
      {"a FIFO", [](const Maildir&) { ::unlink(index_path), ::mkfifo(index_path, 0600); }},
      {"a symlink to an index", [](const Maildir&) { ::rename(index_path, "x"), ::symlink("x", index_path); }},
      {"a symlink to nothing", [](const Maildir&) { ::unlink(index_path), ::symlink("x", index_path); }},
      {"a device", [](const Maildir&) { ::unlink(index_path), ::symlink("/dev/zero", index_path); }},
      {"an empty file", [](const Maildir& m) { m.write(index_path, ""); }},
      {"text", [](const Maildir& m) { m.write(index_path, std::string(10000, 'x')); }},
      {"zeros", [](const Maildir& m) { m.write(index_path, std::string(10000, '\0')); }},
      {"another Maildir's", [](const Maildir& m) {
         const Maildir other({"new/9.x", "cur/8.y", "cur/7.z"});
         store();
         m.write(index_path, other.read(index_path));
       }},
  };
  for (const auto& row : table) {
    const Maildir maildir(odd_files);
    const auto here = std::filesystem::current_path();
    store();
    row.change(maildir);
    std::filesystem::current_path(here);
    CHECK_ROW(row.what, !read_by(By::index).is_believed);
    check_same(row.what);
  }
}

TEST(index_of_another_user_is_not_believed) {
  const Maildir maildir(odd_files);
  for (const auto path : {"tmp", "new", "cur"}) ::chmod(path, 0777);
  store();
  if (::getuid() == 0) {
    ::chmod(index_path, 0644);
    const Nobody nobody;
    CHECK(!read_by(By::index).is_believed);
    check_same("another user");
    return;
  }
  ::chmod(index_path, 0);
  CHECK(!read_by(By::index).is_believed);
  check_same("not to be read");
}

// --- a large index, whose blocks are checked when they are used --------------------------------

TEST(large_index_is_believed) {
  large().store();
  CHECK(large().body_size() > 1 << 20);
  const auto reading = read_by(By::index, SizePolicy::name);
  CHECK(reading.is_believed && reading.answers == large().want());
}

namespace {

enum class Ask { one, sizes, all, fresh };

// What a session says that asks for that; nothing if it had to end.
std::optional<std::string> ask(Mailbox& mailbox, Ask what, std::size_t i) {
  std::string text = std::to_string(mailbox.size()) + ' ' + std::to_string(mailbox.octets()) + ' ';
  try {
    switch (what) {
      case Ask::one:
        mailbox.prepare(i);
        text += line(mailbox, i);
        break;
      case Ask::sizes:
        mailbox.prepare_sizes();
        mailbox.for_each([&](std::size_t n, const maildir::Record& record, const Image&) {
          text.append(std::to_string(n)).append(" ").append(std::to_string(record.wire_size)) += '\n';
        });
        break;
      case Ask::all: text += answers(mailbox); break;
      case Ask::fresh: {
        base::Array<std::size_t> fresh;
        mailbox.collect_new(fresh);
        for (const auto n : fresh) text.append(std::to_string(n)) += ' ';
        break;
      }
    }
  } catch (const base::Failure&) {
    return {};
  }
  return text;
}

std::optional<std::string> ask(By by, Ask what, std::size_t i) {
  Mailbox mailbox;
  CHECK(mailbox.open(SizePolicy::name, by == By::index) == Opened::good);
  return ask(mailbox, what, i);
}

constexpr Ask all_questions[] = {Ask::one, Ask::sizes, Ask::all, Ask::fresh};

// An octet of each kind and place: records, positions, text; the first block, the last, others.
std::vector<std::size_t> places_to_damage() {
  const auto records = large().image().body(0).size(), positions = large().image().body(1).size();
  std::vector<std::size_t> all = {0, 5 * IndexFile::block_size + 17, records + positions / 2,
                                  records + positions + 300000, large().body_size() - 1};
  for (auto& at : all) at += IndexFile::header_size;
  return all;
}

}  // namespace

TEST(bad_block_is_not_seen_while_the_directories_are_as_they_were) {
  for (const auto what : all_questions) {
    const std::size_t numbers[] = {0, 1700, Large::count - 1};
    std::vector<std::optional<std::string>> want;
    for (const auto i : numbers) want.push_back(ask(By::reading, what, i));
    for (const auto at : places_to_damage()) {
      const auto n = at % std::size(numbers);
      large().store();
      flip(index_path, at, 0x10);
      CHECK_ROW(at, ask(By::index, what, numbers[n]) == want[n]);
    }
  }
}

TEST(every_message_of_a_bad_block_is_told_rightly_one_by_one) {
  large().store();
  const auto block = IndexFile::header_size + 3 * IndexFile::block_size;
  flip(index_path, block, 0xff);
  const auto first = 3 * IndexFile::block_size / sizeof(maildir::Record) - 2;
  Mailbox by_reading;
  by_reading.open(SizePolicy::name, false);
  for (auto i = first; i < first + 5; ++i) {
    Mailbox mailbox;
    mailbox.open(SizePolicy::name, true);
    mailbox.prepare(i);
    CHECK_EQ(line(mailbox, i), line(by_reading, i));
    CHECK(!mailbox.uses_index() || ::access(index_path, F_OK) == 0);
    if (!mailbox.uses_index()) {  // found: the file is removed, for the next session
      CHECK(::access(index_path, F_OK) != 0);
      large().store();
      flip(index_path, block, 0xff);
    }
  }
}

// A message takes another's number, while the count and the sum of sizes stay.
TEST(bad_block_ends_the_session_when_the_directories_have_changed) {
  std::string any;
  for (const auto& entry : std::filesystem::directory_iterator("cur")) any = entry.path();
  const auto renamed = "cur/5.renamed" + any.substr(any.find(','));
  large().store();
  settle();
  int ended = 0;
  for (const auto what : all_questions)
    for (const auto at : places_to_damage()) {
      large().store();
      flip(index_path, at, 0x10);
      Mailbox mailbox;
      mailbox.open(SizePolicy::name, true);
      const auto want = ask(By::reading, what, 1700);
      CHECK_EQ(::rename(any.c_str(), renamed.c_str()), 0);
      const auto got = ask(mailbox, what, 1700);
      ended += !got;
      // Where the block was not needed, it is the mailbox of the login.
      CHECK_ROW(at, !got || got == want);
      CHECK_EQ(::rename(renamed.c_str(), any.c_str()), 0);
    }
  CHECK(ended >= static_cast<int>(places_to_damage().size()));  // prepare_all needs every block
}

TEST(bad_block_is_not_seen_with_new_mail) {
  for (const auto at : places_to_damage()) {
    large().store();
    flip(index_path, at, 0x10);
    ::mknod("new/1700005000.x,S=7", S_IFREG | 0600, 0);
    CHECK_ROW(at, ask(By::index, Ask::all, 0) == ask(By::reading, Ask::all, 0));
    ::unlink("new/1700005000.x,S=7");
  }
}

TEST(bad_block_is_not_seen_when_mail_has_left_cur) {
  std::string any;
  for (const auto& entry : std::filesystem::directory_iterator("cur")) any = entry.path();
  for (const auto at : places_to_damage()) {
    large().store();
    flip(index_path, at, 0x10);
    ::rename(any.c_str(), "tmp/1");
    CHECK_ROW(at, ask(By::index, Ask::all, 0) == ask(By::reading, Ask::all, 0));
    ::rename("tmp/1", any.c_str());
  }
}
