#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# pop3d: the TRANSACTION and UPDATE states over one Maildir. (A01 and so on: rows of the table of
# features; N: of the holes that other servers had.)

load helpers

setup() {
  prepare
  empty='+OK 0 messages (0 octets)'
  gone='-ERR [SYS/TEMP] message is gone or has changed'
}

# two_messages: of 5 and of 6 octets.
two_messages() {
  message new/1.one 'one\n'
  message cur/2.two:2, 'two2\n'
  both='+OK 2 messages (11 octets)'
}

# session: pop3d as a coprocess, its greeting read. ask COMMAND sends, and prints one line.
session() {
  coproc POP3D { exec 3>&-; as_user pop3d joe/Maildir 2>>server.log; }
  read -r -t 5 _ <&"${POP3D[0]}"
}
ask() {
  printf '%s\r\n' "$1" >&"${POP3D[1]}"
  read -r -t 5 reply <&"${POP3D[0]}"
  printf '%s\n' "${reply%$'\r'}"
}

# left: the messages on disk, by their unique names; files: where they are, and their flags.
left() { files | tr ' ' '\n' | sed 's,.*/,,; s/:.*//' | sort | xargs; }
files() { (cd joe/Maildir && find new cur -type f | sort | xargs); }

# --- the commands -----------------------------------------------------------------------

# features: A24
@test "the greeting tells messages and octets" {
  two_messages
  pop | replies "$both" '-ERR empty command'
  rm joe/Maildir/*/*
  printf '' | pop3d_reads | replies "$empty"
}

# features: A31
@test "STAT" { two_messages && pop STAT | replies "$both" '+OK 2 11'; }
# features: A32
@test "LIST" { two_messages && pop LIST | replies "$both" '+OK 2 messages' '1 5' '2 6' .; }
# features: A33
@test "LIST of one" { two_messages && pop 'LIST 2' | replies "$both" '+OK 2 6'; }
# features: A42
@test "UIDL" {
  two_messages
  pop UIDL | replies "$both" '+OK 2 messages' '1 1.one' '2 2.two' .
}
# features: A42
@test "UIDL of one" { two_messages && pop 'UIDL 2' | replies "$both" '+OK 2 2.two'; }
# features: A34
@test "RETR" { two_messages && pop 'RETR 2' | replies "$both" '+OK 6 octets' two2 .; }
# features: A39
@test "NOOP" { pop NOOP | replies "$empty" '+OK'; }
# features: A41
@test "QUIT" { pop QUIT | replies "$empty" '+OK bye'; }
@test "LIST and UIDL of an empty mailbox" {
  pop LIST UIDL | replies "$empty" '+OK 0 messages' . '+OK 0 messages' .
}
# features: A02 A06
@test "CAPA after the login names the version, and USER still (RFC 2449 s.5)" {
  pop CAPA | sed 's/popchain-[0-9.]*/popchain-N/' | replies "$empty" '+OK capabilities follow' \
    TOP UIDL USER RESP-CODES AUTH-RESP-CODE PIPELINING 'UTF8 USER' LANG IMPLEMENTATION\ popchain-N .
}
@test "keywords may be in any case" { two_messages && pop stat lIsT\ 1 | replies "$both" '+OK 2 11' '+OK 1 5'; }
@test "lines that end in a bare LF are understood" { pop_raw 'NOOP\nSTAT\n' | replies "$empty" '+OK' '+OK 0 0'; }

# features: A37
@test "DELE" {
  two_messages
  pop 'DELE 1' QUIT | replies "$both" '+OK message 1 deleted' '+OK bye'
  is 2.two "$(left)"
}

# features: A36
@test "TOP with 0 lines sends the header and the blank line" {
  message new/1 'A: b\nC: d\n\none\ntwo\n'
  pop 'TOP 1 0' | replies '+OK 1 messages (24 octets)' '+OK top of message follows' 'A: b' 'C: d' '' .
}

# features: A36
@test "TOP with 1 line" {
  message new/1 'A: b\n\none\ntwo\n'
  pop 'TOP 1 1' | replies '+OK 1 messages (18 octets)' '+OK top of message follows' 'A: b' '' one .
}

# features: A36
@test "TOP with more lines than there are, or than can be counted" {
  message new/1 'A: b\n\none\ntwo'
  whole=('+OK top of message follows' 'A: b' '' one two .)
  pop 'TOP 1 3' 'TOP 1 99999999999999999999999' 'TOP 1 18446744073709551615' |
    replies '+OK 1 messages (18 octets)' "${whole[@]}" "${whole[@]}" "${whole[@]}"
}

