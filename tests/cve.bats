#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What POP3 servers and their helpers have been attacked with, one test for each class, called after it. A comment above
# a test names the rows of the table of features, group N. Where another file has the test, it is here:
#
#   CVE-1999-0822, CVE-2000-0096          pop3d.bats: the argument that overflowed Qpopper
#   CVE-2000-0320                         pop3d.bats: line ends and dots at the borders of any buffer
#   CVE-2000-0990                         checkpw.bats: an unknown login is exit 1
#   CVE-2001-0996                         pop3d.bats: leading dots are doubled, and not counted
#   CVE-2001-1487                         apoppasswd.bats: a link in the place of the temporary file or the lock is not followed
#   CVE-2002-0454                         pop3-login.bats: a megabyte without a line end is read to its end and is no command
#   CVE-2002-0889                         pop3-env.bats: a user's file sets nothing but what it may
#   CVE-2003-1452                         apoppasswd.bats: setuid: a user's -f is ignored
#   CVE-2005-0580                         checkpw.bats: the program runs as the record's uid and gid, and with no group of root's
#   CVE-2005-1151                         pop3-env.bats: a user's file that is none is skipped: link, FIFO, directory, too long, not his own
#   CVE-2007-1558                         pop3-login.bats: no two greetings have the same timestamp, nor the same random part
#   CVE-2014-3430                         tlsd_relay.bats: half a hello, or one octet now and then, is given up at the deadline
#   CVE-2014-3430                         tlsd_relay.bats: beyond TLS_PENDING the oldest handshake has to go
#   CVE-2026-33603                        sasl.bats: -PLUS with the exporter of another connection is refused, by GNU SASL
#   CVE-2026-33603                        sasl.bats: -PLUS: a client that was told there is none is refused, where there is
#   when a user exists (BID 7110)         sasl.bats: every login that fails is answered after the same time
#   when a user exists                    checkpw.bats: an unknown login costs what a wrong password does
#   a proxy for strangers                 pop3-login.bats: names that once were directives are names like any other
#   slow readers                          hostile.bats: a client that takes no answer: POP3_LOGIN_TIMEOUT, POP3_WRITE_TIMEOUT
#   messages that are links or FIFOs      pop3d.bats: a FIFO, a directory, a socket or a link among the messages harms nobody
#   messages that become links            pop3d.bats: a message that became a link meanwhile is an error
#   descriptors that leak                 pop3-login.bats: a verifier gets the client, the log, descriptor 3 and 4, and no other
#   exit codes of verifiers               pop3-login.bats: a verifier's exit code 2 is for the administrator
#   exit codes of verifiers               pop3-login.bats: a verifier's exit code 111 is a passing trouble
#   log lines that are forged             fail2ban.bats: no name of SASL, with blanks and lines in it, leads to another address

load helpers

letters() { printf "%${1}s" '' | tr ' ' "${2-x}"; }
base64() { printf '%b' "$1" | command base64 -w0; }
failed='-ERR [AUTH] login failed'
# lacks PATTERN FILE...: no line matches. ("! grep" would let a test go on.)
lacks() { ! grep -nE -- "$@"; }

# --- what is said before the login ------------------------------------------------------------

# features: N01 N02 N08 N23 N24
@test "CVE-1999-0006, -0042, -0920, CVE-2000-0091, CVE-2001-1046, CVE-2003-0264, CVE-2006-2502, -4364: long arguments" {
  users
  serve POP3_BAD_COMMANDS=100
  for size in 1000 10000 1000000; do
    long=$(letters "$size")
    for line in "USER $long" "USER joe-$long" "PASS $long" "APOP $long 0" "APOP joe $long" "AUTH $long" "FOLD $long" "$long"; do
      printf '%s\r\n' "$line"
    done
    wanted+=(-ERR\ line\ too\ long{,,,,,,,})
  done >lines
  printf 'USER joe\r\nPASS sesame\r\nQUIT\r\n' >>lines
  exec 9<>"/dev/tcp/127.0.0.1/$PORT"
  timeout 20 cat lines >&9 &
  timeout 20 cat -v <&9 | replies "$greeting" "${wanted[@]}" '+OK now PASS' '+OK 0 messages (0 octets)' '+OK bye'
  not_logged 'signal|died'
}

