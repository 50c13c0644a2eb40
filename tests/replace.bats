#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Any link of the chain can be another program of the same interface.

load helpers

# A checkpassword of the kind that existed before us: one user, no word about anything.
checkpassword() {
  verifier '
record=$(tr "\0" "\n" <&3)
exec 3<&-
[ "$(printf "%s" "$record" | sed -n 1p)" = joe ] || exit 1
[ "$(printf "%s" "$record" | sed -n 2p)" = sesame ] || exit 1
export USER=joe HOME='"$PWD/joe"' SHELL=/bin/sh
cd "$HOME" || exit 111
[ "$(id -u)" != 0 ] || exec setpriv --reuid '"$joe_uid --regid $joe_gid"' --clear-groups "$@"
exec "$@"'
}

# features: B49
@test "another checkpassword in the place of checkpw" {
  checkpassword
  message new/1 'a\n'
  serve ./verifier pop3d Maildir
  talk 'USER joe' 'PASS sesame' STAT 'DELE 1' QUIT |
    replies "$greeting" '+OK now PASS' '+OK 1 messages (3 octets)' '+OK 1 3' '+OK message 1 deleted' '+OK bye'
  logged 'event=logout .*user=joe'
  logged 'event=served .*user=joe'
}

# features: B49
@test "another checkpassword refuses" {
  checkpassword
  serve ./verifier pop3d Maildir
  chat 'USER joe' 'PASS wrong' @end | sed 's/^closed/&^M/' |
    replies "$greeting" '+OK now PASS' '-ERR [AUTH] login failed' closed
}

# features: B49
@test "another popup in front of checkpw and pop3d" {
  users
  message new/1 'a\n'
  POPUP="bash $BATS_TEST_DIRNAME/popup.bash" serve
  chat 'USER joe' 'PASS sesame' 'RETR 1' QUIT | tail -n +2 |
    replies '+OK' '+OK 1 messages (3 octets)' '+OK 3 octets' a . '+OK bye'
  chat '@apop joe sesame' STAT QUIT | tail -n +2 |
    replies '+OK 1 messages (3 octets)' '+OK 1 3' '+OK bye'
}

# features: B49
@test "another popup and another checkpassword in front of pop3d" {
  checkpassword
  POPUP="bash $BATS_TEST_DIRNAME/popup.bash" serve ./verifier pop3d Maildir
  chat 'USER joe' 'PASS sesame' STAT QUIT | tail -n +2 |
    replies '+OK' '+OK 0 messages (0 octets)' '+OK 0 0' '+OK bye'
}

@test "another back end behind checkpw" {
  users
  cat >back-end <<'END'
#!/bin/bash
# Says who it is, and echoes what it reads.
printf '+OK %s in %s as %s\r\n' "$USER" "${PWD##*/}" "$(id -u)"
while read -r line; do printf 'read %s\n' "$line"; done
END
  chmod 755 back-end
  serve checkpw -f "$USERS" "$PWD/back-end"
  chat 'USER joe' 'PASS sesame' '@send STAT\r\nmore\r\n' @shut @end | sed 's/^closed/&^M/' |
    replies "$greeting" '+OK now PASS' "+OK joe in joe as $joe_uid" 'read STAT' 'read more' closed
}

@test "another link between checkpw and pop3d" {
  users
  maildir joe/other
  printf 'a\n' >joe/other/new/1 && own joe
  serve checkpw -f "$USERS" env MAILDIR=other pop3d Maildir
  talk 'USER joe' 'PASS sesame' QUIT |
    replies "$greeting" '+OK now PASS' '+OK 1 messages (3 octets)' '+OK bye'
}

# with_cvm BACK-END...: Debian's cvm as the verifier, with joe in a passwd file of its own.
with_cvm() {
  command -v cvm-checkpassword >/dev/null || skip "cvm is not installed"
  echo "joe:sesame:$joe_uid:$joe_gid:Joe:$PWD/joe:/bin/sh" >passwd
  serve CVM_PWFILE_PATH="$PWD/passwd" CVM_ACCOUNT_SPLIT_CHARS= \
    cvm-checkpassword cvm-pwfile "$@"
}

@test "cvm's checkpassword in the place of checkpw" {
  message new/1 'a\n'
  with_cvm pop3d Maildir
  talk 'USER joe' 'PASS sesame' STAT QUIT |
    replies "$greeting" '+OK now PASS' '+OK 1 messages (3 octets)' '+OK 1 3' '+OK bye'
}

@test "cvm's checkpassword refuses" {
  with_cvm pop3d Maildir
  chat 'USER joe' 'PASS wrong' @end | sed 's/^closed/&^M/' |
    replies "$greeting" '+OK now PASS' '-ERR [AUTH] login failed' closed
}

@test "cvm and mailfront behind pop3-login" {
  [ -x /usr/sbin/pop3front-maildir ] || skip "mailfront is not installed"
  message new/1 'a\n'
  with_cvm pop3front-maildir Maildir
  chat 'USER joe' 'PASS sesame' LIST 'DELE 1' QUIT >seen
  grep -qE '^1 [0-9]+\^M$' seen
  eventually test -z "$(find joe/Maildir/new joe/Maildir/cur -type f)"
}

@test "mailfront behind pop3-login and checkpw" {
  [ -x /usr/sbin/pop3front-maildir ] || skip "mailfront is not installed"
  users
  message new/1 'a\n'
  serve checkpw -f "$USERS" pop3front-maildir Maildir
  chat 'USER joe' 'PASS sesame' 'RETR 1' QUIT >seen
  cat seen
  grep -qx 'a^M' seen
}