@test "TOP of a message that is all header" {
  message new/1 'A: b\nC: d\n'
  pop 'TOP 1 0' | replies '+OK 1 messages (12 octets)' '+OK top of message follows' 'A: b' 'C: d' .
}

@test "TOP of a message with CRLF ends its header at the empty line too" {
  message new/1 'A: b\r\n\r\none\r\ntwo\r\n'
  pop 'TOP 1 1' | replies '+OK 1 messages (18 octets)' '+OK top of message follows' 'A: b' '' one .
}

@test "TOP stuffs dots" {
  message new/1 'A: b\n\n.\n..\n'
  pop 'TOP 1 2' | replies '+OK 1 messages (15 octets)' '+OK top of message follows' 'A: b' '' .. ... .
}

# features: N38
@test "TOP 0 of a million header lines" {
  { yes 'To: a@example.org' | head -n 1000000 && printf '\nbody\n'; } >joe/Maildir/new/1
  own joe/Maildir/new/1
  pop 'TOP 1 0' QUIT | tail -n 3 | replies '' . '+OK bye'
}

# features: A38
@test "RSET takes all DELEs back" {
  two_messages
  pop 'DELE 1' 'DELE 2' RSET STAT QUIT |
    replies "$both" '+OK message 1 deleted' '+OK message 2 deleted' "$both" '+OK 2 11' '+OK bye'
  is '1.one 2.two' "$(left)"
}

# features: A40
@test "LAST is the highest message accessed" {
  two_messages
  pop LAST 'RETR 1' LAST 'DELE 2' LAST 'RETR 1' LAST | grep -v one |
    replies "$both" '+OK 0' '+OK 5 octets' . '+OK 1' '+OK message 2 deleted' '+OK 2' '+OK 5 octets' . '+OK 2'
}

# features: A40
@test "LAST begins at the highest message with the S flag" {
  message cur/1:2,S 'a\n'
  message cur/2:2,RS 'a\n'
  message cur/3:2,R 'a\n'
  pop LAST | replies '+OK 3 messages (9 octets)' '+OK 2'
}

# features: A38 A40
@test "RSET takes LAST back to what it was at login" { # ; RFC 1460's example of LAST
  message cur/1:2,S 'a\n'
  message cur/2:2, 'a\n'
  pop 'DELE 2' LAST RSET LAST | replies '+OK 2 messages (6 octets)' '+OK message 2 deleted' '+OK 2' \
    '+OK 2 messages (6 octets)' '+OK 1'
}

# features: A31 A32 A37
@test "a deleted message is hidden everywhere, and numbers stay" {
  two_messages
  pop 'DELE 1' STAT LIST UIDL 'LIST 1' 'UIDL 1' 'RETR 1' 'TOP 1 0' 'DELE 1' 'LIST 2' |
    replies "$both" '+OK message 1 deleted' '+OK 1 6' '+OK 1 messages' '2 6' . '+OK 1 messages' \
      '2 2.two' . '-ERR message is deleted' '-ERR message is deleted' '-ERR message is deleted' \
      '-ERR message is deleted' '-ERR message is deleted' '+OK 2 6'
}

# --- every other -ERR -------------------------------------------------------------------

# features: A70
@test "an unknown command" { pop 'EUIDL 1' | replies "$empty" '-ERR unknown command'; }
# features: M11
@test "XSENDER, which Netscape says, is unknown and does no harm" {
  pop 'XSENDER 1' STAT | replies "$empty" '-ERR unknown command' '+OK 0 0'
}
@test "the login commands are unknown now" {
  pop 'USER joe' 'PASS x' 'APOP joe x' |
    replies "$empty" '-ERR unknown command' '-ERR unknown command' '-ERR unknown command'
}
# features: N28
@test "an empty line" { pop '' | replies "$empty" '-ERR empty command'; }
# features: A69
@test "RETR without a number" { pop RETR | replies "$empty" '-ERR RETR needs a message number'; }
@test "DELE without a number" { pop DELE | replies "$empty" '-ERR DELE needs a message number'; }
# features: A36 A69
@test "TOP without, with one and with three arguments" {
  wrong='-ERR TOP needs a message number and a number of lines'
  two_messages
  pop TOP 'TOP 1' 'TOP 1 1 1' 'TOP 1  1' | replies "$both" "$wrong" "$wrong" "$wrong" "$wrong"
}
# features: A36
@test "TOP with what is no number of lines" {
  two_messages
  pop 'TOP 1 -1' 'TOP 1 x' 'TOP 1 1x' | replies "$both" '-ERR not a number of lines' \
    '-ERR not a number of lines' '-ERR not a number of lines'
}
# features: A69
@test "arguments where none are wanted" {
  wrong='-ERR this command takes no argument'
  pop 'STAT 1' 'RSET 1' 'NOOP 1' 'LAST 1' 'CAPA 1' 'QUIT 1' |
    replies "$empty" "$wrong" "$wrong" "$wrong" "$wrong" "$wrong" "$wrong"
}

