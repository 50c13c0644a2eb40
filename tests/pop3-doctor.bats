#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# pop3-doctor: a service that is well has nothing said of it; each thing that is broken here, one after
# the other, is told in its sentence with what to type.

load helpers

setup() {
  prepare
  top=$BATS_TEST_DIRNAME/..
  mkdir -p home/etc/users home/empty home/run home/etc/tls
  chmod 700 home/etc/users home/etc/tls
  USERS=$PWD/home/etc/users/users.cdb
  users
  chmod 600 "$USERS"
  echo 127.:allow >home/etc/tcp.rules
  touch -d yesterday home/etc/tcp.rules
  tcprules home/etc/tcp.cdb home/etc/tcp.tmp <home/etc/tcp.rules
  serve
  message cur/1.one:2, 'one\n'
  chmod 700 joe/Maildir/*
  service=$PWD/service/pop3
  "$top/scripts/set-up" "$service" HOME_DIR="$PWD/home" HOST=127.0.0.1 IP=127.0.0.1 PORT="$PORT" \
    PATH="$BIN:/usr/bin:/bin" ACCOUNT=nobody LOG_ACCOUNT="$(is_root && echo nobody || id -un)" POP3_TLS=none
}

doctor() { "$top/scripts/pop3-doctor" -s "$service" "$@"; }
# wrong PATTERN [ARGUMENT...]: just one thing is, and this is its sentence.
wrong() {
  local pattern=$1
  run -1 doctor "${@:2}"
  [[ $(grep -c '^wrong:' <<<"$output") == 1 && $(tail -1 <<<"$output") == 'pop3-doctor: 1 wrong' ]] || { echo "$output"; false; }
  grep -qE "^wrong: $pattern" <<<"$output" || { echo "wanted: $pattern"; echo "$output"; false; }
  # What to type is behind it.
  grep -A1 '^wrong:' <<<"$output" | tail -1 | grep -qE '^       [a-z]' || { echo "$output"; false; }
}
set_to() { printf '%s\n' "$2" >"$service/env/$1"; }

@test "all is well, with the login and without" {
  run -0 doctor
  is 'pop3-doctor: nothing is wrong' "$(grep -v ^note: <<<"$output")"
  run -0 doctor joe
  run -0 doctor -v joe
  grep -qE "^well: +port $PORT says: \+OK POP3 ready" <<<"$output"
  grep -qE '^well: +login joe: .*/Maildir, 1 messages$' <<<"$output"
}

@test "called wrongly" {
  run -100 doctor -x
  run -100 doctor joe jane
}

@test "no service directory, no run" {
  run -1 "$top/scripts/pop3-doctor" -s "$PWD/nowhere"
  [[ $output == *"is no service directory"*"popchain-setup $PWD/nowhere"* ]]
  chmod -x "$service/run"
  wrong '.*/run is missing or not executable'
}

@test "it changes nothing" {
  find home service joe -printf '%p %m %u %T@ %C@\n' | sort >before
  doctor joe
  find home service joe -printf '%p %m %u %T@ %C@\n' | sort | diff before -
}

# features: M01
@test "nothing listens; a port that is none; somebody else's port" {
  set_to PORT 1
  wrong 'Nothing listens on port 1, and the service is not supervised'
  set_to PORT no-such-service
  wrong 'PORT is no-such-service, which is no service'
  bare setsid tcpserver -1vHRl0 127.0.0.1 0 echo 220 smtp >port.other 2>/dev/null &
  echo $! >>servers
  eventually test -s port.other
  set_to PORT "$(<port.other)"
  wrong 'Port [0-9]+ of 127.0.0.1 does not answer like a POP3 server: 220 smtp'
}

# features: M01
@test "rules that refuse this machine" {
  kill -- -"$server" && wait "$server" 2>/dev/null || true
  echo :deny | tcprules deny.cdb deny.tmp
  TCPSERVER="-x $PWD/deny.cdb" serve
  set_to PORT "$PORT"
  wrong 'Who connects to 127.0.0.1 port [0-9]+ is hung up on'
}

@test "programs and accounts that are missing" {
  set_to PATH /usr/bin:/bin
  mkdir hidden
  run -1 doctor
  for program in pop3-login checkpw pop3d; do grep -q "^wrong: $program is not in" <<<"$output"; done
  set_to PATH "$BIN:/usr/bin:/bin"
  set_to ACCOUNT no-such-account
  wrong 'There is no account no-such-account'
  set_to ACCOUNT root
  wrong 'The account root \(ACCOUNT\) is root'
}

@test "the log directory is not the log's account's" {
  needs_root
  chown root "$service/log/main"
  wrong '.*/log/main does not belong to nobody'
}

@test "the empty root directory: missing, not empty, writable" {
  touch home/empty/file
  wrong '.*/empty, the empty root directory, is not empty'
  rm home/empty/file
  chmod 777 home/empty
  wrong ".*/empty, the empty root directory, must be root's"
  rmdir home/empty
  wrong '.*/empty, the empty root directory, is missing'
}

@test "users.cdb: missing, open to others, damaged" {
  chmod 644 "$USERS"
  wrong '.*/users.cdb can be used by others'
  chmod 600 "$USERS"
  chmod 755 home/etc/users
  wrong '.*/etc/users can be used by others'
  chmod 700 home/etc/users
  head -c 100 /dev/zero >"$USERS"
  wrong 'checkpw cannot use '
  rm "$USERS"
  wrong 'There is no database of users'
}

