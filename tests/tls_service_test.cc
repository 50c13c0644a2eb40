// SPDX-License-Identifier: ISC
#include "base/tls_service.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/env.h"
#include "tests/check.h"

namespace {

using base::TlsOutcome;
using base::TlsReport;
using base::UniqueFd;

template <std::size_t N>
void put(char (&field)[N], std::string_view text) {
  std::memset(field, 0, N);
  std::memcpy(field, text.data(), std::min(N, text.size()));
}

TlsReport good() {
  TlsReport report{};
  report.outcome = TlsOutcome::secure;
  report.has_exporter = 1;
  report.end_point_size = 32;
  put(report.protocol, "TLSv1.3");
  put(report.cipher, "TLS_AES_256_GCM_SHA384");
  put(report.alpn, "pop3");
  put(report.server_name, "mail.example.org");
  put(report.client_name, "joe@example.org");
  put(report.client_certificate, std::string(64, 'a'));
  return report;
}

bool is_good_but_for(const std::function<void(TlsReport&)>& change) {
  auto report = good();
  change(report);
  return base::check_report(report);
}

struct Pair {
  Pair() {
    int ends[2];
    CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    ours = UniqueFd(ends[0]);
    tlsds = UniqueFd(ends[1]);
  }
  void say(const void* octets, std::size_t size) {
    CHECK(::write(tlsds.get(), octets, size) == static_cast<long>(size));
  }
  bool wait(std::int64_t ms) { return base::wait_for_report(ours.get(), report, base::now_ms() + ms); }
  UniqueFd ours, tlsds;
  TlsReport report;
};

// A directory that goes with the test.
struct Scratch {
  Scratch() { CHECK(::mkdtemp(path) != nullptr); }
  ~Scratch() { std::filesystem::remove_all(path); }
  std::string operator/(const char* name) const { return std::string(path) + '/' + name; }
  char path[32] = "/tmp/tls_service_test.XXXXXX";
};

UniqueFd listen_at(const std::string& path) {
  UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path.c_str());
  CHECK(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  CHECK(::listen(listener.get(), 5) == 0);
  return listener;
}

}  // namespace

TEST(honest_reports_are_good) {
  CHECK(base::check_report(good()));
  for (const auto outcome : {TlsOutcome::refused, TlsOutcome::failed}) {
    TlsReport report{};
    report.outcome = outcome;
    put(report.error, "no shared cipher");
    CHECK(base::check_report(report));
  }
  CHECK(is_good_but_for([](auto& report) {
    report.is_resumed = 1;
    report.has_exporter = report.end_point_size = 0;
    put(report.alpn, "");
    put(report.server_name, "");
    put(report.client_name, "");
    put(report.client_certificate, "");
  }));
}

TEST(reports_of_an_unknown_outcome_are_refused) {
  for (int i = 0; i < 256; ++i)
    CHECK_ROW(i, is_good_but_for([=](auto& report) { report.outcome = static_cast<TlsOutcome>(i); }) == (i >= 1 && i <= 3));
}

TEST(numbers_in_reports_have_their_bounds) {
  for (int i = 0; i < 256; ++i) {
    const auto octet = static_cast<std::uint8_t>(i);
    CHECK_ROW(i, is_good_but_for([=](auto& report) { report.has_exporter = octet; }) == (i <= 1));
    CHECK_ROW(i, is_good_but_for([=](auto& report) { report.is_resumed = octet; }) == (i <= 1));
    CHECK_ROW(i, is_good_but_for([=](auto& report) { report.end_point_size = octet; }) == (i <= 64));
  }
}

