# SPDX-License-Identifier: ISC
# expire: messages older than so many days go at login.

load helpers.bash

setup() {
  prepare
  MAIL=joe/Maildir
  now=$(date +%s)
}

day=86400
# aged NAME DAYS [FILE_DAYS]: a message in FOLDER/..., so many days old by its name and by its file.
aged() {
  local path=joe/Maildir/${1%%/*}/$((now - $2 * day)).${1#*/}
  echo text >"$path"
  touch -d "@$((now - ${3-$2} * day))" "$path"
  own "$path"
}
sweep() { (cd joe && USER=joe as_user expire "$@" true Maildir 2>>../server.log); }
left() { (cd "$MAIL" && ls "${@:-cur}" | sed 's/^[0-9]*\.//' | paste -sd' '); }

# features: A10
@test "read messages older than DAYS go, through the chain, and pop3d announces it" {
  users
  aged cur/old:2,S 31
  aged cur/young:2,S 29
  serve checkpw -f "$USERS" expire 30 pop3d Maildir
  talk 'USER joe' 'PASS sesame' CAPA QUIT >answers
  grep -q '^+OK 1 messages' answers
  grep -q '^EXPIRE 30^M$' answers
  is "$(left)" young:2,S
  logged 'expire: event=expired session=[a-z2-7]{10} user=joe removed=1 octets=5 days=30 to=nowhere$'
}
@test "what is unread stays, unless -a says otherwise" {
  aged cur/unread:2, 31
  aged cur/replied:2,R 31
  aged cur/noinfo 31
  aged cur/seen:2,FRS 31
  aged new/new 31
  sweep 30
  is "$(left cur) $(left new)" 'noinfo replied:2,R unread:2, new'
  sweep -a 30
  is "$(left cur)$(left new)" ''
}
@test "the later of name and file counts as the age" {
  aged cur/both:2,S 31
  aged cur/young-file:2,S 31 1
  aged cur/young-name:2,S 1 31
  touch -d '40 days ago' $MAIL/cur/nonumber:2,S && own joe
  sweep 30
  is "$(left)" 'young-file:2,S young-name:2,S'
}
@test "-t moves to .Trash, a Maildir++ folder, and overwrites nothing there" {
  aged cur/a,S=5:2,RS 31
  aged new/b 31
  mkdir -p $MAIL/.Trash/{tmp,new,cur}
  name=$((now - 31 * day)).a,S=5
  echo other >"$MAIL/.Trash/cur/$name:2,RS" && own joe
  sweep -a -t 30
  is "$(left cur)$(left new)" ''
  is "$(left .Trash/cur | tr ' ' '\n' | sed 's/\.[a-z2-7]\{10\}:/.RANDOM:/' | paste -sd' ')" 'a,S=5.RANDOM:2,RS a,S=5:2,RS b:2,'
  is "$(cat "$MAIL/.Trash/cur/$name:2,RS")" other
  test -e $MAIL/.Trash/maildirfolder
  logged 'removed=2 octets=10 days=30 to=trash'
}
@test "maildirsize is taken off, without what is flagged T" { # Maildir++
  aged cur/a,S=100:2,S 31
  aged cur/b:2,S 31
  aged cur/c:2,ST 31
  printf '1000S\n500 9\n' >$MAIL/maildirsize && own joe
  sweep 30
  is "$(tail -n 1 $MAIL/maildirsize | tr -s ' ')" '-105 -2 '
}
# features: D15
@test "a session under way is not disturbed" {
  users
  aged cur/a:2,S 31
  serve
  exec 8<>"/dev/tcp/127.0.0.1/$PORT"
  printf 'USER joe\r\nPASS sesame\r\nNOOP\r\n' >&8
  for _ in 1 2 3 4; do read -r -t 5 _ <&8; done
  sweep 30
  is "$(left)" a:2,S
  exec 8>&-
  eventually gone
}
gone() { sweep 30 && [ -z "$(left)" ]; }

