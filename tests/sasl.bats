#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# AUTH (RFC 5034): each mechanism through the whole chain, right and wrong.

load helpers

failed='-ERR [AUTH] login failed'
logged_in='+OK 0 messages (0 octets)'

# Of CAPA's lines only those that tell how to log in.
ways() { sed '/^+OK capabilities/,/^\.^M$/ { /^USER\|^SASL\|^STLS/!d }'; }

# base64 OCTETS, which may hold \0 and \xHH.
base64() { printf '%b' "$1" | command base64 -w0; }
letters() { printf "%${1}s" '' | tr ' ' x; }

# answers LINE REPLY...: what the server says to a line, and to QUIT.
answers() { talk "$1" QUIT | replies "$greeting" "${@:2}" '+OK bye'; }
# plain OCTETS REPLY: to AUTH PLAIN with them.
plain() { answers "AUTH PLAIN $(base64 "$1")" "$2"; }

scram() { timeout 20 python3 -IS "$BATS_TEST_DIRNAME/scram.py" "$PORT" "$@" QUIT; }
# scram_refused ARGUMENT...: scram.py's login fails.
scram_refused() { is "$failed"$'\n+OK bye' "$(scram "$@")"; }
scram_passes() { is $'server proved itself\n'"$logged_in"$'\n+OK bye' "$(scram "$@")"; }

gsasl() { timeout 20 "$TEST_PROGRAMS/gsasl_client" "$PORT" "$@"; }

# --- what is offered --------------------------------------------------------------------

# features: M11 A60
@test "AUTH alone lists the mechanisms, the same as CAPA" {
  users
  serve
  talk AUTH QUIT | replies "$greeting" '+OK mechanisms follow' SCRAM-SHA-256 PLAIN LOGIN . '+OK bye'
  talk CAPA QUIT | grep '^SASL SCRAM-SHA-256 PLAIN LOGIN^M$'
}

@test "POP3_MECHANISMS chooses, in any case, in our order" {
  users
  serve POP3_MECHANISMS='Login cram-md5  SCRAM-SHA-256'
  talk CAPA AUTH QUIT | ways | replies '+OK POP3 ready' USER 'SASL SCRAM-SHA-256 CRAM-MD5 LOGIN' \
    '+OK mechanisms follow' SCRAM-SHA-256 CRAM-MD5 LOGIN . '+OK bye'
}

# features: A19
@test "without a mechanism CAPA has no SASL, and without APOP the greeting no timestamp" {
  users
  serve POP3_MECHANISMS=user
  talk CAPA AUTH "AUTH PLAIN $(base64 '\0joe\0sesame')" 'APOP joe c4c9334bac560ecc979e58001b3e22fb' QUIT | ways |
    replies '+OK POP3 ready' USER '+OK mechanisms follow' . '-ERR no such mechanism here' '-ERR no APOP here' '+OK bye'
}

@test "what is offered before the login CAPA tells after it too" {
  users
  serve POP3_MECHANISMS='plain cram-md5'
  talk CAPA "AUTH PLAIN $(base64 '\0joe\0sesame')" CAPA QUIT >out
  is 2 "$(grep -c '^SASL CRAM-MD5 PLAIN^M$' out)"
}

@test "EXTERNAL, tokens and channel bindings need what a plain connection has not" {
  users
  serve POP3_OAUTH=
  for mechanism in SCRAM-SHA-256-PLUS EXTERNAL OAUTHBEARER XOAUTH2 CRAM-MD5 GSSAPI SCRAM-SHA-1 APOP USER; do
    answers "AUTH $mechanism" '-ERR no such mechanism here'
  done
}

@test "a mechanism that is not known stops the service, and the log says so" {
  run -111 --separate-stderr service POP3_MECHANISMS='plain digest-md5' pop3-login localhost true </dev/null
  [[ $stderr == *'error="POP3_MECHANISMS: names a mechanism that is not known"'* ]]
}

# --- AUTH and its lines -----------------------------------------------------------------

@test "AUTH and mechanisms may be typed in any case" {
  users
  serve
  answers "auth Plain $(base64 '\0joe\0sesame')" "$logged_in"
}

@test "AUTH with too many words, or blanks" {
  serve true
  for line in 'AUTH PLAIN AA== AA==' 'AUTH PLAIN  AA==' 'AUTH  PLAIN' 'AUTH PLAIN '; do
    answers "$line" '-ERR AUTH needs a mechanism'
  done
  answers 'AUTH ' '+OK mechanisms follow' SCRAM-SHA-256 PLAIN LOGIN .
}

@test "what is no base64 is refused, and no try" {
  users
  serve POP3_TRIES=1
  for response in A AA AAA A=== AA=A ==== 'AAA=AAAA' '*' 'AA*A' 'AB==' 'AAB=' 'AA=='$'\x0b' '-_-_'; do
    chat 'AUTH PLAIN' "@send $response\\r\\n" @read "AUTH PLAIN $(base64 '\0joe\0sesame')" QUIT >out
    if [ "$response" = '*' ]; then wrong='-ERR authentication cancelled'; else wrong='-ERR not base64'; fi
    replies "$greeting" '+ ' "$wrong" "$logged_in" '+OK bye' <out
  done
}

