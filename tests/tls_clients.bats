#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The clients that people use, over TLS and by SASL, against the whole chain: what is in the mailbox
# is what they get. In clear: tests/clients.bats. A client that is not installed is a failure, unless
# POPCHAIN_ALLOW_MISSING=1.

load helpers

setup() {
  prepare
  export HOME=$PWD/client
  mkdir "$HOME"
  unset MAIL LOGNAME USER XDG_CONFIG_HOME SSL_CERT_FILE SSL_CERT_DIR http_proxy https_proxy all_proxy no_proxy
  message new/1000000001.one 'From: a@example.org\nSubject: one\n\n.dot\n.\nFrom here\nend\n'
  {
    printf 'From: c@example.org\nSubject: two\n\n'
    for ((i = 0; i < 400; ++i)); do printf '%0'$((i * 2))'d\n.%d\n' "$i" "$i"; done
  } >joe/Maildir/new/1000000002.two
  own joe
  mkdir lines wire
  for number in 1 2; do
    cat joe/Maildir/new/100000000$number.* >lines/$number
    sed 's/$/\r/' lines/$number >wire/$number
  done
  users
  with_tls
}

client() {
  [ -n "$(command -v "$1")" ] || {
    [ "${POPCHAIN_ALLOW_MISSING-}" = 1 ] && skip "$1 is not installed"
    echo "$1 is not installed"
    return 1
  }
}
needs_passwd_entry() { id -un >/dev/null 2>&1 || skip "your uid is not in passwd"; }
left() { find joe/Maildir/new joe/Maildir/cur -type f | wc -l; }

# serve_for plain|stls|implicit [VARIABLE=VALUE...]: passwords in clear are for TLS, but for plain.
serve_for() {
  local kind=$1
  shift
  case $kind in
  plain) serve POP3_TLS=none "$@" ;;
  stls) serve POP3_CLEARTEXT=tls "$@" ;;
  implicit) serve POP3_CLEARTEXT=tls POP3_TLS=implicit "$@" ;;
  esac
}

# --- mpop -------------------------------------------------------------------------------

# mpop_by AUTH NAME: all messages, over each kind of connection, by mpop's AUTH; POP3_AUTH is NAME.
mpop_by() {
  client mpop
  local kind tls
  for kind in plain stls implicit; do
    : >server.log
    serve_for $kind POP3_MECHANISMS='apop scram-sha-256 cram-md5 plain login'
    case $kind in
    plain) tls='tls off' ;;
    stls) tls="tls on\ntls_starttls on\ntls_trust_file $CERTIFICATE" ;;
    implicit) tls="tls on\ntls_starttls off\ntls_trust_file $CERTIFICATE" ;;
    esac
    rm -f "$HOME"/mbox "$HOME"/uidls
    printf '%b\n' 'account default' 'host localhost' "port $PORT" "$tls" 'user joe' 'password sesame' "auth $1" \
      "delivery mbox $HOME/mbox" 'received_header off' "uidls_file $HOME/uidls" 'keep on' >"$HOME/.mpoprc"
    chmod 600 "$HOME/.mpoprc"
    mpop --quiet
    for number in 1 2; do
      echo 'From somebody'
      sed 's/^>*From />&/' "lines/$number"
      echo
    done | diff - <(sed 's/^From .*/From somebody/' "$HOME/mbox")
    if [ $kind = plain ]; then
      logged "event=login .*auth=$2 tries=1\$"
    else
      logged "event=login .*auth=$2 tries=1 tls=TLSv1\\.3\$"
    fi
  done
}

@test "mpop by USER and PASS, over plain, STLS and implicit TLS" { mpop_by user user; }
@test "mpop by PLAIN, over plain, STLS and implicit TLS" { mpop_by plain plain; }
@test "mpop by LOGIN, over plain, STLS and implicit TLS" { mpop_by login login; }
@test "mpop by CRAM-MD5, over plain, STLS and implicit TLS" { mpop_by cram-md5 cram-md5; }
@test "mpop by APOP, over plain, STLS and implicit TLS" { mpop_by apop apop; }
@test "mpop by SCRAM-SHA-256, over plain, STLS and implicit TLS" { mpop_by scram-sha-256 scram-sha-256; }
@test "mpop by what it likes best, over plain, STLS and implicit TLS" { mpop_by on 'scram-sha-256|plain'; }