# features: A33 A42
@test "a number that no message has" {
  two_messages
  none='-ERR no such message'
  pop 'LIST 0' 'UIDL 0' 'RETR 3' 'DELE 3' 'TOP 3 1' | replies "$both" "$none" "$none" "$none" "$none" "$none"
}

# features: H30
@test "a number too large for the machine is not another message's" {
  two_messages
  none='-ERR no such message'
  pop 'RETR 4294967297' 'RETR 18446744073709551617' 'DELE 340282366920938463463374607431768211457' |
    replies "$both" "$none" "$none" "$none"
}

@test "what is not a number" {
  two_messages
  wrong='-ERR not a message number'
  pop 'RETR -1' 'RETR +1' 'RETR 1x' 'RETR 0x1' 'LIST 1 2' 'DELE 1 ' 'UIDL  1' 'RETR one' |
    replies "$both" "$wrong" "$wrong" "$wrong" "$wrong" "$wrong" "$wrong" "$wrong" "$wrong"
}

# features: N41
@test "NUL, control and 8-bit octets in commands" {
  wrong='-ERR control or 8-bit character in command'
  pop_raw 'NO\0OP\r\nNOOP\0\r\nNOOP\t1\r\nNO\rOP\r\nLIST \0351\r\nNOOP\r\n' |
    replies "$empty" "$wrong" "$wrong" "$wrong" "$wrong" "$wrong" '+OK'
}

# features: A68
@test "a line of 255 octets is read, one of 256 refused and skipped" {
  pop "NOOP$(printf '%249s' '')" "NOOP$(printf '%250s' '')" NOOP |
    replies "$empty" '-ERR this command takes no argument' '-ERR line too long' '+OK'
}

# features: N03
@test "the argument that overflowed Qpopper" {
  two_messages
  long=$(printf '%4096s' '' | tr ' ' A)
  pop "LIST 1 $long" "UIDL $long" "TOP 1 $long" "RETR ${long:0:200}" STAT | replies "$both" \
    '-ERR line too long' '-ERR line too long' '-ERR line too long' '-ERR not a message number' '+OK 2 11'
}

# features: N10
@test "a megabyte without a line end is no command" {
  { head -c 1000000 /dev/zero | tr '\0' x && printf '\r\nNOOP\r\n'; } | pop3d_reads |
    replies "$empty" '-ERR line too long' '+OK'
}

@test "a command that the end of the input cuts off is not carried out" {
  two_messages
  pop_raw 'DELE 1\r\nQUIT' | replies "$both" '+OK message 1 deleted'
  is '1.one 2.two' "$(left)"
}

# features: A70
@test "the twentieth bad command closes, and deletes nothing" {
  two_messages
  { printf 'DELE 1\r\n' && yes X | head -n 30; } | pop3d_reads >out
  is 20 "$(grep -c '^-ERR unknown command' out)"
  is '1.one 2.two' "$(left)"
  logged 'reason=bad-commands .*dele=0 left=2'
}

@test "POP3_BAD_COMMANDS says how many bad commands close" {
  export POP3_BAD_COMMANDS=2
  pop X Y NOOP | replies "$empty" '-ERR unknown command' '-ERR unknown command'
}

@test "messages that are not there are no bad commands" {
  for _ in {1..50}; do printf 'RETR 1\r\n'; done >commands
  printf 'NOOP\r\n' >>commands
  pop3d_reads <commands | tail -n 1 | replies '+OK'
}

# --- what is sent, and its size ---------------------------------------------------------

# sent FILE-TEXT WIRE-TEXT OCTETS: a message is sent so, and announced with so many octets.
sent() {
  message new/1 "$1"
  printf 'LIST 1\r\nRETR 1\r\n' | as_user pop3d joe/Maildir >got
  printf '+OK 1 messages (%d octets)\r\n+OK 1 %d\r\n+OK %d octets\r\n%b.\r\n' "$3" "$3" "$3" "$2" | cmp - got
}

