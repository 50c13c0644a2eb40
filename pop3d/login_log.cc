// SPDX-License-Identifier: ISC
#include "pop3d/login_log.h"

#include <sys/wait.h>

#include <ctime>

#include "base/env.h"
#include "pop3d/access_log.h"
#include "pop3d/log_file.h"
#include "pop3d/old_logs.h"

namespace pop3d {

namespace {

std::string_view to_text(Outcome outcome) {
  switch (outcome) {
    case Outcome::refused: return "auth";
    case Outcome::temporary: return "temporary";
    case Outcome::permanent: return "permanent";
    case Outcome::forbidden: return "policy";
    case Outcome::busy: return "busy";
    case Outcome::passed:
    case Outcome::challenge: break;
  }
  return "?";
}

void add_tls(base::LogLine& line) {
  if (const auto tls = base::get_env("TLS_PROTOCOL"); !tls.empty()) line.field("tls", tls);
}

// Qpopper says so of each APOP, whatever becomes of it.
void log_apop(const Attempt& attempt) {
  if (attempt.method != Method::apop) return;
  OldLine line;
  line << "apop \"" << plain_name(attempt.user, "\"").view() << '"';
  write_log(line.view());
}

// For the access log, which is written when the connection ends: who was refused last.
base::Text<max_login> last_refused;

// What is said besides when a connection without a login ends.
void end_connection(std::string_view user) {
  if (base::log_form() == base::LogForm::tpops) write_log(tpops_client("disconnect from").view());
  if (base::has_env("POP3_ACCESS_LOG_FD"))
    write_access(log_file("pop3-login", "POP3_ACCESS_LOG"),
                 {user, false, connection_began(), std::time(nullptr), {}, {}});
}

// The end as an older server writes it, if it does.
bool log_old_end(std::string_view reason) {
  const auto form = base::log_form();
  const bool is_qpopper = form == base::LogForm::qpopper, is_tpops = form == base::LogForm::tpops;
  if (is_qpopper && reason == "timeout")
    write_log(qpopper_timeout({}, base::env_number("POP3_LOGIN_TIMEOUT", 180, 0, 86400)).view());
  else if (is_qpopper && reason == "eof")
    write_log(qpopper_eof({}).view());
  else if (is_tpops && reason == "timeout")
    write_log("command timeout");
  else if (is_tpops && reason == "connection-time")
    write_log("connection time exceeded");
  else if (is_tpops && reason == "eof")
    write_log("connection closed unexpectedly");
  else
    return is_tpops && reason == "quit";
  return true;
}

void log_probe(std::string_view user, std::uint64_t tries) {
  if (base::log_form() == base::LogForm::qpopper)
    write_log(qpopper_probe(user).view());
  else
    base::LogLine("pop3-login", "end")
        .field("ip", base::client_address())
        .field("user", user)
        .field("reason", "probe")
        .field("tries", tries)
        .write();
  end_connection(user);
}

void log_not_passed(const Attempt& attempt, std::string_view reason) {
  base::LogLine line("pop3-login", "refused");
  line.field("ip", base::client_address())
      .field("user", attempt.user)
      .field("auth", name_of(attempt.method))
      .field("reason", reason)
      .field("tries", attempt.tries);
  add_tls(line);
  line.write();
}

}  // namespace

void log_connect() {
  if (base::log_form() == base::LogForm::tpops) write_log(tpops_client("connect from").view());
}

void log_login(const Attempt& attempt) {
  if (base::log_form() == base::LogForm::qpopper) {
    log_apop(attempt);
    const auto pattern = base::get_env("POP3_LOG_LOGIN");
    return write_log(expand_login(pattern.empty() ? default_log_login : pattern, attempt.user).view());
  }
  base::LogLine line("pop3-login", "login");
  line.field("ip", base::client_address())
      .field("user", attempt.user)
      .field("auth", name_of(attempt.method))
      .field("tries", attempt.tries);
  add_tls(line);
  line.write();
}

void log_refused(const Attempt& attempt, Outcome outcome) {
  last_refused = base::Text<max_login>(attempt.user);
  const auto form = base::log_form();
  if (outcome != Outcome::refused || form == base::LogForm::json)
    return log_not_passed(attempt, to_text(outcome));
  write_log(failed_login_line(attempt).view());
  if (form == base::LogForm::qpopper) {
    log_apop(attempt);
    write_log(qpopper_failed(attempt.user).view());
  }
  if (form == base::LogForm::tpops) write_log(tpops_failed(attempt.user).view());
}

void log_end(std::string_view reason, std::uint64_t tries) {
  if (!log_old_end(reason))
    base::LogLine("pop3-login", "end")
        .field("ip", base::client_address())
        .field("reason", reason)
        .field("tries", tries)
        .write();
  end_connection(last_refused.view());
}

void log_child_end(int status, std::uint64_t tries, std::string_view probed) {
  constexpr std::string_view reasons[child_ends] = {"quit", "eof", "bad-commands", "tries", "early-octets"};
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : child_ends;
  if (WIFSIGNALED(status))
    base::LogLine("pop3-login", "died")
        .field("ip", base::client_address())
        .field("program", "child")
        .field("signal", WTERMSIG(status))
        .write();
  else if (code == ended_by_quit && !probed.empty())
    log_probe(probed, tries);
  else
    log_end(code < child_ends ? reasons[code] : "failed", tries);
}

}  // namespace pop3d