@test "an empty response is =, with AUTH, and nothing, when asked" {
  serve true
  answers 'AUTH PLAIN =' '-ERR malformed response'
  talk 'AUTH PLAIN' '' QUIT | replies "$greeting" '+ ' '-ERR malformed response' '+OK bye'
  talk 'AUTH PLAIN' '=' QUIT | replies "$greeting" '+ ' '-ERR not base64' '+OK bye'
}

@test "a response of 12288 octets is read, a longer one refused to its end, and the next command works" {
  serve true
  response=$(base64 "\\0joe\\0$(letters 9211)")
  is 12288 "${#response}"
  chat 'AUTH PLAIN' "@send ${response:2}\\r\\n" @read QUIT |
    replies "$greeting" '+ ' '-ERR not base64' '+OK bye'
  chat 'AUTH PLAIN' "@send ${response:4}\\r\\n" @read QUIT |
    replies "$greeting" '+ ' '-ERR malformed response' '+OK bye'
  chat 'AUTH PLAIN' "@send $response\\r\\n" @read 'AUTH PLAIN' "@send $response$response\\r\\n" @read QUIT |
    replies "$greeting" '+ ' '-ERR line too long' '+ ' '-ERR line too long' '+OK bye'
}

@test "an exchange that goes wrong is a bad command, and the last one closes" {
  serve POP3_BAD_COMMANDS=2 true
  chat 'AUTH PLAIN' '*' 'AUTH NTLM' @end >out
  is closed "$(tail -n 1 out)"
  logged 'event=end .*reason=bad-commands tries=0'
}

@test "a client that goes in the middle of an exchange leaves nothing behind" {
  serve true
  chat 'AUTH PLAIN' @shut @end >out
  is closed "$(tail -n 1 out)"
  logged 'event=end .*reason=eof tries=0'
}

@test "AUTH forgets USER" {
  users
  serve
  talk 'USER joe' AUTH 'PASS sesame' QUIT | replies "$greeting" '+OK now PASS' '+OK mechanisms follow' \
    SCRAM-SHA-256 PLAIN LOGIN . '-ERR USER first' '+OK bye'
}

@test "commands pipelined behind an exchange reach the back end" {
  users
  serve
  talk 'AUTH LOGIN' "$(base64 joe)" "$(base64 sesame)" STAT QUIT |
    replies "$greeting" '+ VXNlcm5hbWU6' '+ UGFzc3dvcmQ6' "$logged_in" '+OK 0 0' '+OK bye'
}

# --- PLAIN and LOGIN --------------------------------------------------------------------

@test "PLAIN logs in, with AUTH or when asked" {
  users
  serve
  plain '\0joe\0sesame' "$logged_in"
  talk 'AUTH PLAIN' "$(base64 '\0joe\0sesame')" QUIT | replies "$greeting" '+ ' "$logged_in" '+OK bye'
  logged 'event=login .*user=joe auth=plain tries=1$'
}

@test "PLAIN with the wrong password, or for nobody" {
  users
  serve
  plain '\0joe\0wrong' "$failed"
  plain '\0nobody\0sesame' "$failed"
  plain '\0joe\0c4c9334bac560ecc979e58001b3e22fb' "$failed"
  logged 'user=<joe>, method=PLAIN, rip=127.0.0.1, event=refused .*auth=plain reason=auth tries=1$'
}

@test "PLAIN acts for the same user only" {
  users "$joe" "ann:sesame:$joe_uid:$joe_gid:$PWD/joe"
  serve
  plain 'joe\0joe\0sesame' "$logged_in"
  plain 'ann\0joe\0sesame' '-ERR malformed response'
  plain 'root\0joe\0sesame' '-ERR malformed response'
}

@test "PLAIN's NULs end nothing but its fields" {
  users
  serve
  for message in joe '\0joe' '\0joe\0' '\0\0sesame' 'joe\0sesame' '\0joe\0sesame\0' '\0joe\0sesame\0x' '\0\0joe\0sesame'; do
    plain "$message" '-ERR malformed response'
  done
}

@test "PLAIN's name holds no blank and no control character, and is not too long" {
  users
  serve
  plain '\0joe x\0sesame' '-ERR malformed response'
  plain '\0joe\n\0sesame' '-ERR malformed response'
  plain "\\0$(letters 129)\\0sesame" '-ERR name or secret too long'
  talk 'AUTH PLAIN' "$(base64 "\\0joe\\0$(letters 249)")" QUIT |
    replies "$greeting" '+ ' '-ERR name or secret too long' '+OK bye'
  talk 'AUTH PLAIN' "$(base64 "\\0$(letters 128)\\0$(letters 248)")" QUIT |
    replies "$greeting" '+ ' "$failed" '+OK bye'
}

