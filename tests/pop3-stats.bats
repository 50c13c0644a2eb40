#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# pop3-stats over logs that were written by hand, and over one that the chain has just written.

load helpers.bash

setup() {
  prepare
  export TZ=UTC
  cat >log <<'END'
@400000006b02d4c000000000 tcpserver: status: 1/40
@400000006b02d4c000000000 tcpserver: ok 77 :127.0.0.1:110 :192.0.2.7::40000
@400000006b02d4c000000000 pop3-login: event=login session=aaaaaaaaaa ip=192.0.2.7 user=joe auth=apop tries=1
@400000006b02d4c21dcd6500 pop3d: event=logout session=aaaaaaaaaa user=joe ip=192.0.2.7 reason=quit retr=2 top=1 octets=1000 dele=2 left=0
@400000006b02d4fc00000000 pop3-login: event=login session=bbbbbbbbbb ip=2001:db8::7 user=ann auth=scram-sha-256 tries=1 tls=TLSv1.3
@400000006b02d50000000000 pop3d: event=logout session=bbbbbbbbbb user=ann ip=2001:db8::7 reason=eof retr=1 top=0 octets=5000000 dele=0 left=9 wrong-sizes=1
@400000006b02d50100000000 tcpserver: deny 78 :127.0.0.1:110 :192.0.2.9::40000
@400000006b02d50200000000 pop3-login: Aborted login (auth failed, 1 attempts in 0 secs): user=<eve>, method=PLAIN, rip=192.0.2.66, event=refused session=cccccccccc ip=192.0.2.66 user=eve auth=user reason=auth tries=1
@400000006b02d50300000000 pop3-login: Aborted login (auth failed, 2 attempts in 1 secs): user=<joe>, method=APOP, rip=192.0.2.66, event=refused session=cccccccccc ip=192.0.2.66 user=joe auth=apop reason=auth tries=2
@400000006b02d50400000000 pop3-login: event=end session=cccccccccc ip=192.0.2.66 reason=tries tries=2
@400000006b02d50500000000 pop3-login: event=refused session=dddddddddd ip=192.0.2.7 user=joe auth=user reason=temporary tries=1
@400000006b02d50600000000 checkpw: event=failed session=dddddddddd ip=192.0.2.7 error="open users.cdb: No such file"
@400000006b02d50700000000 pop3-login: event=login session=eeeeeeeeee ip=192.0.2.7 user="joe doe
END
}

# part HEAD REPORT: the words of the line that begins so, one blank between them.
part() { grep "^$1  " "$2" | tr -s ' '; }

