#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# apoppasswd: users change their secret, and the administrator keeps users.cdb. (C01 and so on:
# rows of the table of features; N: of the holes that other programs had.)

load helpers

pw() { apoppasswd -f "$USERS" "$@"; }
letters() { printf "%${1}s" '' | tr ' ' x; }
terminal() { timeout 30 python3 -IS "$BATS_TEST_DIRNAME/terminal.py" "$@" | tr -d '\r'; }

# add LOGIN SECRET: as an administrator's script would.
add() { printf '%s\n' "$2" | pw -a "$1" -U "$joe_uid" -G "$joe_gid" -H "$PWD/joe"; }

# unchanged: the database is what save saw.
save() { cp "$USERS" saved; }
unchanged() { cmp saved "$USERS" && [ ! -e "$USERS.new" ]; }

# --- creating ---------------------------------------------------------------------------

# features: C01 N16
@test "-c creates an empty database of mode 0600, whatever the umask is" {
  umask 0
  pw -c
  is 600 "$(stat -c %a "$USERS")"
  is 600 "$(stat -c %a "$USERS.lock")"
  is '' "$(pw -e)"
}

@test "-c makes the key that secrets are sealed under, and keeps one that is there" {
  pw -c
  is 600 "$(stat -c %a users/users.key)"
  grep -qxE '[a-z2-7]{8} [0-9a-f]{64}' users/users.key
  cp users/users.key key
  rm "$USERS"
  pw -c
  cmp key users/users.key
}

@test "-c -s makes no key for a scheme that needs none" {
  pw -c -s PLAIN
  [ ! -e users/users.key ]
}

@test "-K says where the key is" {
  mkdir -m 700 keys
  pw -K keys/k -c
  pw -K keys/k -a joe -U 20001 -G 20001 -H /home/joe <<<'open sesame'
  [ ! -e users/users.key ]
  is 'joe:{PLAIN}open sesame:20001:20001:/home/joe:' "$(pw -K keys/k -e)"
  run -111 pw -e
  [[ $output == *"open $PWD/users/users.key: No such file or directory" ]]
}

# features: C01 C02
@test "-c leaves a database alone that exists" {
  users
  save
  run -1 pw -c
  is "apoppasswd: $USERS: exists already, nothing changed" "$output"
  unchanged
}

@test "-c -s says how new secrets are stored" {
  pw -c -s ARGON2ID
  add joe 'open sesame'
  pw -e | grep -q '^joe:{ARGON2ID}\$argon2id\$v=19\$m=19456,t=2,p=1\$'
}

@test "-c where there is no directory is exit 111" {
  run -111 apoppasswd -f "$PWD/none/users.cdb" -c
}

@test "as root the database belongs to the owner of its directory" {
  needs_root
  chown 20009:20009 users
  pw -c
  add joe 'open sesame'
  is '20009 20009' "$(stat -c '%u %g' "$USERS")"
}

# --- on a terminal ----------------------------------------------------------------------

# features: C22
@test "on a terminal: the prompts, the same secret twice, and nothing echoed" {
  pw -c
  terminal 'open sesame' 'open sesame' -- apoppasswd -f "$USERS" -a joe -U 20001 -G 20001 -H /home/joe >seen
  diff - seen <<'END'
Enter APOP Password:
Again APOP Password:
Updated APOP password successfully.
[echo on, exit 0]
END
  is 'joe:{PLAIN}open sesame:20001:20001:/home/joe:' "$(pw -e)"
}

# features: C12 C22
@test "on a terminal: two that differ change nothing" {
  users
  save
  terminal 'open sesame' 'open sesame!' -- apoppasswd -f "$USERS" -a joe >seen
  diff - seen <<'END'
Enter APOP Password:
Again APOP Password:
apoppasswd: Password mismatch, nothing changed
[echo on, exit 1]
END
  unchanged
}

# features: C12
@test "on a terminal: a weak secret changes nothing" {
  users
  save
  terminal short short -- apoppasswd -f "$USERS" -a joe >seen
  is 'apoppasswd: use at least 8 characters: nothing changed' "$(sed -n 3p seen)"
  is '[echo on, exit 1]' "$(sed -n 4p seen)"
  unchanged
}

# features: N42
@test "on a terminal: ^C, ^\\, ^Z and ^D give the echo back and change nothing" {
  users
  save
  for key in '^C' "^\\" '^Z' '^D'; do
    terminal "$key" -- apoppasswd -f "$USERS" -a joe >seen
    is '[echo on, exit 1]' "$(tail -n 1 seen)"
    terminal 'open sesame' "$key" -- apoppasswd -f "$USERS" -a joe >seen
    is '[echo on, exit 1]' "$(tail -n 1 seen)"
  done
  unchanged
}

# features: N42
@test "on a terminal: a kill gives the echo back" {
  users
  save
  (
    eventually pgrep -f "^apoppasswd -f $USERS -a joe$" >pid
    sleep 0.2
    kill "$(<pid)"
  ) &
  terminal -- apoppasswd -f "$USERS" -a joe >seen
  is '[echo on, exit 1]' "$(tail -n 1 seen)"
  unchanged
}

# --- -a ---------------------------------------------------------------------------------

# features: C03 C25 C04
@test "-a takes the secret from standard input and stores all it was told" {
  pw -c
  run -0 pw -a joe@example.org -U 20001 -G 20002 -H /home/joe -M mail/box <<<'open sesame'
  is 'Updated APOP password successfully.' "$output"
  is 'joe@example.org:{PLAIN}open sesame:20001:20002:/home/joe:mail/box' "$(pw -e)"
}

# features: C03
@test "-a of a login that is there changes the secret and nothing else" {
  users 'joe:sesame:20001:20001:/home/joe:mail/box:groups=20001,20005;shell=/bin/zsh'
  pw -a joe <<<'open sesame'
  is 'joe:{PLAIN}open sesame:20001:20001:/home/joe:mail/box:groups=20001,20005;shell=/bin/zsh' "$(pw -e)"
}

