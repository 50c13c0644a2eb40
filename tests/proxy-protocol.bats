#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# proxy-protocol: alone, in the chain under tcpserver, and behind HAProxy (Debian's package, which is
# unpacked and not installed).

load helpers.bash

v1='PROXY TCP4 203.0.113.7 192.0.2.1 51234 110\r\n'
v1_ipv6='PROXY TCP6 2001:db8::7 2001:db8::1 51234 110\r\n'
sign='\r\n\r\n\0\r\nQUIT\n'
v2=$sign'\x21\x11\0\x0c\xcb\0\x71\x07\xc0\0\x02\x01\xc8\x22\0\x6e' # the same as v1
v2_local=$sign'\x20\0\0\0'
# 203.0.113.7 again, with an extension that says TLSv1.3
v2_tls=$sign'\x21\x11\0\x1e\xcb\0\x71\x07\xc0\0\x02\x01\xc8\x22\0\x6e\x20\0\x0f\x01\0\0\0\0\x21\0\x07TLSv1.3'

# --- alone --------------------------------------------------------------------------------

# from PEER OCTETS ARGUMENT...: what proxy-protocol leaves of OCTETS and in the environment; the
# words "cat" and "env" in place of a program do so. Its log is server.log.
from() {
  local peer=$1 octets=$2
  shift 2
  printf '%b' "$octets" | service env TCPREMOTEIP="$peer" TCPREMOTEPORT=9 TCPLOCALIP=192.0.2.1 TCPLOCALPORT=110 \
    TCPREMOTEHOST=proxy.example.org TCPREMOTEINFO=proxy PROTO=TCP proxy-protocol "$@" 2>>server.log
}
# variables OCTETS [OPTION...]: what the client is said to be.
variables() {
  local octets=$1
  shift
  from 192.0.2.10 "$octets" "$@" 192.0.2.10 env | grep -E '^(TCP|TLS|PROTO)' | LC_ALL=C sort | paste -sd' '
}

