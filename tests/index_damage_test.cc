// SPDX-License-Identifier: ISC
// An index that is damaged, or another's: a session says what it would say without one.
#include <optional>
#include <random>

#include "tests/index_reading.h"

namespace {

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
