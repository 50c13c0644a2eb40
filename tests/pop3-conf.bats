#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# pop3-conf: the settings in force, where they came from, and what is wrong in the files (I04, I08).

load helpers.bash

setup() {
  prepare
  mkdir -p service/env
  echo "$USERS" >service/env/USERS
  echo "$PATH" >service/env/PATH
}

file() { printf '%s\n' "${@:2}" >"$1" && chmod 644 "$1"; }
# rules LINE...: tcp.cdb, with its text beside it.
rules() {
  printf '%s\n' "$@" >tcp.rules
  tcprules tcp.cdb tcp.tmp <tcp.rules
  echo "$PWD/tcp.cdb" >service/env/TCP_RULES
}
# conf ARGUMENT...: the output, with blanks for tabs and without the test's directory.
conf() { pop3-conf -s service "$@" 2>errors | sed "s|$PWD/||g; s/\t/ /g"; }
errors() { sed "s|$PWD/||g" errors; }
pop3_conf() { pop3-conf -s service "$@" >/dev/null 2>errors; }

# --- where a value comes from ---------------------------------------------------------------

@test "without anything, the defaults" {
  is 'POP3_SHY 1 default
POP3_TIMEOUT 600 default' "$(conf POP3_TIMEOUT POP3_SHY)"
  is 'POP3_GUESSES - default' "$(conf POP3_GUESSES)"
}

@test "all that somebody may set is printed, one line each" {
  pop3-conf -t | awk -F'\t' '$4 != "-" { print $1 }' | diff - <(conf | cut -d' ' -f1)
}

@test "env/, as envdir reads it" {
  printf '300 \t\nmore\n' >service/env/POP3_TIMEOUT
  : >service/env/POP3_TRIES
  echo 1 >service/env/.hidden
  is 'POP3_TRIES 3 default
POP3_TIMEOUT 300 service/env/POP3_TIMEOUT' "$(conf POP3_TIMEOUT POP3_TRIES)"
}

# features: I08
@test "each source is stronger than the one before it" {
  needs_root
  users
  only() { is "POP3_TIMEOUT $*" "$(conf -a 10.1.2.3 -u joe POP3_TIMEOUT)"; }
  rules '10.:allow,POP3_SHY="0"' ':allow'
  only '600 default'
  file q 'set shy' 'set timeout = 500'
  echo "$PWD/q" >service/env/CONFIG
  only '500 q:2'
  echo 400 >service/env/POP3_TIMEOUT
  only '400 service/env/POP3_TIMEOUT'
  rules '10.:allow,POP3_TIMEOUT="350"' ':allow'
  only '350 tcp.cdb rule "10."'
  echo .pop3 >service/env/USER_CONFIG
  file joe/.pop3 '# mine' 'POP3_TIMEOUT = 200'
  own joe/.pop3
  only '200 joe/.pop3:2'
  mkdir users.d
  echo "$PWD/users.d" >service/env/USER_DIRECTORY
  file users.d/joe 'set timeout = 5000'
  only '5000 users.d/joe:1'
}

@test "what the record says, nothing else changes" {
  needs_root
  users "joe:sesame:$joe_uid:$joe_gid:$PWD/joe:Mail/in"
  mkdir users.d
  file users.d/joe 'MAILDIR = Other'
  is 'MAILDIR Mail/in users/users.cdb record "joe"' "$(conf -u joe -d "$PWD/users.d" MAILDIR)"
  apoppasswd -f "$USERS" -m joe -o POP3_TIMEOUT=77 -o POP3_SIZES=
  file users.d/joe 'POP3_TIMEOUT = 5000' 'POP3_SIZES = file' 'POP3_INDEX = 0'
  is 'POP3_SIZES exact users/users.cdb record "joe"
POP3_INDEX 0 users.d/joe:3
POP3_TIMEOUT 77 users/users.cdb record "joe"' "$(conf -u joe -d "$PWD/users.d" POP3_TIMEOUT POP3_SIZES POP3_INDEX)"
}

