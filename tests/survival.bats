#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Nothing is lost, whatever dies and whatever fails: a sample of what make crash, make faults and
# make powerloss go through as a whole (tests/survival).

load helpers

survives() { # SCRIPT [OPTION...]
  needs_root
  [ -x "$TEST_PROGRAMS/tracer" ] || skip "no tracer in this build"
  unshare -m true 2>/dev/null || skip "needs a mount namespace"
  TMPDIR=$BATS_TEST_TMPDIR timeout 100 python3 "$BATS_TEST_DIRNAME/survival/$1" "${@:2}" "$BIN" \
    --tracer "$TEST_PROGRAMS/tracer" --seconds 10
}

# features: D51
@test "a program is killed at one of its system calls" {
  survives points.py crash --sample 60
}

@test "a system call fails" {
  survives points.py faults --sample 200
}

# features: D51
@test "the power is lost" {
  survives powerloss.py --sample 200
}

# --- what these have found --------------------------------------------------------------

# all_survive SCENARIO ERROR CALLS: each of these calls gives this error, in turn.
all_survive() { survives points.py faults --only "$1" --error "$2" --calls "$3" --jobs 3; }

@test "QUIT for which memory does not suffice leaves no index that hides a message" {
  all_survive session-sync ENOMEM pop3d/mmap,pop3d/mremap
}

@test "POP3_SYNC: QUIT is not acknowledged if the disk has refused" {
  all_survive session-sync-trash EIO pop3d/fsync
}

@test "a login whose verifier or answer is lost is not waited for, and is no wrong password" {
  all_survive session-sync EIO pop3-login/read,pop3-login/write,pop3-login/sendmsg,checkpw/read
}

@test "poppassd: a secret that could not be read is not called incorrect; no waiting for a client that cannot be told" {
  all_survive poppassd EIO apoppasswd/read,poppassd:child/sendto
}

@test "XTND XMIT and X-MANGLE: no half message, no waiting for a client that cannot be told" {
  all_survive session-filters EIO pop3d/sendto,pop3-mangle/mmap,pop3-mangle/read
}

@test "tlsd: a connection of which octets are lost is over" {
  all_survive session-tls EIO tlsd:child/sendto
}

@test "no client waits longer for a tlsd whose workers cannot begin than a login may take" {
  bare setsid python3 -c 'import socket, time
s = socket.socket(socket.AF_UNIX)
s.bind("tlsd")
s.listen()
time.sleep(30)' &
  echo $! >>servers
  eventually test -S tlsd
  serve POP3_TLS=stls POP3_TLS_SOCKET="$PWD/tlsd" POP3_LOGIN_TIMEOUT=1 true
  exec 9<>"/dev/tcp/127.0.0.1/$PORT"
  printf 'STLS\r\n' >&9
  timeout 5 cat -v <&9 | replies "$greeting"
  logged 'event=tls-failed .*reason="no report from tlsd"'
}

@test "a verifier that cannot be started is no wrong password" {
  for code in 126 127; do
    verifier "exit $code"
    serve ./verifier true
    talk 'USER joe' 'PASS sesame' | grep '^-ERR \[SYS/TEMP\]'
  done
}

# traced PLAN: one login of joe's as far as the link bulletins, with this plan of the tracer's.
traced() {
  (cd joe && "$TEST_PROGRAMS/tracer" -p "$1" ../report setpriv --reuid "$joe_uid" --regid "$joe_gid" --clear-groups \
    bulletins -h h "$BATS_TEST_TMPDIR/bulls" true Maildir 2>>../server.log)
}

@test "a bulletin that cannot be read now is not passed over for ever" {
  needs_root
  [ -x "$TEST_PROGRAMS/tracer" ] || skip "no tracer in this build"
  mkdir bulls
  for n in 1 2; do printf 'From: p@h\nDate: x\nSubject: %s\n\nb\n' $n >bulls/$n.x; done
  login_with() {
    echo 0 >joe/Maildir/.popbull && own joe
    traced "$1"
    traced none=1=5
    is "$(ls joe/Maildir/new | sed 's/.*\.bull\([0-9]*\)\..*/\1/' | paste -sd' ')" '1 2'
    rm -f joe/Maildir/new/*
  }
  echo 0 >joe/Maildir/.popbull && own joe
  traced none=1=5
  rm -f joe/Maildir/new/*
  opens=$(awk '$1 == "call" && $2 == "bulletins" && $4 == 257 { print $3 }' report)  # openat
  for number in $opens; do login_with "bulletins=$number=5"; done  # EIO
  [ "$(wc -w <<<"$opens")" -gt 4 ]
}

@test "what a crash left in the directory of bulletins goes with the next one" {
  mkdir bulls
  touch bulls/.new.highest bulls/.new.bulletin
  printf 'From: p@h\nDate: x\nSubject: x\n\nb\n' | bulletin-add "$PWD/bulls" x
  is "$(ls -A bulls | paste -sd' ')" '.highest 00001.x'
}
