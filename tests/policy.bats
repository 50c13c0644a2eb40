#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Who may send a password in clear, from where; how many may come, and how fast they may guess.
# (B05 and so on: rows of the table of features; N: of the holes that other servers had.)

load helpers

failed='-ERR [AUTH] login failed'
logged_in='+OK 0 messages (0 octets)'
base64() { printf '%b' "$1" | command base64 -w0; }

# --- passwords in clear -------------------------------------------------------------------
# One word for what a client is offered, and what becomes of a password that it sends all the same.

# permitted [VARIABLE=VALUE...]: over a pipe, where TCPREMOTEIP may say anything.
permitted() {
  printf '%s\r\n' CAPA "AUTH PLAIN $(base64 '\0joe\0sesame')" 'USER joe' 'PASS sesame' QUIT |
    service "$@" pop3-login localhost checkpw -f "$USERS" pop3d Maildir 2>>server.log | tr -d '\r' >out
  verdict
}
# permitted_over_tls [STEP...]: of the server at $PORT.
permitted_over_tls() {
  chat "$@" @stls CAPA "AUTH PLAIN $(base64 '\0joe\0sesame')" QUIT | tr -d '\r' | sed 's/\^M//' >out
  if grep -qx USER out; then echo 'USER 1'; else echo "hidden $(grep -cxF "$logged_in" out)"; fi
}
verdict() {
  if grep -qx USER out && grep -q '^SASL.* PLAIN LOGIN' out && grep -qxF "$logged_in" out; then
    echo yes
  elif ! grep -q '^USER\|^SASL.*\(PLAIN\|LOGIN\)' out && grep -qx '+OK now PASS' out &&
    grep -qxF -e '-ERR no such mechanism here' out && grep -qxF -e "$failed" out; then
    echo no
  else
    cat out
  fi
}

# features: B15
@test "POP3_CLEARTEXT unset: from this machine, over TLS, or with INTRANET" {
  users
  is yes "$(permitted TCPREMOTEIP=127.0.0.1)"
  is yes "$(permitted TCPREMOTEIP=127.255.0.9)"
  is yes "$(permitted TCPREMOTEIP=::1)"
  is yes "$(permitted TCPREMOTEIP=::ffff:127.0.0.1)"
  is no "$(permitted TCPREMOTEIP=192.0.2.1)"
  is no "$(permitted TCPREMOTEIP=128.0.0.1)"
  is no "$(permitted TCPREMOTEIP=2001:db8::1)"
  is no "$(permitted TCPREMOTEIP=::ffff:192.0.2.1)"
  is no "$(permitted TCPREMOTEIP=::127.0.0.1)"
  is yes "$(permitted TCPREMOTEIP=192.0.2.1 INTRANET=1)"
  is yes "$(permitted TCPREMOTEIP=192.0.2.1 INTRANET=)"
  is yes "$(permitted TCPREMOTEIP=192.0.2.1 TLS_PROTOCOL=TLSv1.3)"
}

@test "on a pipe there is no address: passwords need INTRANET" {
  users
  is no "$(permitted)"
  is yes "$(permitted INTRANET=1)"
  is no "$(permitted POP3_CLEARTEXT=local)"
}

# features: B10
@test "POP3_CLEARTEXT=tls: over TLS only, and INTRANET does not count" {
  users
  is no "$(permitted POP3_CLEARTEXT=tls TCPREMOTEIP=127.0.0.1 INTRANET=1)"
  is no "$(permitted POP3_CLEARTEXT=tls TCPREMOTEIP=192.0.2.1)"
  is yes "$(permitted POP3_CLEARTEXT=tls TCPREMOTEIP=192.0.2.1 SSL_PROTOCOL=TLSv1.3)"
}