# features: N04 N05 N36
@test "CVE-2000-0442, CVE-2000-0583, CVE-2004-0777, CVE-2007-5740, CVE-2017-2669: a % is a % wherever it stands" {
  name='%n%s%999999999d%{user}%1$n'
  users "$name:$name:$joe_uid:$joe_gid:$PWD/joe"
  message "new/1.%n%s" 'From: %n%s%p\nX-UIDL: %n%n\nSubject: %999999999d\n\n%n\n'
  serve POP3_LOG=qpopper POP3_LOG_LOGIN='%1 %n' POP3_STATISTICS=1
  talk "USER $name" "PASS $name" 'UIDL 1' 'TOP 1 1' 'USER %s' QUIT | replies "$greeting" '+OK now PASS' '+OK 1 messages (56 octets)' \
    '+OK 1 1.%n%s' '+OK top of message follows' 'From: %n%s%p' 'X-UIDL: %n%n' 'Subject: %999999999d' '' '%n' . \
    '-ERR unknown command' '+OK bye'
  logged 'pop3d: %n%s%999999999d%\{user\}%1\$n %n$|^%n%s%999999999d%\{user\}%1\$n %n$'
  logged 'Stats: %n%s%999999999d%\{user\}%1\$n '
}

# features: N41 N43
@test "CVE-2008-1218, CVE-2011-1929, CVE-2019-11500: NUL, TAB, CR and LF begin and end no field" {
  verifier "cat <&3 | od -An -c | tr -d '\n ' >>$PWD/record; echo >>$PWD/record; exit 1"
  touch record && chmod 666 record
  serve POP3_TRIES=100 POP3_BAD_COMMANDS=100 ./verifier
  chat '@send USER joe\0root\r\n' @read '@send USER joe\tuid=0\r\n' @read '@send USER joe\rann\r\n' @read \
    'USER joe' '@send PASS sesame\0<1@h>\0\r\n' @read 'USER joe' '@send PASS x\r\r\n' @read \
    "AUTH PLAIN $(base64 'joe\0joe\0sesame\0<1@h>')" "AUTH PLAIN $(base64 'ann\0joe\0sesame')" "AUTH PLAIN $(base64 '\0joe\n\0sesame')" \
    "AUTH PLAIN $(base64 '\0joe\t1\0sesame')" "AUTH PLAIN $(base64 'joe\0sesame')" QUIT >out
  is 2 "$(grep -c '^+OK now PASS' out)"
  is 10 "$(grep -c '^-ERR \(control or 8-bit character in command\|malformed response\)' out)"
  is '' "$(cat record)"
  # A password may hold a TAB; it is one octet of one field.
  chat "AUTH PLAIN $(base64 '\0joe\0a\tb\nc')" >out
  is "$failed^M" "$(tail -n 1 out)"
  grep -qx 'joe\\0a\\tb\\nc\\0<[^>]*@localhost>\\0' record
}

# features: N37
@test "CVE-2020-12674, CVE-2019-19722: responses that are empty, or no base64, are only refused" {
  users
  serve POP3_BAD_COMMANDS=1000
  for mechanism in PLAIN LOGIN SCRAM-SHA-256; do
    for response in '' = == A AAAA AA== "$(letters 4000 A)" '*'; do
      steps+=("AUTH $mechanism" "@send $response\\r\\n" @read '*')  # which ends it, if it goes on
    done
  done
  chat "${steps[@]}" NOOP QUIT >out
  tail -n 2 out | replies '+OK' '+OK bye'
  lacks '^[+]OK [0-9]' out
  not_logged 'signal|died'
}

