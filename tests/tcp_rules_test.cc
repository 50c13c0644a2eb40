// SPDX-License-Identifier: ISC
// The files are made by tcprules(1), which tcpserver reads too.
#include "pop3d/tcp_rules.h"

#include <cstdlib>

#include "base/env.h"
#include "tests/check.h"
#include "tests/fuzz/scratch.h"

namespace {

using namespace pop3d;
using namespace std::string_literals;

// A compiled file of RULES, in a directory of its own.
class Compiled {
 public:
  explicit Compiled(const std::string& rules) {
    scratch_.write("rules", rules);
    const auto command = "cd " + scratch_.path() + " && tcprules tcp.cdb tcp.tmp <rules";
    if (std::system(command.c_str()) != 0) throw base::Failure("tcprules", "failed");
  }
  std::string path() const { return scratch_.path("tcp.cdb"); }

 private:
  Scratch scratch_;
};

// "[10.]POP3_SHY=0 ALSO=this", "[10.]denied", or "none".
std::string found(const TcpRules& rules, const RuleClient& client) {
  const auto rule = rules.find(client);
  if (!rule) return "none";
  std::string text, variables;
  const bool is_allowed =
      for_each_variable(rule->instructions, [&](std::string_view name, std::string_view value) {
        variables += (variables.empty() ? "" : " ") + std::string(name) + '=' + std::string(value);
      });
  text = '[' + std::string(rule->address.view()) + ']';
  return text + (is_allowed ? "" : "denied") + variables;
}
std::string found(const TcpRules& rules, std::string_view ip) { return found(rules, {ip, "", ""}); }

bool throws(const std::string& path, std::string_view ip) try {
  (void)found(TcpRules(path.c_str()), ip);
  return false;
} catch (const base::Failure&) {
  return true;
}

}  // namespace

TEST(the_first_address_that_fits_decides) {
  const Compiled file(
      "18.23.0.32:allow,N=\"second\"\n:allow,N=\"third\"\n127.:allow,N=\"fourth\"\n"
      "joe@127.0.0.1:allow,N=\"first\"\n18.23.:deny\n");
  const TcpRules rules(file.path().c_str());
  // tcprules(1)'s own examples
  CHECK_EQ(found(rules, "10.119.75.38"), "[]N=third");
  CHECK_EQ(found(rules, "18.23.0.32"), "[18.23.0.32]N=second");
  CHECK_EQ(found(rules, {"127.0.0.1", "", "bill"}), "[127.]N=fourth");
  CHECK_EQ(found(rules, {"127.0.0.1", "", "joe"}), "[joe@127.0.0.1]N=first");
  CHECK_EQ(found(rules, "18.23.0.33"), "[18.23.]denied");
  CHECK_EQ(found(rules, "18.230.0.33"), "[]N=third");
  CHECK_EQ(found(rules, "2001:db8::7"), "[]N=third");
}

TEST(all_addresses_in_their_order) {
  const std::string all[] = {"joe@192.0.2.7",
                             "joe@=c.example.org",
                             "192.0.2.7",
                             "=c.example.org",
                             "192.0.2.",
                             "192.0.",
                             "192.",
                             "=.example.org",
                             "=.org",
                             "=",
                             ""};
  for (std::size_t first = 0; first < std::size(all); ++first) {
    std::string text;
    for (std::size_t i = first; i < std::size(all); ++i) text += all[i] + ":allow\n";
    const Compiled file(text);
    CHECK_EQ(found(TcpRules(file.path().c_str()), {"192.0.2.7", "c.example.org", "joe"}),
             '[' + all[first] + ']');
  }
}

// tcprules cannot write these.
TEST(an_ipv6_address_is_found_by_its_beginning) {
  const Scratch scratch;
  const auto made =
      "printf '+9,2:2001:db8:->D\\0\\n+13,0:2001:db8:1::1->\\n\\n' | cdb -c " + scratch.path("tcp.cdb");
  CHECK_EQ(std::system(made.c_str()), 0);
  const TcpRules rules(scratch.path("tcp.cdb").c_str());
  CHECK_EQ(found(rules, "2001:db8:1::1"), "[2001:db8:1::1]");
  CHECK_EQ(found(rules, "2001:db8:1::2"), "[2001:db8:]denied");
  CHECK_EQ(found(rules, "2001:db9::1"), "none");
}