@test "names and passwords may be UTF-8, composed or not" {
  users $'j\xc3\xb6:s\xc3\xa9same:'"$joe_uid:$joe_gid:$PWD/joe"
  serve
  plain '\0j\xc3\xb6\0s\xc3\xa9same' "$logged_in"
  plain '\0jo\xcc\x88\0se\xcc\x81same' "$logged_in"
  talk "AUTH LOGIN $(base64 'j\xc3\xb6')" "$(base64 's\xc3\xa9same')" QUIT |
    replies "$greeting" '+ UGFzc3dvcmQ6' "$logged_in" '+OK bye'
  logged 'event=login .*user="j\\xc3\\xb6" auth=plain'
  plain '\0j\xc3\xb6\0sesame' "$failed"
  plain '\0j\xf6\0s\xe9same' "$failed"
}

@test "a password may hold what no command line can" {
  users "joe:two  words:$joe_uid:$joe_gid:$PWD/joe"
  serve
  plain '\0joe\0two  words' "$logged_in"
  plain '\0joe\0two\r\nwords' "$failed"
}

@test "LOGIN logs in, the name with AUTH or when asked" {
  users
  serve
  talk "AUTH LOGIN $(base64 joe)" "$(base64 sesame)" QUIT |
    replies "$greeting" '+ UGFzc3dvcmQ6' "$logged_in" '+OK bye'
  logged 'event=login .*auth=login'
}

@test "LOGIN's mistakes" {
  users
  serve
  talk 'AUTH LOGIN' "$(base64 joe)" "$(base64 wrong)" 'AUTH LOGIN' '*' 'AUTH LOGIN' "$(base64 joe)" '*' \
    'AUTH LOGIN =' 'AUTH LOGIN' "$(base64 joe)" '' 'AUTH LOGIN' "$(base64 joe)" "$(base64 'ses\0ame')" \
    "AUTH LOGIN $(base64 "$(letters 129)")" QUIT |
    replies "$greeting" '+ VXNlcm5hbWU6' '+ UGFzc3dvcmQ6' "$failed" \
      '+ VXNlcm5hbWU6' '-ERR authentication cancelled' \
      '+ VXNlcm5hbWU6' '+ UGFzc3dvcmQ6' '-ERR authentication cancelled' '-ERR malformed response' \
      '+ VXNlcm5hbWU6' '+ UGFzc3dvcmQ6' '-ERR malformed response' \
      '+ VXNlcm5hbWU6' '+ UGFzc3dvcmQ6' '-ERR malformed response' '-ERR name or secret too long' '+OK bye'
}

# --- CRAM-MD5 ---------------------------------------------------------------------------

@test "CRAM-MD5 logs in, where it is named" {
  users
  serve POP3_MECHANISMS='apop cram-md5'
  chat '@cram joe sesame' QUIT | replies "$greeting" "$logged_in" '+OK bye'
  logged 'event=login .*auth=cram-md5'
}

@test "CRAM-MD5's challenge is the greeting's timestamp" {
  serve POP3_MECHANISMS='apop cram-md5' true
  chat 'AUTH CRAM-MD5' '*' QUIT >out
  stamp=$(grep -o '<.*>' out)
  grep -qxF "+ $(base64 "$stamp")^M" out
}

@test "CRAM-MD5's mistakes" {
  users
  serve POP3_MECHANISMS=cram-md5
  chat '@cram joe wrong' '@cram nobody sesame' "AUTH CRAM-MD5 $(base64 'joe x')" QUIT |
    replies '+OK POP3 ready' "$failed" "$failed" '-ERR this mechanism takes no initial response' '+OK bye'
  for response in 'joe' '' 'joe x' ' c4c9334bac560ecc979e58001b3e22fb' 'joe c4c9334bac560ecc979e58001b3e22f' \
    'j\0e c4c9334bac560ecc979e58001b3e22fb' 'joe doe c4c9334bac560ecc979e58001b3e22fb'; do
    chat 'AUTH CRAM-MD5' "@base64 $response" QUIT >out
    grep -qE '^-ERR (malformed response|name or secret too long)\^M$' out
  done
}

@test "a password is not taken for a digest, nor a digest for a password" {
  digest=$(printf sesame | md5sum | cut -d ' ' -f 1)
  users "joe:$digest:$joe_uid:$joe_gid:$PWD/joe"
  serve POP3_MECHANISMS='plain apop cram-md5'
  talk "APOP joe $digest" QUIT | replies "$greeting" "$failed" '+OK bye'
  chat 'AUTH CRAM-MD5' "@base64 joe $digest" QUIT | tail -n 2 | replies "$failed" '+OK bye'
  plain "\\0joe\\0000$digest" "$logged_in"
}

# --- what the verifier gets ---------------------------------------------------------------

