#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# poppassd: the dialogue of the poppassd protocol, through tcpserver, on a users.cdb of the test's.

load helpers

setup() {
  prepare
  users
  export POPUP=poppassd HOST=pop.example.org
  hello='200 pop.example.org poppassd hello, who are you?'
}

passwords() { serve "$@" apoppasswd -f "$USERS"; }
# steps LINE...: each sent when the answer to the one before is there; the answers.
steps() {
  local steps=() line
  for line; do steps+=("@send $line\\r\\n" @read); done
  chat "${steps[@]}"
}
# Joe's secret is this one.
secret_is() { printf '%s\n' "$1" | apoppasswd -f "$USERS" -v joe >/dev/null; }

# features: C19 C20
@test "the dialogue" {
  passwords
  steps 'user joe' 'pass sesame' 'newpass correct-horse-battery' quit |
    replies "$hello" '200 your password please.' '200 your new password please.' \
      '200 Password changed, thank-you.' '200 Bye.'
  secret_is correct-horse-battery
  ! secret_is sesame || false
  logged '^poppassd: event=changed session=[a-z0-9]{10} ip=127.0.0.1 user=joe tries=1$'
}

# features: C20
@test "commands in any case; a password with blanks, longer than eleven octets" {
  passwords
  steps 'USER joe' 'PASS sesame' 'NewPass a longer one with  blanks' QUIT | tail -2 |
    replies '200 Password changed, thank-you.' '200 Bye.'
  secret_is 'a longer one with  blanks'
}

# features: C20
@test "a wrong password changes nothing, and begins anew" {
  passwords
  steps 'user joe' 'pass wrong' 'newpass correct-horse-battery' 'pass sesame' quit |
    replies "$hello" '200 your password please.' '500 Old password is incorrect.' '500 user and pass first.' \
      '500 user first.' '200 Bye.'
  secret_is sesame
  logged '^poppassd: Aborted login .auth failed, 1 attempts in [0-9] secs.: user=<joe>, .*event=refused .*user=joe auth=user reason=auth tries=1$'
}

@test "a user that there is not is told the same" {
  passwords
  steps 'user nobody-here' 'pass wrong' quit |
    replies "$hello" '200 your password please.' '500 Old password is incorrect.' '200 Bye.'
}

@test "another user's password does not become his by a second user" {
  users "$joe" "jane:secret of jane:$joe_uid:$joe_gid:$PWD/joe"
  passwords
  steps 'user joe' 'pass sesame' 'user jane' 'newpass correct-horse-battery' quit | tail -2 |
    replies '500 user and pass first.' '200 Bye.'
  printf 'secret of jane\n' | apoppasswd -f "$USERS" -v jane >/dev/null
}

@test "a device's own secret cannot change the main one" {
  printf 'phone-secret-123\n' | apoppasswd -f "$USERS" -a joe -n phone >/dev/null
  passwords
  steps 'user joe' 'pass phone-secret-123' | tail -1 | replies '500 Old password is incorrect.'
  logged 'reason=named-secret'
}

@test "a new password that is too weak is refused in words, and another one may follow" {
  passwords
  steps 'user joe' 'pass sesame' 'newpass joe' 'newpass correct-horse-battery' quit >answers
  sed -n 4p answers | grep -qE '^500 [[:print:]]{5,}\^M$'
  tail -2 answers | replies '200 Password changed, thank-you.' '200 Bye.'
}

@test "nothing but the commands" {
  passwords
  steps 'pass sesame' 'newpass x' 'help' 'user' 'user a b' '' quit |
    replies "$hello" '500 user first.' '500 user and pass first.' '500 user, pass, newpass or quit expected.' \
      '500 That is no user'"'"'s name.' '500 That is no user'"'"'s name.' '500 user, pass, newpass or quit expected.' '200 Bye.'
  talk $(for i in {1..20}; do echo bad; done) >answers
  is 11 "$(wc -l <answers)"
}

@test "a line that is too long, and octets that no password has" {
  passwords
  steps 'user joe' "pass $(printf %300s | tr ' ' x)" 'user joe' 'pass a\x01b' quit | tail -4 |
    replies '500 Line too long.' '200 your password please.' '500 That is no password.' '200 Bye.'
}