# whole FILE: the same for any file, held against the rules of RFC 1939 in Python's words.
whole() {
  own "$1"
  printf 'RETR 1\r\n' | as_user pop3d joe/Maildir >got
  python3 -IS - "$1" >wanted <<'PYTHON'
import re, sys
text = re.sub(rb"(?<!\r)\n", b"\r\n", open(sys.argv[1], "rb").read())
if text and not text.endswith(b"\n"):
    text += b"\r\n"
reply = b"+OK 1 messages (%d octets)\r\n+OK %d octets\r\n" % (len(text), len(text))
sys.stdout.buffer.write(reply + re.sub(rb"(\A|\n)\.", rb"\1..", text) + b".\r\n")
PYTHON
  cmp wanted got
}

# features: A63
@test "LF becomes CRLF" { sent 'a\nb\n' 'a\r\nb\r\n' 6; }
# features: A64
@test "CRLF stays" { sent 'a\r\nb\r\n' 'a\r\nb\r\n' 6; }
# features: A64
@test "LF and CRLF in one message" { sent 'a\nb\r\nc\n' 'a\r\nb\r\nc\r\n' 9; }
# features: A64
@test "a bare CR stays" { sent 'a\rb\n' 'a\rb\r\n' 5; }
# features: A64
@test "a bare CR at the end gets a CRLF" { sent 'a\nb\r' 'a\r\nb\r\r\n' 7; }
# features: A64
@test "CR CR LF stays" { sent 'a\r\r\nb\n' 'a\r\r\nb\r\n' 7; }
# features: A63
@test "a last line without its end gets one" { sent 'a\nb' 'a\r\nb\r\n' 6; }
@test "a lone LF is an empty line" { sent '\n' '\r\n' 2; }
@test "an empty file is an empty message" { sent '' '' 0; }
# features: A63 N40
@test "leading dots are doubled, and not counted" { sent '.\n..\n.a\na.\n' '..\r\n...\r\n..a\r\na.\r\n' 15; }
# features: N40
@test "a lone dot as last line without its end" { sent 'a\n.' 'a\r\n..\r\n' 6; }
# features: N40
@test "a dot behind a bare CR begins no line" { sent 'a\r.\nb\n' 'a\r.\r\nb\r\n' 8; }
# features: N40
@test "a dot and CR" { sent '.\rb\n' '..\rb\r\n' 5; }
# features: A67
@test "NULs and 8-bit octets are sent as they are" {
  sent 'a\0b\0\n\0\0351\0377\n' 'a\0b\0\r\n\0\0351\0377\r\n' 11
}
# features: N04
@test "format directives are sent as they are" {
  sent 'From: %n%s%1000d\n' 'From: %n%s%1000d\r\n' 18
}

# features: A64 N06 N40
@test "line ends and dots at the borders of any buffer" {
  python3 -IS - >joe/Maildir/new/1 <<'PYTHON'
import sys
for size in [0, 14, 15, 16, 17, *range(1021, 1027), *range(4093, 4099), *range(8189, 8196)]:
    for end in b"\n", b"\r\n", b"\r", b"\n.\n", b"\r\n.\r\n", b"\n..", b"\nFrom a\n", b"\r\r\n":
        sys.stdout.buffer.write(b"x" * size + end)
PYTHON
  whole joe/Maildir/new/1
}

# features: A64
@test "a CR and its LF on both sides of a 64 KiB border" {
  for before in 65534 65535 65536; do
    { head -c "$before" /dev/zero | tr '\0' x && printf '\r\n.\r\n.a'; } >joe/Maildir/new/1
    whole joe/Maildir/new/1
  done
}

# features: N40
@test "a dot that begins a line at a 64 KiB border" {
  for before in 65534 65535 65536; do
    { head -c "$before" /dev/zero | tr '\0' x && printf '\n.\n..\n'; } >joe/Maildir/new/1
    whole joe/Maildir/new/1
  done
}

@test "nothing but line ends, nothing but dots" {
  yes '' | head -n 100000 >joe/Maildir/new/1
  whole joe/Maildir/new/1
  yes . | head -n 100000 >joe/Maildir/new/1
  whole joe/Maildir/new/1
}

@test "a message of 70 KB" {
  yes 'a line like many others in a long letter' | head -c 70000 >joe/Maildir/new/1
  whole joe/Maildir/new/1
}

# features: A67
@test "a line of 3 MB" {
  head -c 3000000 /dev/zero | tr '\0' x >joe/Maildir/new/1
  whole joe/Maildir/new/1
}

@test "a message of random octets" {
  head -c 500000 /dev/urandom >joe/Maildir/new/1
  whole joe/Maildir/new/1
}