@test "version 1 and version 2 set what tcpserver would have set" {
  wanted='PROTO=TCP TCPLOCALIP=192.0.2.1 TCPLOCALPORT=110 TCPREMOTEIP=203.0.113.7 TCPREMOTEPORT=51234'
  is "$wanted" "$(variables "$v1")"
  is "$wanted" "$(variables "$v2")"
  is 2 "$(grep -c '^proxy-protocol: event=proxied proxy=192.0.2.10 ip=203.0.113.7 port=51234$' server.log)"
}
@test "IPv6 is told under its own names too" {
  is "PROTO=TCP6 TCP6LOCALIP=2001:db8::1 TCP6LOCALPORT=110 TCP6REMOTEIP=2001:db8::7 TCP6REMOTEPORT=51234 \
TCPLOCALIP=2001:db8::1 TCPLOCALPORT=110 TCPREMOTEIP=2001:db8::7 TCPREMOTEPORT=51234" "$(variables "$v1_ipv6")"
}
@test "an address in the form ::ffff:192.0.2.7 is IPv4" {
  variables 'PROXY TCP6 ::ffff:203.0.113.7 ::ffff:192.0.2.1 51234 110\r\n' | grep -F 'PROTO=TCP TCPLOCALIP=192.0.2.1 '
}
@test "what the listener knew of an IPv6 proxy is forgotten" {
  export TCP6REMOTEIP=2001:db8::10 TCP6REMOTEHOST=proxy TCP6INTERFACE=eth0
  [[ $(variables "$v1") != *TCP6* ]]
}
@test "LOCAL and UNKNOWN leave the socket's address as it is, and the log empty" {
  wanted='PROTO=TCP TCPLOCALIP=192.0.2.1 TCPLOCALPORT=110 TCPREMOTEHOST=proxy.example.org TCPREMOTEINFO=proxy TCPREMOTEIP=192.0.2.10 TCPREMOTEPORT=9'
  is "$wanted" "$(variables "$v2_local")"
  is "$wanted" "$(variables 'PROXY UNKNOWN 1 2 3 4\r\n')"
  is '' "$(cat server.log)"
}
@test "not an octet behind the header is taken" {
  for header in "$v1" "$v2" "$v2_local" "$v1_ipv6" 'PROXY UNKNOWN\r\n'; do
    is '\r\n.\x16\x03' "$(from 192.0.2.10 "$header"'\\r\\n.\\x16\\x03' 192.0.2.10 cat)"
  done
}
@test "loopback, said by another machine, is that machine" {
  is '192.0.2.10' "$(from 192.0.2.10 'PROXY TCP4 127.0.0.1 192.0.2.1 5 110\r\n' 192.0.2.10 printenv TCPREMOTEIP)"
  is '127.0.0.1' "$(from 127.0.0.1 'PROXY TCP4 127.0.0.1 192.0.2.1 5 110\r\n' 127.0.0.1 printenv TCPREMOTEIP)"
  is '192.0.2.10' "$(from 192.0.2.10 'PROXY TCP6 ::1 ::1 5 110\r\n' 192.0.2.10 printenv TCPREMOTEIP)"
}
@test "TLS is believed only with -s" {
  [[ $(variables "$v2_tls") != *TLS* ]]
  [[ $(variables "$v2_tls" -s) == *' TLS_PROTOCOL=TLSv1.3' ]]
  logged 'event=proxied .* tls=TLSv1\.3$'
  # With -s the proxy's word is all that counts.
  export TLS_PROTOCOL=TLSv1.2 TLS_CLIENT_CERTIFICATE=abc SSL_PROTOCOL=TLSv1.2
  [[ $(variables "$v1" -s) != *TLS* ]]
  is '' "$(from 192.0.2.10 "$v1" -s 192.0.2.10 printenv SSL_PROTOCOL)"
  [[ $(variables "$v1") == *TLS_PROTOCOL=TLSv1.2* ]]
}

@test "a header that is none, or malformed, ends the connection without a word" {
  while read -r reason header; do
    : >server.log
    run -0 from 192.0.2.10 "$header" 192.0.2.10 echo served
    is '' "$output"
    is "proxy-protocol: event=refused proxy=192.0.2.10 reason=$reason" "$(cat server.log)"
  done <<END
no-header QUIT\r\n
no-header \x16\x03\x01\x02\0
line PROXY TCP4 203.0.113.7 192.0.2.1 51234 65536\r\n
line PROXY TCP4 203.0.113.7 192.0.2.1 51234 110\n
cut PROXY TCP4 203.0.113.7 192.0.2.1
cut $sign\x21
version $sign\x22\x11\0\0
family $sign\x21\x51\0\0
addresses $sign\x21\x11\0\0
extension $sign\x21\x11\0\x0d\xcb\0\x71\x07\xc0\0\x02\x01\xc8\x22\0\x6e\x04
checksum $sign\x21\x11\0\x13\xcb\0\x71\x07\xc0\0\x02\x01\xc8\x22\0\x6e\x03\0\x04abcd
no-host PROXY TCP4 255.255.255.255 192.0.2.1 51234 110\r\n
END
}
@test "a proxy that goes without a word, as a look whether we are there, is no line in the log" {
  run -0 from 192.0.2.10 '' 192.0.2.10 echo served
  is '' "$output$(cat server.log)"
}
@test "a header that does not come in time ends the connection" {
  mkfifo silence
  exec 8<>silence
  for octets in '' 'PROXY TCP4 2'; do
    started=$(date +%s%N)
    printf '%b' "$octets" >&8
    run -0 service env TCPREMOTEIP=192.0.2.10 proxy-protocol -t 1 192.0.2.10 echo served <silence
    took=$((($(date +%s%N) - started) / 1000000))
    [[ $output == *'event=refused proxy=192.0.2.10 reason=timeout' && $output != *served* ]]
    ((took > 950 && took < 2000)) || is '1000 ms' "$took ms"
  done
  exec 8>&-
}
@test "who is no proxy is passed on as he is" {
  is 'PROXY TCP4 1' "$(from 192.0.2.11 'PROXY TCP4 1' 192.0.2.10 cat)"
  is 192.0.2.11 "$(from 192.0.2.11 "$v1" 192.0.2.10,2001:db8::/32 printenv TCPREMOTEIP)"
  is '' "$(cat server.log)"
}
@test "with -m, who is no proxy is refused" {
  run -0 from 192.0.2.11 "$v1" -m 192.0.2.10 echo served
  is '' "$output"
  logged '^proxy-protocol: event=refused ip=192\.0\.2\.11 reason=no-proxy$'
  is '203.0.113.7' "$(from 192.0.2.10 "$v1" -m 192.0.2.10 printenv TCPREMOTEIP)"
}
@test "a client without an address is no proxy" {
  unset TCPREMOTEIP
  is "$(printf '%b' "$v1")" "$(printf '%b' "$v1" | service proxy-protocol 0.0.0.0/0,::/0 cat)"
}
@test "proxies are addresses and networks of both families" {
  for peer in 10.1.2.3 192.0.2.10 2001:db8:5::1 ::ffff:10.1.2.3; do
    is 203.0.113.7 "$(from "$peer" "$v1" 192.0.2.10,10.0.0.0/8,2001:db8::/32 printenv TCPREMOTEIP)"
  done
}