# recorded LINE...: what stands on descriptor 3, and in POP3_AUTH, when the client says that.
recorded() {
  verifier 'echo "$POP3_AUTH" >auth; cat <&3 | tr "\0" "|" >record; printf - >&4; exit 1'
  serve POP3_MECHANISMS='apop plain login cram-md5 scram-sha-256' "${settings[@]}" ./verifier
  chat "$@" QUIT >out
  stamp=$(grep -o '<.*>' out)
  echo "$(<auth): $(<record)"
}

@test "PLAIN and LOGIN look like PASS to a verifier, but for POP3_AUTH" {
  is 'plain: joe|sesame|' "$(recorded "AUTH PLAIN $(base64 '\0joe\0sesame')" | sed 's/<.*//')"
  is 'login: joe|sesame|' "$(recorded "AUTH LOGIN $(base64 joe)" '@base64 sesame' | sed 's/<.*//')"
  grep -qE '^joe\|sesame\|<[^|]*>\|$' record
}

@test "CRAM-MD5's response stands before its challenge, or behind" {
  digest=C4C9334BAC560ECC979E58001B3E22FB
  recorded 'AUTH CRAM-MD5' "@base64 joe $digest" >/dev/null
  is "joe|${digest,,}|$(grep -o '<.*>' out)|" "$(<record)"
  settings=(POP3_CRAM_ORDER=challenge)
  recorded 'AUTH CRAM-MD5' "@base64 joe $digest" >/dev/null
  is "joe|$(grep -o '<.*>' out)|${digest,,}|" "$(<record)"
  is cram-md5 "$(<auth)"
}

@test "SCRAM's first step gives the verifier no proof, a nonce of ours, the message, and no binding" {
  is 'scram-sha-256: joe||NONCE|n,,n=joe,r=abc|||' \
    "$(recorded "AUTH SCRAM-SHA-256 $(base64 n,,n=joe,r=abc)" | sed -E 's/\|[a-z2-7]{24}\|/|NONCE|/')"
}

@test "two SCRAM logins have two nonces" {
  verifier 'tr "\0" "\n" <&3 | sed -n 3p >>nonces; printf - >&4; exit 1'
  serve ./verifier
  chat "AUTH SCRAM-SHA-256 $(base64 n,,n=joe,r=a)" "AUTH SCRAM-SHA-256 $(base64 n,,n=joe,r=a)" QUIT >out
  is 2 "$(sort -u nonces | grep -cE '^[a-z2-7]{24}$')"
}

@test "a verifier that has something to say outside of SCRAM is not believed" {
  verifier 'printf =hello >&4; exit 0'
  serve ./verifier
  answers "AUTH PLAIN $(base64 '\0joe\0sesame')" "$failed"
}

@test "a verifier that dies in SCRAM's second step is a passing trouble, and the last try" {
  verifier '[ -e first ] && kill -SEGV $$; >first; printf =r=abc >&4; exit 0'
  serve ./verifier
  chat "AUTH SCRAM-SHA-256 $(base64 n,,n=joe,r=a)" "@base64 c=biws,r=abc,p=AAAA" @end | sed 's/^closed/&^M/' |
    replies "$greeting" "+ $(base64 r=abc)" '-ERR [SYS/TEMP] cannot verify logins now, try again later' closed
}

@test "SCRAM's last message goes out before the back end begins, and it begins when that is acknowledged" {
  verifier '[ -e first ] || { >first; printf =r=abc >&4; exit 0; }
printf =v=abc >&4
[ -n "$(head -c 1 <&4)" ] || { >gone; exit 1; }
printf + >&4; exec 4>&-; echo served'
  serve ./verifier
  first="AUTH SCRAM-SHA-256 $(base64 n,,n=joe,r=a)"
  chat "$first" '@base64 c=biws,r=abc,p=AAAA' '' @end | sed 's/^\(closed\|served\)/&^M/' |
    replies "$greeting" "+ $(base64 r=abc)" "+ $(base64 v=abc)" served closed
  rm first
  chat "$first" '@base64 c=biws,r=abc,p=AAAA' '*' QUIT | tail -n 2 |
    replies '-ERR authentication cancelled' '+OK bye'
  eventually test -e gone
}

# --- SCRAM-SHA-256 ----------------------------------------------------------------------

# features: A61
@test "SCRAM-SHA-256 logs in, and the server proves itself" {
  users
  serve
  scram_passes joe sesame
  scram_passes joe sesame asked=1
  scram_passes joe sesame gs2=y,,
  scram_passes joe sesame gs2=n,a=joe,
  scram_passes joe sesame extra=,x=whatever
  logged 'event=login .*auth=scram-sha-256 tries=1$'
}

