#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# tcpserver's rules: who may connect, and settings that depend on where a client comes from.
# (B16, B17, B14, B15: all that tcpd, INTRANET and a second server for strangers were for.)

load helpers

setup() {
  prepare
  cat >rules <<'END'
127.0.0.2:deny
127.0.0.3:allow,POP3_SHY="0",POP3_TRIES="1"
127.0.0.1:allow
:deny
END
  tcprules rules.cdb rules.tmp <rules
  users
  TCPSERVER="-x rules.cdb" serve
}

# features: B16 B17
@test "an address that is allowed is served" {
  chat '@from 127.0.0.1' 'USER joe' 'PASS sesame' QUIT |
    replies "$greeting" '+OK now PASS' '+OK 0 messages (0 octets)' '+OK bye'
}

# features: B16 B17
@test "an address that is denied gets nothing" {
  chat '@from 127.0.0.2' @end >seen
  is closed "$(<seen)"
  logged '^tcpserver: deny '
  not_logged '^pop3-login:'
}

# features: B17
@test "an address that no rule names gets nothing" {
  chat '@from 127.0.0.4' @end >seen
  is closed "$(<seen)"
}

# features: B14 B15 B17
@test "a setting may hold for one address only" {
  chat '@from 127.0.0.3' QUIT | grep -q '^+OK popchain '
  chat '@from 127.0.0.1' QUIT | grep -q '^+OK POP3 ready '
}

# features: B17
@test "tries too may depend on the address" {
  chat '@from 127.0.0.3' 'USER joe' 'PASS wrong' @end >seen
  is closed "$(tail -n 1 seen)"
  chat '@from 127.0.0.1' 'USER joe' 'PASS wrong' NOOP >seen
  is '+OK^M' "$(tail -n 1 seen)"
}

# features: B17 H20
@test "the rules may change while the server runs" {
  echo ':allow' | tcprules rules.cdb rules.tmp
  chat '@from 127.0.0.2' QUIT | replies "$greeting" '+OK bye'
}

@test "the log tells the address of each" {
  chat '@from 127.0.0.3' 'USER joe' 'PASS sesame' QUIT >seen
  logged 'event=login .*ip=127\.0\.0\.3 user=joe'
  logged 'event=logout .*ip=127\.0\.0\.3 reason=quit'
}
