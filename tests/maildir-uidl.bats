#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# maildir-uidl: what another server gave as unique-ids, and how it is kept. (D18 and so on: rows of
# the table of features; N: of the holes that other servers had.)

load helpers

uidl() { maildir-uidl "$@" joe/Maildir 2>sum; }

# list NAME: a file in joe's Maildir of standard input, where % is a tab.
list() { tr % '\t' >"joe/Maildir/$1" && own "joe/Maildir/$1"; }

messages() {
  local name
  for name; do message "$name" 'a\n'; done
}

# gives LINE...: the report of uidl with these options in $options; % is a tab.
gives() {
  local report
  # shellcheck disable=SC2086 # options are words
  report=$(uidl ${options-}) || [ $? = 1 ]
  diff <(printf '%s\n' "$@" | tr % '\t') <(printf '%s\n' "$report")
}

three_messages() {
  messages cur/1700000001.M1P1.h:2,S new/1700000002.M2P2.h,S=2 cur/1700000003.M3P3.h:2,
}

# --- the report -------------------------------------------------------------------------

@test "without an old server it lists the ids that pop3d gives" {
  three_messages
  gives 1%1700000001.M1P1.h%-%new%1700000001.M1P1.h 2%1700000002.M2P2.h,S=2%-%new%1700000002.M2P2.h,S=2 \
    3%1700000003.M3P3.h%-%new%1700000003.M3P3.h
  is '3 messages' "$(<sum)"
}

# features: D18
@test "same, differs and new are told apart, and the sum goes to standard error" {
  three_messages
  printf '%s\n' 1700000001.M1P1.h%1700000001.M1P1.h 1700000002.M2P2.h,S=2%X | list tpops_uidl
  options='--from tpops' gives 1%1700000001.M1P1.h%1700000001.M1P1.h%same%1700000001.M1P1.h \
    2%1700000002.M2P2.h,S=2%X%differs%1700000002.M2P2.h,S=2 \
    3%1700000003.M3P3.h%1700000003.M3P3.h%same%1700000003.M3P3.h
  is '3 messages: 2 same, 1 differ, 0 unknown to the old server' "$(<sum)"
}

@test "numbers, order and ids are those of pop3d" {
  messages new/2.h cur/1.h:2, new/10.h 'cur/two words' cur/2.h:2,S new/2.h:2, cur/x:2,F cur/.hidden \
    "new/3.$(printf 'x%.0s' {1..80})" "new/99999999999999999999.h"
  mkdir joe/Maildir/cur/4.directory
  ln -s 1.h:2, joe/Maildir/cur/5.link
  own joe/Maildir
  printf '%s\n' 10.h%X x%Y gone%Z | list uidl.map
  pop UIDL | sed -n 's/^\([0-9]* .*\)^M$/\1/p' >wanted
  uidl | cut -f1,2 | tr '\t' ' ' | diff wanted -
  [ -s wanted ]
}

# features: N35
@test "names and old ids cannot make a field or a line of the report" {
  messages $'cur/1.a\tb' $'cur/2.a\nb' 'cur/3.\' 'cur/4.two words'
  printf '3.\\%%%s\n' $'\001\xff id' | list tpops_uidl
  options='--from tpops' run gives
  is 4 "$(uidl --from tpops | wc -l)"
  is '1.a\x09b 2.a\x0ab 3.\x5c 4.two words' "$(uidl --from tpops | cut -f5 | paste -sd' ')"
  is '\x01\xff id' "$(uidl --from tpops | sed -n 3p | cut -f3)"
}

@test "exit 0 if no id differs, 1 if one does" {
  three_messages
  run -0 uidl
  run -0 uidl --from qmail
  run -1 uidl --from mailfront
  printf '3 V7 N9\n1 :gone\n' | list dovecot-uidlist
  run -0 uidl --from dovecot
  is '3 messages: 0 same, 0 differ, 3 unknown to the old server' "$(<sum)"
}

@test "an empty Maildir has no lines" {
  gives ''
  is '0 messages' "$(<sum)"
}

@test "without --write nothing in the Maildir changes" {
  three_messages
  printf '1.h%%X\n' | list tpops_uidl
  ls -lR --time-style=full-iso joe/Maildir >before
  uidl --from tpops || true
  uidl
  ls -lR --time-style=full-iso joe/Maildir | diff before -
}