# features: H30 N31
@test "a message of more than 4 GiB has its size" {
  # tmpfs, since reading a hole in a file costs most others 10 seconds.
  on_tmpfs 1m joe/Maildir '
    mkdir joe/Maildir/new joe/Maildir/cur
    truncate -s 4294967300 joe/Maildir/new/1 && chown -R 20001 joe/Maildir
    printf "STAT\r\n" | setpriv --reuid 20001 --clear-groups pop3d joe/Maildir 2>server.log >got'
  cat -v got | replies '+OK 1 messages (4294967302 octets)' '+OK 1 4294967302'
}

# features: A63
@test "no line is added behind a message" {
  message new/1 'a\n\n'
  pop 'RETR 1' | replies '+OK 1 messages (5 octets)' '+OK 5 octets' a '' .
}

# --- order and unique-ids ---------------------------------------------------------------

# features: D03 D09
@test "messages come by delivery time, then by name, from new and cur alike" {
  for name in new/1000000000.b new/999999999.z cur/1000000000.a:2,S new/1000000001.a 'cur/note:2,'; do
    message "$name" 'a\n'
  done
  pop UIDL | replies '+OK 5 messages (15 octets)' '+OK 5 messages' '1 note' '2 999999999.z' \
    '3 1000000000.a' '4 1000000000.b' '5 1000000001.a' .
}

# features: A42 D09
@test "a message keeps its place and its unique-id when it is read elsewhere" {
  two_messages
  pop UIDL >before
  mv joe/Maildir/new/1.one joe/Maildir/cur/1.one:2,S
  pop UIDL | diff before -
}

# features: A42 D19 N05
@test "a name that may not be a unique-id is hashed, the same every time" {
  long=1$(printf '%80s' '' | tr ' ' n)
  message "new/$long" 'a\n'
  message 'new/2 with blanks' 'a\n'
  message $'new/3\351' 'a\n'
  pop UIDL >first
  is 3 "$(grep -cE '^[123] [0-9a-f]{32}\^M$' first)"
  is 3 "$(cut -d ' ' -f 2 first | tail -n +3 | head -n 3 | sort -u | wc -l)"
  mv "joe/Maildir/new/$long" "joe/Maildir/cur/$long:2,S"
  pop UIDL | diff first -
}

# features: D19
@test "a name of 70 octets is a unique-id" {
  name=1$(printf '%69s' '' | tr ' ' n)
  message "new/$name" 'a\n'
  pop 'UIDL 1' | replies '+OK 1 messages (3 octets)' "+OK 1 $name"
}

@test "two files of one unique name have two unique-ids" {
  message new/1.a 'a\n'
  message cur/1.a:2,S 'bb\n'
  pop UIDL | replies '+OK 2 messages (7 octets)' '+OK 2 messages' '1 1.a' '2 1.a-2' .
}

# features: N04 N05
@test "percent signs in names are only that" {
  message new/1.%n%s.host 'a\n'
  pop 'UIDL 1' | replies '+OK 1 messages (3 octets)' '+OK 1 1.%n%s.host'
}

@test "a thousand messages" {
  for number in {1000..1999}; do printf 'a\n' >"joe/Maildir/new/$number"; done
  own joe
  pop LIST UIDL >out
  is 1000 "$(grep -cE '^[0-9]+ 3\^M$' out)"
  is '1000 1999^M' "$(grep -E '^1000 1' out)"
}

# --- what is no message -----------------------------------------------------------------

# features: D08 D40
@test "a FIFO, a directory, a socket or a link among the messages harms nobody" {
  two_messages
  mkfifo joe/Maildir/cur/3.fifo
  mkdir joe/Maildir/cur/4.directory
  ln -s ../new/1.one joe/Maildir/cur/5.link
  ln -s nowhere joe/Maildir/cur/6.link
  python3 -IS -c 'import socket; socket.socket(socket.AF_UNIX).bind("joe/Maildir/cur/7.socket")'
  own joe
  pop LIST QUIT | replies "$both" '+OK 2 messages' '1 5' '2 6' . '+OK bye'
  logged 'passed-over=5$'
}

@test "a message that joe may not read is left out" {
  two_messages
  message new/3 'secret\n'
  if is_root; then chown 0 joe/Maildir/new/3; fi
  chmod 000 joe/Maildir/new/3
  pop STAT | replies "$both" '+OK 2 11'
  logged 'passed-over=1$'
}

# features: D08
@test "files whose names begin with a dot are no messages" {
  message new/.hidden 'a\n'
  pop STAT | replies "$empty" '+OK 0 0'
  not_logged passed-over
}

