#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What fail2ban makes of the log: its own filters and ours, by its own fail2ban-regex, out of
# Debian's package, which is unpacked and not installed.

load helpers

setup() {
  prepare
  fail2ban=$("$BATS_TEST_DIRNAME/unpack" fail2ban 2>unpack.log) ||
    skip "fail2ban's package is not there, and cannot be fetched"
  own=$BATS_TEST_DIRNAME/../scripts/fail2ban
}

fail2ban() { # PROGRAM ARGUMENT...
  local program=$1
  shift
  PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$fail2ban/usr/lib/python3/dist-packages \
    timeout 60 python3 "$fail2ban/usr/bin/$program" -c "${config:-$fail2ban/etc/fail2ban}" "$@"
}

# found FILTER LOG: "address user" of each failure that the filter finds, in order.
found() { fail2ban fail2ban-regex -o '<ip> <F-USER>' "$2" "$1"; }

# finds LOG LINE...: that is what our filter finds in the log; and fail2ban's for Dovecot too.
finds() {
  local log=$1
  shift
  is "$(printf '%s\n' "$@")" "$(found "$own/popchain.conf" "$log")"
  is "$(printf '%s\n' "$@")" "$(found dovecot "$log")"
}

# nobody LOG: no filter finds anything, nor would one in the mode that bans for less.
nobody() {
  local filter
  for filter in "$own/popchain.conf" dovecot 'dovecot[mode=aggressive]' courier-auth; do
    is '' "$(found "$filter" "$1")"
  done
}

# client ADDRESS COMMAND...: adds to ./log what a connection from there leaves in it.
client() {
  local address=$1
  shift
  printf '%s\r\n' "$@" QUIT | service TCPREMOTEIP="$address" POP3_CLEARTEXT=always ${settings-} pop3-login localhost \
    checkpw -f "$USERS" pop3d Maildir 2>>log | cat >out
}

# Guessers from three places.
guesses() {
  users
  client 192.0.2.1 'USER joe' 'PASS wrong' 'USER nobody' 'PASS wrong'
  client 2001:db8::7 'APOP joe 0123456789abcdef0123456789abcdef'
  client ::ffff:192.0.2.9 'USER joe' 'PASS wrong'
}
guessed=('192.0.2.1 joe' '192.0.2.1 nobody' '2001:db8::7 joe' '192.0.2.9 joe')

# syslog TAG: standard input as a syslog has it that splogger feeds.
syslog() {
  python3 -c '
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("log.socket")
while (record := s.recv(4096)) != b"":
    print(record.decode("ascii"))
' 3>&- >records &
  local collector=$!
  eventually test -S log.socket
  SPLOGGER_SOCKET=log.socket splogger "$1"
  python3 -c 'import socket; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"", "log.socket")'
  wait "$collector"
  sed "s/^<[0-9]*>/$(date '+%b %e %T') mail /" records
}

@test "guessers are found in the log as it is written" {
  guesses
  finds log "${guessed[@]}"
}

@test "guessers are found under multilog's times" {
  guesses
  multilog t ./main <log
  grep -q '^@[0-9a-f]\{24\} pop3-login: Aborted login' main/current
  finds main/current "${guessed[@]}"
}

@test "guessers are found behind tai64nlocal" {
  guesses
  tai64n <log | tai64nlocal >local
  finds local "${guessed[@]}"
}

# features: G23
@test "guessers are found behind splogger by our filter" {
  guesses
  syslog pop3 <log >mail.log
  grep -qE '^... .. ..:..:.. mail pop3: [0-9]+\.[0-9]{6} pop3-login: Aborted login' mail.log
  is "$(printf '%s\n' "${guessed[@]}")" "$(found "$own/popchain.conf" mail.log)"
}

@test "guessers are found by our filter in a syslog with ISO times, and in journald's form" {
  guesses
  sed 's/^/2026-11-22T10:45:37.271828+01:00 mail pop3: 1795344337.271828 /' log >iso
  sed 's/^/2026-11-22T10:45:37.271828+01:00 mail pop3[4711]: 1795344337.271828 /' log >stamped
  sed 's/^/Nov 22 10:45:37 mail.example.org popchain-pop3[4711]: /' log >unit
  for form in iso stamped unit; do
    is "$(printf '%s\n' "${guessed[@]}")" "$(found "$own/popchain.conf" "$form")"
  done
}

@test "every mechanism's guessers are found" {
  users
  plain=$(printf '\0joe\0wrong' | base64)
  for method in "AUTH PLAIN $plain" "AUTH LOGIN am9l"$'\r\nd3Jvbmc='; do
    client 192.0.2.1 "$method"
  done
  finds log '192.0.2.1 joe' '192.0.2.1 joe'
}