@test "SCRAM-SHA-256 from stored keys, without a secret that could be read" {
  keys=$(python3 -IS - <<'PYTHON'
import base64, hashlib, hmac
salted = hashlib.pbkdf2_hmac("sha256", b"sesame", b"0123456789abcdef", 4096)
stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
print("4096", *(base64.b64encode(x).decode() for x in
      (b"0123456789abcdef", stored, hmac.digest(salted, b"Server Key", "sha256"))), sep=",")
PYTHON
  )
  users "joe:{SCRAM-SHA-256}$keys:$joe_uid:$joe_gid:$PWD/joe"
  serve
  scram_passes joe sesame
  scram_refused joe wrong
  plain '\0joe\0sesame' "$logged_in"
  chat '@apop joe sesame' QUIT | replies "$greeting" "$failed" '+OK bye'
}

@test "SCRAM-SHA-256 with a name that has to be escaped" {
  users "j,o=e:sesame:$joe_uid:$joe_gid:$PWD/joe"
  serve
  scram_passes j,o=e sesame
  logged 'user="j,o=e" auth=scram-sha-256'
}

@test "SCRAM: a wrong password, nobody's, another name to act for" {
  users
  serve
  scram_refused joe wrong
  scram_refused nobody sesame
  scram_refused joe sesame gs2=n,a=ann,
}

@test "SCRAM: nobody has a salt too, always the same, as has everybody" {
  users
  serve
  salt() {
    chat "AUTH SCRAM-SHA-256 $(base64 "n,,n=$1,r=abc")" '*' QUIT | sed -n 's/^+ \(.*\)^M/\1/p' |
      command base64 -d | grep -o 's=.*'
  }
  is "$(salt joe)" "$(salt joe)"
  is "$(salt nobody)" "$(salt nobody)"
  [ "$(salt joe)" != "$(salt nobody)" ]
  is "$(salt joe | sed 's/[^,]/x/g')" "$(salt nobody | sed 's/[^,]/x/g')"  # of the same length, too
}

@test "SCRAM: a nonce that is not the server's, or a proof that is none" {
  users
  serve
  scram_refused joe sesame more=x
  scram_refused joe sesame nonce=abc
  scram_refused joe sesame proof=AAAA
  scram_refused joe sesame proof=
  scram_refused joe sesame "proof=$(base64 "$(letters 32)")"
  scram_refused joe sesame channel=eSws
  scram_refused joe sesame channel=
  scram_refused joe sesame final=p=AAAA
}

@test "SCRAM: messages that are none" {
  users
  serve
  for first in n n, n,, x,,n=joe,r=abc n,,r=abc n,,n=,r=abc n,,n=joe, 'n,,n=joe,m=x,r=abc' n,,m=x,n=joe,r=abc \
    n,,n=j=41oe,r=abc 'n,,n=j oe,r=abc' n,b=joe,n=joe,r=abc; do
    scram joe sesame first="$first" >out
    grep -qE '^-ERR (malformed response|\[AUTH\] login failed)$' out || { cat out && echo "$first" && false; }
    ! grep -q 'proved itself' out || false
  done
  is $'-ERR malformed response\n+OK bye' "$(scram joe sesame first=n,,n=j=41oe,r=abc)"
  is $'-ERR malformed response\n+OK bye' "$(scram joe sesame final=)"
  is $'-ERR name or secret too long\n+OK bye' "$(scram joe sesame asked=1 extra=",x=$(letters 512)")"
  is $'-ERR name or secret too long\n+OK bye' "$(scram joe sesame final="c=biws,r=$(letters 1024),p=AAAA")"
}

@test "SCRAM: the client gives up, or goes, at each step" {
  users
  serve
  for step in 1 2 3; do
    scram joe sesame asked=1 stop=$step | tail -n 2 >out
    is $'-ERR authentication cancelled\n+OK bye' "$(<out)"
    : >server.log
    scram joe sesame asked=1 gone=$step
    logged 'event=end .*reason=eof'
    not_logged 'event=(login|died|failed)'
  done
}

@test "SCRAM: behind a proof that is refused there is nothing to acknowledge" {
  users
  serve
  first="AUTH SCRAM-SHA-256 $(base64 n,,n=joe,r=abc)"
  chat "$first" '@base64 c=biws,r=abc,p=AAAA' STAT QUIT | sed 1,2d |
    replies "$failed" '-ERR log in first' '+OK bye'
}

@test "SCRAM counts its tries from the first message, and the last one may be finished" {
  users
  serve POP3_TRIES=2
  first="AUTH SCRAM-SHA-256 $(base64 n,,n=joe,r=abc)"
  chat "$first" '*' "$first" '*' "$first" @end >out
  is 2 "$(grep -c '^-ERR authentication cancelled' out)"
  is 1 "$(grep -c '^-ERR \[AUTH\] login failed' out)"
  is closed "$(tail -n 1 out)"
  logged 'event=end .*reason=tries tries=2'
  logged 'event=refused .*user=joe auth=scram-sha-256 reason=policy tries=2$'
  serve POP3_TRIES=1
  scram_passes joe sesame
}

