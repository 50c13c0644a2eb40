#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# pop3-env: other servers' configurations as settings of the chain, and who may set what.

load helpers.bash

setup() {
  prepare
  fixtures=$BATS_TEST_DIRNAME/fixtures
  as_joe=(env)  # as_user() for what is executed
  ! is_root || as_joe=(setpriv --reuid "$joe_uid" --regid "$joe_gid" --clear-groups)
}

# What a program behind pop3-env finds of our variables, sorted.
given() { env -i PATH="$PATH" "$@" env | grep -E '^(POP3_|TLS_|BLOCK_UID|INTRANET|MAILDIR|RELAY)' | sort; }
# The same as joe, logged in.
given_to_user() { given USER=joe HOME="$PWD/joe" "$@" 2>>server.log; }
file() { printf '%s\n' "${@:2}" >"$1" && chmod 644 "$1"; }
own_file() { file "$@" && own "$1"; }

# --- the service's file -------------------------------------------------------------------

@test "options of Qpopper's file become settings" { # I02, I03, Q1
  file q 'set shy = false   # show it' 'SET timeout=0x3c' 'reset statistics' 'set clear-text-password = ssl'
  is 'POP3_CLEARTEXT=tls POP3_SHY=0 POP3_STATISTICS=0 POP3_TIMEOUT=60' "$(given pop3-env q | paste -sd' ')"
}

@test "parameters of TPOPS's file become settings" { # I12, T1
  file t '[a]' 'command-timeout = 60' '#debug' 'error-interval 3' 'maildir-lock=no'
  is 'POP3_COMMAND_ERROR_INTERVAL=3 POP3_ERROR_INTERVAL=3 POP3_LOCK=0 POP3_TIMEOUT=60' "$(given pop3-env t | paste -sd' ')"
}

@test "the form of a file is recognised, or told" {
  file none ''
  given pop3-env none | diff - /dev/null
  file f 'set timeout = 60'
  is POP3_TIMEOUT=60 "$(given pop3-env -q f)"
  run -111 env -i PATH="$PATH" pop3-env -t f true
}

@test "they act in a session" {
  users
  file q 'set shy = false' 'set statistics' 'set clear-text-password = never'
  POPUP="pop3-env q pop3-login" serve
  chat 'USER joe' 'PASS sesame' QUIT >seen
  grep -q '^+OK popchain ' seen
  grep -q '^-ERR \[AUTH\]' seen
}

@test "what is in the environment already stays, even if it is empty" { # I08, I13
  file q 'set timeout = 60' 'set shy'
  is 'POP3_SHY=0 POP3_TIMEOUT=' "$(given POP3_TIMEOUT= POP3_SHY=0 pop3-env q | paste -sd' ')"
  is 'POP3_SHY=1 POP3_TIMEOUT=60' "$(given POP3_TIMEOUT= POP3_SHY=0 pop3-env -o q | paste -sd' ')"
}

@test "a rule for the address wins over the file, before tcpserver and behind it" { # I08
  users
  file q 'set shy = false'
  printf '127.0.0.1:allow,POP3_SHY="1"\n:allow\n' | tcprules rules.cdb rules.tmp
  TCPSERVER="-x rules.cdb" POPUP="pop3-env q pop3-login" serve
  chat '@from 127.0.0.1' QUIT | grep -q '^+OK POP3 ready '
  chat '@from 127.0.0.2' QUIT | grep -q '^+OK popchain '

  env "${service_env[@]}" pop3-env q setsid tcpserver -1vHRl0 -x rules.cdb 127.0.0.1 0 pop3-login localhost true \
    >port 2>>server.log 3>&- &
  echo $! >>servers
  eventually test -s port
  PORT=$(<port)
  chat '@from 127.0.0.1' QUIT | grep -q '^+OK POP3 ready '
  chat '@from 127.0.0.2' QUIT | grep -q '^+OK popchain '
}

@test "popper's command line, as it was" { # I01, A11
  is 'POP3_EXPIRE=never POP3_LOGIN_DELAY=10 POP3_STATISTICS=1 POP3_TIMEOUT=600' \
    "$(given pop3-env -a '-sR -T600 -e login_delay=10,expire=' 2>/dev/null | paste -sd' ')"
  file q 'set timeout = 5' 'set shy'
  is 'POP3_SHY=1 POP3_TIMEOUT=7' "$(given pop3-env -a '-f q -T 7' | paste -sd' ')"
  is 'POP3_SHY=1 POP3_TIMEOUT=5' "$(given pop3-env -a '-T 7 -f q' | paste -sd' ')"
}

