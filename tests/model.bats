# SPDX-License-Identifier: ISC
# Random operations against a model: model.py. Long: python3 tests/model.py --seconds 300.

load helpers.bash

@test "a model of a Maildir and of POP3 gives the same answers, from a fixed seed" {
  timeout 100 python3 "$BATS_TEST_DIRNAME/model.py" --seconds 8 --seed 1
}

@test "and from a random seed" {
  timeout 100 python3 "$BATS_TEST_DIRNAME/model.py" --seconds 8
}
