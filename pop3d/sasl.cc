// SPDX-License-Identifier: ISC
#include "pop3d/sasl.h"

#include <algorithm>
#include <cstring>

#include "base/base64.h"
#include "base/secret.h"

namespace pop3d {

namespace {

// Not on the stack, and its pages untouched until there is a line so long.
char line_room[max_sasl_line];

constexpr Reply malformed{Reply::misused, "malformed response"};
constexpr Reply too_long{Reply::misused, "name or secret too long"};

// False if TEXT, with the NUL behind it, does not fit or holds one.
template <std::size_t N>
bool put(char (&field)[N], std::string_view text) {
  if (text.size() >= N || text.find('\0') != text.npos) return false;
  std::memcpy(field, text.data(), text.size());
  return true;
}

}  // namespace

const Sasl::Mechanism Sasl::mechanisms[] = {
    {Method::plain, true, &Sasl::plain},
    // Not in its draft, but many clients send the name with AUTH.
    {Method::login, true, &Sasl::login},
    {Method::cram_md5, false, &Sasl::cram_md5},
    {Method::scram, true, &Sasl::scram},
    {Method::scram_plus, true, &Sasl::scram},
    {Method::external, true, &Sasl::external},
    {Method::oauthbearer, true, &Sasl::token},
    {Method::xoauth2, true, &Sasl::token},
};

Reply Sasl::list(MethodSet offered) {
  out_ << "+OK mechanisms follow\r\n";
  offered.for_each_sasl([&](std::string_view name) { out_ << name << "\r\n"; });
  out_ << ".\r\n";
  return {};
}

std::optional<Reply> Sasl::run(std::string_view argument, MethodSet offered, LoginAnswer& answer) {
  if (argument.empty()) return list(offered);
  const auto split = split_arguments(argument);
  if (!split) return Reply{Reply::misused, "AUTH needs a mechanism"};
  initial_.reset();
  if (split->count == 2) initial_ = split->words[1];

  for (const auto& entry : methods) {
    if (!entry.in_sasl || !is_keyword(split->words[0], entry.in_sasl) || !offered.has(entry.method))
      continue;
    for (const auto& mechanism : mechanisms) {
      if (mechanism.method != entry.method) continue;
      if (initial_ && !mechanism.is_client_first)
        return Reply{Reply::misused, "this mechanism takes no initial response"};  // RFC 5034 s.4
      return (this->*mechanism.exchange)(entry.method, answer);
    }
  }
  return Reply{Reply::misused, "no such mechanism here"};
}

std::optional<std::string_view> Sasl::decode(std::string_view base64) {
  used_ = std::max(used_, base64.size());
  const auto message = base::decode_base64(base64, line_room);
  if (!message) reply_ = {Reply::misused, "not base64"};
  return message;
}

std::optional<std::string_view> Sasl::respond(std::string_view challenge) {
  if (initial_) {
    const auto initial = *initial_;
    initial_.reset();
    return decode(initial == "=" ? "" : initial);
  }
  out_ << "+ ";
  base::encode_base64(out_, challenge);
  out_ << "\r\n";
  out_.flush();
  std::string_view line;
  switch (out_.failed() ? base::Got::end : in_.next(line, line_room)) {
    case base::Got::line: break;
    case base::Got::too_long: reply_ = {Reply::misused, "line too long"}; return {};
    case base::Got::end:
    case base::Got::timeout: reply_ = {Reply::leave}; return {};
  }
  if (line == "*") {
    reply_ = {Reply::misused, "authentication cancelled"};
    return {};
  }
  return decode(line);
}

template <typename Request>
std::optional<Reply> Sasl::ask_parent(Request& request, LoginAnswer& answer) {
  const bool is_answered = parent_.ask(request, answer);
  base::wipe(line_room, used_);  // what was asked came out of it
  used_ = 0;
  if (!is_answered) return Reply{Reply::leave};
  return {};
}

std::optional<Reply> Sasl::ask_parent(Method method, std::string_view login, std::string_view secret,
                                      LoginAnswer& answer) {
  LoginRequest request{};
  request.kind = Kind::login;
  request.method = method;
  if (!put(request.login, login) || !put(request.secret, secret)) return too_long;
  if (!login.empty() && !is_login(login)) return malformed;
  return ask_parent(request, answer);
}

std::optional<Reply> Sasl::plain(Method method, LoginAnswer& answer) {
  const auto message = respond("");
  if (!message) return reply_;
  const auto parsed = parse_plain(*message);
  if (!parsed) return malformed;
  return ask_parent(method, parsed->name, parsed->secret, answer);
}

std::optional<Reply> Sasl::login(Method method, LoginAnswer& answer) {
  const auto name = respond("Username:");
  if (!name) return reply_;
  const base::Text<max_login> login(*name);
  if (login.empty()) return malformed;
  if (login.overflowed()) return too_long;
  const auto password = respond("Password:");
  if (!password) return reply_;
  if (password->empty() || password->find('\0') != password->npos) return malformed;
  return ask_parent(method, login.view(), *password, answer);
}

std::optional<Reply> Sasl::cram_md5(Method method, LoginAnswer& answer) {
  const auto message = respond(timestamp_);
  if (!message) return reply_;
  const auto parsed = parse_cram_md5(*message);
  const auto digest = parsed ? parse_digest(parsed->secret) : std::nullopt;
  if (!digest) return malformed;
  return ask_parent(method, parsed->name, digest->view(), answer);
}

std::optional<Reply> Sasl::external(Method method, LoginAnswer& answer) {
  const auto name = respond("");
  if (!name) return reply_;
  return ask_parent(method, *name, "", answer);
}

// Two questions: what to tell the client, and if its proof is right.
std::optional<Reply> Sasl::scram(Method method, LoginAnswer& answer) {
  const auto first = respond("");
  if (!first) return reply_;
  const auto escaped = find_scram_name(*first);
  const auto name = escaped ? unescape_name(*escaped) : std::nullopt;
  if (!name || !is_login(name->view())) return malformed;
  const base::Text<max_scram_first> kept(*first);
  if (kept.overflowed()) return too_long;

  const auto ask = [&](std::string_view final) -> std::optional<Reply> {
    ScramRequest request{};
    request.kind = Kind::scram;
    request.method = method;
    if (!put(request.login, name->view()) || !put(request.first, kept.view()) ||
        !put(request.final, final))
      return too_long;
    // What the parent would take for nonsense, and end the connection for, is the client's fault.
    if (ScramCredentials sound; !check_request(request, sound)) return malformed;
    return ask_parent(request, answer);
  };
  auto reply = ask("");
  if (reply || answer.outcome != Outcome::challenge) return reply;
  const auto final = respond(answer.text);
  if (!final) return reply_;
  if (final->empty()) return malformed;
  reply = ask(*final);
  if (reply || answer.outcome != Outcome::challenge) return reply;
  // RFC 5034 s.4: POP3's +OK has no room for the server's signature, so it is one more challenge.
  const auto nothing = respond(answer.text);
  if (!nothing) return reply_;
  if (!nothing->empty()) return malformed;
  Sign go{Kind::go};
  return ask_parent(go, answer);
}

std::optional<Reply> Sasl::token(Method method, LoginAnswer& answer) {
  static TokenRequest request;
  const auto message = respond("");
  if (!message) return reply_;
  const auto parsed =
      method == Method::xoauth2 ? parse_xoauth2(*message) : parse_oauthbearer(*message);
  if (!parsed) return malformed;
  const auto name = method == Method::xoauth2 ? base::Text<max_login>(parsed->name)
                                              : unescape_name(parsed->name).value_or(base::Text<max_login>());
  if (name.overflowed() || !is_login(name.view())) return malformed;
  request = {};
  request.kind = Kind::token;
  request.method = method;
  if (!put(request.login, name.view()) || !put(request.token, parsed->secret)) return too_long;
  if (Credentials sound; !check_request(request, sound)) return malformed;
  if (const auto reply = ask_parent(request, answer)) return reply;
  if (answer.outcome != Outcome::refused) return {};
  // RFC 7628 s.3.2.3: the reason is a challenge, which the client answers with a dummy.
  if (!respond(R"({"status":"invalid_token"})") && reply_.kind == Reply::leave) return reply_;
  return {};
}

}  // namespace pop3d