@test "misuse exits 100" {
  for arguments in '' 192.0.2.10 '-z 192.0.2.10 true' '-t 0 192.0.2.10 true' '-t 61 192.0.2.10 true' \
    '-t 3s 192.0.2.10 true' '-x' '192.0.2 true' '192.0.2.10, true' '192.0.2.10/33 true' 'localhost true'; do
    # shellcheck disable=SC2086
    run -100 service proxy-protocol $arguments
  done
}
@test "what cannot be executed, and rules that cannot be read, are exit 111" {
  run -111 from 192.0.2.10 "$v1" 192.0.2.10 ./nothing
  logged '^proxy-protocol: event=failed ip=203\.0\.113\.7 error="execute \./nothing: No such file or directory"$'
  run -111 from 192.0.2.10 "$v1" -x nothing.cdb 192.0.2.10 echo served
  logged 'error="open nothing\.cdb: No such file or directory"$'
  echo 'no CDB' >short.cdb
  run -111 from 192.0.2.11 "$v1" -x short.cdb 192.0.2.10 echo served
  is '' "$output"
  logged 'error="short\.cdb: not a CDB"$'
}
@test "as root it needs an account for its child" {
  needs_root
  TCPREMOTEIP=192.0.2.10 run -111 proxy-protocol 192.0.2.10 echo served <<<"$v1"
  [[ $output == *'error="UID and GID: must name an account'* ]]
  TCPREMOTEIP=192.0.2.10 run -111 env UID=20000 GID=20000 ROOT="$PWD/nothing" proxy-protocol 192.0.2.10 true
}
@test "the program's exit code is its own" {
  run -7 from 192.0.2.10 "$v1" 192.0.2.10 sh -c 'exit 7'
}

# --- rules --------------------------------------------------------------------------------

rules() { printf '%s\n' "$@" | tcprules rules.cdb rules.tmp; }

