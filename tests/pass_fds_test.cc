// SPDX-License-Identifier: ISC
#include "base/pass_fds.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "tests/check.h"

namespace {

using base::UniqueFd;

struct Pair {
  explicit Pair(int type = SOCK_SEQPACKET) {
    int ends[2];
    CHECK(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) == 0);
    ours = UniqueFd(ends[0]);
    theirs = UniqueFd(ends[1]);
  }
  bool receive(std::size_t size = 4) { return base::receive_with_fds(ours.get(), data, size, first, second); }
  UniqueFd ours, theirs;
  UniqueFd first, second;  // received
  char data[16] = {};
};

auto count_open() {
  const std::filesystem::directory_iterator open("/proc/self/fd");
  return std::distance(begin(open), end(open));
}

bool is_same_file(int a, int b) {
  const auto link = [](int fd) { return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd)); };
  return link(a) == link(b);
}

// As many descriptors as the control message of one may hold: what no sender of ours sends.
void send_raw(int socket, const char* text, std::size_t count, int level = SOL_SOCKET, int type = SCM_RIGHTS) {
  const std::vector<int> fds(count, 2);
  std::vector<char> control(CMSG_SPACE(count * sizeof(int)));
  iovec part{const_cast<char*>(text), std::strlen(text)};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = level;
  header->cmsg_type = type;
  header->cmsg_len = CMSG_LEN(count * sizeof(int));
  std::memcpy(CMSG_DATA(header), fds.data(), count * sizeof(int));
  CHECK(::sendmsg(socket, &message, 0) == static_cast<long>(std::strlen(text)));
}

}  // namespace

TEST(a_message_without_descriptors_comes_as_it_was) {
  Pair pair;
  CHECK(base::send_with_fds(pair.theirs.get(), "abcd", 4, {}));
  CHECK(pair.receive());
  CHECK_EQ(std::string(pair.data), "abcd");
  CHECK(!pair.first && !pair.second);
}

TEST(two_descriptors_come_in_their_order_and_are_closed_on_exec) {
  Pair pair;
  const auto pipe = base::make_pipe();
  const int fds[] = {pipe.read.get(), pipe.write.get()};
  CHECK(base::send_with_fds(pair.theirs.get(), "abcd", 4, fds));
  CHECK(pair.receive());
  CHECK(::write(pair.second.get(), "x", 1) == 1);
  char octet = 0;
  CHECK(::read(pair.first.get(), &octet, 1) == 1 && octet == 'x');
  for (const int fd : {pair.first.get(), pair.second.get()}) {
    CHECK(fd != fds[0] && fd != fds[1]);
    CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  }
  CHECK(is_same_file(pair.first.get(), fds[0]));
}

TEST(the_same_descriptor_may_come_twice) {
  Pair pair;
  const int fds[] = {2, 2};
  CHECK(base::send_with_fds(pair.theirs.get(), "abcd", 4, fds));
  CHECK(pair.receive());
  CHECK(pair.first.get() != pair.second.get() && is_same_file(pair.first.get(), pair.second.get()));
}

TEST(other_numbers_of_descriptors_are_refused_and_closed) {
  for (const std::size_t count : {1, 3, 10, 253}) {
    Pair pair;
    const auto before = count_open();
    send_raw(pair.theirs.get(), "abcd", count);
    CHECK_ROW(count, !pair.receive());
    CHECK_ROW(count, !pair.first && !pair.second && count_open() == before);
  }
}

TEST(messages_of_another_size_are_refused_and_what_came_with_them_is_closed) {
  for (const char* text : {"a", "abc", "abcde", "abcdefghijklmnopqrst"}) {
    Pair pair;
    const auto before = count_open();
    send_raw(pair.theirs.get(), text, 2);
    CHECK_ROW(text, !pair.receive());
    CHECK_ROW(text, !pair.first && !pair.second && count_open() == before);
  }
}

TEST(the_end_of_the_file_is_no_message) {
  Pair pair;
  pair.theirs.reset();
  CHECK(!pair.receive());
}

TEST(a_descriptor_that_is_no_socket_is_an_error) {
  UniqueFd first, second;
  char data[4];
  const auto pipe = base::make_pipe();
  CHECK(!base::receive_with_fds(pipe.read.get(), data, 4, first, second));
  CHECK(!base::send_with_fds(pipe.write.get(), "abcd", 4, {}) && errno == ENOTSOCK);
}

TEST(sending_to_nobody_is_an_error_and_no_signal) {
  Pair pair;
  pair.ours.reset();
  CHECK(!base::send_with_fds(pair.theirs.get(), "abcd", 4, {}) && errno == EPIPE);
}

TEST(a_receiver_that_does_not_read_holds_nobody_who_will_not_wait) {
  Pair pair;
  int sent = 0;
  while (sent < 100000 && base::send_with_fds(pair.theirs.get(), "abcd", 4, {}, MSG_DONTWAIT)) ++sent;
  CHECK(sent > 0 && sent < 100000 && errno == EAGAIN);
}

TEST(earlier_descriptors_stay_if_a_message_brings_none) {
  Pair pair;
  const int fds[] = {2, 2};
  CHECK(base::send_with_fds(pair.theirs.get(), "abcd", 4, fds) && pair.receive());
  const int first = pair.first.get();
  CHECK(base::send_with_fds(pair.theirs.get(), "efgh", 4, {}) && pair.receive());
  CHECK_EQ(pair.first.get(), first);
}
