#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# pop3-login: the greeting, and all that happens before a login. (A01 and so on: rows of the
# table of features; N: of the holes that other servers had; B, C likewise.)

load helpers

# refused LINE REPLY: the server's answer to a line in the AUTHORIZATION state.
refused() { talk "$1" QUIT | replies "$greeting" "-ERR $2" '+OK bye'; }

letters() { printf "%${1}s" '' | tr ' ' x; }

# --- greeting and CAPA ------------------------------------------------------------------

# features: A15 A16 N34
@test "the greeting ends in a timestamp of the form of a msg-id" {
  serve true
  talk QUIT >out
  grep -qE '^\+OK POP3 ready <[a-z2-7]{16}\.[0-9]+\.[0-9]{10}@localhost>\^M$' out
}

# features: B01 N34
@test "no two greetings have the same timestamp, nor the same random part" {
  serve true
  for _ in {1..20}; do talk QUIT; done | grep -o '<[^.]*' >stamps
  is 20 "$(sort -u stamps | wc -l)"
}

# features: A20
@test "the host of the command line is in the greeting" {
  HOST=mail.example.org serve true
  talk QUIT | head -n 1 | grep -q '@mail\.example\.org>^M$'
}

# features: A16 A06
@test "POP3_SHY=0 tells the version in greeting and CAPA" {
  serve POP3_SHY=0 true
  talk CAPA QUIT >out
  grep -qE '^\+OK popchain [0-9.]+ at localhost ready <.*>\^M$' out
  grep -qE '^IMPLEMENTATION popchain-[0-9.]+\^M$' out
}

# features: A02 A03 A08 A12 A13 A06
@test "CAPA before the login names the extensions, and not the version" {
  serve true
  talk CAPA QUIT | replies "$greeting" '+OK capabilities follow' TOP UIDL USER \
    'SASL SCRAM-SHA-256 PLAIN LOGIN' RESP-CODES AUTH-RESP-CODE PIPELINING 'UTF8 USER' LANG . '+OK bye'
}

# --- logins -----------------------------------------------------------------------------

# features: A22 A24
@test "USER and PASS log in" {
  users
  serve
  talk 'USER joe' 'PASS sesame' QUIT |
    replies "$greeting" '+OK now PASS' '+OK 0 messages (0 octets)' '+OK bye'
}

# features: B01
@test "APOP logs in" {
  users
  serve
  chat '@apop joe sesame' QUIT | replies "$greeting" '+OK 0 messages (0 octets)' '+OK bye'
}

