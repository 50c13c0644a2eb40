// SPDX-License-Identifier: ISC
// A child's two ends, as it has them before a login: the client on descriptors 0 and 1, and its parent on a
// SOCK_SEQPACKET pair. All that the client will say, and all that the parent will answer, is there from the beginning.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <span>
#include <string>
#include <vector>

#include "base/failure.h"
#include "base/fd.h"
#include "base/pass_fds.h"
#include "tests/fuzz/require.h"

struct Pair {
  explicit Pair(int type) {
    int ends[2];
    if (::socketpair(AF_UNIX, type, 0, ends) != 0) base::fail("socketpair");
    ours = base::UniqueFd(ends[0]);
    theirs = base::UniqueFd(ends[1]);
  }
  base::UniqueFd ours, theirs;
};

// A socket from which TEXT can be read, and then the end.
inline base::UniqueFd socket_with(std::string_view text) {
  Pair pair(SOCK_STREAM);
  base::write_all(pair.ours.get(), text, "socket");
  return std::move(pair.theirs);
}

class Dialogue {
 public:
  // The client says SAYS, no more than a socket takes at once.
  explicit Dialogue(std::string_view says) : heard_(::memfd_create("heard", MFD_CLOEXEC)), parent_(SOCK_SEQPACKET) {
    require(::dup2(socket_with(says.substr(0, 60000)).get(), 0) == 0 && ::dup2(heard_.get(), 1) == 1);
  }
  Dialogue(const Dialogue&) = delete;
  Dialogue& operator=(const Dialogue&) = delete;
  // What libFuzzer prints itself it prints elsewhere.
  ~Dialogue() {
    const auto null = base::open_file("/dev/null", O_RDWR);
    require(::dup2(null.get(), 0) == 0 && ::dup2(null.get(), 1) == 1);
  }

  int child() const { return parent_.theirs.get(); }
  int heard_fd() const { return heard_.get(); }

  // The parent's next answer, with two descriptors or none.
  template <typename Answer>
  void will_answer(const Answer& answer, std::span<const int> fds = {}) {
    require(base::send_with_fds(parent_.ours.get(), &answer, sizeof answer, fds));
  }
  void has_answered() { ::shutdown(parent_.ours.get(), SHUT_WR); }

  // Each message that the child has sent its parent, in order.
  std::vector<std::string> asked() const {
    std::vector<std::string> messages;
    char message[16384];
    for (long got; (got = ::recv(parent_.ours.get(), message, sizeof message, MSG_DONTWAIT)) > 0;)
      messages.emplace_back(message, static_cast<std::size_t>(got));
    return messages;
  }
  // All that the client has heard.
  std::string heard() const {
    std::string text(static_cast<std::size_t>(::lseek(heard_.get(), 0, SEEK_END)), '\0');
    require(::pread(heard_.get(), text.data(), text.size(), 0) == static_cast<long>(text.size()));
    return text;
  }

 private:
  base::UniqueFd heard_;
  Pair parent_;
};

// RFC 2449 s.4: a reply's line is at most 512 octets. Gives VISIT each without its CRLF.
template <typename Visit>
void for_each_reply(std::string_view heard, Visit visit) {
  while (!heard.empty()) {
    const auto end = heard.find("\r\n");
    require(end != heard.npos && end + 2 <= 512);
    const auto line = heard.substr(0, end);
    require(line.find_first_of("\r\n") == line.npos && line.find('\0') == line.npos);
    visit(line);
    heard.remove_prefix(end + 2);
  }
}