@test "the client's address is what the rules are about" {
  rules '203.0.113.7:allow,POP3_TRIES="7"' '203.0.113.:deny' ':allow,POP3_TRIES="1"'
  is 7 "$(from 192.0.2.10 "$v1" -x rules.cdb 192.0.2.10 printenv POP3_TRIES)"
  is 1 "$(from 192.0.2.10 "$v1_ipv6" -x rules.cdb 192.0.2.10 printenv POP3_TRIES)"
  run -0 from 192.0.2.10 'PROXY TCP4 203.0.113.8 192.0.2.1 1 110\r\n' -x rules.cdb 192.0.2.10 echo served
  is '' "$output"
  logged '^proxy-protocol: event=denied ip=203\.0\.113\.8 rule=203\.0\.113\.$'
}
@test "the rules hold for who comes by himself too, and for the proxy's own connections" {
  rules '192.0.2.10:allow,POP3_TRIES="10"' '=.example.org:allow,POP3_TRIES="11"' ':deny'
  is 10 "$(from 192.0.2.10 "$v2_local" -x rules.cdb 192.0.2.10 printenv POP3_TRIES)"
  is 11 "$(from 192.0.2.11 '' -x rules.cdb 192.0.2.10 printenv POP3_TRIES)"
  run -0 env TCPREMOTEIP=192.0.2.11 proxy-protocol -x rules.cdb 192.0.2.10 echo served </dev/null
  [[ $output == *event=denied* && $output != *served* ]]
}
@test "a proxy's name is not its clients'" {
  rules '=:deny' '=.example.org:deny' 'proxy@=proxy.example.org:deny' ':allow,POP3_TRIES="3"'
  is 3 "$(from 192.0.2.10 "$v1" -x rules.cdb 192.0.2.10 printenv POP3_TRIES)"
}
@test "what the rules gave the proxy is not its clients'" {
  rules '192.0.2.:allow,INTRANET="",POP3_TRIES="100"' ':allow,POP3_SHY="1"'
  export INTRANET= POP3_TRIES=100 POP3_TIMEOUT=77  # as tcpserver -x leaves them
  is '77 unset unset 1' "$(from 192.0.2.10 "$v1" -x rules.cdb 192.0.2.10 sh -c 'echo "$POP3_TIMEOUT ${INTRANET-unset} ${POP3_TRIES-unset} $POP3_SHY"')"
  is ' 100' "$(from 192.0.2.10 "$v2_local" -x rules.cdb 192.0.2.10 sh -c 'echo "$INTRANET $POP3_TRIES"')"
}

# --- the child ----------------------------------------------------------------------------

@test "who reads the header has neither files nor privilege" {
  needs_root
  ! grep -q __asan_init "$BIN/proxy-protocol" || skip 'the sanitizers have no sandbox'
  mkfifo silence
  bare env "${service_env[@]}" TCPREMOTEIP=192.0.2.10 POP3_SANDBOX=require proxy-protocol -t 20 192.0.2.10 echo served \
    0<>silence >out 2>&1 &
  parent=$!
  has_child() { child=$(pgrep -P "$parent") && grep -q '^Seccomp:\s*2$' "/proc/$child/status"; }
  eventually has_child
  grep -qE '^Uid:\s*20000\s+20000\s+20000\s+20000$' "/proc/$child/status"
  grep -qE '^Gid:\s*20000\s+20000\s+20000\s+20000$' "/proc/$child/status"
  grep -qE '^Groups:\s*$' "/proc/$child/status"
  grep -qE '^NoNewPrivs:\s*1$' "/proc/$child/status"
  is "$PWD/empty" "$(readlink "/proc/$child/root")"
  is 4 "$(ls "/proc/$child/fd" | wc -l)"  # the client, twice, the log, and the pipe
  # It does not outlive its parent.
  kill -9 "$parent"
  gone() { ! grep -sq '^State:\s*[^Z]' "/proc/$child/status"; }
  eventually gone
}
@test "a child that is killed is told in the log" {
  mkfifo silence
  bare env "${service_env[@]}" TCPREMOTEIP=192.0.2.10 proxy-protocol -t 20 192.0.2.10 echo served 0<>silence >out 2>&1 &
  parent=$!
  has_child() { child=$(pgrep -P "$parent"); }
  eventually has_child
  kill -TERM "$child"
  wait "$parent"
  is 'proxy-protocol: event=died proxy=192.0.2.10 program=child signal=15' "$(cat out)"
}
@test "the program has no child that is not its own" {
  is none "$(from 192.0.2.10 "$v1" 192.0.2.10 sh -c 'read -r child <"/proc/$$/task/$$/children"; echo "${child:-none}"')"
}

