#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# TLS as a client of pop3-login sees it: STLS (RFC 2595), implicit TLS, and what becomes of both
# when tlsd is not there. tlsd itself: tests/tlsd*.bats.

load helpers

failed='-ERR [AUTH] login failed'
logged_in='+OK 0 messages (0 octets)'
begins='+OK begin TLS negotiation'

# Of CAPA's lines only those that tell how to log in.
ways() { sed '/^+OK capabilities/,/^\.^M$/ { /^USER\|^SASL\|^STLS/!d }'; }

# tls_chat STEP...: chat.py's, over TLS after STLS; the greeting and STLS's answer are left out.
tls_chat() { chat @stls "$@" | sed 1,2d; }
base64() { printf '%b' "$1" | command base64 -w0; }
closed() { sed 's/closed$/&^M/'; }  # for replies()

# --- STLS -------------------------------------------------------------------------------

@test "CAPA offers STLS, and not any more when it has begun" {
  with_tls
  serve true
  chat CAPA @stls CAPA QUIT | ways | replies "$greeting" USER 'SASL SCRAM-SHA-256 PLAIN LOGIN' STLS "$begins" \
    USER 'SASL SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN LOGIN' '+OK bye'
}

@test "after the login CAPA does not offer STLS, nor is there one" {
  with_tls
  users
  serve
  chat 'USER joe' 'PASS sesame' CAPA STLS QUIT >out
  ! grep -q '^STLS' out || false
  tail -n 2 out | replies '-ERR unknown command' '+OK bye'
}

# features: F01 F03
@test "a login after STLS, by PASS, APOP and AUTH" {
  with_tls
  users
  serve
  tls_chat 'USER joe' 'PASS sesame' QUIT | replies '+OK now PASS' "$logged_in" '+OK bye'
  chat @stls '@apop joe sesame' QUIT | sed 1,2d | replies "$logged_in" '+OK bye'
  tls_chat "AUTH PLAIN $(base64 '\0joe\0sesame')" QUIT | replies "$logged_in" '+OK bye'
}

# features: F03
@test "STLS is had once, and takes no argument" {
  with_tls
  serve true
  chat 'STLS now' @stls STLS QUIT |
    replies "$greeting" '-ERR this command takes no argument' "$begins" '-ERR no STLS here' '+OK bye'
}

@test "STLS forgets USER" {
  with_tls
  users
  serve
  chat 'USER joe' @stls 'PASS sesame' 'USER joe' 'PASS sesame' QUIT | replies "$greeting" '+OK now PASS' \
    "$begins" '-ERR USER first' '+OK now PASS' "$logged_in" '+OK bye'
}

@test "STLS gives no more tries" {
  with_tls
  users
  serve POP3_TRIES=2
  chat 'USER joe' 'PASS a' @stls 'USER joe' 'PASS b' @end | closed | replies "$greeting" '+OK now PASS' "$failed" \
    "$begins" '+OK now PASS' "$failed" closed
  logged 'event=end .*reason=tries tries=2'
}

# features: F17
@test "the log tells of TLS, in logins and refusals" {
  with_tls
  users
  serve
  chat 'USER joe' 'PASS a' @stls 'USER joe' 'PASS b' 'USER joe' 'PASS sesame' QUIT >out
  logged 'event=refused .*auth=user reason=auth tries=1$'
  logged 'event=refused .*auth=user reason=auth tries=2 tls=TLSv1\.3$'
  logged 'event=login .*auth=user tries=3 tls=TLSv1\.3$'
}

# features: F02
@test "without tlsd's socket there is no STLS, nor with POP3_TLS=none" {
  serve true
  talk CAPA STLS QUIT >out
  ! grep -q '^STLS' out || false
  tail -n 2 out | replies '-ERR no STLS here' '+OK bye'
  with_tls
  serve POP3_TLS=none true
  talk CAPA STLS QUIT >out
  ! grep -q '^STLS' out || false
  tail -n 2 out | replies '-ERR no STLS here' '+OK bye'
}