# --- SCRAM-SHA-256-PLUS -----------------------------------------------------------------

@test "over TLS SCRAM-SHA-256-PLUS is offered first" {
  with_tls
  users
  serve
  chat @stls AUTH CAPA QUIT | ways |
    replies "$greeting" '+OK begin TLS negotiation' '+OK mechanisms follow' SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN \
      LOGIN . USER 'SASL SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN LOGIN' '+OK bye'
}

@test "-PLUS with tls-exporter, by GNU SASL, in TLS 1.3 and 1.2" {
  with_tls
  users
  serve
  is "$logged_in"$'\nTLSv1.3 SCRAM-SHA-256-PLUS\n+OK bye' "$(gsasl SCRAM-SHA-256-PLUS joe sesame)"
  is "$logged_in"$'\nTLSv1.2 SCRAM-SHA-256-PLUS\n+OK bye' "$(gsasl SCRAM-SHA-256-PLUS joe sesame bound tls1.2)"
  logged 'event=login .*auth=scram-sha-256-plus tries=1 tls=TLSv1.3$'
}

@test "-PLUS with the exporter of another connection is refused, by GNU SASL" {
  with_tls
  users
  serve
  run -1 gsasl SCRAM-SHA-256-PLUS joe sesame wrong
  is "$failed" "${lines[0]}"
  run -1 gsasl SCRAM-SHA-256-PLUS joe wrong
  is "$failed" "${lines[0]}"
}

@test "without -PLUS GNU SASL logs in by SCRAM-SHA-256 over TLS" {
  with_tls
  users
  serve
  is "$logged_in"$'\nTLSv1.3 SCRAM-SHA-256\n+OK bye' "$(gsasl SCRAM-SHA-256 joe sesame unbound)"
}

@test "-PLUS with tls-server-end-point, by STLS and implicit" {
  with_tls
  users
  serve
  scram_passes joe sesame tls=stls gs2=p=tls-server-end-point,,
  serve POP3_TLS=implicit
  scram_passes joe sesame tls=implicit gs2=p=tls-server-end-point,,
}

@test "-PLUS: wrong data, none, of an unknown type, or for another" {
  with_tls
  users
  serve
  scram_refused joe sesame tls=stls gs2=p=tls-server-end-point,, binding=00
  scram_refused joe sesame tls=stls gs2=p=tls-server-end-point,, binding=
  scram_refused joe sesame tls=stls gs2=p=tls-exporter,,
  scram_refused joe sesame tls=stls gs2=p=tls-unique,,
  scram_refused joe sesame tls=stls gs2=p=tls-server-end-point,, channel=biws
}

@test "-PLUS without a channel binding, and a binding without -PLUS" {
  with_tls
  users
  serve
  scram_refused joe sesame tls=stls mechanism=SCRAM-SHA-256-PLUS
  scram_refused joe sesame tls=stls mechanism=SCRAM-SHA-256-PLUS gs2=y,,
  scram_refused joe sesame tls=stls mechanism=SCRAM-SHA-256 gs2=p=tls-server-end-point,,
  scram_refused joe sesame mechanism=SCRAM-SHA-256 gs2=p=tls-server-end-point,, binding=00
}

@test "-PLUS: a client that was told there is none is refused, where there is" {
  with_tls
  users
  serve
  scram_refused joe sesame tls=stls gs2=y,,
  scram_passes joe sesame gs2=y,,
  scram_passes joe sesame tls=stls gs2=n,,
}

@test "-PLUS is not offered in clear" {
  users
  serve
  is $'-ERR no such mechanism here\n+OK bye' "$(scram joe sesame mechanism=SCRAM-SHA-256-PLUS gs2=p=tls-server-end-point,, binding=00)"
}

# --- EXTERNAL ---------------------------------------------------------------------------

# client_certificate NAME SUBJECT: NAME.pem, with its key, from the authority in ca.pem.
client_certificate() {
  [ -e ca.pem ] || certificate ca -addext basicConstraints=critical,CA:TRUE
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj "$2" -keyout "$1.key" -out "$1.req" 2>/dev/null
  openssl x509 -req -in "$1.req" -CA ca.pem -CAkey ca.key -days 30 -out "$1.pem" 2>/dev/null
  sha256=$(openssl x509 -in "$1.pem" -outform DER | sha256sum | cut -d ' ' -f 1)
  cat "$1.key" >>"$1.pem"
}

# external FILE RESPONSE REPLY: AUTH EXTERNAL with that certificate.
external() {
  chat "@certificate $1" @stls "AUTH EXTERNAL $2" QUIT | replies "$greeting" '+OK begin TLS negotiation' "$3" '+OK bye'
}

