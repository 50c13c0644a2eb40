// SPDX-License-Identifier: ISC
// Unit tests in the few lines they need. TEST(name) registers itself; CHECK and CHECK_EQ print
// where, and what was there; tests/check.cc runs all and prints TAP, as Bats does.
//
//   TEST(unique_name_ends_at_the_colon) { CHECK_EQ(maildir::unique_name("1.2.h:2,S"), "1.2.h"); }
#pragma once

#include <iostream>
#include <sstream>
#include <string>

namespace check {

using Body = void (*)();
bool add(const char* name, Body body);
// Notes that the running test failed.
void failed(const char* file, int line, const std::string& what);

template <typename T>
std::string show(const T& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

template <typename Got, typename Want>
void equal(const char* file, int line, const char* text, const Got& got, const Want& want) {
  if (!(got == want))
    failed(file, line, std::string(text) + ": got \"" + show(got) + "\", want \"" + show(want) + '"');
}

}  // namespace check

#define TEST(name)                                            \
  static void name();                                         \
  static const bool name##_added = check::add(#name, name);   \
  static void name()
#define CHECK(condition) \
  ((condition) ? void() : check::failed(__FILE__, __LINE__, #condition))
#define CHECK_EQ(got, want) check::equal(__FILE__, __LINE__, #got, got, want)
// In a table: ROW names the row that failed.
#define CHECK_ROW(row, condition) \
  ((condition) ? void() : check::failed(__FILE__, __LINE__, "row " + check::show(row) + ": " #condition))
