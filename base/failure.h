// SPDX-License-Identifier: ISC
// The three ways a program can end other than well, and their exit codes.
//
//   an outcome the protocol knows    a value (optional, enum class); never an exception
//   a failure of the machine         base::Failure, thrown here, caught once in main, exit 111
//   a programming error              bug(): abort
#pragma once

#include <exception>
#include <string_view>

namespace base {

// Exit codes of the field: 1, 2 and 111 from checkpassword's interface
// (https://cr.yp.to/checkpwd/interface.html), 100 for everything else that was called wrongly.
constexpr int exit_refused = 1;      // the login is not acceptable
constexpr int exit_misused = 2;      // checkpassword: called wrongly, or set up wrongly
constexpr int exit_usage = 100;      // other programs: called wrongly
constexpr int exit_temporary = 111;  // the machine failed: try again later

// A failure of the machine: "what was tried: why". Holds its text itself, so that
// throwing it allocates nothing but the exception.
class Failure : public std::exception {
 public:
  // Joins the parts; a text longer than the buffer is cut.
  explicit Failure(std::string_view what, std::string_view why = {}) noexcept;
  const char* what() const noexcept override { return text_; }

 private:
  char text_[240];
};

// Throws Failure("WHAT NAME: strerror(errno)"), for example "open users.cdb: Permission denied".
// errno is read first, so call it at once after the call that failed.
[[noreturn]] void fail(std::string_view what, std::string_view name = {});

// Says on fd 2 that the program itself is wrong, and aborts.
[[noreturn]] void bug(std::string_view what) noexcept;

// Writes "PROGRAM: MESSAGE\n" to fd 2 in one write; gives CODE back, for main's return.
int complain(std::string_view program, std::string_view message, int code) noexcept;

}  // namespace base