@test "-a takes the place of all of a login's secrets" {
  users "$joe" "joe:another:$joe_uid:$joe_gid:$PWD/joe"
  pw -a joe <<<'open sesame'
  is "joe:{PLAIN}open sesame:$joe_uid:$joe_gid:$PWD/joe:" "$(pw -e)"
}

# --- settings, and what else is no secret -------------------------------------------------

@test "-m changes what a record says, and no secret" {
  users "joe:sesame:20001:20001:/home/joe:mail/box:groups=20001,20005;shell=/bin/zsh" "$joe"
  pw -a ann -U 20001 -G 20001 -H /home/ann <<<'open sesame'
  pw -m ann -M mail -o POP3_TIMEOUT=60 -o 'POP3_REQUIRE=tls apop' -o POP3_LOG_LOGIN='a;b:%0=%%'
  is 'ann:{PLAIN}open sesame:20001:20001:/home/ann:mail:set=POP3_TIMEOUT=60;set=POP3_REQUIRE=tls apop;set=POP3_LOG_LOGIN=a%3Bb%3A%250=%25%25' \
    "$(pw -e | grep ^ann)"
  pw -m ann -o POP3_TIMEOUT= -o POP3_REQUIRE -o POP3_LOG_LOGIN -o POP3_LOCK -U 20002 -G 20003 -H /h
  is 'ann:{PLAIN}open sesame:20002:20003:/h:mail:set=POP3_TIMEOUT=' "$(pw -e | grep ^ann)"
  login 'ann\0open sesame\0\0' checkpw -f "$USERS" true || [ $? = 111 ]  # no such home, but his secret
}

@test "-a -o sets what the record says with the secret, -a alone leaves it" {
  pw -c
  pw -a ann -U 20001 -G 20001 -H /home/ann -o POP3_READ_ONLY=1 <<<'open sesame'
  pw -a ann <<<'close sesame'
  is 'ann:{PLAIN}close sesame:20001:20001:/home/ann::set=POP3_READ_ONLY=1' "$(pw -e)"
}

@test "-l shows settings behind the names of secrets" {
  users "$joe"
  pw -m joe -o POP3_LOCK=0 -o 'POP3_REQUIRE=tls apop'
  is $'\tPOP3_LOCK=0\tPOP3_REQUIRE=tls apop' "$(pw -l | sed 's/.*CRAM-MD5\t//')"
  pw -a joe -n phone <<<'open sesame'
  is $'phone\tPOP3_LOCK=0\tPOP3_REQUIRE=tls apop' "$(pw -l | sed 's/.*CRAM-MD5\t//')"
}

@test "settings survive an export and an import" {
  users "$joe"
  pw -m joe -o POP3_LOG_LOGIN='a;b:%0=%%' -o POP3_LOCK=
  pw -e >lines
  pw -d joe
  pw -i lines
  pw -e | cmp lines -
}

@test "a record sets only what a record may, once, and text; else nothing is changed" {
  users "$joe"
  save
  for change in PATH=/tmp LD_PRELOAD=x MAILDIR=x POP3_AUTH=user pop3_lock=0 =x POP3_LOG_LOGIN=$'a\nb' \
    "POP3_LOG_LOGIN=$(letters 256)"; do
    run -1 pw -m joe -o "$change"
    [[ $output == apoppasswd:\ joe:* ]]
    run -1 pw -a joe -o "$change" <<<'open sesame'
  done
  run -1 pw -m nobody -o POP3_LOCK=0
  is 'apoppasswd: nobody: no such login' "$output"
  run -1 pw -m joe -U 0
  run -1 pw -m joe -H home
  unchanged
}

# features: B04
@test "-a of a user of this machine takes the record from passwd" {
  pw -c
  pw -a nobody <<<'open sesame'
  entry=$(getent passwd nobody)
  IFS=: read -r _ _ uid gid _ home shell <<<"$entry"
  [[ $(pw -e) == "nobody:{PLAIN}open sesame:$uid:$gid:$home::groups="*";shell=$shell;system" ]]
}

@test "-a of a login that nobody knows wants -U, -G and -H" {
  pw -c
  save
  for account in '' '-U 20001' '-U 20001 -G 20001' '-G 20001 -H /home/joe'; do
    # shellcheck disable=SC2086 # options are words
    run -1 pw -a joe.example $account <<<'open sesame'
    [[ $output == 'apoppasswd: joe.example: not a user of this machine: say -U uid -G gid -H home'* ]]
  done
  unchanged
}

# features: B22
@test "-a gives no record to root" {
  pw -c
  save
  run -1 pw -a toor -U 0 -G 20001 -H /root <<<'open sesame'
  run -1 pw -a toor -U 20001 -G 0 -H /root <<<'open sesame'
  run -1 pw -a root <<<'open sesame'
  unchanged
}

@test "-a refuses a home that is no absolute path" {
  pw -c
  run -1 pw -a joe.example -U 20001 -G 20001 -H home <<<'open sesame'
  is 'apoppasswd: joe.example: home is not an absolute path' "$output"
}

# features: B38
@test "-a refuses names that are none" {
  pw -c
  save
  for login in '' .joe -joe '#joe' 'joe doe' joe:doe joe/doe $'joe\tdoe' $'jo\351' $'jo\302\201' $'jo\356\200\200' \
    "$(letters 129)"; do
    run -1 add "$login" 'open sesame'
    [[ $output == 'apoppasswd: login '* ]]
  done
  unchanged
  add "$(letters 128)" 'open sesame'
}

# features: C12
@test "-a refuses secrets that are too weak" {
  pw -c
  save
  run -1 add joe 1234567
  is 'apoppasswd: use at least 8 characters: nothing changed' "$output"
  run -1 add joe aaaaaaaaaa
  is 'apoppasswd: use more than one character: nothing changed' "$output"
  run -1 add joseph99@example.org Joseph99
  is 'apoppasswd: do not use the login name: nothing changed' "$output"
  run -1 add joseph99@example.org JOSEPH99@example.org
  is 'apoppasswd: do not use the login name: nothing changed' "$output"
  unchanged
}

