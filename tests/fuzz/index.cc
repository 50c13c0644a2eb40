// SPDX-License-Identifier: ISC
// An index whose checksums all fit, but whose content somebody made up: it may be refused, or tell
// nonsense about sizes, but nothing is ever read outside of it.
// covers maildir/index_file.cc maildir/image.cc
#include "maildir/index_file.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>
#include <unistd.h>

#include "maildir/name.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/scratch.h"

namespace {

constexpr std::size_t table_checksum_at = 168, header_checksum_at = 176;  // index_file.cc, Header

std::string made_file(const Scratch& scratch) {
  maildir::Image image;
  for (int i = 0; i < 20; ++i) {
    maildir::Record record{};
    record.wire_size = 100;
    record.folder = i % 3 ? maildir::Folder::cur : maildir::Folder::new_mail;
    image.append(record, std::to_string(1700000000 + i) + ".1.h:2,S", i % 4 ? "" : "mapped");
  }
  image.finish();
  maildir::IndexFile::store(image, {});
  return scratch.read(maildir::IndexFile::path);
}

// As store() would have written them, had the content been this. One block, since it is small.
void mend_checksums(std::string& file) {
  const auto put = [&](std::size_t at, std::uint64_t sum) { std::memcpy(file.data() + at, &sum, sizeof sum); };
  const std::size_t table = file.size() - sizeof(std::uint64_t);
  std::uint64_t count, new_count, text_size;
  std::memcpy(&count, file.data() + 24, 8);
  std::memcpy(&new_count, file.data() + 32, 8);
  std::memcpy(&text_size, file.data() + 40, 8);
  const auto body = std::min<std::uint64_t>(count * 40 + new_count * 4 + text_size, table - 4096);
  put(table, XXH3_64bits(file.data() + 4096, body));
  put(table_checksum_at, XXH3_64bits(file.data() + table, 8));
  put(header_checksum_at, XXH3_64bits(file.data(), header_checksum_at));
}

template <typename Use>
void use(Use use_it) try {
  use_it();
} catch (const maildir::Corrupt&) {
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Scratch scratch;
  static const bool entered = ::chdir(scratch.path().c_str()) == 0;
  static const bool made = (scratch.make_directory("tmp"), true);
  static const std::string original = made_file(scratch);
  require(entered && made);
  std::string file = original;
  for (; size >= 3; data += 3, size -= 3)  // octets to change: where, and to what
    file[(data[0] + 256u * data[1]) % (file.size() - 8)] = static_cast<char>(data[2]);
  mend_checksums(file);
  scratch.write(maildir::IndexFile::path, file);
  auto loaded = maildir::IndexFile::load();
  if (!loaded) return 0;
  const auto& image = loaded->image;
  for (std::size_t i = 0; i < image.size(); ++i)
    use([&] {
      const auto& record = image.record(i);
      require(image.name(record).size() <= 255 && image.uidl(record).size() <= 255);
    });
  for (std::size_t i = 0; i < image.new_count(); ++i) use([&] { require(image.new_position(i) < image.size()); });
  use([&] {
    image.check_all();
    for (std::size_t i = 0; i < image.size(); ++i) require(image.sound_uidl(image.sound_record(i)).size() <= 255);
  });
  return 0;
}
