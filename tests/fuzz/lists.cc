// SPDX-License-Identifier: ISC
// Lists that an administrator writes: a file of names, and networks as POP3_PROXY has them, each beside a reference.
// covers checkpw/name_list.cc pop3d/network.cc
#include <sys/mman.h>

#include <algorithm>
#include <string>

#include "base/fd.h"
#include "checkpw/name_list.h"
#include "pop3d/network.h"
#include "tests/fuzz/require.h"

namespace {

bool has_naively(std::string text, const std::string& name) {
  text = '\n' + text + '\n';
  for (char& c : text)
    if (c == '\t' || c == '\r') c = ' ';
  for (std::size_t at = 0; (at = text.find(name, at + 1)) != text.npos;) {
    const auto before = text.find_last_not_of(' ', at - 1), behind = text.find_first_not_of(' ', at + name.size());
    if (text[before] == '\n' && text[behind] == '\n' && name[0] != '#') return true;
  }
  return false;
}

void check_names(const std::string& name, std::string_view content) {
  const base::UniqueFd file(::memfd_create("names", MFD_CLOEXEC));
  base::write_all(file.get(), content, "names");
  const checkpw::NameList list("/proc/self/fd/" + std::to_string(file.get()));
  const bool is_plain = std::all_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) > 0x20; });
  if (!name.empty() && is_plain) require(list.has(name) == has_naively(std::string(content), name));
}

// Bit by bit.
bool is_in(const pop3d::Address& address, const pop3d::Address& network, unsigned bits) {
  for (unsigned i = 0; i < bits; ++i)
    if ((address.octets[i / 8] ^ network.octets[i / 8]) >> (7 - i % 8) & 1) return false;
  return true;
}

void check_network(std::string_view text) {
  if (const auto address = pop3d::parse_address(text)) {
    const auto written = to_text(*address);
    require(!written.overflowed() && pop3d::parse_address(written.view()) == address);
    require(pop3d::is_among(text, *address) == true);
    require(!is_host(*address) || written.view() != "0.0.0.0");
  }
  const auto client = *pop3d::parse_address("192.0.2.7");
  const auto answer = pop3d::is_among(text, client);
  const auto slash = text.find('/');
  if (!answer || text.find(',') != text.npos || slash == text.npos) return;
  const auto network = pop3d::parse_address(text.substr(0, slash));
  const auto bits = base::parse_number<unsigned>(text.substr(slash + 1));
  require(network && bits && *bits <= 128);
  require(*answer == is_in(client, *network, is_ipv4(*network) && *bits <= 32 ? *bits + 96 : *bits));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = as_text(data, size);
  const auto first = input.substr(0, input.find('\n'));
  check_network(first);
  check_names(std::string(first), input.substr(std::min(first.size() + 1, input.size())));
  return 0;
}
