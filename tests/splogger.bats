# SPDX-License-Identifier: ISC
# splogger, into a syslog socket of the test's own.

load helpers.bash

# Collects datagrams in ./syslog, one a line; an empty one ends it.
syslogd() {
  python3 -c '
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("log.socket")
with open("syslog", "w") as out:
    while (record := s.recv(4096)) != b"":
        out.write(record.decode("latin-1") + "\n")
' 3>&- &
  collector=$!
  eventually test -S log.socket
}
# log [ARGUMENT...]: standard input through splogger, then what syslog got, times as T.
log() {
  syslogd
  SPLOGGER_SOCKET=log.socket splogger "$@"
  python3 -c 'import socket; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"", "log.socket")'
  wait "$collector"
  sed -E 's/ [0-9]+\.[0-9]{6}([ +])/ T\1/' syslog
}

# features: G23
@test "a line goes to syslog with tag, time, and facility mail" {
  is "$(echo 'pop3d: hello' | log pop3)" '<22>pop3: T pop3d: hello'
}

# features: G06 G07
@test "tag and facility have defaults, and the facility is a number" {
  is "$(echo hello | log)" '<22>splogger: T hello'
  rm log.socket
  is "$(echo hello | log tag 16)" '<134>tag: T hello'
}

# features: G23
@test "alert: and warning: raise the priority" {
  is "$(printf 'alert: a\nwarning: b\nnote: warning: c\n' | log pop3)" \
    $'<17>pop3: T alert: a\n<20>pop3: T warning: b\n<22>pop3: T note: warning: c'
}

@test "a long line is folded, and none of it is lost" {
  long=$(printf 'x%.0s' {1..800})
  is "$(printf '%sy\n' "$long" | log pop3)" "<22>pop3: T $long"$'\n'"<22>pop3: T+y"
}

@test "what is not printable becomes ?, and blank lines say nothing" {
  is "$(printf '\n\na\001b\377\n\n' | log pop3)" '<22>pop3: T a?b?'
}

@test "a last line without its end is logged too" {
  is "$(printf 'end' | log pop3)" '<22>pop3: T end'
}

@test "a syslog that is not there stops nobody" {
  echo hello | SPLOGGER_SOCKET=nothing splogger pop3
}

@test "misuse exits 100" {
  run -100 splogger a b c </dev/null
  run -100 splogger tag mail </dev/null
  run -100 splogger tag 24 </dev/null
}