@test "a POP3_TLS that is not known is told to client and log" {
  for setting in POP3_TLS=ssl POP3_CLEARTEXT=yes POP3_CRAM_ORDER=x POP3_SANDBOX=maybe; do
    run -111 --separate-stderr service "$setting" pop3-login localhost true </dev/null
    is $'-ERR [SYS/TEMP] cannot serve you now, try again later\r' "$output"
    [[ $stderr == *"event=failed"*"error=\"${setting%=*}: not "* ]]
  done
}

# --- what stands behind STLS ------------------------------------------------------------

# features: F03 N17 N39
@test "commands in the packet of STLS end the connection, and are not heard" {
  with_tls
  serve true
  chat '@send STLS\r\nNOOP\r\nUSER joe\r\n' @end | closed |
    replies "$greeting" '-ERR nothing may follow STLS before its answer' closed
  logged 'event=end .*reason=early-octets'
}

@test "a TLS client that does not wait for STLS's answer is refused too" {
  with_tls
  serve true
  chat '@send STLS\r\n\x16\x03\x01\x02\x00\x01' @end | closed |
    replies "$greeting" '-ERR nothing may follow STLS before its answer' closed
}

@test "a command that comes a moment after STLS is no command" {
  with_tls
  serve true
  chat '@send STLS\r\n' @read '@send NOOP\r\nQUIT\r\n' @end >out
  sed -n 1,2p out | replies "$greeting" "$begins"
  ! grep -q 'bye\|+OK^M' out || false
  logged 'event=tls-failed .*reason='
  logged 'event=end .*reason=tls-failed'
}

# features: F03
@test "a handshake that fails ends the connection" {
  with_tls
  serve true
  for octets in '\x16\x03\x01\x00\x05garbage' 'GET / HTTP/1.0\r\n\r\n'; do
    : >server.log
    chat STLS "@send $octets" @shut @end >out
    logged 'event=tls-failed session=[a-z2-7]{10} ip=127\.0\.0\.1 reason='
    logged 'event=end .*reason=tls-failed tries=0'
  done
}

@test "a client that goes instead of shaking hands leaves nothing behind" {
  with_tls
  serve true
  chat STLS @shut @end >out
  logged 'event=end .*reason=tls-failed'
  logged 'status: 0/'
}

@test "a client that wants another protocol is refused" {
  with_tls
  serve true
  for protocol in imap http/1.1; do
    : >server.log
    timeout 10 openssl s_client -connect "127.0.0.1:$PORT" -starttls pop3 -alpn "$protocol" </dev/null >out 2>&1 || true
    ! grep -q '^ALPN protocol' out || false
    logged 'event=tls-failed'
  done
  timeout 10 openssl s_client -connect "127.0.0.1:$PORT" -starttls pop3 -alpn imap,pop3 </dev/null >out 2>&1
  grep -q '^ALPN protocol: pop3' out
}

@test "a client that is silent after STLS is closed after POP3_LOGIN_TIMEOUT" {
  with_tls
  serve POP3_LOGIN_TIMEOUT=1 true
  chat STLS @end @took >out
  took=$(awk '/took/ { print $2 }' out)
  ((took >= 800 && took < 2500))
}

# --- tlsd is not there --------------------------------------------------------------------

@test "tlsd is gone: STLS is a passing trouble, and the service goes on in clear" {
  users
  with_tls
  kill -KILL -- "-$tlsd"
  eventually test ! -e "/proc/$tlsd"
  serve
  chat STLS STLS 'USER joe' 'PASS sesame' QUIT | replies "$greeting" \
    '-ERR [SYS/TEMP] no TLS now, try again later' '-ERR [SYS/TEMP] no TLS now, try again later' \
    '+OK now PASS' "$logged_in" '+OK bye'
  logged 'event=tls-refused .*reason="Connection refused"'
}

@test "POP3_TLS=stls without a socket: the same" {
  serve POP3_TLS=stls POP3_TLS_SOCKET=./none true
  chat STLS NOOP QUIT | replies "$greeting" '-ERR [SYS/TEMP] no TLS now, try again later' '+OK' '+OK bye'
  logged 'event=tls-refused .*reason="No such file or directory"'
}

