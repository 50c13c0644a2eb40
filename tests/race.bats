#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Nothing is lost while others work on the Maildir: a short one of what make race does for
# minutes (tests/survival/race.py).

load helpers

@test "deliverers, IMAP and POP3 users, retention and bulletins on one Maildir, at the same time" {
  needs_root
  [ -x "$TEST_PROGRAMS/tracer" ] || skip "no tracer in this build"
  unshare -m true 2>/dev/null || skip "needs a mount namespace"
  TMPDIR=$BATS_TEST_TMPDIR timeout 100 python3 "$BATS_TEST_DIRNAME/survival/race.py" "$BIN" \
    --tracer "$TEST_PROGRAMS/tracer" --seconds 6 --round 3
}

# --- what this has found (and tests/reading_test.cc) --------------------------------------

# renamed_twice PLAN: joe reads a message whose flags another program changes, by tracer's plan.
renamed_twice() {
  needs_root
  [ -x "$TEST_PROGRAMS/tracer" ] || skip "no tracer in this build"
  rm -rf joe/Maildir in out
  maildir joe/Maildir
  message cur/1.a:2, 'Subject: x\n\nx\n'
  mkfifo in
  "$TEST_PROGRAMS/tracer" -p "$1" report setpriv --reuid "$joe_uid" --regid "$joe_gid" --clear-groups \
    pop3d joe/Maildir <in >out 2>>server.log &
  exec 9>in
  eventually grep -q '^+OK 1 message' out
  mv joe/Maildir/cur/1.a:2, joe/Maildir/cur/1.a:2,F
  sleep 0.05  # a younger stamp is no proof, and has the directories read again
  printf 'RETR 1\r\nQUIT\r\n' >&9
  exec 9>&-
  wait $!
}

@test "a message that is renamed again just when it has been found is sent all the same" {
  renamed_twice none=1=5
  # The openat(2) before the last pread64(2), of the message: there it has been found.
  number=$(awk '$1 == "call" && $2 == "pop3d" && $4 == 257 { opened = $3 }
                $1 == "call" && $2 == "pop3d" && $4 == 17 { number = opened }
                END { print number }' report)
  renamed_twice "pop3d=$number=2"  # ENOENT
  grep "^reached pop3d $number 257" report
  grep '^+OK 17 octets' out
}