# --- each server ------------------------------------------------------------------------

# features: D22
@test "from Dovecot: numbers, saved ids, and the base name" {
  three_messages
  printf '%s\n' '3 V1100000000 N9 G0123' '1 W3 :1700000001.M1P1.h:2,S' '2 PUID3-7 :1700000002.M2P2.h,S=2' \
    '5 P :1700000003.M3P3.h' | list dovecot-uidlist
  is '000000014190ab00 UID3-7 1700000003.M3P3.h' "$(uidl --from dovecot | cut -f3 | paste -sd' ')"
  is '4190ab0000000001 UID3-7 1700000003.M3P3.h' "$(uidl --from dovecot --format uw | cut -f3 | paste -sd' ')"
  is 1100000000.1 "$(uidl --from dovecot --format cyrus | sed -n 1p | cut -f3)"
  is 1100000000-1 "$(uidl --from dovecot --format courier | sed -n 1p | cut -f3)"
  is 1/1700000001.M1P1.h "$(uidl --from dovecot --format %u/%f | sed -n 1p | cut -f3)"
}

@test "from Courier: UID and validity, UID alone, and the escaped name" {
  messages cur/1.h:2,S cur/2.h:2, "cur/3.'+':2,"
  printf '%s\n' '/3 9 1100000000' '1.h:2,S 3 5:1100000000:0' '2.h:2, 3 6:0:1' "3.'+' 3 0:0:0" |
    list courierpop3dsizelist
  is 'UID5-1100000000 UID6 3.+27+2B+27' "$(uidl --from courier | cut -f3 | paste -sd' ')"
}

# features: D19
@test "from qmail: the unique name, and what cannot be an id differs" {
  messages cur/1.h,S=2:2,S "new/2.$(printf 'x%.0s' {1..70})"
  run -1 uidl --from qmail
  is same "$(cut -f4 <<<"${lines[0]}")"
  is differs "$(cut -f4 <<<"${lines[1]}")"
  grep -q 'not an id that POP3 allows' <<<"$(maildir-uidl --from qmail --write joe/Maildir 2>&1)"
}

@test "from mailfront: the name is cut at its first field" {
  messages cur/1.h,S=2,W=3:2,S new/2.h
  is '1.h 2.h' "$(uidl --from mailfront | cut -f3 | paste -sd' ')"
}

# --- writing ----------------------------------------------------------------------------

# features: D18 D22
@test "--write makes uidl.map, and then pop3d gives the old ids" {
  three_messages
  printf '%s\n' '3 V1100000000 N9' '1 :1700000001.M1P1.h:2,S' '2 P :1700000002.M2P2.h,S=2' '9 :gone' |
    list dovecot-uidlist
  options='--from dovecot --write' gives 1%000000014190ab00%000000014190ab00%same%1700000001.M1P1.h \
    2%1700000002.M2P2.h,S=2%1700000002.M2P2.h,S=2%same%1700000002.M2P2.h,S=2 \
    3%1700000003.M3P3.h%-%new%1700000003.M3P3.h
  diff joe/Maildir/uidl.map <(printf '1700000001.M1P1.h\t000000014190ab00\ngone\t000000094190ab00\n')
  pop UIDL QUIT | grep -x '1 000000014190ab00^M'
  run -0 uidl --from dovecot
}

@test "uidl.map belongs to the user, and nothing is left in tmp/" {
  three_messages
  uidl --from mailfront --write
  is "600 $joe_uid $joe_gid" "$(stat -c '%a %u %g' joe/Maildir/uidl.map)"
  is '' "$(ls joe/Maildir/tmp)"
}

@test "a map that is there is replaced only by --force" {
  three_messages
  echo mine | list uidl.map
  run -100 uidl --from mailfront --write
  is 'maildir-uidl: uidl.map is there already: --force replaces it' "$(<sum)"
  is mine "$(<joe/Maildir/uidl.map)"
  run -0 uidl --from mailfront --write --force
  is $'1700000002.M2P2.h,S=2\t1700000002.M2P2.h' "$(<joe/Maildir/uidl.map)"
}

@test "a map is made even if it needs no line, so that the question is settled" {
  three_messages
  run -0 uidl --from qmail --write
  test -f joe/Maildir/uidl.map
  test ! -s joe/Maildir/uidl.map
}