@test "tpops' command line wins over its file" { # I13, T1.01
  file t 'command-timeout = 5' 'maildir-lock = no'
  is 'POP3_LOCK=0 POP3_TIMEOUT=7' "$(given pop3-env -t -a '--command-timeout=7 -f t' | paste -sd' ')"
}

# --- what has no effect, and what is wrong --------------------------------------------------

@test "a name without effect is reported once, with what does the job" { # D26, D29, J01
  file q 'set server-mode' 'set shy' 'set Server-Mode = false' 'set chunky-writes = never'
  is POP3_SHY=1 "$(given pop3-env q 2>log)"
  is 2 "$(wc -l <log)"
  grep -q '^pop3-env: event=without-effect file=q line=1 name=server-mode instead="nothing is needed: each message is a file of its own' log
  grep -q '^pop3-env: event=without-effect file=q line=4 name=chunky-writes instead="answers are always gathered' log
}

@test "in a connection one line names them all" {
  file q 'set server-mode' 'set fast-update' 'set shy'
  given TCPREMOTEIP=192.0.2.1 pop3-env q 2>log
  is 'pop3-env: event=without-effect file=q names="server-mode fast-update"' "$(<log)"
}

@test "all errors are listed, with file and line; the client gets SYS/TEMP, and no program is run" { # I04
  file b 'set frob'
  file q 'set timeout = 60' 'shy' 'set timeout = never' 'set config-file = b' 'set bulldir = "/x'
  run -111 --separate-stderr env -i PATH="$PATH" TCPREMOTEIP=192.0.2.1 pop3-env q touch ran
  is $'-ERR [SYS/TEMP] cannot serve you now, try again later\r' "$output"
  diff - <(printf '%s\n' "$stderr") <<'END'
pop3-env: event=bad-setting file=q line=2 error="expected \x22set\x22 or \x22reset\x22"
pop3-env: event=bad-setting file=q line=3 name=timeout error="not a number"
pop3-env: event=bad-setting file=b line=1 name=frob error="no such option"
pop3-env: event=bad-setting file=q line=5 error="the closing quote is missing"
pop3-env: event=failed ip=192.0.2.1 error="4 wrong settings"
END
  [ ! -e ran ]
}

@test "an error before TLS is not told in clear, and one before tcpserver to nobody" {
  file q frob
  run -111 --separate-stderr env -i PATH="$PATH" TCPREMOTEIP=192.0.2.1 POP3_TLS=implicit pop3-env -q q true
  is '' "$output"
  run -111 --separate-stderr env -i PATH="$PATH" pop3-env -q q true </dev/null
  is '' "$output"
}

@test "a service whose file is wrong refuses its clients" { # I04
  users
  file q 'set frob'
  POPUP="pop3-env q pop3-login" serve
  talk | replies '-ERR [SYS/TEMP] cannot serve you now, try again later'
}

@test "files that others could have written are refused" { # I02
  file q 'set shy'
  chmod 664 q
  run -111 --separate-stderr pop3-env q true
  [[ $stderr == *'file=q error="group or others may write it"'* ]]
  run -111 pop3-env missing true
  run -111 pop3-env . true
}

@test "a file that includes itself is refused" { # I02
  file q 'set config-file = q'
  run -111 --separate-stderr env -i PATH="$PATH" timeout 5 pop3-env q true
  [[ $stderr == *'error="includes itself"'* ]]
}

@test "called wrongly" {
  file q 'set shy'
  run -100 pop3-env
  run -100 pop3-env q
  run -100 pop3-env -x q true
  run -100 pop3-env -u q
  run -100 pop3-env -u a -d /b true
  run -100 pop3-env -o -u a true
  run -100 pop3-env -d relative true
  run -111 pop3-env q ./no-such-program
}

# --- the user's own file, and the administrator's for him -------------------------------------