# features: D08
@test "what is in tmp is no message" {
  message tmp/1 'a\n'
  pop STAT | replies "$empty" '+OK 0 0'
}

# --- other programs at the same time ----------------------------------------------------

# features: D49 N28
@test "a message that is gone meanwhile is an error, and no other one" {
  two_messages
  session
  rm joe/Maildir/new/1.one
  is "$gone" "$(ask 'RETR 1')"
  is "$gone" "$(ask 'TOP 1 0')"
  is '+OK 6 octets' "$(ask 'RETR 2')"
}

@test "a message that was truncated meanwhile is an error" {
  two_messages
  session
  truncate -s 2 joe/Maildir/new/1.one
  is "$gone" "$(ask 'RETR 1')"
}

@test "a message that grew meanwhile is an error" {
  two_messages
  session
  echo more >>joe/Maildir/new/1.one
  is "$gone" "$(ask 'RETR 1')"
}

# features: D40
@test "a message that became a link meanwhile is an error" {
  two_messages
  session
  # Outside, where the sandbox forbids it too, and inside.
  printf 'NO!\n' | tee joe/secret >joe/Maildir/tmp/secret
  own joe
  for target in ../../secret ../tmp/secret; do
    ln -sf "$target" joe/Maildir/new/1.one
    is "$gone" "$(ask 'RETR 1')"
  done
}

# features: D49
@test "a message whose flags change meanwhile is no other one" {
  two_messages
  session
  mv joe/Maildir/cur/2.two:2, joe/Maildir/cur/2.two:2,S
  is '+OK 6 octets' "$(ask 'RETR 2')"
}

@test "QUIT after a deleted message was removed by another is good" {
  two_messages
  session
  ask 'DELE 1'
  rm joe/Maildir/new/1.one
  is '+OK bye' "$(ask QUIT)"
}

# features: A41
@test "QUIT says +OK only if a deleted message that was renamed meanwhile is gone" {
  two_messages
  session
  ask 'DELE 1'
  mv joe/Maildir/new/1.one joe/Maildir/cur/1.one:2,S
  reply=$(ask QUIT)
  echo "$reply; left: $(left)"
  [[ $reply == -ERR* || $(left) == 2.two ]]
}

@test "a message that shrinks while it is sent cuts the session, without a dot" {
  yes 'a line of some length' | head -c 4000000 >joe/Maildir/new/1 && own joe/Maildir/new/1
  printf 'DELE 1\r\nRSET\r\nRETR 1\r\nQUIT\r\n' | as_user pop3d joe/Maildir 2>server.log | {
    for _ in 1 2 3 4; do read -r line; done
    [[ $line == '+OK 4'*' octets'* ]]
    truncate -s 100000 joe/Maildir/new/1
    cat >rest
  }
  run ! grep -q $'^\.\r$' rest
  run ! grep -q '^+OK bye' rest
  logged 'reason=lost-message'
  is 1 "$(left)"
}

# features: D48
@test "mail that arrives during a session waits for the next" {
  two_messages
  session
  message new/3 'three\n'
  is '+OK 2 11' "$(ask STAT)"
  is '+OK bye' "$(ask QUIT)"
  is '1.one 2.two 3' "$(left)"
}

# --- UPDATE, or not ---------------------------------------------------------------------

@test "QUIT removes what was deleted, and nothing else" {
  two_messages
  message new/3 'three\n'
  pop 'DELE 1' 'DELE 2' QUIT >out
  is 3 "$(left)"
}

# features: A35
@test "QUIT flags what was retrieved as seen, and moves all that was new to cur" {
  two_messages
  message new/3 'three\n'
  pop 'RETR 1' 'TOP 2 0' QUIT >out
  is 'cur/1.one:2,S cur/2.two:2, cur/3:2,' "$(files)"
}

# features: A35 D11
@test "flags that are there stay, in the order of the alphabet" {
  message cur/1:2,FT 'a\n'
  pop 'RETR 1' QUIT >out
  is cur/1:2,FST "$(files)"
}

# features: A38
@test "RSET takes back what RETR would have flagged" {
  two_messages
  pop 'RETR 2' RSET QUIT >out
  is 'cur/1.one:2, cur/2.two:2,' "$(files)"
}

@test "without QUIT nothing is flagged or moved" {
  two_messages
  pop 'RETR 1' 'RETR 2' >out
  is 'cur/2.two:2, new/1.one' "$(files)"
}