@test "tries end the connection, and each failure takes its time" {
  passwords POP3_TRIES=2 POP3_ERROR_INTERVAL=1
  chat '@send user joe\r\n' @read '@send pass wrong\r\n' @read @took '@send user joe\r\n' @read \
    '@send pass wrong\r\n' @read @end >answers
  grep -q '^closed' answers || grep -q closed answers
  took=$(grep -oE '^(took )?[0-9]+ ?(ms)?$' answers | tr -dc '0-9\n' | head -1)
  [ "$took" -ge 990 ]
}

# features: F18 C19
@test "only over TLS or from this machine" {
  TCPREMOTEIP=192.0.2.1 service env POP3_TLS=none TCPREMOTEIP=192.0.2.1 poppassd pop.example.org apoppasswd -f "$USERS" \
    <<<'quit' 2>>server.log | cat -v | replies '500 only over TLS'
  logged 'event=refused .*ip=192.0.2.1 reason=no-tls$'
  TLS_PROTOCOL=TLSv1.3 service env POP3_TLS=none TCPREMOTEIP=192.0.2.1 poppassd pop.example.org apoppasswd -f "$USERS" \
    <<<'quit' 2>>server.log | cat -v | replies "$hello" '200 Bye.'
}

# features: F18
@test "TLS from the start, by tlsd" {
  with_tls
  passwords POP3_TLS=implicit
  chat @tls '@send user joe\r\n' @read '@send pass sesame\r\n' @read '@send newpass correct-horse-battery\r\n' @read |
    tail -1 | replies '200 Password changed, thank-you.'
  secret_is correct-horse-battery
}

# features: B21
@test "a uid that gets no mail changes no secret: BLOCK_UID" {
  passwords BLOCK_UID="$joe_uid"
  steps 'user joe' 'pass sesame' quit | tail -2 | replies '500 Old password is incorrect.' '200 Bye.'
  logged 'event=refused .*user=joe reason=blocked-uid tries=1$'
  run -1 apoppasswd -f "$USERS" -b "$joe_uid" -a joe <<<correct-horse-battery
  secret_is sesame
  passwords BLOCK_UID="$((joe_uid - 1))"
  steps 'user joe' 'pass sesame' | tail -1 | replies '200 your new password please.'
}

@test "the secrets are in no argument, environment or log" {
  cat >spy <<SPY
#!/bin/sh
{ echo "\$@"; env; } >>"$PWD/spied"
exec apoppasswd "\$@"
SPY
  chmod 755 spy
  serve "$PWD/spy" -f "$USERS"
  steps 'user joe' 'pass sesame' 'newpass correct-horse-battery' quit >/dev/null
  grep -q -- '-v joe' spied
  grep -q -- '-a joe' spied
  ! grep -E 'sesame|correct-horse' spied server.log
}

@test "who talks to the network is nobody, in an empty root" {
  needs_root
  passwords
  hold held
  eventually test -s held
  child=$(pgrep -P "$(pgrep -P "$server" poppassd)" poppassd)
  is 20000 "$(stat -c %u "/proc/$child")"
  is "$PWD/empty" "$(readlink "/proc/$child/root")"
  is 2 "$(awk '/^Seccomp:/ { print $2 }' "/proc/$child/status")"
}

@test "what the listener has left open is not of what reads the network" {
  needs_root
  printf '#!/bin/bash\nexec 19<"%s" 30>other\nexec poppassd "$@"\n' "$PWD" >opener
  chmod 755 opener
  POPUP=$PWD/opener passwords
  hold held
  eventually test -s held
  child=$(pgrep -P "$(pgrep -P "$server" poppassd)" poppassd)
  is 4 "$(find "/proc/$child/fd" -type l | wc -l)"
}

@test "an apoppasswd that fails is no guess, and no wrong password" {
  printf '#!/bin/sh\nexit 111\n' >broken && chmod 755 broken
  serve "$PWD/broken"
  steps 'user joe' 'pass sesame' | tail -1 | replies '500 Cannot do that now, try again later.'
  logged 'reason=temporary'
}

@test "called wrongly" {
  run -100 poppassd
  run -100 poppassd pop.example.org
  run -100 poppassd 'a host' apoppasswd
}
