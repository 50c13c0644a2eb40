#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# X-MANGLE: the link filters, pop3d's mangle(...), and pop3-mangle.

load helpers

setup() {
  prepare
  # One of two parts, and a plain one.
  message new/1.one 'Received: x\nFrom: a\nSubject: one\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/html; charset=utf-8\n\n<p>caf\0303\0251</p>.\n--x\nContent-Type: image/png; name=p.png\n\nAAAA\n--x--\n'
  message cur/2.two:2, 'Subject: two\n\n.two\n'
  generated=('Mime-Version: 1.0' 'Content-Type: text/plain; charset="us-ascii"' 'Content-Transfer-Encoding: 7bit')
  one=('From: a' 'Subject: one' "${generated[@]}" '' cafe '' .. '' '[p.png]' '[ image/png part omitted]')
  two=('Subject: two' "${generated[@]}" '' ..two)
}

# mangling COMMAND...: what pop3d behind filters answers. $MANGLE is POP3_MANGLE.
mangling() {
  printf '%s\r\n' "$@" | POP3_SANDBOX=require POP3_MANGLE=${MANGLE-pop3-mangle} as_user filters pop3d joe/Maildir 2>>server.log | cat -v
}
# filter SCRIPT: a filter of the test's own, $MANGLE. It can start no process.
filter() { printf '#!/bin/sh\n%s\n' "$1" >filter && chmod 755 filter && MANGLE=$PWD/filter; }
# octets_of LINE...: as RETR counts them.
octets_of() { printf '%s\r\n' "$@" | sed 's/^\.\././' | wc -c; }
greeted='+OK 2 messages (222 octets)'

