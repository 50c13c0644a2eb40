#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What the service makes of a greeting and of login names, and who is let in although his secret is right.
# (A16 and so on: rows of the table of features.)

load helpers

failed='-ERR [AUTH] login failed'
later='-ERR [SYS/TEMP] cannot verify logins now, try again later'
logged_in='+OK 0 messages (0 octets)'

# The back end of these tests says who it is, and what it was told.
told() {
  printf '#!/bin/sh\nprintf "+OK %%s" "$USER"\n' >told
  printf '%s\n' 'for name; do eval "printf \" %s\" \"$name=\${$name-unset}\""; done; printf "\r\n"' >>told
  chmod 755 told
}
# who LOGIN [SECRET]: what the server says to it, without the end of the line.
who() { chat "USER $1" "PASS ${2-sesame}" | sed -n 's/\^M$//; 3p'; }
# refused LOGIN: with its right secret, as with a wrong one; the log has the REASON.
refused() {
  is "$failed" "$(chat "USER $1" 'PASS sesame' | tail -n 1 | sed 's/\^M$//')"
  logged "checkpw: event=refused .*user=$1 reason=$2\$"
}
scram() { timeout 10 python3 -IS "$BATS_TEST_DIRNAME/scram.py" "$PORT" "$@" | tail -n 1; }

# --- the greeting -------------------------------------------------------------------------

# features: A17
@test "POP3_GREETING takes the place of our text, before the timestamp" {
  serve POP3_GREETING='Mail of example.org, at your service' true
  talk QUIT | replies '+OK Mail of example.org, at your service <...>' '+OK bye'
  serve POP3_GREETING='Mail' POP3_SHY=0 POP3_MECHANISMS=user true
  talk QUIT | replies '+OK Mail' '+OK bye'
}

# features: A17
@test "POP3_GREETING is printable ASCII without < and >, at most 256 octets" {
  serve POP3_GREETING="$(printf '%256s' x)" true
  talk QUIT | tail -n 1 | replies '+OK bye'
  for text in 'a <1.2@h>' 'a > b' $'a\r\n-ERR' $'tab\t' 'ä' "$(printf '%257s' x)"; do
    serve POP3_GREETING="$text" true
    talk QUIT | replies '-ERR [SYS/TEMP] cannot serve you now, try again later'
  done
  is 6 "$(grep -c 'POP3_GREETING: not 1 to 256 printable' server.log)"
}

# --- login names --------------------------------------------------------------------------

# features: B33
@test "POP3_DOWNCASE_USER, for every way to log in" {
  users
  serve POP3_DOWNCASE_USER=1 POP3_MECHANISMS='apop plain cram-md5 scram-sha-256'
  is "$logged_in" "$(who JOE)"
  is "$failed" "$(who JOE SESAME)"
  chat '@apop Joe sesame' QUIT | replies "$greeting" "$logged_in" '+OK bye'
  chat "AUTH PLAIN $(printf '\0jOe\0sesame' | base64)" QUIT | replies "$greeting" "$logged_in" '+OK bye'
  chat '@cram JOE sesame' QUIT | replies "$greeting" "$logged_in" '+OK bye'
  is "$logged_in" "$(scram JOE sesame)"
  logged 'event=login .*user=joe auth=scram-sha-256'
  serve
  is "$failed" "$(who JOE)"
}

# features: B34
@test "POP3_TRIM_DOMAIN, for every way to log in" {
  users
  serve POP3_TRIM_DOMAIN=1
  is "$logged_in" "$(who joe@example.org)"
  is "$failed" "$(who @example.org)"
  chat '@apop joe@example.org sesame' QUIT | replies "$greeting" "$logged_in" '+OK bye'
  is "$logged_in" "$(scram joe@example.org sesame)"
  is "$failed" "$(scram joe@example.org wrong)"
}