TEST(texts_in_reports_end) {
  CHECK(!is_good_but_for([](auto& report) { std::memset(report.error, 'x', sizeof report.error); }));
  CHECK(!is_good_but_for([](auto& report) { std::memset(report.protocol, 'x', sizeof report.protocol); }));
  CHECK(!is_good_but_for([](auto& report) { std::memset(report.cipher, 'x', sizeof report.cipher); }));
  CHECK(!is_good_but_for([](auto& report) { std::memset(report.alpn, 'x', sizeof report.alpn); }));
  CHECK(!is_good_but_for([](auto& report) { std::memset(report.server_name, 'x', sizeof report.server_name); }));
  CHECK(!is_good_but_for([](auto& report) { std::memset(report.client_name, 'x', sizeof report.client_name); }));
  CHECK(!is_good_but_for([](auto& report) { std::memset(report.client_certificate, 'a', 65); }));
  CHECK(is_good_but_for([](auto& report) { put(report.server_name, std::string(255, 'x')); }));
  CHECK(is_good_but_for([](auto& report) { put(report.client_name, std::string(128, 'x')); }));
}

// They come to the log and to the environment of programs that are root.
TEST(texts_in_reports_are_graphic_ascii_and_errors_have_blanks_too) {
  for (int i = 1; i < 256; ++i) {
    const std::string text = {'a', static_cast<char>(i), 'b'};
    const bool is_graphic = i > 0x20 && i < 0x7f;
    CHECK_ROW(i, is_good_but_for([&](auto& report) { put(report.protocol, text); }) == is_graphic);
    CHECK_ROW(i, is_good_but_for([&](auto& report) { put(report.cipher, text); }) == is_graphic);
    CHECK_ROW(i, is_good_but_for([&](auto& report) { put(report.alpn, text); }) == is_graphic);
    CHECK_ROW(i, is_good_but_for([&](auto& report) { put(report.server_name, text); }) == is_graphic);
    CHECK_ROW(i, is_good_but_for([&](auto& report) { put(report.client_name, text); }) == is_graphic);
    CHECK_ROW(i, is_good_but_for([&](auto& report) { put(report.error, text); }) == (is_graphic || i == ' '));
  }
}

TEST(fingerprints_are_64_lower_case_digits_or_none) {
  for (const auto& text : {std::string(63, 'a'), std::string(1, '0'), std::string(64, 'A'), std::string(64, 'g'),
                           std::string(63, '0') + "-"})
    CHECK_ROW(text, !is_good_but_for([&](auto& report) { put(report.client_certificate, text); }));
}

TEST(a_secure_connection_has_a_protocol_and_a_cipher) {
  CHECK(!is_good_but_for([](auto& report) { put(report.protocol, ""); }));
  CHECK(!is_good_but_for([](auto& report) { put(report.cipher, ""); }));
}

TEST(a_report_is_waited_for_in_however_many_parts) {
  Pair pair;
  const auto report = good();
  std::thread tlsd([&] {
    for (std::size_t at = 0; at < sizeof report; at += 100)
      pair.say(reinterpret_cast<const char*>(&report) + at, std::min<std::size_t>(100, sizeof report - at));
    pair.say("+OK", 3);  // the plaintext, behind it
  });
  CHECK(pair.wait(10000));
  tlsd.join();
  CHECK_EQ(std::string(pair.report.cipher), "TLS_AES_256_GCM_SHA384");
  char plaintext[8] = {};
  CHECK(::read(pair.ours.get(), plaintext, sizeof plaintext) == 3 && std::string(plaintext) == "+OK");
}

TEST(a_report_that_ends_too_early_is_none) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, sizeof(TlsReport) - 1}) {
    Pair pair;
    const auto report = good();
    pair.say(&report, size);
    pair.tlsds.reset();
    CHECK_ROW(size, !pair.wait(10000));
  }
}

TEST(a_report_that_does_not_come_is_waited_for_until_the_deadline) {
  Pair pair;
  const auto report = good();
  pair.say(&report, sizeof report - 1);
  const auto before = base::now_ms();
  CHECK(!pair.wait(50));
  const auto took = base::now_ms() - before;
  CHECK(took >= 50 && took < 5000);
  CHECK(!pair.wait(-1));
}

TEST(a_report_that_is_not_honest_is_none) {
  Pair pair;
  auto report = good();
  report.server_name[4] = '\n';
  pair.say(&report, sizeof report);
  CHECK(!pair.wait(10000));
}

