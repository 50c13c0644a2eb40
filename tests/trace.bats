#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# POP3_TRACE: a session's dialogue through the whole chain. What is masked is tests/trace_test.cc's.

load helpers

setup() {
  prepare
  users
  message new/1.one 'Subject: private\n\nprivate\n'
  mkdir -m 755 log
  trace=$PWD/log/trace
}

# The dialogue that is in the trace, without times.
dialogue() { sed -E 's/^[A-Z][a-z]{2} [ 0-9]{2} [0-9:]{8}\.[0-9]{3} 20[0-9]{2} \[[0-9]+\] [a-z0-9]{10} //' "$trace" | sed 's/<[^>]*>/<...>/'; }
traced() { eventually grep -qE -- "$1" "$trace"; }

# features: G09 G11 G14 G15 N29
@test "both states, both directions, without secrets and messages" {
  serve POP3_TRACE="$trace"
  chat 'USER joe' 'PASS sesame' 'RETR 1' 'LIST' QUIT >/dev/null
  traced '\+OK bye'
  is "> $greeting
< USER joe
> +OK now PASS
< PASS ***
> +OK 1 messages (29 octets)
< RETR 1
> +OK 29 octets
< LIST
> +OK 1 messages
> 1 29
> .
< QUIT
> +OK bye" "$(dialogue)"
  ! grep -E 'sesame|private' "$trace" || false
  is 600 "$(stat -c %a "$trace")"
}

@test "commands sent together have their answers one by one" {
  serve POP3_TRACE="$trace"
  talk 'USER joe' 'PASS sesame' STAT 'RETR 1' NOOP QUIT >/dev/null
  traced '\+OK bye'
  is '< STAT
> +OK 1 29
< RETR 1
> +OK 29 octets
< NOOP
> +OK' "$(dialogue | sed -n '/STAT/,/NOOP/p;' ; dialogue | grep -A1 NOOP | tail -1)"
}

@test "behind TLS too" {
  with_tls
  serve POP3_TRACE="$trace"
  chat @stls 'USER joe' 'PASS sesame' QUIT >/dev/null
  traced '\+OK bye'
  dialogue | grep -qx '< PASS \*\*\*'
}

@test "AUTH's dialogue is left out" {
  serve POP3_TRACE="$trace"
  chat '@send AUTH PLAIN\r\n' @read '@base64 \0joe\0sesame' QUIT >/dev/null
  traced '\+OK bye'
  dialogue | grep -qx '< AUTH \*\*\*'
  ! grep "$(printf '\0joe\0sesame' | base64)" "$trace"
}

@test "what cannot be opened is told in the log, and all is served" {
  ln -s precious log/link
  serve POP3_TRACE="$PWD/log/link"
  chat 'USER joe' 'PASS sesame' QUIT | tail -1 | grep -q '^+OK bye'
  logged 'event=no-file .*setting=POP3_TRACE error='
  [ ! -e log/precious ]
}

@test "the client's connection ends with the session, not with the trace" {
  serve POP3_TRACE="$trace"
  talk 'USER joe' 'PASS sesame' QUIT | tail -1 | grep -q '+OK bye'  # talk waits for the end
}

@test "many sessions write whole lines into one file" {
  serve POP3_TRACE="$trace" POP3_LOCK=0
  for i in {1..8}; do chat 'USER joe' 'PASS sesame' NOOP LIST UIDL QUIT >/dev/null & done
  wait $(jobs -p | tail -8) || true
  eventually test "$(grep -c '+OK bye' "$trace")" = 8
  ! grep -vE '^[A-Z][a-z]{2} [ 0-9]{2} [0-9:]{8}\.[0-9]{3} 20[0-9]{2} \[[0-9]+\] [a-z0-9]{10} [<>] ' "$trace"
}

@test "unset, nothing is written, and no process is started for it" {
  serve
  chat 'USER joe' 'PASS sesame' QUIT >/dev/null
  [ ! -e "$trace" ]
}