# features: B09
@test "POP3_CLEARTEXT=local: from this machine only, over TLS or not" {
  users
  is yes "$(permitted POP3_CLEARTEXT=local TCPREMOTEIP=127.0.0.1)"
  is yes "$(permitted POP3_CLEARTEXT=local TCPREMOTEIP=::1)"
  is no "$(permitted POP3_CLEARTEXT=local TCPREMOTEIP=192.0.2.1 INTRANET=1)"
  is no "$(permitted POP3_CLEARTEXT=local TCPREMOTEIP=192.0.2.1 TLS_PROTOCOL=TLSv1.3)"
}

# features: B08
@test "POP3_CLEARTEXT=always, for users of APOP too" {
  users
  is yes "$(permitted POP3_CLEARTEXT=always TCPREMOTEIP=192.0.2.1)"
  is yes "$(permitted POP3_CLEARTEXT=always)"
}

# features: B07 B13
@test "POP3_CLEARTEXT=never, not even over TLS or from here" {
  users
  is no "$(permitted POP3_CLEARTEXT=never TCPREMOTEIP=127.0.0.1 INTRANET=1)"
  is no "$(permitted POP3_CLEARTEXT=never TCPREMOTEIP=127.0.0.1 TLS_PROTOCOL=TLSv1.3)"
}

# features: B05 B06
@test "POP3_CLEARTEXT=default: always, but for who could use APOP" {
  hash=$(openssl passwd -6 sesame)
  users "$joe" "ann:{CRYPT}$hash:$joe_uid:$joe_gid:$PWD/joe"
  printf 'USER ann\r\nPASS sesame\r\n' |  # from anywhere
    service POP3_CLEARTEXT=default TCPREMOTEIP=192.0.2.1 pop3-login localhost checkpw -f "$USERS" pop3d Maildir 2>>server.log |
    cat -v | replies "$greeting" '+OK now PASS' "$logged_in"
  serve POP3_CLEARTEXT=default POP3_TRIES=9
  talk CAPA QUIT | grep -q '^USER^M'
  chat 'USER joe' 'PASS sesame' "AUTH PLAIN $(base64 '\0joe\0sesame')" 'USER ann' 'PASS wrong' 'USER ann' 'PASS sesame' QUIT |
    replies "$greeting" '+OK now PASS' "$failed" "$failed" '+OK now PASS' "$failed" '+OK now PASS' "$logged_in" '+OK bye'
  chat '@apop joe sesame' QUIT | replies "$greeting" "$logged_in" '+OK bye'
  is "$logged_in" "$(timeout 10 python3 -IS "$BATS_TEST_DIRNAME/scram.py" "$PORT" joe sesame | tail -n 1)"
}

# features: B13 B14
@test "where passwords are forbidden APOP and SCRAM are not" {
  users
  serve POP3_CLEARTEXT=never
  chat '@apop joe sesame' QUIT | replies "$greeting" "$logged_in" '+OK bye'
  is "$logged_in" "$(timeout 10 python3 -IS "$BATS_TEST_DIRNAME/scram.py" "$PORT" joe sesame | tail -n 1)"
}

@test "STLS permits what POP3_CLEARTEXT=tls hid, and POP3_CLEARTEXT=never still forbids" {
  with_tls
  users
  serve POP3_CLEARTEXT=tls
  talk CAPA 'USER joe' 'PASS sesame' QUIT | tr -d '\r' | sed 's/\^M//' >out
  ! grep -q '^USER' out || false
  is 'USER 1' "$(permitted_over_tls)"
  serve POP3_CLEARTEXT=never
  is 'hidden 0' "$(permitted_over_tls)"
}

# features: B05 B12 B36
@test "a forbidden password is answered as a wrong one is, and as late, and no verifier hears it" {
  verifier '>asked; exit 1'
  serve POP3_CLEARTEXT=never POP3_ERROR_INTERVAL=1 ./verifier
  chat 'USER joe' 'PASS sesame' @took QUIT >out
  sed '/took/d' out | replies "$greeting" '+OK now PASS' "$failed" '+OK bye'
  took=$(awk '/took/ { print $2 }' out)
  ((took >= 990 && took < 1500))
  test ! -e asked
  logged 'event=refused .*user=joe auth=user reason=policy tries=1$'
}

