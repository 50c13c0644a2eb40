# SPDX-License-Identifier: ISC
# relay-allow: POP before SMTP, by files as relay-ctrl keeps them.

load helpers.bash

setup() {
  prepare
  mkdir -m 777 relay
  export RELAY_CTRL_DIR=$PWD/relay
}

allow() { (cd joe && USER=joe as_user relay-allow "$@" 2>>../server.log); }
# from ADDRESS: what is in the directory after a login from there.
from() {
  rm -f relay/*
  TCPREMOTEIP=$1 allow true
  ls -A relay
}

# features: B43 B44 B46
@test "a login leaves a file named as the address, through the chain" {
  users
  serve checkpw -f "$USERS" relay-allow pop3d Maildir
  talk 'USER joe' 'PASS sesame' QUIT | grep -q '^+OK bye'
  is "$(ls -A relay)" 127.0.0.1
  is "$(tr '\0' '\n' <relay/127.0.0.1)" USER=joe
  talk 'USER joe' 'PASS wrong' QUIT >/dev/null
  not_logged relay-allow
}
# features: B43 N22
@test "a login that fails leaves none" {
  users
  serve checkpw -f "$USERS" relay-allow pop3d Maildir
  talk 'USER joe' 'PASS wrong' QUIT | grep -q '^-ERR \[AUTH\]'
  is "$(ls -A relay)" ''
}
# features: B45
@test "the file holds USER and DOMAIN, each with its NUL, and others may read it" {
  umask 077
  DOMAIN=example.org TCPREMOTEIP=192.0.2.7 allow true
  is "$(od -An -c relay/192.0.2.7 | tr -d ' \n')" 'USER=joe\0DOMAIN=example.org\0'
  is "$(stat -c %a relay/192.0.2.7)" 644
}
# features: B43
@test "each login makes the file young again" {
  TCPREMOTEIP=192.0.2.7 allow true
  touch -d '1 hour ago' relay/192.0.2.7
  TCPREMOTEIP=192.0.2.7 allow true
  [ "$(stat -c %Y relay/192.0.2.7)" -ge "$(($(date +%s) - 60))" ]
  is "$(ls -A relay)" 192.0.2.7
}
# features: B43
@test "addresses: IPv4, IPv6, and IPv4 that was mapped" {
  is "$(from 192.0.2.7)" 192.0.2.7
  is "$(from ::ffff:192.0.2.7)" 192.0.2.7
  is "$(from 2001:db8::7)" 2001:db8::7
}
# features: B43
@test "what is no address is no file's name" {
  for text in ../x . .. 1.2.3 1.2.3.4.5 1.2.3.256 1.2.3.4/24 x '1.2.3.4 ' fe80::1%eth0 "$(printf '%0300d' 1)"; do
    is "$text: $(from "$text")" "$text: "
  done
  logged 'relay-allow: event=skipped user=joe error="TCPREMOTEIP: not an address"'
  TCPREMOTEIP='' allow true </dev/null
  is "$(ls -A relay)" ''
}
# features: B43
@test "RELAY_CTRL_DIR_FD: a directory that relay-ctrl-chdir has opened, and nobody else gets" {
  mkdir -m 700 closed
  mkdir -m 777 closed/relay
  exec 19<closed/relay
  RELAY_CTRL_DIR_FD=19 TCPREMOTEIP=192.0.2.7 allow \
    sh -c 'echo "${RELAY_CTRL_DIR_FD-unset}"; ls -l /proc/self/fd | grep -c closed/relay || true' >out
  exec 19<&-
  is "$(cat out)" $'unset\n0'
  is "$(ls -A closed/relay) $(ls -A relay)" '192.0.2.7 '
}
# features: B43
@test "a RELAY_CTRL_DIR_FD that is no directory's is left alone" {
  exec 19</dev/null
  for fd in 19 20 0 1 -1 x 99999999999; do
    is "$fd: $(RELAY_CTRL_DIR_FD=$fd TCPREMOTEIP=192.0.2.7 allow echo on-we-go </dev/null)" "$fd: on-we-go"
  done
  RELAY_CTRL_DIR_FD=19 TCPREMOTEIP=192.0.2.7 allow test -e /proc/self/fd/19
  exec 19<&-
  logged "error=\"RELAY_CTRL_DIR_FD: not a directory's descriptor\""
  logged 'error="RELAY_CTRL_DIR_FD: not a descriptor"'
  is "$(ls -A relay)" ''
}
# features: B43
@test "what fails is a line in the log, and the login goes on" {
  rm -r relay
  is "$(TCPREMOTEIP=192.0.2.7 allow echo on-we-go)" on-we-go
  logged 'relay-allow: event=skipped user=joe error="open .*/relay: No such file or directory"'
  unset RELAY_CTRL_DIR
  is "$(TCPREMOTEIP=192.0.2.7 allow echo on-we-go)" on-we-go
  logged 'error="RELAY_CTRL_DIR: not set"'
  mkdir -p relay/192.0.2.7/x && chmod 777 relay
  is "$(RELAY_CTRL_DIR=$PWD/relay TCPREMOTEIP=192.0.2.7 allow echo on-we-go)" on-we-go
  is "$(ls -A relay)" 192.0.2.7
  logged 'error="rename to 192.0.2.7: Is a directory"'
}
@test "without a program it does its work and ends" {
  TCPREMOTEIP=192.0.2.7 run -0 allow
  is "$(ls -A relay)" 192.0.2.7
}
@test "root leaves no file: he has not logged in" {
  needs_root
  is "$(TCPREMOTEIP=192.0.2.7 relay-allow echo on-we-go 2>>server.log)" on-we-go
  is "$(ls -A relay)" ''
}
@test "misuse exits 100, a program that is not there 111" {
  run -100 relay-allow -x
  TCPREMOTEIP=192.0.2.7 run -111 as_user relay-allow ./nothing
  [[ $output == *'-ERR [SYS/TEMP] cannot serve the mailbox now'* ]]
}
