# SPDX-License-Identifier: ISC
# The shipped service directory under supervise and multilog, and the start script.

load helpers.bash

# supervised [-p] [VARIABLE=VALUE...]: a service of popchain-setup's making, on a free port, supervised.
supervised() {
  local kind=()
  [ "${1-}" != -p ] || { kind=(-p) && shift; }
  needs_root # setuidgid(8) gives the log to its account
  users
  printf ':allow\n' | tcprules tcp.cdb tcp.tmp
  PORT=$(python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])')
  "$BATS_TEST_DIRNAME/../scripts/set-up" "${kind[@]}" service HOME_DIR="$PWD" IP=127.0.0.1 PORT="$PORT" \
    HOST=localhost ACCOUNT=nobody LOG_ACCOUNT=root TCP_RULES="$PWD/tcp.cdb" USERS="$USERS" \
    ROOT="$PWD/empty" PATH="$PATH" POP3_ERROR_INTERVAL=0 "$@"
  exec 8> >(cd service/log && exec setsid supervise .)
  setsid supervise service >&8 2>&8 3>&- &
  servers+=($!)
  exec 8>&-
  eventually listens
}
listens() { (exec 9<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; }
does_not_listen() { ! listens; }
pid_of() { svstat "$1" | sed -n 's/.*(pid \([0-9]*\)).*/\1/p'; }
is_another_pid() { [ -n "$(pid_of "$1")" ] && [ "$(pid_of "$1")" != "$2" ]; }

teardown() {
  if [ -e service/supervise ]; then svc -dx service service/log; fi
  clean_up
}

# features: K12 K13
@test "supervise runs the shipped directory: mail is served and svstat says up" {
  supervised
  message new/1.1.h 'a\n'
  talk 'USER joe' 'PASS sesame' 'STAT' 'QUIT' | grep -q '^+OK 1 3^M$'
  svstat service | grep -q ': up (pid'
}

@test "multilog writes each line with its time" {
  supervised
  talk 'USER joe' 'PASS sesame' 'QUIT' >/dev/null
  eventually grep -qE '^@[0-9a-f]{24} pop3d: event=logout session=[a-z2-7]{10} user=joe ' service/log/main/current
  grep -qE '^@[0-9a-f]{24} pop3-login: event=login ' service/log/main/current
}

# features: G24 H10 H31 H32
@test "the service has the environment of env/ and no other, and tcpserver's log, with its limit" {
  export HOSTILE=1
  supervised CONCURRENCY=3
  tr '\0' '\n' <"/proc/$(pid_of service)/environ" >environment
  grep -qx CONCURRENCY=3 environment
  ! grep HOSTILE environment || false
  talk QUIT >/dev/null
  eventually grep -qE ' tcpserver: ok [0-9]+ .*:127\.0\.0\.1:' service/log/main/current
  grep -q ' tcpserver: status: 1/3$' service/log/main/current
}

# features: H19
@test "svc -d stops new connections, a session under way goes on; svc -u starts again" {
  supervised
  message new/1.1.h 'a\n'
  exec 7<>"/dev/tcp/127.0.0.1/$PORT"
  printf 'USER joe\r\nPASS sesame\r\n' >&7
  read -r -t 5 line <&7; read -r -t 5 line <&7; read -r -t 5 line <&7
  svc -d service
  eventually does_not_listen
  printf 'STAT\r\nQUIT\r\n' >&7
  is "$(timeout 5 cat -v <&7)" $'+OK 1 3^M\n+OK bye^M'
  svc -u service
  eventually listens
}

@test "svc -t restarts the service" {
  supervised
  before=$(pid_of service)
  svc -t service
  eventually is_another_pid service "$before"
  eventually listens
}

# features: H20
@test "a setting put into env/ is in force from the next start" {
  supervised
  echo 0 >service/env/POP3_SHY
  before=$(pid_of service)
  svc -t service
  eventually is_another_pid service "$before"
  eventually listens
  talk QUIT | grep -q '^+OK popchain [0-9.]* at localhost ready <'
}

@test "popchain-setup keeps what is in env/, unless it is told otherwise" {
  "$BATS_TEST_DIRNAME/../scripts/set-up" service PORT=1100 HOST=a.example
  "$BATS_TEST_DIRNAME/../scripts/set-up" service HOST=b.example
  is "$(cat service/env/PORT service/env/HOST)" $'1100\nb.example'
}

# features: C19
@test "popchain-setup -p: a service for poppassd, by which joe changes his secret" {
  supervised -p POP3_TLS=none
  talk 'user joe' 'pass sesame' 'newpass correct-horse-battery' quit | grep -q '^200 Password changed'
  apoppasswd -f "$USERS" -v joe <<<correct-horse-battery
  eventually grep -qE '^@[0-9a-f]{24} poppassd: event=changed session=[a-z0-9]{10} ip=127' service/log/main/current
  "$BATS_TEST_DIRNAME/../scripts/set-up" -p other
  is "$(cat other/env/PORT other/env/POP3_TLS)" $'106\nimplicit'
}

@test "popchain-setup refuses what is no setting" {
  run -100 "$BATS_TEST_DIRNAME/../scripts/set-up" service port=1
  run -100 "$BATS_TEST_DIRNAME/../scripts/set-up" service PORT
  run -100 "$BATS_TEST_DIRNAME/../scripts/set-up"
}

# features: K11
@test "the start script serves in the background and logs through splogger" {
  users
  printf ':allow\n' | tcprules tcp.cdb tcp.tmp
  PORT=$(python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])')
  setsid python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("log.socket")
while True:
    sys.stdout.write(s.recv(4096).decode() + "\n"); sys.stdout.flush()' >syslog 3>&- &
  servers+=($!)
  eventually test -S log.socket
  mkdir home && ln -s "$BIN" home/bin
  HOME_DIR=$PWD/home HOST=localhost IP=127.0.0.1 PORT=$PORT ACCOUNT=nobody USERS=$USERS \
    TCP_RULES=$PWD/tcp.cdb ROOT=$PWD/empty SPLOGGER_SOCKET=$PWD/log.socket \
    setsid sh "$BATS_TEST_DIRNAME/../scripts/start-pop3.sh" 3>&- &
  servers+=($!)
  eventually listens
  talk 'USER joe' 'PASS sesame' 'QUIT' | grep -q '^+OK 0 messages'
  eventually grep -qE '^<22>pop3: [0-9]+\.[0-9]{6} pop3d: event=logout ' syslog
}
