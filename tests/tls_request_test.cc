// SPDX-License-Identifier: ISC
// What a user asks tlsd, and what a report may say.
#include "tls/request.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "base/tls_service.h"
#include "tests/check.h"
#include "tls/facts.h"

namespace {

base::TlsRequest make_request() {
  base::TlsRequest request{};
  request.version = base::tls_interface;
  std::strcpy(request.alpn, "pop3");
  std::strcpy(request.preface, "+OK\r\n");
  return request;
}

base::TlsReport make_report() {
  base::TlsReport report{};
  report.outcome = base::TlsOutcome::secure;
  std::strcpy(report.protocol, "TLSv1.3");
  std::strcpy(report.cipher, "X");
  return report;
}

}  // namespace

TEST(request_texts_must_end_and_have_nothing_behind) {
  CHECK(tls::check_request(make_request()));
  auto request = make_request();
  std::memset(request.alpn, 'x', sizeof request.alpn);
  CHECK(!tls::check_request(request));
  request = make_request();
  request.preface[sizeof request.preface - 1] = 'x';
  CHECK(!tls::check_request(request));
  request = make_request();
  request.version = 2;
  CHECK(!tls::check_request(request));
}

TEST(request_is_received_with_its_socket) {
  int ends[2], client[2];
  CHECK(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && ::socketpair(AF_UNIX, SOCK_STREAM, 0, client) == 0);
  tls::Question question;
  CHECK(tls::receive_request(ends[0], question) == tls::Asked::nothing_yet);
  CHECK(base::hand_over(ends[1], client[0], make_request()));
  CHECK(tls::receive_request(ends[0], question) == tls::Asked::yes);
  CHECK(question.client && question.client.get() != client[0]);
  CHECK_EQ(std::string(question.request.alpn), "pop3");
  CHECK(::write(ends[1], "x", 1) == 1);
  CHECK(tls::receive_request(ends[0], question) == tls::Asked::wrongly);
  for (const int fd : {ends[0], ends[1], client[0], client[1]}) ::close(fd);
}

TEST(failure_is_described_in_printable_text_that_fits) {
  auto report = tls::describe_failure(base::TlsOutcome::failed, "a\nb\xff c");
  CHECK_EQ(std::string(report.error), "a?b? c");
  CHECK(base::check_report(report));
  report = tls::describe_failure(base::TlsOutcome::refused, std::string(1000, 'e'));
  CHECK_EQ(std::strlen(report.error), sizeof report.error - 1);
  CHECK(base::check_report(report));
}

TEST(report_is_believed_only_if_tlsd_could_have_sent_it) {
  CHECK(base::check_report(make_report()));
  const auto is_believed = [](auto change) {
    auto report = make_report();
    change(report);
    return base::check_report(report);
  };
  CHECK(!is_believed([](auto& r) { r.outcome = static_cast<base::TlsOutcome>(0); }));
  CHECK(!is_believed([](auto& r) { r.outcome = static_cast<base::TlsOutcome>(4); }));
  CHECK(!is_believed([](auto& r) { r.end_point_size = 65; }));
  CHECK(is_believed([](auto& r) { r.end_point_size = 64; }));
  CHECK(!is_believed([](auto& r) { r.has_exporter = 2; }));
  CHECK(!is_believed([](auto& r) { r.is_resumed = 255; }));
  CHECK(!is_believed([](auto& r) { r.protocol[0] = '\0'; }));
  CHECK(!is_believed([](auto& r) { r.cipher[0] = '\0'; }));
  CHECK(!is_believed([](auto& r) { r.server_name[0] = '\n'; }));
  CHECK(!is_believed([](auto& r) { r.client_name[0] = ' '; }));
  CHECK(!is_believed([](auto& r) { std::memset(r.server_name, 'a', sizeof r.server_name); }));
  CHECK(!is_believed([](auto& r) { r.alpn[0] = '\x80'; }));
  CHECK(!is_believed([](auto& r) { std::memset(r.client_certificate, 'A', 64); }));
  CHECK(!is_believed([](auto& r) { std::memset(r.client_certificate, 'a', 63); }));
  CHECK(is_believed([](auto& r) { std::memset(r.client_certificate, 'a', 64); }));
}
