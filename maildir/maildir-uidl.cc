// SPDX-License-Identifier: ISC
// maildir-uidl - compare unique-ids with those of another POP3 server, and keep them in uidl.map.
//
// usage   maildir-uidl [--from SERVER [--format FORMAT] [--write [--force]]] MAILDIR
// reads   in MAILDIR: new/, cur/, uidl.map, the other server's file
// leaves  fd 1, a line for each message; fd 2, warnings and the sum; with --write, MAILDIR/uidl.map
// exits   0 no id differs from the other server's; 1 one does; 100 misused; 111 the machine failed
// runs as the owner of MAILDIR, whom it becomes if it is root
#include <fcntl.h>
#include <getopt.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <unordered_map>

#include "base/failure.h"
#include "base/fd.h"
#include "base/output.h"
#include "base/privilege.h"
#include "maildir/ids.h"
#include "maildir/import.h"
#include "maildir/listing.h"

namespace {

using maildir::Listing;
using maildir::UidlMap;
using maildir::UidlSource;

constexpr char program[] = "maildir-uidl";
constexpr char usage[] =
    "usage: maildir-uidl [--from dovecot|courier|tpops|qmail|mailfront "
    "[--format dovecot|uw|cyrus|courier|%...] [--write [--force]]] maildir";

struct Call {
  std::optional<UidlSource> source;
  std::string_view format;
  bool write = false, force = false;
  const char* path = nullptr;
};

std::optional<Call> parse_call(int argc, char** argv) {
  static constexpr option options[] = {{"from", required_argument, nullptr, 's'},
                                       {"format", required_argument, nullptr, 'f'},
                                       {"write", no_argument, nullptr, 'w'},
                                       {"force", no_argument, nullptr, 'o'},
                                       {}};
  Call call;
  ::opterr = 0;
  for (int letter; (letter = ::getopt_long(argc, argv, "", options, nullptr)) != -1;) {
    switch (letter) {
      case 's':
        call.source = maildir::parse_uidl_source(::optarg);
        if (!call.source) return {};
        break;
      case 'f': {
        const auto format = maildir::parse_uidl_format(::optarg);
        if (!format) return {};
        call.format = *format;
        break;
      }
      case 'w': call.write = true; break;
      case 'o': call.force = true; break;
      default: return {};
    }
  }
  if (::optind != argc - 1 || (call.write && !call.source) || (call.force && !call.write) ||
      (!call.format.empty() && call.source != UidlSource::dovecot))
    return {};
  call.path = argv[::optind];
  return call;
}

// A directory that was chown'ed, and not chgrp'ed, is its owner's all the same.
gid_t group_of(const struct stat& status) {
  if (status.st_gid != 0) return status.st_gid;
  const passwd* const owner = ::getpwuid(status.st_uid);
  return owner ? owner->pw_gid : 0;
}

// Makes the Maildir the current directory; root becomes its owner before it looks at anything in it.
void enter(const char* path) {
  const auto directory = base::open_file(path, O_RDONLY | O_DIRECTORY);
  if (::geteuid() == 0) {
    struct stat status;
    if (::fstat(directory.get(), &status) != 0) base::fail("stat", path);
    const auto group = group_of(status);
    if (status.st_uid == 0 || group == 0)
      throw base::Failure(path, "its owner or its group is root: it is no user's mailbox");
    base::drop_privilege(status.st_uid, group, {});
  }
  if (::fchdir(directory.get()) != 0) base::fail("enter", path);
}

// --- the messages, as pop3d numbers them ----------------------------------------------------

Listing read_messages() {
  Listing listing;
  bool is_maildir = false;
  for (const auto folder : {maildir::Folder::new_mail, maildir::Folder::cur}) {
    const auto opened = listing.scan(folder);
    if (opened == maildir::Opened::unreadable) throw base::Failure(path_of(folder), "cannot be read");
    is_maildir |= opened == maildir::Opened::good;
  }
  if (!is_maildir) throw base::Failure("no Maildir", "there is neither new/ nor cur/");
  listing.sort();
  return listing;
}

// --- the other server ---------------------------------------------------------------------------

class OldServer {
 public:
  OldServer(std::optional<UidlSource> source, const maildir::OldUidls& uidls) : source_(source) {
    for (std::size_t i = 0; i < uidls.size(); ++i) ids_.emplace(uidls.unique_name(i), uidls.uidl(i));
  }