@test "the key file is open to others" {
  mkdir -p home/etc/keys
  touch home/etc/keys/users.key
  chmod 640 home/etc/keys/users.key
  wrong '.*/users.key, the key of the secrets, can be used by others'
}

@test "the rules: missing, older than their text" {
  touch home/etc/tcp.rules
  touch -d yesterday home/etc/tcp.cdb
  wrong '.*/tcp.rules was changed, but not made into '
  rm home/etc/tcp.cdb
  run -1 doctor
  grep -q '^wrong: There is no .*/tcp.cdb, which says who may connect' <<<"$output"
}

@test "a setting that is none" {
  command -v pop3-conf || skip 'no pop3-conf'
  set_to POP3_TIMEOUT soon
  wrong 'pop3-conf finds fault with the settings: .*POP3_TIMEOUT'
}

@test "the host's name: not one, without an address" {
  set_to HOST localhost
  wrong 'HOST is localhost, no name that clients could know'
  set_to HOST pop3.invalid
  wrong 'The name pop3.invalid has no address'
}

# --- TLS ------------------------------------------------------------------------------------

tls_service() {
  "$top/scripts/set-up" -t "$PWD/service/tlsd" HOME_DIR="$PWD/home" ACCOUNT=nobody LOG_ACCOUNT="$(is_root && echo nobody || id -un)"
  certificate home/etc/tls/a
  chmod 600 home/etc/tls/*
}

# expired KEY FILE: a certificate of last century.
expired() {
  mkdir authority && : >authority/index && echo 01 >authority/serial
  printf '%s\n' '[ca]' default_ca=a '[a]' database=authority/index serial=authority/serial new_certs_dir=authority \
    default_md=sha256 policy=p unique_subject=no x509_extensions=e '[p]' commonName=supplied \
    '[e]' subjectAltName=DNS:127.0.0.1 >authority/config
  openssl req -new -key "$1" -subj /CN=127.0.0.1 -out authority/request 2>/dev/null
  openssl ca -batch -selfsign -config authority/config -keyfile "$1" -in authority/request -out "$2" -notext \
    -startdate 19990101000000Z -enddate 19991231000000Z 2>/dev/null
}

@test "certificates: well; expired soon; for another host; another's key; a key for all; no key" {
  tls_service
  run -1 doctor
  grep -q "^wrong: No certificate in .* is for 127.0.0.1" <<<"$output"
  rm home/etc/tls/*
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 30 -subj /CN=127.0.0.1 \
    -addext subjectAltName=DNS:127.0.0.1 -keyout home/etc/tls/a.key -out home/etc/tls/a.pem 2>/dev/null
  run -0 doctor
  chmod 644 home/etc/tls/a.key
  wrong '.*/a.key, a private key, can be read by others'
  chmod 600 home/etc/tls/a.key
  cp home/etc/tls/a.key keep
  openssl genpkey -algorithm ec -pkeyopt ec_paramgen_curve:P-256 -out home/etc/tls/a.key 2>/dev/null
  wrong '.*/a.key is not the key of the certificate .*/a.pem'
  rm home/etc/tls/a.key
  if is_root; then wrong 'The certificate .*/a.pem has no key'; fi
  cp keep home/etc/tls/a.key && chmod 600 home/etc/tls/a.key
  openssl req -x509 -key home/etc/tls/a.key -days 3 -subj /CN=127.0.0.1 \
    -addext subjectAltName=DNS:127.0.0.1 -out home/etc/tls/a.pem 2>/dev/null
  wrong 'The certificate .*/a.pem expires within two weeks'
  expired home/etc/tls/a.key home/etc/tls/a.pem
  wrong 'The certificate .*/a.pem has expired'
}

@test "TLS is wanted, and there is no tlsd; its socket is open to others" {
  set_to POP3_TLS stls
  wrong 'There is no tlsd at '
  python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' home/run/tlsd
  chmod 777 home/run/tlsd
  wrong ".*/run/tlsd can be used by others"
}

# --- a login ----------------------------------------------------------------------------------

@test "a login that there is not, or that has no mail" {
  wrong 'The login jane is not in ' jane
  users "joe:sesame:99:$joe_gid:$PWD/joe"
  chmod 600 "$USERS"
  run -1 doctor joe
  grep -q '^wrong: joe has the uid 99; up to 99 nobody gets mail' <<<"$output"
}

@test "the home: missing, closed" {
  chmod +t joe
  wrong 'The home of joe, .*, has the sticky bit' joe
  chmod -t joe
  mv joe gone
  wrong 'The home of joe, .*/joe, is missing' joe
  mv gone joe
}

@test "the Maildir: missing, in part, others' to write in" {
  chmod g+w joe/Maildir/new
  wrong 'Others may write in .*/Maildir/new' joe
  chmod g-w joe/Maildir/new
  rmdir joe/Maildir/tmp
  wrong '.*/Maildir/tmp is missing, or no directory' joe
  rm -r joe/Maildir
  wrong 'joe has no Maildir' joe
}

@test "a Maildir, or files in it, of another uid; one that he cannot reach" {
  needs_root
  chown 20009 joe/Maildir/cur/*
  wrong '1 files in .*/Maildir do not belong to joe' joe
  own joe
  chown 20009 joe/Maildir/tmp
  wrong ".*/Maildir/tmp belongs to the uid 20009, not to joe's" joe
  own joe
  chown root joe && chmod 700 joe
  wrong 'The uid [0-9]+ cannot get into .*/Maildir/new' joe
}