# features: C12 C13
@test "-a refuses secrets that PASS could not carry" {
  pw -c
  save
  run -1 add joe "$(letters 248)y"
  is 'apoppasswd: the secret is longer than 248 octets: nothing changed' "$output"
  for secret in $'open\tsesame' $'open\vsesame' $'open\x7fsesame'; do
    run -1 add joe "$secret"
    is 'apoppasswd: the secret holds control characters, or what is not UTF-8: nothing changed' "$output"
  done
  for secret in $'\366pen sesame' $'open sesame\302\205' $'open sesame\356\200\200' $'open sesame\360\237\230\200'; do
    run -1 add joe "$secret"
    is 'apoppasswd: the secret is not UTF-8, or holds what SASLprep (RFC 4013) forbids: nothing changed' "$output"
  done
  run -1 add joe "$(letters 2000)"
  unchanged
  add joe "$(letters 247)y"
}

@test "-a prepares a name and a secret beyond ASCII" {
  pw -c
  add $'mu\314\210ller' $'gru\314\210n\302\255e sesame'
  is $'m\303\274ller:{PLAIN}gr\303\274ne sesame:' "$(pw -e | grep -o '^[^:]*:[^:]*:')"
  add $'m\303\274ller' 'open sesame'
  is 1 "$(pw -l | wc -l)"
  pw -d $'mu\314\210ller'
  is '' "$(pw -l)"
}

# features: C12
@test "-a without a secret on standard input changes nothing" {
  users
  save
  run -1 pw -a joe </dev/null
  is 'apoppasswd: no secret on standard input' "$output"
  run -1 pw -a joe <<<''
  unchanged
}

@test "-a takes a secret whose line end is missing" {
  users
  printf 'open sesame' | pw -a joe
  login 'joe\0open sesame\0\0' checkpw -f "$USERS" true
}

# features: A26
@test "-a keeps blanks at a secret's ends" {
  users
  printf ' open sesame \n' | pw -a joe
  login 'joe\0 open sesame \0\0' checkpw -f "$USERS" true
}

@test "-a -s stores by another scheme than the database's" {
  users
  pw -a joe -s BCRYPT <<<'open sesame'
  login 'joe\0open sesame\0\0' checkpw -f "$USERS" true
  is $'joe\tBCRYPT' "$(pw -l | cut -f 1,2)"
}

@test "BCRYPT, which looks at 72 octets only, takes no longer secret" {
  pw -c -s BCRYPT
  save
  run -1 add joe "$(letters 72)y"
  [[ $output == *'BCRYPT takes no secret longer than 72 octets' ]]
  run -1 pw -i - <<<"joe:$(letters 72)y:20001:20001:/home/joe"
  unchanged
  add joe "$(letters 71)y"
  run -1 login "joe\0$(letters 72)\0\0" checkpw -f "$USERS" true
}

# --- -d, -l, -e -------------------------------------------------------------------------

# features: C05 C27 C32
@test "-d deletes one login" {
  users "$joe" "eve:sesame:$joe_uid:$joe_gid:/home/eve"
  pw -d joe
  is eve "$(pw -l | cut -f 1)"
  run -1 login 'joe\0sesame\0\0' checkpw -f "$USERS" true
}

# features: C05
@test "-d of a login that is not there changes nothing" {
  users
  save
  run -1 pw -d eve
  is 'apoppasswd: eve: no such login' "$output"
  unchanged
}

# features: C07 C28
@test "-l lists logins and schemes in order, and no secrets" {
  users "zoe:OPENUP:$joe_uid:$joe_gid:/home/zoe" "adam:OPENUP:$joe_uid:$joe_gid:/home/adam" \
    "adam:{CRYPT}abnqrLigH.z/s:$joe_uid:$joe_gid:/home/adam"
  pw -a zoe -n phone <<<'open sesame'
  diff - <(pw -l) <<END
adam	SEALED,CRYPT	$joe_uid	APOP PLAIN LOGIN SCRAM-SHA-256 CRAM-MD5
zoe	SEALED,SEALED	$joe_uid	APOP PLAIN LOGIN SCRAM-SHA-256 CRAM-MD5	phone
END
}

@test "-l tells which records are damaged" {
  users "$joe" "eve:sesame:$joe_uid:$joe_gid:/home/eve"
  cdb -d "$USERS" | sed '/:eve->/s/uid=/uix=/' >dump
  cdb -c -p 0600 "$USERS" dump
  is $'eve\tdamaged\njoe\tSEALED' "$(pw -l | cut -f 1,2)"
  run -1 pw -e
  [[ $output == *'eve: damaged, left out'* ]]
}

# features: C28
@test "-e writes what -i reads, and nothing is lost on the way" {
  cat >lines <<END
adam:{CRYPT}\$6\$abcdefgh\$Bk2D4uYVcw0FbFPsWa0iJZ1DNfy8v6OjKcRcuBfMkWD1KdADPVnmQf5cr0O8HfAYpq1XrrjdgIRINkwgSKJ8/1:20001:20001:/home/adam
bea:{PLAIN}a%3Acolon, a %25 and {braces}:20001:20001:/home/bea:mail
bea:second secret:20001:20001:/home/bea:mail
carl@example.org:{BCRYPT}\$2b\$04\$abcdefghijklmnopqrstuuinwY/tkBVrn3xrxQI/TgnMHhkvl85RW:20001:20002:/home/carl::groups=20001,20005;shell=/bin/sh;system
dora:{PLAIN}{PLAIN}x:20001:20001:/home/dora
emil: with blanks  :20001:20001:/home/a home
emil:{CERT}emil@example.org:20001:20001:/home/a home::name=card
emil:secret of the phone:20001:20001:/home/a home::name=phone
END
  pw -c
  pw -i lines
  pw -e >first
  apoppasswd -f "$PWD/users/again.cdb" -c
  apoppasswd -f "$PWD/users/again.cdb" -i first
  apoppasswd -f "$PWD/users/again.cdb" -e | cmp first -
  is 8 "$(wc -l <first)"
  grep -q ':name=phone$' first
  for database in "$USERS" "$PWD/users/again.cdb"; do
    login 'bea\0a:colon, a % and {braces}\0\0' checkpw -f "$database" true || [ $? = 111 ]
    login 'dora\0{PLAIN}x\0\0' checkpw -f "$database" true || [ $? = 111 ]
  done
}

