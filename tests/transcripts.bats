#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Two sessions as people typed them on telnet into older servers. What those answered may differ in
# its words; which lines come, and in which order, may not.

load helpers

# features: A71
@test "USER, PASS, LIST, RETR, LIST, DELE, LIST, QUIT: and the message is gone" {
  users
  {
    printf 'Return-Path: <eve@example.org>\nFrom: eve@example.org\nTo: joe@example.org\nSubject: test\n\n'
    printf 'This is a test.\n'
  } >joe/Maildir/new/1000000000.1.host
  own joe
  serve
  chat 'USER joe' 'PASS sesame' LIST 'RETR 1' LIST 'DELE 1' LIST QUIT @end >seen
  diff - <(sed 's/<[^>]*@localhost>/<TIMESTAMP>/; s/\^M$//' seen) <<'END'
+OK POP3 ready <TIMESTAMP>
+OK now PASS
+OK 1 messages (110 octets)
+OK 1 messages
1 110
.
+OK 110 octets
Return-Path: <eve@example.org>
From: eve@example.org
To: joe@example.org
Subject: test

This is a test.
.
+OK 1 messages
1 110
.
+OK message 1 deleted
+OK 0 messages
.
+OK bye
closed
END
  is '' "$(find joe/Maildir/new joe/Maildir/cur -type f)"
  chat 'USER joe' 'PASS sesame' LIST QUIT @end >again
  [[ $(sed -n 3p again) == '+OK 0 messages (0 octets)'* ]]
}

# features: A72
@test "user and pass in lower-case letters, an empty mailbox, quit" {
  users
  serve
  chat 'user joe' 'pass sesame' quit @end >seen
  [[ $(sed -n 1p seen) =~ ^\+OK\ .*\<[^@\ ]+@localhost\>\^M$ ]]
  [[ $(sed -n 2p seen) == '+OK'* ]]
  [[ $(sed -n 3p seen) == '+OK'*'0 messages (0 octets)'* ]]
  [[ $(sed -n 4p seen) == '+OK'* ]]
  is closed "$(sed -n 5p seen)"
}