@test "a user's own file may set a little, in a session" { # I06, H13, Q1.59
  users
  own_file joe/.qpopper-options 'set server-mode' 'set update-status-headers = false' 'set timeout = 20'
  message new/1.x 'A: b\n\nc\n'
  serve checkpw -f "$USERS" pop3-env -u .qpopper-options pop3d Maildir
  chat 'USER joe' 'PASS sesame' 'RETR 1' QUIT >seen
  eventually test -e joe/Maildir/cur/1.x:2,
  logged 'pop3-env: event=without-effect session=[a-z0-9]+ user=joe file=\.qpopper-options names=server-mode$'
}

@test "a user who has no file is served" { # I06
  users
  serve checkpw -f "$USERS" pop3-env -u .pop3 pop3d Maildir
  chat 'USER joe' 'PASS sesame' QUIT | tail -n 1 | grep -q '^+OK bye'
}

@test "what a user may not set is logged and skipped, whatever else is in the file" { # I09, I10
  own_file joe/.pop3 'POP3_TRACE = /tmp/x' 'POP3_TIMEOUT = 700' 'nonsense' 'POP3_TIMEOUT = 60' 'POP3_AUTO_DELETE = 1'
  is POP3_TIMEOUT=60 "$(given_to_user "${as_joe[@]}" pop3-env -u joe/.pop3)"
  grep -q 'event=setting-skipped user=joe file=joe/.pop3 line=1 name=POP3_TRACE reason="a user may not set it"' server.log
  grep -q 'line=2 name=POP3_TIMEOUT reason="a user may not set it above 600"' server.log
  grep -q 'line=3 name=nonsense reason="no such parameter"' server.log
  grep -q 'line=5 name=POP3_AUTO_DELETE reason="a user may set it to 0 only"' server.log
}

@test "a user cannot fill the log" {
  own_file joe/.pop3 $(seq 1000)
  given_to_user "${as_joe[@]}" pop3-env -u joe/.pop3 || true
  is 6 "$(wc -l <server.log)"
  tail -n 1 server.log | grep -q 'event=setting-skipped user=joe file=joe/.pop3 more=995'
}

@test "nor does a file that is no configuration" {
  file q $(seq 100)
  run -111 --separate-stderr pop3-env q true
  is 52 "$(wc -l <<<"$stderr")"
  [[ $stderr == *'event=bad-setting file=q more=50'* ]]
}

@test "a user's file that is none is skipped: link, FIFO, directory, too long, not his own" { # I06, N15
  own_file joe/good 'POP3_TIMEOUT = 60'
  is POP3_TIMEOUT=60 "$(given_to_user "${as_joe[@]}" pop3-env -u joe/good)"
  ln -s good joe/link
  mkfifo joe/fifo
  mkdir joe/directory
  own_file joe/long 'POP3_TIMEOUT = 60' "$(printf '#%08192d' 0)"
  own_file joe/writable 'POP3_TIMEOUT = 60'
  chmod 666 joe/writable
  own joe
  local bad=(link fifo directory long writable)
  if is_root; then
    file joe/roots 'POP3_TIMEOUT = 60'
    bad+=(roots)
  fi
  for name in "${bad[@]}"; do
    is "$name:" "$name:$(given_to_user timeout 5 "${as_joe[@]}" pop3-env -u "joe/$name" || true)"
    grep -q "event=setting-skipped user=joe file=joe/$name reason=" server.log
  done
}

@test "the administrator's directory decides for one user" { # I07, Q1.41
  needs_root
  mkdir users.d
  file users.d/joe 'set timeout = 5000' 'set statistics'
  own_file joe/.pop3 'POP3_TIMEOUT = 30' 'POP3_MOVE_NEW = 0'
  # In whatever order the links stand.
  is 'POP3_MOVE_NEW=0 POP3_RECORD=POP3_TIMEOUT POP3_STATISTICS POP3_STATISTICS=1 POP3_TIMEOUT=5000' \
    "$(given_to_user "${as_joe[@]}" pop3-env -d "$PWD/users.d" pop3-env -u joe/.pop3 | paste -sd' ')"
  is 'POP3_MOVE_NEW=0 POP3_RECORD=POP3_TIMEOUT POP3_STATISTICS POP3_STATISTICS=1 POP3_TIMEOUT=5000' \
    "$(given_to_user "${as_joe[@]}" pop3-env -u joe/.pop3 pop3-env -d "$PWD/users.d" | paste -sd' ')"
  # Nothing for others.
  is '' "$(given USER=ann "${as_joe[@]}" pop3-env -d "$PWD/users.d")"
}

