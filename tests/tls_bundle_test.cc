// SPDX-License-Identifier: ISC
#include "tls/bundle.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "tests/check.h"
#include "tls/channel.h"
#include "tls/ticket_keys.h"

namespace {

tls::Bundle make_bundle() {
  tls::Bundle bundle;
  for (const char* file : {"a.pem", ""}) {
    tls::Certificate certificate;
    certificate.file = file;
    certificate.is_default = *file == '\0';
    certificate.names = {"a.example.org", "*.example.com"};
    certificate.chain = {std::string("\0\1", 2), ""};
    tls::append(certificate.key, "key");
    certificate.ocsp = std::string(70000, 'o');
    bundle.certificates.push_back(certificate);
  }
  bundle.authorities = {"one", "two"};
  bundle.revocations = {"list"};
  return bundle;
}

std::string text(const tls::SecretBytes& bytes) { return std::string(tls::view(bytes)); }

struct Pair {
  Pair() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0) ours = base::UniqueFd(ends[0]), other = base::UniqueFd(ends[1]);
  }
  base::UniqueFd ours, other;
};

}  // namespace

TEST(a_bundle_is_read_as_it_was_written) {
  const auto bundle = make_bundle();
  const auto again = tls::decode_bundle(tls::view(tls::encode(bundle)));
  CHECK(again.has_value());
  if (!again) return;
  CHECK_EQ(again->certificates.size(), 2u);
  const auto& first = again->certificates[0];
  CHECK_EQ(first.file, "a.pem");
  CHECK_EQ(first.is_default, false);
  CHECK_EQ(again->certificates[1].is_default, true);
  CHECK(first.names == bundle.certificates[0].names);
  CHECK(first.chain == bundle.certificates[0].chain);
  CHECK_EQ(text(first.key), "key");
  CHECK_EQ(first.ocsp.size(), 70000u);
  CHECK(again->authorities == bundle.authorities);
  CHECK(again->revocations == bundle.revocations);
}

TEST(a_bundle_cut_anywhere_or_longer_is_none) {
  auto message = text(tls::encode(make_bundle()));
  for (std::size_t size = 0; size < message.size(); size += size < 300 ? 1 : 997)
    CHECK_ROW(size, !tls::decode_bundle(std::string_view(message).substr(0, size)));
  CHECK(!tls::decode_bundle(message + '\0'));
  CHECK(tls::decode_bundle(message).has_value());
}

TEST(a_bundle_of_too_many_is_none) {
  CHECK(!tls::decode_bundle("\xff\xff\xff\xff"));
  tls::Bundle bundle;
  bundle.certificates.resize(1);
  bundle.certificates[0].chain.resize(tls::max_chain + 1);
  CHECK(!tls::decode_bundle(tls::view(tls::encode(bundle))));
}

TEST(ticket_keys_the_second_seals_and_four_open) {
  auto keys = tls::TicketKeys::make();
  std::vector<std::string> names;
  for (int i = 0; i < 5; ++i) {
    names.emplace_back(reinterpret_cast<const char*>(keys.sealing().name), 16);
    keys.rotate();
  }
  // After the rotation behind key 4: 4 and 3 are the two old ones.
  const auto is_known = [&](int i) {
    return keys.find(reinterpret_cast<const unsigned char*>(names[static_cast<std::size_t>(i)].data())) != nullptr;
  };
  CHECK(is_known(4) && is_known(3));
  CHECK(!is_known(2) && !is_known(1) && !is_known(0));
}

TEST(ticket_keys_the_next_one_is_known_before_it_seals) {
  auto keys = tls::TicketKeys::make();
  const auto told = tls::TicketKeys::decode(tls::view(keys.encode()));
  keys.rotate();
  CHECK(told && told->find(keys.sealing().name));
}

TEST(ticket_keys_are_read_as_they_were_written_and_not_otherwise) {
  const auto keys = tls::TicketKeys::make();
  const auto message = text(keys.encode());
  const auto again = tls::TicketKeys::decode(message);
  CHECK(again && text(again->encode()) == message);
  for (std::size_t size = 0; size < message.size(); ++size)
    CHECK_ROW(size, !tls::TicketKeys::decode(std::string_view(message).substr(0, size)));
}

TEST(channel_puts_messages_together_from_pieces) {
  const Pair pair, pieces;
  const std::string big(100000, 'b');
  CHECK(tls::send_message(pair.ours.get(), tls::Kind::ticket_keys, ""));
  CHECK(tls::send_message(pair.ours.get(), tls::Kind::bundle, big));
  std::string octets(100016, '\0');
  std::size_t size = 0;
  while (size < octets.size()) size += static_cast<std::size_t>(::read(pair.other.get(), octets.data() + size, octets.size() - size));

  tls::MessageReader reader;
  tls::Message message{};
  int count = 0;
  for (std::size_t at = 0; at < octets.size();) {
    const auto piece = std::min<std::size_t>(at < 20 ? 1 : 30000, octets.size() - at);
    CHECK_EQ(::write(pieces.ours.get(), octets.data() + at, piece), static_cast<long>(piece));
    at += piece;
    while (reader.next(pieces.other.get(), false, message) == tls::Received::message) {
      CHECK(message.kind == (count == 0 ? tls::Kind::ticket_keys : tls::Kind::bundle));
      CHECK_EQ(text(message.payload), count == 0 ? "" : big);
      ++count;
    }
  }
  CHECK_EQ(count, 2);
}

TEST(channel_ends_with_the_master_and_at_nonsense) {
  for (const auto& octets : {std::string(), std::string("\3\0\0\0\0\0\0\0", 8), std::string("\1\0\0\0\0\0\0\x7f", 8)}) {
    Pair pair;
    if (!octets.empty()) CHECK(::write(pair.ours.get(), octets.data(), octets.size()) == 8);
    if (octets.empty()) pair.ours.reset();
    tls::MessageReader reader;
    tls::Message message{};
    CHECK_ROW(octets.size(), reader.next(pair.other.get(), false, message) == tls::Received::ended);
  }
}