# --- in the chain -------------------------------------------------------------------------

# behind OPTION...: the chain behind proxy-protocol, which believes 127.0.0.1.
behind() { POPUP="proxy-protocol $* 127.0.0.1 ${POPUP-pop3-login}" serve POP3_CLEARTEXT=always; }
# proxied HEADER COMMAND...: as talk, behind a header in the same segment.
proxied() {
  exec 9<>"/dev/tcp/127.0.0.1/$PORT"
  { printf '%b' "$1" && printf '%s\r\n' "${@:2}"; } >whole
  cat whole >&9
  timeout 20 cat -v <&9 2>cat.errors || [ $? != 124 ]
  exec 9>&-
}

@test "a session behind a header, all in one segment" {
  users
  behind
  proxied "$v1" 'USER joe' 'PASS sesame' STAT QUIT |
    replies "$greeting" '+OK now PASS' '+OK 0 messages (0 octets)' '+OK 0 0' '+OK bye'
  logged 'event=proxied proxy=127\.0\.0\.1 ip=203\.0\.113\.7 port=51234$'
  logged 'event=login .*ip=203\.0\.113\.7 user=joe'
  logged 'event=logout .*ip=203\.0\.113\.7 reason=quit'
}
@test "a session behind a header of version 2, and one of IPv6" {
  users
  behind
  proxied "$v2" QUIT | replies "$greeting" '+OK bye'
  proxied "$v1_ipv6" QUIT | replies "$greeting" '+OK bye'
  logged 'event=end .*ip=203\.0\.113\.7 reason=quit'
  logged 'event=end .*ip=2001:db8::7 reason=quit'
}
@test "a header that comes octet by octet" {
  users
  behind
  python3 -IS - "$PORT" <<'END' | replies "$greeting" '+OK bye'
import socket, sys
client = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20)
client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
for octet in b"PROXY TCP4 203.0.113.7 192.0.2.1 51234 110\r\nQUIT\r\n":
    client.sendall(bytes([octet]))
while part := client.recv(4096):
    sys.stdout.write(part.decode().replace("\r", "^M"))
END
  logged 'event=end .*ip=203\.0\.113\.7'
}
@test "who is no proxy cannot say who he is" {
  users
  behind
  chat '@from 127.0.0.9' 'PROXY TCP4 203.0.113.7 192.0.2.1 51234 110' QUIT |
    replies "$greeting" '-ERR unknown command' '+OK bye'
  logged 'event=end .*ip=127\.0\.0\.9 '
}
@test "a proxy that sends no header is not served" {
  users
  behind
  proxied '' QUIT | diff /dev/null -
  logged 'event=refused proxy=127\.0\.0\.1 reason=no-header'
}
@test "rules cut off a client behind the proxy" {
  users
  rules '203.0.113.:deny' ':allow'
  behind -x rules.cdb
  proxied "$v1" QUIT | diff /dev/null -
  proxied "$v1_ipv6" QUIT | replies "$greeting" '+OK bye'
}
@test "a password in clear is taken where the proxy had TLS, with -s only" {
  users
  POPUP='proxy-protocol -s 127.0.0.1 pop3-login' serve POP3_CLEARTEXT=tls
  proxied "$v2_tls" 'USER joe' 'PASS sesame' QUIT | grep -F '+OK 0 messages'
  proxied "$v2" 'USER joe' 'PASS sesame' QUIT >refused
  ! grep -F '+OK 0 messages' refused || false
  POPUP='proxy-protocol 127.0.0.1 pop3-login' serve POP3_CLEARTEXT=tls
  proxied "$v2_tls" 'USER joe' 'PASS sesame' QUIT >refused
  ! grep -F '+OK 0 messages' refused
}
@test "TLS may begin with the octet behind the header" {
  [ -x "$BIN/tlsd" ] || skip 'tlsd is not built'
  users
  with_tls
  POPUP="proxy-protocol 127.0.0.1 tls-accept $POP3_TLS_SOCKET pop3-login" serve
  python3 -IS - "$PORT" <<'END' | replies "$greeting" '+OK now PASS' '+OK 0 messages (0 octets)' '+OK bye'
import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
from_server, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
tls = context.wrap_bio(from_server, to_server)
client = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20)
first = b"PROXY TCP4 203.0.113.7 192.0.2.1 51234 995\r\n"

