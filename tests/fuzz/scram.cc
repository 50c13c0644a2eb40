// SPDX-License-Identifier: ISC
// SCRAM's messages from the client: what is understood is made of its parts, and nobody is proved by chance.
// covers checkpw/scram.cc
#include "checkpw/scram.h"

#include "tests/fuzz/require.h"

namespace {

void first(std::string_view text) {
  const auto message = checkpw::parse_client_first(text);
  if (!message) return;
  require(text.size() <= checkpw::max_scram_first);
  require(std::string(message->header).append(message->bare) == text);
  require(message->binding == 'n' || message->binding == 'y' || message->binding == 'p');
  require((message->binding == 'p') == !message->binding_name.empty());
  const auto name = checkpw::unescape_scram_name(message->name);
  require(name && !name->empty() && name->find('\0') == name->npos);
  require(message->bare.starts_with(std::string("n=").append(message->name).append(",r=").append(message->nonce)));
  // A first message that was not bound is never taken for a bound one.
  const checkpw::ChannelBinding channel{"exporter", ""};
  require(!checkpw::is_bound(*message, "biws", channel, true));
  if (message->binding != 'n') require(!checkpw::is_bound(*message, "biws", channel, false));
}

void final(std::string_view text) {
  const auto message = checkpw::parse_client_final(text);
  if (!message) return;
  require(text.size() <= checkpw::max_scram_final && message->proof.size() == 32);
  require(text.starts_with(message->without_proof));
  require(message->without_proof.starts_with(std::string("c=").append(message->binding).append(",r=").append(message->nonce)));
  const checkpw::ScramKeys keys{{"salt", 4096}, std::string(32, 'k'), std::string(32, 's')};
  require(!checkpw::proves_scram(keys, text, message->proof));
}

void keys(std::string_view text) {
  const auto parsed = checkpw::parse_scram_keys(text);
  if (!parsed) return;
  require(format(*parsed) == text || text.find(",0") != text.npos || text[0] == '0');  // leading zeros
  require(parsed->salt.iterations >= 4096 && parsed->salt.iterations <= checkpw::scram_most_iterations);
  require(!parsed->salt.salt.empty() && parsed->salt.salt.size() <= checkpw::scram_most_salt);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text(data, size);
  first(text);
  final(text);
  keys(text);
  (void)checkpw::unescape_scram_name(text);
  return 0;
}
