#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# checkpw: a login record on descriptor 3 against users.cdb, and what the next program gets.
# (B01 and so on: rows of the table of features; N: of the holes that other servers had.)

load helpers

# check RECORD [PROGRAM...]: checkpw on the test's users.cdb; true is the next program.
check() {
  local record=$1
  shift
  [ $# -gt 0 ] || set -- true
  login "$record" checkpw -f "$USERS" "$@"
}

# plain [LINE...]: users.cdb with the secrets as they are, for edit.
plain() {
  rm -f "$USERS"
  apoppasswd -f "$USERS" -c -s PLAIN && printf '%s\n' "${@:-$joe}" | apoppasswd -f "$USERS" -s PLAIN -i -
}

# edit SED-SCRIPT: changes users.cdb behind apoppasswd's back, without changing any length.
edit() {
  cdb -d "$USERS" | sed "$1" >dump
  cdb -c -p 0600 "$USERS" dump
}
zero() { printf '%s' "${1//?/0}"; } # as many zeros as the number has digits

# The example of RFC 1939 s.7, for the secret tanstaaf.
stamp='<1896.697170952@dbc.mtview.ca.us>'
digest=c4c9334bac560ecc979e58001b3e22fb
mrose() { printf '%s' "mrose:tanstaaf:$joe_uid:$joe_gid:$PWD/joe"; }

# --- what the next program gets ---------------------------------------------------------

# features: B49
@test "the right password executes the program, and its exit code is ours" {
  users
  run -42 check 'joe\0sesame\0\0' sh -c 'echo here; exit 42'
  [[ $output == *here* ]]
}

# features: B49 H28 N29
@test "the program runs as the record's uid and gid, and with no group of root's" {
  needs_root
  users
  run -0 check 'joe\0sesame\0\0' sh -c 'id -u; id -ru; id -g; id -rg; id -G'
  is $'20001\n20001\n20001\n20001\n20001' "$output"
}

# features: B49
@test "the record's groups are the program's" {
  needs_root
  users "$joe::groups=20001,20005,20006"
  run -0 check 'joe\0sesame\0\0' id -G
  is '20001 20005 20006' "$output"
}

# features: H29 N16
@test "the program's files are the user's alone, whatever the umask was" {
  users
  umask 000
  is 0077 "$(check 'joe\0sesame\0\0' sh -c umask)"
}

# features: H28
@test "root cannot come back" {
  needs_root
  users
  run -0 check 'joe\0sesame\0\0' cat /proc/self/status
  [[ $output == *$'Uid:\t20001\t20001\t20001\t20001'* ]]
  [[ $output == *$'CapPrm:\t0000000000000000'* ]]
}

# features: B49 D06
@test "the program starts in the home, with HOME, USER and SHELL set" {
  users "$joe::shell=/bin/zsh"
  run -0 --separate-stderr check 'joe\0sesame\0\0' sh -c 'pwd; echo "$HOME $USER $SHELL"'
  is "$PWD/joe"$'\n'"$PWD/joe joe /bin/zsh" "$output"
}

@test "SHELL is /bin/sh if the record tells none" {
  users
  run -0 --separate-stderr check 'joe\0sesame\0\0' sh -c 'echo "$SHELL"'
  is /bin/sh "$output"
}

# features: D06
@test "the record's maildir is MAILDIR" {
  users "$joe:mail/box"
  run -0 --separate-stderr check 'joe\0sesame\0\0' sh -c 'echo "$MAILDIR"'
  is mail/box "$output"
}

@test "a MAILDIR that came from outside is removed" {
  users
  export MAILDIR=/somebody/else
  run -0 --separate-stderr check 'joe\0sesame\0\0' sh -c 'echo "${MAILDIR-none}"'
  is none "$output"
}

@test "what concerned the login only is removed from the environment" {
  users
  run -0 --separate-stderr login 'joe\0sesame\0\0' env UID=9 GID=9 ROOT=/x BLOCK_UID=9 \
    POP3_STATUS_FD=9 POP3_KEPT=kept checkpw -f "$USERS" env
  is POP3_KEPT=kept "$(grep -E '^(UID|GID|ROOT|BLOCK_UID|POP3_STATUS_FD|BOTAN.*|POP3_KEPT)=' <<<"$output")"
}

@test "the program inherits neither the record, nor the database, nor the status descriptor" {
  users
  POP3_STATUS_FD=4 check 'joe\0sesame\0\0' find /proc/self/fd -lname '*users*' -o -lname '*octet' \
    -o -name 3 -lname 'pipe:*' >fds 4>octet
  is '' "$(<fds)"
}

@test "descriptors 0 and 1 are left alone for the program" {
  users
  printf 'for the program' >input
  checkpw -f "$USERS" cat 3< <(printf 'joe\0sesame\0\0') <input >output
  cmp input output
}

@test "a home with blanks is no trouble" {
  mkdir 'joe/a home' && own joe
  users "joe:sesame:$joe_uid:$joe_gid:$PWD/joe/a home"
  run -0 --separate-stderr check 'joe\0sesame\0\0' pwd
  is "$PWD/joe/a home" "$output"
}

@test "the program is looked up in PATH" {
  users
  check 'joe\0sesame\0\0' true
}

# --- the record -------------------------------------------------------------------------

@test "a wrong password is exit 1" { users && run -1 check 'joe\0wrong\0\0'; }
# features: N43
@test "a beginning of the password is exit 1" { users && run -1 check 'joe\0sesam\0\0'; }
# features: N43
@test "the password with more behind it is exit 1" { users && run -1 check 'joe\0sesame1\0\0'; }
@test "the password in other letters is exit 1" { users && run -1 check 'joe\0Sesame\0\0'; }
# features: N33
@test "an unknown login is exit 1" { users && run -1 check 'nobody\0sesame\0\0'; }
@test "a login in other letters is exit 1" { users && run -1 check 'Joe\0sesame\0\0'; }
# features: B37
@test "an empty password is exit 1, even if its hash is stored" {
  # shellcheck disable=SC2016 # a hash
  users 'joe:{CRYPT}$6$abcdefgh$v7sYNA18/BerGOYQLppYLyjH4yJilp8kqe/ef3KYMK9hOIdzH1yzcmP74Ay.m51y1jP3QqxM7Jl75S4CxDhBq.:'"$joe_uid:$joe_gid:$PWD/joe"
  run -1 check 'joe\0\0\0'
}
# features: A27 B37
@test "an empty password is exit 1" { users && run -1 check 'joe\0\0\0'; }
@test "an empty login, which is the database's own key, is exit 2" { users && run -2 check '\0sesame\0\0'; }
# features: N43
@test "an empty record is exit 2" { users && run -2 check ''; }
# features: N43
@test "a record without NULs is exit 2" { users && run -2 check 'joe sesame'; }
# features: N43
@test "a record without a password is exit 2" { users && run -2 check 'joe\0'; }
# features: N43
@test "a record whose password is cut off is exit 2" { users && run -2 check 'joe\0sesame'; }
# features: N43
@test "a record without a timestamp is exit 2" { users && run -2 check 'joe\0sesame\0'; }
# features: N43
@test "a record whose timestamp is cut off is exit 2" { users && run -2 check 'joe\0sesame\0<1'; }

# features: N43
@test "a record of 512 octets is read, one of 513 is exit 2" {
  users
  check "joe\0sesame\0$(printf '%500s' '')\0"
  run -2 check "joe\0sesame\0$(printf '%501s' '')\0"
  [[ $output == *'longer than 512 octets'* ]]
}

@test "what stands behind the timestamp means nothing" {
  users
  check 'joe\0sesame\0<1@x>\0more\0'
}

@test "a closed descriptor 3 is exit 111" {
  users
  run -111 checkpw -f "$USERS" true 3>&-
}

@test "a descriptor 3 that cannot be read is exit 111" {
  users
  run -111 checkpw -f "$USERS" true 3<.
}

# features: H26
@test "misuse of the command line is exit 2" {
  users
  run -2 checkpw
  is 'checkpw: usage: checkpw [-f users.cdb] [-k users.key] program [arg ...], or -m' "$output"
  run -2 checkpw -f "$USERS"
  run -2 checkpw -f
  run -2 checkpw -x true
  run -2 checkpw -m true
  run -2 checkpw -k
  run -2 checkpw -- -x
}

# --- secrets ----------------------------------------------------------------------------

# stored SECRET: a record with it lets sesame in, and nothing else.
stored() {
  users "joe:$1:$joe_uid:$joe_gid:$PWD/joe"
  check 'joe\0sesame\0\0'
  run -1 check 'joe\0sesamf\0\0'
  run -1 check 'joe\0\0\0'
}

@test "{PLAIN}" { stored '{PLAIN}sesame'; }
@test "{CRYPT} of the old kind, DES" { stored '{CRYPT}abnqrLigH.z/s'; }
@test "{CRYPT} of kind 1, MD5" { stored '{CRYPT}$1$abcdefgh$5XhrJpGu.bBXAZh4lT8oY/'; }
@test "{CRYPT} of kind 5, SHA-256" { stored '{CRYPT}$5$abcdefgh$4PbtPZdUc33o7LmNsM4HTsjYbIhyCeh4aCe.rEbHkq1'; }
@test "{CRYPT} of kind 6, SHA-512" {
  stored '{CRYPT}$6$abcdefgh$Bk2D4uYVcw0FbFPsWa0iJZ1DNfy8v6OjKcRcuBfMkWD1KdADPVnmQf5cr0O8HfAYpq1XrrjdgIRINkwgSKJ8/1'
}
@test "{CRYPT} of kind y, yescrypt" { stored '{CRYPT}$y$j9T$abcdefghijklmnop$L4lJtNsQpwDPAc/uwWwUGeg57p5fCEdn3sN6zeDRtN1'; }
@test "{BCRYPT} 2a" { stored '{BCRYPT}$2a$04$abcdefghijklmnopqrstuuinwY/tkBVrn3xrxQI/TgnMHhkvl85RW'; }
@test "{BCRYPT} 2b" { stored '{BCRYPT}$2b$04$abcdefghijklmnopqrstuuinwY/tkBVrn3xrxQI/TgnMHhkvl85RW'; }
@test "{BCRYPT} 2y" { stored '{BCRYPT}$2y$05$abcdefghijklmnopqrstuuKcS.CYWVYVaLiiCKrrc0A5s3mGesJ9O'; }
@test "{ARGON2ID} from its authors' own tests" {
  users "joe:{ARGON2ID}\$argon2id\$v=19\$m=256,t=2,p=1\$c29tZXNhbHQ\$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4:$joe_uid:$joe_gid:$PWD/joe"
  check 'joe\0password\0\0'
  run -1 check 'joe\0passwore\0\0'
}

@test "what each scheme of ours stores lets in" {
  for scheme in PLAIN SEALED SCRAM-SHA-256 CRYPT BCRYPT ARGON2ID; do
    rm -f "$USERS"
    apoppasswd -f "$USERS" -c -s "$scheme"
    apoppasswd -f "$USERS" -i - <<<"$joe"
    cdb -q "$USERS" joe | grep -qa "secret={$scheme}"
    check 'joe\0sesame\0\0'
    run -1 check 'joe\0wrong\0\0'
  done
}

@test "a login with several secrets is let in by each of them" {
  users "$joe" "joe:second secret:$joe_uid:$joe_gid:$PWD/joe"
  check 'joe\0sesame\0\0'
  check 'joe\0second secret\0\0'
  run -1 check 'joe\0third secret\0\0'
}

# features: A26
@test "blanks in a password are compared as they are" {
  users "joe: two  blanks :$joe_uid:$joe_gid:$PWD/joe"
  check 'joe\0 two  blanks \0\0'
  run -1 check 'joe\0two  blanks\0\0'
  run -1 check 'joe\0 two blanks \0\0'
}

@test "an 8-bit password, whose hash came from elsewhere and which another popup lets pass" {
  users "joe:{CRYPT}\$6\$abcdefgh\$H1ePlY0OVcw7hqwtNZSUb.7BlYrMMdzO1vbL21IIYdNaq/rCGOtLDWesUxQ1iH6sLFCpDldeSddXzakZjFmPz.:$joe_uid:$joe_gid:$PWD/joe"
  check 'joe\0gr\0303\0274n e\0\0'
  run -1 check 'joe\0gr\0374n e\0\0'
}

# features: B01
@test "the digest of RFC 1939's example lets in" {
  users "$(mrose)"
  POP3_AUTH=apop check "mrose\0$digest\0$stamp\0"
}

# features: B01
@test "a digest in upper case lets in" {
  users "$(mrose)"
  POP3_AUTH=apop check "mrose\0${digest^^}\0$stamp\0"
}

# features: B01
@test "a digest of another timestamp does not" {
  users "$(mrose)"
  POP3_AUTH=apop run -1 check "mrose\0$digest\0<1896.697170953@dbc.mtview.ca.us>\0"
}

# features: B01
@test "a digest without a timestamp does not, even if it fits" {
  users "$(mrose)"
  POP3_AUTH=apop run -1 check "mrose\0000$(printf tanstaaf | md5sum | cut -d ' ' -f 1)\0\0"
}

# features: B01
@test "a secret that is hashed is no secret for APOP" {
  users "joe:{CRYPT}abnqrLigH.z/s:$joe_uid:$joe_gid:$PWD/joe"
  POP3_AUTH=apop run -1 check "joe\0000$(printf '%ssesame' "$stamp" | md5sum | cut -d ' ' -f 1)\0$stamp\0"
  POP3_AUTH=apop run -1 check "joe\0000$(printf '%sabnqrLigH.z/s' "$stamp" | md5sum | cut -d ' ' -f 1)\0$stamp\0"
}

# features: N20
@test "POP3_AUTH=user refuses a digest" {
  users "$(mrose)"
  POP3_AUTH=user run -1 check "mrose\0$digest\0$stamp\0"
}

# features: N20
@test "POP3_AUTH=apop refuses a password" {
  users
  POP3_AUTH=apop run -1 check 'joe\0sesame\0<1@x>\0'
}

@test "a password that looks like a digest is a password for PASS" {
  users "joe:$digest:$joe_uid:$joe_gid:$PWD/joe"
  POP3_AUTH=user check "joe\0$digest\0$stamp\0"
  check "joe\0$digest\0$stamp\0"
}

# features: B49
@test "under another popup, which sets no POP3_AUTH, password and digest are both good" {
  users "$(mrose)"
  check "mrose\0$digest\0$stamp\0"
  check "mrose\0tanstaaf\0$stamp\0"
}

@test "a POP3_AUTH of another kind is exit 2" {
  users
  POP3_AUTH=kerberos run -2 check 'joe\0sesame\0\0'
}

# features: N33
@test "an unknown login is exit 1 for APOP too" {
  users
  POP3_AUTH=apop run -1 check "nobody\0$digest\0$stamp\0"
}

# cost COMMAND...: the least CPU milliseconds of three runs.
cost() {
  for _ in 1 2 3; do
    (TIMEFORMAT='%U %S' && time "$@" >/dev/null || true) 2>&1 | awk 'NF == 2 { print int(($1 + $2) * 1000) }'
  done | sort -n | head -n 1
}

# features: N13
@test "an unknown login costs what a wrong password does" {
  apoppasswd -f "$USERS" -c -s ARGON2ID
  apoppasswd -f "$USERS" -i - <<<"$joe"
  wrong=$(cost check 'joe\0wrong\0\0') unknown=$(cost check 'nobody\0wrong\0\0')
  echo "wrong password: $wrong ms, unknown login: $unknown ms"
  ((wrong > 5 && unknown * 2 >= wrong))
}

# features: N13
@test "so does a login that has no secret for the method" {
  apoppasswd -f "$USERS" -c -s ARGON2ID
  apoppasswd -f "$USERS" -i - <<<"$joe"
  apoppasswd -f "$USERS" -i - <<<"amy:{CERT}amy:$joe_uid:$joe_gid:$PWD/joe"
  wrong=$(cost check 'joe\0wrong\0\0') without=$(cost check 'amy\0wrong\0\0')
  echo "wrong password: $wrong ms, no password: $without ms"
  ((wrong > 5 && without * 2 >= wrong))
}

# --- SASL -------------------------------------------------------------------------------

# sasl METHOD RECORD [PROGRAM...]
sasl() {
  local method=$1
  shift
  POP3_AUTH=$method check "$@"
}
# hmac SECRET TEXT: CRAM-MD5's response.
hmac() { printf %s "$2" | openssl dgst -md5 -hmac "$1" | sed 's/.* //'; }
challenge='<1896.697170952@postoffice.reston.mci.net>' # RFC 2195's
# scram [NAME=VALUE...] [-- PROGRAM...]: both steps (tests/checkpw_scram.py), server-first's salt left out.
scram() {
  timeout 30 python3 -IS "$BATS_TEST_DIRNAME/checkpw_scram.py" "$USERS" "$@" 2>scram.errors | sed 's/s=[^,]*/s=.../'
}
first="1 =r=rOprNGfwEbeRWgbNEkqOabcdefghijklmnopqrstuvwx,s=...,i=4096 exit 0"
right="$first"$'\n2 right signature\n2 + exit 0'
refused="$first"$'\n2 - exit 1'

@test "PLAIN and LOGIN are as PASS" {
  users
  for method in plain login; do
    sasl $method 'joe\0sesame\0\0'
    run -1 sasl $method 'joe\0wrong\0\0'
  done
}

@test "CRAM-MD5: the example of RFC 2195" {
  users "tim:tanstaaftanstaaf:$joe_uid:$joe_gid:$PWD/joe"
  sasl cram-md5 "tim\0000b913a602c7eda7a495b4e6e7334d3890\0000$challenge\0"
  sasl cram-md5 "tim\0000B913A602C7EDA7A495B4E6E7334D3890\0000$challenge\0"
  run -1 sasl cram-md5 "tim\0000b913a602c7eda7a495b4e6e7334d3891\0000$challenge\0"
  run -1 sasl cram-md5 "tim\0000b913a602c7eda7a495b4e6e7334d3890\0<1@x>\0"
  run -1 sasl cram-md5 "nobody\0000b913a602c7eda7a495b4e6e7334d3890\0000$challenge\0"
}

# features: N20
@test "no digest is taken for a password or for another's, and no password for a digest" {
  users
  apop=$(printf '%ssesame' "$stamp" | md5sum | cut -d ' ' -f 1) cram=$(hmac sesame "$stamp")
  sasl apop "joe\0000$apop\0000$stamp\0" && sasl cram-md5 "joe\0000$cram\0000$stamp\0"
  for method in user plain login cram-md5 external oauthbearer xoauth2; do
    run -1 sasl $method "joe\0000$apop\0000$stamp\0joe\0"
  done
  for method in user plain login apop external oauthbearer xoauth2; do
    run -1 sasl $method "joe\0000$cram\0000$stamp\0joe\0"
  done
  for method in apop cram-md5 external oauthbearer xoauth2; do
    run -1 sasl $method "joe\0sesame\0000$stamp\0joe\0"
  done
}

@test "EXTERNAL: a certificate's digest, or the name in it" {
  of_joe=$(printf %064d 1) of_eve=$(printf %064d 2)
  users "joe:{CERT}$of_joe:$joe_uid:$joe_gid:$PWD/joe" "amy:{CERT}amy@example.org:$joe_uid:$joe_gid:$PWD/joe"
  sasl external "joe\0000$of_joe\0<1@x>\0\0"
  sasl external "amy\0000$of_eve\0<1@x>\0amy@example.org\0"
  run -1 sasl external "joe\0000$of_eve\0<1@x>\0\0"
  run -1 sasl external "joe\0000$of_eve\0<1@x>\0000$of_joe\0"
  run -1 sasl external "amy\0000$of_eve\0<1@x>\0\0"
  run -1 sasl external "amy\0000$of_eve\0<1@x>\0Amy@example.org\0"
  run -1 sasl external "nobody\0000$of_joe\0<1@x>\0\0"
  run -1 sasl user "amy\0amy@example.org\0<1@x>\0"
  run -2 sasl external "joe\0000$of_joe\0<1@x>\0"
}

@test "OAUTHBEARER and XOAUTH2: the subject of a token" {
  users "joe:{OAUTH}248289761001:$joe_uid:$joe_gid:$PWD/joe"
  for method in oauthbearer xoauth2; do
    sasl $method 'joe\0000248289761001\0<1@x>\0'
    run -1 sasl $method 'joe\0000248289761002\0<1@x>\0'
    run -1 sasl $method 'joe\0\0<1@x>\0'
    run -1 sasl $method 'nobody\0000248289761001\0<1@x>\0'
  done
  run -1 sasl user 'joe\0000248289761001\0<1@x>\0'
}

# features: A61
@test "SCRAM: both steps, and the program" {
  users
  run -0 scram -- sh -c 'echo "$USER"'
  is "$first"$'\n2 right signature\njoe\n2 + exit 0' "$output"
}

@test "SCRAM with each scheme that serves it" {
  for scheme in PLAIN SEALED SCRAM-SHA-256; do
    rm -f "$USERS"
    apoppasswd -f "$USERS" -c -s $scheme
    apoppasswd -f "$USERS" -s $scheme -i - <<<"$joe"
    is "$right" "$(scram)"
    is "$refused" "$(scram password=wrong)"
    is "$refused" "$(scram login=nobody)"
  done
  users "joe:{SCRAM-SHA-256}4096,W22ZaJ0SNY7soEsUEjb6gQ==,WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=:$joe_uid:$joe_gid:$PWD/joe"
  is "$right" "$(scram password=pencil)"
  is "$refused" "$(scram password=pencil password2=Pencil)"
  sasl user 'joe\0pencil\0\0'
  run -1 sasl user 'joe\0Pencil\0\0'
}

@test "SCRAM with a hashed secret, or none of its own, is refused as a wrong one is" {
  users "joe:{CRYPT}abnqrLigH.z/s:$joe_uid:$joe_gid:$PWD/joe" "amy:{CERT}amy:$joe_uid:$joe_gid:$PWD/joe"
  for login in joe amy nobody; do is "$refused" "$(scram login=$login)"; done
}

@test "SCRAM with several secrets: each lets in" {
  users
  apoppasswd -f "$USERS" -a joe -n phone <<<'sesame phone'
  apoppasswd -f "$USERS" -a joe -n desk -s SCRAM-SHA-256 <<<'sesame desk'
  for secret in sesame 'sesame phone' 'sesame desk'; do is "$right" "$(scram "password=$secret")"; done
  is "$refused" "$(scram password=other)"
}

# features: N33
@test "SCRAM: the salt of a login is always the same, whether it exists or not" {
  users
  salt() { python3 -IS "$BATS_TEST_DIRNAME/checkpw_scram.py" "$USERS" step=1 login="$1"; }
  is "$(salt joe)" "$(salt joe)"
  is "$(salt nobody)" "$(salt nobody)"
  [ "$(salt nobody)" != "$(salt somebody)" ]
  before=$(salt nobody) of_joe=$(salt joe)
  apoppasswd -f "$USERS" -a joe <<<'open sesame'
  apoppasswd -f "$USERS" -k
  is "$before" "$(salt nobody)"
  is "$of_joe" "$(salt joe)"
  apoppasswd -f "$USERS" -a nobody -U "$joe_uid" -G "$joe_gid" -H "$PWD/joe" <<<'open sesame'
  is "$before" "$(salt nobody)"
}

@test "SCRAM: whatever is wrong with the second message is refused alike" {
  users
  for wrong in proof=1 nonce=x password2=wrong binding=y,, binding= binding=n,a=joe, 'final=c=biws,r={nonce}' \
    'final=c=biws,r={nonce},p=AA==' 'final=x' 'final=r={nonce},c=biws,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ='; do
    echo "$wrong"
    is "$refused" "$(scram "$wrong")"
  done
}

@test "SCRAM: whatever is wrong with the first message is refused at once" {
  users
  for wrong in authzid=eve first=n,,n=joe 'first=n,,m=x,n=joe,r={nonce}' 'first=n,,n=joe,r=' 'first=,,n=joe,r={nonce}' \
    'first=n,,n=jo=e,r={nonce}' "first=n,,n=joe,r=$(printf '%0500d' 0)"; do
    is '1 - exit 1' "$(scram "$wrong")"
  done
  is "$right" "$(scram authzid=joe)"
}

# features: B33 A53
@test "SCRAM: whose login it is says the first field, as pop3-login's policies leave it, not the message" {
  users
  for name in JOE joe@example.org joe-no-mime; do
    is "$right" "$(scram "name=$name")"
    is "$right" "$(scram "name=$name" "authzid=$name")"
    is "$right" "$(scram "name=$name" authzid=joe)"
    is '1 - exit 1' "$(scram "name=$name" authzid=eve)"
  done
  is "$refused" "$(scram login=eve name=joe)"
}

@test "SCRAM: channel binding is what the connection is, or there is none" { # CVE-2026-33603
  users
  for good in 'plus=tls-exporter exporter=aabb' 'plus=tls-exporter exporter=aabb endpoint=cc' \
    'plus=tls-server-end-point endpoint=cc exporter=aabb' 'plus=tls-exporter exporter=aabb authzid=joe' flag=y exporter=aabb; do
    # shellcheck disable=SC2086 # options are words
    is "$right" "$(scram $good)"
  done
  for bad in 'plus=tls-exporter' 'plus=tls-exporter endpoint=cc' 'plus=tls-exporter exporter=aabb binding=p=tls-exporter,,' \
    'plus=tls-exporter exporter=aabb binding=p=tls-exporter,,x' 'plus=tls-exporter exporter=aabb binding=n,,' \
    'plus=tls-exporter exporter=aabb flag=n' 'plus=tls-exporter exporter=aabb flag=y' 'plus=tls-unique exporter=aabb' \
    'flag=p=tls-exporter exporter=aabb' 'flag=y exporter=aabb' 'flag=y endpoint=aabb'; do
    echo "$bad"
    # shellcheck disable=SC2086
    is "$refused" "$(scram $bad)"
  done
}

@test "SCRAM: a client that does not go on starts nothing" {
  users
  for go in 0 2; do
    is "$first"$'\n2 right signature\n2 silence exit 1' "$(scram go=$go -- touch "$PWD/joe/begun")"
  done
  [ ! -e joe/begun ]
}

@test "SCRAM: the policy is asked before the signature is given" {
  users
  is "$refused" "$(BLOCK_UID=$joe_uid scram)"
  grep -q 'event=refused ip=- user=joe reason=blocked-uid' scram.errors
  rm -r joe
  is "$first"$'\n2 - exit 111' "$(scram)"
}

@test "SCRAM: a record of the parent's that is wrong is exit 2" {
  users
  is '1 - exit 2' "$(scram server-nonce=short)"
  is '1 - exit 2' "$(scram server-nonce=ABCDEFGHIJKLMNOPQRSTUVWX)"
  is '1 - exit 2' "$(scram exporter=xx)"
  is '1 - exit 2' "$(scram "first=$(printf '%02048d' 0)")"
  run -2 sasl scram-sha-256 'joe\0\0abcdefghijklmnopqrstuvwx\0n,,n=joe,r=x\0\0\0'
  [[ $output == *'SCRAM needs POP3_STATUS_FD'* ]]
  POP3_STATUS_FD=4 run -2 sasl scram-sha-256 'joe\0\0abcdefghijklmnopqrstuvwx\0n,,n=joe,r=x\0\0' 4>octet
  is - "$(<octet)"
}

# features: N13
@test "SCRAM: an unknown login costs what a wrong proof does" {
  users
  known=$(cost scram proof=1) unknown=$(cost scram login=nobody)
  echo "wrong proof: $known ms, unknown login: $unknown ms"
  ((unknown < known * 2 + 10 && known < unknown * 2 + 10))
}

# --- names and passwords beyond ASCII ---------------------------------------------------

composed=$'gr\303\274n' decomposed=$'gru\314\210n' latin1=$'gr\374n'

@test "a password is the same however it was typed, and a name too" {
  users "$composed:sesame $composed:$joe_uid:$joe_gid:$PWD/joe"
  for typed in "$composed" "$decomposed"; do
    check "$typed\\0sesame $typed\\0\\0"
    is "$right" "$(scram login="$typed" password="sesame $composed")"
  done
  is "$composed" "$(check "$decomposed\\0sesame $composed\\0\\0" printenv USER)"
  sasl cram-md5 "$decomposed\\0000$(hmac "sesame $composed" "$stamp")\\0000$stamp\\0"
  run -1 check "$composed\\0sesame $latin1\\0\\0"
  run -1 check "$latin1\\0sesame $composed\\0\\0"
  run -1 check "$composed"$'\302\200\\0'"sesame $composed\\0\\0"
}

@test "a password with what SASLprep forbids is refused, not an error" {
  users
  for typed in $'\302\200' $'\356\200\200' $'\377' $'\330\247a'; do
    run -1 check "joe\\0sesame$typed\\0\\0"
    run -1 check "joe$typed\\0sesame\\0\\0"
  done
}

# --- sealed secrets, and the key file ---------------------------------------------------

# users.cdb's keys are in users.key beside it, here.
keys=users/users.key

@test "a sealed database has no password in it, and another login's record does not open" {
  users
  ! grep -aq sesame "$USERS" || false
  cdb -d "$USERS" | sed 's/:joe->/:eve->/' >dump
  cdb -c -p 0600 "$USERS" dump
  run -111 check 'eve\0sesame\0\0'
  [[ $output == *'sealed for another login'* ]]
  run -1 check 'joe\0sesame\0\0'
}

@test "without its key file the login is to be tried again later, whatever the password" {
  users "$joe" "amy:{CRYPT}abnqrLigH.z/s:$joe_uid:$joe_gid:$PWD/joe"
  mv $keys elsewhere
  for login in joe nobody; do
    run -111 check "$login\0sesame\0\0"
    [[ $output == *"event=failed"*"open $PWD/$keys: No such file or directory"* ]]
  done
  check 'amy\0sesame\0\0'
  chmod 600 elsewhere
  checkpw -k elsewhere -f "$USERS" true 3< <(printf 'joe\0sesame\0\0')
}

@test "a key file of others is exit 2, one that is none 111, and one with another key" {
  users
  for mode in 640 604; do
    chmod $mode $keys
    run -2 check 'joe\0sesame\0\0'
    [[ $output == *"$keys: must have mode 0600"* ]]
  done
  echo nonsense >$keys && chmod 400 $keys
  run -111 check 'joe\0sesame\0\0'
  [[ $output == *'not a key file'* ]]
  rm $keys
  (umask 077 && echo "other $(printf %064d 0)" >$keys)
  run -111 check 'joe\0sesame\0\0'
  [[ $output == *'a key that the key file does not have'* ]]
}

@test "a key file that belongs to a stranger is exit 2" {
  needs_root
  users
  chown 20002 $keys
  run -2 check 'joe\0sesame\0\0'
  [[ $output == *'neither to root nor to the owner'* ]]
}

@test "logins go on while the key changes" {
  users
  (for _ in {1..40}; do apoppasswd -f "$USERS" -k || echo failed; done >said 2>&1; touch done) 3>&- &
  until [ -e done ]; do check 'joe\0sesame\0\0'; done
  wait
  is '' "$(<said)"
}

# --- named secrets, mechanisms, Qpopper's rule ------------------------------------------

@test "the name of the secret is POP3_SECRET_NAME, and nothing from outside is" {
  users
  apoppasswd -f "$USERS" -a joe -n phone <<<'sesame phone'
  export POP3_SECRET_NAME=other
  run -0 --separate-stderr check 'joe\0sesame phone\0\0' sh -c 'echo "${POP3_SECRET_NAME-none}"'
  is phone "$output"
  run -0 --separate-stderr check 'joe\0sesame\0\0' sh -c 'echo "${POP3_SECRET_NAME-none}"'
  is none "$output"
  apoppasswd -f "$USERS" -d joe -n phone
  run -1 check 'joe\0sesame phone\0\0'
}

@test "-m says what there are secrets for" {
  users
  is 'APOP PLAIN LOGIN SCRAM-SHA-256 CRAM-MD5' "$(checkpw -f "$USERS" -m)"
  apoppasswd -f "$USERS" -a joe -n card -s CERT <<<joe@example.org
  apoppasswd -f "$USERS" -a joe -n token -s OAUTH <<<'joe at google'
  is 'APOP PLAIN LOGIN SCRAM-SHA-256 CRAM-MD5 EXTERNAL OAUTHBEARER XOAUTH2' "$(checkpw -m -f "$USERS")"
  rm "$USERS"
  apoppasswd -f "$USERS" -c -s CRYPT
  is 'PLAIN LOGIN' "$(checkpw -f "$USERS" -m)"
  apoppasswd -f "$USERS" -s SCRAM-SHA-256 -i - <<<"$joe"
  is 'PLAIN LOGIN SCRAM-SHA-256' "$(checkpw -f "$USERS" -m)"
  rm "$USERS"
  run -111 checkpw -f "$USERS" -m
}

# features: B05 B06
@test "POP3_CLEARTEXT=default: who has a secret for APOP may not send it" {
  users "$joe" "amy:{CRYPT}abnqrLigH.z/s:$joe_uid:$joe_gid:$PWD/joe"
  apoppasswd -f "$USERS" -a joe -n old -s CRYPT <<<'sesame old'
  digest=$(printf '%ssesame' "$stamp" | md5sum | cut -d ' ' -f 1)
  export POP3_CLEARTEXT=default
  for method in user plain login ''; do
    refused_by=$method
    POP3_AUTH=$refused_by run -1 check 'joe\0sesame\0\0'
    [[ $output == *'event=refused ip=- user=joe reason=cleartext'* ]]
    POP3_AUTH=$refused_by run -1 check 'joe\0sesame old\0\0'
    POP3_AUTH=$refused_by run -1 check 'joe\0wrong\0\0'
    is '' "$output"
    POP3_AUTH=$refused_by check 'amy\0sesame\0\0'
  done
  sasl apop "joe\0000$digest\0000$stamp\0"
  check "joe\0000$digest\0000$stamp\0"
  is "$right" "$(scram)"
  for other in always never local tls nonsense ''; do POP3_CLEARTEXT=$other sasl user 'joe\0sesame\0\0'; done
}

# --- who is refused although the secret is right ----------------------------------------

# refused REASON [CHECK'S ARGUMENTS]
refused() {
  local reason=$1
  shift
  run -1 check "${@:-joe\0sesame\0\0}"
  echo "$output"
  [[ $output == *"checkpw: event=refused ip=- user=joe reason=$reason"* ]]
}

# features: B22
@test "uid 0" {
  users
  edit "s/uid=$joe_uid/uid=$(zero "$joe_uid")/"
  refused root
}

@test "gid 0" {
  users
  edit "s/gid=$joe_gid/gid=$(zero "$joe_gid")/"
  refused root
}

@test "group 0 among the groups" {
  users "$joe::groups=20001,20005"
  edit 's/20005/00000/'
  refused root-group
}

# features: B21
@test "a uid at BLOCK_UID" { # O11
  users
  BLOCK_UID=$joe_uid refused blocked-uid
}

# features: B21 N20
@test "a uid at BLOCK_UID by APOP too" {
  users
  export BLOCK_UID=$joe_uid POP3_AUTH=apop
  refused blocked-uid "joe\0000$(printf '%ssesame' "$stamp" | md5sum | cut -d ' ' -f 1)\0$stamp\0"
}

# features: B21 I17
@test "a uid above BLOCK_UID is not" { # O11
  users
  BLOCK_UID=$((joe_uid - 1)) check 'joe\0sesame\0\0'
}

# features: B21
@test "uids to 99 are refused if BLOCK_UID says nothing" {
  needs_root
  users "joe:sesame:99:20001:$PWD" "eve:sesame:100:20001:$PWD"
  refused blocked-uid
  check 'eve\0sesame\0\0'
}

@test "a BLOCK_UID that is no number is exit 111" {
  users
  BLOCK_UID=all run -111 check 'joe\0sesame\0\0'
  [[ $output == *'BLOCK_UID: not a number'* ]]
}

@test "the uid that reads the network" {
  needs_root
  users
  run -1 login 'joe\0sesame\0\0' env UID=20001 checkpw -f "$USERS" true
  [[ $output == *'reason=own-uid'* ]]
}

@test "the uid that owns the database" {
  needs_root
  users
  chown -R 20001 users
  refused own-uid
}

@test "a system account whose home belongs to another by now" {
  needs_root
  users "$joe::system"
  check 'joe\0sesame\0\0'
  chown 20002 joe
  refused stale
}

@test "a system account whose home is gone" {
  needs_root
  users "$joe::system"
  rm -r joe
  refused stale
}

@test "another uid than ours if we are not root" {
  users "joe:sesame:$((joe_uid + 1)):$joe_gid:$PWD/joe"
  if is_root; then chown -R 20001 users; fi
  run -1 login 'joe\0sesame\0\0' as_user checkpw -f "$USERS" true
  [[ $output == *'reason=not-our-uid'* ]]
}

@test "our own uid is served without root, with a warning" {
  users
  if is_root; then chown -R 20001 users; fi
  run -0 login 'joe\0sesame\0\0' as_user checkpw -f "$USERS" true
  is 'warning: checkpw: not started as root: serving our own uid only' "$output"
}

@test "a wrong secret is never told why else it would have been refused" {
  users
  export BLOCK_UID=$joe_uid
  run -1 check 'joe\0wrong\0\0'
  is '' "$output"
}

# --- the database -----------------------------------------------------------------------

# features: C14 C15 N26
@test "a database that others may read or write is exit 2" {
  users
  for mode in 640 604 620 602 660 666; do
    chmod "$mode" "$USERS"
    run -2 check 'joe\0sesame\0\0'
    [[ $output == *'must have mode 0600'* ]]
  done
}

# features: C14
@test "a database where others may put another in its place is exit 2" {
  users
  for mode in 775 757; do
    chmod "$mode" users
    run -2 check 'joe\0sesame\0\0'
    [[ $output == *'may write in this directory'* ]]
  done
}

@test "a directory in the database's place is exit 2" {
  mkdir -m 700 users/users.cdb
  run -2 check 'joe\0sesame\0\0'
  [[ $output == *'not a regular file'* ]]
}

@test "a missing database is exit 111" {
  run -111 check 'joe\0sesame\0\0'
  [[ $output == *'event=failed'*'No such file or directory'* ]]
}

@test "a database that we may not read is exit 111" {
  needs_root
  users
  run -111 login 'joe\0sesame\0\0' as_user checkpw -f "$USERS" true
  [[ $output == *'Permission denied'* ]]
}

@test "an empty file is exit 111" {
  (umask 077 && touch "$USERS")
  run -111 check 'joe\0sesame\0\0'
}

@test "a file of random octets is exit 111" {
  (umask 077 && head -c 5000 /dev/urandom >"$USERS")
  run -111 check 'joe\0sesame\0\0'
}

@test "a truncated database is exit 111 where the login's part is gone" {
  users "$joe" "$(mrose)"
  cp "$USERS" whole
  size=$(stat -c %s whole)
  for ((length = 0; length < size; length += 31)); do
    head -c "$length" whole >"$USERS"
    status=0
    check 'joe\0sesame\0\0' true 2>errors || status=$?
    ((status == 0 || status == 111))
  done
}

@test "a database with wrong octets in it crashes nothing, and lets no wrong password in" {
  users
  cp "$USERS" whole
  size=$(stat -c %s whole)
  for _ in {1..60}; do
    cp whole "$USERS"
    for _ in 1 2 3; do
      printf '%b' "\\x$(printf %02x $((RANDOM % 256)))" |
        dd of="$USERS" bs=1 seek=$((RANDOM % 2 ? RANDOM % size : 2048 + RANDOM % (size - 2048))) conv=notrunc status=none
    done
    status=0
    check 'joe\0wrong\0\0' true 2>errors || status=$?
    ((status == 1 || status == 111))
  done
}

@test "a CDB that is none of ours is exit 111" {
  printf '+3,6:joe->sesame\n\n' >dump
  cdb -c -p 0600 "$USERS" dump
  run -111 check 'joe\0sesame\0\0'
  run -111 check 'nobody\0sesame\0\0'
  [[ $output == *'not a users.cdb'* ]]
}

@test "a record that is not understood wholly is exit 111" {
  for damage in s/v=1/v=2/g s/secret=/secrex=/ "s/uid=$joe_uid/uie=$joe_uid/" "s/gid=/uid=/" \
    's/home=./home=x/' 's/{PLAIN}sesame/{PLAIM}sesame/' 's/{PLAIN}sesame/{PLAIN}ses\x01me/' \
    "s/uid=$joe_uid/uid=-${joe_uid:1}/"; do
    plain
    edit "$damage"
    run -111 check 'joe\0sesame\0\0'
    [[ $output == *'event=failed'* ]]
  done
}

@test "one damaged record does not keep the others out" {
  plain "$joe" "$(mrose)"
  edit 's/{PLAIN}sesame/{PLAIM}sesame/'
  run -111 check 'joe\0sesame\0\0'
  check 'mrose\0tanstaaf\0\0'
}

# --- the status octet -------------------------------------------------------------------

# octet RECORD PROGRAM...: what checkpw says on the status descriptor.
octet() {
  POP3_STATUS_FD=4 check "$@" >out 2>errors 4>octet || true
  cat octet
}

@test "+ is said before the program runs" {
  users
  is + "$(octet 'joe\0sesame\0\0' true)"
  is + "$(octet 'joe\0sesame\0\0' sh -c 'exit 1')"
}

@test "- is said if the login is not to be, whatever the reason" {
  users
  is - "$(octet 'joe\0wrong\0\0')"
  is - "$(octet 'nobody\0wrong\0\0')"
  is - "$(octet 'joe')"
  is - "$(octet 'joe\0sesame\0\0' -x)"
  chmod 644 "$USERS"
  is - "$(octet 'joe\0sesame\0\0')"
  rm "$USERS"
  is - "$(octet 'joe\0sesame\0\0')"
}

@test "a program that is not there is exit 111 and -" {
  users
  run -111 check 'joe\0sesame\0\0' no-such-program
  [[ $output == *'error="execute no-such-program: No such file or directory"'* ]]
  is - "$(octet 'joe\0sesame\0\0' no-such-program)"
}

@test "a program that cannot be executed is exit 111 and -" {
  users
  touch program
  run -111 check 'joe\0sesame\0\0' "$PWD/program"
  is - "$(octet 'joe\0sesame\0\0' "$PWD/program")"
}

@test "a program that only root may execute is exit 111 and -" {
  needs_root
  users
  printf '#!/bin/sh\n' >program
  chmod 700 program
  run -111 check 'joe\0sesame\0\0' "$PWD/program"
  is - "$(octet 'joe\0sesame\0\0' "$PWD/program")"
}

@test "a home that is gone is exit 111 and -" {
  users
  rm -r joe
  run -111 check 'joe\0sesame\0\0'
  [[ $output == *'error="enter home '* ]]
  is - "$(octet 'joe\0sesame\0\0')"
}

@test "a home that the user may not enter is exit 111 and -" {
  users
  chmod 000 joe
  run -111 check 'joe\0sesame\0\0'
  is - "$(octet 'joe\0sesame\0\0')"
}

@test "a POP3_STATUS_FD that is no descriptor for it is ignored" {
  users
  for fd in 0 1 2 99 -1 x 4x; do
    POP3_STATUS_FD=$fd check 'joe\0sesame\0\0' true >out
    is '' "$(<out)"
  done
}

# --- under another popup ----------------------------------------------------------------

# features: B49
@test "under a popup of the old kind: a good password" {
  users
  message new/1 'a\n'
  POPUP="bash $BATS_TEST_DIRNAME/popup.bash" serve
  talk 'USER joe' 'PASS sesame' STAT QUIT | tail -n +2 |
    replies '+OK' '+OK 1 messages (3 octets)' '+OK 1 3' '+OK bye'
}

# features: B49
@test "under a popup of the old kind: a good digest" {
  users
  POPUP="bash $BATS_TEST_DIRNAME/popup.bash" serve
  chat '@apop joe sesame' QUIT | tail -n +2 | replies "+OK 0 messages (0 octets)" '+OK bye'
}

# features: B49
@test "under a popup of the old kind: a wrong password, and a database set up unsafely" {
  users
  POPUP="bash $BATS_TEST_DIRNAME/popup.bash" serve
  chat 'USER joe' 'PASS wrong' | tail -n +2 | replies '+OK' '-ERR authorization failed'
  chmod 644 "$USERS"
  chat 'USER joe' 'PASS sesame' | tail -n +2 | replies '+OK' '-ERR child misused'
}