# features: B35
@test "POP3_DOMAIN completes names that have none, with its own delimiter if it has one" {
  users "joe@example.org:sesame:$joe_uid:$joe_gid:$PWD/joe" "joe%x:sesame:$joe_uid:$joe_gid:$PWD/joe" "$joe"
  told
  serve POP3_DOMAIN=example.org checkpw -f "$USERS" "$PWD/told"
  is '+OK joe@example.org' "$(who joe)"
  is '+OK joe@example.org' "$(who joe@example.org)"
  is '+OK joe%x' "$(who joe%x)"
  is '+OK joe@example.org' "$(chat '@apop joe sesame' @end | sed -n 's/\^M$//; 2p')"
  serve POP3_DOMAIN=%x checkpw -f "$USERS" "$PWD/told"
  is '+OK joe%x' "$(who joe)"
}

# features: B34
@test "POP3_DOMAIN is what may stand in a login; with POP3_TRIM_DOMAIN it is warned of" {
  for domain in 'a b' 'a/b' 'a:b' "$(printf '%128s' '' | tr ' ' x)"; do
    serve POP3_DOMAIN="$domain" true
    talk QUIT | replies '-ERR [SYS/TEMP] cannot serve you now, try again later'
  done
  is 4 "$(grep -c 'POP3_DOMAIN: not a domain' server.log)"
  serve POP3_DOMAIN=example.org POP3_TRIM_DOMAIN=1 true
  talk QUIT | replies "$greeting" '+OK bye'
  logged '^warning: pop3-login: POP3_TRIM_DOMAIN cuts'
}

# features: A53
@test "POP3_NO_MIME_SUFFIX takes -no-mime off, for every way to log in, and says so" {
  users
  told
  serve POP3_NO_MIME_SUFFIX=1 POP3_MECHANISMS='apop plain cram-md5 scram-sha-256' checkpw -f "$USERS" "$PWD/told" POP3_NO_MIME POP3_LITERAL_LOGIN
  mangled='+OK joe POP3_NO_MIME=1 POP3_LITERAL_LOGIN=unset'
  is "$mangled" "$(who joe-no-mime)"
  is '+OK joe POP3_NO_MIME=unset POP3_LITERAL_LOGIN=unset' "$(who joe)"
  for step in '@apop joe-no-mime sesame' '@cram joe-no-mime sesame' "AUTH PLAIN $(printf '\0joe-no-mime\0sesame' | base64)"; do
    is "$mangled" "$(chat "$step" @end | sed -n 's/\^M$//; 2p')"
  done
  is "$mangled" "$(scram joe-no-mime sesame)"
  serve checkpw -f "$USERS" "$PWD/told" POP3_NO_MIME
  is "$failed" "$(who joe-no-mime)"
}

# features: A53
@test "a login that is called so wins over -no-mime" {
  users "$joe" "joe-no-mime:sesame-two:$joe_uid:$joe_gid:$PWD/joe"
  told
  serve POP3_NO_MIME_SUFFIX=1 checkpw -f "$USERS" "$PWD/told" POP3_NO_MIME POP3_LITERAL_LOGIN
  is '+OK joe-no-mime POP3_NO_MIME=unset POP3_LITERAL_LOGIN=unset' "$(who joe-no-mime sesame-two)"
  is "$failed" "$(who joe-no-mime sesame)"
  is '+OK joe-no-mime POP3_NO_MIME=unset POP3_LITERAL_LOGIN=unset' "$(scram joe-no-mime sesame-two)"
}

@test "the next try of a connection is not mangled by the one before" {
  users
  told
  serve POP3_NO_MIME_SUFFIX=1 POP3_NO_MIME=0 checkpw -f "$USERS" "$PWD/told" POP3_NO_MIME
  chat 'USER joe-no-mime' 'PASS wrong' 'USER joe' 'PASS sesame' | tail -n 1 | replies '+OK joe POP3_NO_MIME=0'
}

@test "another verifier gets the name that policies leave" {
  verifier 'tr "\0" " " <&3 >record; echo " $POP3_NO_MIME" >>record; exit 1'
  serve POP3_DOWNCASE_USER=1 POP3_TRIM_DOMAIN=1 POP3_NO_MIME_SUFFIX=1 POP3_DOMAIN=example.org "$PWD/verifier"
  who 'Joe-No-Mime@other'
  grep -q '^joe@example.org sesame <.*@localhost>  1$' record
}