TEST(a_socket_is_handed_over_with_the_request) {
  Pair pair, client;
  base::TlsRequest request{.version = base::tls_interface, .alpn = "pop3", .preface = "+OK\r\n"};
  CHECK(base::hand_over(pair.ours.get(), client.ours.get(), request));
  base::TlsRequest got;
  iovec part{&got, sizeof got};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  CHECK(::recvmsg(pair.tlsds.get(), &message, 0) == static_cast<long>(sizeof got));
  CHECK(std::memcmp(&got, &request, sizeof got) == 0);
  int fd;
  std::memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
  const UniqueFd received(fd);
  CHECK(::write(fd, "x", 1) == 1);
  char octet;
  CHECK(::read(client.tlsds.get(), &octet, 1) == 1 && octet == 'x');
  CHECK(::fcntl(client.ours.get(), F_GETFD) >= 0);  // our own stays open
}

TEST(handing_over_to_nobody_is_an_error) {
  Pair pair;
  pair.tlsds.reset();
  CHECK(!base::hand_over(pair.ours.get(), 2, {}) && errno == EPIPE);
}

TEST(connecting_says_why_it_cannot) {
  const Scratch scratch;
  CHECK(!base::try_connect_tls((scratch / "none").c_str()) && errno == ENOENT);
  CHECK(!base::try_connect_tls((scratch / std::string(200, 'x').c_str()).c_str()) && errno == ENAMETOOLONG);
  const auto path = scratch / "tlsd";
  listen_at(path).reset();
  CHECK(!base::try_connect_tls(path.c_str()) && errno == ECONNREFUSED);
}

TEST(connecting_gives_a_descriptor_that_is_closed_on_exec) {
  const Scratch scratch;
  const auto path = scratch / "tlsd";
  const auto listener = listen_at(path);
  const auto connection = base::try_connect_tls(path.c_str());
  CHECK(connection && (::fcntl(connection.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST(a_tlsd_that_does_not_accept_holds_nobody_for_long) {
  const Scratch scratch;
  const auto path = scratch / "tlsd";
  const auto listener = listen_at(path);
  std::vector<UniqueFd> waiting;
  const auto before = base::now_ms();
  while (waiting.size() < 100) {
    auto connection = base::try_connect_tls(path.c_str());
    if (!connection) break;
    waiting.push_back(std::move(connection));
  }
  CHECK(waiting.size() < 100);  // the queue was full
  CHECK(base::now_ms() - before < 5000);
}

TEST(the_environment_says_what_the_report_says_and_nothing_older) {
  ::setenv("TLS_RESUMED", "1", 1);
  ::setenv("TLS_CLIENT_NAME", "forged", 1);
  auto report = good();
  put(report.client_name, "");
  base::set_tls_env(report);
  CHECK_EQ(base::get_env("TLS_PROTOCOL"), "TLSv1.3");
  CHECK_EQ(base::get_env("TLS_CIPHER"), "TLS_AES_256_GCM_SHA384");
  CHECK_EQ(base::get_env("TLS_SERVER_NAME"), "mail.example.org");
  CHECK_EQ(base::get_env("TLS_ALPN"), "pop3");
  CHECK_EQ(base::get_env("TLS_CLIENT_CERTIFICATE"), std::string(64, 'a'));
  CHECK(!base::has_env("TLS_CLIENT_NAME") && !base::has_env("TLS_RESUMED"));
  report.is_resumed = 1;
  base::set_tls_env(report);
  CHECK_EQ(base::get_env("TLS_RESUMED"), "1");
  base::unset_tls_env();
  for (const char* name : {"TLS_PROTOCOL", "TLS_CIPHER", "TLS_SERVER_NAME", "TLS_ALPN", "TLS_CLIENT_NAME",
                           "TLS_CLIENT_CERTIFICATE", "TLS_RESUMED"})
    CHECK_ROW(name, !base::has_env(name));
}
