#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The forms of the log, and the lines besides it, as a session through the whole chain writes them. The
# forms' details are in tests/log_test.cc and old_logs_test.cc.

load helpers

setup() {
  prepare
  users
  message new/1.one 'one\n'
  message new/2.two 'two two\n'
}

session() { chat 'USER joe' 'PASS sesame' "$@" QUIT >/dev/null; }
# The lines of the log, without ours of a session's id and tcpserver's.
lines() { grep -vE '^(tcpserver|warning):' server.log; }

@test "kv: unset, each line is key=value and none of another form" {
  serve
  session 'RETR 1'
  logged 'event=logout session=[a-z0-9]{10} user=joe ip=127.0.0.1 reason=quit retr=1 top=0 octets=5 dele=0 left=2$'
  ! lines | grep -v 'event='
}

@test "json: each line is an object with the same keys" {
  serve POP3_LOG=json POP3_STATISTICS=1 POP3_TIMING=1 POP3_LOG_LOGIN='%1 "in"'
  session 'DELE 1'
  logged '"event":"stats"'
  lines | python3 -c '
import json, sys
events = {(e["program"], e["event"]): e for e in map(json.loads, sys.stdin)}
login, logout, stats = (events[k] for k in (("pop3-login", "login"), ("pop3d", "logout"), ("pop3d", "stats")))
assert login["user"] == "joe" and login["tries"] == 1 and login["session"] == logout["session"], login
assert logout["reason"] == "quit" and logout["left"] == 1 and logout["auth-ms"] >= 0, logout
assert stats["deleted"] == 1 and stats["deleted-octets"] == 5 and stats["left-octets"] == 9, stats
assert events["pop3d", "log-login"]["text"] == "joe \"in\"", events
'
}

@test "json: a failed login is an object, and not fail2ban's line" {
  serve POP3_LOG=json
  chat 'USER joe' 'PASS wrong' QUIT >/dev/null
  logged '^\{"program":"pop3-login","event":"refused".*"user":"joe","auth":"user","reason":"auth","tries":1\}$'
  not_logged 'Aborted login'
}

# features: G01 G03
@test "qpopper: log-login's default, Stats, no key=value of a session that ends well" {
  serve POP3_LOG=qpopper
  session 'DELE 2'
  logged '^Stats: joe 1 9 1 5 127.0.0.1 127.0.0.1$'
  logged '^\(v[0-9.]+\) POP login by user "joe" at \(127.0.0.1\) 127.0.0.1$'
  not_logged 'event=(login|logout)'
}

# features: G16 G17 G18 G19
@test "qpopper: a failed login, a probe, a hang-up, a time-out, the timing" {
  serve POP3_LOG=qpopper POP3_TIMEOUT=1 POP3_TIMING=1
  chat 'USER joe' 'PASS wrong' QUIT >/dev/null
  logged '^pop3-login: Aborted login \(auth failed, 1 attempts in [0-9]+ secs\): user=<joe>, .*rip=127.0.0.1, '
  logged '^\[AUTH\] Failed attempted login to joe from host \(127.0.0.1\) 127.0.0.1$'
  chat 'USER joe' QUIT >/dev/null
  logged '^Possible probe of account joe from host 127.0.0.1 \(127.0.0.1\)$'
  chat 'USER joe' 'PASS sesame' @shut @end >/dev/null
  logged '^joe at 127.0.0.1 \(127.0.0.1\): -ERR POP EOF or I/O Error$'
  hold held 'USER joe' 'PASS sesame'
  logged 'Timeout \(1 secs\) during nw read from joe at 127.0.0.1 \(127.0.0.1\)$'
  logged 'Timing for joe@127.0.0.1 \(error\) auth=0 init=0 clean=0$'
  not_logged '^Stats:'  # without UPDATE there is none
}

# features: G02
@test "qpopper: the client's name, where the listener knows it" {
  POPUP="env TCPREMOTEHOST=pc.example.org pop3-login" serve POP3_LOG=qpopper
  session
  logged '^Stats: joe 0 0 2 14 pc.example.org 127.0.0.1$'
  logged '^\(v[0-9.]+\) POP login by user "joe" at \(pc.example.org\) 127.0.0.1$'
}

# features: G20 B44
@test "qpopper: APOP is told, with the login" {
  serve POP3_LOG=qpopper POP3_LOG_LOGIN='in: %1'
  chat '@apop joe sesame' QUIT >/dev/null
  logged '^apop "joe"$'
  logged '^in: joe$'
}

# features: G08
@test "tpops: connect, login, logout, disconnect" {
  serve POP3_LOG=tpops
  session 'DELE 1'
  logged '^disconnect from 127.0.0.1$'
  is 'connect from 127.0.0.1
login: joe has 2 messages (14 octets)
logout: joe has 1 messages (9 octets)
disconnect from 127.0.0.1' "$(lines | grep -v event=login)"
  chat 'USER joe' 'PASS wrong' @shut @end >/dev/null
  logged '^authentication failed: joe$'
  logged '^connection closed unexpectedly$'
}

@test "a form that is none is refused before any client is served" {
  serve POP3_LOG=syslog
  talk | grep -q '^-ERR \[SYS/TEMP\]'
  logged 'error="POP3_LOG: not kv, json, qpopper or tpops"'
}

