#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What pop3-login does against guessing over connections (POP3_GUESSES): delays, a limit for each
# address, a limit on verifiers.

load helpers

setup() {
  prepare
  guesses=POP3_GUESSES=$PWD/guesses
}

# open_connection FD: connects, and waits for the greeting.
open_connection() {
  eval "exec $1<>/dev/tcp/127.0.0.1/$PORT"
  read -r -t 10 line <&"$1"
  [[ $line == '+OK POP3 ready'* ]]
}
# From another address of loopback.
talk_from() { # ADDRESS COMMAND...
  python3 -IS -c '
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=10, source_address=(sys.argv[2], 0))
s.sendall("".join(line + "\r\n" for line in sys.argv[3:]).encode())
while octets := s.recv(4096): sys.stdout.write(octets.decode())
' "$PORT" "$@" | cat -v
}
too_many='-ERR [SYS/TEMP] too many connections from your address'
milliseconds() { echo $(($(date +%s%N) / 1000000)); }

# --- delays -----------------------------------------------------------------------------

@test "a failure doubles the delay of the next connection's, and a success is answered at once" {
  users
  serve "$guesses" POP3_ERROR_INTERVAL=1 POP3_TRIES=1
  start=$(milliseconds)
  talk 'USER joe' 'PASS wrong' >out
  first=$(($(milliseconds) - start))
  start=$(milliseconds)
  talk 'USER nobody' 'PASS wrong' >out
  second=$(($(milliseconds) - start))
  start=$(milliseconds)
  talk 'USER joe' 'PASS sesame' QUIT >out
  good=$(($(milliseconds) - start))
  echo "$first $second $good"
  ((first >= 1000 && first < 1900 && second >= 2000 && second < 2900 && good < 900))
  grep -q '+OK 0 messages' out
}

@test "another address is not delayed, and POP3_DELAY_MAX bounds what is" {
  users
  serve "$guesses" POP3_ERROR_INTERVAL=1 POP3_TRIES=1 POP3_DELAY_MAX=1
  for _ in 1 2; do
    start=$(milliseconds)
    talk 'USER joe' 'PASS wrong' >out
    (($(milliseconds) - start < 1900))
  done
}

@test "who hangs up keeps his place as long as he would have waited" {
  users
  serve "$guesses" POP3_ERROR_INTERVAL=2 POP3_PER_ADDRESS=1
  open_connection 8
  printf 'USER joe\r\nPASS wrong\r\n' >&8
  logged 'Aborted login'
  exec 8>&-
  talk QUIT | replies "$too_many"
}

# --- connections of one address ---------------------------------------------------------

@test "an address has POP3_PER_ADDRESS connections at once, and others are served" {
  serve "$guesses" POP3_PER_ADDRESS=2 true
  open_connection 7
  open_connection 8
  talk QUIT | replies "$too_many"
  logged 'event=end session=[a-z2-7]{10} ip=127\.0\.0\.1 reason=address-limit tries=0$'
  talk_from 127.0.0.2 QUIT | replies "$greeting" '+OK bye'
  exec 8>&-
  logged 'reason=eof'
  eventually open_connection 8
}

@test "a session counts too, until it ends" {
  users
  serve "$guesses" POP3_PER_ADDRESS=1
  open_connection 8
  printf 'USER joe\r\nPASS sesame\r\n' >&8
  logged event=login
  talk QUIT | replies "$too_many"
  printf 'QUIT\r\n' >&8
  eventually open_connection 7
}

@test "a killed process leaves no place taken" {
  serve "$guesses" POP3_PER_ADDRESS=1 true
  open_connection 8
  kill -9 $(pgrep -P "$server")
  eventually open_connection 7
}

@test "without POP3_GUESSES, or with POP3_PER_ADDRESS=0, there is no limit" {
  for setting in POP3_PER_ADDRESS=1 "$guesses"; do
    serve $setting $([ $setting = "$guesses" ] && echo POP3_PER_ADDRESS=0) true
    open_connection 7
    open_connection 8
    talk QUIT | replies "$greeting" '+OK bye'
  done
}

# --- verifiers --------------------------------------------------------------------------

@test "POP3_VERIFIERS run at once, and the next one waits for its turn" {
  mkfifo go
  verifier "cd $PWD; mkdir running || echo both >wrong; echo x >>started; read -r x <go; rmdir running
    printf - >&4; exit 1"
  chmod 777 .
  serve "$guesses" POP3_VERIFIERS=1 ./verifier
  for fd in 6 7 8; do
    open_connection $fd
    printf 'USER joe\r\nPASS x\r\n' >&$fd
  done
  for run in 1 2 3; do
    eventually bash -c "[ \$(grep -c x started) = $run ]" 2>/dev/null
    echo >go
  done
  for fd in 6 7 8; do
    read -r -t 10 line <&$fd
    read -r -t 10 line <&$fd
    [[ $line == '-ERR [AUTH]'* ]]
  done
  [ ! -e wrong ]
}

# --- the file ---------------------------------------------------------------------------

@test "the file is made for root alone, and the process that reads the network has it not open" {
  needs_root
  serve "$guesses" true
  open_connection 8
  is 600 "$(stat -c %a guesses)"
  parent=$(pgrep -P "$server")
  child=$(pgrep -P "$parent")
  ls -l "/proc/$parent/fd" | grep -q "$PWD/guesses"
  is '' "$(ls -l "/proc/$child/fd" | grep guesses)"
  is '' "$(grep guesses "/proc/$child/maps")"
}

@test "a file that cannot be used keeps nobody out, and the log says so once" {
  users
  echo 'something else' >key
  chmod 600 key
  serve POP3_GUESSES="$PWD/key" POP3_PER_ADDRESS=1
  open_connection 8
  talk 'USER joe' 'PASS wrong' 'USER joe' 'PASS sesame' QUIT >out
  grep -q '+OK 0 messages' out
  is 'something else' "$(<key)"
  logged "event=unguarded session=.* ip=127\.0\.0\.1 error=\"$PWD/key: holds something else\"$"
  is 2 "$(grep -c event=unguarded server.log)"
}

# One verifier at a time, and the first is a session by then: it says nothing on descriptor 4.
@test "a verifier of the old kind holds no turn while its session lasts" {
  users
  verifier 'cat <&3 >/dev/null; exec 3<&-
printf "+OK\r\n"; read -r line; printf "+OK bye\r\n"; exit 0'
  serve POP3_GUESSES="$PWD/guesses" POP3_VERIFIERS=1 ./verifier
  exec 8<>"/dev/tcp/127.0.0.1/$PORT"
  printf 'USER joe\r\nPASS x\r\n' >&8
  for _ in 1 2 3; do read -r -t 20 line <&8; done
  talk 'USER ann' 'PASS x' QUIT | grep -q '^+OK bye'
  printf 'QUIT\r\n' >&8
  timeout 20 grep -q '^+OK bye' <&8
}
