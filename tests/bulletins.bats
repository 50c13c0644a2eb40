# SPDX-License-Identifier: ISC
# Bulletins: what the administrator wrote into a directory comes to every user, once.

load helpers.bash

setup() {
  prepare
  mkdir bulls
  BULLS=$PWD/bulls
  MAIL=joe/Maildir
}

# bulletin NAME [TEXT]: writes a file into the directory, as an administrator does by hand.
bulletin() {
  printf '%b' "${2-From: postmaster@h\nDate: x\nSubject: $1\n\nbody of $1\n}" >"bulls/$1"
  chmod 644 "bulls/$1"
}
# round [OPTION...]: one login of joe's, as far as the link.
round() { (cd joe && USER=${USER_IS-joe} as_user bulletins -h mail.example.org "$@" "$BULLS" true Maildir 2>>../server.log); }
state() { cat "${1-$MAIL/.popbull}"; }
set_state() { printf '%s\n' "$1" >"${2-$MAIL/.popbull}" && own joe; }
# The numbers of the bulletins in new/ and cur/, in order.
got() { ls $MAIL/new $MAIL/cur | sed -n 's/^[0-9]*\.bull\([0-9]*\)\..*/\1/p' | sort -n | paste -sd' '; }
text() { cat $MAIL/new/*.bull"$1".*; }

# --- numbers and users ------------------------------------------------------------------

# features: E01 E18
@test "through the chain: the bulletin is there when the session begins" {
  users
  bulletin 00001.Bulletin_one
  serve checkpw -f "$USERS" bulletins "$BULLS" pop3d Maildir
  talk 'USER joe' 'PASS sesame' 'RETR 1' 'DELE 1' QUIT >answers
  grep -q '^+OK 1 messages' answers
  grep -q '^Subject: 00001.Bulletin_one^M$' answers
  grep -q '^To: joe@' answers
  talk 'USER joe' 'PASS sesame' QUIT | grep -q '^+OK 0 messages'
  logged 'bulletins: event=bulletins session=[a-z2-7]{10} user=joe delivered=1 octets=[0-9]+ last=1$'
}
# features: E10 E04
@test "a new user gets the newest one; then each new one, in order" {
  for n in 1 2 3; do bulletin 0000$n.x; done
  round
  is "$(got)" 3
  bulletin 10.b
  bulletin 9.a
  round
  is "$(got)" '3 9 10'
  is "$(state)" 10
  is "$(sed -n 's/^Subject: //p' $(ls -tr $MAIL/new/*) | paste -sd' ')" '00003.x 9.a 10.b'
}
# features: E08 E10
@test "POP3_MAX_BULLETINS is a count, whatever gaps the numbers have" {
  for n in 1 50 900; do bulletin $n.x; done
  POP3_MAX_BULLETINS=2 round
  is "$(got)" '50 900'
}
# features: E10
@test "POP3_MAX_BULLETINS=0: a new user gets none, and the next one after that" {
  bulletin 1.x
  POP3_MAX_BULLETINS=0 round
  is "$(got)" ''
  is "$(state)" 1
  bulletin 2.x
  POP3_MAX_BULLETINS=0 round
  is "$(got)" 2
}
# features: E08
@test "who has logged in while there were none is no new user" {
  round
  is "$(state)" 0
  bulletin 1.x
  bulletin 2.x
  round
  is "$(got)" '1 2'
}
# features: E08
@test "an empty .popbull, and one that is no number, are a new user's" {
  for n in 1 2; do bulletin $n.x; done
  for content in '' garbage -5 '1 2' 99999999999999999999 0x1; do
    rm -f $MAIL/new/*
    printf '%s' "$content" >$MAIL/.popbull && own joe
    round
    is "$content: $(got)" "$content: 2"
    is "$(state)" 2
  done
}
# features: E04
@test "names that do not begin with a digit are no bulletins" {
  bulletin x.1
  bulletin .1.x
  bulletin README
  bulletin 7.x
  POP3_MAX_BULLETINS=10 round
  is "$(got)" 7
}
# features: E17
@test "a bulletin that was removed is not missed" {
  bulletin 1.x
  bulletin 2.x
  rm bulls/1.x
  POP3_MAX_BULLETINS=10 round
  is "$(got)" 2
}
@test "of two bulletins with one number the first by name counts, and the log says so" {
  bulletin 1.a
  bulletin 1.b
  round
  text 1 | grep -q '^Subject: 1.a$'
  logged 'bulletins: event=warning user=joe bulletin=1.a warning="another bulletin has this number"'
}

# --- where the number is kept -----------------------------------------------------------

# features: E07
@test ".popbull in the Maildir is mode 0600, and written anew" {
  bulletin 1.x
  round
  is "$(stat -c '%a %U' $MAIL/.popbull)" "600 $(stat -c %U joe)"
  is "$(ls -A $MAIL/tmp)" ''
}
# features: E07
@test "Qpopper's .popbull in the home is read, and left as it is" {
  for n in 1 2 3; do bulletin $n.x; done
  set_state 1 joe/.popbull
  round
  is "$(got)" '2 3'
  is "$(state) $(state joe/.popbull)" '3 1'
  bulletin 4.x
  round
  is "$(got)" '2 3 4'
}
# features: E09 E13
@test "POP3_POPBULL_DIR keeps them in one place: USER.popbull" {
  mkdir -m 1777 central
  for n in 1 2; do bulletin $n.x; done
  set_state 1 joe/.popbull
  POP3_POPBULL_DIR=$PWD/central round
  is "$(got)" 2
  is "$(state central/joe.popbull)" 2
  test ! -e $MAIL/.popbull
  POP3_POPBULL_DIR=$PWD/central round
  is "$(got)" 2
  is "$(ls central)" joe.popbull
}
# features: E09
@test "a central directory where anybody could remove another's file is refused" {
  mkdir -m 777 central
  bulletin 1.x
  POP3_POPBULL_DIR=$PWD/central round
  is "$(got)" ''
  logged 'bulletins: event=skipped user=joe error=".*/central: writable by group or others, and not sticky"'
}
# features: E09
@test "a number that another user has put there is not believed" {
  needs_root
  mkdir -m 1777 central
  bulletin 1.x
  echo 99 >central/joe.popbull
  chown 20009 central/joe.popbull
  POP3_POPBULL_DIR=$PWD/central round
  is "$(got)" ''
  logged "error=\"joe.popbull: not the user's\""
}
# features: E09
@test "a user name that is a path reaches no file" {
  mkdir -m 1777 central
  bulletin 1.x
  for name in ../joe/x a/b '' .x; do
    USER_IS=$name POP3_POPBULL_DIR=$PWD/central round
    is "$(got)" ''
  done
  is "$(ls -A central)" ''
}

