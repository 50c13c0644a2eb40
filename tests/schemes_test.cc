// SPDX-License-Identifier: ISC
#include "checkpw/schemes.h"

#include "checkpw/account.h"
#include "checkpw/storing.h"
#include "tests/check.h"

namespace {

using namespace std::string_literals;
using checkpw::check_password;
using checkpw::check_stored;
using checkpw::verify_apop;
using checkpw::verify_password;

// RFC 1939 s.7
constexpr auto timestamp = "<1896.697170952@dbc.mtview.ca.us>";
constexpr auto digest = "c4c9334bac560ecc979e58001b3e22fb";

// What passwords are stored by, but for SEALED (tests/seal_test.cc).
constexpr const char* schemes[] = {"PLAIN", "SCRAM-SHA-256", "CRYPT", "BCRYPT", "ARGON2ID"};

std::string make_stored(const std::string& scheme, const std::string& password) {
  checkpw::KeyFile no_keys("/nowhere", 0);
  return checkpw::make_stored(scheme, "joe", password, {scheme, "{PLAIN}x", std::string(64, 'a')}, no_keys);
}

std::string argon2id(const std::string& parameters) {
  return "{ARGON2ID}$argon2id$v=19$" + parameters +
         "$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
}

std::string bcrypt(const std::string& head) {
  return "{BCRYPT}" + head + "CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
}

const struct {
  std::string stored, password;
} known[] = {
    {"{PLAIN}tanstaaf", "tanstaaf"},
    {"{PLAIN} two words, {braces}:%", " two words, {braces}:%"},
    // crypt(3): DES, MD5, and the SHA-256 and SHA-512 vectors of their specification
    {"{CRYPT}CCNf8Sbh3HDfQ", "U*U*U*U*"},
    {"{CRYPT}$1$dXc3I7Rw$94JPyQc/eAgQ3MFMCoMF.0", "U*U***U"},
    {"{CRYPT}$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5", "Hello world!"},
    {"{CRYPT}$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEd"
     "FCoEOfaS35inz1", "Hello world!"},
    {"{CRYPT}$y$j75$saltsalt$3noX8BfvspORvyTLJpvzSCEe8VYTo40KwCpXxLpuU50", "pw"},
    // crypt_blowfish's own vectors
    {bcrypt("$2a$05$"), "U*U"},
    {bcrypt("$2b$05$"), "U*U"},
    {bcrypt("$2y$05$"), "U*U"},
    {"{BCRYPT}$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK", "U*U*"},
    // the reference implementation's
    {argon2id("m=256,t=2,p=1"), "password"},
    {"{ARGON2ID}$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1"
     "cDc", "password"},
};

}  // namespace

TEST(known_hash_is_proved_by_its_password) {
  for (const auto& row : known)
    CHECK_ROW(row.stored, !check_stored(row.stored) && verify_password(row.stored, row.password));
}

TEST(known_hash_is_not_proved_by_another_password) {
  for (const auto& row : known) {
    const auto value = row.stored.substr(row.stored.find('}') + 1);
    for (const auto& wrong : {""s, "x"s, "x" + row.password, row.stored, std::string(1000, 'x')})
      CHECK_ROW(row.stored + " by " + wrong, !verify_password(row.stored, wrong));
    CHECK_ROW(row.stored, value == row.password || !verify_password(row.stored, value));
  }
}

TEST(new_secret_is_proved_by_its_password_alone) {
  for (const std::string scheme : schemes) {
    const auto stored = make_stored(scheme, "sesame, open");
    CHECK_EQ(checkpw::scheme_of(stored), scheme);
    CHECK_ROW(stored, !check_stored(stored));
    CHECK_ROW(stored, verify_password(stored, "sesame, open"));
    CHECK_ROW(stored, !verify_password(stored, "Sesame, open"));
    CHECK_ROW(stored, !verify_password(stored, ""));
  }
}

TEST(new_hash_has_a_salt_of_its_own) {
  for (const std::string scheme : {"CRYPT", "BCRYPT", "ARGON2ID"})
    CHECK_ROW(scheme, make_stored(scheme, "x") != make_stored(scheme, "x"));
}

TEST(largest_password_can_be_stored_and_proved) {
  const std::string password(checkpw::max_secret, 'x');
  for (const std::string scheme : {"PLAIN", "CRYPT", "ARGON2ID"}) {
    const auto stored = make_stored(scheme, password);
    CHECK_ROW(scheme, !check_stored(stored) && verify_password(stored, password));
    CHECK_ROW(scheme, !verify_password(stored, password.substr(1)));
  }
}

