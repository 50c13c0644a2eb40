// SPDX-License-Identifier: ISC
#include "base/log.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

#include "base/env.h"
#include "base/failure.h"
#include "base/fd.h"
#include "tests/check.h"

namespace {

using base::LogLine;

std::string as_field(std::string_view value) {
  LogLine line("p", "e");
  line.field("k", value);
  return std::string(line.text().substr(std::string_view("p: event=e k=").size()));
}

// The fields of a log line as a reader that knows the quotes finds them.
std::vector<std::string> fields(std::string_view text) {
  std::vector<std::string> all(1);
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (c == ' ' && !quoted)
      all.emplace_back();
    else
      all.back() += c;
  }
  return all;
}

// What client_address says of a client that connects by IPv4 to a listener of FAMILY.
std::string address_of_peer(int family) {
  base::unset_env("TCPREMOTEIP");
  const base::UniqueFd listener(::socket(family, SOCK_STREAM, 0));
  sockaddr_storage any{};
  any.ss_family = static_cast<sa_family_t>(family);
  socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  const auto address = reinterpret_cast<sockaddr*>(&any);
  if (::bind(listener.get(), address, size) != 0 || ::listen(listener.get(), 1) != 0) return {};
  ::getsockname(listener.get(), address, &size);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_port = reinterpret_cast<sockaddr_in*>(&any)->sin_port;  // at the same place for IPv6
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const base::UniqueFd client(::socket(AF_INET, SOCK_STREAM, 0));
  if (::connect(client.get(), reinterpret_cast<sockaddr*>(&here), sizeof here) != 0) return {};
  const base::UniqueFd before(::dup(0)), peer(::accept(listener.get(), nullptr, nullptr));
  ::dup2(peer.get(), 0);
  const std::string text(base::client_address());
  ::dup2(before.get(), 0);
  return text;
}

}  // namespace