@test "a report has each sum" {
  pop3-stats log >report
  is 'time 2026-11-22 11:40:38 +0000 to 2026-11-22 11:41:48 +0000, 70 seconds' "$(part time report)"
  is 'lines 13 events 9, others 3, malformed 1' "$(part lines report)"
  is 'tcpserver 1 denied 1, most at a time 1' "$(part tcpserver report)"
  is 'logins 2 apop 1, scram-sha-256 1' "$(part logins report)"
  is ' by TLS 2 - 1, TLSv1.3 1' "$(part '  by TLS' report)"
  is 'refused 3 auth 2, temporary 1' "$(part refused report)"
  is 'no login 1 tries 1' "$(part 'no login' report)"
  is 'sessions 2 eof 1, quit 1' "$(part sessions report)"
  is 'users 2' "$(part users report)"
  is 'addresses 3' "$(part addresses report)"
  is 'messages 3 retrieved, 1 by TOP, 2 deleted, 1 of a wrong size' "$(part messages report)"
  is 'octets 5,001,000' "$(part octets report)"
  is 'other 1 checkpw failed 1' "$(part other report)"
}
@test "a session's length is the time from its login to its end" {
  pop3-stats log >report
  is 'session, login to end 2.559 4.000 4.000 4.000 4.000 2' "$(grep '^session, login' report | tr -s ' ')"
}
@test "an end without a beginning has no length" {
  sed -n 4p log >end
  cat log end end | pop3-stats >report
  is 'session, login to end 2.559 4.000 4.000 4.000 4.000 2' "$(grep '^session, login' report | tr -s ' ')"
  is 'sessions 4 quit 3, eof 1' "$(part sessions report)"
}
@test "a last line without its end counts" {
  is 'sessions 1 quit 1' "$(printf 'pop3d: event=logout reason=quit' | pop3-stats | grep '^sessions' | tr -s ' ')"
}
@test "who is busiest stands first" {
  printf 'pop3d: event=logout user=%s ip=192.0.2.%s reason=quit retr=1 octets=%s dele=0 left=0\n' \
    b 1 500 a 1 10 b 2 20 c 3 99999 b 2 1 a 1 1 >log
  pop3-stats log >report
  is 'b a c' "$(sed -n '/^users, most sessions/,/^$/p' report | awk 'NR > 1 && NF {print $1}' | paste -sd' ')"
  is 'c b a' "$(sed -n '/^users, most octets/,/^$/p' report | awk 'NR > 1 && NF {print $1}' | paste -sd' ')"
  is 'b 3 3 521' "$(sed -n '/^users, most sessions/,/^$/p' report | sed -n 2p | tr -s ' ')"
  is '192.0.2.1 192.0.2.2 192.0.2.3' "$(sed -n '/^addresses, most sessions/,/^$/p' report | awk 'NR > 1 && NF {print $1}' | paste -sd' ')"
}
@test "failures are counted by address and by name" {
  pop3-stats log >report
  is '192.0.2.66 2 0' "$(sed -n '/^addresses, most refused/,/^$/p' report | sed -n 2p | tr -s ' ')"
  is 1 "$(sed -n '/^addresses, most refused/,/^$/p' report | grep -c '^[0-9]')"  # a failure of ours is nobody's
  is 'eve joe' "$(sed -n '/^names, most refused/,/^$/p' report | awk 'NR > 1 && NF {print $1}' | paste -sd' ')"
}
@test "tables have as many lines as asked for" {
  for i in {1..30}; do echo "pop3d: event=logout user=u$i ip=192.0.2.1 reason=quit"; done >log
  pop3-stats log | grep -c '^u[0-9]' | grep -x 10
  pop3-stats -n 3 log | grep -c '^u[0-9]' | grep -x 3
  pop3-stats -n 100 log | grep -c '^u[0-9]' | grep -x 30
  ! pop3-stats -n 0 log | grep '^u[0-9]'
}
@test "times that the lines tell have shares" {
  for i in {1..100}; do echo "pop3d: event=logout user=joe reason=quit ms=$i open-ms=7"; done >log
  pop3-stats log >report
  is 'logout ms 0.050 0.091 0.095 0.099 0.100 100' "$(grep '^logout ms' report | tr -s ' ')"
  is 'logout open-ms 0.007 0.007 0.007 0.007 0.007 100' "$(grep '^logout open-ms' report | tr -s ' ')"
}