@test "a database is restored from an export under the key that is there" {
  users
  pw -a joe -n phone <<<'sesame phone'
  pw -e >backup
  apoppasswd -f users/new.cdb -K users/users.key -c
  apoppasswd -f users/new.cdb -K users/users.key -i backup
  mv users/new.cdb "$USERS"
  pw -e | cmp backup -
  login 'joe\0sesame phone\0\0' checkpw -f "$USERS" true
}

# --- -i ---------------------------------------------------------------------------------

# features: C26
@test "-i reads a file or standard input" {
  echo "$joe" >lines
  pw -c
  pw -i lines
  is joe "$(pw -l | cut -f 1)"
  pw -i - <<<"eve:sesame:$joe_uid:$joe_gid:/home/eve"
  is 'eve joe' "$(pw -l | cut -f 1 | xargs)"
}

@test "-i passes over empty lines and comments, and takes CRLF" {
  pw -c
  printf '# all of us\r\n\r\n\n%s\r\n' "$joe" | pw -i -
  login 'joe\0sesame\0\0' checkpw -f "$USERS" true
  is 1 "$(pw -l | wc -l)"
}

@test "-i replaces what it names, and leaves the others" {
  users "$joe" "eve:sesame:$joe_uid:$joe_gid:/home/eve"
  pw -i - <<<'joe:other:20007:20008:/home/other'
  is "eve:{PLAIN}sesame:$joe_uid:$joe_gid:/home/eve: joe:{PLAIN}other:20007:20008:/home/other:" "$(pw -e | xargs)"
}

@test "-i -s stores plain passwords by another scheme, and ready secrets as they are" {
  pw -c
  pw -s CRYPT -i - <<<"joe:sesame:20001:20001:/home/joe
eve:{PLAIN}sesame:20001:20001:/home/eve"
  is $'eve\tSEALED\njoe\tCRYPT' "$(pw -l | cut -f 1,2)"
  pw -s PLAIN -i - <<<"eve:{PLAIN}sesame:20001:20001:/home/eve"
  is $'eve\tPLAIN\njoe\tCRYPT' "$(pw -l | cut -f 1,2)"
}

# features: C26 B37
@test "-i names every wrong line and why, and changes nothing" {
  users
  save
  cat >lines <<END
good:sesame:20001:20001:/home/good
too:few:20001:20001
too:many:20001:20001:/home/x:::x
:sesame:20001:20001:/home/x
.joe:sesame:20001:20001:/home/x
a/b:sesame:20001:20001:/home/x
joe::20001:20001:/home/x
joe:{MD5}x:20001:20001:/home/x
joe:{PLAIN}:20001:20001:/home/x
joe:{PLAIN}%4:20001:20001:/home/x
joe:{CRYPT}!x:20001:20001:/home/x
joe:{CRYPT}\$y\$jHT\$abcdefgh\$vd9GBZ0X.Wgh3dsxBvCnIOYDItsueGfttJXG763.dDA:20001:20001:/home/x
joe:{CRYPT}\$7\$BU..../....abcdefgh\$ACnMuuKrjXEEviRUdoNN3EinTOiYmup2ZAXX2Bo8F9D:20001:20001:/home/x
joe:{BCRYPT}x:20001:20001:/home/x
joe:{ARGON2ID}x:20001:20001:/home/x
joe:{ARGON2ID}\$argon2id\$v=19\$m=20000,t=2,p=1\$c29tZXNhbHQ\$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4:20001:20001:/home/x
joe:sesame:0:20001:/home/x
joe:sesame:20001:0:/home/x
joe:sesame:-1:20001:/home/x
joe:sesame:4294967296:20001:/home/x
joe:sesame:x:20001:/home/x
joe:sesame:20001:20001:home
joe:sesame:20001:20001:/home/x::groups=a
joe:sesame:20001:20001:/home/x::nonsense
joe:{SEALED}id\$AAAA:20001:20001:/home/x
joe:{SCRAM-SHA-256}1,x,x,x:20001:20001:/home/x
joe:sesame:20001:20001:/home/x::name=My Phone
END
  run -1 pw -i lines
  diff - <(sed 's/^apoppasswd: //' <<<"$output") <<'END'
lines:2: not login:secret:uid:gid:home[:maildir[:options]]; write a secret with a colon as {PLAIN}... with %3A
lines:3: not login:secret:uid:gid:home[:maildir[:options]]; write a secret with a colon as {PLAIN}... with %3A
lines:4: login is empty
lines:5: login begins with a dot, a hyphen or a #
lines:6: login holds a blank, a colon or a slash
lines:7: the secret is empty
lines:8: unknown scheme {MD5}; a password that begins so is written {PLAIN}...
lines:9: the secret is empty
lines:10: % without two hexadecimal digits behind it
lines:11: the {CRYPT} secret is a locked one
lines:12: the {CRYPT} hash costs too much
lines:13: not a kind of {CRYPT} hash that is taken: $1$ $2 $5$ $6$ $y$ $gy$ or traditional
lines:14: not a bcrypt hash
lines:15: not an Argon2id hash ($argon2id$v=19$...)
lines:16: the Argon2id hash costs more than m=19456,t=16,p=4
lines:17: uid is not a number above 0
lines:18: gid is not a number above 0
lines:19: uid is not a number above 0
lines:20: uid is not a number above 0
lines:21: uid is not a number above 0
lines:22: home is not an absolute path
lines:23: options are not groups=N,N;shell=PATH;system;name=NAME;set=NAME=VALUE
lines:24: options are not groups=N,N;shell=PATH;system;name=NAME;set=NAME=VALUE
lines:25: a sealed secret opens nowhere else: write the password
lines:26: not SCRAM keys (iterations,salt,StoredKey,ServerKey), or iterations not from 4096 to 100000
lines:27: a secret's name is 1 to 32 of a-z, 0-9 and hyphen
nothing imported
END
  unchanged
}