# --- who leaves after USER ----------------------------------------------------------------

# features: G18
@test "QUIT behind USER is a probe, and the log says of whom" {
  serve true
  talk 'USER joe' QUIT | replies "$greeting" '+OK now PASS' '+OK bye'
  logged 'pop3-login: event=end session=[a-z2-7]{10} ip=127\.0\.0\.1 user=joe reason=probe tries=0$'
  talk 'USER joe' 'USER x y' QUIT >/dev/null
  logged 'event=end .*reason=quit tries=0'
}

@test "who has tried a password, or only looked, is no probe" {
  users
  serve
  chat 'USER joe' 'PASS wrong' QUIT >/dev/null
  talk CAPA QUIT >/dev/null
  eventually eval '[ "$(grep -c reason=quit server.log)" = 2 ]'
  not_logged reason=probe
}

# --- the whole connection -----------------------------------------------------------------

# features: H15
@test "POP3_CONNECTION_TIME ends a connection that has not logged in" {
  serve POP3_CONNECTION_TIME=1 true
  chat @end @took >out
  took=$(awk '/took/ { print $2 }' out)
  ((took >= 900 && took < 2000))
  logged 'event=end .*reason=connection-time tries=0'
}

# --- who gets no mail ---------------------------------------------------------------------

# features: B18 B20
@test "POP3_AUTH_FILE lets in whom it lists, whatever the way" {
  users "$joe" "ann:sesame:$joe_uid:$joe_gid:$PWD/joe"
  printf '%s\n' 'joe' 'annabel' 'an' >auth
  serve POP3_AUTH_FILE="$PWD/auth" POP3_TRIES=9
  is "$logged_in" "$(who joe)"
  refused ann auth-file
  chat '@apop ann sesame' QUIT | replies "$greeting" "$failed" '+OK bye'
  is "$failed" "$(scram ann sesame)"
}

# features: B19 B20
@test "POP3_NONAUTH_FILE keeps out whom it lists, also from POP3_AUTH_FILE" {
  users "$joe" {ann,bob}":sesame:$joe_uid:$joe_gid:$PWD/joe"
  printf '%s\n' ann joe >auth
  printf 'ann\r\nbob\n' >nonauth
  serve POP3_AUTH_FILE="$PWD/auth" POP3_NONAUTH_FILE="$PWD/nonauth"
  is "$logged_in" "$(who joe)"
  refused ann nonauth-file
  refused bob nonauth-file  # which is looked at first
}

# features: B18 B19 B20
@test "a file of logins that cannot be read lets nobody in, and bans nobody" {
  users
  serve POP3_AUTH_FILE="$PWD/missing"
  is "$later" "$(who joe)"
  is "$failed" "$(who joe wrong)"  # a stranger learns nothing of it
  serve POP3_NONAUTH_FILE="$PWD/missing"
  is "$later" "$(who joe)"
  logged "checkpw: event=failed .*error=\"open $PWD/missing: No such file or directory\""
  serve POP3_NONAUTH_FILE="$PWD"
  is "$later" "$(who joe)"
}

# features: B23
@test "POP3_CHECK_SHELL: the record's shell must be in /etc/shells" {
  grep -qx /bin/sh /etc/shells || skip "no /bin/sh in /etc/shells"
  users "$joe" "ann:sesame:$joe_uid:$joe_gid:$PWD/joe::shell=/bin/sh" "bob:sesame:$joe_uid:$joe_gid:$PWD/joe::shell=/no/shell"
  serve POP3_CHECK_SHELL=1
  is "$logged_in" "$(who joe)"
  is "$logged_in" "$(who ann)"
  refused bob shell
  serve
  is "$logged_in" "$(who bob)"
}

# features: C08
@test "POP3_ENABLED=0: no POP3; the record's word is the last" {
  users "$joe" "ann:sesame:$joe_uid:$joe_gid:$PWD/joe::set=POP3_ENABLED=0" "bob:sesame:$joe_uid:$joe_gid:$PWD/joe::set=POP3_ENABLED=1"
  serve
  is "$logged_in" "$(who joe)"
  refused ann disabled
  serve POP3_ENABLED=0
  refused joe disabled
  is "$logged_in" "$(who bob)"
}

