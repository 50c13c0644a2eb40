// SPDX-License-Identifier: ISC
#include "base/output.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <thread>

#include "base/clock.h"
#include "base/failure.h"
#include "base/fd.h"
#include "tests/check.h"

namespace {

using base::Output;

constexpr int patience_ms = 5000;  // longer than any test takes: no result depends on it

enum class Kind { socket, pipe };
constexpr Kind kinds[] = {Kind::socket, Kind::pipe};

base::Pipe make(Kind kind) {
  if (kind == Kind::pipe) return base::make_pipe();
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) base::fail("socketpair");
  return {base::UniqueFd(ends[0]), base::UniqueFd(ends[1])};
}

bool is_readable(int fd) {
  pollfd input{fd, POLLIN, 0};
  return ::poll(&input, 1, 0) == 1;
}

// More than a socket's or a pipe's buffer and Output's own take up.
std::string many_octets() {
  std::string text;
  for (std::size_t i = 0; text.size() < 1000000; ++i) text += std::to_string(i) + ' ';
  return text;
}

std::string read_to_end(int fd, int pause_ms) {
  std::string text;
  for (static char buffer[65536];;) {
    const long got = base::read_some(fd, buffer, sizeof buffer);
    if (got <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
    if (pause_ms != 0) base::sleep_until_ms(base::now_ms() + pause_ms);
  }
}

// What the other end gets of TEXT, if it pauses between its reads.
std::string sent_over(Kind kind, const std::string& text, int timeout_ms, int pause_ms) {
  auto ends = make(kind);
  std::string got;
  std::thread reader([&] { got = read_to_end(ends.read.get(), pause_ms); });
  const auto out = std::make_unique<Output>(ends.write.get(), timeout_ms);
  *out << text;
  out->flush();
  CHECK(!out->failed());
  ends.write.reset();
  reader.join();
  return got;
}

}  // namespace

// features: J01
TEST(output_gathers_until_it_is_flushed) {
  for (const Kind kind : kinds) {
    auto ends = make(kind);
    const auto out = std::make_unique<Output>(ends.write.get(), patience_ms);
    *out << "+OK " << 2u << ' ' << std::uint64_t{320} << std::string_view("\r\n");
    CHECK(!is_readable(ends.read.get()));
    out->flush();
    ends.write.reset();
    CHECK_EQ(read_to_end(ends.read.get(), 0), "+OK 2 320\r\n");
  }
}

TEST(output_flushed_twice_sends_once) {
  auto ends = make(Kind::socket);
  const auto out = std::make_unique<Output>(ends.write.get(), patience_ms);
  *out << "+OK\r\n";
  out->flush();
  out->flush();
  ends.write.reset();
  CHECK_EQ(read_to_end(ends.read.get(), 0), "+OK\r\n");
}

TEST(output_flushes_itself_when_it_is_full) {
  auto ends = make(Kind::socket);
  const auto out = std::make_unique<Output>(ends.write.get(), patience_ms);
  *out << std::string(Output::buffer_size, 'x');
  CHECK(!is_readable(ends.read.get()));
  *out << 'y';
  CHECK(is_readable(ends.read.get()));
}

TEST(output_sends_all_in_order_however_much_it_is) {
  const auto text = many_octets();
  for (const Kind kind : kinds) CHECK(sent_over(kind, text, patience_ms, 0) == text);
}

TEST(output_does_not_time_out_while_the_reader_goes_on) {
  // 16 reads and more, each well within the timeout, all of them together beyond it
  const auto text = many_octets();
  for (const Kind kind : kinds) CHECK(sent_over(kind, text, 300, 22) == text);
}

TEST(output_fails_when_the_reader_stalls) {
  for (const Kind kind : kinds) {
    const auto ends = make(kind);
    const auto out = std::make_unique<Output>(ends.write.get(), 50);
    const auto begin = base::now_ms();
    *out << many_octets();
    CHECK(out->failed());
    CHECK(base::now_ms() - begin >= 50);
  }
}