def complete(step):
    global first
    while True:
        try:
            result = step()
            client.sendall(first + to_server.read())
            return result
        except ssl.SSLWantReadError:
            client.sendall(first + to_server.read())
        first = b""
        from_server.write(client.recv(65536))

complete(tls.do_handshake)
first = b""
complete(lambda: tls.write(b"USER joe\r\nPASS sesame\r\nQUIT\r\n"))
text = b""
try:
    while part := complete(lambda: tls.read(4096)):
        text += part
except ssl.SSLError:
    pass
sys.stdout.write(text.decode().replace("\r", "^M"))
END
  logged 'event=login .*ip=203\.0\.113\.7 user=joe .*tls=TLSv1\.3'
}

# --- HAProxy ------------------------------------------------------------------------------

# haproxy SERVER-OPTION...: listens on $FRONT and sends all to $PORT.
haproxy() {
  local package libraries=
  for package in haproxy liblua5.3-0 libopentracing-c-wrapper0 libopentracing1; do
    package=$("$BATS_TEST_DIRNAME/unpack" "$package" 2>unpack.log) || skip 'haproxy is not to be had'
    libraries=$libraries:$(echo "$package"/usr/lib/*-linux-gnu)
    haproxy=${haproxy:-$package/usr/sbin/haproxy}
  done
  FRONT=$(python3 -IS -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  cat >haproxy.cfg <<END
defaults
  mode tcp
  timeout connect 5s
  timeout client 20s
  timeout server 20s
listen pop3
  bind 127.0.0.1:$FRONT
  server popchain 127.0.0.1:$PORT $*
END
  LD_LIBRARY_PATH=${libraries#:} bare setsid "$haproxy" -db -f haproxy.cfg >haproxy.log 2>&1 &
  echo "$!" >>"$BATS_TEST_TMPDIR/servers"
  eventually bash -c ": <>/dev/tcp/127.0.0.1/$FRONT" 2>/dev/null
}

@test "behind HAProxy the log has the client's address, in version 1 and 2" {
  users
  behind
  for way in send-proxy send-proxy-v2 'send-proxy-v2 proxy-v2-options ssl,unique-id,crc32c'; do
    : >server.log
    haproxy "$way"
    PORT=$FRONT chat '@from 127.0.0.77' 'USER joe' 'PASS sesame' QUIT |
      replies "$greeting" '+OK now PASS' '+OK 0 messages (0 octets)' '+OK bye'
    logged 'event=proxied proxy=127\.0\.0\.1 ip=127\.0\.0\.77 port='
    logged 'event=login .*ip=127\.0\.0\.77 user=joe'
  done
}
@test "HAProxy's checks with a header of LOCAL find us well" {
  users
  behind
  haproxy check inter 100ms send-proxy-v2 check-send-proxy
  logged 'event=end .*ip=127\.0\.0\.1 reason=eof'
  not_logged 'event=refused'
  PORT=$FRONT chat '@from 127.0.0.77' QUIT | replies "$greeting" '+OK bye'
}