# features: A35 D23
@test "POP3_MARK_SEEN=0 and POP3_MOVE_NEW=0 leave all as it is" {
  two_messages
  export POP3_MARK_SEEN=0 POP3_MOVE_NEW=0
  pop 'RETR 1' 'RETR 2' QUIT >out
  is 'cur/2.two:2, new/1.one' "$(files)"
}

@test "no message is lost where another has its name in cur" {
  message new/1.a 'one\n'
  message cur/1.a:2,S 'two\n'
  pop 'RETR 1' QUIT >out
  is 2 "$(find joe/Maildir/new joe/Maildir/cur -type f | wc -l)"
}

# features: H22
@test "the end of the input removes nothing" {
  two_messages
  pop 'DELE 1' 'DELE 2' >out
  is '1.one 2.two' "$(left)"
  logged 'reason=eof .*dele=0 left=2'
}

# features: H13 H14
@test "a timeout says nothing and removes nothing" {
  two_messages
  export POP3_TIMEOUT=1
  { printf 'DELE 1\r\n' && sleep 1.5; } | pop3d_reads | replies "$both" '+OK message 1 deleted'
  is '1.one 2.two' "$(left)"
  logged 'reason=timeout'
}

@test "a client that reads nothing is given up after the timeout" {
  export POP3_TIMEOUT=1
  yes | head -c 3000000 >joe/Maildir/new/1 && own joe/Maildir/new/1
  printf 'DELE 1\r\nRSET\r\nRETR 1\r\nDELE 1\r\nQUIT\r\n' | as_user pop3d joe/Maildir 2>server.log | sleep 2
  logged 'reason=write-error'
  is 1 "$(left)"
}

# features: H22
@test "a client that goes in the middle of a message loses nothing" {
  yes | head -c 3000000 >joe/Maildir/new/1 && own joe/Maildir/new/1
  printf 'RETR 1\r\nDELE 1\r\nQUIT\r\n' | as_user pop3d joe/Maildir 2>server.log | head -c 100 >out
  logged 'reason=write-error'
  is 1 "$(left)"
}

# features: A41 N32
@test "a message that cannot be removed is told at QUIT, and is still there" {
  two_messages
  chmod 555 joe/Maildir/new
  pop 'DELE 1' 'DELE 2' QUIT | replies "$both" '+OK message 1 deleted' '+OK message 2 deleted' \
    '-ERR [SYS/TEMP] 1 messages not removed or not marked as read'
  is 1.one "$(left)"
  logged 'reason=update-failed .*dele=1 left=1'
}

# features: H19 H21 H22
@test "a signal that ends it removes nothing" {
  users
  two_messages
  serve
  for signal in TERM INT HUP; do
    hold "$signal" 'USER joe' 'PASS sesame' 'DELE 1'
    eventually grep -q 'message 1 deleted' "$signal"
    kill "-$signal" "$(pgrep -g "$server" -x pop3d)"
    logged "event=died .*program=back-end signal=$(kill -l "$signal")$"
    is '1.one 2.two' "$(left)"
  done
}

@test "pop3d ends with 0 however the session does" {
  run -0 as_user pop3d joe/Maildir </dev/null
  message new/1 'a\n'
  chmod 555 joe/Maildir/new
  run -0 as_user pop3d joe/Maildir <<<$'DELE 1\nQUIT'
}

# --- two sessions -----------------------------------------------------------------------

# features: A07
@test "a second session hears that the mailbox is in use, until the first is over" {
  two_messages
  session
  pop STAT | replies '-ERR [IN-USE] another session has this mailbox'
  logged 'event=failed .*error="mailbox in use"'
  is '+OK bye' "$(ask QUIT)"
  eventually free
}
free() { [[ $(pop STAT) == +OK* ]]; }

# features: D16 N07
@test "a session that is killed leaves no lock behind" {
  two_messages
  session
  kill -KILL "$(pgrep -P "$POP3D_PID")"
  eventually free
}

@test "POP3_LOCK=0 lets two sessions in" {
  two_messages
  export POP3_LOCK=0
  session
  pop STAT | replies "$both" '+OK 2 11'
}

# --- mailboxes --------------------------------------------------------------------------

# features: D07 N28
@test "a missing Maildir is an empty mailbox, and the log tells" {
  rm -r joe/Maildir
  pop STAT LIST QUIT | replies "$empty" '+OK 0 0' '+OK 0 messages' . '+OK bye'
  logged 'warning="no Maildir"'
}

