#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# scripts/oauth-jwt: which tokens are good, and the interface of oauth-checker(7).

load helpers

make_keys() {
  openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$KEYS/rsa"
  openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$KEYS/other-rsa"
  openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$KEYS/ec"
  openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$KEYS/other-ec"
  for key in rsa other-rsa ec other-ec; do openssl pkey -in "$KEYS/$key" -pubout -out "$KEYS/$key.pub"; done
  printf 'a secret that is known to both of the sides\n' >"$KEYS/secret"
  chmod 644 "$KEYS"/*
}

# The keys, and the checker where every account can reach it, are made once.
setup() {
  prepare
  KEYS=$BATS_FILE_TMPDIR/keys
  [ -d "$KEYS" ] || {
    cp "$BATS_TEST_DIRNAME/../scripts/oauth-jwt" "$BIN/"
    mkdir "$KEYS"
    make_keys
  }
  checker=$BIN/oauth-jwt
  rs256=(-a RS256 -k "$KEYS/rsa.pub")
  before=()  # a program that runs the checker
}

token() { python3 -IS "$BATS_TEST_DIRNAME/jwt.py" "$@"; }

# ask TOKEN OPTION...: runs the checker; its subject and its word about it are in $output.
ask() {
  local token=$1
  shift
  run bash -c 'printf "joe\0%s\000192.0.2.1\0oauthbearer\0" "$1" | timeout 20 "${@:2}" 3<&0 </dev/null 2>&1' \
    bash "$token" "${before[@]}" "$checker" -i https://id.example.org -u pop3 "$@"
}
# passes SUBJECT TOKEN OPTION..., refuses WHY TOKEN OPTION..., fails WHAT TOKEN OPTION...
passes() {
  ask "${@:2}"
  is "0 $1" "$status $output"
}
refuses() {
  ask "${@:2}"
  is "1 oauth-jwt: event=refused reason=\"$1\"" "$status $output"
}
fails() {
  ask "${@:2}"
  is 111 "$status"
  [[ $output == "oauth-jwt: event=failed reason=\""*"$1"*'"' ]] || { echo "$output"; false; }
}

# --- good tokens ------------------------------------------------------------------------

@test "a good token passes, and its subject is told" {
  passes joe-17 "$(token RS256 "$KEYS/rsa")" "${rs256[@]}"
}

@test "ES256 is understood, whatever leading zeros and signs its numbers have" {
  for _ in {1..12}; do passes joe-17 "$(token ES256 "$KEYS/ec")" -a ES256 -k "$KEYS/ec.pub"; done
}

@test "HS256 is understood, with a secret" {
  passes joe-17 "$(token HS256 "$KEYS/secret")" -a HS256 -k "$KEYS/secret"
}

@test "of several keys one must be right: an issuer changes them" {
  keys=(-a RS256 -k "$KEYS/other-rsa.pub" -k "$KEYS/rsa.pub")
  passes joe-17 "$(token RS256 "$KEYS/rsa")" "${keys[@]}"
  passes joe-17 "$(token RS256 "$KEYS/other-rsa")" "${keys[@]}"
}

@test "an audience among others is good" {
  passes joe-17 "$(token RS256 "$KEYS/rsa" 'aud=["imap", "pop3"]')" "${rs256[@]}"
}

@test "another claim may be the subject; an e-mail address only if it is verified" {
  passes 17-4711 "$(token RS256 "$KEYS/rsa" 'oid="17-4711"')" "${rs256[@]}" -c oid
  passes joe@example.org \
    "$(token RS256 "$KEYS/rsa" 'email="joe@example.org"' email_verified=true)" "${rs256[@]}" -c email
  for verified in false '"true"' 1 null; do
    refuses 'email is not verified' \
      "$(token RS256 "$KEYS/rsa" 'email="joe@example.org"' email_verified="$verified")" "${rs256[@]}" -c email
  done
  refuses 'email is not verified' \
    "$(token RS256 "$KEYS/rsa" 'email="joe@example.org"')" "${rs256[@]}" -c email
}

# --- signatures -------------------------------------------------------------------------

@test "a token by another key is refused" {
  refuses 'wrong signature' "$(token RS256 "$KEYS/other-rsa")" "${rs256[@]}"
  refuses 'wrong signature' "$(token ES256 "$KEYS/other-ec")" -a ES256 -k "$KEYS/ec.pub"
  refuses 'wrong signature' "$(token HS256 "$KEYS/rsa.pub")" -a HS256 -k "$KEYS/secret"
}

@test "a token that was changed is refused" {
  IFS=. read -r header body signature <<<"$(token RS256 "$KEYS/rsa")"
  IFS=. read -r _ other _ <<<"$(token RS256 "$KEYS/rsa" 'sub="root"')"
  refuses 'wrong signature' "$header.$other.$signature" "${rs256[@]}"
  other_letter=$([ "${signature:100:1}" = A ] && echo B || echo A)
  refuses 'wrong signature' "$header.$body.${signature:0:100}$other_letter${signature:101}" "${rs256[@]}"
  refuses 'wrong signature' "$header.$body." "${rs256[@]}"
  spaced=$(token RS256 "$KEYS/rsa" -h '{"alg":"RS256"}')
  refuses 'wrong signature' "$header.$body.${spaced##*.}" "${rs256[@]}"
}

@test "alg none is refused, in any spelling" { # RFC 8725 s.2.1
  for alg in none None NONE nOnE ''; do
    refuses 'wrong algorithm' "$(token none - -h "{\"alg\": \"$alg\"}")" "${rs256[@]}"
  done
  refuses 'wrong algorithm' "$(token none - -h '{"typ": "JWT"}')" "${rs256[@]}"
  refuses 'wrong algorithm' "$(token none - -h '{"alg": ["RS256"]}')" "${rs256[@]}"
  refuses 'wrong algorithm' "$(token none - -h '{"alg": null}')" "${rs256[@]}"
}

@test "the public key is no secret: HS256 made with it is refused" { # RFC 8725 s.2.1
  refuses 'wrong algorithm' "$(token HS256 "$KEYS/rsa.pub")" "${rs256[@]}"
  refuses 'wrong signature' "$(token HS256 "$KEYS/rsa.pub" -h '{"alg": "RS256"}')" "${rs256[@]}"
  fails 'not a secret' "$(token HS256 "$KEYS/rsa.pub")" -a HS256 -k "$KEYS/rsa.pub"
}

@test "an algorithm that was not chosen is refused, even with its right key" {
  refuses 'wrong algorithm' "$(token ES256 "$KEYS/ec")" -a RS256 -k "$KEYS/rsa.pub" -k "$KEYS/ec.pub"
}

@test "ES256's signature in another form is refused" {
  IFS=. read -r header body signature <<<"$(token RS256 "$KEYS/ec" -h '{"alg": "ES256"}')"
  refuses 'wrong signature' "$header.$body.$signature" -a ES256 -k "$KEYS/ec.pub"
  zeros=$(head -c 64 /dev/zero | base64 -w 0 | tr -d =)
  refuses 'wrong signature' "$header.$body.$zeros" -a ES256 -k "$KEYS/ec.pub"
}

@test "a critical extension that we do not know is refused" { # RFC 7515 s.4.1.11
  refuses 'critical extension' "$(token RS256 "$KEYS/rsa" -h '{"alg": "RS256", "crit": ["b64"], "b64": false}')" \
    "${rs256[@]}"
}

# --- claims -----------------------------------------------------------------------------

@test "exp and nbf are kept, with the leeway" {
  signed() { token RS256 "$KEYS/rsa" "$@"; }
  refuses expired "$(signed exp=now-61)" "${rs256[@]}"
  passes joe-17 "$(signed exp=now-30)" "${rs256[@]}"
  refuses expired "$(signed exp=now-30)" "${rs256[@]}" -l 10
  refuses expired "$(signed exp=now+0)" "${rs256[@]}" -l 0
  refuses 'not valid yet' "$(signed nbf=now+90)" "${rs256[@]}"
  passes joe-17 "$(signed nbf=now+30)" "${rs256[@]}"
  refuses 'no exp' "$(signed exp=-)" "${rs256[@]}"
}

@test "a date that is none is refused" {
  for date in '"9999999999"' true -1 1e300 null '[9999999999]' 99999999999999999999; do
    refuses 'exp is no date' "$(token RS256 "$KEYS/rsa" "exp=$date")" "${rs256[@]}"
  done
}

@test "another issuer or audience is refused, and a missing one" {
  for issuer in '"https://id.example.org/"' '"https://ID.example.org"' '["https://id.example.org"]' null -; do
    refuses 'wrong issuer' "$(token RS256 "$KEYS/rsa" "iss=$issuer")" "${rs256[@]}"
  done
  for audience in '"pop"' '"pop3 imap"' '[]' '[["pop3"]]' '{"pop3": 1}' null -; do
    refuses 'wrong audience' "$(token RS256 "$KEYS/rsa" "aud=$audience")" "${rs256[@]}"
  done
}

@test "a subject that cannot be one line of a database is refused" {
  for subject in '""' '"two words"' '"a\nb"' '"m\u00fcller"' 17 null - "\"$(printf '%0249d' 0)\""; do
    refuses 'no usable sub' "$(token RS256 "$KEYS/rsa" "sub=$subject")" "${rs256[@]}"
  done
  longest=$(printf '%0248d' 0)
  passes "$longest" "$(token RS256 "$KEYS/rsa" "sub=\"$longest\"")" "${rs256[@]}"
}

# --- what is no token --------------------------------------------------------------------

@test "what is no token is refused" {
  for text in '' x . .. ... a.b a.b.c.d '{"alg":"RS256"}' "$(printf '%0300d' 0)"; do
    ask "$text" "${rs256[@]}"
    is 1 "$status"
  done
}

@test "what is no JSON, or JSON that can be read in two ways, is refused" {
  for text in '' x '[]' '"x"' 17 '{' '{"exp": NaN}' '{"sub": "joe", "sub": "root"}' "$(printf '[%.0s' {1..1500})"; do
    ask "$(token RS256 "$KEYS/rsa" -t "$text")" "${rs256[@]}"
    is 1 "$status"
    [[ $output == *'claims is'* ]]
    ask "$(token RS256 "$KEYS/rsa" -h "$text")" "${rs256[@]}"
    is 1 "$status"
    [[ $output == *'header is'* ]]
  done
  refuses 'header is not JSON' "$(token RS256 "$KEYS/rsa" -h '{"alg": "none", "alg": "RS256"}')" "${rs256[@]}"
}

@test "padding, blanks and other alphabets are no base64url" {
  IFS=. read -r header body signature <<<"$(token RS256 "$KEYS/rsa")"
  for bad in "$header=.$body.$signature" "$header.$body.$signature==" \
    "$header.$body.$signature"$'\n' "+$header.$body.$signature" "$header.$body.${signature}x"; do
    ask "$bad" "${rs256[@]}"
    is 1 "$status"
    [[ $output == *'is not base64url'* ]]
  done
}

@test "a record of more than 12 KiB is refused, one of as much is read" {
  head -c 12288 /dev/zero | tr '\0' x >long
  refuses 'malformed record' "$(<long)" "${rs256[@]}"
  refuses 'no signed JWT' "$(head -c 12000 long)" "${rs256[@]}"
}

@test "a record of another form is refused" {
  for record in '' 'joe\0' 'joe\0x.y.z\0h\0' 'joe\0x.y.z\0h\0m' 'joe\0x.y.z\0h\0m\0more\0'; do
    run bash -c 'printf "$1" | timeout 20 "${@:2}" 3<&0 </dev/null 2>&1' bash "$record" \
      "$checker" -i i -u u "${rs256[@]}"
    is '1 oauth-jwt: event=refused reason="malformed record"' "$status $output"
  done
}

@test "a login of any octets is of no matter" {
  run bash -c 'printf "m\303\274ller\0%s\000-\0xoauth2\0" "$1" | timeout 20 "${@:2}" 3<&0 </dev/null 2>&1' \
    bash "$(token RS256 "$KEYS/rsa")" "$checker" -i https://id.example.org -u pop3 "${rs256[@]}"
  is '0 joe-17' "$status $output"
}

# --- set up wrongly -----------------------------------------------------------------------

@test "misuse is a failure, not a refusal" {
  token=$(token RS256 "$KEYS/rsa")
  fails usage "$token"
  fails usage "$token" -a RS256
  fails usage "$token" -a none -k "$KEYS/rsa.pub"
  fails usage "$token" "${rs256[@]}" -l 601
  fails usage "$token" "${rs256[@]}" more
  fails usage "$token" "${rs256[@]}" -i ''
  fails 'option -x' "$token" -x
}

@test "a key that is not there, or none, is a failure, not a refusal" {
  token=$(token RS256 "$KEYS/rsa")
  fails 'No such file' "$token" -a RS256 -k missing
  fails 'no public key' "$token" -a RS256 -k "$KEYS/secret"
  fails 'no public key' "$token" -a RS256 -k "$KEYS/rsa"
  printf -- '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n' >broken
  fails 'cannot read it' "$token" -a RS256 -k "$PWD/broken"
  printf '%031d' 0 >short
  fails 'not a secret' "$token" -a HS256 -k short
}

@test "without openssl nothing is refused, and nothing passes" {
  before=(env PATH=/nonexistent)
  fails openssl "$(token RS256 "$KEYS/rsa")" "${rs256[@]}"
}

@test "the log knows the session, and nothing of the token" {
  token=$(token RS256 "$KEYS/other-rsa")
  POP3_SESSION=abcdefghij ask "$token" "${rs256[@]}"
  is 'oauth-jwt: event=refused session=abcdefghij reason="wrong signature"' "$output"
}

# --- with pop3-login ----------------------------------------------------------------------

# A service that takes tokens; joe's subject is joe-17.
serve_tokens() {
  users "joe:{OAUTH}joe-17:$joe_uid:$joe_gid:$PWD/joe" "jane:{OAUTH}jane-4:$joe_uid:$joe_gid:$PWD/joe"
  serve POP3_OAUTH="$checker ${rs256[*]} -i https://id.example.org -u pop3"
}
oauthbearer() { printf 'n,a=%s,\1host=localhost\1auth=Bearer %s\1\1' "$@" | base64 -w 0; }
xoauth2() { printf 'user=%s\1auth=Bearer %s\1\1' "$@" | base64 -w 0; }

@test "OAUTHBEARER and XOAUTH2 log in with a good token" {
  serve_tokens
  token=$(token RS256 "$KEYS/rsa")
  chat "AUTH OAUTHBEARER" "$(oauthbearer joe "$token")" QUIT | tail -n 2 | replies '+OK 0 messages (0 octets)' '+OK bye'
  chat "AUTH XOAUTH2" "$(xoauth2 joe "$token")" QUIT | tail -n 2 | replies '+OK 0 messages (0 octets)' '+OK bye'
  logged 'event=login .*user=joe auth=oauthbearer'
  logged 'event=login .*user=joe auth=xoauth2'
}

@test "a good token of somebody else opens no mailbox but his own" {
  serve_tokens
  chat "AUTH XOAUTH2" "$(xoauth2 jane "$(token RS256 "$KEYS/rsa")")" '' QUIT | grep -q '^-ERR \[AUTH\]'
  logged 'Aborted login .*user=<jane>, method=XOAUTH2'
  not_logged event=login
}

@test "a token that is not good is refused; a checker that fails is a temporary failure" {
  serve_tokens
  chat "AUTH XOAUTH2" "$(xoauth2 joe "$(token RS256 "$KEYS/other-rsa")")" '' QUIT | grep -q '^-ERR \[AUTH\]'
  logged 'oauth-jwt: event=refused session=[a-z2-7]{10} reason="wrong signature"'
  rs256=(-a RS256 -k "$PWD/missing")
  serve_tokens
  chat "AUTH XOAUTH2" "$(xoauth2 joe "$(token RS256 "$KEYS/rsa")")" '' QUIT | grep -q '^-ERR \[SYS/TEMP\]'
  not_logged event=login
}

@test "no token is in the log" {
  serve_tokens
  token=$(token RS256 "$KEYS/other-rsa")
  chat "AUTH XOAUTH2" "$(xoauth2 joe "$token")" '' QUIT >out
  logged 'Aborted login'
  ! grep -F -e "${token:0:20}" -e "${token:(-20)}" server.log
}
