// SPDX-License-Identifier: ISC
#include "pop3d/trace.h"

#include "base/fd.h"
#include "tests/check.h"

namespace {

// What a trace writes, without times and process.
class Written {
  base::Pipe pipe_ = base::make_pipe();

 public:
  pop3d::Trace trace{pipe_.write.get()};

  std::string text() {
    pipe_.write.reset();
    std::string all, result;
    char got[65536];
    for (long size; (size = base::read_some(pipe_.read.get(), got, sizeof got)) > 0;)
      all.append(got, static_cast<std::size_t>(size));
    for (std::size_t at = 0, end; (end = all.find('\n', at)) != all.npos; at = end + 1) {
      const auto line = all.substr(at, end - at);
      result += line.substr(line.find("]") + 3) + '\n';
    }
    return result;
  }
};

}  // namespace

TEST(no_secret_is_shown) {
  const struct {
    const char *line, *shown;
  } table[] = {
      {"USER joe", "USER joe"},
      {"PASS sesame", "PASS ***"},
      {"pass sesame and more", "PASS ***"},
      {"PASS", "PASS"},
      {"APOP joe 0123456789abcdef0123456789abcdef", "APOP ***"},
      {"AUTH PLAIN AGpvZQBzZXNhbWU=", "AUTH ***"},
      {"AGpvZQBzZXNhbWU=", "(16 octets)"},
      {"PSS sesame", "(10 octets)"},
      {"PASSsesame", "(10 octets)"},
      {" PASS sesame", "(12 octets)"},
      {"sesame", "(6 octets)"},
      {"", "(0 octets)"},
      {"list 3", "LIST 3"},
      {"USER a\tb\xff", "USER a\\x09b\\xff"},
  };
  for (const auto& row : table) CHECK_EQ(pop3d::masked(row.line).view(), row.shown);
  CHECK(pop3d::masked("USER " + std::string(1000, 'x')).view().size() <= 200);
}

TEST(messages_are_left_out) {
  Written written;
  written.trace.received("RETR 1");
  written.trace.sent("+OK 20 octets\r\nSubject: my");
  written.trace.sent(" secret\r\n\r\ntext\r\n");
  written.trace.sent(".\r\n");
  written.trace.received("TOP 1 0");
  written.trace.sent("+OK\r\nSubject: my secret\r\n\r\n.\r\n");
  written.trace.received("RETR 9");
  written.trace.sent("-ERR no such message\r\n");
  written.trace.received("STAT");
  written.trace.sent("+OK 1 20\r\n");
  CHECK_EQ(written.text(),
           "< RETR 1\n> +OK 20 octets\n< TOP 1 0\n> +OK\n< RETR 9\n> -ERR no such message\n< STAT\n> +OK 1 20\n");
}

TEST(a_message_that_a_client_sends_is_left_out) {
  Written written;
  written.trace.received("XTND XMIT");
  written.trace.sent("+OK send it\r\n");
  written.trace.received("USER is the first word of my letter");
  written.trace.received(".");  // with a bare LF it ends nothing
  written.trace.received("PASS is the second");
  written.trace.received(".");
  written.trace.sent("+OK sent\r\n");
  written.trace.received("NOOP");
  CHECK_EQ(written.text(), "< XTND XMIT\n> +OK send it\n> +OK sent\n< NOOP\n");
  Written refused;
  refused.trace.received("XTND XMIT");
  refused.trace.sent("-ERR no\r\n");
  refused.trace.received("NOOP");
  CHECK_EQ(refused.text(), "< XTND XMIT\n> -ERR no\n< NOOP\n");
}

TEST(challenges_are_left_out) {
  Written written;
  written.trace.received("AUTH SCRAM-SHA-256");
  written.trace.sent("+ cj1ub25jZSxzPXNhbHQ=\r\n");
  written.trace.sent("+ \r\n");
  CHECK_EQ(written.text(), "< AUTH ***\n> + ***\n> + ***\n");
}

TEST(a_list_is_shown_and_bounded) {
  Written written;
  written.trace.received("UIDL");
  written.trace.sent("+OK\r\n1 a\r\n2 ");
  written.trace.sent("b\r\n.\r\n");
  CHECK_EQ(written.text(), "< UIDL\n> +OK\n> 1 a\n> 2 b\n> .\n");
  Written big;
  big.trace.received("LIST");
  for (int i = 0; i < 1000; ++i) big.trace.sent("1 1\r\n");
  const auto text = big.text();
  CHECK(text.size() < 1000 && text.ends_with("> ...\n"));
}