@test "the record in users.cdb wins over both" { # I08
  needs_root
  mkdir users.d
  file users.d/joe 'POP3_TIMEOUT = 5000'
  own_file joe/.pop3 'POP3_TIMEOUT = 30'
  for links in "-d $PWD/users.d" '-u joe/.pop3'; do
    given_to_user POP3_TIMEOUT=99 POP3_RECORD="POP3_SIZES POP3_TIMEOUT" "${as_joe[@]}" pop3-env $links | grep -qx POP3_TIMEOUT=99
  done
}

@test "the record wins in a session" { # I08
  users
  apoppasswd -f "$USERS" -m joe -o POP3_MARK_SEEN=1
  own_file joe/.pop3 'POP3_MARK_SEEN = 0' 'POP3_MOVE_NEW = 0'
  message new/1.x 'A: b\n\nc\n'
  message new/2.x 'A: b\n\nc\n'
  serve checkpw -f "$USERS" pop3-env -u .pop3 pop3d Maildir
  chat 'USER joe' 'PASS sesame' 'RETR 1' QUIT >seen
  eventually test -e joe/Maildir/cur/1.x:2,S
  [ -e joe/Maildir/new/2.x ]
  logged 'event=setting-skipped .*line=1 name=POP3_MARK_SEEN reason="the administrator has set it for this user"'
}

@test "a directory or a file of the user's own is no administrator's" { # I07
  needs_root
  mkdir users.d
  file users.d/joe 'set timeout = 5000'
  own users.d/joe
  run -111 --separate-stderr env USER=joe "${as_joe[@]}" pop3-env -d "$PWD/users.d" true
  is $'-ERR [SYS/TEMP] cannot serve the mailbox now\r' "$output"
  [[ $stderr == *'users.d/joe error="belongs to the user"'* ]]
  chown 0:0 users.d/joe
  chmod 777 users.d
  run -111 --separate-stderr as_user env USER=joe pop3-env -d "$PWD/users.d" true
  [[ $stderr == *'error="group or others may write in it"'* ]]
}

@test "a mistake in the administrator's file for a user refuses him, and nobody else" { # I04
  needs_root
  users "$joe" "ann:sesame:$((joe_uid + 1)):$joe_gid:$PWD/joe"
  mkdir users.d
  file users.d/ann 'set frob'
  serve checkpw -f "$USERS" pop3-env -d "$PWD/users.d" pop3d Maildir
  chat 'USER ann' 'PASS sesame' @end | tail -n 2 | grep -q '^-ERR \[SYS/TEMP\] cannot serve the mailbox now'
  logged 'event=bad-setting session=[a-z0-9]+ user=ann file=.*users.d/ann line=1 name=frob error="no such option"'
  chat 'USER joe' 'PASS sesame' QUIT | tail -n 1 | grep -q '^+OK bye'
}

@test "a login that is no file's name finds none" {
  needs_root
  mkdir users.d
  for name in '' . .. ../users.d/joe .hidden a/b; do
    run -111 as_user env USER="$name" pop3-env -d "$PWD/users.d" true
  done
}

@test "for a user it refuses to be root" { # I06
  needs_root
  for link in '-u .pop3' "-d $PWD"; do
    run -111 --separate-stderr env USER=joe pop3-env $link true
    is $'-ERR [SYS/PERM] no mailbox for root\r' "$output"
  done
}

# --- nothing is smuggled ----------------------------------------------------------------------

# A value that the setting may have, by what pop3-conf says of it.
a_value() {
  case $1 in
    '0 or 1') echo 1 ;;
    [0-9]*-[0-9]*) echo "${1%%-*}" ;;
    'absolute path') echo /x ;;
    path | text | command | 'text with '*) echo x ;;
    words) [ "$2" = POP3_REQUIRE ] && echo tls || echo plain ;;
    *) sed 's/,* .*//' <<<"$1" ;;
  esac
}

# forbidden LETTER FORM: a line for every setting that this source may not set, with a value that is good.
forbidden() {
  local name values who _
  while IFS=$'\t' read -r name values _ who _; do
    [[ $who == *"$1"* ]] || printf "$2\n" "$name" "$(a_value "$values" "$name")"
  done < <(pop3-conf -t)
}
forms=('%s = %s' '%s %s' 'set %s = %s' "set %s = '%s'")