# features: N25 N27
@test "CVE-2003-0515, CVE-2004-2275, CVE-2026-27851: quotes, backslashes and paths are letters of a name" {
  odd=("o'or'1'='1" '"or"1"="1' "';--" '\\' 'joe"/*' '*)(uid=*' '../joe' '/etc/passwd' './joe' 'joe/' 'joe%00' 'joe@' '~joe' '$USER' '`id`' ';id')
  users "$joe" "o'brien\\\"--:sesame:$joe_uid:$joe_gid:$PWD/joe"
  serve POP3_TRIES=100
  for name in "${odd[@]}" $'\xbf\'or'; do
    [[ $name == $'\xbf'* ]] || steps+=("USER $name" 'PASS sesame')
    steps+=("AUTH PLAIN $(printf '\0%s\0sesame' "$name" | command base64 -w0)")
  done
  chat "${steps[@]}" QUIT >out
  is "$((2 * ${#odd[@]} + 1))" "$(grep -cF -- "$failed" out)"
  tail -n 2 out | replies "$failed" '+OK bye'
  talk "USER o'brien\\\"--" 'PASS sesame' QUIT | replies "$greeting" '+OK now PASS' '+OK 0 messages (0 octets)' '+OK bye'
}

# features: N33
@test "CVE-2000-0990: an unknown user is refused by every mechanism, and nothing crashes" {
  users
  serve POP3_TRIES=100 POP3_MECHANISMS='user apop plain login cram-md5 scram-sha-256'
  chat 'USER nobody' 'PASS sesame' '@apop nobody sesame' "AUTH PLAIN $(base64 '\0nobody\0sesame')" \
    'AUTH LOGIN' "@base64 nobody" "@base64 sesame" '@cram nobody sesame' QUIT >out
  is 5 "$(grep -cF -- "$failed" out)"
  timeout 10 python3 -IS "$BATS_TEST_DIRNAME/scram.py" "$PORT" nobody sesame | tail -n 1 | is "$failed" "$(cat)"
  not_logged 'signal|temporary|permanent'
}

@test "CVE-2005-0198: failures, however many and of whatever kind, are no login" {
  users
  serve POP3_TRIES=100 POP3_BAD_COMMANDS=100 POP3_MECHANISMS='user apop plain cram-md5 scram-sha-256'
  steps=()
  for _ in {1..4}; do
    steps+=('@cram joe wrong' 'AUTH CRAM-MD5' '*' '@apop joe wrong' 'AUTH PLAIN' '*' 'USER joe' 'PASS wrong' STAT)
  done
  chat "${steps[@]}" 'RETR 1' "PASS sesame" QUIT >out
  lacks '^[+]OK [0-9]' out
  is 12 "$(grep -cF -- "$failed" out)"
  is 5 "$(grep -c '^-ERR log in first' out)"
  chat '@cram joe sesame' QUIT | grep '^+OK 0 messages'
}

@test "CVE-2026-27855: a proof that was good on one connection is none on the next" {
  users
  serve POP3_MECHANISMS='apop cram-md5'
  proof() { printf '%s' "$1" | md5sum | cut -d' ' -f1; }
  exec 9<>"/dev/tcp/127.0.0.1/$PORT"
  read -r line <&9
  timestamp=$(grep -o '<.*>' <<<"$line")
  digest=$(proof "${timestamp}sesame")
  printf 'APOP joe %s\r\nQUIT\r\n' "$digest" >&9
  cat <&9 | grep '^+OK 0 messages'
  exec 9>&-
  cram=$(printf '%s' "$timestamp" | openssl dgst -md5 -hmac sesame | sed 's/.*= //')
  chat "APOP joe $digest" 'AUTH CRAM-MD5' "@base64 joe $cram" QUIT >out
  is 2 "$(grep -cF -- "$failed" out)"
}

@test "CVE-2026-27856: secrets are compared in a time that tells nothing" {
  cd "$BATS_TEST_DIRNAME/../checkpw"
  lacks '\b(memcmp|strcmp|strncmp)\(' schemes.cc hashes.cc scram.cc
  for function in 'schemes.cc verify_password' 'schemes.cc verify_apop' 'schemes.cc verify_cram' 'schemes.cc verify_certificate' \
    'schemes.cc verify_subject' 'scram.cc proves_scram'; do
    # shellcheck disable=SC2086 # two words
    set -- $function
    # Its body, up to the brace in the first column.
    sed -n "/^bool $2(/,/^}/p" "$1" >"$BATS_TEST_TMPDIR/body"
    grep -qE 'same_secret|verify_hash|is_key_of|constant' "$BATS_TEST_TMPDIR/body" || { echo "$function"; false; }
    lacks '(==|!=) *(password|response|digest|name|subject|proof|value_of)|\b(password|response|digest|subject|proof) (==|!=) [^"]' "$BATS_TEST_TMPDIR/body"
  done
}

