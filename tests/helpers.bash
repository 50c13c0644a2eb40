# SPDX-License-Identifier: ISC
# What the tests have in common. Run them with
#
#   BIN=/where/the/programs/are bats --tap tests/*.bats
#
# as root, or as any other user: then joe, whose mailbox it is, is that user, and what needs root
# is skipped. Nothing outside bats' temporary directories is touched.

bats_require_minimum_version 1.5.0

# --- before and after each test ---------------------------------------------------------

# The programs are copied to where joe can reach them, wherever the checkout is.
setup_file() {
  umask 022
  chmod go+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/file" "$BATS_FILE_TMPDIR"
  export TEST_PROGRAMS="${BIN:?where are the programs?}/../test"
  cp -r "$BIN" "$BATS_FILE_TMPDIR/bin"
  export BIN="$BATS_FILE_TMPDIR/bin"
}

setup() { prepare; }
teardown() { clean_up; }

# A directory with an empty users.cdb's place and joe's empty Maildir.
prepare() {
  umask 022
  ulimit -c 0
  unset "${!POP3_@}" "${!TCP@}" "${!TLS_@}" "${!SSL@}" INTRANET MAILDIR BLOCK_UID ROOT GID PROTO
  export LC_ALL=C PATH="$BIN:/usr/bin:/bin:/usr/sbin:/sbin:$PATH" POP3_ERROR_INTERVAL=0
  cd "$BATS_TEST_TMPDIR"
  chmod go+x . ..
  servers=()  # the process groups that a test has started by itself
  if is_root; then
    joe_uid=20001 joe_gid=20001  # known to no passwd(5): none is needed
    service_env=(UID=20000 GID=20000 ROOT="$PWD/empty")
  else
    joe_uid=$(id -u) joe_gid=$(id -g)
    service_env=()
  fi
  mkdir users empty
  USERS=$PWD/users/users.cdb
  joe="joe:sesame:$joe_uid:$joe_gid:$PWD/joe"
  maildir joe/Maildir
}

# Ends all servers with their sessions; what is printed here is seen if the test failed.
clean_up() {
  local server
  cd "$BATS_TEST_TMPDIR"
  for server in "${servers[@]}" $(cat servers 2>/dev/null); do
    kill -- "-$server" || true
    wait "$server" || true
  done 2>/dev/null
  [ ! -s server.log ] || sed 's/^/log: /' server.log
  chmod -R u+rwX . || true  # or bats could not remove it
}

is_root() { [ "$(id -u)" = 0 ]; }
needs_root() { is_root || skip "needs root"; }

# on_tmpfs SIZE DIRECTORY SCRIPT: runs a bash script where a new tmpfs is on the directory, in a
# mount namespace of its own: nobody else sees it, and it goes with the script.
on_tmpfs() {
  needs_root
  unshare -m true 2>/dev/null || skip "needs a mount namespace"
  unshare -m bash -ec "mount -t tmpfs -o size=$1,mode=755 none '$2'
$3"
}

# --- mailboxes and users ----------------------------------------------------------------

own() { if is_root; then chown -R "$joe_uid:$joe_gid" "$@"; fi; }
maildir() { mkdir -p "$1"/{tmp,new,cur} && own "${1%%/*}"; }

# message NAME TEXT: a file in joe's Maildir, new/1 for instance. TEXT may hold \n, \r, \0.
message() { printf '%b' "$2" >"joe/Maildir/$1" && own "joe/Maildir/$1"; }

# users LINE...: makes users.cdb of these lines, or of joe's.
users() {
  rm -f "$USERS"
  apoppasswd -f "$USERS" -c && printf '%s\n' "${@:-$joe}" | apoppasswd -f "$USERS" -i -
}

# as_user PROGRAM...: as joe, where we can choose.
as_user() {
  if is_root; then
    setpriv --reuid "$joe_uid" --regid "$joe_gid" --clear-groups "$@"
  else
    "$@"
  fi
}

# --- running the programs ---------------------------------------------------------------

# service PROGRAM...: with what a run script gives to pop3-login.
service() { env "${service_env[@]}" "$@"; }

# bare PROGRAM...: in the place of a subshell, without the descriptors that bats has open.
bare() {
  local fd
  for fd in /proc/self/fd/*; do
    fd=${fd##*/}
    ((fd < 3)) || eval "exec $fd>&-"
  done
  exec "$@"
}

