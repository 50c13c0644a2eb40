#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# XTND XLST, and XTND XMIT by the link filters.

load helpers

setup() {
  prepare
  message new/1.one 'From: a\nSubject: one\n folded\nX-A: b\n\nSubject: no\n'
  message cur/2.two:2, 'subject : two\r\nReceived: x\r\n\r\nbody\r\n'
  message cur/3.three:2, 'From: c\n'
  greeted='+OK 3 messages (100 octets)'
  accepted='+OK xlst command accepted; headers coming.'
  sending='+OK start sending message'
}

# sending_mail COMMAND...: as mail comes that POP3_MAIL_COMMAND sends: $MAIL_COMMAND, by default into ./sent.
sending_mail() {
  touch sent arguments && own sent arguments
  printf '#!/bin/sh\necho "$@" >%s/arguments\ncat >%s/sent\n%s\n' "$PWD" "$PWD" "${AFTER-}" >send-mail && chmod 755 send-mail
  printf '%s\r\n' "$@" | POP3_SANDBOX=require POP3_MAIL_COMMAND=${MAIL_COMMAND-$PWD/send-mail -t -i -oem} \
    as_user filters pop3d joe/Maildir 2>>server.log | cat -v
}

# features: A59
@test "XTND XLST lists a field of all messages, with its continuation lines" {
  pop 'XTND XLST Subject' | replies "$greeted" "$accepted" '1 Subject: one' ' folded' '2 subject : two' .
}
# features: A59
@test "XTND XLST of one message" {
  pop 'xtnd xlst FROM: 3' 'XTND XLST From 2' | replies "$greeted" "$accepted" '3 From: c' . "$accepted" .
}
# features: A59
@test "XTND XLST leaves deleted messages out" {
  pop 'DELE 1' 'XTND XLST From' 'XTND XLST From 1' |
    replies "$greeted" '+OK message 1 deleted' "$accepted" '3 From: c' . '-ERR message is deleted'
}
# features: A56
@test "XTND, wrongly called" {
  pop XTND 'XTND XLST' 'XTND XLST a:b' 'XTND XLST a 1 2' 'XTND XLST a 9' 'XTND FOO' 'XTND XMIT 1' | replies "$greeted" \
    '-ERR XTND knows XMIT and XLST' '-ERR XTND XLST needs a field name' '-ERR not a field name' '-ERR XTND XLST needs a field name' \
    '-ERR no such message' '-ERR XTND knows XMIT and XLST' '-ERR XTND XMIT takes no argument'
}
# features: A56 A58
@test "XTND XMIT is off unless there is a mail command" {
  pop 'XTND XMIT' NOOP | replies "$greeted" '-ERR unknown command' '+OK'
}
# features: A57 A58 G25
@test "XTND XMIT gives the message to the mail command" {
  sending_mail 'XTND XMIT' 'To: b' '' '..dot' 'text' . NOOP | replies "$greeted" "$sending" '+OK message sent successfully' '+OK'
  is "$(printf 'To: b\n\n.dot\ntext')" "$(<sent)"
  is '-t -i -oem' "$(<arguments)"
  logged 'pop3d: event=xmit user=.* octets=17 outcome=sent'
  is '' "$(ls joe/Maildir/tmp)"
}
# features: A57
@test "XTND XMIT through the chain, as the user" {
  users
  sending_mail QUIT >/dev/null
  AFTER='id -u' && printf '#!/bin/sh\n{ id -u; echo "$USER"; cat; } >%s/sent\n' "$PWD" >send-mail
  serve POP3_MAIL_COMMAND="$PWD/send-mail" checkpw -f "$USERS" filters pop3d Maildir
  talk 'USER joe' 'PASS sesame' 'XTND XMIT' 'To: b' '' . QUIT | tail -n 3 | replies "$sending" '+OK message sent successfully' '+OK bye'
  is "$joe_uid joe To: b" "$(xargs <sent)"
}
# features: A57
@test "a mail command that fails" {
  AFTER='exit 75' sending_mail 'XTND XMIT' a . NOOP | replies "$greeted" "$sending" '-ERR [SYS/TEMP] unable to send message' '+OK'
  logged 'filters: event=failed user=.* program=.*/send-mail status=75'
  MAIL_COMMAND=/no/such/program sending_mail 'XTND XMIT' a . NOOP |
    replies "$greeted" "$sending" '-ERR [SYS/TEMP] unable to execute the mail command' '+OK'
}
# features: A57
@test "a message that is too large is not sent" {
  POP3_XMIT_MAX=10 sending_mail 'XTND XMIT' 1234 5678 . 'XTND XMIT' 1234 56789 . NOOP |
    replies "$greeted" "$sending" '+OK message sent successfully' "$sending" '-ERR message too large' '+OK'
  is "$(printf '1234\n5678')" "$(<sent)"
}
@test "who sends on and on is put off" {
  POP3_XMIT_MAX=10 sending_mail 'XTND XMIT' 123456789 123456789 123456789 123456789 . NOOP | replies "$greeted" "$sending" '-ERR message too large'
  logged 'reason=bad-commands'
}
# features: A57
@test "an upload that breaks off is not sent" {
  sending_mail 'XTND XMIT' 'To: b' '' | replies "$greeted" "$sending"
  is '' "$(cat sent)"
  is '' "$(ls joe/Maildir/tmp)"
  logged 'reason=eof'
}
@test "a line of the message that a bare LF ends does not end the upload" {
  sending_mail 'XTND XMIT' $'a\n.\nDELE 1' . STAT | replies "$greeted" "$sending" '+OK message sent successfully' '+OK 3 100'
  is "$(printf 'a\n.\nDELE 1')" "$(<sent)"
}
@test "a message of some megabytes, in long lines" {
  line=$(printf '%010000d' 7)
  sending_mail 'XTND XMIT' $(for _ in {1..300}; do echo "$line"; done) . | replies "$greeted" "$sending" '+OK message sent successfully'
  is 3000300 "$(wc -c <sent)"
}
