# SPDX-License-Identifier: ISC
# tlsd between two ends of all sorts: slow, silent, hostile, half closed; its limits, its life.

load helpers

setup() {
  prepare
  unset "${!TLS_@}"
  is_root || service_env=(ROOT="$PWD/empty")
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 30 -subj /CN=mail \
    -keyout mail.key -out mail.pem 2>/dev/null
}

# tls [VARIABLE=VALUE...]: a tlsd at ./tls; $tlsd is its master.
tls() {
  local before
  touch server.log
  before=$(grep -c event=started server.log) || true
  bare env "${service_env[@]}" "$@" setsid tlsd -c mail.pem ./tls 2> >(cat >>server.log) >/dev/null &
  tlsd=$!
  echo "$tlsd" >>servers
  eventually more_than "$before"
}
more_than() { [ "$(grep -c event=started server.log)" -gt "$1" ]; }
workers() { pgrep -x -P "$tlsd" tlsd; }
no_process() { ! kill -0 "$@" 2>/dev/null; }

user() { timeout 100 python3 -IS "$BATS_TEST_DIRNAME/tlsd_user.py" ./tls "$@"; }

@test "20 MB each way at once arrive octet by octet" {
  tls
  user both_ways 1.3
  user both_ways 1.2
}

@test "the client's close_notify ends its direction only" {
  tls
  user client_ends_first 1.3 close_notify
}

@test "a client's bare FIN ends its direction only" {
  tls
  user client_ends_first 1.3 fin
  user client_ends_first 1.2 fin
}

@test "the user's end of its direction is told, and the other goes on" {
  tls
  user user_ends_first 1.3
  user user_ends_first 1.2
}

@test "a user that reads late, after both have ended, has it all" {
  tls
  user user_reads_late
}

@test "a user that closes with input unread has its last words delivered" {
  tls
  user user_leaves_input_unread
}

@test "a client that resets is an end for the user" {
  tls
  user client_resets
}

@test "what comes with the handshake's last message is not left lying" {
  tls
  user early_data
}

@test "an end that does not read stops the other, without swallowing megabytes" {
  tls
  user back_pressure
}

@test "slow clients and a greedy one delay nobody" {
  tls TLS_WORKERS=1
  user slow_client_delays_nobody
}

@test "a silent client is given up at the deadline" {
  tls TLS_HANDSHAKE_TIMEOUT=1
  user handshake_deadline silent 0.9 3
}

@test "half a hello, or one octet now and then, is given up at the deadline" {
  tls TLS_HANDSHAKE_TIMEOUT=1
  user handshake_deadline half 0.9 3
  user handshake_deadline slow 0.9 3
}

@test "what is no handshake is a failure with its reason" {
  tls
  user no_handshake pop3 'wrong version number'
  user no_handshake http 'http request'
  user no_handshake zeros 'wrong version number'
  user no_handshake random ''
  user no_handshake end 'client closed the connection'
}

@test "the preface comes in clear before the handshake" {
  tls
  user preface
}

@test "beyond TLS_CONNECTIONS a client is refused, untouched" {
  tls TLS_CONNECTIONS=3
  user limit_refuses 3
  logged 'event=refused limit=connections count=1$'
}

@test "beyond TLS_PENDING the oldest handshake has to go" {
  tls TLS_PENDING=4 TLS_WORKERS=1
  user pending_limit 4
  logged 'event=refused limit=handshakes'
}

@test "a wrong request is not answered, and what it brought is closed" {
  tls
  for what in none two file datagram listener version short endless tail; do user wrong_request "$what"; done
  user preface
}

@test "the socket is its owner's alone" {
  tls
  is 600 "$(stat -c %a tls)"
}

@test "who is neither root nor tlsd's own uid is not served, whatever the mode" {
  needs_root
  tls
  chmod 666 tls
  chmod go+rx . "$BATS_TEST_DIRNAME" || true
  cp "$BATS_TEST_DIRNAME/tlsd_user.py" .
  as_user timeout 20 python3 -IS ./tlsd_user.py ./tls not_welcome
  user preface
}

@test "a user that leaves before the handshake is done takes its client along" {
  tls
  user user_leaves_early
}

@test "tlsd is through with a client whose socket the user keeps" {
  tls
  user user_keeps_client
  user preface
  not_logged worker-died
}

@test "renegotiation is refused" {
  tls
  port=$(mktemp port.XXXXXX)
  bare setsid python3 -IS "$BATS_TEST_DIRNAME/tlsd_user.py" ./tls serve echo >"$port" 2>/dev/null &
  echo $! >>servers
  eventually test -s "$port"
  (echo R; sleep 1) | timeout 10 openssl s_client -tls1_2 -connect "127.0.0.1:$(<"$port")" >got 2>&1 || true
  grep -qi 'no renegotiation' got
}

@test "workers have their own uid, an empty root, and no privilege to gain" {
  needs_root
  tls
  for worker in $(workers); do
    # The sanitizers need more system calls than a filter lets through.
    grep -q __asan_init "$BIN/tlsd" || eventually grep -q 'Seccomp:.2' "/proc/$worker/status"
    is "$(printf '20000\t20000\t20000\t20000')" "$(sed -n 's/^Uid:\t//p' "/proc/$worker/status")"
    is 1 "$(sed -n 's/^NoNewPrivs:\t//p' "/proc/$worker/status")"
    is "$(realpath empty)" "$(readlink "/proc/$worker/root")"
  done
}