# features: A44
@test "X-MANGLE is announced where it is configured, and only there" {
  users
  serve POP3_MANGLE=pop3-mangle checkpw -f "$USERS" filters pop3d Maildir
  is 4 "$(talk CAPA 'USER joe' 'PASS sesame' CAPA QUIT | grep -cx 'X-MANGLE^M\|MANGLE^M')"
  is 0 "$(pop CAPA | grep -c MANGLE)"
  pop 'RETR 2 mangle' | tail -n 1 | replies '-ERR not a message number'
}
# features: A45 A46 A50
@test "RETR mangle, with the size that it has" {
  is "+OK $(octets_of "${one[@]}") octets^M" "$(mangling 'RETR 1 mangle' | sed -n 2p)"
  mangling 'RETR 1 mangle' 'RETR 2 X-MANGLE' | sed 's/^+OK [0-9]* octets^M/+OK N octets^M/' |
    replies "$greeted" '+OK N octets' "${one[@]}" . '+OK N octets' "${two[@]}" .
}
@test "a mangled message counts as retrieved, in its octets" {
  mangling 'RETR 2 mangle' QUIT >/dev/null
  logged "reason=quit retr=1 top=0 octets=$(octets_of "${two[@]}") "
  test -e joe/Maildir/cur/2.two:2,S
}
# features: D24
@test "a message that was only sent mangled is not removed by POP3_AUTO_DELETE" {
  POP3_AUTO_DELETE=1 mangling 'RETR 1 mangle' 'RETR 2 mangle' 'RETR 2' QUIT >/dev/null
  is 'cur/1.one:2,S' "$(cd joe/Maildir && find new cur -type f)"
}
# features: A46 A47 A48 A49
@test "attributes" {
  mangling 'RETR 1 mangle(text=html;charset=utf-8;headers=subject:)' | tail -n +3 | replies 'Subject: one' 'Mime-Version: 1.0' \
    'Content-Type: text/html; charset="utf-8"' 'Content-Transfer-Encoding: 8bit' '' '<p>cafM-CM-)</p>.' '' \
    '[p.png]<br>' '[ image/png part omitted]<br>' .
  mangling 'RETR 2 mangle(lang=en;wrap=60;text=enriched)' | tail -n +3 | replies "${two[@]}" .
}
# features: A52
@test "TOP counts lines of what is mangled; with 0 it has no header of its own" {
  mangling 'TOP 1 1 mangle' | replies "$greeted" '+OK top of message follows' "${one[@]:0:6}" cafe .
  mangling 'TOP 1 0 mangle(headers=from)' | replies "$greeted" '+OK top of message follows' 'From: a' '' .
}
# features: A51
@test "LIST mangle says the sizes that RETR sends" {
  sizes=("$(octets_of "${one[@]}")" "$(octets_of "${two[@]}")")
  mangling 'LIST mangle' 'LIST 2 mangle' 'LIST 2' 'DELE 1' 'LIST mangle' | replies "$greeted" '+OK 2 messages' "1 ${sizes[0]}" \
    "2 ${sizes[1]}" . "+OK 2 ${sizes[1]}" '+OK 2 22' '+OK message 1 deleted' '+OK 1 messages' "2 ${sizes[1]}" .
  is "+OK ${sizes[0]} octets^M" "$(mangling 'RETR 1 mangle' | sed -n 2p)"
}
# features: A45
@test "what is no wish is refused, and nothing is run" {
  filter 'echo ran >&2'
  mangling 'RETR 1 mangle(text=rtf)' 'RETR 1 mangle(text=plain.' 'RETR 1 mangle(text=plain)x' 'LIST mangle(text=plain' 'TOP 1 1 mangle(body=none)' 'RETR 1 mangle(charset=klingon)' 'RETR mangle' 'RETR 3 mangle' |
    replies "$greeted" '-ERR syntax error in mangle' '-ERR syntax error in mangle' '-ERR syntax error in mangle' \
    '-ERR syntax error in mangle' '-ERR syntax error in mangle' \
    '-ERR unknown charset in mangle' '-ERR RETR needs a message number' '-ERR no such message'
  not_logged ran
}
@test "each message is mangled once for a session" {
  filter "echo ran >&2; exec pop3-mangle \"\$@\""
  mangling 'LIST mangle' 'LIST mangle' 'RETR 1 mangle' 'LIST 1 mangle' 'RETR 2 mangle' QUIT >/dev/null
  is 2 "$(grep -c '^ran$' server.log)"
}
# features: A53
@test "-no-mime: everything is mangled, and STAT and LIST say so" {
  sum=$(($(octets_of "${one[@]}") + $(octets_of "${two[@]}")))
  export POP3_NO_MIME=1 MANGLE=
  mangling STAT LIST 'RETR 2' 'TOP 2 0' 'DELE 1' STAT | replies '+OK 2 messages' "+OK 2 $sum" '+OK 2 messages' "1 $(octets_of "${one[@]}")" \
    "2 $(octets_of "${two[@]}")" . "+OK $(octets_of "${two[@]}") octets" "${two[@]}" . '+OK top of message follows' 'Subject: two' '' . \
    '+OK message 1 deleted' "+OK 1 $(octets_of "${two[@]}")"
  is 0 "$(mangling CAPA | grep -c MANGLE)"
}
# features: A53
@test "joe-no-mime logs in as joe and gets plain text" {
  users
  serve POP3_NO_MIME_SUFFIX=1 checkpw -f "$USERS" filters pop3d Maildir
  talk 'USER joe-no-mime' 'PASS sesame' 'RETR 2' QUIT | tail -n +4 | head -n 8 | replies "+OK $(octets_of "${two[@]}") octets" "${two[@]}" .
  is 0 "$(talk 'USER joe' 'PASS sesame' 'RETR 2' QUIT | grep -c Mime-Version)"
}
@test "a filter that fails is told, and the session goes on" {
  for script in 'exit 1' 'kill -SEGV $$' 'exec /does/not/exist' 'while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done; exit 0'; do
    filter "$script"
    mangling 'RETR 2 mangle' 'LIST 2 mangle' 'RETR 2' QUIT | replies "$greeted" '-ERR [SYS/TEMP] the message cannot be mangled now' \
      '-ERR [SYS/TEMP] the message cannot be mangled now' '+OK 22 octets' 'Subject: two' '' ..two . '+OK bye'
  done
  logged 'filters: event=failed user=.* program=.*/filter status=1'
  logged 'filters: event=failed .* signal=11'
  logged 'filters: event=failed .* signal=25' # SIGXFSZ
}
@test "a filter that is not there is told, and LIST has the sizes that there are" {
  MANGLE=no-such-filter mangling 'RETR 2 mangle' 'LIST mangle' QUIT | replies "$greeted" '-ERR [SYS/TEMP] the message cannot be mangled now' \
    '+OK 2 messages' '1 200' '2 22' . '+OK bye'
  logged 'filters: event=failed user=.* program=no-such-filter error="no such program"'
}
limit_is() { is "$1" "$(sed -n "s/^Max $2  *\([^ ]*\) .*/\1/p" limits)"; }
@test "a filter is one process with little of anything" {
  filter 'while read -r words; do echo "$words"; done </proc/self/limits'
  mangling 'RETR 2 mangle' >limits
  limit_is 10 'cpu time'
  limit_is 67108864 'file size'
  limit_is 0 'core file size'
  limit_is 0 processes
  limit_is 64 'open files'
  limit_is unlimited 'address space' || limit_is 536870912 'address space' # the former with a sanitizer
  filter 'true | true; echo forked'
  mangling 'RETR 2 mangle' | replies "$greeted" '-ERR [SYS/TEMP] the message cannot be mangled now'
  logged 'Cannot fork'
}
@test "a filter has the message and the log, not the client" {
  cat >filter <<'END' && chmod 755 filter
#!/usr/bin/python3 -IS
import os, sys
sys.stderr.write("log\n")
print([n for n in range(3, 64) if os.path.lexists(f"/proc/self/fd/{n}")])
print(sys.argv[1:], sys.stdin.read(9))
END
  MANGLE="$PWD/filter  -v" mangling 'RETR 2 mangle(headers=a)' | tail -n +3 |
    replies '[]' "['-v', 'text=plain', 'charset=US-ASCII', 'headers=a'] Subject: " .
  logged '^log$'
}
@test "a session that ends takes its filter with it" {
  filter 'echo $$ >&2; exec sleep 60'
  coproc SESSION { POP3_MANGLE=$MANGLE as_user filters pop3d joe/Maildir 2>>server.log; }
  session=$!
  eventually child_of $session >child
  session=$(<child)
  printf 'RETR 2 mangle\r\n' >&"${SESSION[1]}"
  logged '^[0-9]+$'
  sleeper=$(grep -xE '[0-9]+' server.log)
  kill -KILL "$session"
  eventually is_gone "$sleeper"
}
child_of() { pgrep -P "$1" | head -n 1 | grep .; }
is_gone() { [ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"; }

@test "the runner ends with the session" {
  coproc SESSION { POP3_MANGLE=x as_user filters pop3d joe/Maildir 2>>server.log; }
  shell=$!
  read -r -t 5 _ <&"${SESSION[0]}"
  runner=$(child_of "$(child_of "$shell")")
  printf 'QUIT\r\n' >&"${SESSION[1]}"
  eventually is_gone "$runner"
}
@test "filters starts nothing where nothing is configured" {
  as_user filters sh -c 'echo "${POP3_RUNNER_FD-none}"' >runner
  is none "$(<runner)"
  POP3_RUNNER_FD=7 as_user filters sh -c 'echo "${POP3_RUNNER_FD-none}"' >runner
  is none "$(<runner)"
}
@test "without the link nothing is mangled, and the log says why" {
  POP3_MANGLE=pop3-mangle pop 'RETR 2 mangle' CAPA | grep -v MANGLE | sed -n 2p | replies '-ERR not a message number'
  logged 'pop3d: event=runner user=.* error="POP3_MANGLE, POP3_NO_MIME and POP3_MAIL_COMMAND need the link filters"'
}
@test "no room on the disk is told, and the session goes on" {
  chmod 555 joe/Maildir/tmp
  is_root || [ ! -w joe/Maildir/tmp ] || skip 'nothing is forbidden to root'
  mangling 'RETR 2 mangle' NOOP | replies "$greeted" '-ERR [SYS/TEMP] the message cannot be mangled now' '+OK'
  is '' "$(ls joe/Maildir/tmp)"
}
@test "pop3-mangle: exit codes" {
  run -0 pop3-mangle <joe/Maildir/new/1.one
  run -100 pop3-mangle text=rtf </dev/null
  run -100 pop3-mangle -x </dev/null
  true | run -100 pop3-mangle
  run -111 sh -c 'exec pop3-mangle <joe/Maildir/new/1.one >/dev/full'
  run -100 filters
}
@test "pop3-mangle opens every charset in its sandbox" {
  for charset in koi8-r shift_jis euc-kr gb18030 big5 iso-2022-jp utf-7; do
    printf 'Content-Type: text/plain; charset=%s\n\na\n' $charset >message
    is a "$(pop3-mangle charset=iso-2022-jp <message | tail -n 1)"
  done
}
@test "a message of a million parts is not parsed, and quickly so" {
  { printf 'Subject: s\nContent-Type: multipart/mixed; boundary=x\n\n'; yes -- "--x
" | head -n 2000000; } >message
  is '[message too complex; the rest is left out]' "$(ulimit -v 200000; timeout 10 pop3-mangle <message | tail -n 1)"
}