@test "something else than tlsd at its socket ends the connection when it answers nothing" {
  python3 -IS -c 'import socket, sys
listener = socket.socket(socket.AF_UNIX); listener.bind("other"); listener.listen(); print("ready", flush=True)
for answer in b"", b"x" * 1000:
    user = listener.accept()[0]; user.recv(1000); user.sendall(answer); user.close()' >ready &
  echo $! >>servers
  eventually test -s ready
  serve POP3_TLS_SOCKET="$PWD/other" true
  for _ in 1 2; do
    : >server.log
    chat STLS @end | closed | replies "$greeting" closed
    logged 'event=tls-failed .*reason="no report from tlsd"'
    logged 'event=end .*reason=tls-failed'
  done
}

@test "tlsd is full: STLS is a passing trouble, and the session goes on" {
  with_tls TLS_CONNECTIONS=1 TLS_WORKERS=1
  users
  serve
  hold first @stls NOOP
  eventually grep -q '^+OK.$' first
  chat STLS 'USER joe' 'PASS sesame' QUIT | replies "$greeting" \
    '-ERR [SYS/TEMP] no TLS now, try again later' '+OK now PASS' "$logged_in" '+OK bye'
  logged 'event=tls-refused session=[a-z2-7]{10} ip=127\.0\.0\.1 reason='
}

@test "a session over TLS ends with tlsd, and pop3d does not delete" {
  with_tls
  message new/1 'one\n'
  users
  serve
  chat @stls 'USER joe' 'PASS sesame' 'DELE 1' '@send NOOP\r\n' @read @end >out &
  eventually grep -q 'deleted\|^+OK.$' out
  kill -KILL -- "-$tlsd"
  wait %%
  logged 'pop3d: event=logout .*reason=eof'
  test -e joe/Maildir/new/1
}

# --- implicit TLS -----------------------------------------------------------------------

# features: F01 F04
@test "implicit TLS: the greeting comes over TLS, and there is no STLS" {
  with_tls
  users
  serve POP3_TLS=implicit
  chat @tls CAPA STLS '@apop joe sesame' QUIT | ways |
    replies "$greeting" USER 'SASL SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN LOGIN' '-ERR no STLS here' "$logged_in" '+OK bye'
  logged 'event=login .*auth=apop tries=1 tls=TLSv1\.3$'
}

@test "implicit TLS without tlsd: the connection ends without a word" {
  serve POP3_TLS=implicit POP3_TLS_SOCKET=./none true
  exec 9<>"/dev/tcp/127.0.0.1/$PORT"
  is '' "$(timeout 5 cat <&9)"
  logged 'event=tls-refused .*reason="No such file or directory"'
  logged 'end [0-9]+ status 28416'  # exit 111
}

# features: F04
@test "implicit TLS: a client that talks in clear hears no greeting" {
  with_tls
  serve POP3_TLS=implicit true
  exec 9<>"/dev/tcp/127.0.0.1/$PORT"
  printf 'USER joe\r\n' >&9
  ! timeout 5 cat -v <&9 | grep -E '^(\+OK|-ERR)' || false
  logged 'event=tls-failed'
}

@test "tls-accept in front of pop3-login is TLS too" {
  with_tls
  users
  POPUP="tls-accept -a pop3 $POP3_TLS_SOCKET pop3-login" serve POP3_CLEARTEXT=tls
  chat @tls CAPA 'USER joe' 'PASS sesame' QUIT >out
  grep -q '^USER' out
  ! grep -q '^STLS\|PLUS' out || false
  tail -n 2 out | replies "$logged_in" '+OK bye'
  logged 'event=login .*ip=127\.0\.0\.1 .*tls=TLSv1\.3$'
}

# --- sessions over TLS --------------------------------------------------------------------

@test "commands pipelined over TLS are answered across the login" {
  with_tls
  users
  message new/1 'one\n'
  serve
  tls_chat '@send USER joe\r\nPASS sesame\r\nSTAT\r\nLIST 1\r\nNOOP\r\nQUIT\r\n' @end | closed |
    replies '+OK now PASS' '+OK 1 messages (5 octets)' '+OK 1 5' '+OK 1 5' '+OK' '+OK bye' closed
}