@test "a worker that dies is replaced, and the log says so" {
  tls TLS_WORKERS=1
  old=$(workers)
  kill -KILL "$old"
  logged 'alert: tlsd: event=worker-died signal=9'
  eventually workers
  user preface
}

@test "clients that come one after the other are spread over the workers" {
  needs_root
  tls TLS_WORKERS=2
  # Each connection is two descriptors; a worker has less than 10 of its own.
  cat >count <<END
for worker in $(workers | xargs); do ls /proc/\$worker/fd | wc -l; done | sort -n | head -n 1 >least
END
  user holding 20 'sh ./count'
  [ "$(<least)" -ge 20 ]
}

@test "the master's death leaves sessions alone, and workers end with their last" {
  tls
  all=$(workers)
  user survives "kill -KILL $tlsd; sleep 0.3"
  for worker in $all; do eventually no_process "$worker"; done
}

@test "SIGTERM ends the master at once; sessions go on beside a new tlsd" {
  tls
  old=$tlsd
  user survives "kill $tlsd; sleep 0.3" &
  running=$!
  eventually no_process "$old"
  logged 'event=stopped'
  tls
  user preface
  wait "$running"
}

@test "hostile clients leave nothing behind" {
  tls TLS_HANDSHAKE_TIMEOUT=1
  needs_root
  descriptors() { for worker in $(workers); do ls "/proc/$worker/fd" | wc -l; done | paste -sd+ | bc; }
  before=$(descriptors)
  user flood 1000
  as_before() { [ "$(descriptors)" = "$before" ]; }
  eventually as_before
  user preface
}

@test "exit codes: 100 misused, 111 nothing to serve or a setting malformed" {
  run -100 env "${service_env[@]}" tlsd
  run -100 env "${service_env[@]}" tlsd -x ./tls
  run -100 env "${service_env[@]}" tlsd -k mail.key ./tls
  run -111 env "${service_env[@]}" tlsd -c nothing ./tls
  [[ $output == *'open nothing: No such file'* ]]
  run -111 env "${service_env[@]}" TLS_MIN_VERSION=SSLv3 tlsd -c mail.pem ./tls
  run -111 env "${service_env[@]}" TLS_WORKERS=0 tlsd -c mail.pem ./tls
  run -111 env "${service_env[@]}" TLS_CIPHERS=none-such tlsd -c mail.pem ./tls
}

@test "as root without UID and GID tlsd does not start" {
  needs_root
  run -111 env -u UID -u GID tlsd -c mail.pem ./tls
  [[ $output == *'UID and GID'* ]]
}

# accept [OPTION...] PROGRAM...: tls-accept at $PORT.
accept() {
  local port
  port=$(mktemp port.XXXXXX)
  bare setsid tcpserver -1vHRl0 127.0.0.1 0 tls-accept "$@" >"$port" 2>>server.log &
  echo $! >>servers
  eventually test -s "$port"
  PORT=$(<"$port")
}

@test "tls-accept gives any program the plaintext, and the facts in its environment" {
  tls
  accept -a pop3 ./tls sh -c 'env | grep ^TLS_ | sort; read -r line; echo "$line"'
  got=$(printf 'hello\n' | timeout 10 openssl s_client -quiet -alpn pop3 -servername Mail.example.org \
    -connect "127.0.0.1:$PORT" 2>/dev/null)
  is 'TLS_ALPN=pop3
TLS_CIPHER=TLS_AES_128_GCM_SHA256
TLS_PROTOCOL=TLSv1.3
TLS_SERVER_NAME=mail.example.org
hello' "$got"
}

@test "tls-accept: what was in the environment is gone" {
  tls
  export TLS_CLIENT_NAME=root TLS_CLIENT_CERTIFICATE=x
  accept ./tls sh -c 'env | grep TLS_CLIENT; echo end'
  is end "$(timeout 10 openssl s_client -quiet -connect "127.0.0.1:$PORT" 2>/dev/null </dev/null)"
}

@test "tls-accept: no handshake, no program, and a line in the log" {
  tls
  accept ./tls touch ran
  talk QUIT
  logged 'tls-accept: event=tls-failed ip=127.0.0.1 error="wrong version number"'
  logged 'status 0'
  [ ! -e ran ]
}

@test "tls-accept without tlsd exits 111 and says so" {
  run -111 tls-accept ./none true </dev/null
  [[ $output == *'no tlsd at ./none: No such file'* ]]
  run -100 tls-accept ./none
  run -100 tls-accept -a much-too-long-for-it ./none true
}

@test "tls-accept: refused by the limit, 111" {
  tls TLS_CONNECTIONS=1
  accept ./tls cat
  exec 8<>"/dev/tcp/127.0.0.1/$PORT"
  logged 'ok .*127.0.0.1'
  eventually grep -q 'status: 1' server.log
  exec 9<>"/dev/tcp/127.0.0.1/$PORT"
  logged 'event=tls-refused ip=127.0.0.1 error="too many connections"'
  exec 8>&- 9>&-
}