@test "-i refuses more secrets for a login than a record may have" {
  users
  save
  for i in {1..17}; do echo "joe:secret$i:20001:20001:/home/joe"; done >lines
  run -1 pw -i lines
  is 'apoppasswd: joe: too many secrets; nothing imported' "$output"
  unchanged
}

@test "-i of a file that is not there is exit 111" {
  users
  run -111 pw -i none
}

@test "-i of what is no text is refused" {
  users
  save
  head -c 10000 /dev/urandom >noise
  run -1 pw -i noise
  unchanged
}

# features: C26
@test "-i of 100000 users takes seconds, and each of them can log in" {
  pw -c
  seq 100000 | awk '{ print "user" $1 ":secret" $1 ":20001:20001:/home/user" $1 }' >lines
  SECONDS=0
  pw -i lines
  ((SECONDS < 20))
  is 100000 "$(pw -l | wc -l)"
  pw -i - <<<"$joe"
  login 'joe\0sesame\0\0' checkpw -f "$USERS" true
  pw -e | grep -q '^user77777:{PLAIN}secret77777:20001:'
  login 'user77777\0secret77778\0\0' checkpw -f "$USERS" true || [ $? = 1 ]
  pw -k
  pw -e | grep -q '^user77777:{PLAIN}secret77777:20001:'
}

# --- several secrets --------------------------------------------------------------------

# opens LOGIN SECRET: it lets in.
opens() { echo "$2" | pw -v "$1" >verified; }

@test "-n adds a secret with a name, and sets it anew; the others stay" {
  users
  pw -a joe -n phone <<<'sesame phone'
  pw -a joe -n office <<<'sesame office'
  opens joe sesame && opens joe 'sesame phone' && opens joe 'sesame office'
  pw -a joe -n phone <<<'new sesame phone'
  run -1 opens joe 'sesame phone'
  opens joe 'new sesame phone' && opens joe sesame
  pw -a joe <<<'new sesame'
  run -1 opens joe sesame
  opens joe 'new sesame' && opens joe 'new sesame phone' && opens joe 'sesame office'
  is 'office,phone' "$(pw -l | cut -f 5 | tr , '\n' | sort | paste -sd,)"
}

@test "-d -n revokes one secret, but not the last" {
  users
  pw -a joe -n phone <<<'sesame phone'
  pw -d joe -n phone
  run -1 opens joe 'sesame phone'
  opens joe sesame
  run -1 pw -d joe -n phone
  is 'apoppasswd: phone: no secret of this name' "$output"
  rm "$USERS"
  pw -c
  pw -a joe -n phone -U 20001 -G 20001 -H /home/joe <<<'sesame phone'
  run -1 pw -d joe -n phone
  is 'apoppasswd: phone: that is the only secret' "$output"
  opens joe 'sesame phone'
}

@test "a login has at most 16 secrets" {
  users
  for i in {1..15}; do pw -a joe -n "phone$i" <<<"sesame phone"; done
  run -1 pw -a joe -n phone16 <<<"sesame phone"
  is 'apoppasswd: joe: too many secrets' "$output"
}

@test "-a -n -s stores what is no password: a certificate, a token's subject" {
  users
  pw -a joe -n card -s CERT <<<joe
  pw -a joe -n token -s OAUTH <<<12
  is $'joe\tSEALED,CERT,OAUTH' "$(pw -l | cut -f 1,2)"
  run -1 opens joe 12
}

@test "-v says whether it is the secret, and which" {
  users
  pw -a joe -n phone <<<'sesame phone'
  is 'That is the secret.' "$(pw -v joe <<<sesame)"
  is 'That is the secret phone.' "$(pw -v joe <<<'sesame phone')"
  run -1 pw -v joe <<<wrong
  is 'apoppasswd: joe: that is not the secret' "$output"
  run -1 pw -v nobody <<<sesame
  is 'apoppasswd: nobody: no such login' "$output"
  run -1 pw -v joe </dev/null
  is 'apoppasswd: no secret on standard input' "$output"
}

@test "-v on a terminal asks once, without echo" {
  users
  terminal sesame -- apoppasswd -f "$USERS" -v joe >seen
  diff - seen <<'END'
APOP Password:
That is the secret.
[echo on, exit 0]
END
}

# --- sealing ----------------------------------------------------------------------------

# features: C23
@test "secrets are sealed, and an export opens them" {
  pw -c
  add joe 'open sesame'
  ! grep -aq 'open sesame' "$USERS" || false
  is 'joe:{PLAIN}open sesame:'"$joe_uid:$joe_gid:$PWD/joe:" "$(pw -e)"
}

@test "-k makes a new key, seals all under it, and drops the old one" {
  users "$joe" "eve:{CRYPT}abnqrLigH.z/s:$joe_uid:$joe_gid:/home/eve"
  pw -a joe -n phone <<<'sesame phone'
  pw -e >before
  old=$(cut -d ' ' -f 1 users/users.key)
  cp users/users.key old.key
  pw -k
  new=$(cut -d ' ' -f 1 users/users.key)
  is 1 "$(wc -l <users/users.key)"
  [ "$old" != "$new" ] && ! grep -aq "{SEALED}$old" "$USERS" && is 3 "$(grep -ao "{SEALED}$new" "$USERS" | wc -l)"
  pw -e | cmp before -
  cp old.key users/users.key
  run -111 pw -e
  [[ $output == *'a key that the key file does not have'* ]]
}

@test "-k seals a database that was made without a key" {
  pw -c -s PLAIN
  run -0 add joe 'open sesame'
  [[ $output == *"warning: stored as it is; 'apoppasswd -k' makes a key and seals all secrets"* ]]
  grep -aq '{PLAIN}open sesame' "$USERS"
  pw -k
  ! grep -aq 'open sesame' "$USERS" || false
  run -0 add eve 'shut sesame'
  is 'Updated APOP password successfully.' "$output"
  opens joe 'open sesame' && opens eve 'shut sesame'
}