# features: A10
@test "the record's POP3_EXPIRE wins over the command line's days" {
  aged cur/a:2,S 31
  POP3_EXPIRE=40 sweep 30
  is "$(left)" a:2,S
  POP3_EXPIRE=never sweep 30
  is "$(left)" a:2,S
  POP3_EXPIRE=0 sweep 30
  is "$(left)" a:2,S
  POP3_EXPIRE=20 sweep never
  is "$(left)" ''
}
# features: A10
@test "POP3_EXPIRE as the next program sees it" {
  show() { (cd joe && as_user expire "$1" sh -c 'echo "$POP3_EXPIRE"' Maildir); }
  is "$(show 30)" 30
  is "$(show never)" never
  is "$(POP3_EXPIRE=7 show 30)" 7
}
@test "a POP3_EXPIRE that is none is logged, and removes nothing" {
  aged cur/a:2,S 31
  POP3_EXPIRE=soon sweep 30
  is "$(left)" a:2,S
  logged 'expire: event=skipped user=joe error="POP3_EXPIRE: not a number from 0 to 36500, or never"'
}
@test "what is no message stays: directories, links, dot files" {
  mkdir $MAIL/cur/1.d:2,S
  ln -s /etc/passwd $MAIL/cur/1.l:2,S
  touch -d '40 days ago' $MAIL/cur/.hidden:2,S $MAIL/cur/1.d:2,S
  touch -hd '40 days ago' $MAIL/cur/1.l:2,S
  own joe
  sweep -a 30
  is "$(ls -A $MAIL/cur | paste -sd' ')" '.hidden:2,S 1.d:2,S 1.l:2,S'
}
@test "unchanged directories are not read again for six hours; changed ones are" {
  aged cur/a:2,S 29
  touch -d '1 hour ago' $MAIL/cur
  sweep 30
  test -e $MAIL/popchain.expire
  # As if it had grown old by itself.
  aged cur/b:2,S 31
  touch -d '1 hour ago' $MAIL/cur
  sweep 30
  is "$(left)" 'b:2,S a:2,S'
  sweep -t 30 # another policy
  is "$(left)" a:2,S
  aged cur/c:2,S 31
  sweep -t 30
  is "$(left)" a:2,S
  aged cur/d:2,S 31
  touch -d '7 hours ago' $MAIL/cur $MAIL/popchain.expire
  touch -d '8 hours ago' $MAIL/cur
  sweep -t 30
  is "$(left)" a:2,S
  aged cur/e:2,S 31
  touch -d '1 hour ago' $MAIL/cur
  touch -d '+1 hour' $MAIL/popchain.expire # the clock was set back
  sweep -t 30
  is "$(left)" a:2,S
}
@test "new/ is looked at again when it has changed, if unread messages count" {
  sweep -a 30
  aged new/a 31
  sweep -a 30
  is "$(left new)" ''
}
@test "what cannot be removed is logged, and tried again; the login goes on" {
  is_root || skip "needs another uid"
  aged cur/a:2,S 31
  chown root $MAIL/cur
  run -0 sweep 30
  is "$(left)" a:2,S
  logged 'expire: event=expired user=joe removed=0 octets=0 days=30 to=nowhere failed=1$'
  test ! -e $MAIL/popchain.expire
}
@test "not more than 10000 in one login; the rest with the next" {
  (cd $MAIL/cur && for i in {1..10010}; do : >"1000.$i:2,S"; done && touch -d '40 days ago' ./*S)
  own joe
  sweep 30
  # On a machine that is very slow it stops after two seconds, before that.
  logged 'removed=[0-9]+ .*left=some$'
  sweep 30
  sweep 30
  is "$(left)" ''
}
@test "no Maildir, not ours, root: the session goes on" {
  rm -r joe/Maildir
  (cd joe && as_user expire 30 echo on-we-go Maildir) | grep -q on-we-go
  needs_root
  maildir joe/Maildir
  aged cur/a:2,S 31
  (cd joe && expire 30 echo on-we-go Maildir 2>/dev/null) | grep -q on-we-go
  is "$(left)" a:2,S
  chown root joe/Maildir
  sweep 30
  is "$(left)" a:2,S
}
@test "misuse exits 100, a program that is not there 111" {
  for args in '' 30 '0 true' '36501 true' '-1 true' 'x true' '-x 30 true' '"" true'; do
    eval "run -100 expire $args"
  done
  run -111 as_user expire 30 ./nothing
  [[ $output == *'-ERR [SYS/TEMP] cannot serve the mailbox now'* ]]
}
