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
