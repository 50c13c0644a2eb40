#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# pop3-pipeline(7): it knows every program, and the chain of all links that it prints serves.

load helpers

page=$BATS_TEST_DIRNAME/../scripts/pop3-pipeline.7

@test "pop3-pipeline(7) names every program that a chain can hold, or that stands beside it" {
  for program in "$BIN"/*; do
    program=${program##*/}
    [ "$program" != pop3-record ] || continue # pop3-conf's own
    grep -qE "^\.(It )?Xr $program [18]" "$page" || { echo "$program"; false; }
  done
}

# The command line in the section LINKS, with this test's files in the place of the machine's.
printed_chain() {
  sed -n '/^\.Sh LINKS/,/^\.Ed/ { /^\./d; s/\\e$/\\/; s/\\-/-/g; p; }' "$page" | grep -A 20 '^pop3-env /etc' |
    sed -e "s|/etc/popchain.conf|$PWD/conf|; s|/var/spool/bulls|$PWD/bulls|; s|192.0.2.10|127.0.0.1|" \
      -e "s|/var/popchain/etc/users.d|$PWD/users.d|; s|/var/popchain/etc/tcp.cdb|$PWD/tcp.cdb|" \
      -e "s|envuidgid popnull tcpserver -v|tcpserver -1v|; s| 0 pop3 | 127.0.0.1 0 |; s|checkpw|& -f $USERS|"
}

@test "the chain with all links, as pop3-pipeline(7) prints it, serves: each has done its work" {
  users
  mkdir -m 755 bulls users.d tools
  mkdir -m 777 relay
  printf ':allow\n' | tcprules tcp.cdb tcp.tmp
  printf 'set clear-text-password = always\n' >conf
  printf 'set announce-login-delay = 600\n' >users.d/joe
  printf 'From: x@h\nSubject: Welcome\n\nhello\n' >bulls/00001.Welcome
  message cur/1000000000.1.h:2,S 'old\n'
  touch -d '40 days ago' joe/Maildir/cur/1*
  # relay-ctrl-chdir is another project's.
  printf '#!/bin/bash\nexec {fd}<"$RELAY_CTRL_DIR"\nRELAY_CTRL_DIR_FD=$fd exec "$@"\n' >tools/relay-ctrl-chdir
  chmod 755 tools/relay-ctrl-chdir
  { printf 'exec '; printed_chain; } >chain
  RELAY_CTRL_DIR=$PWD/relay POP3_MANGLE=pop3-mangle PATH=$PWD/tools:$PATH \
    bare env "${service_env[@]}" setsid bash ./chain >port 2>>server.log &
  echo "$!" >>servers
  eventually test -s port
  PORT=$(<port)
  proxied='PROXY TCP4 203.0.113.7 192.0.2.1 51234 110'
  talk "$proxied" 'USER joe' 'PASS sesame' STAT CAPA QUIT >answers
  grep -qE '^\+OK 1 [0-9]+' answers  # Welcome; the old one has expired
  for capability in 'EXPIRE 30' 'LOGIN-DELAY 600' X-MANGLE; do grep -q "^$capability" answers; done
  is 203.0.113.7 "$(ls relay)"
  talk "$proxied" 'USER joe' 'PASS sesame' | tail -1 | grep -q '^-ERR \[LOGIN-DELAY\]'
}
