# SPDX-License-Identifier: ISC
# The Maildir's settings and its index, as a user notices them.

load helpers.bash

# fill COUNT: so many messages in cur/, from before the clock's tick.
fill() {
  for ((i = 1; i <= $1; i++)); do printf 'Subject: %d\n\nx\n' "$i" >"joe/Maildir/cur/$((1000 + i)).x:2,S"; done
  own joe
  sleep 0.1
}
# Waits for the index that a session writes after its answer.
has_index() { eventually test -s joe/Maildir/popchain.index; }
in_folder() { ls "joe/Maildir/$1"; }

# features: D12 D14
@test "POP3_SIZES=exact counts what is sent, whatever the name says of the disk" {
  message cur/1.a,S=4:2,S 'a\nb\n'
  pop 'LIST 1' | grep -q '^+OK 1 6^M$'
}
# features: D13 J09
@test "POP3_SIZES=name believes W=, else S=" {
  message cur/1.a,S=4,W=6:2,S 'a\nb\n'
  message cur/2.b,S=9999:2,S 'a\nb\n'
  POP3_SIZES=name pop LIST | replies '+OK 2 messages (10005 octets)' '+OK 2 messages' '1 6' '2 9999' .
}
@test "POP3_SIZES=name reads what says nothing" {
  message cur/1.a:2,S 'a\nb\n'
  POP3_SIZES=name pop 'LIST 1' | grep -q '^+OK 1 6^M$'
}
# features: D12
@test "POP3_SIZES=file is the size on disk" {
  message cur/1.a,W=6:2,S 'a\nb\n'
  POP3_SIZES=file pop 'LIST 1' | grep -q '^+OK 1 4^M$'
}
@test "a POP3_SIZES that is none is said to client and log" {
  POP3_SIZES=some pop STAT | replies '-ERR [SYS/TEMP] cannot serve the mailbox now'
  grep -q 'error="POP3_SIZES: not exact, name or file"' server.log
}
# features: N30
@test "a W= that lies costs a log line, not the message" {
  message cur/1.a,W=7:2,S 'a\nb\n'
  pop 'RETR 1' QUIT | grep -q '^b^M$'
  grep -q 'reason=quit .*wrong-sizes=1' server.log
}

# features: D33
@test "an index is written for a mailbox that is worth it, and answers the same" {
  fill 20
  pop LIST UIDL STAT QUIT >first
  has_index
  pop LIST UIDL STAT QUIT >second
  cmp first second
}
@test "a small mailbox has no index, and POP3_INDEX=0 writes none" {
  fill 15
  pop QUIT
  fill 20
  POP3_INDEX=0 pop QUIT
  sleep 0.1
  test ! -e joe/Maildir/popchain.index
}
# features: D33
@test "an index of rubbish changes no answer" {
  fill 20
  POP3_INDEX=0 pop LIST UIDL >want
  for rubbish in '' x "$(head -c 6000 /dev/urandom | base64 -w0)"; do
    printf %s "$rubbish" >joe/Maildir/popchain.index
    own joe
    pop LIST UIDL >got
    cmp want got
  done
}
# features: D33 J08 J14
@test "a login by the index opens no directory and no message" {
  type -P strace >/dev/null || skip "no strace"
  fill 20
  pop QUIT
  has_index
  # pop3d hides its memory, and so the names of the files: how many, and directories, is seen.
  calls() { pop_traced STAT LIST UIDL QUIT && grep -cE '^(openat|l?stat|newfstatat|getdents64)' joe/trace; }
  pop_traced() { printf '%s\r\n' "$@" | as_user strace -qq -o joe/trace -e trace=file,getdents64 pop3d joe/Maildir 2>>server.log | grep -q '^+OK 20 m'; }
  [ "$(calls)" -lt 20 ]
  ! grep getdents joe/trace || false
  [ "$(POP3_INDEX=0 calls)" -ge 40 ]
}
# features: J07
@test "a session that changes nothing writes nothing" {
  fill 20
  pop QUIT
  has_index
  state() { find joe -printf '%p %i %m %s %T@ %C@\n' | sort; }
  state >before
  pop STAT LIST UIDL 'RETR 1' 'TOP 2 1' QUIT | grep -q '^+OK bye'
  state | diff before -
}
@test "mail that comes when there is an index is there, in its place" {
  fill 20
  pop QUIT
  has_index
  message new/1005.early 'a\n'
  message new/2000.late 'a\n'
  pop 'UIDL 5' 'UIDL 6' 'UIDL 22' >answers
  grep -q '^+OK 5 1005.early^M$' answers
  grep -q '^+OK 6 1005.x^M$' answers
  grep -q '^+OK 22 2000.late^M$' answers
}
@test "mail removed by another program is gone from the index too" {
  fill 20
  pop QUIT
  has_index
  rm joe/Maildir/cur/1003.x:2,S
  pop 'UIDL 3' | grep -q '^+OK 3 1004.x^M$'
}
@test "what was drained below its worth leaves no index" {
  fill 20
  pop QUIT
  has_index
  pop 'DELE 1' 'DELE 2' 'DELE 3' 'DELE 4' 'DELE 5' QUIT
  eventually test ! -e joe/Maildir/popchain.index
}

