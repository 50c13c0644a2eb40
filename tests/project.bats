# SPDX-License-Identifier: ISC
# What the project promises about itself.

cd_top() { cd "$BATS_TEST_DIRNAME/.."; }

# may FOLDER LIBRARY...: FOLDER includes headers of its own and of these folders only.
may() {
  local folder=$1 allowed
  allowed=$(printf '%s\n' "$@" | paste -sd'|')
  ! grep -rnE '^#include "[a-z]+/' "$folder" | grep -vE "#include \"($allowed)/"
}

@test "a folder includes its own headers and those of the libraries below it" {
  cd_top
  may base base
  may maildir maildir base
  may pop3d pop3d maildir base
  may checkpw checkpw base
  may apoppasswd apoppasswd checkpw base
  may tls tls base
  may scripts base
}

@test "programs use no iostream, no regex, no shell" {
  cd_top
  ! grep -rnE '#include <(iostream|fstream|sstream|regex|filesystem|cstdio>.*printf)|system\(|popen\(' \
    base maildir pop3d checkpw apoppasswd tls scripts/*.cc
}

@test "source files stay under 320 lines" {
  cd_top
  ! find base maildir pop3d checkpw apoppasswd tls scripts -name '*.cc' -size +0 -o -name '*.h' -size +0 |
    xargs wc -l | awk '$2 != "total" && $1 > 320' | grep .
}

# features: K04
@test "every program has a manual page, and mandoc has nothing to say about any" {
  cd_top
  for program in "$BIN"/*; do
    ls ./*/"${program##*/}".[1-8] >/dev/null
  done
  for page in */*.[1-8]; do
    is_clean=$(mandoc -T lint -W warning "$page") || { echo "$is_clean"; false; }
  done
}

@test "every setting that a program reads is in a manual page" {
  cd_top
  for name in $(grep -rhoE '(env_number|env_switch|get_env|has_env|read_number)\("[A-Z0-9_]+"' base pop3d checkpw tls scripts |
    grep -oE '[A-Z0-9_]{3,}' | sort -u); do
    grep -qE "(Ev|Dv) $name|$name" pop3d/*.8 checkpw/*.8 tls/*.8 scripts/*.[78] || { echo "$name"; false; }
  done
}

@test "no negated command stands where bats would not notice that it failed" {
  cd_top
  # "! x" ends a test only as its last line; elsewhere it is "! x || false".
  found=$(awk 'negated != "" && !/^ *}/ { print negated }
    { negated = /^ +! / && !/\|\| / && !/[\\|]$/ ? FILENAME ":" FNR ":" $0 : "" }' tests/*.bats)
  [ -z "$found" ] || { echo "$found"; false; }
}

@test "where a manual page lists log lines it leaves their form to popchain-log(5)" {
  cd_top
  for page in $(grep -lE '^\.Sh LOG LINES' ./*/*.[1-8]); do
    grep -q '^\.Xr popchain-log 5' "$page" || { echo "$page"; false; }
  done
  [ "$(grep -l 'value longer than 160 octets' ./*/*.[1-8])" = ./scripts/popchain-log.5 ]
}

@test "every parser of what comes from outside is fuzzed, from seeds, and says what it covers" {
  cd_top
  # These are called by others that are: parse_mangle's message, a line of parse_line, the word of parse_uidl_import.
  grep -rhoE '\b(parse|decode)_[a-z0-9_]+\(' --include='*.h' base maildir pop3d checkpw apoppasswd tls scripts | tr -d '(' |
    sort -u | grep -vxE 'parse_header|parse_json_line|parse_uidl_source' >"$BATS_TEST_TMPDIR/parsers"
  [ "$(wc -l <"$BATS_TEST_TMPDIR/parsers")" -gt 20 ]
  while read -r parser; do
    grep -qw "$parser" tests/fuzz/*.cc || { echo "$parser"; false; }
  done <"$BATS_TEST_TMPDIR/parsers"
  for target in tests/fuzz/*.cc; do
    name=${target##*/} name=${name%.cc}
    # shellcheck disable=SC2046 # files are words
    ls $(sed -n 's|^// covers ||p' "$target") >"$BATS_TEST_TMPDIR/files"
    [ -s "$BATS_TEST_TMPDIR/files" ]
    [ -n "$(ls "tests/fuzz/corpus/$name")" ]
    [ "$(du -sb "tests/fuzz/corpus/$name" | cut -f1)" -lt 16384 ]
  done
}