@test "-k of a database of popchain 0.1 seals it" {
  printf '+0,63:->v=1\0scheme=PLAIN\0dummy={PLAIN}sdjibkqiq733o2il2axt7mxnhdvrieq5\0\n+3,58:joe->v=1\0uid=1001\0gid=1001\0home=/home/joe\0secret={PLAIN}sesame\0\n\n' >dump
  cdb -c -p 0600 "$USERS" dump
  opens joe sesame
  pw -k
  opens joe sesame
  cdb -q "$USERS" '' | tr '\0' '\n' | grep -qxE 'key=[0-9a-f]{64}'
  is $'joe\tSEALED' "$(pw -l | cut -f 1,2)"
}

@test "-k with the old key lost changes nothing" {
  users
  save
  rm users/users.key
  run -111 pw -k
  unchanged
  [ ! -e users/users.key ]
  run -111 pw -a joe <<<'open sesame'
  unchanged
}

@test "-k with a damaged record changes nothing" {
  users "$joe" "eve:sesame:$joe_uid:$joe_gid:/home/eve"
  cdb -d "$USERS" | sed '/:eve->/s/uid=/uix=/' >dump
  cdb -c -p 0600 "$USERS" dump
  cp users/users.key key
  save
  run -111 pw -k
  is 'apoppasswd: eve: record is damaged, or of a newer version' "$output"
  unchanged
  cmp key users/users.key
}

# features: N42
@test "a kill at any moment of -k leaves every secret open" {
  seq 30000 | awk '{ print "user" $1 ":new:20001:20001:/home/user" $1 }' >lines
  users
  pw -i lines
  for i in {1..10}; do
    apoppasswd -f "$USERS" -k 3>&- &
    sleep "0.$((RANDOM % 250 + 10))"
    kill -KILL $! || true
    wait $! || true
    opens joe sesame && opens user30000 new
  done 2>/dev/null
  pw -k
  is 1 "$(wc -l <users/users.key)"
}

# --- misuse -----------------------------------------------------------------------------

@test "misuse of the command line is exit 100 and shows the usage" {
  users
  save
  for call in '-c -l' '-a joe -d joe' '-U 20001' '-d joe -U 20001' '-l -s PLAIN' '-c -s MD5' '-a' \
    '-m' '-m joe' '-m joe -s PLAIN -U 5' '-m joe -n x -U 5' '-o POP3_LOCK=0' '-l -o POP3_LOCK=0' '-x' '-l extra' '-k -l' '-n x -l' '-n x -c' '-n X' '-n' '-r' '-r X' '-r x -n y' '-v' '-v joe -n x' '-k -s PLAIN' \
    '-c -s CERT' '-i - -s OAUTH' '-a joe -U x -G 1 -H /' '-a joe -U -1' '-i' '--help'; do
    # shellcheck disable=SC2086 # options are words
    run -100 pw $call </dev/null
    [[ $output == *'usage: apoppasswd [-f file] [-c | -a login'* ]]
  done
  unchanged
}

# features: C04
@test "a secret on the command line is never taken" {
  users
  save
  run -100 pw -a joe 'open sesame' </dev/null
  unchanged
}

# features: N42
@test "a call without a program's name does no harm" {
  users
  save
  python3 -IS - "$BIN/apoppasswd" <<'PYTHON' || status=$?
import ctypes, sys
libc = ctypes.CDLL(None)
nothing = (ctypes.c_char_p * 1)(None)
libc.execve(sys.argv[1].encode(), nothing, nothing)
PYTHON
  ((status < 128))
  unchanged
}

# --- what must never lose the database --------------------------------------------------

# features: N42
@test "twenty at once lose nothing" {
  pw -c
  for i in {1..20}; do add "user$i" "secret of $i" >/dev/null 3>&- & done
  wait
  is 20 "$(pw -l | wc -l)"
}

# features: N42
@test "a kill at any moment leaves the old database or the new one" {
  seq 30000 | awk '{ print "user" $1 ":new:20001:20001:/home/user" $1 }' >lines
  users
  before=$(pw -l | cksum)
  pw -i lines
  after=$(pw -l | cksum)
  for i in {1..15}; do
    users
    apoppasswd -f "$USERS" -i lines 3>&- &  # no function: the kill is for the program itself
    sleep "0.0$((RANDOM % 80 + 10))"
    kill -KILL $! || true
    wait $! || true
    now=$(pw -l | cksum)
    [ "$now" = "$before" ] || [ "$now" = "$after" ]
    add joe 'open sesame' >/dev/null  # nobody's lock, and no rest of a file, is in the way
  done 2>/dev/null
}

# features: N42
@test "a limit on the size of files is an error, and the database stays" {
  users
  save
  for size in 0 100 2048; do
    run -111 prlimit --fsize="$size" apoppasswd -f "$USERS" -a joe <<<'open sesame'
    [[ $output == *'File too large' ]]
  done
  unchanged
}

# features: N42
@test "too few descriptors are an error, and the database stays" {
  users
  save
  run -111 bare prlimit --nofile=4 apoppasswd -f "$USERS" -a joe <<<'open sesame'
  [[ $output == *'Too many open files' ]]
  unchanged
}

# features: N42
@test "a full disk is an error, and the database stays" {
  on_tmpfs 64k users "
    set +e
    printf '%s\n' '$joe' >line
    apoppasswd -f '$USERS' -c && apoppasswd -f '$USERS' -i line || exit 1
    cp '$USERS' saved
    cat /dev/zero >users/filler 2>/dev/null
    echo 'open sesame' | apoppasswd -f '$USERS' -a joe 2>said
    echo \$? >status
    cmp saved '$USERS' && test ! -e '$USERS.new'"
  is 111 "$(<status)"
  grep -q 'No space left on device' said
}