# --- TLS ------------------------------------------------------------------------------------

# features: N17 N39
@test "CVE-2011-0411, -1431, -1926, CVE-2020-15955, CVE-2021-33515, -38084, -38542: what stands behind STLS is not heard in TLS" {
  verifier "cat <&3 >>$PWD/record; exit 1"
  touch record && chmod 666 record
  with_tls
  serve ./verifier
  injected=$'STLS\\r\\nUSER joe\\r\\nPASS sesame\\r\\n'
  for octets in "$injected" "${injected}\\x16\\x03\\x01" 'USER joe\r\nSTLS\r\nPASS sesame\r\n'; do
    chat "@send $octets" @end >out
    is "closed" "$(tail -n 1 out)"
    grep -q '^-ERR nothing may follow STLS' out
  done
  # Behind a handshake that fails nothing is heard in clear.
  chat STLS '@send USER joe\r\nPASS sesame\r\n' @end | grep -c '^+OK' | is 2 "$(cat)"  # the greeting's and STLS's
  # What was said before TLS is forgotten.
  chat 'USER joe' @stls 'PASS sesame' QUIT | grep '^-ERR USER first'
  is '' "$(cat record)"
}

@test "CVE-2021-3618 (ALPACA): another protocol's client gets no session, by ALPN or by its first lines" {
  users
  with_tls
  serve POP3_TLS=implicit
  timeout 5 openssl s_client -quiet -connect "127.0.0.1:$PORT" -servername localhost -alpn http/1.1 </dev/null >out 2>&1 || true
  lacks '[+]OK' out
  grep -qi 'no application protocol' out
  serve
  { printf 'POST / HTTP/1.1\r\nHost: x\r\n'; for n in {1..20}; do printf 'X-%s: y\r\n' "$n"; done; printf '\r\nUSER joe\r\nPASS sesame\r\nSTAT\r\n'; } >request
  exec 9<>"/dev/tcp/127.0.0.1/$PORT"
  cat request >&9
  timeout 10 cat -v <&9 >out || true
  is 20 "$(grep -c '^-ERR' out)"
  lacks 'now PASS|messages' out
}

# --- the session ------------------------------------------------------------------------------

# features: N03 N31
@test "CVE-2005-1513, -1514, -1515: numbers too large, negative or missing are no message's" {
  message new/1.one 'a\n'
  message new/2.two 'b\n'
  for number in 0 00 -1 +1 4294967297 4294967298 9223372036854775809 18446744073709551617 340282366920938463463374607431768211457 1x 0x1 ''; do
    lines+=("LIST $number x" "UIDL $number x" "RETR $number" "DELE $number" "TOP $number 0" "TOP 1 $number"x)
  done
  POP3_BAD_COMMANDS=1000 pop "${lines[@]}" TOP 'TOP 1' 'TOP 1 -1' LIST QUIT >out
  is "$((${#lines[@]} + 3))" "$(grep -c '^-ERR' out)"
  sed -n '/^+OK 2 messages^M/,$p' out | replies '+OK 2 messages' '1 3' '2 3' . '+OK bye'
  pop 'TOP 1 4294967296' 'TOP 1 18446744073709551616' | grep -c '^a^M$' | is 2 "$(cat)"
  is 2 "$(ls joe/Maildir/cur | wc -l)"
}

# features: N12
@test "CVE-2003-0143: a reply does not hold what was said, at whatever length" {
  for size in 9 10 11 99 100 101 126 127 128 129 246 247 248; do lines+=("MDEF $(letters "$size" q)" "$(letters "$size" q)" "XTND $(letters "$size" q)"); done
  POP3_BAD_COMMANDS=1000 pop "${lines[@]}" QUIT >out
  is "$((${#lines[@]} + 2))" "$(wc -l <out)"
  lacks qqq out
}