TEST(output_fails_when_the_peer_has_closed) {
  ::signal(SIGPIPE, SIG_IGN);  // a pipe has no way but the signal; a socket raises none
  for (const Kind kind : kinds) {
    auto ends = make(kind);
    ends.read.reset();
    const auto out = std::make_unique<Output>(ends.write.get(), patience_ms);
    *out << "+OK\r\n";
    CHECK(!out->failed());
    out->flush();
    CHECK(out->failed());
  }
  ::signal(SIGPIPE, SIG_DFL);
}

// features: H22
TEST(output_to_a_closed_socket_raises_no_signal) {
  auto ends = make(Kind::socket);
  ends.read.reset();
  const auto out = std::make_unique<Output>(ends.write.get(), patience_ms);
  *out << "+OK\r\n";
  out->flush();  // would end this program
  CHECK(out->failed());
}

TEST(output_that_failed_drops_everything) {
  auto ends = make(Kind::socket);
  ends.read.reset();
  const auto out = std::make_unique<Output>(ends.write.get(), patience_ms);
  *out << many_octets() << many_octets();
  std::fill_n(out->reserve(Output::buffer_size), Output::buffer_size, 'x');  // still has room
  out->advance(Output::buffer_size);
  out->flush();
  CHECK(out->failed());
}

// features: H15
TEST(output_ends_at_its_deadline_even_if_it_makes_progress) {
  for (const Kind kind : kinds) {
    auto ends = make(kind);
    const auto out = std::make_unique<Output>(ends.write.get(), patience_ms);
    const auto begin = base::now_ms();
    out->set_deadline(begin + 100);
    *out << "+OK\r\n";
    out->flush();
    CHECK(!out->failed());
    while (!out->failed() && base::now_ms() - begin < patience_ms) {  // a reader that is always a little late
      *out << std::string(Output::buffer_size, 'x');
      char octets[4096];
      while (is_readable(ends.read.get()) && base::read_some(ends.read.get(), octets, sizeof octets) == sizeof octets) {
      }
    }
    CHECK(out->failed());
    CHECK(base::now_ms() - begin >= 100 && base::now_ms() - begin < 2000);
  }
}

// features: H15
TEST(output_that_nobody_takes_ends_at_its_deadline) {
  for (const Kind kind : kinds) {
    auto ends = make(kind);
    const auto out = std::make_unique<Output>(ends.write.get(), -1);
    const auto begin = base::now_ms();
    out->set_deadline(begin + 100);
    for (int i = 0; i < 1000 && !out->failed(); ++i) *out << std::string(Output::buffer_size, 'x');
    CHECK(out->failed());
    CHECK(base::now_ms() - begin >= 100 && base::now_ms() - begin < 2000);
  }
}

TEST(output_reserves_room_in_place) {
  auto ends = make(Kind::socket);
  const auto out = std::make_unique<Output>(ends.write.get(), patience_ms);
  *out << std::string(Output::buffer_size - 2, 'a');
  std::fill_n(out->reserve(2), 2, 'b');
  out->advance(2);
  CHECK(!is_readable(ends.read.get()));
  std::fill_n(out->reserve(3), 3, 'c');  // only behind a flush
  out->advance(1);                       // of three octets filled, one counts
  CHECK(is_readable(ends.read.get()));
  out->flush();
  ends.write.reset();
  CHECK(read_to_end(ends.read.get(), 0) == std::string(Output::buffer_size - 2, 'a') + "bbc");
}

TEST(output_leaves_the_descriptors_flags_alone) {
  for (const Kind kind : kinds) {
    const auto ends = make(kind);
    const int before = ::fcntl(ends.write.get(), F_GETFL);
    const auto out = std::make_unique<Output>(ends.write.get(), patience_ms);
    *out << "+OK\r\n";
    out->flush();
    CHECK_EQ(::fcntl(ends.write.get(), F_GETFL), before);
  }
}
