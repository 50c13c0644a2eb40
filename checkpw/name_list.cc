// SPDX-License-Identifier: ISC
#include "checkpw/name_list.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/failure.h"
#include "base/fd.h"

namespace checkpw {

namespace {

// More than all the logins of any machine that one process reads for each of them.
constexpr off_t largest = 64 << 20;

std::string_view without_blanks(std::string_view line) {
  constexpr std::string_view blanks = " \t\r";
  const auto start = line.find_first_not_of(blanks);
  if (start == line.npos) return {};
  return line.substr(start, line.find_last_not_of(blanks) - start + 1);
}

}  // namespace

NameList::NameList(const std::string& path) {
  // Not to wait for a pipe's other end.
  const auto file = base::open_file(path.c_str(), O_RDONLY | O_NONBLOCK);
  struct stat status;
  if (::fstat(file.get(), &status) != 0) base::fail("stat", path);
  if (!S_ISREG(status.st_mode)) throw base::Failure(path, "not a regular file");
  if (status.st_size > largest) throw base::Failure(path, "longer than 64 MiB");
  text_.resize(static_cast<std::size_t>(status.st_size));
  text_.resize(base::read_all(file.get(), text_));
}

bool NameList::has(std::string_view name) const {
  for (std::string_view rest = text_; !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() < rest.size() ? line.size() + 1 : line.size());
    const auto listed = without_blanks(line);
    if (listed == name && listed[0] != '#') return true;
  }
  return false;
}

}  // namespace checkpw