@test "a record is checked like all else" {
  needs_root
  users
  apoppasswd -f "$USERS" -m joe -o POP3_TIMEOUT=soon
  run -1 pop3_conf -u joe
  is 'users/users.cdb: joe: POP3_TIMEOUT: not a number from 1 to 86400' "$(errors)"
}

# features: B17
@test "of the rules for addresses the first that fits, and no other" {
  rules '10.1.2.3:allow,POP3_TRIES="1"' '10.:allow,POP3_SHY="0"' '192.0.2.1:deny' ':allow,POP3_TRIES="5"'
  is 'POP3_SHY 1 default
POP3_TRIES 1 tcp.cdb rule "10.1.2.3"' "$(conf -a 10.1.2.3 POP3_SHY POP3_TRIES)"
  is 'POP3_SHY 0 tcp.cdb rule "10."
POP3_TRIES 3 default' "$(conf -a 10.1.2.4 POP3_SHY POP3_TRIES)"
  is 'POP3_TRIES 5 tcp.cdb rule ""' "$(conf -a 192.0.2.2 POP3_TRIES)"
  is 'POP3_TRIES 3 default' "$(conf POP3_TRIES)"
  pop3_conf -a 192.0.2.1
  is '192.0.2.1: may not connect' "$(errors)"
}

# features: B14
@test "the policy of hosts.allow, as rules" { # S1
  tcprules tcp.cdb tcp.tmp <"$BATS_TEST_DIRNAME/fixtures/qpopper/tcp.rules"
  is 'POP3_CLEARTEXT always tcp.cdb rule "133.30.1."' "$(conf -r "$PWD/tcp.cdb" -a 133.30.1.200 POP3_CLEARTEXT)"
  is 'POP3_CLEARTEXT never tcp.cdb rule ""' "$(conf -r "$PWD/tcp.cdb" -a 133.30.2.200 POP3_CLEARTEXT)"
}

@test "a value from an administrator's shell is none of the service's" {
  is 'POP3_TIMEOUT 600 default' "$(POP3_TIMEOUT=5 conf POP3_TIMEOUT)"
}

# --- what is wrong ----------------------------------------------------------------------------

@test "if all is well, it says nothing and exits 0" {
  rules '127.:allow,POP3_SHY="0",RELAYCLIENT=""' ':allow'
  echo 300 >service/env/POP3_TIMEOUT
  file q 'set shy'
  pop3_conf -f q -a 127.0.0.1
  is '' "$(errors)"
}

# features: I04
@test "each error is named with its file and line, and the exit code is 1" {
  echo 0 >service/env/POP3_TIMEOUT
  echo 1 >service/env/POP3_SHYNESS
  echo x >service/env/POP3_SESSION
  echo 1 >service/env/LANG
  rules '# who' '10.:allow,POP3_TRIES="none"' '11.:allow,TLS_WORKERS="2",POP3_TRY="1"' '12.1-2.:allow,POP3_SHY="x"' ':allow'
  file q 'set timeout = 5' 'frob' 'set server-mode'
  run -1 pop3_conf -f "$PWD/q"
  diff - <(errors | sort) <<'END'
q:2: expected "set" or "reset"
q:3: server-mode: has no effect here; what does the job: nothing is needed: each message is a file of its own, and none is copied
service/env/POP3_SESSION:1: POP3_SESSION: nobody sets it: programs tell it each other, or it belongs to a user
service/env/POP3_SHYNESS:1: POP3_SHYNESS: no such setting
service/env/POP3_TIMEOUT:1: POP3_TIMEOUT: not a number from 1 to 86400
tcp.cdb rule "12.1.": POP3_SHY: not 0 or 1
tcp.cdb rule "12.2.": POP3_SHY: not 0 or 1
tcp.rules:2: POP3_TRIES: not a number from 1 to 1000
tcp.rules:3: POP3_TRY: no such setting
tcp.rules:3: TLS_WORKERS: cannot depend on the address
END
}

