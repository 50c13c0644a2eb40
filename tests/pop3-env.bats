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

# features: I02 I03
@test "options of Qpopper's file become settings" { # Q1
  file q 'set shy = false   # show it' 'SET timeout=0x3c' 'reset statistics' 'set clear-text-password = ssl'
  is 'POP3_CLEARTEXT=tls POP3_SHY=0 POP3_STATISTICS=0 POP3_TIMEOUT=60' "$(given pop3-env q | paste -sd' ')"
}

# features: I12
@test "parameters of TPOPS's file become settings" { # T1
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

# features: I08 I13
@test "what is in the environment already stays, even if it is empty" {
  file q 'set timeout = 60' 'set shy'
  is 'POP3_SHY=0 POP3_TIMEOUT=' "$(given POP3_TIMEOUT= POP3_SHY=0 pop3-env q | paste -sd' ')"
  is 'POP3_SHY=1 POP3_TIMEOUT=60' "$(given POP3_TIMEOUT= POP3_SHY=0 pop3-env -o q | paste -sd' ')"
}

# features: I08
@test "a rule for the address wins over the file, before tcpserver and behind it" {
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

# features: I01 A11
@test "popper's command line, as it was" {
  is 'POP3_EXPIRE=never POP3_LOGIN_DELAY=10 POP3_STATISTICS=1 POP3_TIMEOUT=600' \
    "$(given pop3-env -a '-sR -T600 -e login_delay=10,expire=' 2>/dev/null | paste -sd' ')"
  file q 'set timeout = 5' 'set shy'
  is 'POP3_SHY=1 POP3_TIMEOUT=7' "$(given pop3-env -a '-f q -T 7' | paste -sd' ')"
  is 'POP3_SHY=1 POP3_TIMEOUT=5' "$(given pop3-env -a '-T 7 -f q' | paste -sd' ')"
}

# features: I13
@test "tpops' command line wins over its file" { # T1.01
  file t 'command-timeout = 5' 'maildir-lock = no'
  is 'POP3_LOCK=0 POP3_TIMEOUT=7' "$(given pop3-env -t -a '--command-timeout=7 -f t' | paste -sd' ')"
}

# --- what has no effect, and what is wrong --------------------------------------------------

# features: D26 D29 J01
@test "a name without effect is reported once, with what does the job" {
  file q 'set server-mode' 'set shy' 'set Server-Mode = false' 'set chunky-writes = never'
  is POP3_SHY=1 "$(given pop3-env q 2>log)"
  is 2 "$(wc -l <log)"
  grep -q '^pop3-env: event=without-effect file=q line=1 name=server-mode instead="nothing is needed: each message is a file of its own' log
  grep -q '^pop3-env: event=without-effect file=q line=4 name=chunky-writes instead="answers are always gathered' log
}

# without_effect OPTION...: each line of standard input, "LINE | WHAT", is known to pop3-env with these options as what
# has no effect, and what does the job instead begins with WHAT.
without_effect() {
  cat >table
  sed 's/ | .*//' table >old
  is '' "$(given pop3-env "$@" old 2>log)"
  sed 's/.* instead="*//' log | awk -F' [|] ' 'NR == FNR { want[NR] = $2; next }
    index($0, want[FNR]) != 1 { print want[FNR] ": " $0; bad = 1 }
    END { exit bad || FNR != length(want) }' table -
}

# features: D01 D02 D21 D26 D27 D29 D30 D31 D32 D33 D34 D35 D37 D41 D44 D46 E15 F08 F11 F16 G07 G10 J02 J03 J04 J05 J06 J12
@test "options of Qpopper that have no effect: each says what does the job" {
  without_effect <<'END'
set spool-dir = /var/mail | the argument of pop3d(8)
set home-dir-mail = .mail | the argument of pop3d(8)
set old-style-uid | maildir-uidl(8)
set server-mode | nothing is needed: each message is a file
set group-server-mode = popusers | nothing is needed: each message is a file
set group-no-server-mode = staff | nothing is needed: each message is a file
set fast-update | nothing is needed: each message is a file
set temp-dir = /var/spool/poptemp | nothing is needed: each message is a file
set temp-name = .%s.pop | nothing is needed: each message is a file
set keep-temp-drop | last-login(8)
set home-dir-misc | nothing is needed: each message is a file
set cache-dir = /var/spool/popcache | pop3d(8)'s index
set cache-name = .%s.cache | pop3d(8)'s index
set check-old-spool-loc | nothing is needed: each message is a file
set hash-spool = 1 | nothing is needed: each message is a file
set check-hash-dir | nothing is needed: each message is a file
set UW-kluge | a Maildir has no such message
set no-atomic-open | nothing is needed: pop3d(8)'s lock
set mail-lock-check = 5000 | nothing is needed: pop3d(8)'s lock
set bulldb-max-tries = 75 | nothing is needed: bulletins(8)
set bulldb-max-retries = 75 | nothing is needed: bulletins(8)
set bulldb-max-retires = 75 | nothing is needed: bulletins(8)
set tls-identity-file = /etc/mail/certs/identity.crt | tlsd(8)'s -c
set tls-passphrase = x | tlsd(8)'s -c
set tls-options = 0 | nothing: tlsd(8)
set tls-workarounds | nothing: tlsd(8)
set chunky-writes = tls | answers are always gathered
set log-facility = local1 | splogger(8)
set debug | POP3_TRACE
set reverse-lookup = false | tcpserver(1)'s -h and -H
END
}

# features: D36 D42 D43 D47 E13 E16 G21 G26 G27 I16 K21
@test "macros of Qpopper that have no effect: each says what does the job" {
  without_effect -q <<'END'
set HASH_SPOOL = 2 | nothing is needed: each message is a file
set MMDF_SEP_CHAR = x | nothing is needed: each message is a file
set CONTENT_LENGTH | nothing is needed: each message is a file
set OFF_T = long | nothing of this kind
set UID_T = int | nothing of this kind
set GID_T = int | nothing of this kind
set PID_T = int | nothing of this kind
set BULLDB = /var/spool/bulldb | nothing is needed: bulletins(8)
set HAVE_USLEEP | nothing is needed: bulletins(8)
set BIND43 | tcpserver(1)'s -p
set SYSLOG42 | nothing of this kind
set SETPROCTITLE | the log
set GDBM | users.cdb(5) is a CDB
set SPEC_POP_AUTH | users.cdb(5) has secrets of its own
END
}

# features: E13 G12 G13 H05 J11
@test "flags of Qpopper's configure, and its daemon's address, that have no effect" {
  for argument in '--enable-debugging POP3_TRACE' '--enable-low-debug programs can be run by hand' \
    '--enable-standalone tcpserver(1) listens' '--disable-optimizations CXXFLAGS' '--enable-warnings nothing of this kind' \
    '--enable-bulldb=/var/spool/bulldb nothing is needed: bulletins(8)' '199.46.50.7:8110 tcpserver(1)' '8110 tcpserver(1)'; do
    is '' "$(given pop3-env -a "${argument%% *}" 2>log)"
    grep -qE "event=without-effect file=arguments .*instead=\"?$(sed 's/[()]/\\&/g' <<<"${argument#* }")" log || { cat log; false; }
  done
}

# features: D05 G05 G06 H06 H08 H09 H10 H11 H12 H23 H24 H25 H27
@test "parameters of TPOPS that have no effect: each says what does the job" {
  without_effect -t <<'END'
mailbox-type = maildir | the program behind checkpw(8)
error-log = /var/log/tpops.error | descriptor 2
syslog = mail | splogger(8)
port = localhost:110 | tcpserver(1)'s address and port
parallel-type = prefork | each connection has processes of its own
min-servers = 5 | each connection has processes of its own
max-servers = 50 | each connection has processes of its own
max-use = 100 | each connection has processes of its own
max-idle = 100 | each connection has processes of its own
pid-file = /var/run/tpops.pid | supervise(8)
fg | all programs stay in the foreground
version | CAPA
user = root | envuidgid(8)
group = root | envuidgid(8)
END
}

@test "in a connection one line names them all" {
  file q 'set server-mode' 'set fast-update' 'set shy'
  given TCPREMOTEIP=192.0.2.1 pop3-env q 2>log
  is 'pop3-env: event=without-effect file=q names="server-mode fast-update"' "$(<log)"
}

# features: I04
@test "all errors are listed, with file and line; the client gets SYS/TEMP, and no program is run" {
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

# features: I04
@test "a service whose file is wrong refuses its clients" {
  users
  file q 'set frob'
  POPUP="pop3-env q pop3-login" serve
  talk | replies '-ERR [SYS/TEMP] cannot serve you now, try again later'
}

# features: I02
@test "files that others could have written are refused" {
  file q 'set shy'
  chmod 664 q
  run -111 --separate-stderr pop3-env q true
  [[ $stderr == *'file=q error="group or others may write it"'* ]]
  run -111 pop3-env missing true
  run -111 pop3-env . true
}

# features: I02 N19
@test "a file that includes itself is refused" {
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

# features: D23 H13 I06
@test "a user's own file may set a little, in a session" { # Q1.59
  users
  own_file joe/.qpopper-options 'set server-mode' 'set update-status-headers = false' 'set timeout = 20'
  message new/1.x 'A: b\n\nc\n'
  serve checkpw -f "$USERS" pop3-env -u .qpopper-options pop3d Maildir
  chat 'USER joe' 'PASS sesame' 'RETR 1' QUIT >seen
  eventually test -e joe/Maildir/cur/1.x:2,
  logged 'pop3-env: event=without-effect session=[a-z0-9]+ user=joe file=\.qpopper-options names=server-mode$'
}

# features: I06
@test "a user who has no file is served" {
  users
  serve checkpw -f "$USERS" pop3-env -u .pop3 pop3d Maildir
  chat 'USER joe' 'PASS sesame' QUIT | tail -n 1 | grep -q '^+OK bye'
}

# features: I09 I10
@test "what a user may not set is logged and skipped, whatever else is in the file" {
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

# features: I06 N15
@test "a user's file that is none is skipped: link, FIFO, directory, too long, not his own" {
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

# features: I07
@test "the administrator's directory decides for one user" { # Q1.41
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

# features: I08
@test "the record in users.cdb wins over both" {
  needs_root
  mkdir users.d
  file users.d/joe 'POP3_TIMEOUT = 5000'
  own_file joe/.pop3 'POP3_TIMEOUT = 30'
  for links in "-d $PWD/users.d" '-u joe/.pop3'; do
    given_to_user POP3_TIMEOUT=99 POP3_RECORD="POP3_SIZES POP3_TIMEOUT" "${as_joe[@]}" pop3-env $links | grep -qx POP3_TIMEOUT=99
  done
}

# features: I08
@test "the record wins in a session" {
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

# features: I07
@test "a directory or a file of the user's own is no administrator's" {
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

# features: I04
@test "a mistake in the administrator's file for a user refuses him, and nobody else" {
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

# features: I06
@test "for a user it refuses to be root" {
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

# features: F12 I09 N11 N15 N19
@test "a user's file sets nothing but what it may" {
  env -i PATH="$PATH" USER=joe "${as_joe[@]}" env | sort >before
  for form in "${forms[@]}"; do
    forbidden u "$form" >joe/.pop3
    own joe/.pop3
    env -i PATH="$PATH" USER=joe "${as_joe[@]}" pop3-env -u joe/.pop3 env 2>log | sort | diff before -
    # Five are named, and the others counted.
    tail -n 1 log | grep -q "more=$(($(wc -l <joe/.pop3) - 5))$"
  done
}

# features: F12 I09 B11
@test "nothing in a user's file sets what is no setting of his, by whatever name" {
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
      -e "s|/usr/local/lib|$PWD/lib|; s|PATH=/var/local/bin:|PATH=$PWD/lib:$BIN:|; s|:/var/popchain/bin:|:$BIN:|" \
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

# features: K12 H07 G01
@test "Qpopper under daemontools: the run script as it was" { # S0
  needs_root  # tcpserver -u 0 -g 0
  users
  free_port
  fixture qpopper/run qpopper/popper
  : | tcprules tcp.cdb tcp.tmp
  start lib/run
  is_good_session
}

# features: K11 B15 G23
@test "ipop3d in the background: the start script as it was" { # S2
  users
  free_port
  fixture ipop3d/start-ipop3d.sh ipop3d/ipop3d
  sed -i 's/^exec /exec env TCPREMOTEIP=192.0.2.1 /' lib/ipop3d  # from this machine INTRANET would not be needed
  SPLOGGER_SOCKET=$PWD/none start lib/start-ipop3d.sh || true
  eventually is_served
  is_good_session
}

# features: K14 H01 H06 I12
@test "TPOPS in inetd.conf: the line as it was, with its file" { # T1, S4
  users "${joe/joe/joe@example.org}"  # domain
  free_port
  fixture tpops/tpops tpops/tpops.conf
  mkdir -m 755 log
  sed -i "s|/var/log/|$PWD/log/|" lib/tpops.conf
  read -r _ _ _ _ _ _ program arguments <"$fixtures/tpops/inetd.conf"
  is 'tpops --inetd' "$program $arguments"
  echo "exec tcpserver -vRHl0 127.0.0.1 $PORT $PWD/lib/tpops $arguments -f $PWD/lib/tpops.conf" >inetd
  start inetd
  is_good_session
  logged 'event=without-effect file=.*names="port error-log pid-file user group syslog '
  eventually grep -qE '^127.0.0.1 [0-9/: ]+ joe@example.org 0 0 0 0$' log/tpops.access
}

# features: B13 B14
@test "hosts.allow with a second popper for strangers: inside in clear, others by APOP" { # S1
  users
  sed 's/^133\.30\.1\./127.0.0.3/' "$fixtures/qpopper/tcp.rules" | tcprules rules.cdb rules.tmp
  TCPSERVER="-x rules.cdb" serve
  chat '@from 127.0.0.3' 'USER joe' 'PASS sesame' QUIT | grep -q '^+OK 0 messages'
  chat '@from 127.0.0.4' 'USER joe' 'PASS sesame' QUIT | grep -q '^-ERR \[AUTH\]'
  chat '@from 127.0.0.4' '@apop joe sesame' QUIT | grep -q '^+OK 0 messages'
}

# under_tcpserver PROGRAM [ARGUMENT...]: until it serves; the one before it ends.
under_tcpserver() {
  [ ! -s pid ] || { kill -- "-$(<pid)" && wait "$(<pid)" 2>/dev/null || true; }
  free_port
  bare setsid tcpserver -vRHl0 127.0.0.1 "$PORT" "$@" >>server.log 2>&1 &
  echo $! | tee pid >>servers
  eventually is_served
}

# features: H01 H05 I01
@test "popper's command lines, as inetd.conf, /etc/servers and a shell had them" {
  users
  PORT=0 fixture qpopper/popper
  export PATH=$PWD/lib:$PATH
  read -r _ _ _ _ _ program name arguments <"$fixtures/qpopper/inetd.conf"
  is '/usr/local/lib/popper qpopper -s' "$program $name $arguments"
  for line in "$arguments" '199.46.50.7:8110 -S' '8110 -S -T600'; do
    under_tcpserver popper $line
    is_good_session
  done
  is 1 "$(grep -c '^Stats: joe 0 0 0 0 127.0.0.1 127.0.0.1$' server.log)"
}

# features: B14
@test "hosts.allow as it was: tcpd runs another popper for strangers" {
  users
  PORT=0 fixture qpopper/popper{,.apop} qpopper/hosts.allow
  twist=$(sed -n 's/.*: twist //p' lib/hosts.allow)
  inside=$(sed -n 's/^popper: \([0-9.]*\)\.0\/.*/\1/p' lib/hosts.allow)
  is 133.30.1 "$inside"
  # What tcpd does with these two lines; the network is one of this machine's.
  printf '#!/bin/sh\ncase $TCPREMOTEIP in 127.0.0.3) exec "$@" ;; *) exec sh -c '"'$twist'"' ;; esac\n' >tcpd
  chmod 755 tcpd
  export PATH=$PWD/lib:$PATH
  under_tcpserver ./tcpd popper -s
  chat '@from 127.0.0.3' 'USER joe' 'PASS sesame' QUIT | grep -q '^+OK 0 messages'
  chat '@from 127.0.0.4' 'USER joe' 'PASS sesame' QUIT | grep -q '^-ERR \[AUTH\]'
  chat '@from 127.0.0.4' '@apop joe sesame' QUIT | grep -q '^+OK 0 messages'
}

# features: I06 I11
@test "a user's .qpopper-options as the guide has it" {
  users
  cp "$fixtures/qpopper/qpopper-options" joe/.qpopper-options
  chmod 644 joe/.qpopper-options
  own joe
  serve checkpw -f "$USERS" pop3-env -u .qpopper-options sh -c 'echo "timeout $POP3_TIMEOUT" >&2; exec pop3d Maildir'
  is_good_session
  logged '^timeout 60$'
  logged 'event=without-effect .*file=\.qpopper-options names=server-mode$'
}

# tlsd with the certificate and the ciphers that the file says. Of Qpopper's time: certificate and key in one file.
tlsd_of() {
  local pem
  pem=$(sed -n 's/^set tls-server-cert-file *= *//p' "$1")
  mkdir -p "${pem%/*}"
  certificate "${pem%.pem}"
  cat "${pem%.pem}.key" >>"$pem" && rm "${pem%.pem}.key"
  export POP3_TLS_SOCKET=$PWD/tlsd
  bare env "${service_env[@]}" ROOT="$PWD/empty" setsid pop3-env "$1" tlsd -c "$pem" "$POP3_TLS_SOCKET" \
    2> >(cat >>server.log) >/dev/null &
  echo $! >>servers
  logged 'tlsd: event=started'
}

# features: F04 F05 F09
@test "Qpopper's three files for two ports, in sessions" {
  users
  PORT=0 fixture qpopper/qpopper-{tls,stls,alternate-port}.config
  sed -i "s|/etc/mail|$PWD/mail|" lib/*.config
  tlsd_of lib/qpopper-tls.config
  POPUP="pop3-env lib/qpopper-stls.config pop3-login" serve
  chat @stls 'USER joe' 'PASS sesame' QUIT | grep -q '^+OK 0 messages'
  POPUP="pop3-env lib/qpopper-alternate-port.config pop3-login" serve
  chat @tls 'USER joe' 'PASS sesame' QUIT | grep -q '^+OK 0 messages'
  # tls-cipher-list: CBC is in it, and not among ours.
  openssl s_client -connect "127.0.0.1:$PORT" -tls1_2 -cipher ECDHE-ECDSA-AES128-SHA256 </dev/null 2>&1 |
    grep -q 'Cipher is ECDHE-ECDSA-AES128-SHA256'
}

# features: B10 B18 B33 B34 G01 G03 G11 I02
@test "every option of Qpopper's guide in one file, in a session" {
  users "$joe" "${joe/joe/ann}"
  message new/1.one 'Subject: a\n\nb\n'
  PORT=0 fixture qpopper/qpopper{,-tls}.config
  sed -i "s|/etc/mail|$PWD/mail|; s|/var/log|$PWD/log|" lib/*.config
  mkdir -m 755 mail mail/pop log
  echo joe >mail/pop/authfile
  : >mail/pop/nonauthfile
  tlsd_of lib/qpopper-tls.config
  POPUP="pop3-env lib/qpopper.config pop3-login" serve
  chat 'USER joe' 'PASS sesame' QUIT | grep -q '^-ERR \[AUTH\]'
  chat @stls 'USER ann' 'PASS sesame' QUIT | grep -q '^-ERR \[AUTH\]'
  chat @stls 'USER JOE@example.org' 'PASS sesame' CAPA 'RETR 1' 'DELE 1' QUIT >seen
  grep -q '^EXPIRE 60^M$' seen
  grep -q '^LOGIN-DELAY 15^M$' seen
  logged '^Stats: joe 1 17 0 0 127.0.0.1 127.0.0.1$'
  logged '^\(v[0-9.]+\) POP login by user "joe" at \(127.0.0.1\) 127.0.0.1$'
  grep -q '< USER JOE@example.org$' log/popper.trace
  logged 'event=without-effect file=.* names="kerberos kerberos-service .*\.\.\."$'
}

# features: F05 A58
@test "every option of Qpopper's guide in one file, and its three files for two ports" { # Q1, S3
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
