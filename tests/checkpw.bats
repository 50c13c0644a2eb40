#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# checkpw: a login record on descriptor 3 against users.cdb, and what the next program gets.
# (B01 and so on: rows of the table of features; N: of the holes that other servers had.)

load helpers

# check RECORD [PROGRAM...]: checkpw on the test's users.cdb; true is the next program.
check() {
  local record=$1
  shift
  [ $# -gt 0 ] || set -- true
  login "$record" checkpw -f "$USERS" "$@"
}

# edit SED-SCRIPT: changes users.cdb behind apoppasswd's back, without changing any length.
edit() {
  cdb -d "$USERS" | sed "$1" >dump
  cdb -c -p 0600 "$USERS" dump
}
zero() { printf '%s' "${1//?/0}"; } # as many zeros as the number has digits

# The example of RFC 1939 s.7, for the secret tanstaaf.
stamp='<1896.697170952@dbc.mtview.ca.us>'
digest=c4c9334bac560ecc979e58001b3e22fb
mrose() { printf '%s' "mrose:tanstaaf:$joe_uid:$joe_gid:$PWD/joe"; }

# --- what the next program gets ---------------------------------------------------------

@test "the right password executes the program, and its exit code is ours" { # B49
  users
  run -42 check 'joe\0sesame\0\0' sh -c 'echo here; exit 42'
  [[ $output == *here* ]]
}

@test "the program runs as the record's uid and gid, and with no group of root's" { # B49, N29
  needs_root
  users
  run -0 check 'joe\0sesame\0\0' sh -c 'id -u; id -ru; id -g; id -rg; id -G'
  is $'20001\n20001\n20001\n20001\n20001' "$output"
}

@test "the record's groups are the program's" { # B49
  needs_root
  users "$joe::groups=20001,20005,20006"
  run -0 check 'joe\0sesame\0\0' id -G
  is '20001 20005 20006' "$output"
}

@test "root cannot come back" {
  needs_root
  users
  run -0 check 'joe\0sesame\0\0' cat /proc/self/status
  [[ $output == *$'Uid:\t20001\t20001\t20001\t20001'* ]]
  [[ $output == *$'CapPrm:\t0000000000000000'* ]]
}

@test "the program starts in the home, with HOME, USER and SHELL set" { # B49
  users "$joe::shell=/bin/zsh"
  run -0 --separate-stderr check 'joe\0sesame\0\0' sh -c 'pwd; echo "$HOME $USER $SHELL"'
  is "$PWD/joe"$'\n'"$PWD/joe joe /bin/zsh" "$output"
}

@test "SHELL is /bin/sh if the record tells none" {
  users
  run -0 --separate-stderr check 'joe\0sesame\0\0' sh -c 'echo "$SHELL"'
  is /bin/sh "$output"
}

@test "the record's maildir is MAILDIR" {
  users "$joe:mail/box"
  run -0 --separate-stderr check 'joe\0sesame\0\0' sh -c 'echo "$MAILDIR"'
  is mail/box "$output"
}

@test "a MAILDIR that came from outside is removed" {
  users
  export MAILDIR=/somebody/else
  run -0 --separate-stderr check 'joe\0sesame\0\0' sh -c 'echo "${MAILDIR-none}"'
  is none "$output"
}

@test "what concerned the login only is removed from the environment" {
  users
  run -0 --separate-stderr login 'joe\0sesame\0\0' env UID=9 GID=9 ROOT=/x BLOCK_UID=9 \
    POP3_STATUS_FD=9 POP3_KEPT=kept checkpw -f "$USERS" env
  is POP3_KEPT=kept "$(grep -E '^(UID|GID|ROOT|BLOCK_UID|POP3_STATUS_FD|BOTAN.*|POP3_KEPT)=' <<<"$output")"
}

@test "the program inherits neither the record, nor the database, nor the status descriptor" {
  users
  POP3_STATUS_FD=4 check 'joe\0sesame\0\0' find /proc/self/fd -lname '*users*' -o -lname '*octet' \
    -o -name 3 -lname 'pipe:*' >fds 4>octet
  is '' "$(<fds)"
}

@test "descriptors 0 and 1 are left alone for the program" {
  users
  printf 'for the program' >input
  checkpw -f "$USERS" cat 3< <(printf 'joe\0sesame\0\0') <input >output
  cmp input output
}

@test "a home with blanks is no trouble" {
  mkdir 'joe/a home' && own joe
  users "joe:sesame:$joe_uid:$joe_gid:$PWD/joe/a home"
  run -0 --separate-stderr check 'joe\0sesame\0\0' pwd
  is "$PWD/joe/a home" "$output"
}

@test "the program is looked up in PATH" {
  users
  check 'joe\0sesame\0\0' true
}

# --- the record -------------------------------------------------------------------------

@test "a wrong password is exit 1" { users && run -1 check 'joe\0wrong\0\0'; }
@test "a beginning of the password is exit 1" { users && run -1 check 'joe\0sesam\0\0'; } # N43
@test "the password with more behind it is exit 1" { users && run -1 check 'joe\0sesame1\0\0'; } # N43
@test "the password in other letters is exit 1" { users && run -1 check 'joe\0Sesame\0\0'; }
@test "an unknown login is exit 1" { users && run -1 check 'nobody\0sesame\0\0'; } # N33
@test "a login in other letters is exit 1" { users && run -1 check 'Joe\0sesame\0\0'; }
@test "an empty password is exit 1" { users && run -1 check 'joe\0\0\0'; } # A27, B37
@test "an empty login, which is the database's own key, is exit 2" { users && run -2 check '\0sesame\0\0'; }
@test "an empty record is exit 2" { users && run -2 check ''; } # N43
@test "a record without NULs is exit 2" { users && run -2 check 'joe sesame'; } # N43
@test "a record without a password is exit 2" { users && run -2 check 'joe\0'; } # N43
@test "a record whose password is cut off is exit 2" { users && run -2 check 'joe\0sesame'; } # N43
@test "a record without a timestamp is exit 2" { users && run -2 check 'joe\0sesame\0'; } # N43
@test "a record whose timestamp is cut off is exit 2" { users && run -2 check 'joe\0sesame\0<1'; } # N43

@test "a record of 512 octets is read, one of 513 is exit 2" { # N43
  users
  check "joe\0sesame\0$(printf '%500s' '')\0"
  run -2 check "joe\0sesame\0$(printf '%501s' '')\0"
  [[ $output == *'longer than 512 octets'* ]]
}

@test "what stands behind the timestamp means nothing" {
  users
  check 'joe\0sesame\0<1@x>\0more\0'
}

@test "a closed descriptor 3 is exit 111" {
  users
  run -111 checkpw -f "$USERS" true 3>&-
}

@test "a descriptor 3 that cannot be read is exit 111" {
  users
  run -111 checkpw -f "$USERS" true 3<.
}

@test "misuse of the command line is exit 2" {
  users
  run -2 checkpw
  is 'checkpw: usage: checkpw [-f users.cdb] program [arg ...]' "$output"
  run -2 checkpw -f "$USERS"
  run -2 checkpw -f
  run -2 checkpw -x true
}

# --- secrets ----------------------------------------------------------------------------

# stored SECRET: a record with it lets sesame in, and nothing else.
stored() {
  users "joe:$1:$joe_uid:$joe_gid:$PWD/joe"
  check 'joe\0sesame\0\0'
  run -1 check 'joe\0sesamf\0\0'
  run -1 check 'joe\0\0\0'
}

@test "{PLAIN}" { stored '{PLAIN}sesame'; }
@test "{CRYPT} of the old kind, DES" { stored '{CRYPT}abnqrLigH.z/s'; }
@test "{CRYPT} of kind 1, MD5" { stored '{CRYPT}$1$abcdefgh$5XhrJpGu.bBXAZh4lT8oY/'; }
@test "{CRYPT} of kind 5, SHA-256" { stored '{CRYPT}$5$abcdefgh$4PbtPZdUc33o7LmNsM4HTsjYbIhyCeh4aCe.rEbHkq1'; }
@test "{CRYPT} of kind 6, SHA-512" {
  stored '{CRYPT}$6$abcdefgh$Bk2D4uYVcw0FbFPsWa0iJZ1DNfy8v6OjKcRcuBfMkWD1KdADPVnmQf5cr0O8HfAYpq1XrrjdgIRINkwgSKJ8/1'
}
@test "{CRYPT} of kind y, yescrypt" { stored '{CRYPT}$y$j9T$abcdefghijklmnop$L4lJtNsQpwDPAc/uwWwUGeg57p5fCEdn3sN6zeDRtN1'; }
@test "{BCRYPT} 2a" { stored '{BCRYPT}$2a$04$abcdefghijklmnopqrstuuinwY/tkBVrn3xrxQI/TgnMHhkvl85RW'; }
@test "{BCRYPT} 2b" { stored '{BCRYPT}$2b$04$abcdefghijklmnopqrstuuinwY/tkBVrn3xrxQI/TgnMHhkvl85RW'; }
@test "{BCRYPT} 2y" { stored '{BCRYPT}$2y$05$abcdefghijklmnopqrstuuKcS.CYWVYVaLiiCKrrc0A5s3mGesJ9O'; }
@test "{ARGON2ID} from its authors' own tests" {
  users "joe:{ARGON2ID}\$argon2id\$v=19\$m=256,t=2,p=1\$c29tZXNhbHQ\$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4:$joe_uid:$joe_gid:$PWD/joe"
  check 'joe\0password\0\0'
  run -1 check 'joe\0passwore\0\0'
}

@test "what each scheme of ours stores lets in" {
  for scheme in PLAIN CRYPT BCRYPT ARGON2ID; do
    rm -f "$USERS"
    apoppasswd -f "$USERS" -c -s "$scheme"
    apoppasswd -f "$USERS" -i - <<<"$joe"
    cdb -q "$USERS" joe | grep -qa "secret={$scheme}"
    check 'joe\0sesame\0\0'
    run -1 check 'joe\0wrong\0\0'
  done
}

@test "a login with several secrets is let in by each of them" {
  users "$joe" "joe:second secret:$joe_uid:$joe_gid:$PWD/joe"
  check 'joe\0sesame\0\0'
  check 'joe\0second secret\0\0'
  run -1 check 'joe\0third secret\0\0'
}

@test "blanks in a password are compared as they are" { # A26
  users "joe: two  blanks :$joe_uid:$joe_gid:$PWD/joe"
  check 'joe\0 two  blanks \0\0'
  run -1 check 'joe\0two  blanks\0\0'
  run -1 check 'joe\0 two blanks \0\0'
}

@test "an 8-bit password, whose hash came from elsewhere and which another popup lets pass" {
  users "joe:{CRYPT}\$6\$abcdefgh\$H1ePlY0OVcw7hqwtNZSUb.7BlYrMMdzO1vbL21IIYdNaq/rCGOtLDWesUxQ1iH6sLFCpDldeSddXzakZjFmPz.:$joe_uid:$joe_gid:$PWD/joe"
  check 'joe\0gr\0303\0274n e\0\0'
  run -1 check 'joe\0gr\0374n e\0\0'
}

@test "the digest of RFC 1939's example lets in" { # B01
  users "$(mrose)"
  POP3_AUTH=apop check "mrose\0$digest\0$stamp\0"
}

@test "a digest in upper case lets in" { # B01
  users "$(mrose)"
  POP3_AUTH=apop check "mrose\0${digest^^}\0$stamp\0"
}

@test "a digest of another timestamp does not" { # B01
  users "$(mrose)"
  POP3_AUTH=apop run -1 check "mrose\0$digest\0<1896.697170953@dbc.mtview.ca.us>\0"
}

@test "a digest without a timestamp does not, even if it fits" { # B01
  users "$(mrose)"
  POP3_AUTH=apop run -1 check "mrose\0000$(printf tanstaaf | md5sum | cut -d ' ' -f 1)\0\0"
}

@test "a secret that is hashed is no secret for APOP" { # B01
  users "joe:{CRYPT}abnqrLigH.z/s:$joe_uid:$joe_gid:$PWD/joe"
  POP3_AUTH=apop run -1 check "joe\0000$(printf '%ssesame' "$stamp" | md5sum | cut -d ' ' -f 1)\0$stamp\0"
  POP3_AUTH=apop run -1 check "joe\0000$(printf '%sabnqrLigH.z/s' "$stamp" | md5sum | cut -d ' ' -f 1)\0$stamp\0"
}

@test "POP3_AUTH=user refuses a digest" { # N20
  users "$(mrose)"
  POP3_AUTH=user run -1 check "mrose\0$digest\0$stamp\0"
}

@test "POP3_AUTH=apop refuses a password" { # N20
  users
  POP3_AUTH=apop run -1 check 'joe\0sesame\0<1@x>\0'
}

@test "a password that looks like a digest is a password for PASS" {
  users "joe:$digest:$joe_uid:$joe_gid:$PWD/joe"
  POP3_AUTH=user check "joe\0$digest\0$stamp\0"
  check "joe\0$digest\0$stamp\0"
}

@test "under another popup, which sets no POP3_AUTH, password and digest are both good" { # B49
  users "$(mrose)"
  check "mrose\0$digest\0$stamp\0"
  check "mrose\0tanstaaf\0$stamp\0"
}

@test "a POP3_AUTH of another kind is exit 2" {
  users
  POP3_AUTH=scram run -2 check 'joe\0sesame\0\0'
}

@test "an unknown login is exit 1 for APOP too" { # N33
  users
  POP3_AUTH=apop run -1 check "nobody\0$digest\0$stamp\0"
}

@test "an unknown login costs what a wrong password does" { # N13
  apoppasswd -f "$USERS" -c -s ARGON2ID
  apoppasswd -f "$USERS" -i - <<<"$joe"
  # cost RECORD: the least CPU milliseconds of three logins.
  cost() {
    for _ in 1 2 3; do
      (TIMEFORMAT='%U %S' && time check "$1" || true) 2>&1 | awk 'NF == 2 { print int(($1 + $2) * 1000) }'
    done | sort -n | head -n 1
  }
  wrong=$(cost 'joe\0wrong\0\0') unknown=$(cost 'nobody\0wrong\0\0')
  echo "wrong password: $wrong ms, unknown login: $unknown ms"
  ((wrong > 5 && unknown * 2 >= wrong))
}

# --- who is refused although the secret is right ----------------------------------------

# refused REASON [CHECK'S ARGUMENTS]
refused() {
  local reason=$1
  shift
  run -1 check "${@:-joe\0sesame\0\0}"
  echo "$output"
  [[ $output == *"checkpw: event=refused ip=- user=joe reason=$reason"* ]]
}

@test "uid 0" { # B22
  users
  edit "s/uid=$joe_uid/uid=$(zero "$joe_uid")/"
  refused root
}

@test "gid 0" {
  users
  edit "s/gid=$joe_gid/gid=$(zero "$joe_gid")/"
  refused root
}

@test "group 0 among the groups" {
  users "$joe::groups=20001,20005"
  edit 's/20005/00000/'
  refused root-group
}

@test "a uid at BLOCK_UID" { # B21, O11
  users
  BLOCK_UID=$joe_uid refused blocked-uid
}

@test "a uid at BLOCK_UID by APOP too" { # B21, N20
  users
  export BLOCK_UID=$joe_uid POP3_AUTH=apop
  refused blocked-uid "joe\0000$(printf '%ssesame' "$stamp" | md5sum | cut -d ' ' -f 1)\0$stamp\0"
}

@test "a uid above BLOCK_UID is not" { # B21, O11
  users
  BLOCK_UID=$((joe_uid - 1)) check 'joe\0sesame\0\0'
}

@test "uids to 99 are refused if BLOCK_UID says nothing" { # B21
  needs_root
  users "joe:sesame:99:20001:$PWD" "eve:sesame:100:20001:$PWD"
  refused blocked-uid
  check 'eve\0sesame\0\0'
}

@test "a BLOCK_UID that is no number is exit 111" {
  users
  BLOCK_UID=all run -111 check 'joe\0sesame\0\0'
  [[ $output == *'BLOCK_UID: not a number'* ]]
}

@test "the uid that reads the network" {
  needs_root
  users
  run -1 login 'joe\0sesame\0\0' env UID=20001 checkpw -f "$USERS" true
  [[ $output == *'reason=own-uid'* ]]
}

@test "the uid that owns the database" {
  needs_root
  users
  chown -R 20001 users
  refused own-uid
}

@test "a system account whose home belongs to another by now" {
  needs_root
  users "$joe::system"
  check 'joe\0sesame\0\0'
  chown 20002 joe
  refused stale
}

@test "a system account whose home is gone" {
  needs_root
  users "$joe::system"
  rm -r joe
  refused stale
}

@test "another uid than ours if we are not root" {
  users "joe:sesame:$((joe_uid + 1)):$joe_gid:$PWD/joe"
  if is_root; then chown -R 20001 users; fi
  run -1 login 'joe\0sesame\0\0' as_user checkpw -f "$USERS" true
  [[ $output == *'reason=not-our-uid'* ]]
}

@test "our own uid is served without root, with a warning" {
  users
  if is_root; then chown -R 20001 users; fi
  run -0 login 'joe\0sesame\0\0' as_user checkpw -f "$USERS" true
  is 'warning: checkpw: not started as root: serving our own uid only' "$output"
}

@test "a wrong secret is never told why else it would have been refused" {
  users
  export BLOCK_UID=$joe_uid
  run -1 check 'joe\0wrong\0\0'
  is '' "$output"
}

# --- the database -----------------------------------------------------------------------

@test "a database that others may read or write is exit 2" { # C14, C15, N26
  users
  for mode in 640 604 620 602 660 666; do
    chmod "$mode" "$USERS"
    run -2 check 'joe\0sesame\0\0'
    [[ $output == *'must have mode 0600'* ]]
  done
}

@test "a database where others may put another in its place is exit 2" { # C14
  users
  for mode in 775 757; do
    chmod "$mode" users
    run -2 check 'joe\0sesame\0\0'
    [[ $output == *'may write in the database'* ]]
  done
}

@test "a directory in the database's place is exit 2" {
  mkdir -m 700 users/users.cdb
  run -2 check 'joe\0sesame\0\0'
  [[ $output == *'not a regular file'* ]]
}

@test "a missing database is exit 111" {
  run -111 check 'joe\0sesame\0\0'
  [[ $output == *'event=failed'*'No such file or directory'* ]]
}

@test "a database that we may not read is exit 111" {
  needs_root
  users
  run -111 login 'joe\0sesame\0\0' as_user checkpw -f "$USERS" true
  [[ $output == *'Permission denied'* ]]
}

@test "an empty file is exit 111" {
  (umask 077 && touch "$USERS")
  run -111 check 'joe\0sesame\0\0'
}

@test "a file of random octets is exit 111" {
  (umask 077 && head -c 5000 /dev/urandom >"$USERS")
  run -111 check 'joe\0sesame\0\0'
}

@test "a truncated database is exit 111 where the login's part is gone" {
  users "$joe" "$(mrose)"
  cp "$USERS" whole
  size=$(stat -c %s whole)
  for ((length = 0; length < size; length += 31)); do
    head -c "$length" whole >"$USERS"
    status=0
    check 'joe\0sesame\0\0' true 2>errors || status=$?
    ((status == 0 || status == 111))
  done
}

@test "a database with wrong octets in it crashes nothing, and lets no wrong password in" {
  users
  cp "$USERS" whole
  size=$(stat -c %s whole)
  for _ in {1..60}; do
    cp whole "$USERS"
    for _ in 1 2 3; do
      printf '%b' "\\x$(printf %02x $((RANDOM % 256)))" |
        dd of="$USERS" bs=1 seek=$((RANDOM % 2 ? RANDOM % size : 2048 + RANDOM % (size - 2048))) conv=notrunc status=none
    done
    status=0
    check 'joe\0wrong\0\0' true 2>errors || status=$?
    ((status == 1 || status == 111))
  done
}

@test "a CDB that is none of ours is exit 111" {
  printf '+3,6:joe->sesame\n\n' >dump
  cdb -c -p 0600 "$USERS" dump
  run -111 check 'joe\0sesame\0\0'
  run -111 check 'nobody\0sesame\0\0'
  [[ $output == *'not a users.cdb'* ]]
}

@test "a record that is not understood wholly is exit 111" {
  for damage in s/v=1/v=2/g s/secret=/secrex=/ "s/uid=$joe_uid/uie=$joe_uid/" "s/gid=/uid=/" \
    's/home=./home=x/' 's/{PLAIN}sesame/{PLAIM}sesame/' 's/{PLAIN}sesame/{PLAIN}ses\x01me/' \
    "s/uid=$joe_uid/uid=-${joe_uid:1}/"; do
    users
    edit "$damage"
    run -111 check 'joe\0sesame\0\0'
    [[ $output == *'event=failed'* ]]
  done
}

@test "one damaged record does not keep the others out" {
  users "$joe" "$(mrose)"
  edit 's/{PLAIN}sesame/{PLAIM}sesame/'
  run -111 check 'joe\0sesame\0\0'
  check 'mrose\0tanstaaf\0\0'
}

# --- the status octet -------------------------------------------------------------------

# octet RECORD PROGRAM...: what checkpw says on the status descriptor.
octet() {
  POP3_STATUS_FD=4 check "$@" >out 2>errors 4>octet || true
  cat octet
}

@test "+ is said before the program runs" {
  users
  is + "$(octet 'joe\0sesame\0\0' true)"
  is + "$(octet 'joe\0sesame\0\0' sh -c 'exit 1')"
}

@test "- is said if the login is not to be, whatever the reason" {
  users
  is - "$(octet 'joe\0wrong\0\0')"
  is - "$(octet 'nobody\0wrong\0\0')"
  is - "$(octet 'joe')"
  is - "$(octet 'joe\0sesame\0\0' -x)"
  chmod 644 "$USERS"
  is - "$(octet 'joe\0sesame\0\0')"
  rm "$USERS"
  is - "$(octet 'joe\0sesame\0\0')"
}

@test "a program that is not there is exit 111 and -" {
  users
  run -111 check 'joe\0sesame\0\0' no-such-program
  [[ $output == *'error="execute no-such-program: No such file or directory"'* ]]
  is - "$(octet 'joe\0sesame\0\0' no-such-program)"
}

@test "a program that cannot be executed is exit 111 and -" {
  users
  touch program
  run -111 check 'joe\0sesame\0\0' "$PWD/program"
  is - "$(octet 'joe\0sesame\0\0' "$PWD/program")"
}

@test "a program that only root may execute is exit 111 and -" {
  needs_root
  users
  printf '#!/bin/sh\n' >program
  chmod 700 program
  run -111 check 'joe\0sesame\0\0' "$PWD/program"
  is - "$(octet 'joe\0sesame\0\0' "$PWD/program")"
}

@test "a home that is gone is exit 111 and -" {
  users
  rm -r joe
  run -111 check 'joe\0sesame\0\0'
  [[ $output == *'error="enter home '* ]]
  is - "$(octet 'joe\0sesame\0\0')"
}

@test "a home that the user may not enter is exit 111 and -" {
  users
  chmod 000 joe
  run -111 check 'joe\0sesame\0\0'
  is - "$(octet 'joe\0sesame\0\0')"
}

@test "a POP3_STATUS_FD that is no descriptor for it is ignored" {
  users
  for fd in 0 1 2 99 -1 x 4x; do
    POP3_STATUS_FD=$fd check 'joe\0sesame\0\0' true >out
    is '' "$(<out)"
  done
}

# --- under another popup ----------------------------------------------------------------

@test "under a popup of the old kind: a good password" { # B49
  users
  message new/1 'a\n'
  POPUP="bash $BATS_TEST_DIRNAME/popup.bash" serve
  talk 'USER joe' 'PASS sesame' STAT QUIT | tail -n +2 |
    replies '+OK' '+OK 1 messages (3 octets)' '+OK 1 3' '+OK bye'
}

@test "under a popup of the old kind: a good digest" { # B49
  users
  POPUP="bash $BATS_TEST_DIRNAME/popup.bash" serve
  chat '@apop joe sesame' QUIT | tail -n +2 | replies "+OK 0 messages (0 octets)" '+OK bye'
}

@test "under a popup of the old kind: a wrong password, and a database set up unsafely" { # B49
  users
  POPUP="bash $BATS_TEST_DIRNAME/popup.bash" serve
  chat 'USER joe' 'PASS wrong' | tail -n +2 | replies '+OK' '-ERR authorization failed'
  chmod 644 "$USERS"
  chat 'USER joe' 'PASS sesame' | tail -n +2 | replies '+OK' '-ERR child misused'
}