@test "the same log says the same in every form" {
  sed 's/^@[0-9a-f]* //' log >bare
  pop3-stats bare | sed 1d >wanted
  grep -v '^session, login\|^seconds\|^$' wanted >wanted.rest
  tai64nlocal <log >local
  pop3-stats local | grep -v '^time\|^session, login\|^seconds\|^$' | diff wanted.rest -
  pop3-stats local | grep '^time' | diff <(pop3-stats log | grep '^time') -
  sed 's/^/Nov 22 00:58:30 host pop3: 1795305510.250000 /' bare >syslog
  pop3-stats syslog | grep -v '^time\|^session, login\|^seconds\|^$' | diff wanted.rest -
  pop3-stats syslog | grep -q 'to 2026-11-21 23:58:30 +0000, 0 seconds'
  pop3-stats <log | diff <(pop3-stats log) -
  pop3-stats - <log | diff <(pop3-stats log) -
  head -n 5 log >log.1
  tail -n +6 log | pop3-stats log.1 - | diff <(pop3-stats log) -
}
@test "splogger's lines are understood as syslogd keeps them" {
  python3 -c '
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("log.socket")
with open("syslog", "w") as out:
    while (record := s.recv(4096)) != b"":
        out.write("Nov 22 03:01:02 host " + record.decode().split(">", 1)[1] + "\n")
' 3>&- &
  eventually test -S log.socket
  sed 's/^@[0-9a-f]* //' log | SPLOGGER_SOCKET=log.socket splogger pop3
  python3 -c 'import socket; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"", "log.socket")'
  wait "$!"
  pop3-stats syslog >report
  is 'lines 13 events 9, others 3, malformed 1' "$(part lines report)"
  is "$(date +%Y-%m-%d)" "$(part time report | cut -d' ' -f2)"
}
@test "objects of JSON say the same" {
  cat >json <<'END'
@400000006b02d4c000000000 {"program":"pop3-login","event":"login","session":"aaaaaaaaaa","ip":"192.0.2.7","user":"joe","auth":"apop","tries":1}
@400000006b02d4c21dcd6500 {"program":"pop3d","event":"logout","session":"aaaaaaaaaa","user":"joe","ip":"192.0.2.7","reason":"quit","retr":2,"top":1,"octets":1000,"dele":2,"left":0}
END
  pop3-stats json | diff <(sed -n '3,4p' log | pop3-stats) -
}
@test "no log is a report of nothing" {
  is 'lines 0 events 0, others 0, malformed 0' "$(pop3-stats </dev/null | grep '^lines' | tr -s ' ')"
  pop3-stats </dev/null | grep -q '^time  *no times$'
}
@test "what no program of ours writes is counted, and harms nobody" {
  { head -c 100000 /dev/urandom; echo; printf 'pop3d: event=logout user=\001\033[31m\377 ip=- reason=quit\n'
    head -c 3000000 /dev/zero | tr '\0' x; echo; echo 'pop3d: event=logout user=joe reason=quit'
    head -c 2000000 /dev/zero | tr '\0' y; } >log
  pop3-stats log >report
  grep -q '^sessions .*quit 2$' report
  is 0 "$(grep -c '[^ -~]' report || true)"
  grep '^lines' report | grep -q 'malformed [2-9]'
}
@test "a user's name cannot be a field, nor a line" {
  users
  serve POP3_CLEARTEXT=always
  chat 'USER x"event=logout reason=auth ip=10.9.8.7' 'USER event=refused' 'PASS wrong' 'USER pop3d:,event=logout' 'PASS w' QUIT >/dev/null
  logged 'event=end'
  pop3-stats server.log >report
  is 'refused 2 auth 2' "$(part refused report)"
  is 'sessions 0' "$(part sessions report)"
  is '127.0.0.1 2 0' "$(sed -n '/^addresses, most refused/,/^$/p' report | sed -n 2p | tr -s ' ')"
}
@test "the chain's own log under multilog" {
  users
  message cur/1.one:2, 'one\n'
  serve POP3_CLEARTEXT=always
  chat 'USER joe' 'PASS sesame' 'RETR 1' QUIT >/dev/null
  chat 'USER joe' 'PASS wrong' QUIT >/dev/null
  logged 'event=logout'
  eventually sh -c 'grep -c event=end server.log'
  multilog t ./multi <server.log
  pop3-stats multi/current >report
  is 'logins 1 user 1' "$(part logins report)"
  is 'refused 1 auth 1' "$(part refused report)"
  is 'no login 1 quit 1' "$(part 'no login' report)"
  is 'sessions 1 quit 1' "$(part sessions report)"
  is 'messages 1 retrieved, 0 by TOP, 0 deleted, 0 of a wrong size' "$(part messages report)"
  is 'octets 5' "$(part octets report)"
  is "$(date +%Y-%m-%d)" "$(part time report | cut -d' ' -f2)"
}

# --- Prometheus ---------------------------------------------------------------------------

@test "metrics are in a file of their own, whole at any moment" {
  echo old >popchain.prom
  exec 8<popchain.prom
  pop3-stats -p popchain.prom log >report
  is '' "$(cat report)"
  is old "$(cat <&8)"  # the old file was replaced, and not written into
  exec 8<&-
  is popchain.prom "$(ls popchain.prom*)"
  is 644 "$(stat -c %a popchain.prom)"
  grep -qx 'popchain_sessions_total{reason="quit"} 1' popchain.prom
  grep -qx 'popchain_logins_total{auth="scram-sha-256",tls="TLSv1.3"} 1' popchain.prom
  grep -qx 'popchain_logins_refused_total{reason="auth"} 2' popchain.prom
  grep -qx 'popchain_octets_sent_total 5001000' popchain.prom
  grep -qx 'popchain_session_seconds{quantile="0.99"} 4.000' popchain.prom
  grep -qx 'popchain_session_seconds_count 2' popchain.prom
  grep -qx 'popchain_events_total{event="checkpw failed"} 1' popchain.prom
  grep -qx 'popchain_log_lines_total{kind="malformed"} 1' popchain.prom
}
@test "metrics have the form that Prometheus reads" {
  printf 'pop3d: event=logout reason="a\\x22{}b\\\\ c" ms=5\n' >>log
  pop3-stats -p popchain.prom log
  python3 -IS - <<'END'
import re
typed, seen = {}, set()
for line in open("popchain.prom"):
    assert line.endswith("\n")
    if m := re.fullmatch(r"# TYPE ([a-z_]+) (counter|gauge|summary)\n", line):
        assert m[1] not in typed, line
        typed[m[1]] = m[2]
    elif not line.startswith("# HELP "):
        m = re.fullmatch(r'([a-z_]+)(\{[a-z_]+="(?:[^"\\\n]|\\["\\n])*"(?:,[a-z_]+="(?:[^"\\\n]|\\["\\n])*")*\})? ([0-9.]+)\n', line)
        assert m, line
        name = m[1] if m[1] in typed else re.sub("_(sum|count)$", "", m[1])
        assert name in typed and (m[1], m[2]) not in seen, line
        if typed[name] == "counter":
            assert name.endswith("_total"), line
        seen.add((m[1], m[2]))
assert len(seen) > 20
END
}
@test "metrics and a report together" {
  pop3-stats -r -p popchain.prom log | diff <(pop3-stats log) -
  test -s popchain.prom
}
@test "metrics that cannot be written are exit 111, and leave nothing" {
  mkdir there
  run -111 pop3-stats -p there log
  run -111 pop3-stats -p nowhere/popchain.prom log
  is '' "$(ls -d there.* 2>/dev/null)"
}

