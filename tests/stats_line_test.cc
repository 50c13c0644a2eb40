// SPDX-License-Identifier: ISC
#include "scripts/stats_line.h"

#include <string>

#include "tests/check.h"

namespace {

using namespace stats;

// "stamp|program|name|key=value|..." ; or "other", "malformed".
std::string shown(std::string_view line) {
  Event event;
  switch (parse_line(line, event)) {
    case Line::other: return "other";
    case Line::malformed: return "malformed";
    case Line::event: break;
  }
  auto text = std::string(event.stamp) + '|' + std::string(event.program) + '|' + std::string(event.name);
  for (std::size_t i = 0; i < event.count; ++i)
    text += '|' + std::string(event.fields[i].key) + '=' + std::string(event.fields[i].value);
  return text;
}

}  // namespace

TEST(an_event_is_taken_apart) {
  CHECK_EQ(shown("pop3d: event=logout session=k3 user=joe ip=- reason=quit retr=1 passed-over=2"),
           "|pop3d|logout|session=k3|user=joe|ip=-|reason=quit|retr=1|passed-over=2");
  CHECK_EQ(shown("tlsd: event=started"), "|tlsd|started");
}

TEST(what_stands_before_is_the_stamp) {
  CHECK_EQ(shown("@400000006b042c2b0d12f3a8 pop3d: event=logout"), "@400000006b042c2b0d12f3a8 |pop3d|logout");
  CHECK_EQ(shown("Nov 22 03:01:02 host pop3: 1795316462.219480 pop3d: event=logout"),
           "Nov 22 03:01:02 host pop3: 1795316462.219480 |pop3d|logout");
  CHECK_EQ(shown("warning: tlsd: event=expired file=x"), "warning: |tlsd|expired|file=x");
}

TEST(values_may_be_quoted) {
  CHECK_EQ(shown("pop3d: event=failed user=\"joe doe=\\x22\" error=\"\" ip=-"),
           "|pop3d|failed|user=joe doe=\\x22|error=|ip=-");
  CHECK_EQ(shown("pop3d: event=failed user=\"ip=192.0.2.1 event=logout\" ip=-"),
           "|pop3d|failed|user=ip=192.0.2.1 event=logout|ip=-");
  CHECK_EQ(shown("pop3d: event=failed user= ip=-"), "|pop3d|failed|user=|ip=-");
}

TEST(a_failed_login_stands_behind_dovecots_sentence) {
  CHECK_EQ(shown("@400000006b042c2b0d12f3a8 pop3-login: Aborted login (auth failed, 2 attempts in 9 secs): "
                 "user=<joe>, "
                 "method=PLAIN, rip=192.0.2.1, event=refused session=k3 ip=192.0.2.1 user=joe auth=user "
                 "reason=auth tries=2"),
           "@400000006b042c2b0d12f3a8 "
           "|pop3-login|refused|session=k3|ip=192.0.2.1|user=joe|auth=user|reason=auth|tries=2");
  CHECK_EQ(shown("poppassd: Aborted login (auth failed, 1 attempts in 0 secs): user=<joe>, method=PLAIN, "
                 "rip=-, event=refused tries=1"),
           "|poppassd|refused|tries=1");
}

TEST(other_lines_are_told_apart) {
  for (const char* line :
       {"", "x", "tcpserver: status: 1/40", "tcpserver: ok 7 ::1:110 :c.example.org:: event", "event=login",
        "who: says, event=refused ip=-", "pop3d:event=logout", "pop3d event=logout", ": event=x",
        "pop3d: usage: pop3d [maildir]", "pop3-login: xevent=login", "{\"a\":1}", "event"})
    CHECK_ROW(line, shown(line) == "other");
}

TEST(a_line_that_breaks_off_is_malformed) {
  for (const char* line :
       {"pop3d: event=", "pop3d: event= ip=-", "pop3d: event=logout user", "pop3d: event=logout user=\"joe",
        "pop3d: event=logout  ip=-", "pop3d: event=logout =1", "pop3d: event=logout user=\"joe\"x ip=-",
        "pop3d: event=logout user=\"joe\"xip=-", "pop3d: event=log\"out", "pop3d: event=logout ip=- "})
    CHECK_ROW(line, shown(line) == "malformed");
  std::string many = "pop3d: event=logout";
  for (std::size_t i = 0; i < Event::most_fields; ++i) many += " a=1";
  CHECK(shown(many) != "malformed");
  CHECK_EQ(shown(many + " a=1"), "malformed");
}

TEST(an_object_of_json_is_taken_apart) {
  CHECK_EQ(shown("{\"program\":\"pop3d\",\"event\":\"logout\",\"user\":\"joe\",\"retr\":1,\"ok\":true}"),
           "|pop3d|logout|user=joe|retr=1|ok=true");
  CHECK_EQ(shown("@400000006b042c2b0d12f3a8 { \"event\" : \"logout\", \"program\": \"pop3d\" , \"user\": "
                 "\"a\\\"},b\" } "),
           "@400000006b042c2b0d12f3a8 |pop3d|logout|user=a\\\"},b");
}

TEST(an_object_that_breaks_off_is_malformed) {
  for (const char* line :
       {"{\"event\":\"logout\"}", "{\"program\":\"pop3d\",\"event\":\"\"}",
        "{\"program\":\"pop3d\",\"event\":\"logout\"", "{\"program\":\"pop3d\",\"event\":\"logout\",}",
        "{\"program\":\"pop3d\",\"event\":\"logout\"} x", "{\"program\":\"pop3d\",\"event\":\"log",
        "{\"program\":\"pop3d\",\"event\":{}}", "{\"program\":\"pop3d\" \"event\":1}",
        "{\"program\":\"pop3d\",\"event\":[1]}", "{\"program\":\"pop3d\",\"event\":}", "{\"event\""})
    CHECK_ROW(line, shown(line) == "malformed");
}

TEST(a_number_that_is_none_is_nothing) {
  Event event;
  CHECK(parse_line("pop3d: event=logout retr=12 top=-1 octets=99999999999999999999 dele=1x left=", event) ==
        Line::event);
  CHECK_EQ(event.number("retr"), 12u);
  for (const char* key : {"top", "octets", "dele", "left", "nothing"}) CHECK_ROW(key, event.number(key) == 0);
}