# features: B14 B15 B17
@test "rules for addresses choose: INTRANET for the one, never for all others" {
  users
  printf '%s\n' '127.0.0.2:allow,INTRANET="1"' '127.0.0.3:allow,POP3_CLEARTEXT="tls"' '127.0.0.4:allow,POP3_MECHANISMS="apop"' \
    ':allow,POP3_CLEARTEXT="never"' | tcprules tcp.cdb tcp.tmp
  TCPSERVER='-x tcp.cdb' serve
  offers() { chat "@from $1" CAPA QUIT | grep -E '^(USER|SASL)' | tr -d '\r' | sed 's/\^M//' | xargs; }
  is 'USER SASL SCRAM-SHA-256 PLAIN LOGIN' "$(offers 127.0.0.2)"
  is 'SASL SCRAM-SHA-256' "$(offers 127.0.0.3)"
  is USER "$(offers 127.0.0.4)"
  is 'SASL SCRAM-SHA-256' "$(offers 127.0.0.5)"
}

# --- how many ---------------------------------------------------------------------------

# features: H32
@test "POP3_PER_ADDRESS connections, and the next one is told to come back" {
  serve POP3_GUESSES=guesses POP3_PER_ADDRESS=2 true
  hold one
  hold two
  eventually test -s one
  eventually test -s two
  chat @end | sed 's/^closed/&^M/' | replies '-ERR [SYS/TEMP] too many connections from your address' closed
  logged 'event=end session=[a-z2-7]{10} ip=127\.0\.0\.1 reason=address-limit tries=0'
  chat '@from 127.0.0.2' QUIT | replies "$greeting" '+OK bye'
}

@test "a connection that ends, in whatever way, gives its place back" {
  serve POP3_GUESSES=guesses POP3_PER_ADDRESS=1 true
  talk QUIT | replies "$greeting" '+OK bye'
  eventually eval 'talk QUIT | grep -q "^+OK bye"'
  exec 9<>"/dev/tcp/127.0.0.1/$PORT"
  eventually pgrep -P "$server"
  read -r -t 5 line <&9
  [[ $line == +OK* ]]
  pkill -KILL -P "$server"
  eventually eval 'talk QUIT | grep -q "^+OK bye"'
}

@test "with implicit TLS the connection that is too much ends without a word" {
  with_tls
  serve POP3_TLS=implicit POP3_GUESSES=guesses POP3_PER_ADDRESS=1 true
  hold first @tls
  eventually test -s first
  exec 9<>"/dev/tcp/127.0.0.1/$PORT"
  is '' "$(timeout 5 cat <&9)"
  logged 'reason=address-limit'
}

@test "a session keeps its place until it is over" {
  users
  serve POP3_GUESSES=guesses POP3_PER_ADDRESS=1
  hold first '@apop joe sesame'
  eventually grep -q messages first
  chat @end | head -n 1 | replies '-ERR [SYS/TEMP] too many connections from your address'
}

# --- how fast ---------------------------------------------------------------------------

# fail NAME STEP...: in the background; returns when that is counted. took NAME: the milliseconds.
fail() {
  chat "${@:2}" @took >"took.$1" &
  failures=$((failures + 1))
  eventually eval '[ "$(grep -c event=refused server.log)" = $failures ]'
}
took() {
  eventually grep -q took "took.$1"
  awk '/took/ { print $2 }' "took.$1"
}

