// SPDX-License-Identifier: ISC
#include "apoppasswd/note.h"

#include <syslog.h>

#include <cstdlib>

#include "base/log.h"
#include "checkpw/keys.h"

namespace apoppasswd {

void note(const Options& options, std::string_view what, std::string_view login) {
  if (options.database != checkpw::installed_database) return;
  ::unsetenv("POP3_LOG");  // whatever form a service's log has
  constexpr char program[] = "apoppasswd";
  base::LogLine line(program, "changed");
  line.field("what", what);
  if (!login.empty()) line.field("user", login);
  if (!options.secret_name.empty()) line.field("name", options.secret_name);
  line.field("by", options.caller);
  constexpr std::size_t tag_size = sizeof program + 1;  // "apoppasswd: ", which syslog(3) puts before it
  ::openlog(program, 0, LOG_AUTH);
  ::syslog(LOG_NOTICE, "%s", line.text().substr(tag_size).data());
}

void commit_and_note(checkpw::UsersUpdate& users, const Options& options, std::string_view what,
                     std::string_view login) {
  users.commit();
  users.unlock();
  note(options, what, login);
}

}  // namespace apoppasswd
