#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The clients that people use, against the whole chain: what is in the mailbox is what they get,
# octet by octet. A client that is not installed is a failure, unless POPCHAIN_ALLOW_MISSING=1.

load helpers

setup() {
  prepare
  export HOME=$PWD/client
  mkdir "$HOME"
  unset MAIL LOGNAME USER XDG_CONFIG_HOME http_proxy https_proxy all_proxy no_proxy
  message new/1000000001.one 'From: a@example.org\nSubject: one\n\n.dot\n..dots\n.\nFrom here\nend\n'
  message cur/1000000002.two:2,S 'From: b@example.org\nSubject: two\n\ngr\0303\0274n\n\n\n'
  {
    printf 'From: c@example.org\nSubject: three\n\n'
    for ((i = 0; i < 400; ++i)); do printf '%0'$((i * 2))'d\n.%d\n' "$i" "$i"; done
    printf 'no line end'
  } >joe/Maildir/new/1000000003.three
  own joe
  users
  # lines/N is what message N is as a text file, wire/N as it is sent.
  mkdir lines wire
  for number in 1 2 3; do
    cat joe/Maildir/*/100000000$number.* >lines/$number
    [ $number != 3 ] || echo >>lines/3
    sed 's/$/\r/' lines/$number >wire/$number
  done
  serve
}

client() {
  [ -n "$(command -v "$1")" ] || {
    [ "${POPCHAIN_ALLOW_MISSING-}" = 1 ] && skip "$1 is not installed"
    echo "$1 is not installed"
    return 1
  }
}

# Some clients want to know the name of who runs them.
needs_passwd_entry() { id -un >/dev/null 2>&1 || skip "your uid is not in passwd"; }

left() { find joe/Maildir/new joe/Maildir/cur -type f | wc -l; }

# --- curl -------------------------------------------------------------------------------

@test "curl lists" {
  client curl
  curl -sS -u joe:sesame "pop3://127.0.0.1:$PORT/" >list
  for number in 1 2 3; do printf '%d %d\r\n' "$number" "$(stat -c %s wire/$number)"; done | cmp - list
}

# features: M02
@test "curl retrieves by APOP" {
  client curl
  for number in 1 2 3; do
    curl -sS --login-options AUTH=+APOP -u joe:sesame "pop3://127.0.0.1:$PORT/$number" | cmp wire/$number -
  done
  logged 'event=login .*auth=apop'
}

# What it chooses by itself, where passwords may come in clear.
@test "curl retrieves by AUTH PLAIN" {
  client curl
  curl -sS -u joe:sesame "pop3://127.0.0.1:$PORT/1" | cmp wire/1 -
  logged 'event=login .*auth=plain'
}

@test "curl gets bare CRs and NULs as they are" {
  client curl
  message new/1000000004.four 'a\r b\0\n\0\n'
  curl -sS -u joe:sesame "pop3://127.0.0.1:$PORT/4" >got
  printf 'a\r b\0\r\n\0\r\n' | cmp - got
}

@test "curl sends other commands" {
  client curl
  curl -sS -u joe:sesame -X 'UIDL 2' -I "pop3://127.0.0.1:$PORT/" >out
  curl -sS -u joe:sesame -X 'DELE 2' -I "pop3://127.0.0.1:$PORT/"
  eventually test "$(left)" = 2
}

@test "curl hears of a wrong password" {
  client curl
  run -67 curl -sS -u joe:wrong "pop3://127.0.0.1:$PORT/"
}

# --- mpop -------------------------------------------------------------------------------

# mpop_with AUTH OPTION...: into the mbox file $HOME/mbox.
mpop_with() {
  client mpop
  cat >"$HOME/.mpoprc" <<END
account default
host 127.0.0.1
port $PORT
tls off
user joe
password sesame
auth $1
delivery mbox $HOME/mbox
received_header off
uidls_file $HOME/uidls
END
  chmod 600 "$HOME/.mpoprc"
  shift
  mpop "$@"
}

# mbox_is NUMBER...: the mbox holds these messages. ">From " is how mbox writes "From ".
mbox_is() {
  for number; do
    echo 'From somebody'
    sed 's/^>*From />&/' "lines/$number"
    echo
  done | diff - <(sed 's/^From .*/From somebody/' "$HOME/mbox")
}

@test "mpop gets all by USER and PASS, and leaves it there" {
  mpop_with user --keep=on
  mbox_is 1 2 3
  is 3 "$(left)"
}

@test "mpop gets all by APOP, and deletes it" {
  mpop_with apop --keep=off
  mbox_is 1 2 3
  eventually test "$(left)" = 0
  logged 'auth=apop'
}

