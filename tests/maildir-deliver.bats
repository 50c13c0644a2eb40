# SPDX-License-Identifier: ISC
# maildir-deliver: one message in, one file in new/.

load helpers.bash

deliver() { as_user maildir-deliver joe/Maildir; }
delivered() { ls joe/Maildir/new; }

@test "the message is in new/, octet by octet, and nothing is left in tmp/" {
  printf 'a\r\n.b\n\0\377no end' >message
  deliver <message
  cmp message joe/Maildir/new/*
  is "$(ls joe/Maildir/tmp)" ""
}

@test "the name holds the sizes on disk and on the wire" { # Maildir++
  printf 'a\nb\n' | deliver
  [[ $(delivered) == *,S=4,W=6 ]]
}

@test "W= leaves out the CRLF that an unfinished last line needs, pop3d does not" {
  printf 'a\nb' | deliver
  [[ $(delivered) == *,S=3,W=4 ]]
  pop LIST | grep -q '^1 6^M$'
}

@test "an empty message is a message" {
  deliver </dev/null
  [[ $(delivered) == *,S=0,W=0 ]]
}

@test "only its owner may read the message, whatever the umask" {
  umask 0
  echo a | deliver
  is "$(stat -c %a joe/Maildir/new/*)" 600
}

@test "a hundred at once are a hundred" {
  for i in {1..100}; do echo "$i" | deliver & done
  wait
  is "$(delivered | wc -l)" 100
}

@test "no Maildir: 111 and a reason" {
  run -111 as_user maildir-deliver joe/nothing </dev/null
  [[ $output == "maildir-deliver: enter joe/nothing: No such file or directory" ]]
}

@test "no new/: 111, and nothing stays in tmp/" {
  rmdir joe/Maildir/new
  run -111 deliver </dev/null
  is "$(ls joe/Maildir/tmp)" ""
}

@test "misuse and root exit 100" {
  run -100 maildir-deliver a b </dev/null
  run -100 maildir-deliver -x </dev/null
  needs_root
  run -100 maildir-deliver joe/Maildir </dev/null
}