# features: G01 G03 B44
@test "statistics and log-login in the form kv are Qpopper's lines beside ours" {
  serve POP3_STATISTICS=1 POP3_LOG_LOGIN='(v%0) login by "%1" %% %s'
  session 'DELE 1'
  logged '^Stats: joe 1 5 1 9 127.0.0.1 127.0.0.1$'
  logged '^\(v[0-9.]+\) login by "joe" % %s$'
  logged 'event=logout'
}

# features: G16
@test "timing is in the logout line, in milliseconds" {
  serve POP3_TIMING=1
  session 'DELE 1'
  logged 'event=logout .* left=1 auth-ms=[0-9]+ open-ms=[0-9]+ update-ms=[0-9]+$'
}

@test "the ids of deleted messages, in lines of bounded length" {
  for i in {10..40}; do message "cur/$i.a-rather-long-unique-name-of-a-message:2," 'x\n'; done
  serve POP3_LOG_DELETED=1
  session 'DELE 1' 'DELE 5' 'DELE 6' 'DELE 7' 'DELE 8' 'DELE 9'
  logged 'event=deleted .* uidls="1.one 12.a-rather-long'
  is 6 "$(grep -o 'uidls="[^"]*"' server.log | cut -d'"' -f2 | wc -w)"
  grep event=deleted server.log | awk 'length > 700 { exit 1 }'
  is 2 "$(grep -c event=deleted server.log)"
}

@test "ids of messages that stayed and have changed are told, once" {
  serve POP3_LOG_UIDL_CHANGE=1 POP3_MOVE_NEW=0
  session
  logged 'event=logout'
  eventually test -s joe/Maildir/popchain.uidls
  touch -d '1 hour ago' joe/Maildir/new/*
  session 'DELE 2'  # nothing has changed
  eventually test "$(grep -c event=logout server.log)" = 2
  not_logged uidl-change
  mv joe/Maildir/new/1.one joe/Maildir/new/1.renamed
  message new/3.three 'new\n'
  session
  logged '^warning: pop3d: event=uidl-change session=[a-z0-9]* user=joe changed=1 stayed=1 first=1.renamed$'
  session
  eventually test "$(grep -c event=logout server.log)" = 4
  is 1 "$(grep -c uidl-change server.log)"
}

@test "a list of ids that is damaged is as none" {
  serve POP3_LOG_UIDL_CHANGE=1
  for content in popuidl1 "popuidl1........................" 'xpuidl1.................................'; do
    printf %s "$content" >joe/Maildir/popchain.uidls
    own joe/Maildir/popchain.uidls
    session
  done
  eventually test "$(grep -c event=logout server.log)" = 3
  not_logged 'uidl-change|event=(failed|died)'
}

# --- the access log -----------------------------------------------------------------------

stamp='20[0-9]{2}/[0-9]{2}/[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}'
accessed() { eventually grep -qE "^127.0.0.1 $stamp $stamp $1\$" log/access; }

# features: G04
@test "access log: sessions, failed logins, connections without one" {
  mkdir log
  serve POP3_ACCESS_LOG="$PWD/log/access"
  session 'DELE 1'
  accessed 'joe 2 14 1 9'
  chat 'USER jane' 'PASS wrong' QUIT >/dev/null
  accessed '\(jane\) 0 0 0 0'
  chat QUIT >/dev/null
  accessed '\(\) 0 0 0 0'
  is 3 "$(wc -l <log/access)"
  is 600 "$(stat -c %a log/access)"
}

@test "access log: joe has no part in its file, though his pop3d writes to it" {
  needs_root
  mkdir -m 755 log
  serve POP3_ACCESS_LOG="$PWD/log/access"
  session
  accessed 'joe 2 14 2 14'
  is 'root 600' "$(stat -c '%U %a' log/access)"
}

@test "access log: no symbolic link, no directory that others write to, nothing that is no file" {
  mkdir log open && chmod 777 open && echo precious >precious
  ln -s ../precious log/link
  mkfifo log/fifo
  ln precious log/second-name
  for path in log/link log/fifo log/second-name open/access missing/access log; do
    serve POP3_ACCESS_LOG="$PWD/$path"
    session  # served all the same
    eventually grep -q event=logout server.log
    grep -q 'event=no-file .*setting=POP3_ACCESS_LOG error=' server.log || { echo "$path"; false; }
    rm server.log
    : >server.log
    kill -- -"$server" && wait "$server" 2>/dev/null || true
  done
  is precious "$(cat precious)"
  [ ! -e open/access ]
}

@test "access log: pop3d by itself opens it as the user" {
  mkdir log && own log
  POP3_ACCESS_LOG="$PWD/log/access" TCPREMOTEIP=127.0.0.1 USER=joe pop QUIT >/dev/null
  accessed 'joe 2 14 2 14'
}

# --- the manual ---------------------------------------------------------------------------

@test "every event that a program can log is in popchain-log(5)" {
  cd "$BATS_TEST_DIRNAME/.."
  for event in $(grep -rhoE 'LogLine( line)?\([^()]*, "[a-z-]+"\)' --include=*.cc base checkpw maildir pop3d tls |
    grep -oE '"[a-z-]+"\)$' | tr -d '")' | sort -u); do
    grep -q "event=$event\b" scripts/popchain-log.5 || { echo "$event"; false; }
  done
}