@test "mpop gets nothing twice" {
  mpop_with user --keep=on
  rm "$HOME/mbox"
  mv joe/Maildir/*/1000000001.one* joe/Maildir/cur/1000000001.one:2,RS
  message new/1000000004.four 'From: d@example.org\n\nfour\n'
  cp joe/Maildir/new/1000000004.four lines/4
  mpop_with user --keep=on
  mbox_is 4
}

# --- fetchmail --------------------------------------------------------------------------

# fetchmail_with PROTOCOL OPTION...: each message into a file of its own, $HOME/got.N.
fetchmail_with() {
  client fetchmail
  needs_passwd_entry
  cat >"$HOME/mda" <<'END'
#!/bin/sh
n=1
while [ -e "$HOME/got.$n" ]; do n=$((n + 1)); done
cat >"$HOME/got.$n"
END
  chmod 755 "$HOME/mda"
  cat >"$HOME/.fetchmailrc" <<END
set invisible
set no bouncemail
poll 127.0.0.1 service $PORT protocol $1 timeout 10
  user joe password sesame no rewrite pass8bits sslproto '' mda "$HOME/mda"
END
  chmod 600 "$HOME/.fetchmailrc"
  shift
  fetchmail --nodetach --nosyslog -f "$HOME/.fetchmailrc" "$@"
}

@test "fetchmail gets all by USER and PASS, and leaves it there" {
  fetchmail_with pop3 --keep --all
  for number in 1 2 3; do cmp "lines/$number" "$HOME/got.$number"; done
  is 3 "$(left)"
}

@test "fetchmail gets all by APOP, and deletes it" {
  fetchmail_with apop --nokeep --all
  for number in 1 2 3; do cmp "lines/$number" "$HOME/got.$number"; done
  eventually test "$(left)" = 0
  logged 'auth=apop'
}

# --- getmail ----------------------------------------------------------------------------

@test "getmail gets all into a Maildir, and deletes it" {
  client getmail
  needs_passwd_entry
  mkdir -p "$HOME/got"/{tmp,new,cur} "$HOME/getmail"
  cat >"$HOME/getmail/getmailrc" <<END
[retriever]
type = SimplePOP3Retriever
server = 127.0.0.1
port = $PORT
username = joe
password = sesame
[destination]
type = Maildir
path = $HOME/got/
[options]
delete = true
delivered_to = false
received = false
verbose = 0
END
  if is_root; then  # it delivers nothing as root
    chown -R 65534:65534 "$HOME"
    setpriv --reuid 65534 --regid 65534 --clear-groups getmail --getmaildir "$HOME/getmail"
  else
    getmail --getmaildir "$HOME/getmail"
  fi
  # What getmail adds is its own first line.
  for number in 1 2 3; do
    { echo 'Return-Path: <unknown>' && cat "lines/$number"; } | cmp - "$HOME"/got/new/*"Q$((number - 1))R"*
  done
  eventually test "$(left)" = 0
}

# --- Python -----------------------------------------------------------------------------

@test "poplib: every command that it knows" {
  python3 -I - "$PORT" <<'PYTHON'
import poplib, sys

def wire(number):
    return open(f"wire/{number}", "rb").read()

for login in "apop", "user":
    pop = poplib.POP3("127.0.0.1", int(sys.argv[1]), timeout=10)
    assert "TOP" in pop.capa()
    if login == "apop":
        pop.apop("joe", "sesame")
    else:
        pop.user("joe")
        pop.pass_("sesame")
    sizes = [len(wire(number)) for number in (1, 2, 3)]
    assert pop.stat() == (3, sum(sizes))
    assert pop.list()[1] == [b"%d %d" % (n, size) for n, size in enumerate(sizes, 1)]
    assert pop.list(2).split()[1:] == [b"2", b"%d" % sizes[1]]
    assert pop.uidl()[1] == [b"1 1000000001.one", b"2 1000000002.two", b"3 1000000003.three"]
    assert pop.uidl(3).split()[1:] == [b"3", b"1000000003.three"]
    for number in 1, 2, 3:
        lines = pop.retr(number)[1]
        assert b"".join(line + b"\r\n" for line in lines) == wire(number)
    assert pop.top(1, 1)[1] == [b"From: a@example.org", b"Subject: one", b"", b".dot"]
    assert pop.noop().startswith(b"+OK")
    pop.dele(1)
    assert pop.stat()[0] == 2
    pop.rset()
    assert pop.stat()[0] == 3
    if login == "user":
        pop.dele(2)
    assert pop.quit().startswith(b"+OK")
PYTHON
  is 2 "$(left)"
}
