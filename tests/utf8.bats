#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# UTF8 and LANG (RFC 6856). (B36 and so on: rows of the table of features.)

load helpers

empty='+OK 0 messages (0 octets)'
bad='-ERR control or 8-bit character in command'
german='+OK de das ist von nun an die Sprache'

# shown TEXT: as cat -v shows it, which is what replies sees.
shown() { printf '%s' "$1" | cat -v; }

# message_from NAME: a file in joe's Maildir, from standard input.
message_from() { cat >"joe/Maildir/$1" && own "joe/Maildir/$1"; }

@test "CAPA announces UTF8, with USER, and LANG, before the login and after" {
  users
  serve
  talk CAPA 'USER joe' 'PASS sesame' CAPA QUIT >out
  is 2 "$(grep -cx 'UTF8 USER^M' out)"
  is 2 "$(grep -cx 'LANG^M' out)"
}

# --- LANG ---------------------------------------------------------------------------------

@test "LANG lists the languages, in both states" {
  users
  serve
  list=('+OK languages follow' 'en English' 'de Deutsch' "fr $(shown Français)" "ja $(shown 日本語)" .)
  talk LANG 'USER joe' 'PASS sesame' LANG QUIT |
    replies "$greeting" "${list[@]}" '+OK now PASS' "$empty" "${list[@]}" '+OK bye'
}

@test "LANG chooses, for what follows, with the tag that it has chosen" {
  serve true
  talk 'LANG de' 'USER' NOOP 'lang fr-CA' QUIT | replies "$greeting" "$german" '-ERR USER verlangt einen Namen' '+OK' \
    "$(shown "+OK fr c'est désormais la langue")" '+OK au revoir'
}

@test "LANG of a language that there is not changes nothing, and says so in the old one" {
  serve true
  talk 'LANG mul' 'LANG de' 'LANG uga' 'LANG de en' QUIT | replies "$greeting" '-ERR no such language' "$german" \
    '-ERR diese Sprache gibt es hier nicht' '-ERR diese Sprache gibt es hier nicht' '+OK auf Wiedersehen'
}

@test "response codes and what programs read stay as they are" {
  users
  serve POP3_TRIES=5
  talk 'LANG ja' 'USER joe' 'PASS wrong' CAPA QUIT >out
  grep -qF -- "-ERR [AUTH] $(shown ログインに失敗しました)" out
  grep -qx 'RESP-CODES^M' out
}

@test "LANG * is the administrator's choice, English if he has none" {
  serve true
  talk 'LANG de' 'LANG *' QUIT | replies "$greeting" "$german" '+OK en that is the language from now on' '+OK bye'
  serve POP3_LANGUAGE=de-CH true
  talk NOOP 'LANG *' QUIT | replies "$greeting" '+OK' "$german" '+OK auf Wiedersehen'
}

@test "LANG * does not depend on who USER named (RFC 6856 s.7)" {
  users
  serve POP3_LANGUAGE=de
  chat 'LANG *' 'USER joe' 'LANG *' 'USER nobody' 'LANG *' QUIT | replies "$greeting" "$german" '+OK nun PASS' "$german" \
    '+OK nun PASS' "$german" '+OK auf Wiedersehen'
}

@test "a POP3_LANGUAGE that we have not is the administrator's mistake" {
  serve POP3_LANGUAGE=tlh true
  talk QUIT | replies '-ERR [SYS/TEMP] cannot serve you now, try again later'
  logged 'POP3_LANGUAGE: no language that we have'
}

@test "the language goes on after the login, whatever the way of it" {
  users
  message new/1.one 'a\n'
  serve
  own='+OK 1 Nachrichten (3 Oktette)'
  chat 'LANG de' 'USER joe' 'PASS sesame' 'RETR 1' 'DELE 1' 'RETR 1' QUIT | replies "$greeting" "$german" '+OK nun PASS' "$own" \
    '+OK 3 Oktette' a . "$(shown '+OK Nachricht 1 gelöscht')" "$(shown '-ERR die Nachricht ist gelöscht')" '+OK auf Wiedersehen'
  message new/2.two 'a\n'
  chat 'LANG de' '@apop joe sesame' QUIT | replies "$greeting" "$german" "$own" '+OK auf Wiedersehen'
  chat 'LANG de' "AUTH PLAIN $(printf '\0joe\0sesame' | base64)" QUIT | replies "$greeting" "$german" "$own" '+OK auf Wiedersehen'
}

