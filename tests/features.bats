#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# popchain-features(7), the table of what other servers do: it is whole, and what it says is there.

page() { "$BATS_TEST_DIRNAME/features_page" "$@"; }

@test "every feature has a row, every row of a program's a test, and each section named exists" {
  page -c
}

@test "the page is made of the rows and the tests" {
  page | diff "$BATS_TEST_DIRNAME/../scripts/popchain-features.7" -
}

@test "a row that is missing, twice, or held by nothing is found" {
  mkdir "$BATS_TEST_TMPDIR/tests"
  cp -r "$BATS_TEST_DIRNAME"/{features,features_page,*.bats} "$BATS_TEST_TMPDIR/tests"
  cd "$BATS_TEST_TMPDIR/tests"
  sed -i '/^A07\t/d; s/^A01\t/A02\t/' features/A-protocol
  printf '%s\n' '# features: A02 Z99' '@test "x" {' '# features: A03' 'x() { true; }' >x.bats
  sed -i 's/^\(A06\t[a-z]*\t[^\t]*\t\).*/\1pop3d(8) NOWHERE/; s/^A08\tnative/A08\tperhaps/' features/A-protocol
  run ./features_page -c
  [ "$status" = 1 ]
  for mistake in 'A01: no row' 'A02: 2 rows' 'A07: no row' 'A06: there is no page pop3d(8)' \
    "A08: 'perhaps' is no status" 'Z99: a test in x.bats names it, and there is none' \
    "x.bats:3: no test below the rows' names"; do
    [[ $output == *"$mistake"* ]] || { echo "$mistake"; false; }
  done
  rm -- *.bats
  run ./features_page -c
  [[ $output == *'A09: native, and no test holds it'* ]]
}