@test "a directory that cannot be written is an error, and the database stays" {
  users
  save
  if is_root; then chown -R "$joe_uid" users; fi
  chmod 500 users
  run -111 as_user apoppasswd -f "$USERS" -a joe <<<'open sesame'
  chmod 700 users
  unchanged
}

# features: N42
@test "closed descriptors are never taken for the database" {
  users
  save
  apoppasswd -f "$USERS" -l <&- >&- 2>&- || true
  apoppasswd -f "$USERS" -a joe <&- >&- 2>&- || true
  apoppasswd -f "$USERS" -d nobody <&- >&- 2>&- || true
  unchanged
  echo 'open sesame' | pw -a joe >&- 2>&-
  login 'joe\0open sesame\0\0' checkpw -f "$USERS" true
}

# features: N09 N42
@test "a link in the place of the temporary file or the lock is not followed" {
  users
  echo precious >precious
  ln -sf "$PWD/precious" "$USERS.new"
  add joe 'open sesame'
  is precious "$(<precious)"
  login 'joe\0open sesame\0\0' checkpw -f "$USERS" true
  ln -sf "$PWD/precious" "$USERS.lock"
  run -111 add joe 'shut sesame'
  is precious "$(<precious)"
}

@test "readers need no lock" {
  users
  exec 8>"$USERS.lock"
  flock 8
  login 'joe\0sesame\0\0' checkpw -f "$USERS" true
  is joe "$(pw -l | cut -f 1)"
}

@test "a damaged database is not overwritten" {
  users
  truncate -s 2100 "$USERS"
  save
  run -111 add eve 'open sesame'
  unchanged
}

# --- setuid -----------------------------------------------------------------------------