@test "POP3_REQUIRE=tls wants TLS" {
  with_tls
  users "joe:sesame:$joe_uid:$joe_gid:$PWD/joe::set=POP3_REQUIRE=tls"
  serve
  refused joe needs-tls
  chat @stls 'USER joe' 'PASS sesame' QUIT | tail -n 2 | replies "$logged_in" '+OK bye'
}

@test "POP3_REQUIRE=apop wants any login that sends no password" {
  users "joe:sesame:$joe_uid:$joe_gid:$PWD/joe::set=POP3_REQUIRE=apop"
  serve POP3_MECHANISMS='apop plain cram-md5 scram-sha-256' POP3_TRIES=9
  refused joe needs-apop
  is "$failed" "$(chat "AUTH PLAIN $(printf '\0joe\0sesame' | base64)" | tail -n 1 | sed 's/\^M//')"
  chat '@apop joe sesame' QUIT | replies "$greeting" "$logged_in" '+OK bye'
  chat '@cram joe sesame' QUIT | replies "$greeting" "$logged_in" '+OK bye'
  is "$logged_in" "$(scram joe sesame)"
}

@test "a value that is none refuses nobody for good: the administrator is told" {
  users "joe:sesame:$joe_uid:$joe_gid:$PWD/joe::set=POP3_REQUIRE=stls"
  serve
  is "$later" "$(who joe)"
  logged 'error="POP3_REQUIRE: not tls, apop, or both"'
}

@test "a home with its sticky bit set is closed for now" {
  users
  serve
  chmod +t joe
  is "$later" "$(who joe)"
  logged 'checkpw: event=refused .*user=joe reason=closed-home$'
  is "$failed" "$(who joe wrong)"
  chmod -t joe
  is "$logged_in" "$(who joe)"
}

# features: B36
@test "all that is refused for a policy is refused as a wrong password is, and as late" {
  users "joe:sesame:$joe_uid:$joe_gid:$PWD/joe::set=POP3_ENABLED=0"
  serve POP3_ERROR_INTERVAL=1
  for secret in sesame wrong; do
    chat 'USER joe' "PASS $secret" @took >out
    sed '/took/d' out | replies "$greeting" '+OK now PASS' "$failed"
    took=$(awk '/took/ { print $2 }' out)
    ((took >= 990 && took < 1500))
  done
}

# --- the record's settings ----------------------------------------------------------------

@test "the record's settings reach the programs behind, stronger than the service's" {
  users "joe:sesame:$joe_uid:$joe_gid:$PWD/joe::set=POP3_TIMEOUT=77;set=POP3_LOG_LOGIN=%250%3A%3B;set=POP3_LOCK="
  told
  serve POP3_TIMEOUT=900 POP3_LOCK=0 POP3_INDEX=0 POP3_RECORD=POP3_INDEX checkpw -f "$USERS" "$PWD/told" POP3_TIMEOUT POP3_LOCK \
    POP3_INDEX POP3_LOG_LOGIN POP3_RECORD
  is '+OK joe POP3_TIMEOUT=77 POP3_LOCK= POP3_INDEX=0 POP3_LOG_LOGIN=%0:; POP3_RECORD=POP3_TIMEOUT POP3_LOG_LOGIN POP3_LOCK' "$(who joe)"
}

@test "a record without settings names none, whatever the service has" {
  users
  told
  serve POP3_RECORD=POP3_TIMEOUT checkpw -f "$USERS" "$PWD/told" POP3_RECORD
  is '+OK joe POP3_RECORD=unset' "$(who joe)"
}

@test "pop3-record shows them" {
  users "joe:sesame:$joe_uid:$joe_gid:$PWD/joe::set=POP3_TIMEOUT=77"
  pop3-record -f "$USERS" joe | grep -qx POP3_TIMEOUT=77
}