# features: N38
@test "CVE-2024-23184, -23185: a header of a million addresses or lines costs little memory and time" {
  python3 -IS -c 'print("To: " + ", ".join(["a@example.org"] * 500000) + "\n" + "X: y\n" * 1000000 + "\nbody")' >joe/Maildir/new/1.long
  own joe/Maildir/new/1.long
  (ulimit -v 100000 -t 5 && pop 'TOP 1 0' 'UIDL 1' QUIT) >out
  tail -n 3 out | replies . '+OK 1 1.long' '+OK bye'
  (ulimit -v 300000 -t 10 && pop3-mangle <joe/Maildir/cur/1.long:2, >out)
  [ "$(wc -c <out)" -lt 1000000 ]
}

# features: N18 N37
@test "CVE-2020-12100: MIME that is deep, broad, broken or never ends costs little memory and time" {
  python3 -IS - <<'PYTHON'
def save(name, *lines): open(name, "w").write("\n".join(lines) + "\n")
def part(boundary): return f"Content-Type: multipart/mixed; boundary=\"{boundary}\"", "", f"--{boundary}"
for depth in 1, 10, 100, 1000:
    save(f"deep{depth}", *[line for level in range(depth) for line in part(f"b{level}")], "", "text")
save("broad", *part("b"), *["\ntext\n--b"] * 10000)
for size in 0, 70, 10000:
    save(f"boundary{size}", *part("b" * size), "", "text")
save("name", "Content-Type: text/plain; name=\"" + "n" * 100000 + "\"", "Content-Disposition: attachment; filename*0=" + "f" * 100000, "", "text")
save("unquoted", "Content-Type: multipart/mixed; boundary=\"", "", "text")
save("rfc822", *["Content-Type: message/rfc822", ""] * 1000, "text")
PYTHON
  for message in deep* broad boundary* name unquoted rfc822; do
    (ulimit -v 300000 -t 5 && pop3-mangle <"$message" >out) || { echo "$message"; false; }
    is '' "$(tail -c 1 out | tr -d '\n')"
    case $message in
    deep100* | broad | boundary10000 | rfc822) grep -qx '\[message too complex; the rest is left out\]' out ;;
    deep* | boundary*) is text "$(tail -n 1 out)" ;;
    esac
    lacks '^n{200}|f{200}' out
  done
  pop3-mangle <broad >out
  (($(wc -c <out) < 200))
  # And wishes that are none.
  message new/1 'a: b\n\nc\n'
  for wish in 'mangle(' 'mangle()' 'mangle(headers=' 'mangle(headers=to' 'mangle(headers=to:;' "mangle(headers=$(letters 200))x" \
    'mangle(text=plain;text=plain)' 'mangle(=)' 'mangle(;)' 'mangle(charset=)' 'mangle)'; do lines+=("RETR 1 $wish" "LIST 1 $wish" "TOP 1 0 $wish"); done
  printf '%s\r\n' "${lines[@]}" QUIT | POP3_BAD_COMMANDS=1000 POP3_MANGLE=pop3-mangle as_user filters pop3d joe/Maildir 2>>server.log | cat -v >out
  tail -n 1 out | replies '+OK bye'
  not_logged 'signal|failed'
}

# features: N10
@test "CVE-2002-0454, CVE-2002-0914: lines without end and dates out of this world end in bounded time" {
  for name in 99999999999999999999999.x -1.x 0.x 1795304737.x,S=99999999999999999999 '.x'; do message "new/$name" 'Date: Thu, 99 Foo 99999999999 99:99:99 +99999999999\n\nx\n'; done
  { printf 'STAT\r\n'; head -c 20000000 /dev/zero | tr '\0' x; } >long
  (ulimit -v 100000 -t 3 && as_user pop3d joe/Maildir <long 2>>server.log >out)
  cat -v out | replies '+OK 4 messages (232 octets)' '+OK 4 232'
  (cd joe && ulimit -t 2 && as_user expire 1 true Maildir 2>>../server.log)
  (ulimit -v 300000 -t 3 && pop3-mangle <joe/Maildir/new/0.x >out)
}