@test "LANG after the login, and back" {
  pop 'LANG de' STAT 'DELE 9' 'LANG *' NOOP 'LANG xx' QUIT | replies "$empty" "$german" '+OK 0 0' \
    '-ERR diese Nachricht gibt es nicht' '+OK en that is the language from now on' '+OK' '-ERR no such language' '+OK bye'
  POP3_LANGUAGE=de pop NOOP 'LANG *' QUIT | replies "$empty" '+OK' "$german" '+OK auf Wiedersehen'
}

@test "who finds the mailbox taken hears so in his language" {
  users
  serve
  hold first 'USER joe' 'PASS sesame'
  eventually grep -q messages first
  chat 'LANG de' 'USER joe' 'PASS sesame' @end | sed 's/^closed/&^M/' | replies "$greeting" "$german" '+OK nun PASS' \
    '-ERR [IN-USE] eine andere Sitzung hat dieses Postfach' closed
}

@test "no client can hand a language on that it has not chosen" {
  users
  TCPSERVER= serve POP3_LANG=de POP3_UTF8=1
  talk 'USER joe' 'PASS sesame' NOOP QUIT | replies "$greeting" '+OK now PASS' "$empty" '+OK' '+OK bye'
}

@test "STLS forgets LANG and UTF8 (RFC 2595 s.4)" {
  with_tls
  users
  printf 'Subject: \xc3\xa4\n\n' | message_from new/1.one
  serve POP3_UTF8_REQUIRED=1
  chat 'LANG de' UTF8 @stls NOOP 'USER joe' 'PASS sesame' 'RETR 1' QUIT | replies "$greeting" "$german" '+OK von nun an UTF-8' \
    '+OK begin TLS negotiation' '+OK' '+OK now PASS' '+OK 1 messages (15 octets)' '-ERR [UTF8] this message needs UTF8' '+OK bye'
}

# --- UTF8 ---------------------------------------------------------------------------------

@test "UTF8 is for before the login, has no argument, and may come twice" {
  users
  serve
  talk UTF8 'UTF8 x' utf8 'USER joe' 'PASS sesame' UTF8 QUIT | replies "$greeting" '+OK UTF-8 from now on' \
    '-ERR this command takes no argument' '+OK UTF-8 from now on' '+OK now PASS' "$empty" \
    '-ERR UTF8 comes before the login' '+OK bye'
}

@test "names and passwords may be UTF-8, with UTF8 or without" {
  users "jürgen:Grüße, 日本:$joe_uid:$joe_gid:$PWD/joe"
  serve POP3_TRIES=9
  user=$(printf 'USER jürgen') pass=$(printf 'PASS Grüße, 日本')
  talk "$user" "$pass" QUIT | replies "$greeting" '+OK now PASS' "$empty" '+OK bye'
  talk UTF8 "$user" "$pass" QUIT | replies "$greeting" '+OK UTF-8 from now on' '+OK now PASS' "$empty" '+OK bye'
  talk "$user" 'PASS Grusse' QUIT | replies "$greeting" '+OK now PASS' '-ERR [AUTH] login failed' '+OK bye'
  # RFC 6856 s.2.2: SASLprep. The same letters, written as base letter and mark.
  talk "USER $(printf 'ju\xcc\x88rgen')" "PASS $(printf 'Gru\xcc\x88\xc3\x9fe, 日本')" QUIT |
    replies "$greeting" '+OK now PASS' "$empty" '+OK bye'
}

@test "APOP with a name in UTF-8" {
  users "jürgen:sesame-sesame:$joe_uid:$joe_gid:$PWD/joe"
  serve
  python3 -IS - "$PORT" <<'END' | tr -d '\r' >out
import hashlib, re, socket, sys
client = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20)
stamp = re.search(rb"<.*>", client.recv(500)).group()
client.sendall("APOP jürgen ".encode() + hashlib.md5(stamp + b"sesame-sesame").hexdigest().encode() + b"\r\nQUIT\r\n")
while part := client.recv(500):
    sys.stdout.buffer.write(part)
