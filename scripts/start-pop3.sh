#!/bin/sh
# POP3 without supervise, in imapext's manner: tcpserver in the background, its log to syslog.
#
#   # /var/popchain/bin/start-pop3.sh            and to stop it, with all others like it:
#   # pkill -f 'tcpserver.*pop3-login'
#
# What is below may be said in the environment, and so may POP3_... and BLOCK_UID:
HOME_DIR=${HOME_DIR:-/var/popchain}
: "${HOST:=$(uname -n)}" "${IP:=0}" "${PORT:=110}" "${CONCURRENCY:=40}" "${ACCOUNT:=popnull}"
: "${USERS:=$HOME_DIR/etc/users/users.cdb}" "${TCP_RULES:=$HOME_DIR/etc/tcp.cdb}" "${TAG:=pop3}"

# What there are secrets for, but for CRAM-MD5, as service/run has it.
mechanisms=$("$HOME_DIR/bin/checkpw" -f "$USERS" -m | sed s/CRAM-MD5//)
settings=$(env | grep -E '^(POP3_[A-Z0-9_]+|BLOCK_UID)=[A-Za-z0-9:%._/-]*$')
# shellcheck disable=SC2086 # they are words, and hold no blanks
env - PATH="$HOME_DIR/bin:/usr/local/bin:/usr/bin:/bin" ROOT="${ROOT:-$HOME_DIR/empty}" \
    POP3_TLS_SOCKET="$HOME_DIR/run/tlsd" POP3_GUESSES="$HOME_DIR/run/guesses" \
    POP3_MECHANISMS="${POP3_MECHANISMS:-$mechanisms}" $settings \
    envuidgid "$ACCOUNT" \
    tcpserver -vRHl0 -x "$TCP_RULES" -c "$CONCURRENCY" "$IP" "$PORT" \
    pop3-login "$HOST" checkpw -f "$USERS" pop3d Maildir 2>&1 |
    env - PATH="$HOME_DIR/bin" ${SPLOGGER_SOCKET:+SPLOGGER_SOCKET="$SPLOGGER_SOCKET"} splogger "$TAG" &