TEST(scheme_is_known_by_its_exact_name) {
  for (const std::string scheme : schemes) CHECK_ROW(scheme, checkpw::is_scheme(scheme) && checkpw::is_password_scheme(scheme));
  for (const std::string scheme : {"CERT", "OAUTH"})
    CHECK_ROW(scheme, checkpw::is_scheme(scheme) && !checkpw::is_password_scheme(scheme));
  for (const auto name : {"", "plain", "PLAIN ", "PLAINX", "MD5", "{PLAIN}", "ARGON2I"})
    CHECK_ROW(name, !checkpw::is_scheme(name));
}

TEST(stored_secret_without_a_known_scheme_is_refused) {
  for (const auto stored : {"", "x", "{", "}", "{}", "{}x", "{PLAIN", "PLAIN}x", " {PLAIN}x",
                            "{plain}x", "{{PLAIN}x", "{PLAIN }x", "{MD5}x", "{PLAIN{}x"})
    CHECK_ROW(stored, check_stored(stored) && !verify_password(stored, "x"));
}

TEST(stored_secret_that_is_malformed_is_refused) {
  const std::string bad[] = {
      "{PLAIN}", "{CRYPT}", "{BCRYPT}", "{ARGON2ID}",
      "{PLAIN}a\nb", "{PLAIN}a\0b"s, "{PLAIN}a\x7f", "{CRYPT}a\nb", "{CRYPT}a\0b"s,
      "{PLAIN}m\xfcll", "{PLAIN}m\xc2\x80ll", "{CRYPT}m\xc3\xbcll", "{SCRAM-SHA-256}m\xc3\xbcll",
      "{SCRAM-SHA-256}", "{SEALED}", "{CERT}", "{OAUTH}", "{CERT}a\nb", "{OAUTH}a\0b"s, "{CERT}m\xfcll",
      "{SEALED}x", "{SEALED}id", "{SEALED}id$", "{SEALED}id$x", "{SEALED}id$AAAA", "{SEALED}$" + std::string(60, 'A'),
      "{SEALED}ID$" + std::string(60, 'A'), "{SEALED}id$" + std::string(61, 'A'), "{SEALED}id$" + std::string(52, 'A'),
      "{PLAIN}" + std::string(checkpw::max_secret + 1, 'x'),
      "{CRYPT}" + std::string(checkpw::max_stored, 'x'),
      "{CRYPT}*0", "{CRYPT}*", "{CRYPT}!", "{CRYPT}!!", "{CRYPT}!$6$salt$hash",
      "{BCRYPT}x", "{BCRYPT}" + std::string(60, 'x'), bcrypt("$2c$05$"), bcrypt("$2$05$"),
      bcrypt("$2a$5$"), bcrypt("$2a$05$") + "x", bcrypt("$2a$xx$"), bcrypt("$2a$-1$"),
      bcrypt("$2a$03$"), bcrypt("$2a$00$"),
      "{ARGON2ID}$argon2id$", "{ARGON2ID}$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgL",
      "{ARGON2ID}$argon2id$v=16$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgL",
      argon2id(""), argon2id("m=256"), argon2id("m=256,t=2"), argon2id("t=2,p=1"),
      argon2id("t=2,m=256,p=1"), argon2id("m=,t=2,p=1"), argon2id("m=x,t=2,p=1"),
      argon2id("m=-1,t=2,p=1"), argon2id(" m=256,t=2,p=1"), argon2id("m=256,t=0,p=1"),
      argon2id("m=256,t=2,p=0"),
  };
  for (const auto& stored : bad)
    CHECK_ROW(stored, check_stored(stored) && !verify_password(stored, "x"));
}

TEST(argon2id_hash_that_costs_too_much_is_refused) {
  CHECK(!check_stored(argon2id("m=19456,t=16,p=4")));
  for (const auto& parameters :
       {"m=19457,t=2,p=1"s, "m=4294967295,t=2,p=1"s, "m=256,t=17,p=1"s, "m=256,t=4294967295,p=1"s,
        "m=256,t=2,p=5"s, "m=256,t=2,p=99999"s, "m=18446744073709551616,t=2,p=1"s,
        "m=99999999999999999999999,t=2,p=1"s, "m=256,t=99999999999999999999999,p=1"s})
    CHECK_ROW(parameters, check_stored(argon2id(parameters)));
}

TEST(bcrypt_hash_that_costs_too_much_is_refused) {
  CHECK(!check_stored(bcrypt("$2a$14$")));
  for (const auto head : {"$2a$15$", "$2b$31$", "$2y$99$"})
    CHECK_ROW(head, check_stored(bcrypt(head)));
}

