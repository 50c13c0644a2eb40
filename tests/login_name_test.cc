// SPDX-License-Identifier: ISC
#include "pop3d/login_name.h"

#include "tests/check.h"

namespace {

using pop3d::NamePolicy;

std::string mapped(const NamePolicy& policy, std::string_view typed) {
  const auto name = pop3d::map_login(policy, typed);
  if (!name) return "(none)";
  auto text = std::string(name->name.view());
  if (name->no_mime) text += " mangled";
  if (!name->literal.empty()) text += " or " + std::string(name->literal.view());
  return text;
}

constexpr NamePolicy none{false, false, false, {}};
constexpr NamePolicy downcased{true, false, false, {}}, trimmed{false, true, false, {}}, suffixed{false, false, true, {}};
constexpr NamePolicy in_domain{false, false, false, "example.org"};
constexpr NamePolicy all{true, true, true, "example.org"};

}  // namespace

TEST(without_policies_the_name_is_the_name) {
  for (const auto* name : {"joe", "Joe@Example.org", "joe-no-mime", "@", "a/b", "j\xc3\xb6"})
    CHECK_EQ(mapped(none, name), name);
}

// features: B33
TEST(downcase_user_changes_ascii_letters_only) {
  CHECK_EQ(mapped(downcased, "JoE@Example.ORG"), "joe@example.org");
  CHECK_EQ(mapped(downcased, "J\xc3\x96 1"), "(none)");  // a blank
  CHECK_EQ(mapped(downcased, "J\xc3\x96-[Z]"), "j\xc3\x96-[z]");
}

// features: B34
TEST(trim_domain_cuts_at_the_first_at_sign) {
  CHECK_EQ(mapped(trimmed, "maida@example.org"), "maida");
  CHECK_EQ(mapped(trimmed, "maida@a@b"), "maida");
  CHECK_EQ(mapped(trimmed, "maida%example.org"), "maida%example.org");
  CHECK_EQ(mapped(trimmed, "@example.org"), "(none)");
}

// features: B35
TEST(a_domain_completes_names_that_have_none) {
  CHECK_EQ(mapped(in_domain, "joe"), "joe@example.org");
  for (const auto* name : {"joe@other", "joe%other", "joe+other"}) CHECK_EQ(mapped(in_domain, name), name);
  CHECK_EQ(mapped({false, false, false, "1and1"}, "joe"), "joe@1and1");
  CHECK_EQ(mapped({false, false, false, "\xe4\xbe\x8b.jp"}, "joe"), "joe@\xe4\xbe\x8b.jp");
  // A delimiter of its own.
  CHECK_EQ(mapped({false, false, false, "%example"}, "joe"), "joe%example");
  CHECK_EQ(mapped({false, false, false, "-x"}, "joe"), "joe-x");
}

// features: A53
TEST(no_mime_is_taken_off_the_end) {
  CHECK_EQ(mapped(suffixed, "mary-no-mime"), "mary mangled or mary-no-mime");
  CHECK_EQ(mapped(suffixed, "m-no-mime"), "m mangled or m-no-mime");
  CHECK_EQ(mapped(suffixed, "-no-mime"), "-no-mime");
  CHECK_EQ(mapped(suffixed, "mary-no-mime-no-mime"), "mary-no-mime mangled or mary-no-mime-no-mime");
  CHECK_EQ(mapped(suffixed, "mary-no-mime@dom"), "mary-no-mime@dom");
  CHECK_EQ(mapped(suffixed, "mary@dom-no-mime"), "mary@dom mangled or mary@dom-no-mime");
  CHECK_EQ(mapped(suffixed, "mary-NO-MIME"), "mary-NO-MIME");
  CHECK_EQ(mapped(suffixed, "maryno-mime"), "maryno-mime");
}

// features: A53 B33 B34 B35
TEST(the_order_is_qpoppers_and_then_tpopss) {
  CHECK_EQ(mapped(all, "Mary-NO-Mime@dom"), "mary@example.org mangled or mary-no-mime@example.org");
  CHECK_EQ(mapped(all, "mary@dom-no-mime"), "mary@example.org");
  CHECK_EQ(mapped(all, "A%B-no-mime"), "a%b mangled or a%b-no-mime");
}

// features: B38
TEST(a_name_is_never_cut_to_fit) {
  const std::string longest(pop3d::max_login, 'a');
  CHECK_EQ(mapped(none, longest), longest);
  CHECK_EQ(mapped(none, longest + 'b'), "(none)");
  CHECK_EQ(mapped(in_domain, longest), "(none)");
  CHECK_EQ(mapped(trimmed, longest + "@x"), longest);
  CHECK_EQ(mapped(in_domain, std::string(pop3d::max_login - 12, 'a')), std::string(pop3d::max_login - 12, 'a') + "@example.org");
  CHECK_EQ(mapped(in_domain, std::string(pop3d::max_login - 11, 'a')), "(none)");
  // What it would be literally is too long to be anybody's.
  constexpr NamePolicy both{false, false, true, "example.org"};
  CHECK_EQ(mapped(both, std::string(pop3d::max_login - 12, 'a') + "-no-mime"),
           std::string(pop3d::max_login - 12, 'a') + "@example.org mangled");
}

TEST(what_is_no_login_is_none_after_it_either) {
  for (const auto* name : {"", "a b", "a\tb", "a\x7f"}) {
    CHECK_EQ(mapped(none, name), "(none)");
    CHECK_EQ(mapped(all, name), "(none)");
  }
}
