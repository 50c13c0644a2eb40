// SPDX-License-Identifier: ISC
#include "pop3d/conf_run.h"

#include <cdb.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "base/failure.h"
#include "base/fd.h"
#include "base/privilege.h"
#include "base/spawn.h"
#include "pop3d/conf_line.h"
#include "pop3d/conf_sources.h"
#include "pop3d/tcp_rules.h"

namespace pop3d {

namespace {

std::string read_whole(int fd) {
  std::string text;
  char buffer[4096];
  while (const auto got = base::read_all(fd, buffer)) text.append(buffer, got);
  return text;
}

// The text beside the CDB, with its lines.
class RulesText {
 public:
  RulesText(const std::string& cdb, Complaints& complaints) {
    if (!cdb.ends_with(".cdb")) return;
    path_ = cdb.substr(0, cdb.size() - 4) + ".rules";
    const auto fd = base::try_open(path_.c_str(), O_RDONLY);
    if (!fd) return;
    text_ = read_whole(fd.get());
    struct stat rules, compiled;
    if (::fstat(fd.get(), &rules) == 0 && ::stat(cdb.c_str(), &compiled) == 0 && rules.st_mtime > compiled.st_mtime)
      complaints.remark(path_, {}, "is newer than " + cdb + ": has tcprules(1) been run?");
  }

  // The line of the rule for ADDRESS; nothing if it stands there in another form, such as a range.
  std::optional<std::string> find(std::string_view address) const {
    std::size_t number = 1;
    for (std::string_view rest = text_; !rest.empty(); ++number) {
      const auto line = take_line(rest);
      if (line.starts_with(address) && line.substr(address.size()).starts_with(':'))
        return path_ + ':' + std::to_string(number);
    }
    return {};
  }

 private:
  std::string path_, text_;
};

}  // namespace

bool check_all_rules(const std::string& path, Complaints& complaints, const CheckVariable& check) {
  const RulesText text(path, complaints);
  const auto fd = base::try_open(path.c_str(), O_RDONLY);
  ::cdb rules{};
  const auto refuse = [&](const char* why) {
    complaints.error(path, {}, why);
    return false;
  };
  if (!fd) return refuse(std::strerror(errno));
  if (::cdb_init(&rules, fd.get()) != 0) return refuse("not a CDB");
  unsigned position;
  cdb_seqinit(&position, &rules);
  int found;
  while ((found = ::cdb_seqnext(&position, &rules)) > 0) {
    const auto key = static_cast<const char*>(cdb_getkey(&rules));
    const auto data = static_cast<const char*>(cdb_getdata(&rules));
    if (!key || !data) break;
    const std::string_view address(key, cdb_keylen(&rules));
    const auto where = text.find(address).value_or(path + " rule \"" + std::string(address) + '"');
    for_each_variable({data, cdb_datalen(&rules)},
                      [&](std::string_view name, std::string_view value) { check(name, value, where); });
  }
  ::cdb_free(&rules);
  return found == 0 || refuse("damaged");
}

bool find_rule(const std::string& path, const std::string& address, const UseVariable& use) {
  const TcpRules rules(path.c_str());
  const auto rule = rules.find({address, {}, {}});
  if (!rule) return true;
  return for_each_variable(rule->instructions, [&](std::string_view name, std::string_view value) {
    use(name, value, rule->address.view());
  });
}

std::optional<std::string> run_pop3_record(const std::string& users, const std::string& login) {
  auto pipe = base::make_pipe();
  std::string program = "pop3-record", option = "-f", database = users, name = login;
  char* const argv[] = {program.data(), option.data(), database.data(), name.data(), nullptr};
  const base::Handed handed[] = {{pipe.write.get(), 1}};
  const auto pid = base::try_spawn(argv, handed);
  if (pid < 0) base::fail("execute", program);
  pipe.write.reset();
  auto lines = read_whole(pipe.read.get());
  if (base::wait_for(pid) != 0) return {};
  return lines;
}

FileResult read_as_user(uid_t uid, gid_t gid, const std::string& path, ConfFile& file, base::Text<160>& wrong) {
  if (::geteuid() != 0) return read_conf_file(path.c_str(), Trust::user, uid, file, wrong);
  if (uid == 0 || gid == 0) return wrong << "no file is read for root", FileResult::wrong;
  auto pipe = base::make_pipe();
  const auto pid = ::fork();
  if (pid < 0) base::fail("fork");
  if (pid == 0) {
    try {
      base::drop_privilege(uid, gid, {&gid, 1});
      const auto result = read_conf_file(path.c_str(), Trust::user, uid, file, wrong);
      const char first = static_cast<char>('0' + static_cast<int>(result));
      base::try_write_all(pipe.write.get(), {&first, 1});
      base::try_write_all(pipe.write.get(), result == FileResult::good ? file.text() : wrong.view());
      ::_exit(0);
    } catch (const std::exception&) {
    }
    ::_exit(base::exit_temporary);
  }
  pipe.write.reset();
  const auto answer = read_whole(pipe.read.get());
  if (base::wait_for(pid) != 0 || answer.empty()) throw base::Failure(path, "could not be read as the user");
  const auto result = static_cast<FileResult>(answer[0] - '0');
  const auto rest = std::string_view(answer).substr(1);
  if (result != FileResult::good) return wrong << rest, result;
  file.octets.clear();
  if (!rest.empty()) std::memcpy(file.octets.extend(rest.size()), rest.data(), rest.size());
  return result;
}

}  // namespace pop3d