@test "the service's file sets nothing but what it may" {
  for form in "${forms[@]}"; do
    forbidden f "$form" >file
    run -111 --separate-stderr pop3-env file true
    [ "$(wc -l <file)" -gt 40 ]
    [[ $stderr == *"error=\"$(wc -l <file) wrong settings\""* ]]
  done
}

@test "the administrator's file for a user sets nothing but what it may" {
  needs_root
  mkdir users.d
  for form in "${forms[@]}"; do
    forbidden d "$form" >users.d/joe
    run -111 --separate-stderr env USER=joe "${as_joe[@]}" pop3-env -d "$PWD/users.d" true
    [[ $stderr == *"error=\"$(wc -l <users.d/joe) wrong settings\""* ]]
  done
}

@test "a user's file sets nothing but what it may" { # I09, N11, N15, N19
  env -i PATH="$PATH" USER=joe "${as_joe[@]}" env | sort >before
  for form in "${forms[@]}"; do
    forbidden u "$form" >joe/.pop3
    own joe/.pop3
    env -i PATH="$PATH" USER=joe "${as_joe[@]}" pop3-env -u joe/.pop3 env 2>log | sort | diff before -
    # Five are named, and the others counted.
    tail -n 1 log | grep -q "more=$(($(wc -l <joe/.pop3) - 5))$"
  done
}

@test "nothing in a user's file sets what is no setting of his, by whatever name" { # I09
  pop3-conf -n >names
  {
    cut -f2 names
    printf '%s\n' LD_PRELOAD LD_LIBRARY_PATH PATH IFS ENV HOME MAILDIR USER pop3_trace Pop3_Timeout POP3_TIMEOUT=x=y
  } | while read -r name; do
    for value in 1 0 never none yes /x 99999; do echo "set $name = $value"; done
    echo "set $name"
    echo "reset $name"
  done >joe/.all
  split -l 200 joe/.all joe/.part  # a file is at most 8 KiB
  own joe
  for part in joe/.part*; do
    given_to_user "${as_joe[@]}" pop3-env -u "$part"
  done | sed 's/=.*//' | sort -u >set
  printf '%s\n' POP3_AUTO_DELETE POP3_MARK_SEEN POP3_MAX_BULLETINS POP3_TIMEOUT | diff - set
}

# --- the configurations that the documents print --------------------------------------------