# features: D10 D11
@test "at QUIT what was read goes to cur/ with S, the rest of new/ without" {
  message new/1.a 'a\n'
  message new/2.b 'b\n'
  pop 'RETR 1' 'TOP 2 0' QUIT
  is "$(in_folder cur)" $'1.a:2,S\n2.b:2,'
}
@test "POP3_MARK_SEEN=0 and POP3_MOVE_NEW=0 leave all as it was" {
  message new/1.a 'a\n'
  POP3_MARK_SEEN=0 POP3_MOVE_NEW=0 pop 'RETR 1' QUIT
  is "$(in_folder new)" 1.a
}
# features: A38
@test "RSET forgets what was read" {
  message new/1.a 'a\n'
  pop 'RETR 1' RSET QUIT
  is "$(in_folder cur)" 1.a:2,
}
# features: D25
@test "without QUIT nothing moves; POP3_UPDATE_ON_ABORT=1 does what DELE said" {
  message new/1.a 'a\n'
  message new/2.b 'b\n'
  pop 'RETR 1' 'DELE 2'
  is "$(in_folder new)" $'1.a\n2.b'
  POP3_UPDATE_ON_ABORT=1 pop 'RETR 1' 'DELE 2'
  is "$(in_folder cur)" 1.a:2,S
}
@test "POP3_DELETE=trash moves to .Trash, a Maildir++ folder" {
  message cur/1.a:2,S 'a\n'
  POP3_DELETE=trash pop 'DELE 1' QUIT | grep -q '^+OK bye'
  is "$(ls joe/Maildir/.Trash/cur)" 1.a:2,S
  test -e joe/Maildir/.Trash/maildirfolder
}
@test "maildirsize gets its negative line, and is never made" { # Maildir++
  message cur/1.a,S=2:2,S 'a\n'
  message cur/2.b:2,S 'bcd\n'
  pop 'DELE 1' QUIT
  test ! -e joe/Maildir/maildirsize
  printf '1000S\n6 2\n' >joe/Maildir/maildirsize && own joe
  pop 'DELE 1' QUIT
  is "$(tail -n 1 joe/Maildir/maildirsize | tr -s ' ')" '-4 -1 '
}

# features: D15 D17
@test "a second session is told [IN-USE] at once; POP3_LOCK=0 lets it in" {
  users
  serve
  exec 8<>"/dev/tcp/127.0.0.1/$PORT"
  printf 'USER joe\r\nPASS sesame\r\nNOOP\r\n' >&8
  for _ in 1 2 3 4; do read -r -t 5 _ <&8; done
  pop STAT | replies '-ERR [IN-USE] another session has this mailbox'
  POP3_LOCK=0 pop STAT | grep -q '^+OK 0 0^M$'
  exec 8>&-
}
# features: D52
@test "two logins with one mailbox share its lock" {
  users "$joe" "ann:sesame:$joe_uid:$joe_gid:$PWD/joe"
  serve
  hold held 'USER joe' 'PASS sesame'
  eventually grep -q '^+OK 0 messages' held
  chat 'USER ann' 'PASS sesame' @end | grep -q '^-ERR \[IN-USE\]'
}
@test "a session killed leaves no lock" {
  mkfifo in
  as_user sh -c 'echo $$; exec pop3d joe/Maildir' <in >out 2>/dev/null 3>&- &
  exec 8>in
  eventually grep -q '^+OK' out
  pop STAT | grep -q 'IN-USE'
  kill -KILL "$(head -n 1 out)"
  eventually eval 'pop STAT | grep -q "^+OK 0 0"'
  exec 8>&-
}
# features: D37
@test "a Maildir that is missing is made with POP3_MAILDIR_CREATE=1" {
  rm -r joe/Maildir
  POP3_MAILDIR_CREATE=1 pop STAT | grep -q '^+OK 0 0^M$'
  test -d joe/Maildir/tmp && test -d joe/Maildir/new && test -d joe/Maildir/cur
}
# features: D40
@test "a Maildir of another owner is not served" {
  needs_root
  chown 20009 joe/Maildir
  chmod 755 joe/Maildir
  pop STAT | replies '-ERR [SYS/PERM] cannot read the mailbox'
}
# features: D18
@test "uidl.map overrides ids, and keeps them when flags change" {
  message new/1.a 'a\n'
  printf '1.a\tUID7-1\n' >joe/Maildir/uidl.map && own joe
  pop 'UIDL 1' 'RETR 1' QUIT | grep -q '^+OK 1 UID7-1^M$'
  pop 'UIDL 1' | grep -q '^+OK 1 UID7-1^M$'
}
# features: D18
@test "POP3_UIDL_IMPORT takes over another server's ids, once" {
  message cur/1.a:2,S 'a\n'
  printf '3 V1100000000 N2 Gaaaabbbbccccddddaaaabbbbccccdddd\n1 :1.a\n' >joe/Maildir/dovecot-uidlist && own joe
  POP3_UIDL_IMPORT=dovecot pop 'UIDL 1' | grep -q '^+OK 1 000000014190ab00^M$'
  rm joe/Maildir/dovecot-uidlist
  pop 'UIDL 1' | grep -q '^+OK 1 000000014190ab00^M$'
}