@test "a client that sends octet by octet over TLS is served as well" {
  with_tls
  users
  serve
  tls_chat '@drip USER joe\r\nPASS sesame\r\nSTAT\r\nQUIT\r\n' @end | closed |
    replies '+OK now PASS' "$logged_in" '+OK 0 0' '+OK bye' closed
}

@test "16 MiB over TLS are what they are in the mailbox" {
  with_tls
  users
  head -c 12582912 /dev/urandom | command base64 >joe/Maildir/new/1
  own joe
  serve
  python3 -I - "$PORT" "$CERTIFICATE" <<'PYTHON'
import poplib, ssl, sys
pop = poplib.POP3("127.0.0.1", int(sys.argv[1]), timeout=20)
pop.stls(ssl.create_default_context(cafile=sys.argv[2]))
pop.user("joe")
pop.pass_("sesame")
open("got", "wb").write(b"\n".join(pop.retr(1)[1]) + b"\n")
pop.quit()
PYTHON
  cmp joe/Maildir/cur/1:2,S got
}

@test "the server ends with close_notify, after QUIT and after the last try" {
  with_tls
  users
  serve POP3_TRIES=1
  tls_chat 'USER joe' 'PASS sesame' QUIT @end | tail -n 2 | closed | replies '+OK bye' closed
  tls_chat QUIT @end | closed | replies '+OK bye' closed
  tls_chat 'USER joe' 'PASS wrong' @end | tail -n 2 | closed | replies "$failed" closed
}

@test "a client that says close_notify behind its commands gets all answers" {
  with_tls
  users
  message new/1 'one\n'
  serve
  for end in @shut @fin; do
    tls_chat 'USER joe' 'PASS sesame' '@send RETR 1\r\nQUIT\r\n' $end @end | sed 1,2d | closed |
      replies '+OK 5 octets' one . '+OK bye' closed
  done
}

@test "a client that ends TLS before the login is at its end" {
  with_tls
  serve true
  tls_chat @shut @end | closed | replies closed
  logged 'event=end .*reason=eof'
}

# features: B50
@test "the chain knows what kind of TLS it is, and from which address" {
  with_tls
  verifier 'env >env; printf - >&4; exit 1'
  TCPSERVER=-H serve TLS_CLIENT_NAME=forged TLS_RESUMED=1 ./verifier
  printf 'USER joe\r\nPASS x\r\nQUIT\r\n' | timeout 10 openssl s_client -quiet -connect "127.0.0.1:$PORT" -starttls pop3 \
    -servername localhost -alpn pop3 -ciphersuites TLS_AES_128_GCM_SHA256 >out 2>&1
  for line in TLS_PROTOCOL=TLSv1.3 TLS_CIPHER=TLS_AES_128_GCM_SHA256 TLS_SERVER_NAME=localhost TLS_ALPN=pop3 \
    TCPREMOTEIP=127.0.0.1 POP3_OFFERED='scram-sha-256-plus scram-sha-256 plain login apop user'; do
    grep -qxF "$line" env
  done
  ! grep -E '^(TLS_CLIENT|TLS_RESUMED|SSL)' env
}