  // What it gave, as a view into the list; nothing if it did not know the message.
  std::optional<std::string_view> find(std::string_view name) const {
    if (const auto found = ids_.find(name); found != ids_.end()) return found->second;
    // To a message that its list had not, TPOPS gave the unique name.
    if (source_ == UidlSource::tpops) return name;
    return {};
  }

 private:
  std::optional<UidlSource> source_;
  std::unordered_map<std::string_view, std::string_view> ids_;
};

maildir::OldUidls read_old_server(const Call& call) {
  maildir::OldUidls uidls;
  if (!call.source) return uidls;
  switch (maildir::read_old_uidls(*call.source, call.format, uidls)) {
    case maildir::OldList::good: break;
    case maildir::OldList::missing:
      throw base::Failure(maildir::list_of(*call.source), "there is none");
    case maildir::OldList::malformed:
      throw base::Failure(maildir::list_of(*call.source), uidls.refusal());
  }
  return uidls;
}

void print_warnings(const Call& call, const maildir::OldUidls& uidls) {
  const char* const list = call.source ? maildir::list_of(*call.source) : nullptr;
  for (const auto& warning : uidls.warnings()) {
    base::Text<200> text;
    if (list) text << list << ": ";
    if (warning.line != 0) text << "line " << warning.line << ": ";
    text << warning.what;
    base::complain(program, text.view(), 0);
  }
  if (uidls.warning_count() == uidls.warnings().size()) return;
  base::Text<100> more;
  more << uidls.warning_count() - uidls.warnings().size() << " more such lines";
  base::complain(program, more.view(), 0);
}

// --- the report -----------------------------------------------------------------------------------

// A name or id so that it cannot make a field or a line.
void put(std::string_view text, base::Output& out) {
  for (const char c : text) {
    if (c != '\\' && (base::is_graphic(c) || c == ' ')) {
      out << c;
    } else {
      const auto octet = static_cast<unsigned char>(c);
      out << "\\x"
          << "0123456789abcdef"[octet >> 4] << "0123456789abcdef"[octet & 15];
    }
  }
}

int report(const Call& call, const OldServer& server, const UidlMap& map) {
  static base::Output out(1, -1);
  const auto messages = read_messages();
  maildir::Ids ids(map, messages.size());
  std::size_t number = 0, same = 0, differ = 0;
  std::string_view last;
  unsigned copy = 0;
  for (; number < messages.size(); ++number) {
    const auto file_name = messages.name(messages[number]);
    const auto name = maildir::unique_name(file_name);
    copy = number > 0 && name == last ? copy + 1 : 0;
    last = name;
    const auto id = ids.give(file_name, copy);
    const auto old = server.find(name);
    out << number + 1 << '\t' << id << '\t';
    put(old.value_or("-"), out);
    out << (!old ? "\tnew\t" : *old == id ? "\tsame\t" : "\tdiffers\t");
    put(name, out);
    out << '\n';
    if (old) ++(*old == id ? same : differ);
  }
  out.flush();
  if (out.failed()) base::fail("write", "standard output");

  base::Text<200> sum;
  sum << number << " messages";
  if (call.source)
    sum << ": " << same << " same, " << differ << " differ, " << number - same - differ
        << " unknown to the old server";
  sum << '\n';
  base::write_all(2, sum.view(), "standard error");
  return differ == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try {
  const auto call = parse_call(argc, argv);
  if (!call) return base::complain(program, usage, base::exit_usage);
  ::umask(077);
  enter(call->path);
  if (call->write && !call->force && ::access(UidlMap::file_name, F_OK) == 0)
    return base::complain(program, "uidl.map is there already: --force replaces it", base::exit_usage);
  auto uidls = read_old_server(*call);
  if (call->write) maildir::write_uidl_map(maildir::make_uidl_map(uidls));
  print_warnings(*call, uidls);
  const UidlMap map(UidlMap::file_name);
  if (map.malformed() != 0) {
    base::Text<100> text;
    text << "uidl.map: " << map.malformed() << " lines ignored";
    base::complain(program, text.view(), 0);
  }
  return report(*call, OldServer(call->source, uidls), map);
} catch (const std::exception& e) {
  return base::complain(program, e.what(), base::exit_temporary);
}