# features: D07 N28
@test "a Maildir without new or cur is served, and the log tells" {
  message cur/1:2, 'a\n'
  rmdir joe/Maildir/new
  pop STAT | replies '+OK 1 messages (3 octets)' '+OK 1 3'
  logged 'warning="no Maildir"'
}

# features: D07
@test "a Maildir that joe may not enter is told to client and log" {
  chmod 000 joe/Maildir
  pop STAT | replies '-ERR [SYS/PERM] cannot read the mailbox'
  chmod 700 joe/Maildir
  logged 'event=failed .*error="the Maildir is not ours, or not to be entered"'
}

@test "a cur that joe may not read is told, and not taken for an empty one" {
  two_messages
  chmod 000 joe/Maildir/cur
  pop STAT | replies '-ERR [SYS/PERM] cannot read the mailbox'
  chmod 700 joe/Maildir/cur
}

@test "a Maildir that belongs to another is told" {
  needs_root
  chown 20002 joe/Maildir
  pop STAT | replies '-ERR [SYS/PERM] cannot read the mailbox'
}

@test "a file in the place of the Maildir is told" {
  rm -r joe/Maildir
  touch joe/Maildir
  pop STAT | replies '-ERR [SYS/PERM] cannot read the mailbox'
}

# features: B22 H28 N29
@test "root gets no mailbox" {
  needs_root
  run -111 --separate-stderr pop3d joe/Maildir </dev/null
  is $'-ERR [SYS/PERM] no mailbox for root\r' "$output"
  [[ $stderr == *'event=failed'*'pop3d was started as root'* ]]
}

# features: D06
@test "MAILDIR beats the argument" {
  maildir joe/other
  printf 'a\n' >joe/other/new/1 && own joe
  export MAILDIR=$PWD/joe/other
  pop STAT | replies '+OK 1 messages (3 octets)' '+OK 1 3'
}

@test "an empty MAILDIR says nothing" {
  two_messages
  export MAILDIR=
  pop STAT | replies "$both" '+OK 2 11'
}

# features: D04
@test "without an argument it is Maildir" {
  two_messages
  cd joe
  as_user pop3d </dev/null 2>../server.log | cat -v | replies "$both"
}

# features: H26
@test "two arguments are misuse: exit 100" {
  run -100 pop3d a b
  is 'pop3d: usage: pop3d [maildir]' "$output"
}

@test "a setting that is no number is told to client and log: exit 111" {
  for setting in POP3_TIMEOUT=0 POP3_TIMEOUT=10m POP3_BAD_COMMANDS=-1 POP3_LOCK=yes POP3_MARK_SEEN=2; do
    run -111 --separate-stderr as_user env "$setting" pop3d joe/Maildir </dev/null
    is $'-ERR [SYS/TEMP] cannot serve the mailbox now\r' "$output"
    [[ $stderr == *"${setting%=*}: not a number from "* ]]
  done
}

# --- the connection ---------------------------------------------------------------------

# features: A12
@test "a thousand commands in one go get a thousand answers in order" {
  two_messages
  for ((i = 0; i < 500; ++i)); do printf 'LIST 1\r\nLIST 2\r\n'; done >commands
  pop3d_reads <commands | tail -n +2 >out
  is 1000 "$(wc -l <out)"
  yes $'+OK 1 5^M\n+OK 2 6^M' | head -n 1000 | diff - out
}

@test "a client that closes its half still gets all answers" {
  two_messages
  users
  serve
  chat 'USER joe' 'PASS sesame' '@send RETR 1\r\nRETR 2\r\nSTAT\r\n' @shut @end | sed 's/^closed$/closed^M/' |
    replies "$greeting" '+OK now PASS' "$both" '+OK 5 octets' one . '+OK 6 octets' two2 . '+OK 2 11' closed
}

@test "commands may come octet by octet" {
  two_messages
  users
  serve
  chat 'USER joe' 'PASS sesame' '@drip STAT\r\nLIST 1\r\nQUIT\r\n' @read @read @read |
    replies "$greeting" '+OK now PASS' "$both" '+OK 2 11' '+OK 1 5' '+OK bye'
}

# features: G22
@test "the log line tells user, ip, reason and all the counts" {
  two_messages
  printf 'RETR 1\r\nTOP 2 0\r\nDELE 2\r\nQUIT\r\n' |
    USER=joe TCPREMOTEIP=192.0.2.1 POP3_SESSION=abc as_user pop3d joe/Maildir 2>server.log >out
  is 'pop3d: event=logout session=abc user=joe ip=192.0.2.1 reason=quit retr=1 top=1 octets=11 dele=1 left=1' \
    "$(<server.log)"
}