# --- the message ------------------------------------------------------------------------

# features: E06
@test "To: is replaced, Status: and X-UIDL: are dropped, with their continuation lines" {
  bulletin 1.x 'From: a@b\nTO: all\n and more\nDate: x\nstatus: RO\nTo: again\nX-Uidl: 1\n\t2\nSubject: s\n\nTo: body\n'
  round
  is "$(text 1)" $'From: a@b\nTo: joe@mail.example.org\nDate: x\nSubject: s\n\nTo: body'
}
# features: E05
@test "an mbox From line is taken off, and is not needed" {
  bulletin 1.x 'From qpop Wed Nov  9 13:31:08 1994\nSubject: s\n\nb\n'
  round
  is "$(text 1)" $'Subject: s\nTo: joe@mail.example.org\n\nb'
}
# features: E06
@test "a login with a domain is its own address" {
  bulletin 1.x
  USER_IS=joe@example.net round
  text 1 | grep -q '^To: joe@example.net$'
}
# features: E06
@test "a user name cannot make a header line" {
  bulletin 1.x
  USER_IS=$'joe\nBcc: all' round
  text 1 | grep -q '^To: undisclosed-recipients:;$'
  ! text 1 | grep -q '^Bcc'
}
# features: D14
@test "CRLF files stay CRLF, and the sizes in the name are those of the file" {
  bulletin 1.x 'Subject: s\r\n\r\na\nno end'
  round
  file=$(echo $MAIL/new/*)
  is "$(head -n 2 "$file" | cat -v)" $'Subject: s^M\nTo: joe@mail.example.org^M'
  size=$(stat -c %s "$file")
  [[ $file == *.bull1.mail.example.org,S=$size,W=$((size + 1)) ]]
  pop 'LIST 1' | grep -q "^+OK 1 $((size + 3))^M$"
}
@test "maildirsize counts it, and is never made" { # Maildir++
  bulletin 1.x
  round
  test ! -e $MAIL/maildirsize
  printf '1000S\n0 0\n' >$MAIL/maildirsize && own joe
  bulletin 2.x
  round
  is "$(tail -n 1 $MAIL/maildirsize | tr -s ' ')" "$(stat -c %s $MAIL/new/*.bull2.*) 1 "
}

# --- once, whatever happens -------------------------------------------------------------

# features: E19
@test "not twice, when .popbull is lost or old, wherever the message has gone" {
  for n in 1 2; do bulletin $n.x; done
  POP3_MAX_BULLETINS=2 round
  mv $MAIL/new/*.bull1.* "$MAIL/cur/$(cd $MAIL/new && ls *.bull1.*):2,S"
  rm $MAIL/.popbull
  POP3_MAX_BULLETINS=2 round
  is "$(got)" '1 2'
  is "$(state)" 2
  set_state 0
  touch -d '1 hour' bulls/*
  round
  is "$(got)" '1 2'
  is "$(state)" 2
}
# features: E19
@test "a crash before .popbull was written: the message is made anew, whole" {
  for n in 1 2; do bulletin $n.x; done
  set_state 1
  echo half >$MAIL/tmp/popchain.bulletin.2 && own joe
  round
  is "$(got)" 2
  text 2 | grep -q '^body of 2.x$'
  is "$(ls $MAIL/tmp)" ''
}
# features: E19
@test "a crash behind .popbull: the next login delivers what was ready" {
  for n in 1 2; do bulletin $n.x; done
  set_state 2
  printf 'Subject: ready\n\n' >$MAIL/tmp/popchain.bulletin.2 && own joe
  round
  is "$(got)" 2
  text 2 | grep -q '^Subject: ready$'
  is "$(ls $MAIL/tmp) $(state)" ' 2'
  rm $MAIL/new/*
  round
  is "$(got)" ''
}
# features: E19
@test "a crash in the middle of a move by link and unlink: once" {
  bulletin 1.x
  round
  set_state 1
  ln $MAIL/new/*.bull1.* $MAIL/tmp/popchain.bulletin.1
  mv $MAIL/new/*.bull1.* $MAIL/cur/5.renamed:2,
  round
  is "$(ls $MAIL/tmp; ls $MAIL/new; ls $MAIL/cur)" 5.renamed:2,
}
# features: E12 E19
@test "half a message of a bulletin that is none of ours any more is not delivered" {
  set_state 1
  bulletin 2.no-such-group.x
  echo half >$MAIL/tmp/popchain.bulletin.2 && own joe
  POP3_GROUP_BULLETINS=1 round
  is "$(got) $(ls $MAIL/tmp) $(state)" '  2'
  POP3_GROUP_BULLETINS=1 round
  is "$(got)" ''
}
# killed_at CALL COUNT: a login that is killed when it is about to do the system call CALL for the
# COUNTth time; false if it did not come to that.
killed_at() {
  ! (cd joe && USER=joe as_user strace -qq -o /dev/null -e trace="$1" -e inject="$1:signal=KILL:when=$2" \
    bulletins -h h "$BULLS" true Maildir 2>/dev/null)
}
# features: E19
@test "killed at any system call that changes or opens a file: each bulletin once, and whole" {
  type -P strace >/dev/null || skip "no strace"
  for n in 1 2; do bulletin $n.x; done
  count=0
  for call in openat write fsync renameat renameat2 unlink; do
    for ((nth = 1; ; nth++)); do
      rm -rf $MAIL && maildir joe/Maildir
      set_state 0
      killed_at $call $nth 2>/dev/null || break
      ((++count))
      # What is there by now is read and removed by another program before the next login.
      cat $MAIL/new/* >read 2>/dev/null || true
      rm -f $MAIL/new/*
      round
      is "$call $nth: $(cat read $MAIL/new/* 2>/dev/null | sed -n 's/^body of //p' | paste -sd' ')" "$call $nth: 1.x 2.x"
      is "$call $nth: $(state) $(ls $MAIL/tmp | grep -c bulletin)" "$call $nth: 2 0"
    done
  done
  [ "$count" -gt 30 ]
}
# features: E01
@test "many logins at once: each bulletin once" {
  for n in 1 2 3 4 5; do bulletin $n.x; done
  set_state 0
  for _ in {1..20}; do round & done
  wait
  round
  is "$(got)" '1 2 3 4 5'
}
# features: D15
@test "while another session has the mailbox nothing is delivered; later it is" {
  users
  serve
  exec 8<>"/dev/tcp/127.0.0.1/$PORT"
  printf 'USER joe\r\nPASS sesame\r\nNOOP\r\n' >&8
  for _ in 1 2 3 4; do read -r -t 5 _ <&8; done
  bulletin 1.x
  round
  is "$(got)" ''
  exec 8>&-
  eventually delivered
}
delivered() { round && [ "$(got)" = 1 ]; }

# --- groups -----------------------------------------------------------------------------

# in_groups GIDS PROGRAM...: as joe with these groups.
in_groups() {
  local gids=$1
  shift
  setpriv --reuid "$joe_uid" --regid "$joe_gid" --groups "$gids" "$@"
}
# features: E11
@test "POP3_GROUP_BULLETINS: a bulletin of a group comes to those who are in it" {
  needs_root
  bulletin 1.mail.for_mail
  bulletin 2.daemon.for_daemon
  bulletin 3.8.for_gid_8
  set_state 0
  (cd joe && USER=joe POP3_GROUP_BULLETINS=1 in_groups 8,20001 bulletins "$BULLS" true Maildir)
  is "$(got)" '1 3'
  is "$(state)" 3
}
# features: E11
@test "by the primary group too" {
  needs_root
  bulletin 1.mail.x
  set_state 0
  (cd joe && USER=joe POP3_GROUP_BULLETINS=1 setpriv --reuid "$joe_uid" --regid 8 --clear-groups bulletins "$BULLS" true Maildir)
  is "$(got)" 1
}
# features: E12
@test "ALL is everybody; an unknown group nobody; no group everybody; the log says the odd ones" {
  bulletin 1.ALL.x
  bulletin 2.no-such-group.x
  bulletin 3.x
  set_state 0
  POP3_GROUP_BULLETINS=1 round
  is "$(got)" '1 3'
  logged 'bulletins: event=skipped user=joe bulletin=2.no-such-group.x error="no such group"'
  logged 'bulletins: event=warning user=joe bulletin=3.x warning="no group in its name: for everybody"'
}
# features: E10 E11
@test "a new user's count is of those that are for him" {
  bulletin 1.ALL.x
  bulletin 2.ALL.x
  bulletin 3.no-such-group.x
  POP3_GROUP_BULLETINS=1 round
  is "$(got)" 2
  is "$(state)" 3
}
# features: E11
@test "without POP3_GROUP_BULLETINS a group is a word like others" {
  bulletin 1.no-such-group.x
  round
  is "$(got)" 1
}

# --- nothing of it blocks a login -------------------------------------------------------

# features: E05 E14
@test "a broken bulletin is skipped, and delivered when it is mended" {
  set_state 0
  bulletin 1.x
  bulletin 2.broken 'no header\n'
  round
  is "$(got) $(state)" '1 1'
  logged 'bulletins: event=skipped user=joe bulletin=2.broken error="a header line is no field"'
  bulletin 2.broken
  round
  is "$(got)" '1 2'
}
# features: E12 E14
@test "what is not for him does not pass a broken one" {
  set_state 0
  bulletin 1.ALL.broken 'no header\n'
  bulletin 2.no-such-group.x
  POP3_GROUP_BULLETINS=1 round
  is "$(state)" 0
  bulletin 1.ALL.broken
  POP3_GROUP_BULLETINS=1 round
  is "$(got) $(state)" '1 2'
}
# features: E05
@test "what comes behind a broken one is not held up" {
  set_state 0
  bulletin 1.broken ''
  mkfifo bulls/2.fifo
  mkdir bulls/3.directory
  ln -s /etc/passwd bulls/4.link
  head -c 1048577 /dev/zero >bulls/5.large
  bulletin 6.secret
  chmod 0 bulls/6.secret
  bulletin 7.good
  is_root || chmod 644 bulls/6.secret
  round
  [[ $(got) == *7 ]]
  is "$(state)" 7
  logged 'bulletin=2.fifo error="2.fifo: not a regular file"'
  logged 'bulletin=5.large error="5.large: larger than 1 MiB"'
}
# features: E03
@test "a directory that others can write to is refused, unless it is root's" {
  bulletin 1.x
  chmod 775 bulls
  if is_root; then chown 20009 bulls; fi
  round
  is "$(got)" ''
  logged 'error=".*/bulls: writable by group or others, and not root.s"'
  needs_root
  chown root bulls
  round
  is "$(got)" 1
}
# features: E02 E14
@test "no directory, a relative one, a number that is none: a log line, and the session" {
  users
  serve checkpw -f "$USERS" bulletins "$PWD/nothing" pop3d Maildir
  talk 'USER joe' 'PASS sesame' QUIT | grep -q '^+OK bye'
  logged 'bulletins: event=skipped .*user=joe error="open .*/nothing: No such file or directory"'
  BULLS=bulls round
  logged 'error="bulls: not an absolute path"'
  POP3_MAX_BULLETINS=x round
  logged 'error="POP3_MAX_BULLETINS: not a number from 0 to 1000"'
}
# features: D50
@test "a disk that is full blocks no login, and loses no bulletin" {
  bulletin 1.x 'Subject: s\n\n'"$(printf '%0500000d' 0)"
  mkdir disk
  on_tmpfs 200k "$PWD/disk" "
    mkdir -p disk/Maildir/{tmp,new,cur} && chown -R $joe_uid:$joe_gid disk
    cd disk
    link() { USER=joe setpriv --reuid $joe_uid --regid $joe_gid --clear-groups bulletins '$BULLS' echo on-we-go Maildir 2>>'$PWD/server.log'; }
    link | grep -q on-we-go
    [ -z \"\$(ls Maildir/tmp Maildir/new | grep bull)\" ]
    mount -o remount,size=2m .
    link
    ls Maildir/new | grep -q '\.bull1\.'"
  logged 'bulletins: event=skipped user=joe error="write tmp/popchain.bulletin.1: No space left on device"'
}
# features: E01
@test "not more than 32 in one login, the rest with the next" {
  for n in {1..40}; do bulletin $n.x; done
  set_state 0
  round
  is "$(got | wc -w)" 32
  is "$(state)" 32
  logged 'delivered=32 .*last=32 left=8$'
  round
  is "$(got | wc -w)" 40
}
@test "without a Maildir nothing happens, and pop3d says it" {
  rm -r joe/Maildir
  bulletin 1.x
  round
  is "$(ls -A joe)" ''
  not_logged bulletins
}
@test "MAILDIR wins over the last word, as for pop3d" {
  maildir joe/Other
  bulletin 1.x
  (cd joe && MAILDIR=Other as_user bulletins "$BULLS" true Maildir)
  is "$(ls joe/Other/new | wc -l) $(got)" '1 '
}
@test "the last word is the Maildir; the name of pop3d is none" {
  maildir joe/Other
  bulletin 1.x
  ln -s "$(type -P true)" pop3d
  (cd joe && as_user bulletins "$BULLS" expire 3 true Other)
  is "$(ls joe/Other/new | wc -l)" 1
  (cd joe && as_user bulletins "$BULLS" ../pop3d)
  is "$(got)" 1
}
@test "the next program runs in the home, with the client as it was" {
  fds=$(ls /proc/self/fd | wc -l)
  printf 'line\nrest\n' | (cd joe && as_user bulletins "$BULLS" sh -c 'pwd; cat; ls /proc/self/fd | wc -l' Maildir) >out
  is "$(cat out)" "$PWD/joe"$'\nline\nrest\n'"$fds"
}
@test "root gets no bulletins, and goes on" {
  needs_root
  bulletin 1.x
  (cd joe && bulletins "$BULLS" echo on-we-go Maildir 2>>../server.log) | grep -q on-we-go
  is "$(got)" ''
  logged 'bulletins: event=skipped user=.* error="started as root"'
}
@test "misuse exits 100; a program that is not there is said to the client, and exits 111" {
  run -100 bulletins
  run -100 bulletins "$BULLS"
  run -100 bulletins -x "$BULLS" true
  run -111 as_user bulletins "$BULLS" ./nothing
  [[ $output == *"-ERR [SYS/TEMP] cannot serve the mailbox now"* ]]
  [[ $output == *'error="execute ./nothing: No such file or directory"'* ]]
}

# --- bulletin-add -----------------------------------------------------------------------

good='From: postmaster@example.org\nDate: Wed, 9 Nov 1994 13:31:08 +0000\nSubject: s\n\nb\n'
add() { printf '%b' "${1-$good}" | bulletin-add "${@:2}" "$BULLS" name; }

# features: E04
@test "bulletin-add gives the next number, and prints the name" {
  is "$(add)" 00001.name
  bulletin 41.by_hand
  is "$(add)" 00042.name
  is "$(stat -c %a bulls/00042.name)" 644
  printf '%b' "$good" | cmp - bulls/00042.name
  is "$(ls -A bulls | paste -sd' ')" '.highest 00001.name 00042.name 41.by_hand'
}
# features: E04
@test "bulletin-add never gives a number twice" {
  add
  add
  rm bulls/*
  is "$(add)" 00003.name
}
# features: E04
@test "bulletin-add: twenty at once have twenty numbers" {
  for _ in {1..20}; do add >/dev/null & done
  wait
  is "$(ls bulls | wc -l) $(ls bulls | tail -n 1)" '20 00020.name'
}
# features: E11
@test "bulletin-add -g puts a group into the name, if there is one" {
  is "$(add "$good" -g ALL)" 00001.ALL.name
  is "$(add "$good" -g "$(id -gn)")" "00002.$(id -gn).name"
  run -100 add "$good" -g no-such-group
  run -100 add "$good" -g ../x
}
# features: E05 E20
@test "bulletin-add refuses what is no good message, and says why" {
  refused() {
    run -1 add "$1"
    is "$output" "bulletin-add: the message: $2"
  }
  refused '' 'no header'
  refused 'hello\n' 'a header line is no field'
  refused 'Date: x\nSubject: s\n\n' 'not one From: field'
  refused 'From: a\nSubject: s\n\n' 'not one Date: field'
  refused 'From: a\nDate: x\n\nSubject: s\n' 'not one Subject: field'
  refused "$good\0" 'a NUL in the body'
  refused "$good$(printf '%0999d' 0)\n" 'a line longer than 998 octets'
  refused "From x\n$good\nFrom y\n$good" 'a second message, behind a "From " line'
  head -c 1048577 /dev/zero >large
  run -1 bulletin-add "$BULLS" name <large
  is "$(ls -A bulls)" ''
  add "From x\n$good"
  add "$good\nFrom our hearts\n"
}
# features: E05
@test "bulletin-add -c checks what is there" {
  add
  run -0 bulletin-add -c "$BULLS"
  bulletin 2.bad 'Subject: s\n\n'
  bulletin 3.a "$good"
  bulletin 3.b "$good"
  bulletin 4.hidden "$good" && chmod 600 bulls/4.hidden
  bulletin 5.no-such-group.x "$good"
  run -1 bulletin-add -c "$BULLS"
  is "$output" $'bulletin-add: 2.bad: not one From: field
bulletin-add: 3.a: another bulletin has this number
bulletin-add: 4.hidden: not readable for everybody
bulletin-add: 5.no-such-group.x: no such group'
}
@test "bulletin-add: misuse exits 100, what fails 111" {
  run -100 bulletin-add
  run -100 bulletin-add "$BULLS"
  run -100 bulletin-add -x "$BULLS" name
  run -100 bulletin-add -c "$BULLS" name
  run -100 bulletin-add "$BULLS" a.b
  run -111 bulletin-add "$PWD/nothing" name < <(printf '%b' "$good")
}
