#!/bin/bash
# SPDX-License-Identifier: ISC
# A popup of the old kind, as qmail-popup is one: no word about PASS or APOP, no status
# descriptor, one try.
#
# popup.bash HOST VERIFIER...
stamp="<$$.$EPOCHSECONDS@$1>"
shift
verifier=("$@")

try() {
  "${verifier[@]}" 3< <(printf '%s\0%s\0%s\0' "$1" "$2" "$stamp")
  case $? in
    0) ;;
    1) printf -- '-ERR authorization failed\r\n' ;;
    2) printf -- '-ERR child misused\r\n' ;;
    *) printf -- '-ERR temporary problem\r\n' ;;
  esac
  exit
}

printf '+OK %s\r\n' "$stamp"
while IFS=$' \r' read -r verb first second; do
  case ${verb^^} in
    USER) user=$first && printf '+OK\r\n' ;;
    PASS) try "$user" "$first" ;;
    APOP) try "$first" "$second" ;;
    *) printf -- '-ERR\r\n' ;;
  esac
done