# features: I09
@test "what a user may not set is an error of his file" {
  needs_root
  users
  file joe/.pop3 'POP3_TRACE = /tmp/x' 'POP3_TIMEOUT = 60'
  own joe/.pop3
  run -1 pop3_conf -u joe -F .pop3
  is 'joe/.pop3:1: POP3_TRACE: a user may not set it' "$(errors)"
}

# features: N15
@test "a user's file is read as the user" {
  needs_root
  users
  file secret 'POP3_TIMEOUT = 60' 'root: of great value'
  chmod 600 secret
  mkdir -m 700 private
  file private/x 'POP3_TIMEOUT = 60'
  ln -s "$PWD/private" joe/link
  ln secret joe/.pop3
  run -1 pop3_conf -u joe -F .pop3
  is 'joe/.pop3: Permission denied' "$(errors)"
  run -1 pop3_conf -u joe -F link/x
  is 'joe/link/x: Permission denied' "$(errors)"
}

@test "files of the administrator's for users are all checked, or the one of the login" {
  needs_root
  users
  mkdir users.d
  file users.d/ann 'set frob'
  file users.d/joe 'set timeout = 5000'
  run -1 pop3_conf -d "$PWD/users.d"
  is 'users.d/ann:1: frob: no such option' "$(errors)"
  pop3_conf -d "$PWD/users.d" -u joe
}

@test "files that others could have written" {
  echo 300 >service/env/POP3_TIMEOUT
  chmod 664 service/env/POP3_TIMEOUT
  run -1 pop3_conf
  is 'service/env/POP3_TIMEOUT: group or others may write it' "$(errors)"
}

@test "rules that were changed and not compiled" {
  rules ':allow'
  touch -d '+1 minute' tcp.rules
  pop3_conf
  is 'tcp.rules: is newer than tcp.cdb: has tcprules(1) been run?' "$(errors)"
}

@test "files that are missing" {
  echo "$PWD/none.cdb" >service/env/TCP_RULES
  run -1 pop3_conf -a 127.0.0.1
  is 'none.cdb: No such file or directory' "$(errors)"
  rm service/env/TCP_RULES
  run -1 pop3_conf -f "$PWD/none"
  run -1 pop3-conf -s none
  users
  run -1 pop3_conf -u nobody-of-this-name
}

@test "called wrongly" {
  run -100 pop3-conf -x
  run -100 pop3-conf NO_SUCH_SETTING
  run -100 pop3-conf -t POP3_TIMEOUT
}

# --- pop3-record --------------------------------------------------------------------------------

@test "a record's settings, and no secret" {
  users "joe:sesame:$joe_uid:$joe_gid:$PWD/joe:Mail/in"
  diff - <(pop3-record -f "$USERS" joe) <<END
UID=$joe_uid
GID=$joe_gid
HOME=$PWD/joe
SHELL=/bin/sh
MAILDIR=Mail/in
END
  apoppasswd -f "$USERS" -m joe -o POP3_TIMEOUT=77
  is POP3_TIMEOUT=77 "$(pop3-record -f "$USERS" joe | tail -n 1)"
  run -1 pop3-record -f "$USERS" ann
  run -111 pop3-record -f none joe
  run -100 pop3-record
  run -100 pop3-record -f "$USERS" joe ann
  chmod 644 "$USERS"
  run -1 pop3-record -f "$USERS" joe
}

# --- the table ----------------------------------------------------------------------------------

@test "the table of settings is that of the manual page" {
  "$BATS_TEST_DIRNAME/settings_page" "$BATS_TEST_DIRNAME/../pop3d/pop3-settings.5" | diff "$BATS_TEST_DIRNAME/../pop3d/pop3-settings.5" -
}

@test "the table of settings is what the programs read, with their defaults and bounds" {
  cd "$BATS_TEST_DIRNAME/.."
  pop3-conf -t | python3 -IS tests/settings_in_sources.py base maildir pop3d checkpw apoppasswd tls scripts
}
