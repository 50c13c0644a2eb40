// SPDX-License-Identifier: ISC
#include "maildir/uidl_map.h"

#include <endian.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/failure.h"
#include "base/fd.h"
#include "base/text.h"
#include "maildir/name.h"

namespace maildir {

namespace {

// As string_view's, but eight octets at once: names begin alike, and musl's memcmp goes octet by
// octet. It makes reading an unsorted map twice as fast.
int compare(std::string_view a, std::string_view b) {
  const std::size_t common = std::min(a.size(), b.size()) & ~std::size_t{7};
  for (std::size_t i = 0; i < common; i += 8) {
    std::uint64_t x, y;
    std::memcpy(&x, a.data() + i, 8);
    std::memcpy(&y, b.data() + i, 8);
    if (x != y) return be64toh(x) < be64toh(y) ? -1 : 1;
  }
  return a.substr(common).compare(b.substr(common));
}

}  // namespace

bool is_uidl(std::string_view text) {
  return !text.empty() && text.size() <= max_uidl &&
         std::all_of(text.begin(), text.end(), base::is_graphic);
}

bool read_list(const char* path, base::Array<char>& content) {
  // O_NONBLOCK: a FIFO in the file's place must not stop us.
  const auto fd = base::try_open(path, O_RDONLY | O_NONBLOCK);
  if (!fd && errno == ENOENT) return false;
  if (!fd) base::fail("open", path);
  struct stat status;
  if (::fstat(fd.get(), &status) != 0) base::fail("stat", path);
  if (!S_ISREG(status.st_mode)) throw base::Failure(path, "not a regular file");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > max_list_size) throw base::Failure(path, "larger than 256 MiB");
  content.clear();
  if (size != 0) {
    char* const to = content.extend(size);
    content.shorten(base::read_all(fd.get(), {to, size}));
  }
  return true;
}

bool ListLines::next(std::string_view& line) {
  if (rest_.empty()) return false;
  ++number_;
  const auto lf = rest_.find('\n');
  is_whole_ = lf != rest_.npos;
  line = rest_.substr(0, lf);
  rest_.remove_prefix(is_whole_ ? lf + 1 : rest_.size());
  if (line.ends_with('\r')) line.remove_suffix(1);
  return true;
}

UidlMap::UidlMap(const char* path) {
  if (read_list(path, content_)) parse();
}

UidlMap::UidlMap(base::Array<char> content) : content_(std::move(content)) {
  if (content_.size() > max_list_size) throw base::Failure(file_name, "larger than 256 MiB");
  parse();
}

void UidlMap::parse() {
  const std::string_view text(content_.begin(), content_.size());
  ListLines lines(text);
  for (std::string_view line; lines.next(line);) {
    const auto tab = line.rfind('\t');
    const auto name = unique_name(line.substr(0, tab));
    const auto id = tab == line.npos ? std::string_view() : line.substr(tab + 1);
    if (name.empty() || name.find('/') != name.npos || !is_uidl(id)) {
      ++malformed_;
      continue;
    }
    const auto at = [&](std::string_view part) {
      return static_cast<std::uint32_t>(part.data() - text.data());
    };
    by_name_.push({at(name), static_cast<std::uint32_t>(name.size()), at(id),
                   static_cast<std::uint32_t>(id.size())});
  }
  put_in_order();
}

void UidlMap::put_in_order() {
  // Of lines that are alike the first in the file comes first, and stays.
  const auto name_before = [this](const Line& a, const Line& b) {
    const int order = compare(name(a), name(b));
    return order != 0 ? order < 0 : a.name < b.name;
  };
  const auto id_before = [this](const Line& a, const Line& b) {
    const int order = compare(id(a), id(b));
    return order != 0 ? order < 0 : a.id < b.id;
  };
  const auto drop_alike = [this](base::Array<Line>& lines, auto is_alike) {
    const auto end = std::unique(lines.begin(), lines.end(), is_alike);
    const auto kept = static_cast<std::size_t>(end - lines.begin());
    malformed_ += lines.size() - kept;
    lines.shorten(kept);
  };
  const auto copy = [](const base::Array<Line>& from, base::Array<Line>& to) {
    to.clear();
    std::copy(from.begin(), from.end(), to.extend(from.size()));
  };

  // What maildir-uidl writes is in this order already.
  if (!std::is_sorted(by_name_.begin(), by_name_.end(), name_before))
    std::sort(by_name_.begin(), by_name_.end(), name_before);
  drop_alike(by_name_, [this](const Line& a, const Line& b) { return name(a) == name(b); });

  copy(by_name_, by_id_);
  std::sort(by_id_.begin(), by_id_.end(), id_before);
  drop_alike(by_id_, [this](const Line& a, const Line& b) { return id(a) == id(b); });

  if (by_id_.size() == by_name_.size()) return;
  copy(by_id_, by_name_);
  std::sort(by_name_.begin(), by_name_.end(), name_before);
}

std::string_view UidlMap::find(std::string_view unique_name) const {
  const auto at = std::lower_bound(
      by_name_.begin(), by_name_.end(), unique_name,
      [this](const Line& line, std::string_view wanted) { return compare(name(line), wanted) < 0; });
  return at != by_name_.end() && name(*at) == unique_name ? id(*at) : std::string_view();
}

bool UidlMap::gives(std::string_view uidl) const {
  const auto at = std::lower_bound(
      by_id_.begin(), by_id_.end(), uidl,
      [this](const Line& line, std::string_view wanted) { return compare(id(line), wanted) < 0; });
  return at != by_id_.end() && id(*at) == uidl;
}

UidlMap::Entry UidlMap::operator[](std::size_t i) const { return {name(by_name_[i]), id(by_name_[i])}; }

}  // namespace maildir