# serve [VARIABLE=VALUE...] [VERIFIER...]: the chain under tcpserver, on a free port: $PORT.
# $TCPSERVER may hold more options for it, $POPUP another program than pop3-login. server.log is
# the log.
serve() {
  local settings=("${service_env[@]}") port
  port=$(mktemp port.XXXXXX)
  while [[ ${1-} == [A-Z]*=* ]]; do
    settings+=("$1")
    shift
  done
  [ $# -gt 0 ] || set -- checkpw -f "$USERS" pop3d Maildir
  # shellcheck disable=SC2086 # options are words
  bare env "${settings[@]}" setsid tcpserver -1vHRl0 ${TCPSERVER-} 127.0.0.1 0 \
    ${POPUP:-pop3-login} "${HOST:-localhost}" "$@" >"$port" 2>>server.log &
  server=$!
  echo "$server" >>"$BATS_TEST_TMPDIR/servers"  # a file: we may be in a subshell
  eventually test -s "$port"
  PORT=$(<"$port")
}

# certificate FILE [OPTION...]: FILE.pem and FILE.key, self-signed, for localhost.
certificate() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 30 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$1.key" -out "$1.pem" "${@:2}" 2>/dev/null
}

# with_tls [VARIABLE=VALUE...] [OPTION...]: a tlsd, with a certificate that clients find in $CERTIFICATE,
# for all that is served from now on. $tlsd is its master.
with_tls() {
  local settings=("${service_env[@]}")
  while [[ ${1-} == [A-Z]*=* ]]; do
    settings+=("$1")
    shift
  done
  CERTIFICATE=$BATS_FILE_TMPDIR/tls/localhost.pem
  if [ ! -s "$CERTIFICATE" ]; then  # one for all tests of a file
    mkdir -p "${CERTIFICATE%/*}"
    certificate "${CERTIFICATE%.pem}"
  fi
  is_root || settings+=(ROOT="$PWD/empty")
  export POP3_TLS_SOCKET=$PWD/tlsd
  : >>server.log
  # The log through a pipe, as under supervise: a worker cannot write to a file.
  bare env "${settings[@]}" setsid tlsd -c "${CERTIFICATE%/*}" "$@" "$POP3_TLS_SOCKET" \
    2> >(cat >>server.log) >/dev/null &
  tlsd=$!
  echo "$tlsd" >>"$BATS_TEST_TMPDIR/servers"
  logged 'tlsd: event=started'
}

# verifier SCRIPT: makes ./verifier, a checkpassword of the test's own.
verifier() { printf '#!/bin/sh\n%s\n' "$1" >verifier && chmod 755 verifier; }

# login RECORD PROGRAM...: runs a verifier with RECORD, whose \0 (\0000 before a digit) are NULs,
# on fd 3.
login() {
  local record=$1
  shift
  printf '%b' "$record" | "$@" 3<&0 </dev/null
}

# pop COMMAND...: what pop3d as joe answers to them, its greeting first. No QUIT is added.
pop() { printf '%s\r\n' "$@" | pop3d_reads; }
# pop_raw OCTETS: the same, octet by octet.
pop_raw() { printf '%b' "$1" | pop3d_reads; }
pop3d_reads() { as_user pop3d joe/Maildir 2>>server.log | cat -v; }

# talk COMMAND...: sends them to the server all at once, and shows what it says to its end.
talk() {
  exec 9<>"/dev/tcp/127.0.0.1/$PORT"
  printf '%s\r\n' "$@" >&9
  # A server that closes with commands unread resets the connection: no error of ours.
  timeout 20 cat -v <&9 2>cat.errors || [ $? != 124 ]
  exec 9>&-
}

# chat STEP...: waits for each reply before the next command; chat.py knows other steps too.
chat() { timeout 30 python3 -IS "$BATS_TEST_DIRNAME/chat.py" "$PORT" "$@" | cat -v; }

# hold FILE STEP...: the same in the background, where it stays until the test ends; FILE has the replies.
hold() {
  bare setsid python3 -IS "$BATS_TEST_DIRNAME/chat.py" "$PORT" "${@:2}" '@sleep 30' >"$1" &
  echo "$!" >>"$BATS_TEST_TMPDIR/servers"
}

# --- looking at results -----------------------------------------------------------------

# Standard input, shown by cat -v, is these lines, each ended by CRLF. A greeting's timestamp is
# written <...> here.
replies() {
  diff <(printf '%s^M\n' "$@") <(sed 's/<[a-z2-7]\{16\}\.[0-9]*\.[0-9]*@[a-z.]*>/<...>/')
}
greeting='+OK POP3 ready <...>'

# eventually COMMAND...: until it succeeds, for 5 seconds at the most.
eventually() {
  local try
  for try in {1..500}; do
    ! "$@" || return 0
    sleep 0.01
  done
  echo "never: $*" >&2
  return 1
}

# A line of the log matches the pattern; or none ever did.
logged() { eventually grep -qE -- "$1" server.log; }
not_logged() { ! grep -E -- "$1" server.log; }

# is WANTED GOT
is() {
  [ "$1" = "$2" ] || {
    printf 'wanted: %s\ngot:    %s\n' "$1" "$2"
    return 1
  }
}
