#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What kinds of users there may be, from apoppasswd through the whole chain to the mailbox.

load helpers

pw() { apoppasswd -f "$USERS" "$@"; }
# finds LOGIN SECRET: the answer to this login.
finds() { chat "USER $1" "PASS $2" | sed -n 's/\^M$//; 3p'; }

# In a mount namespace of its own /etc/passwd has a user more.
# features: B04 B40 C29
@test "a user of the machine: apoppasswd -a NAME is all" {
  needs_root
  unshare -m true 2>/dev/null || skip "needs a mount namespace"
  message new/1 'one\n'
  { cat /etc/passwd && echo "joe:x:$joe_uid:$joe_gid:Joe:$PWD/joe:/bin/sh"; } >passwd
  unshare -m bash -ec "mount --bind passwd /etc/passwd
    apoppasswd -f '$USERS' -c
    echo 'open sesame' | apoppasswd -f '$USERS' -a joe
    printf 'USER joe\r\nPASS open sesame\r\nQUIT\r\n' |
      env ${service_env[*]} INTRANET=1 pop3-login localhost checkpw -f '$USERS' pop3d Maildir 2>server.log" |
    sed 1d | cat -v | replies "$greeting" '+OK now PASS' '+OK 1 messages (5 octets)' '+OK bye'
}

# features: B47
@test "joe, joe-ext and joe@example.org: a secret and a Maildir for each, one uid" {
  pw -c
  for login in joe joe-ext joe@example.org; do
    maildir "joe/$login"
    echo "sesame of $login" | pw -a "$login" -U "$joe_uid" -G "$joe_gid" -H "$PWD/joe" -M "$login"
  done
  message ../joe-ext/new/1 'one\n'
  message ../joe@example.org/new/1 'three\n'
  serve
  is '+OK 0 messages (0 octets)' "$(finds joe 'sesame of joe')"
  is '+OK 1 messages (5 octets)' "$(finds joe-ext 'sesame of joe-ext')"
  is '+OK 1 messages (7 octets)' "$(finds joe@example.org 'sesame of joe@example.org')"
  is '-ERR [AUTH] login failed' "$(finds joe-ext 'sesame of joe')"
}

# features: B48 C26
@test "lines of a login and a password, as ipop3d and TPOPS had them: the recipe of apoppasswd(1)" {
  users "$joe" "eve:sesame:$joe_uid:$joe_gid:$PWD/joe"
  printf '%s\n' '# of an older server' $'joe\topen sesame' 'eve  shut %s \sesame' >cram-md5.pwd
  mkdir bin
  printf '#!/bin/sh\nexec %s/apoppasswd -f %s "$@"\n' "$BIN" "$USERS" >bin/apoppasswd && chmod 755 bin/apoppasswd
  mandoc -T ascii "$BATS_TEST_DIRNAME/../apoppasswd/apoppasswd.1" |
    grep -A 1 '^[[:space:]]*# grep .* cram-md5.pwd' | sed 's/# //' >recipe
  PATH=$PWD/bin:$PATH sh -e recipe
  serve
  is '+OK 0 messages (0 octets)' "$(finds joe 'open sesame')"
  is '+OK 0 messages (0 octets)' "$(finds eve 'shut %s \sesame')"
  is '-ERR [AUTH] login failed' "$(finds joe sesame)"
}