# fixture NAME...: copies of them, with our paths and accounts in the place of a real machine's.
fixture() {
  local name account=env
  ! is_root || account="env UID=20000 GID=20000 ROOT=$PWD/empty"
  mkdir -p lib
  for name; do
    sed -e "s|envuidgid popnull|$account|; s|/var/popchain/etc/users/users.cdb|$USERS|" \
      -e "s|/usr/local/lib:|$PWD/lib:|; s|PATH=/var/local/bin:|PATH=$PWD/lib:$BIN:|" \
      -e "s| 0 pop3 | 127.0.0.1 $PORT |; s|-vR |-vRHl0 |; s|-p | |" "$fixtures/$name" >"lib/${name##*/}"
    chmod 644 "lib/${name##*/}"
    [ ! -x "$fixtures/$name" ] || chmod 755 "lib/${name##*/}"
  done
}
free_port() { PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'); }
is_served() { (exec 9<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; }
# start SCRIPT: a run script of old, until it serves.
start() {
  bare setsid sh "$1" >>server.log 2>&1 &
  echo $! >>servers
  eventually is_served
}
is_good_session() {
  chat 'USER joe' 'PASS sesame' STAT QUIT | grep -A 1 '^+OK 0 messages' | grep -q '^+OK 0 0'
}

@test "Qpopper under daemontools: the run script as it was" { # K12, H07, G01, S0
  needs_root  # tcpserver -u 0 -g 0
  users
  free_port
  fixture qpopper/run qpopper/popper
  : | tcprules tcp.cdb tcp.tmp
  start lib/run
  is_good_session
}

@test "ipop3d in the background: the start script as it was" { # K11, B15, G23, S2
  users
  free_port
  fixture ipop3d/start-ipop3d.sh ipop3d/ipop3d
  SPLOGGER_SOCKET=$PWD/none start lib/start-ipop3d.sh || true
  eventually is_served
  is_good_session
}

@test "TPOPS in inetd.conf: the line as it was, with its file" { # K14, H01, H06, I12, T1, S4
  users
  free_port
  fixture tpops/tpops tpops/tpops.conf
  sed -i 's/^domain = .*//; s/^access-log = .*//' lib/tpops.conf  # of a machine where there are such
  read -r _ _ _ _ _ _ program arguments <"$fixtures/tpops/inetd.conf"
  is 'tpops --inetd' "$program $arguments"
  echo "exec tcpserver -vRHl0 127.0.0.1 $PORT $PWD/lib/tpops $arguments -f $PWD/lib/tpops.conf" >inetd
  start inetd
  is_good_session
  logged 'event=without-effect file=.*names="port error-log pid-file user group syslog '
}

@test "hosts.allow with a second popper for strangers: inside in clear, others by APOP" { # B13, B14, S1
  users
  sed 's/^133\.30\.1\./127.0.0.3/' "$fixtures/qpopper/tcp.rules" | tcprules rules.cdb rules.tmp
  TCPSERVER="-x rules.cdb" serve
  chat '@from 127.0.0.3' 'USER joe' 'PASS sesame' QUIT | grep -q '^+OK 0 messages'
  chat '@from 127.0.0.4' 'USER joe' 'PASS sesame' QUIT | grep -q '^-ERR \[AUTH\]'
  chat '@from 127.0.0.4' '@apop joe sesame' QUIT | grep -q '^+OK 0 messages'
}

@test "every option of Qpopper's guide in one file, and its three files for two ports" { # Q1, F05, S3
  free_port
  fixture qpopper/qpopper{,-tls,-stls,-alternate-port}.config
  given pop3-env lib/qpopper.config >set 2>log
  diff - set <<'END'
POP3_AUTH_FILE=/etc/mail/pop/authfile
POP3_AUTO_DELETE=0
POP3_CLEARTEXT=tls
POP3_DOWNCASE_USER=1
POP3_EXPIRE=60
POP3_GROUP_BULLETINS=0
POP3_LOGIN_DELAY=15
POP3_LOG_LOGIN=(v%0) POP login by user "%1" at (%2) %3
POP3_MAIL_COMMAND=/usr/sbin/sendmail -t -i -oem
POP3_MARK_SEEN=1
POP3_MAX_BULLETINS=1
POP3_NONAUTH_FILE=/etc/mail/pop/nonauthfile
POP3_SHY=1
POP3_STATISTICS=1
POP3_TIMEOUT=120
POP3_TIMING=0
POP3_TRACE=/var/log/popper.trace
POP3_TRIM_DOMAIN=1
POP3_UPDATE_ON_ABORT=0
TLS_CIPHERS=HIGH:!aNULL
END
  not_bad=$(grep -c 'event=without-effect' log)
  is "$(wc -l <log)" "$not_bad"
  # Each option of the index is there.
  pop3-conf -n | awk -F'\t' '$1 == "qpopper" && $2 ~ /^([a-z]|UW-)/ && $2 !~ /^(reverse-lookups|check-hash-spool|tls-(support|identity-file|passphrase))$/ { print $2 }' |
    while read -r name; do grep -qiE "^ *(set|reset) +$name\b" lib/qpopper*.config || { echo "$name"; false; }; done
  given pop3-env lib/qpopper-stls.config 2>/dev/null | grep -qx POP3_TLS=stls
  given pop3-env lib/qpopper-alternate-port.config 2>/dev/null | grep -qx POP3_TLS=implicit
}

@test "every parameter of TPOPS with its default" { # T1, S4
  free_port
  fixture tpops/tpops.conf
  given pop3-env lib/tpops.conf >set 2>log
  diff - set <<'END'
POP3_ACCESS_LOG=/var/log/tpops.access
POP3_COMMAND_ERROR_INTERVAL=5
POP3_CONNECTION_TIME=3600
POP3_DOMAIN=example.org
POP3_ERROR_INTERVAL=5
POP3_LOCK=1
POP3_SIZES=name
POP3_TIMEOUT=600
END
  is "$(wc -l <log)" "$(grep -c 'event=without-effect' log)"
  pop3-conf -n | awk -F'\t' '$1 == "tpops" && $2 !~ /^(config|version)$/ { print $2 }' |
    while read -r name; do grep -qE "^#? ?$name( |$)" lib/tpops.conf || { echo "$name"; false; }; done
}