@test "failures of an address wait longer and longer, over connections, and a success does not wait" {
  users
  serve POP3_ERROR_INTERVAL=1 POP3_GUESSES=guesses POP3_DELAY_MAX=3
  fail first 'USER joe' 'PASS wrong'
  fail second '@apop nobody sesame'
  fail third "AUTH PLAIN $(base64 '\0joe\0wrong')"
  fail other '@from 127.0.0.2' 'USER joe' 'PASS wrong'
  chat 'USER joe' 'PASS sesame' @took >took.good
  for name in first second third other good; do took $name; done | xargs | tee times
  read -r first second third other good <times
  ((first >= 990 && first < 1500 && second >= 1990 && second < 2500 && third >= 2990 && third < 3500))
  ((good < 900 && other >= 990 && other < 1500))
}

@test "without POP3_GUESSES each failure waits the same" {
  users
  serve POP3_ERROR_INTERVAL=1
  fail first 'USER joe' 'PASS wrong'
  fail second 'USER joe' 'PASS wrong'
  second=$(took second)
  ((second >= 990 && second < 1500))
}

@test "our own failures are no guesses" {
  serve POP3_ERROR_INTERVAL=1 POP3_GUESSES=guesses ./none
  fail first 'USER joe' 'PASS wrong'
  fail second 'USER joe' 'PASS wrong'
  second=$(took second)
  ((second >= 990 && second < 1500))
}

@test "a state file that cannot be used keeps nobody out, and the log says so" {
  users
  mkdir guesses
  serve POP3_GUESSES=guesses
  talk 'USER joe' 'PASS wrong' 'USER joe' 'PASS sesame' QUIT |
    replies "$greeting" '+OK now PASS' "$failed" '+OK now PASS' "$logged_in" '+OK bye'
  logged 'event=unguarded .*error='
}

@test "what reads the network has no part of the state file" {
  needs_root
  serve POP3_GUESSES=guesses true
  exec 9<>"/dev/tcp/127.0.0.1/$PORT"
  read -r -t 5 _ <&9
  parent=$(pgrep -P "$server")
  child=$(pgrep -P "$parent")
  is 4 "$(find "/proc/$child/fd" -type l | wc -l)"
  ! grep guesses "/proc/$child/maps" || false
  is 600 "$(stat -c %a guesses)"
}

# --- verifiers ----------------------------------------------------------------------------

@test "POP3_VERIFIERS run at a time, and the next waits for its turn" {
  verifier 'echo begin >>turns; sleep 0.3; echo end >>turns; printf - >&4; exit 1'
  serve POP3_GUESSES=guesses POP3_VERIFIERS=1 POP3_DELAY_MAX=0 ./verifier
  for _ in 1 2 3; do chat 'USER joe' 'PASS x' QUIT >>out & done
  wait %2 %3 %4 || wait
  is 'begin end begin end begin end' "$(xargs <turns)"
  is 3 "$(grep -c 'AUTH. login failed' out)"
}

@test "a login whose turn does not come is a passing trouble, and no guess" {
  verifier 'exec sleep 20'
  serve POP3_GUESSES=guesses POP3_VERIFIERS=1 POP3_LOGIN_TIMEOUT=1 ./verifier
  hold first 'USER joe' 'PASS x'
  eventually pgrep -f 'sleep 20' -g "$server"
  chat 'USER joe' 'PASS x' | replies "$greeting" '+OK now PASS' '-ERR [SYS/TEMP] cannot verify logins now, try again later'
  logged 'event=refused .*reason=busy tries=1'
}

@test "a session is no verifier any more" {
  users
  serve POP3_GUESSES=guesses POP3_VERIFIERS=1
  hold first '@apop joe sesame'
  eventually grep -q messages first
  chat '@apop joe sesame' | tail -n 1 | replies '-ERR [IN-USE] another session has this mailbox'
}

@test "the answer that comes at the deadline is heard" {
  users
  serve POP3_LOGIN_TIMEOUT=1 POP3_ERROR_INTERVAL=5
  chat 'USER joe' 'PASS wrong' @end | sed 's/^closed/&^M/' |
    replies "$greeting" '+OK now PASS' "$failed" closed
  logged 'event=end .*reason=timeout tries=1'
}