# features: N30
@test "sizes that a name tells wrongly are not what the client hears" {
  content='.\na\n\rb' size=10  # 6 on disk, and 2 CRs, and the last line's end
  for stated in S=5 S=7 S=0 S=-6 S=+6 S=6x S=18446744073709551616 S=18446744073709551622 S=5,W=9 W=0 W=5 W=13 W=-8 W=8x W=18446744073709551616; do
    rm -f joe/Maildir/*/*
    message "new/1.x,$stated" "$content"
    pop LIST 'RETR 1' | replies "+OK 1 messages ($size octets)" '+OK 1 messages' "1 $size" . "+OK $size octets" .. a '^Mb' . ||
      { echo "$stated"; false; }
  done
}

# features: N35
@test "CVE-2019-7524: a map of unique-ids that is long, binary or cut gives each message one good id" {
  for n in 1 2 3 4; do message "cur/$n.x:2," 'a\n'; done
  {
    printf '1.x\t%s\n' "$(letters 100000)"
    printf '2.x\n\t\n\0\0\t\0\n3.x\tone two\n3.x\t\xff\xfe\n4.x\tsame\n1.x\tsame\n'
    head -c 100000 /dev/zero
    printf '\n2.x\tlast'
  } >joe/Maildir/uidl.map
  head -c 8192 /dev/urandom >joe/Maildir/popchain.index
  head -c 8192 /dev/urandom >joe/Maildir/popchain.uidls
  own joe
  POP3_LOG_UIDL_CHANGE=1 pop UIDL QUIT | replies '+OK 4 messages (12 octets)' '+OK 4 messages' '1 1.x' '2 last' '3 3.x' '4 same' . '+OK bye'
  rm joe/Maildir/uidl.map && mkfifo joe/Maildir/uidl.map && own joe
  pop UIDL QUIT | replies '-ERR [SYS/TEMP] cannot serve the mailbox now'  # at once
}

# --- files ------------------------------------------------------------------------------------

# features: N07
@test "CVE-2000-1198: nobody else can lock the mailbox, by a file or by the kernel's locks" {
  needs_root
  rm -r joe/Maildir
  users
  serve POP3_MAILDIR_CREATE=1
  talk 'USER joe' 'PASS sesame' QUIT | grep '^+OK 0 messages'
  for name in joe.lock .joe.pop popchain.lock Maildir.lock Maildir/popchain.lock; do touch "joe/$name" && chmod 600 "joe/$name"; done
  setpriv --reuid 20005 --regid 20005 --clear-groups flock -n joe/Maildir sleep 10 2>/dev/null &
  stranger=$!
  wait "$stranger" && false  # it may not
  talk 'USER joe' 'PASS sesame' QUIT | grep '^+OK 0 messages'
}

# features: N16
@test "CVE-2005-1152: what is made is the user's alone, whatever the umask was" {
  mkdir bulls && printf 'From: p@h\nDate: x\nSubject: x\n\nb\n' >bulls/1.x
  message new/1.one 'a\n'
  message cur/2.old:2,S 'a\n' && touch -d '1 year ago' joe/Maildir/cur/2.old:2,S
  users
  touch mark
  umask 0
  serve POP3_DELETE=trash POP3_LOG_UIDL_CHANGE=1 POP3_GUESSES="$PWD/empty/guesses" checkpw -f "$USERS" \
    last-login expire 30 bulletins -h h "$PWD/bulls" pop3d Maildir
  talk 'USER joe' 'PASS wrong' 'USER joe' 'PASS sesame' 'DELE 1' 'RETR 2' QUIT | tail -n 1 | replies '+OK bye'
  eventually test -s joe/Maildir/popchain.uidls
  for file in .popbull popchain.expire popchain.uidls; do [ -e "joe/Maildir/$file" ]; done
  # Messages that were there keep their modes.
  is '' "$(find joe empty -newer mark -type f ! -name '1.one*' ! -name '2.old*' -perm /077 -printf '%m %p\n')"
  is '' "$(find joe -type d -perm /022 -printf '%m %p\n')"
}

# features: N19
@test "a configuration file without a last line end, or a hundredfold within itself, is read or refused, and soon" {
  printf 'set timeout = 60' >last && chmod 644 last
  is POP3_TIMEOUT=60 "$(env -i PATH="$PATH" pop3-env -q last env | grep POP3_)"
  for n in {1..100}; do printf 'set config-file = %s/n%d\n' "$PWD" "$((n + 1))" >"n$n"; done
  printf 'set timeout = 61\n' >n101 && chmod 644 n*
  run -111 --separate-stderr bash -c 'ulimit -t 2 -v 100000; exec env -i PATH="$PATH" pop3-env -q n1 true'
  [[ $stderr == *'n17 error="files are nested deeper than 16"'* ]]
}

# --- policies -------------------------------------------------------------------------------

# features: N20
@test "a policy that keeps a user from USER and PASS keeps him from APOP, CRAM-MD5 and SCRAM" {
  needs_root
  users "$joe::shell=/no/shell"
  printf 'joe\n' >names
  : >nobody
  for policy in "BLOCK_UID=$joe_uid" POP3_NONAUTH_FILE="$PWD/names" POP3_AUTH_FILE="$PWD/nobody" POP3_ENABLED=0 POP3_CHECK_SHELL=1; do
    serve "$policy" POP3_TRIES=10 POP3_MECHANISMS='user apop cram-md5 scram-sha-256'
    chat 'USER joe' 'PASS sesame' '@apop joe sesame' '@cram joe sesame' QUIT >out
    is 3 "$(grep -cF -- "$failed" out)" || { echo "$policy"; cat out; false; }
    timeout 10 python3 -IS "$BATS_TEST_DIRNAME/scram.py" "$PORT" joe sesame | tail -n 1 | is "$failed" "$(cat)"
  done
}

# features: N22
@test "a log line that is forged opens no relay: only a login does" {
  mkdir -m 777 relay
  users
  RELAY_CTRL_DIR=$PWD/relay serve POP3_LOG=qpopper POP3_LOG_LOGIN='(v%0) POP login by user "%1" at (%2) %3' RELAY_CTRL_DIR="$PWD/relay" \
    POP3_TRIES=100 checkpw -f "$USERS" relay-allow pop3d Maildir
  chat 'USER joe"_at_(x)_10.0.0.1' 'PASS x' "AUTH PLAIN $(base64 '\0x\n(v4) POP login by user "joe" at (x) 10.0.0.1\0x')" \
    'USER 10.0.0.1' 'PASS x' QUIT >out
  is '' "$(ls -A relay)"
  not_logged '^\(v4\)|at \(x\) 10'
  chat 'USER joe' 'PASS sesame' QUIT >out
  is 127.0.0.1 "$(ls -A relay)"
}

# features: N21
@test "log lines cannot be made, hidden or read wrongly by a name" {
  users
  serve POP3_TRIES=100
  names=('event=login' 'a,event=login' 'joe>,rip=10.0.0.1' 'joe"ip=10.0.0.1' 'x:event=refused')
  for name in "${names[@]}"; do chat "USER $name" 'PASS x' QUIT >out; done
  eventually grep -q 'x:event=refused.*tries=1' server.log
  not_logged ' r?ip=10'
  for form in kv json; do
    : >server.log
    serve POP3_LOG=$form POP3_TRIES=100
    for name in "${names[@]}"; do chat "USER $name" 'PASS x' QUIT >out; done
    eventually test "$(grep -c refused server.log)" -ge 5
    pop3-stats server.log >report
    grep -E 'refused|failed' report | grep -qw 5 || { cat report server.log; false; }
  done
}

# --- the table ----------------------------------------------------------------------------------

@test "every row of group N has a test, and every test that the table above names is there" {
  cd "$BATS_TEST_DIRNAME"
  for number in {1..43}; do
    row=$(printf 'N%02d' "$number")
    grep -qE "^(#|//) features:.* ?$row( |\$)" ./*.bats ./*_test.cc || { echo "$row"; false; }
  done
  sed -n 's/^#   .*  \([a-z0-9_-]*\.bats\): \(.*\)$/\1\t\2/p' cve.bats >"$BATS_TEST_TMPDIR/table"
  [ "$(wc -l <"$BATS_TEST_TMPDIR/table")" -gt 20 ]
  while IFS=$'\t' read -r file name; do
    grep -qF "@test \"$name\" {" "$file" || { echo "$file: $name"; false; }
  done <"$BATS_TEST_TMPDIR/table"
}