@test "mpop does not trust another certificate" {
  client mpop
  serve_for stls
  certificate other
  printf '%s\n' 'account default' 'host localhost' "port $PORT" 'tls on' "tls_trust_file $PWD/other.pem" 'user joe' \
    'password sesame' 'auth user' "delivery mbox $HOME/mbox" >"$HOME/.mpoprc"
  chmod 600 "$HOME/.mpoprc"
  run ! mpop --quiet
  not_logged 'event=login'
}

# --- curl -------------------------------------------------------------------------------

# curl_gets STLS|pop3s OPTION...: each message. The first word is how TLS begins.
curl_gets() {
  local url=pop3s ssl=()
  [ "$1" = pop3s ] || url=pop3 ssl=(--ssl-reqd)
  for number in 1 2; do
    curl -sS --max-time 10 --cacert "$CERTIFICATE" "${ssl[@]}" "${@:2}" "$url://localhost:$PORT/$number" | cmp wire/$number -
  done
}

@test "curl by pop3s and by STLS: APOP, PLAIN, LOGIN, CRAM-MD5" {
  client curl
  for kind in pop3s stls; do
    serve_for ${kind/pop3s/implicit} POP3_MECHANISMS='apop cram-md5 plain login'
    for auth in +APOP PLAIN LOGIN CRAM-MD5; do
      curl_gets $kind -u joe:sesame --login-options "AUTH=$auth"
      auth=${auth#+}
      logged "event=login .*auth=${auth,,} tries=1 tls=TLSv1\\.3\$"
    done
    : >server.log
  done
}

@test "curl hears over TLS of a wrong password" {
  client curl
  serve_for implicit
  run -67 curl -sS --cacert "$CERTIFICATE" -u joe:wrong "pop3s://localhost:$PORT/"
}

@test "curl does not log in where STLS is not to be had" {
  client curl
  serve_for plain
  run -64 curl -sS --ssl-reqd -u joe:sesame "pop3://localhost:$PORT/1"
  not_logged 'event=login'
}

@test "curl by OAUTHBEARER and XOAUTH2, over STLS" {
  client curl
  printf '#!/bin/sh\ncat <&3 >/dev/null\necho joe-17\n' >checker
  chmod 755 checker
  users "joe:{OAUTH}joe-17:$joe_uid:$joe_gid:$PWD/joe"
  for auth in OAUTHBEARER XOAUTH2; do  # it takes the first where it has the choice
    serve_for stls POP3_OAUTH="$PWD/checker" POP3_MECHANISMS="plain $auth"
    curl_gets stls -u joe: --oauth2-bearer ya29.token --login-options "AUTH=$auth"
    logged "event=login .*auth=${auth,,}"
  done
}

@test "curl by EXTERNAL, over pop3s" {
  client curl
  certificate joe
  kill -- "-$tlsd"
  with_tls -C "$PWD/joe.pem"
  users "joe:{CERT}$(openssl x509 -in joe.pem -outform DER | sha256sum | cut -d ' ' -f 1):$joe_uid:$joe_gid:$PWD/joe"
  serve_for implicit
  curl_gets pop3s -u joe: --cert joe.pem --key joe.key --login-options AUTH=EXTERNAL
  logged 'event=login .*auth=external'
}

# --- fetchmail --------------------------------------------------------------------------

fetchmail_with() { # OPTION...: of the user's line
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
poll localhost service $PORT protocol pop3 timeout 10
  user joe password sesame no rewrite pass8bits $* sslcertck sslcertfile $CERTIFICATE mda "$HOME/mda"
END
  chmod 600 "$HOME/.fetchmailrc"
  fetchmail --nodetach --nosyslog -f "$HOME/.fetchmailrc" --keep --all
  for number in 1 2; do cmp "lines/$number" "$HOME/got.$number"; done
}

@test "fetchmail over STLS" {
  serve_for stls
  fetchmail_with "sslproto 'auto'"
  logged 'event=login .*tls=TLSv1\.3$'
}

@test "fetchmail over implicit TLS" {
  serve_for implicit
  fetchmail_with ssl
  logged 'event=login .*tls=TLSv1\.3$'
}

# --- getmail ----------------------------------------------------------------------------

@test "getmail over implicit TLS" {
  client getmail
  needs_passwd_entry
  serve_for implicit
  mkdir -p "$HOME/got"/{tmp,new,cur} "$HOME/getmail"
  cp "$CERTIFICATE" "$HOME/trusted.pem"
  cat >"$HOME/getmail/getmailrc" <<END
[retriever]
type = SimplePOP3SSLRetriever
server = localhost
port = $PORT
username = joe
password = sesame
ca_certs = $HOME/trusted.pem
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
  for number in 1 2; do
    { echo 'Return-Path: <unknown>' && cat "lines/$number"; } | cmp - "$HOME"/got/new/*"Q$((number - 1))R"*
  done
  eventually test "$(left)" = 0
}

# --- Python -----------------------------------------------------------------------------

@test "poplib over STLS and implicit TLS" {
  for kind in stls implicit; do
    serve_for $kind
    python3 -I - "$PORT" "$kind" "$CERTIFICATE" <<'PYTHON'
import poplib, ssl, sys

context = ssl.create_default_context(cafile=sys.argv[3])
if sys.argv[2] == "stls":
    pop = poplib.POP3("localhost", int(sys.argv[1]), timeout=10)
    assert "STLS" in pop.capa() and "USER" not in pop.capa()
    pop.stls(context)
else:
    pop = poplib.POP3_SSL("localhost", int(sys.argv[1]), timeout=10, context=context)
assert "STLS" not in pop.capa() and "USER" in pop.capa()
pop.user("joe")
pop.pass_("sesame")
assert pop.stat()[0] == 2
for number in 1, 2:
    assert b"".join(line + b"\r\n" for line in pop.retr(number)[1]) == open(f"wire/{number}", "rb").read()
assert pop.quit().startswith(b"+OK")
PYTHON
  done
}

# --- TLS tools --------------------------------------------------------------------------

commands='USER joe\r\nPASS sesame\r\nSTAT\r\nQUIT\r\n'
total() { cat wire/1 wire/2 | wc -c; }

@test "openssl s_client over STLS and implicit TLS, with TLS 1.2 and 1.3" {
  for kind in stls implicit; do
    serve_for $kind
    starttls=()
    [ $kind = implicit ] || starttls=(-starttls pop3)
    for version in 1_2 1_3; do
      printf "$commands" | timeout 10 openssl s_client -quiet -tls$version -connect "localhost:$PORT" "${starttls[@]}" \
        -CAfile "$CERTIFICATE" -verify_return_error -verify_hostname localhost >out 2>err
      grep -q "^+OK 2 $(total).\$" out
      grep -q '^+OK bye' out
      logged "event=login .*tls=TLSv${version/_/\\.}\$"
    done
    : >server.log
  done
}

@test "gnutls-cli over STLS and implicit TLS" {
  client gnutls-cli
  for kind in stls implicit; do
    serve_for $kind
    starttls=()
    [ $kind = implicit ] || starttls=(--starttls-proto=pop3)
    printf "$commands" | timeout 10 gnutls-cli --x509cafile "$CERTIFICATE" "${starttls[@]}" --alpn pop3 -p "$PORT" localhost >out 2>err
    grep -q "^+OK 2 $(total).\$" out
    grep -q '^+OK bye' out
    logged 'event=login .*tls=TLSv1\.3$'
    : >server.log
  done
}

@test "sslscan finds nothing below TLS 1.2, and no weak cipher" {
  client sslscan
  for kind in stls implicit; do
    serve_for $kind POP3_PER_ADDRESS=0
    starttls=()
    [ $kind = implicit ] || starttls=(--starttls-pop3)
    timeout 60 sslscan --no-colour "${starttls[@]}" "127.0.0.1:$PORT" >scan
    for version in SSLv2 SSLv3 TLSv1.0 TLSv1.1; do grep -qE "^$version +disabled" scan; done
    for version in TLSv1.2 TLSv1.3; do grep -qE "^$version +enabled" scan; done
    grep -qE '^(Preferred|Accepted)' scan
    ! grep -E '^(Preferred|Accepted)' scan | grep -vE 'GCM|POLY1305' || false
    ! grep -i 'compression enabled' scan || false
    ! grep -i vulnerable scan | grep -v 'not vulnerable' || false
  done
}
