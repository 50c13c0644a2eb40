#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Clients and mailboxes that mean ill, or are ill: each has its answer in bounded time and memory. Each test
# shortens the setting that bounds the time. `make hostile` does the same with what takes longer, and shows the
# figures. Elsewhere: RETR unread and shrinking (pop3d.bats), guessing (guesses.bats), a crowd at tlsd
# (tlsd_relay.bats), what comes behind STLS (stls.bats).

load helpers

teardown() {
  clean_up
  rm -rf "${home-}"
}

# hostile SCENARIO [ARG...]: by tests/survival, to what is served.
hostile() {
  TLSD=${tlsd-} timeout 250 python3 "$BATS_TEST_DIRNAME/survival/hostile.py" "$PORT" "$server" "$@" >>figures
  not_logged 'event=(failed|died)'
  [ -z "${HOSTILE_LONG-}" ] || tail -n 1 figures | sed 's/^/# /' >&3
}
# long SMALL LARGE: how much of it.
long() { [ -z "${HOSTILE_LONG-}" ] && echo "$1" || echo "$2"; }

# big_and_small: what hostile_mail.py's clients find.
big_and_small() {
  head -c 5000000 /dev/zero | tr '\0' x | fold -w 70 >joe/Maildir/new/1.big
  message new/2.small 'small!\n'
  users
}

# --- slow, deaf, endless ----------------------------------------------------------------

# features: H14 H16
@test "an octet now and then is no command: POP3_LOGIN_TIMEOUT, POP3_TIMEOUT" {
  users
  serve POP3_LOGIN_TIMEOUT=1 POP3_TIMEOUT=1
  hostile drip 1 login sasl session
  logged 'event=logout .*reason=timeout'
}

# features: N10
@test "a line without end: POP3_LOGIN_TIMEOUT, POP3_TIMEOUT" {
  users
  serve POP3_LOGIN_TIMEOUT=1 POP3_TIMEOUT=1
  hostile endless_line 1 login sasl session
}

# features: H18
@test "a client that takes no answer: POP3_LOGIN_TIMEOUT, POP3_WRITE_TIMEOUT" {
  needs_root  # to see tlsd's memory
  users
  truncate -s 100M joe/Maildir/new/1.zeros && own joe
  with_tls
  serve POP3_LOGIN_TIMEOUT=1 POP3_WRITE_TIMEOUT=1
  hostile deaf login 1
  hostile deaf session 1
  hostile deaf session 1 stls
}

@test "a million commands, before the login and after" {
  users
  message new/1 'abc\n'
  serve POP3_LOGIN_TIMEOUT=100
  hostile pipelined login $(long 30000 1000000)
  hostile pipelined session $(long 300000 3000000)
}

# --- floods -----------------------------------------------------------------------------

@test "a flood beyond tcpserver's limit: a place is free when POP3_LOGIN_TIMEOUT is over" {
  needs_root
  users
  TCPSERVER='-c 20' serve POP3_LOGIN_TIMEOUT=1
  hostile flood 60 15 20
}

@test "a flood from one address: POP3_PER_ADDRESS leaves room for others" {
  needs_root
  users
  TCPSERVER='-c 20' serve POP3_GUESSES="$PWD/guesses" POP3_PER_ADDRESS=5
  hostile flood 200 5 20
}

@test "TLS garbage, behind STLS and instead of it" {
  needs_root
  with_tls TLS_HANDSHAKE_TIMEOUT=1
  serve
  hostile tls_garbage stls 30
  serve POP3_TLS=implicit
  hostile tls_garbage implicit 30
}

# --- going ------------------------------------------------------------------------------

@test "a client that goes, in every state, by RST, FIN or both ways closed" {
  with_tls
  big_and_small
  serve POP3_ERROR_INTERVAL=0 POP3_MOVE_NEW=0 POP3_MARK_SEEN=0
  for how in rst fin close; do hostile gone $how; done
}

@test "a client that goes from within TLS, by RST" {
  needs_root
  with_tls
  big_and_small
  serve
  hostile gone_from_tls
}

@test "a client that has closed its side gets the answers to what it had said" {
  big_and_small
  serve
  hostile half_close
}

# --- mailboxes --------------------------------------------------------------------------

@test "a line of a gigabyte" {
  users
  serve
  hostile one_long_line joe/Maildir/new $(long 100000000 1073741824)
}

@test "a sparse message of 8 TiB" {
  users
  serve
  truncate -s 8T try || skip "no such files here"
  hostile sparse joe/Maildir/new 8796093022208
}

@test "a message that grows while it is sent" {
  users
  serve
  hostile grows joe/Maildir/new
}

@test "a mailbox of a million messages" {
  home=$(mktemp -d -p /dev/shm hostile.XXXXXX)  # in memory: to make so many files takes long on a disk
  chmod 755 "$home"
  (cd "$home" && maildir joe/Maildir)
  users "joe:sesame:$joe_uid:$joe_gid:$home/joe"
  serve
  hostile many "$home/joe/Maildir/cur" $(long 20000 1000000)
}

@test "a file name for each octet that there is" {
  users
  serve
  hostile names joe/Maildir/new
}

@test "a message that becomes a FIFO, a directory, a loop or a device" {
  users
  serve
  hostile swapped joe/Maildir/new
}

@test "new/ or cur/ that is a loop, a FIFO or a file is no mailbox, and says so at once" {
  users
  for folder in new cur; do
    for make in "ln -s $folder" mkfifo touch; do
      rmdir "joe/Maildir/$folder" && $make "joe/Maildir/$folder"
      pop STAT | replies '-ERR [SYS/PERM] cannot read the mailbox'
      rm "joe/Maildir/$folder" && mkdir "joe/Maildir/$folder" && own joe
    done
  done
}

# --- a thousand of them -----------------------------------------------------------------

@test "sessions that end in every way leave nothing behind" {
  needs_root
  [ -z "${ASAN_OPTIONS-}" ] || skip "the sanitizers keep memory"
  unshare -mnip --fork true 2>/dev/null || skip "needs namespaces"
  TMPDIR=$BATS_TEST_TMPDIR timeout 100 python3 "$BATS_TEST_DIRNAME/survival/soak.py" "$BIN" --sessions 900 --users 12
}
