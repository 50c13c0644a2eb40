// SPDX-License-Identifier: ISC
// bulletin-add - give a bulletin the next number and publish it; or check those that are there.
//
// usage   bulletin-add [-g group] directory name      < message
//         bulletin-add -c directory
// reads   fd 0, one message, to its end
// leaves  directory/NUMBER.NAME or NUMBER.GROUP.NAME, and prints that name; -c changes nothing
// exits   0 done, or all good; 1 the message, or a bulletin, is not good; 100 misused; 111 failed
// runs as the administrator whose directory it is
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/failure.h"
#include "base/fd.h"
#include "maildir/bulletin_list.h"
#include "maildir/bulletin_publish.h"
#include "maildir/bulletin_text.h"

namespace {

constexpr char program[] = "bulletin-add";
constexpr int exit_bad = 1;

int complain(std::string_view what, std::string_view why, int code) {
  base::Text<300> line;
  line << what << ": " << why;
  return base::complain(program, line.view(), code);
}

int add(const char* directory, std::string_view group, std::string_view name) {
  base::Array<char> message;
  const auto most = maildir::max_bulletin + 1;
  message.shorten(base::read_all(0, {message.extend(most), most}));
  if (message.size() == most) return complain("the message", "larger than 1 MiB", exit_bad);
  const auto text = maildir::parse_bulletin({message.begin(), message.size()});
  if (const char* why = maildir::why_not_publish(text)) return complain("the message", why, exit_bad);
  auto file = maildir::publish_bulletin(directory, group, name, message);
  base::write_all(1, (file << '\n').view(), "standard output");
  return 0;
}

// What is wrong with one bulletin, in words; nothing if it is good.
base::Text<240> problem(const maildir::BulletinList& list, std::size_t i) {
  base::Text<240> why;
  base::Array<char> content;
  try {
    maildir::read_bulletin(list.directory(), list.name(i), content);
  } catch (const base::Failure& e) {
    return why << e.what();
  }
  struct stat status;
  const bool is_there = ::fstatat(list.directory(), list.name(i), &status, 0) == 0;
  const auto text = maildir::parse_bulletin({content.begin(), content.size()});
  const auto group = maildir::parse_bulletin_name(list.name(i))->group;
  if (const char* refusal = maildir::why_not_publish(text)) return why << refusal;
  if (list[i].is_repeated) return why << "another bulletin has this number";
  if (is_there && (status.st_mode & 04) == 0) return why << "not readable for everybody";
  if (maildir::audience_of(group) == maildir::Audience::unknown_group) return why << "no such group";
  return why;
}

int check(const char* directory) {
  int code = 0;
  const maildir::BulletinList list(directory);
  for (std::size_t i = 0; i < list.size(); ++i)
    if (const auto why = problem(list, i); !why.empty()) code = complain(list.name(i), why.view(), exit_bad);
  return code;
}

}  // namespace

int main(int argc, char** argv) try {
  std::string_view group;
  bool is_check = false, is_good = true;
  for (int option; (option = ::getopt(argc, argv, "cg:")) != -1;) {
    if (option == 'c') is_check = true;
    if (option == 'g') group = ::optarg;
    if (option == '?') is_good = false;
  }
  if (!is_good || argc - ::optind != (is_check ? 1 : 2) || (is_check && !group.empty()))
    return base::complain(program, "usage: bulletin-add [-g group] directory name, or -c directory", base::exit_usage);
  if (is_check) return check(argv[::optind]);
  const std::string_view name = argv[::optind + 1];
  if (!maildir::is_bulletin_word(name))
    return complain(name, "not made of letters, digits, - and _", base::exit_usage);
  if (!group.empty() && (!maildir::is_bulletin_word(group) ||
                         maildir::audience_of(group) == maildir::Audience::unknown_group))
    return complain(group, "no such group", base::exit_usage);
  return add(argv[::optind], group, name);
} catch (const std::exception& e) {
  return base::complain("bulletin-add", e.what(), base::exit_temporary);
}
