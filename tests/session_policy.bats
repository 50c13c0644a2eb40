#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What an administrator may make of a session: read only, deleted when read, as long as he likes.
# (A09 and so on: rows of the table of features.)

load helpers

empty='+OK 0 messages (0 octets)'
two='+OK 2 messages (6 octets)'
in=('USER joe' 'PASS sesame')
two_messages() { message new/1.one 'a\n' && message cur/2.two:2, 'b\n'; }
files() { (cd joe/Maildir && ls -d new/* cur/* 2>/dev/null | xargs); }

# --- POP3_READ_ONLY -----------------------------------------------------------------------

@test "POP3_READ_ONLY: DELE is refused, and QUIT changes nothing" {
  two_messages
  POP3_READ_ONLY=1 pop 'RETR 1' 'DELE 1' 'DELE 9' STAT QUIT | replies "$two" '+OK 3 octets' a . '-ERR nothing can be deleted here' \
    '-ERR no such message' '+OK 2 6' '+OK bye'
  is 'cur/2.two:2, new/1.one' "$(files)"
}

@test "POP3_READ_ONLY is stronger than POP3_AUTO_DELETE and POP3_UPDATE_ON_ABORT" {
  two_messages
  export POP3_READ_ONLY=1 POP3_AUTO_DELETE=1 POP3_UPDATE_ON_ABORT=1
  pop 'RETR 1' CAPA QUIT >out
  ! grep -q EXPIRE out || false
  pop 'RETR 1' >/dev/null
  is 'cur/2.two:2, new/1.one' "$(files)"
}

# --- POP3_AUTO_DELETE ---------------------------------------------------------------------

# features: D24
@test "POP3_AUTO_DELETE: QUIT deletes what was retrieved, and nothing else" {
  two_messages
  message new/3.three 'c\n'
  POP3_AUTO_DELETE=1 pop 'RETR 1' 'TOP 2 9' 'LIST 3' QUIT | tail -n 1 | replies '+OK bye'
  is 'cur/2.two:2, cur/3.three:2,' "$(files)"
  logged 'event=logout .*retr=1 top=1 .*dele=1 left=2'
}

# features: D24
@test "POP3_AUTO_DELETE: without QUIT, and behind RSET, nothing is deleted" {
  two_messages
  export POP3_AUTO_DELETE=1
  pop 'RETR 1' >/dev/null
  POP3_UPDATE_ON_ABORT=1 pop 'RETR 1' >/dev/null
  is 'cur/1.one:2,S cur/2.two:2,' "$(files)"
  pop 'RETR 1' RSET QUIT >/dev/null
  is 'cur/1.one:2,S cur/2.two:2,' "$(files)"
}

# features: D24
@test "POP3_AUTO_DELETE: a message that was not sent whole stays" {
  head -c 30000000 /dev/zero | tr '\0' 'x' | fold -w 70 >joe/Maildir/new/1.big
  own joe
  users
  serve POP3_AUTO_DELETE=1 POP3_WRITE_TIMEOUT=1
  hold out "${in[@]}" '@send RETR 1\r\nQUIT\r\n'
  logged 'event=logout .*reason=write-error .*dele=0 left=1'
  is new/1.big "$(files)"
}

# --- what CAPA announces --------------------------------------------------------------------

announced() { grep -E '^(LOGIN-DELAY|EXPIRE)' | tr -d '\r' | sed 's/\^M//' | paste -sd,; }

# features: A09 A10
@test "LOGIN-DELAY and EXPIRE are announced in both states, before the login with USER" {
  users
  serve POP3_LOGIN_DELAY=60 POP3_EXPIRE=30
  talk CAPA "${in[@]}" CAPA QUIT >out
  is 'LOGIN-DELAY 60 USER,EXPIRE 30 USER,LOGIN-DELAY 60,EXPIRE 30' "$(announced <out)"
}

# features: A09
@test "a user's own values are announced after the login" {
  users "joe:sesame:$joe_uid:$joe_gid:$PWD/joe::set=POP3_LOGIN_DELAY=5;set=POP3_EXPIRE=never"
  serve POP3_LOGIN_DELAY=60 POP3_EXPIRE=30
  talk CAPA "${in[@]}" CAPA QUIT >out
  is 'LOGIN-DELAY 60 USER,EXPIRE 30 USER,LOGIN-DELAY 5,EXPIRE NEVER' "$(announced <out)"
}

# features: A10
@test "EXPIRE NEVER, EXPIRE 0 with POP3_AUTO_DELETE, and nothing of what is unset" {
  is 'EXPIRE NEVER' "$(POP3_EXPIRE=never pop CAPA | announced)"
  is 'EXPIRE 0' "$(POP3_EXPIRE=0 pop CAPA | announced)"
  is 'EXPIRE 0' "$(POP3_AUTO_DELETE=1 pop CAPA | announced)"
  is 'EXPIRE 0' "$(POP3_AUTO_DELETE=1 POP3_EXPIRE=never pop CAPA | announced)"
  is '' "$(pop CAPA | announced)"
  is '' "$(POP3_LOGIN_DELAY=0 POP3_EXPIRE= pop CAPA | announced)"
}

@test "values that are none give no session" {
  for setting in POP3_EXPIRE=Never POP3_EXPIRE=-1 POP3_EXPIRE=36501 POP3_LOGIN_DELAY=1d POP3_LOGIN_DELAY=86401 POP3_READ_ONLY=yes \
    POP3_AUTO_DELETE=2 POP3_WRITE_TIMEOUT=0 POP3_CONNECTION_TIME=86401 POP3_COMMAND_ERROR_INTERVAL=6 POP3_STARTED=x \
    POP3_LANG=tlh POP3_LANGUAGE='*' POP3_UTF8_REQUIRED=x; do
    (export "${setting?}" POP3_CONNECTION_TIME="${POP3_CONNECTION_TIME-9}"
     export "${setting?}"
     pop NOOP | replies '-ERR [SYS/TEMP] cannot serve the mailbox now')
    logged "error=\"${setting%%=*}: "
  done
}

# --- how long -----------------------------------------------------------------------------

# features: H15
@test "POP3_CONNECTION_TIME ends a session between two replies, with a word and without UPDATE" {
  users
  two_messages
  serve POP3_CONNECTION_TIME=1
  chat "${in[@]}" 'DELE 2' @end | sed 's/^closed/&^M/' |
    replies "$greeting" '+OK now PASS' "$two" '+OK message 2 deleted' '-ERR connection time is over' closed
  logged 'event=logout .*reason=connection-time .*dele=0 left=2'
  is 'cur/2.two:2, new/1.one' "$(files)"
}

# features: H15 B50
@test "POP3_CONNECTION_TIME counts from the connection's begin, not the login's" {
  users
  serve POP3_CONNECTION_TIME=2
  hold out '@sleep 1.5' "${in[@]}" @end @took
  eventually grep -q took out
  took=$(awk '/took/ { print $2 }' out)
  ((took > 200 && took < 900))
}

# features: H15
@test "POP3_CONNECTION_TIME ends a client that never stops talking" {
  users
  serve POP3_CONNECTION_TIME=1
  chat "${in[@]}" '@every 0 NOOP' @took >out
  took=$(awk '/took/ { print $2 }' out)
  ((took < 1500))
  logged 'event=logout .*reason=connection-time'
}

# features: H15
@test "POP3_CONNECTION_TIME ends a message in its middle, without its last line" {
  head -c 30000000 /dev/zero | tr '\0' 'x' | fold -w 70 >joe/Maildir/new/1.big
  own joe
  users
  serve POP3_CONNECTION_TIME=1
  # A client that reads, but slowly: each write makes progress.
  python3 -IS - "$PORT" >out <<'END'
import socket, sys, time
client = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20)
client.sendall(b"USER joe\r\nPASS sesame\r\nRETR 1\r\n")
size, last, started = 0, b"", time.monotonic()
try:
    while part := client.recv(65536):
        size, last = size + len(part), part[-5:]
        if time.monotonic() - started < 1.2:
            time.sleep(0.05)
except ConnectionError:
    pass
print("whole" if last == b"\r\n.\r\n" else "cut", time.monotonic() - started < 5)
END
  is 'cut True' "$(cat out)"
  logged 'event=logout .*reason=connection-time'
}

# features: H15
@test "POP3_CONNECTION_TIME under another popup counts from pop3d's start" {
  { sleep 3; } | POP3_CONNECTION_TIME=1 pop3d_reads | replies "$empty" '-ERR connection time is over'
  { sleep 3; } | POP3_CONNECTION_TIME=1 POP3_STARTED=1 pop3d_reads | tail -n 1 | replies '-ERR connection time is over'
}

# features: H18
@test "POP3_WRITE_TIMEOUT ends a session whose client takes nothing, POP3_TIMEOUT does not" {
  head -c 30000000 /dev/zero | tr '\0' 'x' | fold -w 70 >joe/Maildir/new/1.big
  own joe
  users
  serve POP3_WRITE_TIMEOUT=1 POP3_TIMEOUT=60
  hold out "${in[@]}" '@send RETR 1\r\n'
  logged 'event=logout .*reason=write-error'
}

# features: H18
@test "POP3_WRITE_TIMEOUT is POP3_TIMEOUT if it is not set" {
  head -c 30000000 /dev/zero | tr '\0' 'x' | fold -w 70 >joe/Maildir/new/1.big
  own joe
  users
  serve POP3_TIMEOUT=1
  hold out "${in[@]}" '@send RETR 1\r\n'
  logged 'event=logout .*reason=write-error'
}

# --- POP3_COMMAND_ERROR_INTERVAL ------------------------------------------------------------

# features: A30
@test "POP3_COMMAND_ERROR_INTERVAL delays every -ERR, before the login and after, and no +OK" {
  users
  serve POP3_COMMAND_ERROR_INTERVAL=1
  chat 'USER' @took NOOP @took "${in[@]}" 'RETR 1' @took 'XYZ' @took NOOP @took QUIT | awk '/took/ { print ($2 >= 990 ? "late" : "soon") }' >out
  is 'late soon late late soon' "$(xargs <out)"
}

# features: A30
@test "POP3_COMMAND_ERROR_INTERVAL lets earlier replies go first" {
  users
  serve POP3_COMMAND_ERROR_INTERVAL=2
  hold out "${in[@]}" '@send NOOP\r\nXYZ\r\n' @read @took @read @took
  eventually eval '[ "$(grep -c took out)" = 2 ]'
  awk '/took/ { print ($2 >= 1990 ? "late" : "soon") }' out | xargs >times
  is 'soon late' "$(cat times)"
}