# features: B01
@test "an APOP digest in upper-case letters is good too" {
  users
  serve
  exec 9<>"/dev/tcp/127.0.0.1/$PORT"
  read -r line <&9
  stamp=${line#*ready }
  digest=$(printf %s "${stamp%$'\r'}sesame" | md5sum)
  digest=${digest%% *}
  printf 'APOP joe %s\r\nQUIT\r\n' "${digest^^}" >&9
  cat -v <&9 | replies '+OK 0 messages (0 octets)' '+OK bye'
}

# features: A07 B36
@test "a wrong password is refused" {
  users
  serve
  talk 'USER joe' 'PASS wrong' QUIT |
    replies "$greeting" '+OK now PASS' '-ERR [AUTH] login failed' '+OK bye'
}

# features: B36 N13
@test "an unknown user hears the same as a wrong password" {
  users
  serve
  talk 'USER nobody' 'PASS wrong' QUIT |
    replies "$greeting" '+OK now PASS' '-ERR [AUTH] login failed' '+OK bye'
}

# features: B01
@test "a wrong digest is refused, and so is an unknown user's" {
  users
  serve
  chat '@apop joe wrong' '@apop nobody sesame' QUIT |
    replies "$greeting" '-ERR [AUTH] login failed' '-ERR [AUTH] login failed' '+OK bye'
}

# features: B01
@test "a password for PASS is not taken for APOP's secret of another greeting" {
  users
  serve
  digest=$(printf '<1896.697170952@localhost>sesame' | md5sum | cut -d ' ' -f 1)
  talk "APOP joe $digest" QUIT | replies "$greeting" '-ERR [AUTH] login failed' '+OK bye'
}

# features: A01
@test "keywords may be in any case" {
  users
  serve
  talk 'uSeR joe' 'pass sesame' 'quit' |
    replies "$greeting" '+OK now PASS' '+OK 0 messages (0 octets)' '+OK bye'
}

@test "lines that end in a bare LF are understood" {
  users
  serve
  chat '@send USER joe\nPASS sesame\nQUIT\n' '@read' '@read' '@read' |
    replies "$greeting" '+OK now PASS' '+OK 0 messages (0 octets)' '+OK bye'
}

# features: A12
@test "commands pipelined behind PASS reach the back end" {
  users
  message new/1 'one\n'
  serve
  talk 'USER joe' 'PASS sesame' STAT 'LIST 1' NOOP QUIT |
    replies "$greeting" '+OK now PASS' '+OK 1 messages (5 octets)' '+OK 1 5' '+OK 1 5' '+OK' '+OK bye'
}

@test "a client that sends octet by octet is served as well" {
  users
  serve
  chat '@drip USER joe\r\nPASS sesame\r\nSTAT\r\nQUIT\r\n' '@read' '@read' '@read' '@read' |
    replies "$greeting" '+OK now PASS' '+OK 0 messages (0 octets)' '+OK 0 0' '+OK bye'
}

# features: A26
@test "blanks are part of a password, at its ends too" {
  users "joe:  two  blanks  :$joe_uid:$joe_gid:$PWD/joe"
  serve
  talk 'USER joe' 'PASS two  blanks' 'USER joe' 'PASS   two  blanks  ' QUIT |
    replies "$greeting" '+OK now PASS' '-ERR [AUTH] login failed' '+OK now PASS' \
      '+OK 0 messages (0 octets)' '+OK bye'
}

# --- tries ------------------------------------------------------------------------------

# features: A28 B39
@test "the third failure closes the connection" {
  users
  serve
  chat 'USER joe' 'PASS a' 'USER joe' 'PASS b' 'USER joe' 'PASS c' @end >out
  is 3 "$(grep -c 'AUTH. login failed' out)"
  is closed "$(tail -n 1 out)"
  logged 'event=end .*reason=tries tries=3'
}

# features: A28
@test "what is pipelined behind the last failure is not looked at" {
  users
  serve POP3_TRIES=1
  talk 'USER joe' 'PASS wrong' 'USER joe' 'PASS sesame' STAT >out
  logged 'event=end .*reason=tries tries=1'
  not_logged 'event=login'
}

# features: A12
@test "a client that has pipelined more still hears why it was closed" {
  users
  serve POP3_TRIES=1
  chat '@send USER joe\r\nPASS wrong\r\nSTAT\r\nQUIT\r\n' '@sleep 0.2' @end | sed 's/^closed/&^M/' |
    replies "$greeting" '+OK now PASS' '-ERR [AUTH] login failed' closed
}

# features: A28
@test "two failures, and then the right password" {
  users
  serve
  talk 'USER joe' 'PASS a' 'USER nobody' 'PASS b' 'USER joe' 'PASS sesame' QUIT |
    replies "$greeting" '+OK now PASS' '-ERR [AUTH] login failed' '+OK now PASS' \
      '-ERR [AUTH] login failed' '+OK now PASS' '+OK 0 messages (0 octets)' '+OK bye'
  logged 'event=login .*tries=3'
}

# features: A28
@test "POP3_TRIES says how many failures close the connection" {
  users
  serve POP3_TRIES=1
  chat '@apop joe wrong' @end >out
  is closed "$(tail -n 1 out)"
}

# --- the wrong order, and every -ERR ----------------------------------------------------

# features: A23
@test "PASS without USER" { serve true && refused 'PASS sesame' 'USER first'; }
@test "USER without a name" { serve true && refused USER 'USER needs a name'; }
@test "USER with a blank and no name" { serve true && refused 'USER ' 'USER needs a name'; }
@test "a name with a blank in it" { serve true && refused 'USER joe doe' 'blank in name'; }
# features: B38
@test "a name of 129 octets" { serve true && refused "USER $(letters 129)" 'name too long'; }
@test "APOP without arguments" { serve true && refused APOP 'APOP needs a name and a digest'; }
@test "APOP with a name only" { serve true && refused 'APOP joe' 'APOP needs a name and a digest'; }
@test "APOP with a third argument" {
  serve true
  refused 'APOP joe c4c9334bac560ecc979e58001b3e22fb x' 'APOP needs a name and a digest'
}
@test "APOP with two blanks between its arguments" {
  serve true
  refused 'APOP joe  c4c9334bac560ecc979e58001b3e22fb' 'APOP needs a name and a digest'
}
@test "APOP with a digest of 31 digits" {
  serve true
  refused 'APOP joe c4c9334bac560ecc979e58001b3e22f' 'not a digest'
}
@test "APOP with a digest of 33 digits" {
  serve true
  refused 'APOP joe c4c9334bac560ecc979e58001b3e22fb0' 'not a digest'
}
@test "APOP with a digest that is not hexadecimal" {
  serve true
  refused 'APOP joe g4c9334bac560ecc979e58001b3e22fb' 'not a digest'
}
# features: B38
@test "APOP with a name of 129 octets" {
  serve true
  refused "APOP $(letters 129) c4c9334bac560ecc979e58001b3e22fb" 'name too long'
}
# features: A70 N28
@test "an empty line" { serve true && refused '' 'empty command'; }
@test "a line that begins with a blank" { serve true && refused ' USER joe' 'empty command'; }
# features: A70 M11
@test "an unknown command" { serve true && refused 'HELO there' 'unknown command'; }
# features: A69
@test "CAPA with an argument" { serve true && refused 'CAPA x' 'this command takes no argument'; }
@test "NOOP with an argument" { serve true && refused 'NOOP x' 'this command takes no argument'; }
@test "QUIT with an argument" { serve true && refused 'QUIT x' 'this command takes no argument'; }

# features: A27
@test "PASS without a password, or with an empty one" {
  serve true
  talk 'USER joe' PASS 'PASS ' QUIT | replies "$greeting" '+OK now PASS' \
    '-ERR PASS needs a password' '-ERR PASS needs a password' '+OK bye'
}

@test "the commands of the TRANSACTION state want a login first" {
  serve true
  talk STAT 'LIST 1' 'retr 1' 'DELE 1' RSET 'TOP 1 1' UIDL LAST QUIT |
    replies "$greeting" '-ERR log in first' '-ERR log in first' '-ERR log in first' \
      '-ERR log in first' '-ERR log in first' '-ERR log in first' '-ERR log in first' \
      '-ERR log in first' '+OK bye'
}

# features: A43 A54 A56 A62
@test "what Qpopper knew and we do not is an unknown command" {
  serve true
  talk EUIDL 'MDEF a(b)' 'XTND XMIT' 'RPOP joe' QUIT |
    replies "$greeting" '-ERR unknown command' '-ERR unknown command' '-ERR unknown command' \
      '-ERR unknown command' '+OK bye'
}

# features: A39
@test "NOOP is answered before the login too" {
  serve true
  talk NOOP QUIT | replies "$greeting" '+OK' '+OK bye'
}

# features: A23
@test "USER may be repeated, and the last one counts" {
  users
  serve
  talk 'USER nobody' 'USER joe' 'PASS sesame' QUIT |
    replies "$greeting" '+OK now PASS' '+OK now PASS' '+OK 0 messages (0 octets)' '+OK bye'
}

@test "a USER that was refused does not leave the one before it" {
  users
  serve
  talk 'USER joe' 'USER' 'PASS sesame' QUIT |
    replies "$greeting" '+OK now PASS' '-ERR USER needs a name' '-ERR USER first' '+OK bye'
}

# features: A23
@test "after a failure PASS wants a new USER" {
  users
  serve
  talk 'USER joe' 'PASS wrong' 'PASS sesame' QUIT | replies "$greeting" '+OK now PASS' \
    '-ERR [AUTH] login failed' '-ERR USER first' '+OK bye'
}

# features: B38
@test "a name of 128 octets reaches the verifier" {
  users
  serve
  talk "USER $(letters 128)" 'PASS x' QUIT |
    replies "$greeting" '+OK now PASS' '-ERR [AUTH] login failed' '+OK bye'
}

# --- what is not text -------------------------------------------------------------------

# features: N41
@test "NUL, control and 8-bit octets are refused in any command" {
  users
  serve
  chat '@send US\0ER joe\r\n' @read '@send USER joe\0\r\n' @read '@send USER j\x01oe\r\n' @read \
    '@send USER jo\xe9\r\n' @read '@send NOOP\tx\r\n' @read '@send NO\rOP\r\n' @read \
    '@send NOOP\x7f\r\n' @read QUIT >out
  is 7 "$(grep -c '^-ERR control or 8-bit character in command^M$' out)"
}

# features: N41 N43
@test "a password cannot end in a NUL, as if something else followed" {
  users
  serve
  chat 'USER joe' '@send PASS sesame\0\r\n' @read QUIT | replies "$greeting" '+OK now PASS' \
    '-ERR control or 8-bit character in command' '+OK bye'
}

# --- long lines (RFC 2449 s.4) ----------------------------------------------------------

# features: A68
@test "a line of 255 octets is accepted" {
  long=$(letters 248)
  users "joe:$long:$joe_uid:$joe_gid:$PWD/joe"
  serve
  talk 'USER joe' "PASS $long" QUIT |
    replies "$greeting" '+OK now PASS' '+OK 0 messages (0 octets)' '+OK bye'
}

# features: A68
@test "a line of 256 octets is refused, and the next command works" {
  users
  serve
  talk 'USER joe' "PASS $(letters 249)" 'PASS sesame' QUIT | replies "$greeting" \
    '+OK now PASS' '-ERR line too long' '+OK 0 messages (0 octets)' '+OK bye'
}

# features: A68
@test "a password of 249 octets, which a bare LF makes room for, is refused" {
  users
  serve
  chat 'USER joe' "@send PASS $(letters 249)\n" @read QUIT | replies "$greeting" '+OK now PASS' \
    '-ERR name or password too long' '+OK bye'
}

# features: N01 N02 N08
@test "the arguments that overflowed Qpopper are refused" {
  serve true
  talk "USER $(letters 1024)" "PASS $(letters 1024)" "AUTH $(letters 2048)" \
    "APOP $(letters 65536) x" "$(letters 10240)" QUIT |
    replies "$greeting" '-ERR line too long' '-ERR line too long' '-ERR line too long' \
      '-ERR line too long' '-ERR line too long' '+OK bye'
}

# features: A68
@test "the rest of a line that is too long is never a command" {
  serve true
  talk "$(letters 255)QUIT" "$(letters 510)QUIT" NOOP QUIT | replies "$greeting" \
    '-ERR line too long' '-ERR line too long' '+OK' '+OK bye'
}

# features: N10
@test "a megabyte without a line end is read to its end and is no command" {
  serve true
  { head -c 1000000 /dev/zero | tr '\0' x && printf '\r\nQUIT\r\n'; } >megabyte
  exec 9<>"/dev/tcp/127.0.0.1/$PORT"
  cat megabyte >&9
  cat -v <&9 | replies "$greeting" '-ERR line too long' '+OK bye'
}

# features: N10
@test "a client that goes in the middle of a megabyte leaves nothing behind" {
  serve true
  exec 9<>"/dev/tcp/127.0.0.1/$PORT"
  head -c 1000000 /dev/zero | tr '\0' x >&9
  exec 9>&-
  logged 'event=end .*reason=eof'
}

# --- bad commands -----------------------------------------------------------------------

# features: A70
@test "the twentieth bad command closes the connection" {
  serve true
  chat X X X X X X X X X X X X X X X X X X X X @end >out
  is 20 "$(grep -c '^-ERR unknown command' out)"
  is closed "$(tail -n 1 out)"
  logged 'event=end .*reason=bad-commands'
}

@test "POP3_BAD_COMMANDS says how many bad commands close the connection" {
  serve POP3_BAD_COMMANDS=2 true
  chat X '' @end >out
  is closed "$(tail -n 1 out)"
}

# --- verifiers --------------------------------------------------------------------------

# answer_to VERIFIER-SCRIPT: what the client hears of a login.
answer_to() {
  verifier "$1"
  serve ./verifier
  chat 'USER joe' 'PASS x' @end | tail -n +3
}

# features: A07
@test "a verifier's exit code 1 is a wrong login" {
  is $'-ERR [AUTH] login failed^M\nclosed' "$(answer_to 'exit 1')"
}

# features: A07
@test "a verifier's exit code 2 is for the administrator" {
  is $'-ERR [SYS/PERM] cannot verify logins, tell the administrator^M\nclosed' "$(answer_to 'exit 2')"
}

# features: A07
@test "a verifier's exit code 111 is a passing trouble" {
  is $'-ERR [SYS/TEMP] cannot verify logins now, try again later^M\nclosed' "$(answer_to 'exit 111')"
}

# features: A07
@test "a verifier's other exit codes are a wrong login" {
  is $'-ERR [AUTH] login failed^M\nclosed' "$(answer_to 'exit 20')"
}

# features: A07
@test "a verifier that crashes is a passing trouble, and the log tells the signal" {
  is $'-ERR [SYS/TEMP] cannot verify logins now, try again later^M\nclosed' "$(answer_to 'kill -SEGV $$')"
  logged 'event=died .*program=./verifier signal=11'
}

# features: A07
@test "a verifier that is not there is a passing trouble, and more tries are given" {
  serve ./none
  talk 'USER joe' 'PASS x' NOOP QUIT | replies "$greeting" '+OK now PASS' \
    '-ERR [SYS/TEMP] cannot verify logins now, try again later' '+OK' '+OK bye'
  logged 'event=failed .*error="No such file or directory" program=./none'
}

# features: A07
@test "a verifier that cannot be executed is a passing trouble" {
  verifier 'exit 0'
  chmod a-x verifier
  serve ./verifier
  talk 'USER joe' 'PASS x' QUIT | replies "$greeting" '+OK now PASS' \
    '-ERR [SYS/TEMP] cannot verify logins now, try again later' '+OK bye'
}

# features: B49
@test "a verifier that knows nothing of us serves the session, and nobody talks into it" {
  is $'served by another\nclosed' "$(answer_to 'echo served by another')"
  logged 'event=served .*user=joe'
}

# features: B49
@test "a verifier that knows nothing of us gets one try" {
  verifier 'echo >>tries; exit 1'
  serve ./verifier
  chat 'USER joe' 'PASS x' 'USER joe' 'PASS x' @end >out
  is 1 "$(wc -l <tries)"
}

# features: B49
@test "a verifier that says - on the status descriptor gets all the tries" {
  verifier 'printf - >&4; exit 111'
  serve ./verifier
  talk 'USER joe' 'PASS x' 'USER joe' 'PASS y' QUIT | replies "$greeting" '+OK now PASS' \
    '-ERR [SYS/TEMP] cannot verify logins now, try again later' '+OK now PASS' \
    '-ERR [SYS/TEMP] cannot verify logins now, try again later' '+OK bye'
}

# features: B49
@test "once a verifier has said + its exit code is the back end's, and nothing is sent" {
  is $'served\nclosed' "$(answer_to 'printf + >&4; exec 4>&-; echo served; exit 1')"
  logged 'event=login .*user=joe'
}

@test "a back end that crashes is in the log" {
  answer_to 'printf + >&4; exec 4>&-; kill -SEGV $$'
  logged 'event=died .*program=back-end signal=11'
}

# features: B49
@test "descriptor 3 holds login, password and timestamp, each with its NUL, and no more" {
  verifier 'cat <&3 >record; exit 1'
  serve ./verifier
  chat 'USER joe@example.org' 'PASS  a b ' @end >out
  stamp=$(grep -o '<.*>' out)
  printf 'joe@example.org\0 a b \0%s\0' "$stamp" | cmp - record
}

# features: B49
@test "descriptor 3 holds APOP's digest in lower case" {
  verifier 'cat <&3 >record; exit 1'
  serve ./verifier
  chat 'APOP joe C4C9334BAC560ECC979E58001B3E22FB' @end >out
  stamp=$(grep -o '<.*>' out)
  printf 'joe\0c4c9334bac560ecc979e58001b3e22fb\0%s\0' "$stamp" | cmp - record
}

# features: B50
@test "POP3_AUTH tells the verifier if it was PASS or APOP" {
  verifier 'echo "$POP3_AUTH" >>auth; printf - >&4; exit 1'
  serve ./verifier
  talk 'USER joe' 'PASS c4c9334bac560ecc979e58001b3e22fb' \
    'APOP joe c4c9334bac560ecc979e58001b3e22fb' QUIT >out
  is $'user\napop' "$(<auth)"
}

@test "a verifier gets the client, the log, descriptor 3 and 4, and no other" {
  # 10 is where the shell keeps its script.
  is '0 1 10 2 3 4 +' "$(answer_to 'ls /proc/$$/fd; echo +; exit 0' | grep -v closed | xargs)"
}

@test "a verifier does not inherit that broken pipes are ignored" {
  verifier 'grep ^SigIgn /proc/$$/status >ignored; exit 1'
  serve ./verifier
  talk 'USER joe' 'PASS x' >out
  is 0 $((0x$(awk '{ print $2 }' ignored) & 1 << 12))
}

# features: N04 N25 N36
@test "names that once were directives are names like any other" {
  users
  serve POP3_TRIES=4
  talk 'USER %n%s%d' 'PASS %n' 'USER host:joe' 'PASS x' 'USER *' 'PASS x' QUIT >out
  is 3 "$(grep -c 'AUTH. login failed' out)"
  logged 'user=%n%s%d '
}

# --- time -------------------------------------------------------------------------------

# features: A29 N13
@test "unknown user, wrong password and a crash are answered after the same time" {
  users
  verifier 'kill -SEGV $$'
  serve POP3_ERROR_INTERVAL=1 ./verifier
  chat 'USER joe' 'PASS x' @took >crash &
  serve POP3_ERROR_INTERVAL=1
  chat 'USER nobody' 'PASS sesame' @took >unknown &
  chat 'USER joe' 'PASS wrong' @took >wrong &
  chat '@apop joe wrong' @took >digest
  eventually grep -q took crash
  eventually grep -q took unknown
  eventually grep -q took wrong
  cat crash unknown wrong digest
  times=$(grep -h took crash unknown wrong digest | awk '{ print $2 }' | sort -n)
  first=${times%%$'\n'*} last=${times##*$'\n'}
  ((first >= 990 && last - first < 200))
}

# features: A29
@test "a good login is not delayed" {
  users
  serve POP3_ERROR_INTERVAL=5
  chat 'USER joe' 'PASS sesame' @took QUIT >out
  (($(awk '/took/ { print $2 }' out) < 1000))
}

# features: H16
@test "a silent client is closed after POP3_LOGIN_TIMEOUT seconds" {
  serve POP3_LOGIN_TIMEOUT=1 true
  chat @end @took >out
  is closed "$(sed -n 2p out)"
  took=$(awk '/took/ { print $2 }' out)
  ((took >= 900 && took < 2000))
  logged 'event=end .*reason=timeout'
}

@test "a client that keeps sending NOOPs is closed at the same time" {
  serve POP3_LOGIN_TIMEOUT=2 POP3_BAD_COMMANDS=1000000 true
  chat '@every 0.1 NOOP' @took >out
  took=$(awk '/took/ { print $2 }' out)
  ((took >= 1900 && took < 3000))
  logged 'event=end .*reason=timeout'
}

@test "the login's time limit ends with the login" {
  users
  serve POP3_LOGIN_TIMEOUT=1
  chat 'USER joe' 'PASS sesame' '@sleep 1.3' NOOP QUIT |
    replies "$greeting" '+OK now PASS' '+OK 0 messages (0 octets)' '+OK' '+OK bye'
}

# --- pipes ------------------------------------------------------------------------------

@test "on pipes instead of a socket the session is the same" {
  users
  printf 'USER joe\r\nPASS sesame\r\nSTAT\r\nQUIT\r\n' |
    service INTRANET=1 pop3-login localhost checkpw -f "$USERS" pop3d Maildir 2>server.log | cat -v |
    replies "$greeting" '+OK now PASS' '+OK 0 messages (0 octets)' '+OK 0 0' '+OK bye'
}

@test "a line longer than 255 octets on a pipe is refused as on a socket" {
  printf 'PASS %s\r\nNOOP\r\n' "$(letters 300)" |
    service pop3-login localhost true 2>server.log | cat -v |
    replies "$greeting" '-ERR line too long' '+OK'
}

# --- privilege --------------------------------------------------------------------------

# connect: opens a connection on fd 9, reads the greeting, finds the two processes.
connect() {
  exec 9<>"/dev/tcp/127.0.0.1/$PORT"
  read -r -t 5 _ <&9
  parent=$(pgrep -P "$server")
  child=$(pgrep -P "$parent")
}

# of PID KEY: a line of /proc/PID/status, its values separated by single blanks.
of() { awk -v key="$2:" '$1 == key { $1 = ""; print substr($0, 2) }' "/proc/$1/status"; }

@test "what reads the network is nobody, alone in an empty root" {
  needs_root
  serve true
  connect
  is '20000 20000 20000 20000' "$(of "$child" Uid)"
  is '20000 20000 20000 20000' "$(of "$child" Gid)"
  is '' "$(of "$child" Groups)"
  is 0000000000000000 "$(of "$child" CapPrm)"
  is 1 "$(of "$child" NoNewPrivs)"
  is "$PWD/empty" "$(readlink "/proc/$child/root")"
  is "$PWD/empty" "$(readlink "/proc/$child/cwd")"
}

@test "what reads the network can make no process, file or core" {
  serve true
  connect
  is '0 0' "$(awk '/^Max processes/ { print $3, $4 }' "/proc/$child/limits")"
  is '0 0' "$(awk '/^Max file size/ { print $4, $5 }' "/proc/$child/limits")"
  is '0 0' "$(awk '/^Max core file size/ { print $5, $6 }' "/proc/$child/limits")"
}

@test "what reads the network has the client, the log and its parent, and no other descriptor" {
  needs_root
  serve true
  connect
  is 4 "$(find "/proc/$child/fd" -type l | wc -l)"
}

# opener PROGRAM: makes ./opener, which has the program inherit 19 and 30, a directory and a file.
opener() {
  printf '#!/bin/bash\nexec 19<"%s" 30>other\nexec %s "$@"\n' "$PWD" "$1" >opener
  chmod 755 opener
}

@test "what the listener has left open is the verifier's, and not of what reads the network" {
  needs_root
  opener pop3-login
  verifier 'ls /proc/$$/fd >seen; exit 1'
  POPUP=$PWD/opener serve POP3_TRACE="$PWD/trace" ./verifier
  connect  # the child, and who writes the trace
  for process in $child; do
    is "$process:" "$process:$(find "/proc/$process/fd" -lname "$PWD" -o -lname "$PWD/other")"
    is "$process 20000" "$process $(stat -c %u "/proc/$process")"
  done
  is 2 "$(wc -w <<<"$child")"
  printf 'USER joe\r\nPASS sesame\r\n' >&9
  eventually test -s seen
  is '19 30' "$(grep -x -e 19 -e 30 seen | xargs)"
  eventually grep -q 'PASS \*\*\*' trace
}

@test "after the login nothing of the session is root" {
  needs_root
  users
  serve
  connect
  printf 'USER joe\r\nPASS sesame\r\n' >&9
  read -r -t 5 _ <&9
  read -r -t 5 _ <&9
  is_popnull() { [ "$(of "$parent" Uid)" = '20000 20000 20000 20000' ]; }
  eventually is_popnull
  is '20000 20000 20000 20000' "$(of "$parent" Gid)"
  is '' "$(of "$parent" Groups)"
  is 0000000000000000 "$(of "$parent" CapPrm)"
  back_end=$(pgrep -P "$parent")
  is '20001 20001 20001 20001' "$(of "$back_end" Uid)"
  is '20001 20001 20001 20001' "$(of "$back_end" Gid)"
  is 20001 "$(of "$back_end" Groups)"
}

@test "a child that crashes is in the log with its signal" {
  serve true
  connect
  kill -SEGV "$child"
  logged 'event=died .*ip=127\.0\.0\.1 program=child signal=11'
}

@test "if the parent dies the child goes too" {
  serve true
  connect
  kill -KILL "$parent"
  is '' "$(timeout 5 cat <&9)"
  eventually test ! -e "/proc/$child"
}

@test "the empty root must belong to root and be writable by root only" {
  needs_root
  chmod 775 empty
  serve true
  exec 9<>"/dev/tcp/127.0.0.1/$PORT"
  cat -v <&9 | replies '-ERR [SYS/TEMP] cannot serve you now, try again later'
  logged 'error=.*empty: must belong to root and be writable by root only'
}

@test "an empty root that is missing is told to client and log" {
  needs_root
  rmdir empty
  serve true
  exec 9<>"/dev/tcp/127.0.0.1/$PORT"
  cat -v <&9 | replies '-ERR [SYS/TEMP] cannot serve you now, try again later'
  logged 'error="enter .*empty: No such file or directory"'
}

# --- misuse -----------------------------------------------------------------------------

# features: H26
@test "without a host or a verifier the usage is shown, exit 100" {
  run -100 pop3-login
  is 'pop3-login: usage: pop3-login host verifier [arg ...]' "$output"
  run -100 pop3-login localhost
}

@test "a host that cannot be in a timestamp is exit 100" {
  for host in '' 'a b' 'a<b' 'a>b' 'a@b' $'a\tb' "$(letters 65)"; do
    run -100 pop3-login "$host" true
    is 'pop3-login: host: 1 to 64 printable characters without < > @' "$output"
  done
}

@test "root without UID and GID is refused: exit 111, and the client hears of it" {
  needs_root
  for account in ROOT=empty 'UID=20000' 'GID=20000' 'UID=0 GID=20000' 'UID=20000 GID=0'; do
    # shellcheck disable=SC2086 # settings are words
    run -111 --separate-stderr env $account pop3-login localhost true </dev/null
    is $'-ERR [SYS/TEMP] cannot serve you now, try again later\r' "$output"
    [[ $stderr == *'event=failed'*'UID and GID'* ]]
  done
}

@test "a setting that is no number is refused: exit 111, and the log names it" {
  for setting in POP3_TRIES=0 POP3_TRIES=many POP3_LOGIN_TIMEOUT=0 POP3_LOGIN_TIMEOUT=-1 \
    POP3_ERROR_INTERVAL=61 POP3_BAD_COMMANDS=1x; do
    run -111 --separate-stderr service "$setting" pop3-login localhost true </dev/null
    is $'-ERR [SYS/TEMP] cannot serve you now, try again later\r' "$output"
    [[ $stderr == *"error=\"${setting%=*}: not a number from "* ]]
  done
}

@test "a wrong POP3_SHY is told to client and log too" {
  serve POP3_SHY=yes true
  exec 9<>"/dev/tcp/127.0.0.1/$PORT"
  cat -v <&9 | replies '-ERR [SYS/TEMP] cannot serve you now, try again later'
  logged 'POP3_SHY: not a number from 0 to 1'
}

@test "not started as root it serves, and warns" {
  is_root && prefix=(setpriv --reuid 20001 --regid 20001 --clear-groups) || prefix=()
  run --separate-stderr "${prefix[@]}" pop3-login localhost true </dev/null
  [[ $output == '+OK POP3 ready <'* ]]
  [[ $stderr == *'warning: pop3-login: not started as root'* ]]
}

# --- the log ----------------------------------------------------------------------------

# features: G22 B45
@test "a login is one line: session, ip, user, auth, tries" {
  users
  serve
  talk 'USER joe' 'PASS wrong' 'USER joe' 'PASS sesame' QUIT >out
  logged '^pop3-login: event=login session=[a-z2-7]{10} ip=127\.0\.0\.1 user=joe auth=user tries=2$'
}

@test "a refused login is one line, for ban programs and for us: session, ip, user, auth, reason, tries" {
  users
  serve
  chat '@apop joe wrong' QUIT >out
  logged '^pop3-login: Aborted login \(auth failed, 1 attempts in [0-9]+ secs\): user=<joe>, method=APOP, rip=127\.0\.0\.1, event=refused session=[a-z2-7]{10} ip=127\.0\.0\.1 user=joe auth=apop reason=auth tries=1$'
}

@test "the lines of one session bear one session id" {
  users
  serve
  talk 'USER joe' 'PASS sesame' QUIT >out
  logged event=login
  logged event=logout
  is 1 "$(grep -oE 'session=[a-z2-7]{10}' server.log | sort -u | wc -l)"
}

@test "the log tells how a connection without a login ended" {
  serve true
  talk QUIT >out
  logged 'event=end session=[a-z2-7]{10} ip=127\.0\.0\.1 reason=quit tries=0$'
  chat NOOP >out
  logged 'event=end .* reason=eof tries=0$'
}

# features: N29
@test "the log never holds a password" {
  users
  serve
  talk 'USER joe' 'PASS OPENUP' 'PASS OPENUP' "PASS OPENUP$(letters 300)" 'APOP joe OPENUP' \
    'XPASS OPENUP' 'USER joe' 'PASS sesame' QUIT >out
  logged event=login
  not_logged 'OPENUP|sesame'
}

# features: N21
@test "a name cannot forge a field of the log" {
  users
  serve
  talk 'USER joe"ip=192.0.2.1' 'PASS x' QUIT >out
  logged 'ip=127\.0\.0\.1 user="joe\\x22ip=192\.0\.2\.1" auth=user'
}

@test "an IPv4 address is logged as one, however the listener says it" {
  printf 'QUIT\r\n' | service TCPREMOTEIP=::ffff:192.0.2.1 pop3-login localhost true 2>server.log >out
  logged ' ip=192\.0\.2\.1 '
}

@test "without a log, descriptor 2 closed, logins are answered as ever" {
  users
  printf 'USER joe\r\nPASS wrong\r\nUSER joe\r\nPASS sesame\r\nQUIT\r\n' |
    service INTRANET=1 pop3-login localhost checkpw -f "$USERS" pop3d Maildir 3>&- 2>&- | cat -v |
    replies "$greeting" '+OK now PASS' '-ERR [AUTH] login failed' '+OK now PASS' \
      '+OK 0 messages (0 octets)' '+OK bye'
}
