// SPDX-License-Identifier: ISC
// What is to happen at which system call.
//
// A point is the n-th system call of a role. A role is a program of the chain, or a process of it
// that has not executed another program yet:
//
//   pop3-login, pop3-login:child (its fork), pop3-login:spawn (on the way to an exec), checkpw, pop3d
//
// so that points have the same names in each run, whatever the pids and the order of processes.
#pragma once

#include <optional>
#include <string>

namespace survival {

struct Plan {
  enum class What { nothing, kill_before, kill_after, fail, cut_short };
  What what = What::nothing;
  std::string role;
  unsigned long number = 0;  // from 1
  int error = 0;             // fail
  bool goes_on = false;      // fail: all later calls of the same kind in that role, too

  // ROLE=N=before, ROLE=N=after, ROLE=N=short, ROLE=N=ERRNO, or ROLE=N=ERRNO+; ERRNO is a number.
  static std::optional<Plan> parse(const std::string& text);
};

inline std::optional<Plan> Plan::parse(const std::string& text) {
  const auto first = text.find('='), second = text.find('=', first + 1);
  if (first == text.npos || second == text.npos) return {};
  Plan plan;
  plan.role = text.substr(0, first);
  plan.number = std::stoul(text.substr(first + 1, second - first - 1));
  const auto what = text.substr(second + 1);
  if (what == "before") {
    plan.what = What::kill_before;
  } else if (what == "after") {
    plan.what = What::kill_after;
  } else if (what == "short") {
    plan.what = What::cut_short;
  } else {
    plan.what = What::fail;
    plan.error = std::stoi(what);
    plan.goes_on = what.back() == '+';
  }
  return plan;
}

}  // namespace survival
