// SPDX-License-Identifier: ISC
// A line of an import: what is understood is written so that it is understood as the same.
// covers apoppasswd/transfer.cc
#include "apoppasswd/transfer.h"

#include "tests/fuzz/require.h"

namespace {

using apoppasswd::Line;

// The account as the import stores it where the database's scheme is PLAIN.
checkpw::Account stored(const Line& line) {
  auto account = line.account;
  if (!line.password.empty()) account.secrets = {{"{PLAIN}" + line.password, line.secret_name}};
  return account;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text(data, size).substr(0, as_text(data, size).find('\n'));
  if (text.empty()) return 0;
  const auto parsed = apoppasswd::parse_line(text);
  const auto line = std::get_if<Line>(&parsed);
  if (!line) {
    require(!std::get<std::string>(parsed).empty());
    return 0;
  }
  const auto account = stored(*line);
  require(!checkpw::check_login_name(line->login) && !checkpw::check_account(account));
  auto written = apoppasswd::format_lines(line->login, account);
  require(written.find('\n') == written.size() - 1);
  written.pop_back();
  const auto again = apoppasswd::parse_line(written);
  const auto same = std::get_if<Line>(&again);
  require(same && same->login == line->login && encode(stored(*same)) == encode(account));
  return 0;
}