TEST(a_name_counts_only_if_there_is_one) {
  const Compiled file("=:allow,N=\"named\"\n");
  const TcpRules rules(file.path().c_str());
  CHECK_EQ(found(rules, {"192.0.2.7", "c.example.org", ""}), "[=]N=named");
  CHECK_EQ(found(rules, "192.0.2.7"), "none");
}

TEST(no_rule_lets_all_connect) {
  const Compiled file("");
  const TcpRules rules(file.path().c_str());
  CHECK_EQ(found(rules, "192.0.2.7"), "none");
  CHECK_EQ(found(rules, {"", "", ""}), "none");
}

TEST(ranges_and_many_rules) {
  std::string text = "10.1.2.37-53:deny\n";
  for (int i = 0; i < 256; ++i)
    for (int k = 0; k < 8; ++k)
      text += "11." + std::to_string(i) + '.' + std::to_string(k) + ".:allow,N=\"" + std::to_string(i * k) +
              "\"\n";
  const Compiled file(text);
  const TcpRules rules(file.path().c_str());
  CHECK_EQ(found(rules, "10.1.2.36"), "none");
  CHECK_EQ(found(rules, "10.1.2.37"), "[10.1.2.37]denied");
  CHECK_EQ(found(rules, "10.1.2.53"), "[10.1.2.53]denied");
  for (int i = 0; i < 256; ++i)
    CHECK_EQ(found(rules, "11." + std::to_string(i) + ".7.1"),
             "[11." + std::to_string(i) + ".7.]N=" + std::to_string(i * 7));
}

TEST(variables_are_set_and_taken_back) {
  const Compiled file(":allow,POP3_T1=\"\",POP3_T2=/a=b \"c\"/\n10.:deny,POP3_T3=\"x\"\n");
  const TcpRules rules(file.path().c_str());
  CHECK(apply_rule(rules.find({"192.0.2.7", "", ""})->instructions));
  CHECK(base::has_env("POP3_T1"));
  CHECK_EQ(base::get_env("POP3_T1"), "");
  CHECK_EQ(base::get_env("POP3_T2"), "a=b \"c\"");
  take_rule_back(rules.find({"192.0.2.7", "", ""})->instructions);
  CHECK(!base::has_env("POP3_T1") && !base::has_env("POP3_T2"));
  CHECK(!apply_rule(rules.find({"10.0.0.1", "", ""})->instructions));
}

TEST(other_instructions_mean_nothing) {
  int variables = 0;
  const auto count = [&](std::string_view, std::string_view) { ++variables; };
  CHECK(for_each_variable("+=x\0+novalue\0xyz\0\0+A=1"s, count));
  CHECK_EQ(variables, 0);
  CHECK(!for_each_variable("+A=1\0D\0"s, count));
  CHECK_EQ(variables, 1);
}

TEST(a_client_whose_name_is_too_long_for_a_rule_finds_the_others) {
  const Compiled file("192.0.2.:allow\n");
  const TcpRules rules(file.path().c_str());
  const std::string name(2000, 'a');
  CHECK_EQ(found(rules, {"192.0.2.7", name, name}), "[192.0.2.]");
}

TEST(what_is_no_cdb_throws) {
  const Scratch scratch;
  CHECK(throws(scratch.path("nothing"), "192.0.2.7"));
  CHECK(throws(scratch.path(), "192.0.2.7"));
  scratch.write("short", std::string(2047, '\0'));
  CHECK(throws(scratch.path("short"), "192.0.2.7"));
  scratch.write("damaged", std::string(2048, '\x7f'));
  CHECK(throws(scratch.path("damaged"), "192.0.2.7"));
}

TEST(a_file_that_was_cut_throws_or_finds_less) {
  const Compiled file("192.0.2.7:allow,N=\"1\"\n:allow\n");
  const Scratch scratch;
  std::string whole;
  {
    const auto fd = base::open_file(file.path().c_str(), O_RDONLY);
    whole.resize(4096);
    whole.resize(base::read_all(fd.get(), whole));
  }
  for (std::size_t size = 2048; size < whole.size(); ++size) {
    scratch.write("cut", whole.substr(0, size));
    CHECK_ROW(size, throws(scratch.path("cut"), "192.0.2.7"));
  }
}
