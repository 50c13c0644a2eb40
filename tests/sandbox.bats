#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The sandboxes of pop3d and of pop3-login's and poppassd's children: what somebody who has taken one
# of them over can still do. The programs run here have a hole in their parser of commands: HOLE tries what it
# is told to (tests/hole/hole.cc). Each attempt is made without the sandbox first, where it must not fail
# of itself.

load helpers

setup_file() {
  local holed=$(dirname "${BIN:?where are the programs?}")/hole
  umask 022
  chmod go+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/file" "$BATS_FILE_TMPDIR"
  cp -r "$BIN" "$BATS_FILE_TMPDIR/bin"
  # Not there under the sanitizers, with which there is no sandbox.
  [ ! -d "$holed" ] || cp "$holed"/{pop3d,pop3-login,poppassd,without} "$BATS_FILE_TMPDIR/bin"
  export BIN="$BATS_FILE_TMPDIR/bin"
}

setup() {
  [ -x "$BIN/without" ] || skip 'the programs with a hole are not built'
  prepare
  message cur/1.one:2, 'one\n'
  greeted='+OK 1 messages (5 octets)'
  # Who shares the uid, and what else the uid may open.
  maildir jane/Maildir
  mkdir open && echo secret >open/file && echo secret >jane/Maildir/cur/1.hers && chmod -R a+rwX jane open
  own jane open
}

# --- pop3d --------------------------------------------------------------------------------

# try ATTEMPT [ARGUMENT]: by pop3d over joe's mailbox; its answer. $SANDBOX is POP3_SANDBOX.
try() {
  printf '%s\r\n' "HOLE $*" QUIT |
    POP3_SANDBOX=${SANDBOX-require} POP3_MOVE_NEW=0 as_user ${WITHOUT-} pop3d joe/Maildir 2>>server.log |
    sed -n 's/\r$//; 2p; /cannot serve/p'
}
ended() { # how pop3d did
  printf '%s\r\n' "HOLE $*" QUIT |
    POP3_SANDBOX=${SANDBOX-require} POP3_MOVE_NEW=0 as_user ${WITHOUT-} pop3d joe/Maildir >ended.out 2>>server.log
}