END
  is "$empty" "$(head -n 1 out)"
}

@test "what is not UTF-8, or holds its control characters, is refused" {
  users
  serve POP3_TRIES=9
  for octets in '\xe9' '\xc3' '\xc0\x80' '\xed\xa0\x80' '\xf4\x90\x80\x80' '\xc2\x85'; do
    chat "@send USER j${octets}e\r\n" @read 'USER joe' "@send PASS j${octets}e\r\n" @read QUIT |
      replies "$greeting" "$bad" '+OK now PASS' "$bad" '+OK bye'
  done
}

@test "all other commands are ASCII, in UTF-8 mode too" {
  users
  serve
  chat UTF8 '@send NOOP \xc3\xa4\r\n' @read '@send LANG \xc3\xa4\r\n' @read '@send CAP\xc3\xa4\r\n' @read 'USER joe' \
    'PASS sesame' '@send NOOP \xc3\xa4\r\n' @read QUIT | replies "$greeting" '+OK UTF-8 from now on' "$bad" "$bad" "$bad" \
    '+OK now PASS' "$empty" "$bad" '+OK bye'
}

@test "a message with UTF-8 in its header goes out as it is, to any client" {
  users
  printf 'Subject: \xc3\xa4\n\nb\xc3\xa4\n' | message_from new/1.one
  serve
  text=("$(shown 'Subject: ä')" '' "$(shown bä)" .)
  talk 'USER joe' 'PASS sesame' 'LIST 1' 'RETR 1' 'TOP 1 9' QUIT | replies "$greeting" '+OK now PASS' '+OK 1 messages (20 octets)' \
    '+OK 1 20' '+OK 20 octets' "${text[@]}" '+OK top of message follows' "${text[@]}" '+OK bye'
}

@test "POP3_UTF8_REQUIRED=1: it does so in UTF-8 mode only" { # RFC 6856 s.2.1, s.5
  users
  printf 'Subject: \xc3\xa4\n\n' | message_from new/1.one
  printf 'Subject: a\n\nb\xc3\xa4\n' | message_from new/2.two
  serve POP3_UTF8_REQUIRED=1
  wanted='-ERR [UTF8] this message needs UTF8'
  chat 'USER joe' 'PASS sesame' 'RETR 1' 'TOP 1 0' 'LIST 1' 'RETR 2' QUIT >out
  is 2 "$(grep -cxF -- "$wanted^M" out)"
  grep -qx '+OK 1 15^M' out
  grep -qxF "$(shown bä)^M" out
  # What was not sent is not marked as read.
  ls joe/Maildir/cur | grep -qx '1.one:2,'
  ls joe/Maildir/cur | grep -qx '2.two:2,S'
  chat UTF8 'USER joe' 'PASS sesame' 'RETR 1' QUIT | replies "$greeting" '+OK UTF-8 from now on' '+OK now PASS' \
    '+OK 2 messages (34 octets)' '+OK 15 octets' "$(shown 'Subject: ä')" '' . '+OK bye'
}

@test "every reply of ours for people is translated" {
  cd "$BATS_TEST_DIRNAME/../pop3d"
  grep -ohE 'Reply::(refused|misused), *"[^"]*"|(say|say_ok|refuse)\("[^"]*"' login_child.cc sasl.cc session*.cc listings.cc \
    retrieve.cc xtnd.cc |
    sed 's/^[^"]*"//; s/"$//; s/^\[[A-Z/0-9]*\] //' | sort -u >"$BATS_TEST_TMPDIR/texts"
  test "$(wc -l <"$BATS_TEST_TMPDIR/texts")" -gt 40
  while IFS= read -r text; do
    grep -qF "\"$text\\0\"" language_texts.cc || echo "not translated: $text"
  done <"$BATS_TEST_TMPDIR/texts" >"$BATS_TEST_TMPDIR/missing"
  is '' "$(cat "$BATS_TEST_TMPDIR/missing")"
}