@test "of two messages with one old id the first keeps it, and there is a warning" {
  messages cur/1.h:2, cur/2.h:2,
  printf '%s\n' 1.h%X 2.h%X | list tpops_uidl
  run -1 uidl --from tpops --write
  is 'same differs' "$(cut -f4 <<<"$output" | paste -sd' ')"
  grep -x 'maildir-uidl: tpops_uidl: line 2: another message has this id, it will change' sum
}

@test "no two messages get one id, though a name is another's old id" {
  messages cur/1.h:2, cur/2.h:2,
  printf '2.h%%1.h\n' | list uidl.map
  is '1.h-2 1.h' "$(uidl | cut -f2 | paste -sd' ')"
}

# features: N35
@test "lines of uidl.map that do not count are counted" {
  messages cur/1.h:2,
  printf '%s\n' 'no tab' '1.h%X' '1.h%Y' 'a/b%Z' "2.h%$(printf 'x%.0s' {1..71})" '3.h%two words' | list uidl.map
  is X "$(uidl | cut -f2)"
  grep -x 'maildir-uidl: uidl.map: 5 lines ignored' sum
}

@test "a map of 100,000 lines is written and read" {
  messages cur/1700050000.h:2,
  awk 'BEGIN { print "3 V7 N100001"; for (i = 1; i <= 100000; ++i) printf "%d :%d.h\n", i, 1700000000 + i }' |
    list dovecot-uidlist
  run -0 uidl --from dovecot --write
  is 0000c35000000007 "$(cut -f2 <<<"$output")"
  is 100000 "$(wc -l <joe/Maildir/uidl.map)"
}

# --- what goes wrong --------------------------------------------------------------------

@test "called wrongly is exit 100, and nothing happens" {
  three_messages
  for wrong in '' '--from' '--from sendmail joe/Maildir' '--write joe/Maildir' '--from qmail --force joe/Maildir' \
    '--format uw joe/Maildir' '--from courier --format uw joe/Maildir' '--from dovecot --format none joe/Maildir' \
    '--from dovecot --format %v joe/Maildir' '--what joe/Maildir' 'joe/Maildir joe/Maildir' '-w joe/Maildir'; do
    # shellcheck disable=SC2086 # words
    run -100 maildir-uidl $wrong
    [[ $output == 'maildir-uidl: usage: '* ]]
  done
  test ! -e joe/Maildir/uidl.map
}

@test "a file of the old server that is missing or another is exit 111, and no map is made" {
  three_messages
  for server in dovecot courier tpops; do
    run -111 uidl --from $server --write
  done
  is 'maildir-uidl: tpops_uidl: there is none' "$(<sum)"
  echo '2 1 1' | tee >(list courierpop3dsizelist) | list dovecot-uidlist
  run -111 uidl --from dovecot --write
  is 'maildir-uidl: dovecot-uidlist: not of version 1 or 3' "$(<sum)"
  eventually test -s joe/Maildir/courierpop3dsizelist
  run -111 uidl --from courier --write
  is 'maildir-uidl: courierpop3dsizelist: not of version 2 or 3' "$(<sum)"
  test ! -e joe/Maildir/uidl.map
}

@test "what is no Maildir is exit 111" {
  run -111 maildir-uidl joe/none
  run -111 maildir-uidl "$BIN/maildir-uidl"
  run -111 maildir-uidl joe
  is 'maildir-uidl: no Maildir: there is neither new/ nor cur/' "$output"
}

@test "a FIFO in the place of a file is refused, not waited for" {
  three_messages
  mkfifo joe/Maildir/tpops_uidl && own joe/Maildir
  run -111 timeout 10 maildir-uidl --from tpops joe/Maildir
  mkfifo joe/Maildir/uidl.map && own joe/Maildir
  run -111 timeout 10 maildir-uidl joe/Maildir
  is 'maildir-uidl: uidl.map: not a regular file' "$output"
}

@test "a thousand wrong lines are a hundred warnings and their number" {
  three_messages
  seq 1000 | list tpops_uidl
  uidl --from tpops
  is 100 "$(grep -c ': no tab$' sum)"
  grep -x 'maildir-uidl: 900 more such lines' sum
}