# installed SCRIPT: where apoppasswd is installed setuid to uid 20009, who owns the directory of
# the database that is compiled in, with joe and eve in it. The file system below is the test's own.
# In SCRIPT, stranger UID ARG... calls it, under $limits; admin is root's call.
installed() {
  needs_root
  database=$(grep -ao '/[[:graph:]]*/etc/users/users\.cdb' "$BIN/apoppasswd")
  home=${database%/etc/users/users.cdb}
  local there=$home
  until [ -d "$there" ]; do there=${there%/*}; done
  [ -n "$there" ] || skip "$home has no directory above it that could be hidden"
  on_tmpfs 16m "$there" "
    [ ! -e /dev/log ] || mount --bind /dev/null /dev/log  # the machine's own hears nothing of it
    mkdir -p '$home/bin' '$home/etc/users'
    install -m 4755 -o 20009 -g 20009 '$BIN/apoppasswd' '$home/bin'
    chown 20009:20009 '$home/etc/users'
    database='$database' home='$home' tests='$BATS_TEST_DIRNAME'
    stranger() {
      local uid=\$1
      shift
      setpriv --reuid \"\$uid\" --regid \"\$uid\" --clear-groups \${limits-} '$home/bin/apoppasswd' \"\$@\"
    }
    admin() { '$home/bin/apoppasswd' \"\$@\"; }
    admin -c
    printf '%s\n' 'joe:sesame:20001:20001:/home/joe' 'eve:sesame:20002:20002:/home/eve' | admin -i -
    admin -e >before
    $1
    admin -e | grep -v ^nobody: | cmp before -
    test \"\$(stat -c '%u %a' \"\$database\")\" = '20009 600'"
}

# features: C06 C14
@test "setuid: a user creates and changes his own record, and no other" {
  installed '
    echo "open sesame" | stranger 65534 >first
    admin -e | grep ^nobody: >>first
    echo "shut sesame" | stranger 65534 >second
    admin -e | grep ^nobody: >>second'
  is 'Updated APOP password successfully.' "$(sed -n 1p first)"
  [[ $(sed -n 2p first) == 'nobody:{PLAIN}open sesame:65534:65534:'*';system' ]]
  [[ $(sed -n 2p second) == 'nobody:{PLAIN}shut sesame:65534:65534:'*';system' ]]
}

@test "setuid: a user adds, lists and revokes secrets of his own, and sees no others" {
  installed '
    echo "open sesame" | stranger 65534
    echo "sesame phone" | stranger 65534 -n phone
    stranger 65534 -l -f "$PWD/none" >seen
    admin -e | grep ^nobody: | cut -d : -f 2 >>seen
    stranger 65534 -r phone
    admin -e | grep ^nobody: | cut -d : -f 2 >>seen
    status=0
    stranger 65534 -r phone 2>>seen || status=$?
    test $status = 1'
  diff - seen <<'END'
nobody	SEALED,SEALED	65534	APOP PLAIN LOGIN SCRAM-SHA-256 CRAM-MD5	phone
{PLAIN}open sesame
{PLAIN}sesame phone
{PLAIN}open sesame
apoppasswd: phone: no secret of this name
END
}

@test "setuid: who has no record has nothing to list or to revoke" {
  installed '
    for call in -l "-r phone"; do
      status=0
      stranger 65534 $call >>said 2>&1 || status=$?
      test $status = 1
    done'
  is 'apoppasswd: nobody: no such login' "$(sort -u said)"
}

@test "setuid: the key is in a directory of its own, which is the database owner's alone" {
  installed '
    stat -c "%u %a" "$home/etc/keys" "$home/etc/keys/users.key" >seen
    admin -k
    stat -c "%u %a" "$home/etc/keys/users.key" >>seen
    setpriv --reuid 65534 --regid 65534 --clear-groups cat "$home/etc/keys/users.key" 2>>said && exit 1
    ls "$home/etc/users" >>seen'
  diff - seen <<'END'
20009 700
20009 600
20009 600
users.cdb
users.cdb.lock
END
}

# features: C06 C22
@test "setuid: a user on his terminal" {
  installed '
    python3 -IS "$tests/terminal.py" "open sesame" "open sesame" -- \
      setpriv --reuid 65534 --regid 65534 --clear-groups "$home/bin/apoppasswd" | tr -d "\r" >seen
    admin -e | grep -q "^nobody:{PLAIN}open sesame:"'
  diff - seen <<'END'
Enter APOP Password:
Again APOP Password:
Updated APOP password successfully.
[echo on, exit 0]
END
}

# features: N14
@test "setuid: a user's -f is ignored" {
  mkdir -m 777 his
  installed '
    echo "open sesame" | stranger 65534 -f "$PWD/his/users.cdb"
    admin -e | grep -q "^nobody:{PLAIN}open sesame:"
    test -z "$(ls his)"'
}

# features: C01 C03 C05 C07 C14
@test "setuid: a user may not use the administrator's options" {
  echo 'mallory:sesame:20001:20001:/home/joe' >lines
  installed '
    for call in -c "-a joe" "-a nobody" "-d joe" "-v joe" "-d joe -n x" "-m joe -o POP3_LOCK=0" -e -k "-i lines" "-i -"; do
      status=0
      echo "open sesame" | stranger 65534 $call >>said 2>&1 || status=$?
      test $status = 1
    done'
  is 'apoppasswd: only the database'\''s owner and root may do that' "$(sort -u said)"
}

@test "setuid: a user may not say what his record holds" {
  installed '
    for call in "-U 20001" "-G 20001" "-H /home/joe" "-M /home/joe/Maildir" "-s PLAIN" "-o POP3_LOCK=0" joe; do
      status=0
      echo "open sesame" | stranger 65534 $call >>said 2>&1 || status=$?
      test $status = 100
    done
    test -z "$(admin -e | grep ^nobody:)"'
}

# features: C06
@test "setuid: a record of the user's name that belongs to another uid is not his" {
  installed '
    echo "nobody:sesame:20003:20003:/home/other" | admin -i -
    status=0
    echo "open sesame" | stranger 65534 >said 2>&1 || status=$?
    test $status = 1
    admin -e | grep -q "^nobody:{PLAIN}sesame:20003:"'
  is 'apoppasswd: nobody: belongs to another uid in the database, ask the administrator' "$(<said)"
}

# features: B04
@test "setuid: who is not in passwd has no record" {
  installed '
    status=0
    uid=41977
    while getent passwd "$uid"; do uid=$((uid + 1)); done
    echo "open sesame" | stranger "$uid" >said 2>&1 || status=$?
    test $status = 1'
  is 'apoppasswd: you are not in passwd(5)' "$(<said)"
}

# features: B21
@test "setuid: uids below 100 have no record" {
  installed '
    status=0
    echo "open sesame" | stranger 1 >said 2>&1 || status=$?
    test $status = 1'
  [[ $(<said) == *': uids below 100 get no mail' ]]
}

# features: C12
@test "setuid: a weak secret is refused" {
  installed '
    status=0
    echo secret | stranger 65534 >said 2>&1 || status=$?
    test $status = 1
    test -z "$(admin -e | grep ^nobody:)"'
  is 'apoppasswd: use at least 8 characters: nothing changed' "$(<said)"
}

# In the namespace /dev has another log, and no terminal.
# features: C17
@test "setuid: syslog hears who has changed what, and not the secret" {
  installed '
    mkdir dev
    for device in null urandom; do
      : >dev/$device
      mount --bind /dev/$device dev/$device
    done
    python3 -IS -c "
import socket, sys
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind(\"dev/log\")
while b\"end of\" not in (line := log.recv(2000)):
    print(line.decode(), flush=True)" >heard &
    until test -S dev/log; do sleep 0.01; done
    chmod 666 dev/log
    mount --rbind dev /dev
    echo "open sesame" | POP3_LOG=json stranger 65534
    echo "shut sesame" | stranger 65534 -n phone
    stranger 65534 -r phone
    admin -m nobody -o POP3_LOCK=0
    echo "open sesame" | POP3_LOG=json admin -a nobody
    admin -d nobody
    admin -i - </dev/null
    admin -k
    if admin -d nobody; then exit 1; fi
    : | stranger 65534 || true
    python3 -IS -c "
import socket
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b\"end of it\", \"/dev/log\")"
    wait'
  sed 's/^<37>[A-Z][a-z]* *[0-9]* [0-9:]* apoppasswd: //' heard | diff - <(printf 'event=changed what=%s\n' \
    'secret user=nobody by=65534' 'secret user=nobody name=phone by=65534' 'revoked user=nobody name=phone by=65534' \
    'record user=nobody by=0' 'secret user=nobody by=0' 'deleted user=nobody by=0' 'imported by=0' 'key by=0')
}

# features: N42
@test "setuid: a hostile umask, limits, descriptors and environment change nothing" {
  installed '
    umask 0
    cp "$database" saved
    echo "open sesame" | limits="prlimit --fsize=0" stranger 65534 2>&1 | cat >said
    echo "open sesame" | limits="prlimit --nofile=4" stranger 65534 3>&- 2>&1 | cat >>said
    stranger 65534 <&- >&- 2>&- || true
    cmp saved "$database"
    test ! -e "$database.new"
    umask 777
    export LD_PRELOAD=/nowhere/evil.so TMPDIR=/nowhere LD_LIBRARY_PATH="$PWD" IFS=x
    echo "open sesame" | stranger 65534 2>>said'
  grep -q 'File too large' said
  grep -q 'Too many open files' said
}

@test "setuid: twenty users at once lose nothing" {
  installed '
    for i in {1..20}; do
      case $((i % 2)) in
        0) echo "open sesame" | stranger 65534 & ;;
        1) echo "user$i:sesame:20001:20001:/home/x" | admin -i - & ;;
      esac
    done
    wait
    test "$(admin -l | wc -l)" = 13
    for i in 1 3 5 7 9 11 13 15 17 19; do admin -d "user$i"; done'
}

@test "setuid: a database that belongs to another than the program is left alone" {
  installed '
    chown 20010 "${database%/*}" "$database"
    status=0
    echo "open sesame" | stranger 65534 2>said || status=$?
    chown 20009 "${database%/*}" "$database"
    test $status = 111'
  grep -q 'does not belong to the owner of apoppasswd' said
}
