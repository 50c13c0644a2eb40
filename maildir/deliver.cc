// SPDX-License-Identifier: ISC
#include "maildir/deliver.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "base/failure.h"
#include "base/fd.h"
#include "base/random.h"
#include "maildir/wire.h"

namespace maildir {

namespace {

constexpr std::size_t max_host = 64;

struct Sizes {
  std::uint64_t file, wire;
};

// W= counts each line end as CRLF; the CRLF that an unfinished last line is sent with is not
// in the file, and not in W=.
Sizes copy(int from, int to) {
  static char buffer[65536];
  Sizes sizes{0, 0};
  WireSize wire;
  char last = '\n';
  for (;;) {
    const long got = base::read_some(from, buffer, sizeof buffer);
    if (got < 0) base::fail("read the message");
    if (got == 0) break;
    const std::string_view piece(buffer, static_cast<std::size_t>(got));
    base::write_all(to, piece, "tmp/");
    wire.add(piece);
    sizes.file += piece.size();
    last = piece.back();
  }
  sizes.wire = wire.total() - (last == '\n' ? 0 : 2);
  return sizes;
}

base::Text<150> unique_part(std::string_view host) {
  timespec now;
  ::clock_gettime(CLOCK_REALTIME, &now);
  base::Text<max_host> plain;
  for (const char c : host)
    if (base::is_graphic(c) && c != '/' && c != ':' && c != ',') plain << c;
  base::Text<150> name;
  name << now.tv_sec << ".M" << now.tv_nsec / 1000 << 'P' << ::getpid() << 'R'
       << base::random_name<8>().view() << '.' << (plain.empty() ? "localhost" : plain.view());
  return name;
}

class Temporary {
 public:
  explicit Temporary(std::string_view name) {
    path_ << "tmp/" << name;
    fd_ = base::open_file(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  }
  ~Temporary() { ::unlink(path_.c_str()); }
  int fd() const { return fd_.get(); }
  const char* path() const { return path_.c_str(); }

 private:
  base::Text<160> path_;
  base::UniqueFd fd_;
};

void sync_directory(const char* path) {
  const auto directory = base::open_file(path, O_RDONLY | O_DIRECTORY);
  if (::fsync(directory.get()) != 0) base::fail("fsync", path);
}

}  // namespace

base::Text<max_file_name> deliver(int fd, std::string_view host) {
  const auto unique = unique_part(host);
  const Temporary temporary(unique.view());
  const auto sizes = copy(fd, temporary.fd());
  if (::fsync(temporary.fd()) != 0) base::fail("fsync", temporary.path());
  base::Text<max_file_name> name;
  name << unique.view() << ",S=" << sizes.file << ",W=" << sizes.wire;
  base::Text<max_file_name + 4> path;
  path << "new/" << name.view();
  // link, not rename: it takes nobody's place. The name in tmp/ goes with the temporary.
  if (::link(temporary.path(), path.c_str()) != 0) base::fail("link to", path.view());
  try {
    sync_directory("new");
  } catch (...) {
    ::unlink(path.c_str());  // not delivered: whoever called will try again
    throw;
  }
  return name;
}

}  // namespace maildir