@test "EXTERNAL by the certificate itself, and by the name in it" {
  client_certificate joe /CN=joe
  with_tls -C "$PWD/ca.pem"
  users "joe:{CERT}$sha256:$joe_uid:$joe_gid:$PWD/joe" "other:{CERT}joe:$joe_uid:$joe_gid:$PWD/joe"
  serve
  external joe.pem "$(base64 joe)" "$logged_in"
  external joe.pem = "$logged_in"
  external joe.pem "$(base64 other)" "$logged_in"
  logged 'event=login .*user=joe auth=external tries=1 tls=TLSv1.3$'
  chat '@certificate joe.pem' @stls 'AUTH EXTERNAL' '' QUIT | sed 1,2d | replies '+ ' "$logged_in" '+OK bye'
}

@test "EXTERNAL is refused for another's login, for another's certificate, and by a password's secret" {
  client_certificate ann /CN=ann
  client_certificate joe /CN=joe
  with_tls -C "$PWD/ca.pem"
  users "joe:{CERT}$sha256:$joe_uid:$joe_gid:$PWD/joe" "ann:sesame:$joe_uid:$joe_gid:$PWD/joe"
  serve
  external joe.pem "$(base64 ann)" "$failed"
  external ann.pem "$(base64 joe)" "$failed"
  external ann.pem = "$failed"
  external joe.pem "$(base64 nobody)" "$failed"
  external joe.pem "$(base64 'jo\0e')" '-ERR name or secret too long'
  chat @stls "AUTH PLAIN $(base64 "\\0joe\\0000$sha256")" QUIT | sed 1,2d | replies "$failed" '+OK bye'
}

@test "EXTERNAL is offered to who has sent a certificate, and nobody else" {
  client_certificate joe /CN=joe
  with_tls -C "$PWD/ca.pem"
  users
  serve
  chat @stls AUTH 'AUTH EXTERNAL =' QUIT | sed 1,2d | replies '+OK mechanisms follow' SCRAM-SHA-256-PLUS \
    SCRAM-SHA-256 PLAIN LOGIN . '-ERR no such mechanism here' '+OK bye'
  chat '@certificate joe.pem' @stls AUTH QUIT | sed 1,2d | replies '+OK mechanisms follow' SCRAM-SHA-256-PLUS \
    SCRAM-SHA-256 EXTERNAL PLAIN LOGIN . '+OK bye'
}

@test "EXTERNAL's record: login, fingerprint, timestamp, name" {
  client_certificate joe /CN=joe
  with_tls -C "$PWD/ca.pem"
  verifier 'cat <&3 | tr "\0" "|" >record; printf - >&4; exit 1'
  serve ./verifier
  external joe.pem = "$failed"
  grep -qE "^joe\\|$sha256\\|<[^|]*>\\|joe\\|\$" record
}

# --- OAUTHBEARER and XOAUTH2 ------------------------------------------------------------

bearer() { base64 "n,a=$1,\\x01host=localhost\\x01auth=Bearer $2\\x01\\x01"; }
xoauth2() { base64 "user=$1\\x01auth=Bearer $2\\x01\\x01"; }
dummy='+ eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0='
# offer_tokens: a server that takes joe's, of oauth-jwt's example.
offer_tokens() {
  cp "$BATS_TEST_DIRNAME/../scripts/oauth-jwt" .
  printf 'a secret that is known to both of the sides\n' >key
  chmod 644 key
  users "joe:{OAUTH}joe-17:$joe_uid:$joe_gid:$PWD/joe" "ann:{OAUTH}ann-3:$joe_uid:$joe_gid:$PWD/joe"
  serve POP3_OAUTH="$PWD/oauth-jwt -a HS256 -k $PWD/key -i https://id.example.org -u pop3"
}
token() { python3 -IS "$BATS_TEST_DIRNAME/jwt.py" HS256 key "$@"; }

@test "OAUTHBEARER and XOAUTH2 by a token" {
  offer_tokens
  talk AUTH QUIT | replies "$greeting" '+OK mechanisms follow' SCRAM-SHA-256 OAUTHBEARER XOAUTH2 PLAIN LOGIN . '+OK bye'
  token=$(token)
  talk 'AUTH OAUTHBEARER' "$(bearer joe "$token")" QUIT | replies "$greeting" '+ ' "$logged_in" '+OK bye'
  talk 'AUTH XOAUTH2' "$(xoauth2 joe "$token")" QUIT | replies "$greeting" '+ ' "$logged_in" '+OK bye'
  logged 'event=login .*auth=oauthbearer'
  logged 'event=login .*auth=xoauth2'
}

@test "a token that is not good, or another's" {
  offer_tokens
  token=$(token)
  talk 'AUTH OAUTHBEARER' "$(bearer joe "x$token")" AQ== QUIT | replies "$greeting" '+ ' "$dummy" "$failed" '+OK bye'
  talk 'AUTH XOAUTH2' "$(xoauth2 ann "$token")" '' QUIT | replies "$greeting" '+ ' "$dummy" "$failed" '+OK bye'
  talk 'AUTH XOAUTH2' "$(xoauth2 nobody "$token")" '*' QUIT | replies "$greeting" '+ ' "$dummy" "$failed" '+OK bye'
  logged 'user=<joe>, method=OAUTHBEARER'
}

