// SPDX-License-Identifier: ISC
#include "pop3d/mechanisms.h"

#include <iterator>
#include <set>
#include <string>

#include "base/failure.h"
#include "tests/check.h"

namespace {

using namespace pop3d;

// The words of the set that WORDS make, or why they make none.
std::string parsed(std::string_view words) {
  try {
    return std::string(MethodSet::parse(words, "HERE").words().view());
  } catch (const base::Failure& e) {
    return std::string("failed: ") + e.what();
  }
}

std::string sasl_of(std::string_view words) {
  std::string names;
  MethodSet::parse(words, "HERE").for_each_sasl([&](std::string_view name) { names += std::string(name) + ' '; });
  return names;
}

}  // namespace

TEST(words_are_known_in_any_case_and_order_with_any_blanks) {
  CHECK_EQ(parsed("apop plain"), "plain apop");
  CHECK_EQ(parsed("PLAIN Apop sCRAM-sha-256"), "scram-sha-256 plain apop");
  CHECK_EQ(parsed("  login   plain "), "plain login");
  CHECK_EQ(parsed("plain plain"), "plain");
  CHECK_EQ(parsed(""), "");
  CHECK_EQ(parsed("  "), "");
}

TEST(words_that_are_not_known_are_refused_and_the_setting_is_named) {
  for (const char* words : {"digest-md5", "plain,login", "plai", "plainx", "plain\tlogin", "plain gssapi", "scram-sha-1",
                            "scram", "scram_sha_256", "pl\xc3\xa4in", "+apop", "SCRAM-SHA-256-PLUSX", "*"})
    CHECK_EQ(parsed(words), "failed: HERE: names a mechanism that is not known");
}

TEST(sasl_mechanisms_come_best_first_and_apop_and_user_are_none) {
  CHECK_EQ(sasl_of("login plain cram-md5 xoauth2 oauthbearer external scram-sha-256 scram-sha-256-plus apop user"),
           "SCRAM-SHA-256-PLUS SCRAM-SHA-256 EXTERNAL OAUTHBEARER XOAUTH2 CRAM-MD5 PLAIN LOGIN ");
  CHECK_EQ(sasl_of("apop user"), "");
}

TEST(a_set_has_sasl_if_one_of_its_methods_is_a_mechanism) {
  CHECK(!MethodSet().has_sasl());
  CHECK(!MethodSet::parse("apop user", "").has_sasl());
  for (const auto& entry : methods) {
    MethodSet set;
    set.add(entry.method);
    CHECK_ROW(entry.name, set.has_sasl() == (entry.in_sasl != nullptr));
  }
}

TEST(methods_are_added_and_removed_one_by_one) {
  for (const auto& one : methods) {
    MethodSet set;
    CHECK_ROW(one.name, !set.has(one.method));
    set.add(one.method);
    for (const auto& other : methods) CHECK_ROW(other.name, set.has(other.method) == (one.method == other.method));
    set.remove(one.method);
    CHECK_ROW(one.name, !set.has(one.method));
  }
}

TEST(every_set_is_what_its_words_say) {
  for (unsigned bits = 0; bits < 1u << std::size(methods); ++bits) {
    MethodSet set;
    std::string words;
    for (std::size_t i = 0; i < std::size(methods); ++i) {
      if ((bits >> i & 1) == 0) continue;
      set.add(methods[i].method);
      words += (words.empty() ? "" : " ") + std::string(methods[i].name);
    }
    CHECK_ROW(bits, !set.words().overflowed() && set.words().view() == words && parsed(words) == words);
  }
}

TEST(each_method_has_a_name_of_its_own) {
  std::set<std::string> names;
  for (const auto& entry : methods) {
    names.insert(entry.name);
    CHECK_EQ(std::string(name_of(entry.method)), entry.name);
  }
  CHECK_EQ(names.size(), std::size(methods));
  CHECK_EQ(std::string(name_of(static_cast<Method>(0))), "unknown");
}
