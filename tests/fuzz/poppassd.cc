// SPDX-License-Identifier: ISC
// poppassd's dialogue with a client that says what it likes. The first octets are what the parent answers, up to a 0.
// covers pop3d/poppassd_child.cc
#include <algorithm>
#include <cstring>

#include "pop3d/poppassd_child.h"
#include "pop3d/poppassd_messages.h"
#include "tests/fuzz/dialogue.h"

namespace {

using pop3d::PasswordAction;
using pop3d::PasswordRequest;

constexpr std::size_t most_answers = 8;

pop3d::PasswordAnswer answer_of(char octet) {
  pop3d::PasswordAnswer answer{(octet & 1) != 0, (octet & 2) != 0, {}};
  if (octet & 4) std::memcpy(answer.text, "Not now.", sizeof "Not now.");
  return answer;
}

// Nobody changes a secret but by the name whose password the parent has just found right.
void check_requests(const std::vector<std::string>& asked, std::string_view answers) {
  std::string verified;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    PasswordRequest request;
    require(asked[i].size() == sizeof request);
    std::memcpy(static_cast<void*>(&request), asked[i].data(), sizeof request);
    require(check_request(request));
    const bool is_good = i < answers.size() && (answers[i] & 1) != 0;
    if (request.action == PasswordAction::change)
      require(verified == request.login);
    else
      verified = is_good ? request.login : "";
    if (request.action == PasswordAction::change && is_good) verified.clear();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto input = as_text(data, size);
  const auto answers = input.substr(0, std::min(input.find('\0'), most_answers));
  input.remove_prefix(std::min(answers.size() + 1, input.size()));
  Dialogue dialogue(input);
  for (const char octet : answers) dialogue.will_answer(answer_of(octet));
  dialogue.has_answered();
  pop3d::serve_passwords(dialogue.child(), "mail.example.org");

  const auto asked = dialogue.asked();
  require(asked.size() <= answers.size() + 1);
  check_requests(asked, answers);
  for_each_reply(dialogue.heard(), [](std::string_view line) { require(line.starts_with("200 ") || line.starts_with("500 ")); });
  return 0;
}