@test "a subject is no password" {
  offer_tokens
  plain '\0joe\0joe-17' "$failed"
}

@test "malformed tokens are no try" {
  offer_tokens
  for message in "$(bearer '' x)" "$(bearer joe '')" "$(base64 'n,,\x01auth=Bearer x\x01\x01')" "$(bearer 'j oe' x)" =; do
    answers "AUTH OAUTHBEARER $message" '-ERR malformed response'
  done
  talk 'AUTH OAUTHBEARER' "$(bearer joe "$(letters 8193)")" QUIT |
    replies "$greeting" '+ ' '-ERR name or secret too long' '+OK bye'
}

# checker SCRIPT: the token's checker of the next server.
checker() {
  printf '#!/bin/sh\n%s\n' "$1" >checker
  chmod 755 checker
  users "joe:{OAUTH}joe-17:$joe_uid:$joe_gid:$PWD/joe"
  serve POP3_OAUTH="$PWD/checker one  two"
}

@test "the checker gets login, token, address, mechanism and its arguments, and little else" {
  mkdir -m 777 out
  checker "cd $PWD/out; cat <&3 | tr '\\0' '|' >record; echo \"\$@\" >arguments; env | sort >env; id -u >uid; ls /proc/\$\$/fd >fds; echo joe-17"
  talk 'AUTH OAUTHBEARER' "$(bearer joe token)" QUIT | replies "$greeting" '+ ' "$logged_in" '+OK bye'
  is 'joe|token|127.0.0.1|oauthbearer|' "$(<out/record)"
  is 'one two' "$(<out/arguments)"
  is '0 1 2 3' "$(grep -v '^1[0-9]' out/fds | xargs)"  # from 10 on are the shell's
  ! grep -vE '^(PATH|POP3_SESSION|LC_ALL|PWD|OLDPWD|_|SHLVL)=' out/env || false
  is "$(if is_root; then echo 20000; else id -u; fi)" "$(<out/uid)"
}

@test "a checker that cannot tell is a passing trouble" {
  for script in 'exit 111' 'exit 2' 'kill -SEGV $$' 'exit 0' 'echo two words' 'printf joe-17' 'printf "\n"' \
    "echo $(letters 249)"; do
    checker "$script"
    talk 'AUTH OAUTHBEARER' "$(bearer joe token)" QUIT |
      replies "$greeting" '+ ' '-ERR [SYS/TEMP] cannot verify logins now, try again later' '+OK bye'
  done
  logged 'event=failed .*program=.*/checker exit=111'
}

@test "a checker that is not there is a passing trouble" {
  users
  serve POP3_OAUTH=./none
  talk 'AUTH OAUTHBEARER' "$(bearer joe token)" QUIT |
    replies "$greeting" '+ ' '-ERR [SYS/TEMP] cannot verify logins now, try again later' '+OK bye'
}

# --- time -------------------------------------------------------------------------------

# features: A29 N13
@test "every login that fails is answered after the same time" {
  printf '#!/bin/sh\nexit 1\n' >checker
  chmod 755 checker
  users "$joe" "bob:{CRYPT}$(openssl passwd -6 sesame):$joe_uid:$joe_gid:$PWD/joe"
  serve POP3_ERROR_INTERVAL=1 POP3_OAUTH="$PWD/checker" POP3_PER_ADDRESS=0 \
    POP3_MECHANISMS='apop plain cram-md5 scram-sha-256 oauthbearer'
  first="AUTH SCRAM-SHA-256 $(base64 n,,n=joe,r=abc)"
  fails() { # NAME STEP...
    chat "${@:2}" @took >"took.$1.$round" &
  }
  # Thrice each: the machine may be busy, and what counts is how early an answer can come.
  for round in 1 2 3; do
    fails wrong 'USER joe' 'PASS wrong'
    fails unknown 'USER nobody' 'PASS wrong'
    fails hashed "AUTH PLAIN $(base64 '\0bob\0wrong')"
    fails plain "AUTH PLAIN $(base64 '\0nobody\0wrong')"
    fails apop '@apop joe wrong'
    fails cram '@cram nobody wrong'
    fails scram "$first" '@base64 c=biws,r=abc,p=AAAA'
    fails token "AUTH OAUTHBEARER $(bearer joe token)"
  done
  wait $(jobs -p | grep -vxf servers)
  for name in wrong unknown hashed plain apop cram scram token; do
    cat took.$name.? | awk -v name="$name" '/took/ { print $2, name }' | sort -n | head -n 1
  done | tee times
  is 8 "$(wc -l <times)"
  awk '{ if (NR == 1 || $1 < least) least = $1; if ($1 > most) most = $1 }
    END { exit !(least >= 990 && most - least < 50) }' times
}
