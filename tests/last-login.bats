# SPDX-License-Identifier: ISC
# last-login: when and how a user came; and LOGIN-DELAY.

load helpers.bash

setup() {
  prepare
  RECORD=joe/Maildir/.last-login
}

last() { (cd joe && USER=${USER_IS-joe} TCPREMOTEIP=${IP_IS-192.0.2.7} as_user last-login "$@"); }
# A record of so many seconds ago.
came() { printf 'time=%s ip=192.0.2.1 user=joe\n' "$(($(date +%s) - $1))" >"${2-$RECORD}" && own joe; }
record_time() { sed -n 's/^time=\([0-9]*\) .*/\1/p' "${1-$RECORD}"; }

# features: D31 G28
@test "the login is recorded, through the chain" {
  users
  before=$(date +%s)
  serve checkpw -f "$USERS" last-login pop3d Maildir
  talk 'USER joe' 'PASS sesame' QUIT | grep -q '^+OK bye'
  grep -qE '^time=[0-9]+ date=2[0-9-]{9}T[0-9:]{8}Z ip=127.0.0.1 protocol=pop3 tls=- auth=user user=joe$' "$RECORD"
  [ "$(record_time)" -ge "$before" ]
  is "$(date -u -d "@$(record_time)" +%Y-%m-%dT%H:%M:%SZ)" "$(sed 's/.*date=\([^ ]*\).*/\1/' "$RECORD")"
  is "$(stat -c '%a %u' "$RECORD") $(ls -A joe/Maildir/tmp)" "600 $joe_uid "
}
# features: D31
@test "protocol and TLS" {
  check() {
    local wanted=$1
    shift
    export "$@"
    last true Maildir
    unset "${@%%=*}"
    is "$(sed 's/.* ip=/ip=/' "$RECORD")" "$wanted"
  }
  check 'ip=192.0.2.7 protocol=pop3 tls=TLSv1.3 auth=apop user=joe' TLS_PROTOCOL=TLSv1.3 TCPLOCALPORT=110 POP3_AUTH=apop
  check 'ip=192.0.2.7 protocol=pop3s tls=TLSv1.2 auth=- user=joe' TLS_PROTOCOL=TLSv1.2 TCPLOCALPORT=995
  check 'ip=192.0.2.7 protocol=pop3s tls=TLS auth=- user=joe' PROTO=SSL
  check 'ip=192.0.2.7 protocol=pop3s tls=TLSv1.3 auth=- user=joe' PROTO=SSL SSL_PROTOCOL=TLSv1.3
  IP_IS=::ffff:192.0.2.9 check 'ip=192.0.2.9 protocol=pop3 tls=- auth=- user=joe' TCPLOCALPORT=995
}
@test "no name can make a field or a line" {
  USER_IS=$'joe x\nip=1\303\244' last true Maildir
  is "$(wc -l <"$RECORD")" 1
  grep -q ' user=joe?x?ip=1??$' "$RECORD"
}
@test "-f: another file, from the home or anywhere" {
  last -f .came true Maildir
  [ -n "$(record_time joe/.came)" ]
  mkdir central && own central
  last -f "$PWD/central/joe" true Maildir
  [ -n "$(record_time central/joe)" ]
  is "$(ls -A central) $(ls -A joe | paste -sd' ')" 'joe .came Maildir'
  test ! -e "$RECORD"
}
@test "without a Maildir the record is in the home" {
  rm -r joe/Maildir
  last true Maildir
  [ -n "$(record_time joe/.last-login)" ]
}
# features: A09
@test "POP3_LOGIN_DELAY: too early is refused with [LOGIN-DELAY], and is no login" {
  users
  POP3_LOGIN_DELAY=100 serve checkpw -f "$USERS" last-login pop3d Maildir
  came 40
  before=$(record_time)
  talk 'USER joe' 'PASS sesame' STAT QUIT >answers
  grep -qE '^-ERR \[LOGIN-DELAY\] logins must be 100 seconds apart: try again in (60|59|58) seconds\^M$' answers
  is "$(tail -n 1 answers | cut -c1-18)" '-ERR [LOGIN-DELAY]'
  is "$(record_time)" "$before"
  logged 'last-login: event=refused session=[a-z2-7]{10} ip=127.0.0.1 user=joe reason=login-delay wait=[56][0-9]$'
  came 101
  talk 'USER joe' 'PASS sesame' CAPA QUIT >answers
  grep -q '^LOGIN-DELAY 100^M$' answers
  grep -q '^+OK bye' answers
  [ "$(record_time)" -gt "$before" ]
  talk 'USER joe' 'PASS sesame' QUIT | grep -q '^-ERR \[LOGIN-DELAY\]'
}
# features: A09
@test "without POP3_LOGIN_DELAY, and with 0, nobody waits" {
  came 0
  is "$(last echo welcome Maildir)" "welcome Maildir"
  is "$(POP3_LOGIN_DELAY=0 last echo welcome Maildir)" "welcome Maildir"
}
# features: A09
@test "a clock that was set back locks nobody out" {
  came -1000
  is "$(POP3_LOGIN_DELAY=100 last echo welcome Maildir)" "welcome Maildir"
  [ "$(record_time)" -le "$(date +%s)" ]
}
# features: A09
@test "a record that is none counts as no login, and is replaced" {
  export POP3_LOGIN_DELAY=100
  for content in '' x 'time=' 'time=x ip=1' "xtime=$(date +%s)" "time=99999999999999999999" "ip=1 time=$(date +%s)"; do
    printf '%s\n' "$content" >"$RECORD" && own joe
    is "$content: $(last echo welcome Maildir)" "$content: welcome Maildir"
    [ -n "$(record_time)" ]
  done
}
@test "what is in the record's place does no harm: FIFO, link, directory" {
  export POP3_LOGIN_DELAY=100
  mkfifo "$RECORD" && own joe
  is "$(last echo welcome Maildir)" "welcome Maildir"
  rm -f "$RECORD"
  echo keep >joe/other
  ln -s ../other "$RECORD"
  own joe
  is "$(last echo welcome Maildir)" "welcome Maildir"
  is "$(cat joe/other)" keep
  rm -f "$RECORD"
  mkdir "$RECORD" && own joe
  is "$(last echo welcome Maildir 2>>server.log)" "welcome Maildir"
  logged 'last-login: event=skipped user=joe error="rename to .last-login: Is a directory"'
  is "$(ls -A joe/Maildir/tmp)" ''
}
# features: D15
@test "a login that pop3d refuses as [IN-USE] is not recorded" {
  users
  serve
  exec 8<>"/dev/tcp/127.0.0.1/$PORT"
  printf 'USER joe\r\nPASS sesame\r\nNOOP\r\n' >&8
  for _ in 1 2 3 4; do read -r -t 5 _ <&8; done
  last pop3d Maildir 2>>server.log </dev/null | grep -q '^-ERR \[IN-USE\]'
  test ! -e "$RECORD"
  is "$(POP3_LOCK=0 last echo welcome Maildir)" "welcome Maildir"
  test -e "$RECORD"
  exec 8>&-
}
@test "a file that cannot be written, a delay that is none: a log line, and the session" {
  is "$(last -f /nothing/x echo welcome Maildir 2>>server.log)" "welcome Maildir"
  logged 'last-login: event=skipped user=joe error="create /nothing/x\.[a-z2-7]{10}: No such file or directory"'
  is "$(POP3_LOGIN_DELAY=soon last echo welcome Maildir 2>>server.log)" "welcome Maildir"
  logged 'error="POP3_LOGIN_DELAY: not a number from 0 to 86400"'
}
# features: G28
@test "-p prints records of files and of Maildirs" {
  printf 'time=1795304737 ip=192.0.2.7 protocol=pop3s tls=TLSv1.3 auth=apop user=joe more=x\n' >"$RECORD"
  printf 'time=0\n' >other
  run -0 last-login -p joe/Maildir other
  is "$output" "2026-11-21T23:45:37Z joe 192.0.2.7 pop3s TLSv1.3 apop joe/Maildir/.last-login
1970-01-01T00:00:00Z - - - - - other"
}
@test "-p says what has no record, and exits 1" {
  maildir empty
  echo x >rubbish
  mkfifo fifo
  ln -s "$RECORD" link
  last true Maildir
  run -1 last-login -p empty rubbish fifo link "$RECORD"
  is "$(printf '%s\n' "$output" | head -n 4)" "last-login: empty/.last-login: no login yet
last-login: rubbish: no record of a login
last-login: fifo: no record of a login
last-login: link: no record of a login"
  [[ $output == *' joe 192.0.2.7 pop3 - - '* ]]
}
@test "-p lets no record write on the terminal" {
  printf 'time=1 user=\033[31mjoe ip=\303\244\n' >"$RECORD"
  run -0 last-login -p "$RECORD"
  is "$output" "1970-01-01T00:00:01Z - - - - - $RECORD"
}
@test "root is not recorded, and goes on" {
  needs_root
  (cd joe && last-login echo on-we-go Maildir 2>>../server.log) | grep -q on-we-go
  test ! -e "$RECORD"
  logged 'last-login: event=skipped user=.* error="started as root"'
}
@test "misuse exits 100, a program that is not there 111" {
  run -100 last-login
  run -100 last-login -p
  run -100 last-login -x true
  run -100 last-login -f '' true
  run -100 last-login -f x -p y
  run -111 last ./nothing
  [[ $output == *'-ERR [SYS/TEMP] cannot serve the mailbox now'* ]]
}