TEST(crypt_hash_that_costs_too_much_is_refused) {
  // Each would keep a login busy for minutes, or take a gigabyte.
  for (const auto stored :
       {"{CRYPT}$6$rounds=999999999$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFN"
        "jnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
        "{CRYPT}$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "{CRYPT}$y$jFT$saltsalt$3noX8BfvspORvyTLJpvzSCEe8VYTo40KwCpXxLpuU50"})
    CHECK_ROW(stored, check_stored(stored));
}

TEST(hash_that_cannot_be_computed_is_refused) {
  // verify_password would throw, and the client be told to try again later, for ever.
  for (const auto& stored :
       {argon2id("m=0,t=2,p=1"), argon2id("m=31,t=2,p=4"),
        "{ARGON2ID}$argon2id$v=19$m=256,t=2,p=1$"s,
        "{ARGON2ID}$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$"s,
        "{ARGON2ID}$argon2id$v=19$m=256,t=2,p=1$!!$nf65EOgL"s,
        "{BCRYPT}$2a$05$!!!!!!!!!!!!!!!!!!!!!!E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"s})
    CHECK_ROW(stored, check_stored(stored));
}

TEST(password_to_be_stored_is_1_to_248_octets_of_text) {
  for (const auto& good : {"x"s, "two words"s, " "s, "~!"s, "{PLAIN}x"s, "m\xc3\xbcll"s, std::string(248, 'x')})
    CHECK_ROW(good, !check_password("PLAIN", good));
  for (const auto& bad : {""s, "a\nb"s, "a\r"s, "\t"s, "a\0b"s, "\x7f"s, "m\xfcll"s, "\xff"s, "\xc2\x9f"s,
                          std::string(249, 'x')})
    CHECK_ROW(bad, check_password("PLAIN", bad));
}

TEST(password_that_bcrypt_would_cut_is_refused_for_it_alone) {
  const std::string longest(72, 'x'), too_long(73, 'x');
  CHECK(!check_password("BCRYPT", longest) && check_password("BCRYPT", too_long));
  for (const auto scheme : {"", "PLAIN", "CRYPT", "ARGON2ID"})
    CHECK_ROW(scheme, !check_password(scheme, too_long));
}

TEST(apop_digest_of_the_specification_is_proved) {
  CHECK(verify_apop("{PLAIN}tanstaaf", digest, timestamp));
}

TEST(apop_digest_in_upper_case_is_proved) {
  CHECK(verify_apop("{PLAIN}tanstaaf", "C4C9334BAC560ECC979E58001B3E22FB", timestamp));
}

TEST(apop_digest_of_anything_else_is_not_proved) {
  CHECK(!verify_apop("{PLAIN}tanstaaF", digest, timestamp));
  CHECK(!verify_apop("{PLAIN}tanstaaf", digest, "<1896.697170953@dbc.mtview.ca.us>"));
  for (const auto& response : {""s, "tanstaaf"s, digest + "0"s, std::string(digest, 31),
                               "d4c9334bac560ecc979e58001b3e22fb"s, std::string(32, '0')})
    CHECK_ROW(response, !verify_apop("{PLAIN}tanstaaf", response, timestamp));
}

TEST(apop_without_a_timestamp_is_not_proved) {
  // the MD5 of the secret alone, which no greeting was part of
  CHECK(!verify_apop("{PLAIN}a", "0cc175b9c0f1b6a831c399e269772661", ""));
}

TEST(apop_is_never_proved_by_a_hashed_secret) {
  // Each digest is that of the timestamp and the whole hash, as if the hash were the secret.
  const struct {
    std::string scheme, hash, digest;
  } table[] = {
      {"{CRYPT}", "CCNf8Sbh3HDfQ", "9797835720f5dd78aadbc3baba68ac7f"},
      {"{BCRYPT}", bcrypt("$2a$05$").substr(8), "431cb9cba3b1385b7f3914c4d469a174"},
      {"{ARGON2ID}", argon2id("m=256,t=2,p=1").substr(10), "970d8ae4a1b67db103148ac7b9a18c58"},
  };
  for (const auto& row : table) {
    CHECK_ROW(row.scheme, !check_stored(row.scheme + row.hash));
    CHECK_ROW(row.scheme, verify_apop("{PLAIN}" + row.hash, row.digest, timestamp));
    CHECK_ROW(row.scheme, !verify_apop(row.scheme + row.hash, row.digest, timestamp));
  }
}

TEST(digest_is_not_taken_as_a_password) { CHECK(!verify_password("{PLAIN}tanstaaf", digest)); }

TEST(cram_digest_of_the_specification_is_proved) {
  // RFC 2195 s.2
  const auto challenge = "<1896.697170952@postoffice.reston.mci.net>", response = "b913a602c7eda7a495b4e6e7334d3890";
  using checkpw::verify_cram;
  CHECK(verify_cram("{PLAIN}tanstaaftanstaaf", response, challenge));
  CHECK(verify_cram("{PLAIN}tanstaaftanstaaf", "B913A602C7EDA7A495B4E6E7334D3890", challenge));
  CHECK(!verify_cram("{PLAIN}tanstaaftanstaaF", response, challenge));
  CHECK(!verify_cram("{PLAIN}tanstaaftanstaaf", response, "<1896.697170953@postoffice.reston.mci.net>"));
  CHECK(!verify_cram("{PLAIN}tanstaaftanstaaf", "tanstaaftanstaaf", challenge));
  CHECK(!verify_cram("{PLAIN}tanstaaftanstaaf", "", challenge));
  // the HMAC of nothing, which no challenge was part of
  CHECK(!verify_cram("{PLAIN}key", "63530468a04e386459855da0063b6596", ""));
  for (const auto stored : {"{CRYPT}tanstaaftanstaaf", "{CERT}tanstaaftanstaaf", "{OAUTH}tanstaaftanstaaf"})
    CHECK_ROW(stored, !verify_cram(stored, response, challenge));
}

TEST(apop_and_cram_digests_are_not_taken_for_each_other) {
  CHECK(!checkpw::verify_cram("{PLAIN}tanstaaf", digest, timestamp));
  CHECK(!verify_apop("{PLAIN}tanstaaftanstaaf", "b913a602c7eda7a495b4e6e7334d3890", "<1896.697170952@postoffice.reston.mci.net>"));
}

TEST(each_scheme_serves_its_methods_alone) {
  using checkpw::Method;
  const struct {
    std::string scheme, serves;  // methods by letter: u p a c e t s S
  } table[] = {
      {"PLAIN", "upacsS"}, {"SEALED", "upacsS"}, {"SCRAM-SHA-256", "upsS"}, {"CRYPT", "up"}, {"BCRYPT", "up"},
      {"ARGON2ID", "up"},  {"CERT", "e"},        {"OAUTH", "t"},            {"", ""},        {"MD5", ""},
  };
  const std::pair<char, Method> methods[] = {
      {'u', Method::unknown},  {'p', Method::password}, {'a', Method::apop},  {'c', Method::cram_md5},
      {'e', Method::external}, {'t', Method::token},    {'s', Method::scram}, {'S', Method::scram_plus}};
  for (const auto& row : table)
    for (const auto& [letter, method] : methods)
      CHECK_ROW(row.scheme + letter, checkpw::serves(row.scheme, method) == (row.serves.find(letter) != row.serves.npos));
}

TEST(certificate_is_known_by_its_digest_or_by_its_name) {
  using checkpw::verify_certificate;
  const std::string of_joe(64, 'a'), of_eve(64, 'b');
  CHECK(verify_certificate("{CERT}" + of_joe, of_joe, ""));
  CHECK(verify_certificate("{CERT}" + std::string(64, 'A'), of_joe, "eve"));
  CHECK(verify_certificate("{CERT}joe@example.org", of_eve, "joe@example.org"));
  CHECK(!verify_certificate("{CERT}" + of_joe, of_eve, of_joe));  // eve has put the digest in her name
  CHECK(!verify_certificate("{CERT}" + of_joe, of_eve, ""));
  CHECK(!verify_certificate("{CERT}joe@example.org", "joe@example.org", ""));
  CHECK(!verify_certificate("{CERT}joe@example.org", of_eve, "Joe@example.org"));
  CHECK(!verify_certificate("{CERT}joe@example.org", of_eve, "joe@example.or"));
  for (const auto scheme : {"{PLAIN}", "{OAUTH}"}) CHECK_ROW(scheme, !verify_certificate(scheme + of_joe, of_joe, of_joe));
}

TEST(subject_is_known_by_its_exact_name) {
  using checkpw::verify_subject;
  CHECK(verify_subject("{OAUTH}joe", "joe"));
  for (const auto subject : {"", "Joe", "joe ", "jo"}) CHECK_ROW(subject, !verify_subject("{OAUTH}joe", subject));
  for (const auto stored : {"{PLAIN}joe", "{CERT}joe"}) CHECK_ROW(stored, !verify_subject(stored, "joe"));
}

TEST(certificate_and_subject_are_no_passwords) {
  CHECK(!verify_password("{CERT}joe", "joe"));
  CHECK(!verify_password("{OAUTH}joe", "joe"));
  CHECK(!verify_password("{SEALED}id$" + std::string(60, 'A'), "id$" + std::string(60, 'A')));
}