@test "what reads the network has nothing of the client's own socket any more" {
  needs_root
  with_tls
  serve true
  hold out @stls NOOP
  eventually grep -q '^+OK.$' out
  parent=$(pgrep -P "$server")
  for process in "$parent" "$(pgrep -P "$parent")"; do
    for fd in /proc/"$process"/fd/*; do
      [[ $(readlink "$fd") != socket:* ]] || readlink "$fd" | tr -dc '0-9\n'
    done
  done >inodes
  test -s inodes
  ! awk 'NR > 1 { print $10 }' /proc/net/tcp | grep -qxf inodes
}

# --- UCSPI-TLS --------------------------------------------------------------------------

# ucspi delayed|begun [VARIABLE=VALUE...] [VERIFIER...]: as serve, under ucspi_tls.py; for a client
# at 192.0.2.1.
ucspi() {
  local settings=("${service_env[@]}") mode=$1 port
  shift
  while [[ ${1-} == [A-Z]*=* ]]; do
    settings+=("$1")
    shift
  done
  [ $# -gt 0 ] || set -- checkpw -f "$USERS" pop3d Maildir
  certificate other
  cat other.key >>other.pem
  port=$(mktemp port.XXXXXX)
  bare env "${settings[@]}" setsid python3 -IS "$BATS_TEST_DIRNAME/ucspi_tls.py" other.pem "$mode" \
    pop3-login localhost "$@" >"$port" 2>>server.log &
  server=$!
  echo "$server" >>servers
  eventually test -s "$port"
  PORT=$(<"$port")
}

@test "UCSPI-TLS: STLS by the server that runs us" {
  users
  ucspi delayed
  chat CAPA @stls CAPA 'USER joe' 'PASS sesame' QUIT | ways | replies "$greeting" 'SASL SCRAM-SHA-256' STLS "$begins" \
    USER 'SASL SCRAM-SHA-256 PLAIN LOGIN' '+OK now PASS' "$logged_in" '+OK bye'
  logged 'event=login .*ip=192\.0\.2\.1 .*tls=TLS$'
}

@test "UCSPI-TLS: where TLS is to be asked for it has not begun, whatever PROTO says" {
  users
  ucspi delayed SSL_PROTOCOL=TLSv1.3 TLS_PROTOCOL=TLSv1.3
  talk 'USER joe' 'PASS sesame' QUIT | replies "$greeting" '+OK now PASS' "$failed" '+OK bye'
}

@test "UCSPI-TLS: a login in clear, and the session goes on" {
  users
  ucspi delayed INTRANET=1
  talk 'USER joe' 'PASS sesame' STAT QUIT | replies "$greeting" '+OK now PASS' "$logged_in" '+OK 0 0' '+OK bye'
}

@test "UCSPI-TLS: POP3_TLS=none does not offer it" {
  ucspi delayed POP3_TLS=none true
  talk CAPA STLS QUIT >out
  ! grep -q '^STLS' out || false
  tail -n 2 out | replies '-ERR no STLS here' '+OK bye'
}

@test "UCSPI-TLS: commands in the packet of STLS end the connection" {
  ucspi delayed true
  chat '@send STLS\r\nNOOP\r\n' @end | closed |
    replies "$greeting" '-ERR nothing may follow STLS before its answer' closed
  logged 'event=end .*reason=early-octets'
}

@test "UCSPI-TLS: a handshake that fails ends the connection" {
  ucspi delayed true
  chat STLS '@send NOOP\r\n' @end >out
  logged 'event=tls-failed .*reason="no handshake"'
  logged 'event=end .*reason=tls-failed'
}

@test "UCSPI-TLS: neither the verifier nor what reads the network gets its descriptors" {
  verifier 'ls /proc/$$/fd >fds; env | grep ^SSL >env; printf - >&4; exit 1'
  ucspi delayed INTRANET=1 ./verifier
  exec 9<>"/dev/tcp/127.0.0.1/$PORT"
  read -r -t 5 _ <&9
  child=$(pgrep -n pop3-login -s "$server")
  ! is_root || is 4 "$(find "/proc/$child/fd" -type l | wc -l)"
  printf 'USER joe\r\nPASS x\r\nQUIT\r\n' >&9
  cat <&9 >out
  is '0 1 2 3 4' "$(grep -v '^1[0-9]' fds | xargs)"  # from 10 on are the shell's
  test ! -s env
}

@test "TLS that has begun before us, by sslserver: no STLS, and passwords are permitted" {
  users
  ucspi begun
  chat @tls CAPA STLS 'USER joe' 'PASS sesame' QUIT | ways | replies "$greeting" USER 'SASL SCRAM-SHA-256 PLAIN LOGIN' '-ERR no STLS here' \
    '+OK now PASS' "$logged_in" '+OK bye'
}
