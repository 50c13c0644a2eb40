# SPDX-License-Identifier: ISC
# tlsd as its users and clients see it. tlsd_user.py is both, where a program is not enough.

load helpers

setup() {
  prepare
  unset "${!TLS_@}"
  is_root || service_env=(ROOT="$PWD/empty")
  PATH="$PATH:/usr/local/bin"
}

# certificate FILE NAME [OPTION...]: FILE.pem and FILE.key, for a host; ECDSA, or $KEY.
certificate() {
  local file=$1 name=$2 key=${KEY:-ec -pkeyopt ec_paramgen_curve:P-256}
  shift 2
  mkdir -p "$(dirname "$file")"
  # shellcheck disable=SC2086 # options are words
  openssl req -x509 -newkey $key -noenc -days 30 -subj "/CN=$name" \
    -addext "subjectAltName=DNS:$name" -keyout "$file.key" -out "$file.pem" "$@" 2>/dev/null
}

# tls [VARIABLE=VALUE...] [OPTION...]: a tlsd with certs/ at ./tls; $tlsd is its master.
tls() {
  local settings=("${service_env[@]}")
  while [[ ${1-} == [A-Z]*=* ]]; do
    settings+=("$1")
    shift
  done
  [ $# -gt 0 ] || set -- -c certs
  # The log through a pipe, as under supervise: a worker cannot write to a file.
  bare env "${settings[@]}" setsid tlsd "$@" ./tls 2> >(cat >>server.log) >/dev/null &
  tlsd=$!
  echo "$tlsd" >>servers
  logged 'event=started'
}

user() { timeout 60 python3 -IS "$BATS_TEST_DIRNAME/tlsd_user.py" ./tls "$@"; }

# serve_tls WHAT [ALPN]: clients may connect to $PORT.
serve_tls() {
  local port
  port=$(mktemp port.XXXXXX)
  bare setsid python3 -IS "$BATS_TEST_DIRNAME/tlsd_user.py" ./tls serve "$@" >"$port" 2>>user.log &
  echo $! >>servers
  eventually test -s "$port"
  PORT=$(<"$port")
}

# client [OPTION...]: what openssl s_client gets.
client() { timeout 20 openssl s_client -connect "127.0.0.1:$PORT" -ign_eof "$@" </dev/null 2>client.log; }
# fact NAME CLIENT...: of what serve_tls facts says.
fact() {
  local name=$1
  shift
  "$@" | sed -n "s/^$name=//p"
}
# served_name [OPTION...]: whose certificate the client sees.
served_name() { client "$@" | sed -n 's/^subject=CN = //p'; }

@test "TLS 1.3 and 1.2 are spoken, and the report says which" {
  certificate certs/mail mail.example.org
  tls
  serve_tls facts
  is TLSv1.3 "$(fact protocol client)"
  is TLSv1.2 "$(fact protocol client -tls1_2)"
  is ECDHE-ECDSA-AES128-GCM-SHA256 "$(fact cipher client -tls1_2)"
  is 1 "$(fact outcome client)"
}

# features: F10
@test "TLS 1.1 is refused, unless TLS_MIN_VERSION permits it" {
  certificate certs/mail mail.example.org
  tls
  serve_tls facts
  ! client -tls1_1 -cipher 'ALL:@SECLEVEL=0' | grep outcome || false
  grep -q 'unsupported protocol' user.log
  kill "$tlsd"
  : >server.log
  tls TLS_MIN_VERSION=TLSv1
  is TLSv1.1 "$(fact protocol client -tls1_1 -cipher 'ALL:@SECLEVEL=0')"
  is TLSv1.3 "$(fact protocol client)"
}

# features: F10
@test "TLS_MIN_VERSION=TLSv1.3 refuses TLS 1.2" {
  certificate certs/mail mail.example.org
  tls TLS_MIN_VERSION=TLSv1.3
  serve_tls facts
  is TLSv1.3 "$(fact protocol client)"
  ! client -tls1_2 | grep outcome
}

# features: F09
@test "TLS_CIPHERS chooses for TLS 1.2" {
  certificate certs/mail mail.example.org
  tls TLS_CIPHERS=ECDHE-ECDSA-CHACHA20-POLY1305
  serve_tls facts
  is ECDHE-ECDSA-CHACHA20-POLY1305 "$(fact cipher client -tls1_2)"
  ! client -tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256 | grep outcome
}

@test "sslscan finds no old version and no weak cipher" {
  certificate certs/mail mail.example.org
  KEY=rsa:2048 certificate certs/rsa mail.example.org
  tls
  serve_tls facts
  timeout 60 sslscan --no-colour "127.0.0.1:$PORT" >scan
  for version in SSLv2 SSLv3 TLSv1.0 TLSv1.1; do grep -qE "^$version +disabled" scan; done
  for version in TLSv1.2 TLSv1.3; do grep -qE "^$version +enabled" scan; done
  ! grep -E '^(Preferred|Accepted)' scan | grep -vE 'GCM|POLY1305' || false
  grep -q 'Secure session renegotiation supported\|Session renegotiation not supported' scan
  ! grep -i 'vulnerable' scan | grep -v 'not vulnerable'
}

@test "ALPN: ours is agreed on, others are refused, none is fine" {
  certificate certs/mail mail.example.org
  tls
  serve_tls facts pop3
  is pop3 "$(fact alpn client -alpn h2,pop3)"
  is '' "$(fact alpn client)"
  ! client -alpn http/1.1,h2 | grep outcome || false
  grep -q 'no application protocol' client.log
  serve_tls facts
  is 1 "$(fact outcome client -alpn http/1.1)"
}

@test "SNI chooses the certificate, wildcards too; the report says the name" {
  certificate certs/a one.example.org
  certificate certs/b '*.example.com'
  certificate certs/default fallback.example.org
  tls
  serve_tls facts
  is one.example.org "$(served_name -servername one.example.org)"
  is one.example.org "$(served_name -servername ONE.example.org -tls1_2)"
  is '*.example.com' "$(served_name -servername any.example.com)"
  is fallback.example.org "$(served_name -servername a.b.example.com)"
  is fallback.example.org "$(served_name -servername example.com)"
  is fallback.example.org "$(served_name -servername other)"
  is fallback.example.org "$(served_name -noservername)"
  is one.example.org "$(fact server_name client -servername One.Example.org)"
}

@test "without an entry default, the first is" {
  certificate certs/b b.example.org
  certificate certs/a a.example.org
  tls
  serve_tls facts
  is a.example.org "$(served_name -noservername)"
}

# features: F06 F07
@test "Let's Encrypt's layout: links to files that root alone reads" {
  certificate archive/one mail.example.org
  mkdir -p live/mail.example.org
  chmod 700 archive live
  ln -s ../../archive/one.pem live/mail.example.org/fullchain.pem
  ln -s ../../archive/one.key live/mail.example.org/privkey.pem
  echo "not a certificate" >live/README
  tls -c live
  serve_tls facts
  is mail.example.org "$(served_name)"
  kill "$tlsd"
  : >server.log
  tls -c live/mail.example.org
  is mail.example.org "$(served_name)"
}

# features: F06 F07
@test "a certificate and its key as two options, or in one file" {
  certificate one mail.example.org
  mv one.key elsewhere
  tls -c one.pem -k elsewhere
  serve_tls facts
  is mail.example.org "$(served_name)"
  kill "$tlsd"
  : >server.log
  cat elsewhere >>one.pem
  tls -c one.pem
  is mail.example.org "$(served_name)"
}

@test "ECDSA and RSA stand side by side, each for whom it suits" {
  certificate certs/a mail.example.org
  KEY=rsa:2048 certificate certs/b mail.example.org
  certificate certs/c other.example.org
  tls
  serve_tls facts
  for name in -noservername '-servername mail.example.org'; do
    client $name -tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256 | grep -q 'Server public key is 256 bit'
    client $name -tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256 | grep -q 'Server public key is 2048 bit'
    client $name -sigalgs rsa_pss_rsae_sha256 | grep -q 'Server public key is 2048 bit'
  done
  # Another host has no RSA certificate: none is shown in its name.
  ! client -servername other.example.org -tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256 | grep outcome
}

@test "a changed certificate is taken up within seconds, without SIGHUP" {
  certificate certs/mail old.example.org
  tls
  serve_tls facts
  is old.example.org "$(served_name)"
  certificate new new.example.org
  mv new.key certs/mail.key
  mv new.pem certs/mail.pem
  logged 'event=reloaded certificates=1'
  is new.example.org "$(served_name)"
  not_logged failed
}

@test "SIGHUP takes a changed certificate up at once" {
  certificate certs/mail old.example.org
  tls
  serve_tls facts
  certificate certs/mail new.example.org
  kill -HUP "$tlsd"
  logged 'event=reloaded'
  is new.example.org "$(served_name)"
}

@test "a link turned to a new file counts as a change" {
  certificate archive/1 old.example.org
  certificate archive/2 new.example.org
  mkdir -p live/mail
  ln -s ../../archive/1.pem live/mail/fullchain.pem
  ln -s ../../archive/1.key live/mail/privkey.pem
  tls -c live
  serve_tls facts
  ln -sf ../../archive/2.key live/mail/privkey.pem
  ln -sf ../../archive/2.pem live/mail/fullchain.pem
  logged 'event=reloaded'
  is new.example.org "$(served_name)"
}

@test "a broken new file keeps the old certificate in use, and the log says so" {
  certificate certs/mail mail.example.org
  certificate certs/other other.example.org
  tls
  serve_tls facts
  echo garbage >certs/mail.pem
  kill -HUP "$tlsd"
  logged 'event=reload-failed error="certs/mail.pem: no certificate in it"'
  is mail.example.org "$(served_name)"
  # A key that is another certificate's.
  certificate certs/mail mail.example.org
  cp certs/other.key certs/mail.key
  kill -HUP "$tlsd"
  logged 'event=reload-failed error="certs/mail.pem: private key mismatch"'
  is mail.example.org "$(served_name)"
  # The others are renewed all the same.
  certificate certs/other new.example.org
  kill -HUP "$tlsd"
  eventually test "$(served_name -servername new.example.org)" = new.example.org
}

@test "all files gone: what was loaded still serves" {
  certificate certs/mail mail.example.org
  tls
  serve_tls facts
  rm certs/*
  logged 'event=reload-failed error="certs: no certificate there"'
  is mail.example.org "$(served_name)"
}

@test "one broken entry at the start does not keep the others back" {
  certificate certs/mail mail.example.org
  echo garbage >certs/broken.pem
  tls
  logged 'event=load-failed'
  logged 'event=started .*certificates=1'
  serve_tls facts
  is mail.example.org "$(served_name)"
}

@test "a certificate replaced under load fails no session" {
  certificate certs/mail mail.example.org
  tls
  for i in 1 2 3; do
    certificate "new$i" "new$i.example.org"
  done
  user sessions_while "for i in 1 2 3; do
    mv new\$i.key certs/mail.key; mv new\$i.pem certs/mail.pem; kill -HUP $tlsd; sleep 0.3; done"
  serve_tls facts
  is new3.example.org "$(served_name)"
}

# features: F07 F08
@test "an encrypted key, an RSA key too short, no key: refused with the reason" {
  mkdir certs
  certificate certs/a a.example.org
  openssl ec -in certs/a.key -aes128 -passout pass:x -out certs/new 2>/dev/null
  mv certs/new certs/a.key
  KEY=rsa:1024 certificate certs/b b.example.org
  certificate certs/c c.example.org
  rm certs/c.key
  run -111 env "${service_env[@]}" timeout 10 tlsd -c certs ./tls
  [[ $output == *'certs/a.key: the key is encrypted'* ]]
  [[ $output == *'certs/b.pem: ee key too small'* ]]
  [[ $output == *'certs/c.pem: no private key in it'* ]]
  [[ $output == *'tlsd: certs: no certificate there can be used'* ]]
}

@test "a session is resumed by another connection, whichever worker it meets" {
  certificate certs/mail mail.example.org
  tls TLS_WORKERS=3
  is 29 "$(user resumes 1.3 30)"
  is 29 "$(user resumes 1.2 30)"
}

@test "a ticket outlives two rotations of the keys, and not four; and no new bundle" {
  certificate certs/mail mail.example.org
  tls
  is 1 "$(user resumes_across "for i in 1 2; do kill -ALRM $tlsd; sleep 0.2; done")"
  is 0 "$(user resumes_across "for i in 1 2 3 4; do kill -ALRM $tlsd; sleep 0.2; done")"
  is 1 "$(user resumes_across "kill -HUP $tlsd; sleep 0.3")"
}

# a_ca: ca.pem, and client.pem with client.key that it has signed.
a_ca() {
  certificate ca 'test authority' -addext basicConstraints=critical,CA:TRUE
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj "/CN=joe" \
    -keyout client.key -out client.csr 2>/dev/null
  printf '%s\n' "${1:-subjectAltName=email:joe@example.org}" >extensions
  openssl x509 -req -in client.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 \
    -extfile extensions -out client.pem 2>/dev/null
}

@test "client certificates: asked for with -C, verified, told; none is fine" {
  certificate certs/mail mail.example.org
  a_ca
  tls -c certs -C ca.pem
  serve_tls facts
  is joe@example.org "$(fact client_name client -cert client.pem -key client.key)"
  is joe@example.org "$(fact client_name client -cert client.pem -key client.key -tls1_2)"
  is "$(openssl x509 -in client.pem -outform der | sha256sum | cut -d' ' -f1)" \
    "$(fact client_certificate client -cert client.pem -key client.key)"
  is '' "$(fact client_certificate client)"
  is 1 "$(fact outcome client)"
}

@test "a client certificate without an address is told by its common name" {
  certificate certs/mail mail.example.org
  a_ca 'extendedKeyUsage=clientAuth'
  tls -c certs -C ca.pem
  serve_tls facts
  is joe "$(fact client_name client -cert client.pem -key client.key)"
}

@test "a client certificate of a stranger fails the handshake, and counts for nothing without -C" {
  certificate certs/mail mail.example.org
  certificate stranger joe@example.org
  a_ca
  tls -c certs -C ca.pem
  serve_tls facts
  ! client -cert stranger.pem -key stranger.key | grep outcome || false
  kill "$tlsd"
  : >server.log
  tls
  is '' "$(fact client_certificate client -cert stranger.pem -key stranger.key)"
  is 1 "$(fact outcome client -cert stranger.pem -key stranger.key)"
}

@test "an OCSP response beside the certificate is stapled, once there" {
  a_ca
  mkdir certs
  cat client.pem ca.pem >certs/mail.pem
  cp client.key certs/mail.key
  tls
  serve_tls facts
  client -status | grep -q 'OCSP response: no response sent'
  openssl ocsp -issuer ca.pem -cert client.pem -reqout request 2>/dev/null
  serial=$(openssl x509 -in client.pem -noout -serial | cut -d= -f2)
  printf 'V\t330101000000Z\t\t%s\tunknown\t/CN=joe\n' "$serial" >index
  openssl ocsp -index index -rsigner ca.pem -rkey ca.key -CA ca.pem -reqin request -ndays 1 \
    -respout certs/mail.ocsp 2>/dev/null
  logged 'event=reloaded'
  client -status | grep -q 'Cert Status: good'
  echo garbage >certs/mail.ocsp
  logged 'event=no-staple error="certs/mail.ocsp: not an OCSP response"'
  logged 'event=reloaded'
  client -status | grep -q 'OCSP response: no response sent'
}

@test "channel bindings are those that a client computes" {
  certificate certs/a a.example.org
  certificate certs/b b.example.org -sha384
  tls
  serve_tls facts
  client -tls1_3 -keymatexport EXPORTER-Channel-Binding -keymatexportlen 32 >got
  is "$(sed -n 's/^ *Keying material: //p' got | tr A-F a-f)" "$(sed -n 's/^exporter=//p' got)"
  user bindings 1.3
  user bindings 1.2
  is "$(openssl x509 -in certs/a.pem -outform der | sha256sum | cut -d' ' -f1)" \
    "$(fact end_point client -servername a.example.org)"
  is "$(openssl x509 -in certs/b.pem -outform der | sha384sum | cut -d' ' -f1)" \
    "$(fact end_point client -servername b.example.org)"
}

@test "gnutls-cli and curl get the plaintext" {
  certificate certs/mail localhost
  tls
  serve_tls 100000
  timeout 20 gnutls-cli --insecure --port "$PORT" --logfile=/dev/null 127.0.0.1 </dev/null >got
  python3 -IS -c 'import random; open("want", "wb").write(random.Random(1).randbytes(100000))'
  tail -c 100000 got | cmp - want
  serve_tls 'facts'
  timeout 20 curl -sS --http0.9 --cacert certs/mail.pem "https://localhost:$PORT/" | grep -q '^outcome=1'
}