# --- pictures -----------------------------------------------------------------------------

@test "gnuplot draws a PNG and an SVG" {
  pop3-stats -g picture log >report
  is '' "$(cat report)"
  is 'picture.png picture.svg' "$(ls picture* | paste -sd' ')"
  python3 -IS - <<'END'
import xml.dom.minidom, zlib
png = open("picture.png", "rb").read()
assert png.startswith(b"\x89PNG\r\n\x1a\n") and png.endswith(b"IEND\xaeB`\x82")
data, at = b"", 8
while at < len(png):
    size, kind = int.from_bytes(png[at:at + 4], "big"), png[at + 4:at + 8]
    if kind == b"IHDR":
        width, height = (int.from_bytes(png[at + 8 + i:at + 12 + i], "big") for i in (0, 4))
    if kind == b"IDAT":
        data += png[at + 8:at + 8 + size]
    at += size + 12
assert (width, height) == (1200, 800)
pixels = zlib.decompress(data)
assert len(set(pixels)) > 10  # something is drawn
text = xml.dom.minidom.parse("picture.svg").documentElement.toxml()
for words in ("logins refused", "sessions ended", "2026-11-22 11:40:38 +0000"):
    assert words in text, words
END
}
@test "a prefix may hold anything" {
  mkdir "it's \`date\`"
  pop3-stats -g "it's \`date\`/\$HOME\"" log
  test -s "it's \`date\`/\$HOME\".png"
}
@test "without times there is nothing to draw: exit 111" {
  sed -i 's/^@[0-9a-f]* //' log
  run -111 pop3-stats -r -g picture log
  [[ $output == *'there are no sessions with times in the log'* ]]
  [[ $output == *'sessions'*'eof 1, quit 1'* ]]
  is '' "$(ls picture* 2>/dev/null)"
}
@test "without gnuplot, or with one that fails: exit 111, and no half a picture" {
  mkdir nothing
  cp "$BIN/pop3-stats" nothing
  PATH=$PWD/nothing run -111 pop3-stats -g picture log
  [[ $output == *'run gnuplot: No such file or directory'* ]]
  printf '#!/bin/sh\necho half\nexit 1\n' >nothing/gnuplot && chmod 755 nothing/gnuplot
  PATH=$PWD/nothing run -111 pop3-stats -g picture log
  [[ $output == *'picture.png: gnuplot failed'* ]]
  is '' "$(/bin/ls picture* 2>/dev/null)"
}

# --- the program --------------------------------------------------------------------------

@test "progress is told to a terminal, or with -v" {
  is '' "$(pop3-stats log 2>&1 >/dev/null)"
  [[ $(pop3-stats -v log 2>&1 >/dev/null) =~ ^'pop3-stats: 0.0 MB of 0.0 MB, 100 %, '[0-9]+' MB/s'$ ]]
}
@test "progress on a terminal begins after a second, and is gone at the end" {
  script -qec '(cat log; sleep 1.1; cat log) | pop3-stats >report' terminal </dev/null >/dev/null
  tr '\r' '\n' <terminal >told
  grep -qE '^pop3-stats: 0\.0 MB, [0-9]+ MB/s +$' told
  grep -qF $'\x1b[K' told
  is 'lines 26 events 18, others 6, malformed 2' "$(part lines report)"
  script -qec 'pop3-stats log >report' terminal </dev/null >/dev/null
  ! grep -F MB terminal
}
@test "a file that cannot be read is exit 111, misuse 100" {
  run -111 pop3-stats nothing
  is 'pop3-stats: open nothing: No such file or directory' "$output"
  run -111 pop3-stats .
  run -111 pop3-stats log nothing
  for arguments in -x -n '-n x' '-n -1' '-n 1000001' -p -g; do
    # shellcheck disable=SC2086
    run -100 pop3-stats $arguments
  done
}
@test "a report that nobody reads is exit 111" {
  [ -e /dev/full ] || skip 'no /dev/full'
  run -111 sh -c 'pop3-stats log >/dev/full'
}
