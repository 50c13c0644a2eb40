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

@test "a program is killed at one of its system calls" {
  survives points.py crash --sample 12
}

@test "a system call fails" {
  survives points.py faults --sample 40
}

@test "the power is lost" {
  survives powerloss.py --sample 14
}

# --- what these have found --------------------------------------------------------------

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