@test "a full standard output is exit 111" {
  three_messages
  run -111 sh -c 'maildir-uidl joe/Maildir >/dev/full'
}

# --- root -------------------------------------------------------------------------------

@test "root becomes the Maildir's owner: another's files are not read" {
  needs_root
  three_messages
  mkdir secret && chmod 700 secret
  printf '1700000001.M1P1.h\tsecret\n' >secret/list
  ln -s "$PWD/secret/list" joe/Maildir/tpops_uidl
  run -111 maildir-uidl --from tpops joe/Maildir
  is 'maildir-uidl: open tpops_uidl: Permission denied' "$output"
}

@test "root does not write where the owner may not" {
  needs_root
  three_messages
  chown root joe/Maildir/tmp
  run -111 maildir-uidl --from qmail --write joe/Maildir
  test ! -e joe/Maildir/uidl.map
}

@test "root's own Maildir is refused; a group of root's alone is not the owner's" {
  needs_root
  three_messages
  chown 3999999:root joe/Maildir
  run -111 maildir-uidl joe/Maildir # nobody whom passwd(5) knows
  chown nobody joe/Maildir
  run -0 maildir-uidl joe/Maildir
  chown root:20000 joe/Maildir
  run -111 maildir-uidl joe/Maildir
  [[ $output == *': its owner or its group is root: it is no user'* ]]
}

# --- the other servers themselves --------------------------------------------------------

# ids PROGRAM...: the ids that a POP3 server on its standard input gives to joe.
ids() { printf 'UIDL\r\nQUIT\r\n' | as_user "$@" 2>/dev/null | tr -d '\r' | sed -n 's/^[0-9]\{1,\} //p' | sort; }

many_names() {
  messages cur/1700000001.M1P1.h:2,S new/1700000002.M2P2.h,S=2 cur/1700000003.h,S=2,W=3:2,S \
    "cur/1700000004.$(printf 'x%.0s' {1..80}),S=2" cur/1700000005.a,SS=2 new/1700000006.a,9=2 new/1700000007.a,z \
    cur/1700000008.a,x:2,S=2 new/1700000009.a,,=2 new/1700000010.m$'\xfc'ller,S=2
}

@test "pop3front-maildir itself gives what we say mailfront gives" {
  type pop3front-maildir || skip "needs mailfront"
  many_names
  ids pop3front-maildir "$PWD/joe/Maildir" >wanted
  is 10 "$(wc -l <wanted)"
  uidl --from mailfront | cut -f3 | sed 's/\\xfc/\xfc/' | sort | diff wanted -
}

@test "Dovecot itself gives what we say Dovecot gives, by each format" {
  pop3=/usr/lib/dovecot/pop3
  test -x $pop3 || skip "needs Dovecot"
  many_names
  printf '%s\n' "mail_location = maildir:$PWD/joe/Maildir" 'log_path = /dev/stderr' 'first_valid_uid = 1' \
    'first_valid_gid = 1' "base_dir = $PWD/run" "state_dir = $PWD/run" 'ssl = no' >dovecot.conf
  for format in %08Xu%08Xv %08Xv%08Xu %v.%u %v-%u %f %g UID%Xu-%05v; do
    HOME=$PWD/joe USER=joe ids timeout 20 $pop3 -c "$PWD/dovecot.conf" -o "pop3_uidl_format=$format" >wanted
    is 10 "$(wc -l <wanted)"
    uidl --from dovecot --format "$format" | cut -f3 | sed 's/\\xfc/\xfc/' | sort | diff wanted -
  done
  HOME=$PWD/joe USER=joe ids timeout 20 $pop3 -c "$PWD/dovecot.conf" -o pop3_save_uidl=yes \
    -o pop3_uidl_format=%f >wanted
  uidl --from dovecot | cut -f3 | sed 's/\\xfc/\xfc/' | sort | diff wanted -
}

@test "Courier itself gives what we say Courier gives" {
  pop3d=/usr/lib/courier/courier/courierpop3d
  test -x $pop3d || skip "needs Courier"
  many_names
  ids timeout 20 env AUTHENTICATED=joe TCPREMOTEIP=127.0.0.1 $pop3d "$PWD/joe/Maildir" >wanted
  is 10 "$(wc -l <wanted)"
  uidl --from courier | cut -f3 | sort | diff wanted -
}