# outside ATTEMPT [ARGUMENT]: works without the sandbox, and is EACCES or EXDEV within.
outside() {
  local answer
  rm -rf before && mkdir before && cp -a jane open joe before
  is '+OK' "$(SANDBOX=off try "$@")"
  rm -rf jane open joe && mv before/* .
  answer=$(try "$@")
  [[ $answer == '-ERR 13' || $answer == '-ERR 18' ]] || is '-ERR 13' "$answer"
}
# kills ATTEMPT [ARGUMENT]: is answered in some way without the sandbox, and ends the process
# within, by SIGSYS, before there is an answer.
kills() {
  [[ $(SANDBOX=off try "$@") =~ ^(\+OK|-ERR [0-9]+)$ ]]
  run -159 ended "$@"
  is "$greeted" "$(tr -d '\r' <ended.out)"
}

@test "pop3d reads its Maildir" { is '+OK' "$(try read cur/1.one:2,)"; }
@test "pop3d makes a file in its Maildir" { is '+OK' "$(try create new/2)"; }
@test "pop3d reads no file of /etc" { outside read /etc/passwd; }
@test "pop3d reads no other mailbox of the same uid" { outside read ../../jane/Maildir/cur/1.hers; }
@test "pop3d lists no other mailbox of the same uid" { outside list ../../jane/Maildir/cur; }
@test "pop3d reads no other file of the user's" { outside read ../../open/file; }
@test "pop3d lists no other directory of the user's" { outside list ..; }
@test "pop3d reads nothing by an absolute name" { outside read "$PWD/open/file"; }
@test "pop3d reads nothing of /proc" { outside read /proc/version; }
@test "pop3d writes to no file outside" { outside write ../../open/file; }
@test "pop3d truncates no file outside" { outside truncate ../../open/file; }
@test "pop3d makes no file outside" { outside create ../../open/new; }
@test "pop3d makes no file in the user's home" { chmod a+w joe && outside create ../.forward; }
@test "pop3d makes no directory outside" { outside mkdir ../../open/new; }
@test "pop3d removes no file outside" { outside remove ../../open/file; }
@test "pop3d moves no file in" { outside move-in ../../open/file; }
@test "pop3d moves no message out" { outside move-out ../../open/new; }
@test "pop3d moves no message out by renameat2" { outside move-out-as-we-do ../../open/new; }
@test "pop3d links no file in" { outside link-in ../../open/file; }
@test "pop3d links no message out" { outside link-out ../../open/new; }
@test "pop3d follows no link to a file outside" {
  as_user ln -s ../../../open/file joe/Maildir/cur/2.link
  outside read cur/2.link
}
@test "pop3d follows no link to a directory outside" {
  as_user ln -s ../../open joe/Maildir/.Sent
  outside read .Sent/file
  outside create .Sent/new
}
@test "pop3d without a Maildir reads nothing at all" {
  rm -r joe/Maildir
  greeted='+OK 0 messages (0 octets)'
  outside read open/file
  kills socket
}

@test "pop3d starts no program" {
  printf '#!/bin/sh\necho started\n' >open/program && chmod 755 open/program
  SANDBOX=off ended exec ../../open/program
  grep started ended.out
  run -159 ended exec ../../open/program
  ! grep started ended.out
}
@test "pop3d starts no process" { kills fork; }
@test "pop3d makes no namespace" { kills namespace; }
@test "pop3d signals no other process" { kills signal-parent && kills signal-all && kills signal-thread; }
@test "pop3d signals nobody by a descriptor" { kills own-descriptor; }
@test "pop3d traces no process" { kills trace; }
@test "pop3d reads no other process's memory" { kills read-memory; }
@test "pop3d changes no uid" { kills uid; }
@test "pop3d cannot make itself dumpable again" { kills dumpable; }
@test "pop3d changes no limit" { kills limit; }
@test "pop3d makes no socket" { kills socket && kills local-socket && kills socket-pair; }
@test "pop3d connects to nothing" { kills connect 9; }
@test "pop3d puts no filter on the client's socket" { kills packet-filter; }
@test "pop3d sends no descriptor" { kills send-descriptor; }
@test "pop3d changes no mode" { kills mode cur/1.one:2,; }
@test "pop3d changes no owner" { kills owner cur/1.one:2,; }
@test "pop3d changes no times" { kills times cur/1.one:2,; }
@test "pop3d changes no extended attribute" { kills attribute cur/1.one:2,; }
@test "pop3d makes no symbolic link" { kills symlink /etc; }
@test "pop3d makes no FIFO" { kills fifo new/fifo; }
@test "pop3d removes no directory" { kills rmdir tmp; }
@test "pop3d changes no directory" { kills directory ..; }
@test "pop3d changes no root" { kills root .; }
@test "pop3d mounts nothing" { kills mount cur; }
@test "pop3d opens no file by a handle" { kills handle; }
@test "pop3d makes no file of memory" { kills memory-file; }
@test "pop3d makes no memory executable" { kills code && kills code-later; }
@test "pop3d loads no BPF, uses no io_uring, no keyring" { kills bpf && kills io-uring && kills keyring; }
@test "pop3d makes no call of i386" {
  [ "$(SANDBOX=off try i386)" = '+OK' ] || skip 'this kernel has none'
  kills i386
}
@test "pop3d makes no call of x32" {
  [ "$(uname -m)" = x86_64 ] || skip 'this architecture has none'
  kills x32
}

# Who takes the runner's commands is its own judge (tests/mangle.bats): pop3d passes it descriptors.
@test "with a runner pop3d sends descriptors, and still starts no program, and has no other call" {
  export WITHOUT=filters POP3_MANGLE=cat
  is '-ERR 88' "$(try send-descriptor)"  # ENOTSOCK: it was let through, to a pipe
  outside read /etc/passwd
  run -159 ended exec /bin/true
  for attempt in fork socket socket-pair 'connect 9' packet-filter trace code 'mode cur/1.one:2,'; do
    kills $attempt
  done
}

# --- what is the Maildir's, though elsewhere ------------------------------------------------

# elsewhere NAME: moves it out of the Maildir, and leaves a link.
elsewhere() {
  mv "joe/Maildir/$1" "open/${1//\//-}"
  as_user ln -s "$PWD/open/${1//\//-}" "joe/Maildir/$1"
}
pop_confined() { POP3_SANDBOX=require pop "$@"; }

@test "new, cur and tmp may be links to elsewhere" {
  message new/2.two 'two2\n'
  elsewhere new && elsewhere cur && elsewhere tmp
  pop_confined 'RETR 2' 'DELE 1' QUIT | replies '+OK 2 messages (11 octets)' '+OK 6 octets' two2 . \
    '+OK message 1 deleted' '+OK bye'
  is 'cur/2.two:2,S' "$(cd joe/Maildir && find new/ cur/ -type f)"
}
@test "the index of a Maildir whose folders are elsewhere is written" {
  for i in {10..40}; do message "cur/$i:2,S" x; done
  elsewhere tmp && elsewhere cur
  pop_confined 'DELE 1' QUIT >/dev/null
  test -s joe/Maildir/popchain.index
}
@test "the Trash may be a link to elsewhere" {
  mkdir -p joe/Maildir/.Trash/{tmp,new,cur} && own joe
  elsewhere .Trash/cur && elsewhere .Trash
  POP3_DELETE=trash pop_confined 'DELE 1' QUIT | replies "$greeted" '+OK message 1 deleted' '+OK bye'
  test -f open/.Trash-cur/1.one:2,
}
@test "the Trash is made in the sandbox" {
  POP3_DELETE=trash pop_confined 'DELE 1' QUIT | replies "$greeted" '+OK message 1 deleted' '+OK bye'
  test -f joe/Maildir/.Trash/cur/1.one:2,
}
@test "uidl.map may be a link to elsewhere" {
  message uidl.map '1.one\told-id\n'
  elsewhere uidl.map
  pop_confined 'UIDL 1' | replies "$greeted" '+OK 1 old-id'
}
@test "another server's list of ids may be a link to elsewhere" {
  message courierpop3dsizelist '/2 8 1700000000\n1.one 4 7:1700000000\n'
  elsewhere courierpop3dsizelist
  POP3_UIDL_IMPORT=courier pop_confined 'UIDL 1' | replies "$greeted" '+OK 1 UID7-1700000000'
}
@test "a link in a list's place that leads to a directory opens nothing below it" {
  message uidl.map ''
  as_user ln -s ../../open joe/Maildir/courierpop3dsizelist
  POP3_UIDL_IMPORT=courier outside read ../../open/file
}
@test "links that lead nowhere are as they were" {
  as_user ln -s nowhere joe/Maildir/uidl.map
  rmdir joe/Maildir/new && as_user ln -s nowhere joe/Maildir/new
  pop_confined STAT | replies "$greeted" '+OK 1 5'
}
@test "a folder's quota is in the Maildir above; nothing else of that is" {
  message maildirfolder ''
  echo '1000S' >joe/maildirsize && own joe
  pop_confined 'DELE 1' QUIT >/dev/null
  grep '^-4 -1' joe/maildirsize
  message cur/1.one:2, 'one\n'
  outside create ../maildirsize.new
}

# --- the whole process ----------------------------------------------------------------------

@test "pop3d's session cannot be traced, nor dumped, nor grow" {
  coproc POP3D { exec 3>&-; POP3_SANDBOX=require as_user pop3d joe/Maildir 2>>server.log; }
  read -r -t 5 _ <&"${POP3D[0]}"
  local pop3d=/proc/$(pgrep -P "$POP3D_PID")
  grep -E '^NoNewPrivs:\s*1$' "$pop3d/status"
  grep -E '^Seccomp:\s*2$' "$pop3d/status"
  grep -E '^Max processes\s+0\s+0 ' "$pop3d/limits"
  grep -E '^Max core file size\s+0\s+0 ' "$pop3d/limits"
  grep -E '^Max open files\s+64\s+64 ' "$pop3d/limits"
  is 0 "$(stat -c %u "$pop3d/mem")"  # root's: not dumpable
}
@test "without landlock pop3d goes on, and says so once" {
  is '+OK' "$(WITHOUT='without landlock' SANDBOX='' try read /etc/passwd)"
  is 1 "$(grep -c 'event=sandbox' server.log)"
  logged '^pop3d: event=sandbox warning="this kernel has no landlock that lets files be renamed"$'
  WITHOUT='without landlock' SANDBOX='' run -159 ended socket
}
@test "without seccomp pop3d goes on, and says so once" {
  is '-ERR 13' "$(WITHOUT='without seccomp' SANDBOX='' try read /etc/passwd)"
  is '+OK' "$(WITHOUT='without seccomp' SANDBOX='' try socket)"
  is 2 "$(grep -c 'event=sandbox' server.log)"
  logged '^pop3d: event=sandbox warning="this kernel has no seccomp"$'
}
@test "POP3_SANDBOX=require refuses to serve without either: exit 111" {
  for feature in landlock seccomp; do
    WITHOUT="without $feature" run -111 ended read cur/1.one:2,
    is '-ERR [SYS/TEMP] cannot serve the mailbox now' "$(tr -d '\r' <ended.out)"
    logged "^pop3d: event=failed .*error=\"POP3_SANDBOX=require: this kernel has no $feature"
  done
}
@test "a wrong POP3_SANDBOX is told to client and log: exit 111" {
  SANDBOX=perhaps run -111 ended read cur/1.one:2,
  logged 'error="POP3_SANDBOX: not on, off or require"'
}

@test "a back end that tried is cut off, and the log tells by which signal it ended" {
  users
  serve
  talk 'USER joe' 'PASS sesame' 'HOLE socket' NOOP | replies "$greeting" '+OK now PASS' "$greeted"
  logged '^pop3-login: event=died .*program=back-end signal=31$'
}

# --- pop3-login's child ---------------------------------------------------------------------

# child ATTEMPT [ARGUMENT]: by pop3-login's child, or $POPUP's; the answer, in the line behind the greeting.
child() {
  printf '%s\r\n' "HOLE $*" QUIT |
    POP3_SANDBOX=${SANDBOX-require} service ${WITHOUT-} "${POPUP-pop3-login}" localhost true 2>>server.log |
    sed -n 's/\r$//; 2p; /cannot serve/p'
}
# kills_child ATTEMPT [ARGUMENT]: is answered without the sandbox; kills it within, and its parent
# tells so.
kills_child() {
  [[ $(SANDBOX=off child "$@") =~ ^(\+OK|-ERR [0-9]+)$ ]]
  : >server.log
  is '' "$(child "$@")"
  logged "^${POPUP-pop3-login}: event=died .*program=child signal=31$"
}

@test "the child says what it has to" { is '+OK bye' "$(child nothing | tail -n 1)" || is 'no such thing' "$(child nothing)"; }
@test "the child opens no file" { kills_child read / && kills_child list . && kills_child create file; }
@test "the child makes no directory, to leave its root by" { kills_child mkdir out && kills_child root out; }
@test "the child removes and moves nothing" { kills_child remove file && kills_child move-in file; }
@test "the child starts no program" { kills_child exec /; }
@test "the child starts no process" { kills_child fork; }
@test "the child makes no namespace" { kills_child namespace; }
@test "the child signals no other process" {
  kills_child signal-parent && kills_child signal-thread && kills_child own-descriptor
}
@test "the child traces no process, and reads no memory" { kills_child trace && kills_child read-memory; }
@test "the child changes no uid, no limit, no flag of its own" {
  kills_child uid && kills_child limit && kills_child dumpable
}
@test "the child makes no socket" { kills_child socket && kills_child local-socket && kills_child socket-pair; }
@test "the child connects to nothing" { kills_child connect 9; }
@test "the child puts no filter on the client's socket, and sends no descriptor" {
  kills_child packet-filter && kills_child send-descriptor
}
@test "the child makes no memory executable" { kills_child code && kills_child code-later && kills_child memory-file; }
@test "the child mounts nothing, and opens nothing by a handle" { kills_child mount / && kills_child handle; }
@test "the child loads no BPF, uses no io_uring, no keyring" {
  kills_child bpf && kills_child io-uring && kills_child keyring
}
@test "the child makes no call of i386 or x32" {
  [ "$(SANDBOX=off child i386)" = '+OK' ] || skip 'this kernel has none'
  kills_child i386 && kills_child x32
}
@test "without seccomp the child goes on, and says so once" {
  [[ $(WITHOUT='without seccomp' SANDBOX='' child root .) =~ ^-ERR\ [0-9]+$ ]]
  is 1 "$(grep -c 'event=sandbox' server.log)"
  logged '^pop3-login: event=sandbox .*warning="this kernel has no seccomp"$'
}
@test "POP3_SANDBOX=require refuses to greet without seccomp" {
  is '-ERR [SYS/TEMP] cannot serve you now, try again later' "$(WITHOUT='without seccomp' child root .)"
  logged '^pop3-login: event=failed .*POP3_SANDBOX=require'
}

# --- its like -------------------------------------------------------------------------------

@test "poppassd's child: no file, program, process, signal or socket" {
  export POPUP=poppassd TCPREMOTEIP=127.0.0.1
  is '500 user, pass, newpass or quit expected.' "$(child nothing | tail -n 1)" || is 'no such thing' "$(child nothing)"
  for attempt in 'read /' 'create file' 'exec /' fork signal-parent trace uid socket 'connect 9' send-descriptor code; do
    kills_child $attempt
  done
}
@test "poppassd's parent survives whatever its child may send" {
  printf '#!/bin/sh\necho started >>started\n' >apoppasswd && chmod 755 apoppasswd
  for kind in 0 1 2 255; do
    for size in 1 {378..380} 20000; do
      for fill in 0 97; do
        printf '%s\r\n' "HOLE message $kind $size $fill" |
          service TCPREMOTEIP=127.0.0.1 poppassd localhost ./apoppasswd 2>>server.log | cat >out
      done
    done
  done
  test ! -e started
  not_logged 'event=(died|failed)'
}
@test "without seccomp each program's child says so under its own name" {
  printf 'quit\r\n' | service TCPREMOTEIP=127.0.0.1 without seccomp poppassd localhost true 2>>server.log | cat >out
  logged '^poppassd: event=sandbox .*warning="this kernel has no seccomp"$'
  printf 'PROXY UNKNOWN\r\n' |
    service TCPREMOTEIP=192.0.2.1 without seccomp proxy-protocol 192.0.2.1 true 2>>server.log
  logged '^proxy-protocol: event=sandbox warning="this kernel has no seccomp"$'
  not_logged '^pop3-login:'
}

@test "the parent survives whatever its child may send" {
  verifier 'echo started >>started'
  for kind in {0..8} 255; do
    for size in 1 2 3 64 130 {379..381} {1668..1670} {8323..8325} 20000 65536; do
      for fill in 0 1 97 255; do
        # What an honest child says too: LANG or UTF8 (ModeNotice).
        case "$kind $size $fill" in '6 3 0' | '6 3 1') continue ;; esac
        : >server.log
        printf '%s\r\n' "HOLE message $kind $size $fill" |
          bare env "${service_env[@]}" pop3-login localhost ./verifier 2>>server.log | cat >out
        grep -q '^pop3-login: event=end .*reason=protocol' server.log ||
          { echo "kind $kind size $size fill $fill: $(cat out server.log)"; false; }
      done
    done
  done
  test ! -e started
}
