// SPDX-License-Identifier: ISC
// What a session says of a Maildir of a test, by its index and without.
#pragma once

#include <string>
#include <vector>

#include "maildir/index_file.h"
#include "maildir/mailbox.h"
#include "maildir/make_image.h"
#include "tests/check.h"
#include "tests/maildir.h"

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

inline Image image_of(SizePolicy policy) {
  Listing listing;
  listing.scan(Folder::new_mail);
  listing.scan(Folder::cur);
  listing.sort();
  return std::move(make_image(listing, nullptr, policy).image);
}
inline Sources sources_of(SizePolicy policy) {
  return {read_stamp("new"), read_stamp("cur"), read_stamp("uidl.map"), policy};
}
// Writes the index of what is there. Nothing else changes meanwhile, so it need not settle.
inline void store(SizePolicy policy = SizePolicy::exact) {
  CHECK(IndexFile::store(image_of(policy), sources_of(policy)));
}

inline std::string line(const Mailbox& mailbox, std::size_t i) {
  const auto& record = mailbox.record(i);
  std::string text = path_of(record.folder);
  text.append("/").append(mailbox.name(i)) += ' ';
  return text.append(std::to_string(record.wire_size)).append(" ").append(mailbox.uidl(i).view()) += '\n';
}

// All that a session would answer.
inline std::string answers(Mailbox& mailbox) {
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
inline Reading read_by(By by, SizePolicy policy = SizePolicy::exact) {
  Mailbox mailbox;
  const auto opened = mailbox.open(policy, by == By::index);
  Reading reading;
  reading.answers = (opened == Opened::good ? "" : opened == Opened::missing ? "missing " : "unreadable ");
  reading.answers += answers(mailbox);
  reading.is_believed = by == By::index && !mailbox.is_index_stale() && mailbox.uses_index();
  return reading;
}

// The index must not be seen in what a session says.
inline void check_same(const std::string& row, SizePolicy policy = SizePolicy::exact) {
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
inline void write_odd_map(const Maildir& maildir) {
  maildir.write("uidl.map", "2.mapped\tUID1-9\n3.mapped\t5.other\ngone\tUID3-9\n");
}

inline void flip(const char* path, std::size_t at, int mask) {
  const auto fd = base::open_file(path, O_RDWR);
  unsigned char octet = 0;
  CHECK(::pread(fd.get(), &octet, 1, static_cast<off_t>(at)) == 1);
  octet = static_cast<unsigned char>(octet ^ mask);
  CHECK(::pwrite(fd.get(), &octet, 1, static_cast<off_t>(at)) == 1);
}

inline std::size_t file_size(const char* path) { return std::filesystem::file_size(path); }