@test "who guesses at poppassd is found by our filter; its own failures are no guesses" {
  users
  passwords() { # APOPPASSWD ARGUMENT...
    printf 'user %s\r\npass wrong\r\n' joe 'x>,rip=10.6.6.6' |
      service TCPREMOTEIP=192.0.2.1 TLS_PROTOCOL=TLSv1.3 poppassd localhost "$@" 2>>log | cat >out
  }
  passwords apoppasswd -f "$USERS"
  is $'192.0.2.1 joe\n192.0.2.1 x\\x3e\\x2crip\\x3d10.6.6.6' "$(found "$own/popchain.conf" log)"
  rm log
  passwords sh -c 'exit 111'
  passwords ./no-such-program
  grep -q '^poppassd: event=refused .*reason=temporary' log
  nobody log
}

@test "who logs in, looks around or goes away is not found" {
  users
  client 192.0.2.1 'USER joe' 'PASS sesame' STAT
  client 192.0.2.1 CAPA NOOP 'USER joe' XYZZY
  client 192.0.2.1
  settings=POP3_BAD_COMMANDS=1 client 192.0.2.1 XYZZY
  grep -q event=login log
  nobody log
}

@test "our own failures are no guesses" {
  users
  chmod 666 "$USERS"
  client 192.0.2.1 'USER joe' 'PASS sesame'
  client 192.0.2.1 'APOP joe 0123456789abcdef0123456789abcdef'
  rm "$USERS"
  client 192.0.2.1 'USER joe' 'PASS sesame'
  printf 'USER joe\r\nPASS x\r\n' |
    service TCPREMOTEIP=192.0.2.1 POP3_CLEARTEXT=always pop3-login localhost ./no-such-verifier 2>>log | cat >out
  is 4 "$(grep -c 'event=refused .*reason=\(temporary\|permanent\)' log)"
  nobody log
}

# features: N21
@test "no name leads to another address" {
  users
  names=('x>,rip=10.6.6.6' 'x>,method=PLAIN,rip=10.6.6.6,session=<x>' '<x>' 'x,ip=[10.6.6.6]'
    'LOGIN' 'user=<x>,rip=10.6.6.6' '[10.6.6.6]' 'rip=10.6.6.6' 'ip=10.6.6.6' '10.6.6.6' '\x3e,rip=10.6.6.6'
    'pop3-login:' '"' "'" '%' '$(id)' '):rip=10.6.6.6' "$(printf '%0128d' 0)" "$(printf '>%.0s' {1..128})")
  for name in "${names[@]}"; do client 192.0.2.1 "USER $name" 'PASS wrong'; done
  is "${#names[@]}" "$(grep -c 'Aborted login' log)"
  for form in log mail.log; do
    [ $form = log ] || syslog pop3 <log >mail.log
    is "$(printf '192.0.2.1\n%.0s' "${names[@]}")" "$(found "$own/popchain.conf" $form | cut -d ' ' -f 1)"
  done
  is "$(printf '192.0.2.1\n%.0s' "${names[@]}")" "$(found dovecot log | cut -d ' ' -f 1)"
  is '' "$(found courier-auth log | grep -v '^192\.0\.2\.1 ')"
}

# features: N21
@test "no name of SASL, with blanks and lines in it, leads to another address" {
  users
  # Neither can be in a login: such a one is malformed, and only the last name is tried.
  names=($'x\npop3-login: Aborted login (auth failed, 1 attempts in 1 secs): user=<x>, method=PLAIN, rip=10.6.6.6, event=refused '
    'x>, method=PLAIN, rip=10.6.6.6, event=refused x' $'m\xc3\xbcller>,rip=10.6.6.6')
  for name in "${names[@]}"; do
    client 192.0.2.1 "AUTH PLAIN $(printf '\0%s\0wrong' "$name" | base64 -w 0)"
  done
  finds log '192.0.2.1 m\xc3\xbcller\x3e\x2crip\x3d10.6.6.6'
  is '' "$(found courier-auth log | grep -v '^192\.0\.2\.1 ')"
}

@test "a client without an address is not looked up" {
  users
  printf 'USER joe\r\nPASS wrong\r\nQUIT\r\n' | service INTRANET=1 pop3-login localhost checkpw -f "$USERS" true 2>log | cat >out
  grep -q 'rip=-,' log
  nobody log
}

@test "the filter and the example of a jail are what fail2ban accepts" {
  config=$PWD/config
  cp -r "$fail2ban/etc/fail2ban" config
  cp "$own/popchain.conf" config/filter.d/
  sed 's/^enabled .*/enabled = true/' "$own/jail.conf" >config/jail.d/popchain.conf
  rm -f config/jail.d/defaults-debian.conf
  mkdir log
  touch log/current
  sed -i "s|^logpath .*|logpath = $PWD/log/current|" config/jail.d/popchain.conf
  fail2ban fail2ban-client -d >dump
  for jail in popchain popchain-syslog; do
    grep -q "'set', '$jail', 'addfailregex', .*pop3-login|poppassd): Aborted login" dump
    grep -q "'add', '$jail'" dump
  done
}
