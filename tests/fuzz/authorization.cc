// SPDX-License-Identifier: ISC
// The whole AUTHORIZATION state of a client that says what it likes, before TLS and in it. The first octets are what
// the parent answers, up to a 0; then comes what the client says; behind a \xff, what it says in TLS.
// covers pop3d/login_child.cc pop3d/sasl.cc pop3d/login_channel.cc pop3d/capabilities.cc
#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

#include "pop3d/login_child.h"
#include "tests/fuzz/dialogue.h"

namespace {

using namespace pop3d;

constexpr std::size_t most_answers = 8;
constexpr std::string_view timestamp = "<abcdefghijklmnop.1.1795304737@mail.example.org>";

// The octets of the request as what it should be.
template <typename Request>
std::unique_ptr<Request> as(const std::string& message) {
  require(message.size() == sizeof(Request));
  auto request = std::make_unique<Request>();
  std::memcpy(static_cast<void*>(request.get()), message.data(), message.size());
  return request;
}

// Whatever a client says, the parent is asked nothing that it would end the connection for.
void check_request(const std::string& message) {
  Credentials credentials;
  ScramCredentials scram;
  Mode mode;
  switch (static_cast<Kind>(message.at(0))) {
    case Kind::login: return require(check_request(*as<LoginRequest>(message), credentials));
    case Kind::scram: return require(check_request(*as<ScramRequest>(message), scram));
    case Kind::token: return require(check_request(*as<TokenRequest>(message), credentials));
    case Kind::mode: return require(check_notice(*as<ModeNotice>(message), mode));
    case Kind::probe: return require(check_notice(*as<ProbeNotice>(message)));
    case Kind::go:
    case Kind::start_tls: return require(message.size() == sizeof(Sign));
  }
  require(false);
}

MethodSet all_methods() {
  MethodSet all;
  for (const auto& entry : methods) all.add(entry.method);
  return all;
}

LoginAnswer answer_of(std::uint8_t octet) {
  LoginAnswer answer{};
  answer.outcome = static_cast<Outcome>(octet % 7 + 1);
  answer.is_last = (octet & 64) != 0;
  answer.offer = {octet & 128 ? MethodSet{} : all_methods(), false};
  constexpr std::string_view challenge = "r=nonce,s=c2FsdA==,i=4096";
  std::memcpy(answer.text, challenge.data(), challenge.size());
  return answer;
}

std::size_t give_answers(Dialogue& dialogue, std::string_view answers, std::string_view in_tls) {
  for (const char octet : answers) {
    const auto answer = answer_of(static_cast<std::uint8_t>(octet));
    if (answer.outcome == Outcome::passed) {
      const auto input = socket_with(in_tls);
      const int fds[] = {input.get(), dialogue.heard_fd()};
      dialogue.will_answer(answer, fds);
    } else {
      dialogue.will_answer(answer);
    }
  }
  dialogue.has_answered();
  return answers.size();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto input = as_text(data, size);
  const auto answers = input.substr(0, std::min(input.find('\0'), most_answers));
  input.remove_prefix(std::min(answers.size() + 1, input.size()));
  const auto in_clear = input.substr(0, input.find('\xff'));
  const auto in_tls = input.substr(std::min(in_clear.size() + 1, input.size())).substr(0, 8000);

  Dialogue dialogue(in_clear);
  const auto answered = give_answers(dialogue, answers, in_tls);
  Trace trace(-1);
  const ChildSettings settings{dialogue.child(), "mail.example.org", timestamp, {}, {all_methods(), true},
                               {}, Language::german, 20, 0, false, &trace};
  const auto end = serve_authorization(settings);
  require(end >= ended_by_quit && end < child_ends);

  const auto asked = dialogue.asked();
  require(asked.size() <= answered + 1);
  for (const auto& message : asked) check_request(message);
  bool is_first = true, is_list = false;
  for_each_reply(dialogue.heard(), [&](std::string_view line) {
    if (is_first) require(line.starts_with("+OK ") && line.ends_with(timestamp));
    is_first = false;
    const bool is_reply = line.starts_with("+OK") || line.starts_with("-ERR ") || line.starts_with("+ ");
    require(is_list || is_reply);
    // CAPA and LANG alone have lists; a reply's text never is one line of them.
    is_list = is_list ? line != "." : line.starts_with("+OK");
  });
  return 0;
}
