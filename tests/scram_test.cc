// SPDX-License-Identifier: ISC
#include "checkpw/scram.h"

#include "checkpw/digest.h"
#include "tests/check.h"

namespace {

using namespace std::string_literals;
using checkpw::ChannelBinding;
using checkpw::is_bound;
using checkpw::parse_client_final;
using checkpw::parse_client_first;
using checkpw::parse_scram_keys;

// The example of RFC 7677 s.3.
constexpr auto example_first = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
constexpr auto example_nonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
constexpr auto example_server_first =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
constexpr auto example_final =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
constexpr auto example_server_final = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
// What Dovecot's doveadm pw makes of it: StoredKey and ServerKey of "pencil" and that salt.
constexpr auto example_keys =
    "4096,W22ZaJ0SNY7soEsUEjb6gQ==,WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

checkpw::ScramKeys pencil() {
  return checkpw::derive_scram_keys("pencil", {*checkpw::from_base64("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096});
}

std::string base64(const std::string& text) { return checkpw::to_base64(text); }

}  // namespace

TEST(example_of_rfc_7677_is_answered_as_there) {
  const auto first = parse_client_first(example_first);
  CHECK(first && first->name == "user" && first->nonce == "rOprNGfwEbeRWgbNEkqO" && first->binding == 'n');
  const auto keys = pencil();
  CHECK_EQ(checkpw::make_server_first(*first, example_nonce, keys.salt), example_server_first);
  const auto final = parse_client_final(example_final);
  CHECK(final && is_bound(*first, final->binding, {}, false));
  const auto message = checkpw::make_auth_message(*first, example_server_first, *final);
  CHECK(checkpw::proves_scram(keys, message, final->proof));
  CHECK_EQ(checkpw::make_server_final(keys, message), example_server_final);
}

TEST(proof_of_anything_else_is_none) {
  const auto first = parse_client_first(example_first);
  const auto final = parse_client_final(example_final);
  const auto message = checkpw::make_auth_message(*first, example_server_first, *final);
  auto other = pencil();
  CHECK(!checkpw::proves_scram(checkpw::derive_scram_keys("Pencil", other.salt), message, final->proof));
  CHECK(!checkpw::proves_scram(other, message + ",", final->proof));
  for (const auto& proof : {""s, std::string(32, '\0'), other.stored_key, final->proof.substr(1), final->proof + "x"})
    CHECK_ROW(base64(proof), !checkpw::proves_scram(other, message, proof));
  for (std::size_t i = 0; i < final->proof.size(); ++i) {
    auto proof = final->proof;
    proof[i] = static_cast<char>(proof[i] ^ 1);
    CHECK_ROW(i, !checkpw::proves_scram(other, message, proof));
  }
}

TEST(keys_are_written_and_read_as_dovecot_has_them) {
  CHECK_EQ(format(pencil()), example_keys);
  const auto keys = parse_scram_keys(example_keys);
  CHECK(keys && keys->stored_key == pencil().stored_key && keys->server_key == pencil().server_key);
  CHECK(keys && keys->salt == pencil().salt);
}

TEST(keys_that_are_malformed_or_cost_too_much_are_refused) {
  const auto text = std::string(example_keys), rest = text.substr(4);
  CHECK(parse_scram_keys("100000" + rest));
  const auto salt_at = text.find(',') + 1, stored_at = text.find(',', salt_at) + 1;
  const auto with_salt = [&](const std::string& salt) { return "4096," + salt + text.substr(stored_at - 1); };
  CHECK(parse_scram_keys(with_salt(base64("x"))));
  CHECK(parse_scram_keys(with_salt(base64(std::string(64, 'x')))));
  for (const auto& bad :
       {""s, ",,,"s, "4096"s, "4095" + rest, "1" + rest, "0" + rest, "-4096" + rest, "+4096" + rest, " 4096" + rest,
        "100001" + rest, "4294967296" + rest, "x" + rest, rest, text + ",", text + ",x=y", "," + text, text + "\n",
        text.substr(0, text.size() - 1), text.substr(0, text.size() - 4), text.substr(0, stored_at - 1), with_salt(""),
        with_salt("x"), with_salt("xxx="), with_salt(base64(std::string(65, 'x')))})
    CHECK_ROW(bad, !parse_scram_keys(bad));
}

TEST(client_first_gives_its_parts) {
  const struct {
    std::string message, header, binding_name, authzid, name, nonce;
    char binding;
  } table[] = {
      {"n,,n=joe,r=abc", "n,,", "", "", "joe", "abc", 'n'},
      {"y,,n=joe,r=abc", "y,,", "", "", "joe", "abc", 'y'},
      {"p=tls-exporter,,n=joe,r=abc", "p=tls-exporter,,", "tls-exporter", "", "joe", "abc", 'p'},
      {"n,a=eve,n=joe,r=abc", "n,a=eve,", "", "eve", "joe", "abc", 'n'},
      {"p=tls-server-end-point,a=a=2Cb,n=a=3Db,r=~!", "p=tls-server-end-point,a=a=2Cb,", "tls-server-end-point", "a=2Cb",
       "a=3Db", "~!", 'p'},
      {"n,,n=m\xc3\xbcller,r=a=b,x=y,z=more", "n,,", "", "", "m\xc3\xbcller", "a=b", 'n'},
      {"n,,n= ,r=x", "n,,", "", "", " ", "x", 'n'},
  };
  for (const auto& row : table) {
    const auto first = parse_client_first(row.message);
    CHECK_ROW(row.message, first && first->header == row.header && first->binding == row.binding &&
                               first->binding_name == row.binding_name && first->authzid == row.authzid &&
                               first->name == row.name && first->nonce == row.nonce &&
                               first->bare == row.message.substr(row.header.size()));
  }
}

TEST(client_first_that_is_malformed_is_refused) {
  for (const auto& message :
       {""s, ","s, ",,"s, "n"s, "n,"s, "n,,"s, "n,,n=joe"s, "n,,n=joe,"s, "n,,n=joe,r="s, "n,,r=abc"s, "n,,r=abc,n=joe"s,
        ",,n=joe,r=abc"s, "x,,n=joe,r=abc"s, "N,,n=joe,r=abc"s, "nn,,n=joe,r=abc"s, "n,n=joe,r=abc"s, "n=joe,r=abc"s,
        "p,,n=joe,r=abc"s, "p=,,n=joe,r=abc"s, "p=a b,,n=joe,r=abc"s, "p=a_b,,n=joe,r=abc"s, "p=tls-exporter,n=joe,r=abc"s,
        "n,a=,n=joe,r=abc"s, "n,joe,n=joe,r=abc"s, "n,a=a=b,n=joe,r=abc"s, "n,b=eve,n=joe,r=abc"s, "n,a=\xff,n=joe,r=abc"s,
        "n,,n=,r=abc"s, "n,,n=a=b,r=abc"s, "n,,n=a=2c,r=abc"s, "n,,n=a=2,r=abc"s, "n,,n=joe=,r=abc"s, "n,,joe,r=abc"s,
        "n,,n=jo\0e,r=abc"s, "n,,n=m\xfcller,r=abc"s, "n,,n=a\nb,r=abc"s, "n,,n=joe,r=a c"s, "n,,n=joe,r=a\x7f"s,
        "n,,n=joe,r=\xc3\xbc"s, "n,,n=joe,r=a\0b"s, "n,,n=joe,r=abc,"s, "n,,n=joe,r=abc,x"s, "n,,n=joe,r=abc,x="s,
        "n,,n=joe,r=abc,1=x"s, "n,,n=joe,r=abc,x=y,"s, "n,,n=joe,r=abc,,x=y"s, "n,,n=joe,r=abc,m=x"s, "n,,m=x,n=joe,r=abc"s,
        "n,,x=y,n=joe,r=abc"s, " n,,n=joe,r=abc"s, "n,,n=joe, r=abc"s, "n,,n=joe,r=" + std::string(512, 'a')})
    CHECK_ROW(message, !parse_client_first(message));
  CHECK(parse_client_first("n,,n=joe,r=" + std::string(501, 'a')));
}

TEST(client_final_gives_its_parts) {
  const auto message = "c=biws,r=abc,x=y,p=" + base64(std::string(32, 'p'));
  const auto final = parse_client_final(message);
  CHECK(final && final->binding == "biws" && final->nonce == "abc" && final->without_proof == "c=biws,r=abc,x=y");
  CHECK(final && final->proof == std::string(32, 'p'));
}

TEST(client_final_that_is_malformed_is_refused) {
  const auto p = ",p=" + base64(std::string(32, 'p'));
  for (const auto& message :
       {""s, p, "c=biws" + p, "r=abc" + p, "c=,r=abc" + p, "c=biws,r=" + p, "r=abc,c=biws" + p, "c=biws,r=abc"s,
        "c=biws,r=abc,p="s, "c=biws,r=abc,p=x"s, "c=biws,r=abc,p=" + base64(std::string(31, 'p')),
        "c=biws,r=abc,p=" + base64(std::string(33, 'p')), "c=biws,r=abc" + p + ",x=y", "c=biws,r=abc" + p + "\n",
        "c=biws,r=abc" + p.substr(0, p.size() - 1), "c=biws,r=abc," + p, "c=biws,r=abc,m=x" + p, "c=biws,x=y,r=abc" + p,
        "c=biws,r=a c" + p, "c=biws,r=a\0c"s + p, " c=biws,r=abc" + p,
        "c=biws,r=" + std::string(1024, 'a') + p})
    CHECK_ROW(message, !parse_client_final(message));
}

TEST(name_is_unescaped) {
  using checkpw::unescape_scram_name;
  CHECK(unescape_scram_name("joe") == "joe");
  CHECK(unescape_scram_name("a=2Cb=3Dc=3D2C") == "a,b=c=2C");
  for (const auto name : {"", "=", "a=", "=2", "=2c", "=2D", "a,b", "a=b", "\x01", "\xff"})
    CHECK_ROW(name, !unescape_scram_name(name));
}

TEST(binding_must_be_what_the_connection_is) {
  const ChannelBinding none, both{"exporter", "point"}, exporter{"exporter", ""};
  const struct {
    const char* row;
    std::string header, said;
    const ChannelBinding& channel;
    bool is_plus, is_good;
  } table[] = {
      {"none", "n,,", "n,,", none, false, true},
      {"none though there is one, by a client that has none", "n,,", "n,,", both, false, true},
      {"none, with the name of another", "n,a=joe,", "n,a=joe,", none, false, true},
      {"another header than in the first message", "n,,", "y,,", none, false, false},
      {"no header", "n,,", "", none, false, false},
      {"data behind a header without binding", "n,,", "n,,exporter", both, false, false},
      {"y, rightly", "y,,", "y,,", none, false, true},
      {"y, though -PLUS was offered: somebody has taken it away", "y,,", "y,,", both, false, false},
      {"y, with one of the two", "y,,", "y,,", exporter, false, false},
      {"y in the final message only", "n,,", "y,,", both, false, false},
      {"exporter", "p=tls-exporter,,", "p=tls-exporter,,exporter", both, true, true},
      {"end point", "p=tls-server-end-point,,", "p=tls-server-end-point,,point", both, true, true},
      {"the other's data", "p=tls-exporter,,", "p=tls-exporter,,point", both, true, false},
      {"no data", "p=tls-exporter,,", "p=tls-exporter,,", both, true, false},
      {"no data, and none known", "p=tls-exporter,,", "p=tls-exporter,,", none, true, false},
      {"a type that is not known", "p=tls-server-end-point,,", "p=tls-server-end-point,,", exporter, true, false},
      {"a type that nobody knows", "p=tls-unique,,", "p=tls-unique,,exporter", both, true, false},
      {"longer", "p=tls-exporter,,", "p=tls-exporter,,exporter2", both, true, false},
      {"changed", "p=tls-exporter,,", "p=tls-exporter,,exportes", both, true, false},
      {"p without -PLUS", "p=tls-exporter,,", "p=tls-exporter,,exporter", both, false, false},
      {"n with -PLUS", "n,,", "n,,", both, true, false},
      {"y with -PLUS", "y,,", "y,,", both, true, false},
      {"n with -PLUS, and data", "n,,", "n,,exporter", both, true, false},
  };
  for (const auto& row : table) {
    const auto message = row.header + "n=joe,r=abc";
    const auto first = parse_client_first(message);
    CHECK_ROW(row.row, first && is_bound(*first, base64(row.said), row.channel, row.is_plus) == row.is_good);
  }
  const auto first = parse_client_first("n,,n=joe,r=abc");
  for (const auto said : {"", "biw", "biws=", "biws ", "n,,", "biwt"}) CHECK_ROW(said, !is_bound(*first, said, none, false));
}