TEST(log_field_quotes_what_is_not_plain) {
  const struct {
    std::string_view value, written;
  } table[] = {
      {"joe@example.org", "joe@example.org"},
      {"!#$%&'()*+,-./:;<>?@[]^_`{|}~", "!#$%&'()*+,-./:;<>?@[]^_`{|}~"},
      {"", R"("")"},
      {" ", R"(" ")"},
      {"two words", R"("two words")"},
      {"a=b", R"("a=b")"},
      {"\"", R"("\x22")"},
      {"\\", R"("\x5c")"},
      {"\\\" ip=1", R"("\x5c\x22 ip=1")"},
      {"a\nb", R"("a\x0ab")"},
      {"a\rb\tc", R"("a\x0db\x09c")"},
      {std::string_view("a\0b", 3), R"("a\x00b")"},
      {"\x1b[2J", R"("\x1b[2J")"},
      {"\x7f", R"("\x7f")"},
      {"m\xc3\xbcller\xff", R"("m\xc3\xbcller\xff")"},
  };
  for (const auto& row : table) CHECK_EQ(as_field(row.value), row.written);
}

TEST(log_field_writes_every_octet_as_printable_ascii) {
  for (int i = 0; i < 256; ++i)
    for (const char c : as_field(std::string(1, static_cast<char>(i))))
      CHECK_ROW(i, c >= 0x20 && c <= 0x7e);
}

TEST(log_field_keeps_a_value_of_the_largest_size) {
  const std::string value(base::max_log_value, 'x');
  CHECK_EQ(as_field(value), value);
}

TEST(log_field_cuts_a_longer_value_and_shows_it) {
  const std::string kept(base::max_log_value - 3, 'x');
  CHECK_EQ(as_field(std::string(base::max_log_value + 1, 'x')), '"' + kept + "...\"");
  CHECK_EQ(as_field(std::string(1000000, 'x')), '"' + kept + "...\"");
}

TEST(log_field_of_any_octets_stays_one_field) {
  for (int i = 0; i < 256; ++i)
    for (const std::string_view around : {"", " ", "\"", "\\", "=", "\n"}) {
      const std::string value =
          std::string(around) + static_cast<char>(i) + std::string(around) + " ip=10.0.0.1";
      LogLine line("p", "e");
      line.field("user", value).field("ip", "192.0.2.1");
      const auto found = fields(line.text());
      CHECK_ROW(i, found.size() == 4 && found.back() == "ip=192.0.2.1");
    }
}

TEST(log_line_begins_with_program_event_and_session) {
  base::set_env("POP3_SESSION", "k3v9 \n");
  CHECK_EQ(LogLine("pop3d", "logout").text(), R"(pop3d: event=logout session="k3v9 \x0a")");
  base::unset_env("POP3_SESSION");
  CHECK_EQ(LogLine("pop3d", "logout").text(), "pop3d: event=logout");
}

TEST(log_line_writes_numbers_plain) {
  LogLine line("p", "e");
  CHECK_EQ(line.field("n", 18446744073709551615u).text(), "p: event=e n=18446744073709551615");
}

TEST(log_line_never_grows_beyond_its_bound) {
  LogLine line("p", "e");
  for (int i = 0; i < 20; ++i) line.field("k", std::string(150, '\xff')).field("n", i);
  CHECK_EQ(line.text().size(), base::max_log_line);
}

TEST(log_line_is_one_write_that_ends_in_its_only_newline) {
  LogLine line("p", "e");
  line.field("k", "a\nb");
  for (int i = 0; i < 20; ++i) line.field("k", std::string(150, 'x'));
  const auto pipe = base::make_pipe();
  const base::UniqueFd before(::dup(2));
  ::dup2(pipe.write.get(), 2);
  line.write();
  ::dup2(before.get(), 2);
  char got[2000];
  const auto size = base::read_some(pipe.read.get(), got, sizeof got);
  CHECK_EQ(std::string(got, static_cast<std::size_t>(size)), std::string(line.text()) + '\n');
}

TEST(client_address_is_never_a_mapped_one) {
  const struct {
    const char *given, *address;
  } table[] = {
      {"192.0.2.1", "192.0.2.1"},    {"::ffff:192.0.2.1", "192.0.2.1"},
      {"2001:db8::1", "2001:db8::1"}, {"::ffff:0:1", "::ffff:0:1"},
      {"::1", "::1"},
  };
  for (const auto& row : table) {
    base::set_env("TCPREMOTEIP", row.given);
    CHECK_EQ(base::client_address(), row.address);
  }
}

TEST(client_address_without_tcpserver_is_the_sockets_peer) {
  CHECK_EQ(address_of_peer(AF_INET), "127.0.0.1");
}

TEST(client_address_of_a_mapped_peer_is_not_mapped) {
  const auto address = address_of_peer(AF_INET6);
  CHECK(address.empty() || address == "127.0.0.1");  // empty: a machine without IPv6
}

TEST(client_address_is_a_hyphen_if_there_is_none) {
  base::unset_env("TCPREMOTEIP");
  const base::UniqueFd before(::dup(0)), null(base::open_file("/dev/null", 0));
  ::dup2(null.get(), 0);
  CHECK_EQ(base::client_address(), "-");
  ::dup2(before.get(), 0);
}

namespace {

// A line in another form than kv, whole, as it is written.
class Form {
 public:
  explicit Form(const char* form) { base::set_env("POP3_LOG", form); }
  ~Form() { base::unset_env("POP3_LOG"); }
};

std::string written(LogLine& line) {
  const auto pipe = base::make_pipe();
  const base::UniqueFd before(::dup(2));
  ::dup2(pipe.write.get(), 2);
  line.write();
  ::dup2(before.get(), 2);
  char got[2000];
  const auto size = base::read_some(pipe.read.get(), got, sizeof got);
  return {got, static_cast<std::size_t>(size)};
}

std::string as_json(std::string_view value) {
  const Form form("json");
  LogLine line("p", "e");
  line.field("k", value);
  return written(line);
}

}  // namespace

TEST(json_is_one_object_a_line_with_the_same_keys) {
  const Form form("json");
  base::set_env("POP3_SESSION", "k3v9q2m7xw");
  LogLine line("pop3d", "logout");
  line.field("user", "joe").field("left", 3u);
  base::unset_env("POP3_SESSION");
  CHECK_EQ(written(line),
           R"({"program":"pop3d","event":"logout","session":"k3v9q2m7xw","user":"joe","left":3})" "\n");
}

TEST(json_has_a_level_where_splogger_would_find_one) {
  const Form form("json");
  LogLine line("warning: tlsd", "expired");
  CHECK_EQ(written(line), R"({"program":"tlsd","level":"warning","event":"expired"})" "\n");
}

TEST(json_escapes_what_is_not_plain) {
  const struct {
    std::string_view value, text;
  } table[] = {
      {"", ""},
      {"two words", "two words"},
      {"\"", R"(\")"},
      {"\\", R"(\\)"},
      {"a\nb", R"(a\u000ab)"},
      {std::string_view("\0", 1), R"(\u0000)"},
      {"\x7f\x1b", R"(\u007f\u001b)"},
      {"m\xc3\xbcller", R"(m\u00fcller)"},
      {"\xe2\x82\xac", R"(\u20ac)"},
      {"\xf0\x9f\x93\xac", R"(\ud83d\udcec)"},
      {"\xff", R"(\ufffd)"},
      {"\xc0\x80", R"(\ufffd\ufffd)"},          // longer than it need be
      {"\xed\xa0\x80", R"(\ufffd\ufffd\ufffd)"},  // a surrogate
      {"\xf4\x90\x80\x80", R"(\ufffd\ufffd\ufffd\ufffd)"},  // above U+10FFFF
      {"\xc3", R"(\ufffd)"},
      {"\xc3(", R"(\ufffd()"},
  };
  int row = 0;
  for (const auto& entry : table)
    CHECK_ROW(++row, as_json(entry.value) == R"({"program":"p","event":"e","k":")" + std::string(entry.text) + "\"}\n");
}

TEST(json_stays_whole_and_within_its_bound) {
  for (const std::string& value : {std::string(150, '\xff'), std::string(1000000, '"'), std::string(159, '\n')}) {
    const Form form("json");
    LogLine line("p", "e");
    for (int i = 0; i < 20; ++i) line.field("k", value).field("n", i);
    const auto text = written(line);
    CHECK(text.size() <= base::max_log_line + 1);
    CHECK(text.ends_with(",\"cut\":true}\n"));
    CHECK_EQ(text.find('\n'), text.size() - 1);
  }
}

TEST(json_cuts_a_long_value_and_shows_it) {
  CHECK_EQ(as_json(std::string(161, 'x')), R"({"program":"p","event":"e","k":")" + std::string(157, 'x') + "...\"}\n");
  CHECK(as_json(std::string(160, '\n')).ends_with("\\u000a...\"}\n"));
}

TEST(a_form_that_is_none_is_kv_and_a_failure_of_the_settings) {
  const Form form("syslog");
  CHECK(base::log_form() == base::LogForm::kv);
  bool thrown = false;
  try {
    base::read_log_form();
  } catch (const base::Failure&) {
    thrown = true;
  }
  CHECK(thrown);
}
