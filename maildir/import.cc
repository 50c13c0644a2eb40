// SPDX-License-Identifier: ISC
#include "maildir/import.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/failure.h"
#include "base/fd.h"
#include "maildir/listing.h"
#include "maildir/name.h"
#include "maildir/uidl_map.h"

namespace maildir {

namespace {

constexpr struct {
  std::string_view word;
  const char* list;
} sources[] = {{"tpops", "tpops_uidl"},
               {"dovecot", "dovecot-uidlist"},
               {"courier", "courierpop3dsizelist"},
               {"qmail", nullptr},
               {"mailfront", nullptr}};

void append(std::string_view text, base::Array<char>& to) {
  if (!text.empty()) std::memcpy(to.extend(text.size()), text.data(), text.size());
}

void cut_names(UidlSource source, OldUidls& uidls) {
  Listing listing;
  for (const auto folder : {Folder::new_mail, Folder::cur})
    if (listing.scan(folder) == Opened::unreadable) throw base::Failure(path_of(folder), "cannot be read");
  base::Array<std::string_view> names;
  for (std::size_t i = 0; i < listing.size(); ++i) names.push(listing.name(listing[i]));
  // So that of two names with one id the same gets it every time.
  std::sort(names.begin(), names.end());
  for (const auto name : names) {
    const auto unique = unique_name(name);
    if (!unique.empty())
      uidls.add(0, unique, source == UidlSource::mailfront ? cut_as_mailfront(name) : unique);
  }
  uidls.drop_repeated_names(OldUidls::Keep::first);
}

}  // namespace

std::optional<UidlSource> parse_uidl_source(std::string_view word) {
  for (std::size_t i = 0; i < std::size(sources); ++i)
    if (sources[i].word == word) return static_cast<UidlSource>(i);
  return {};
}

const char* list_of(UidlSource source) { return sources[static_cast<std::size_t>(source)].list; }

std::optional<UidlImport> parse_uidl_import(std::string_view word) {
  const auto colon = word.find(':');
  const auto source = parse_uidl_source(word.substr(0, colon));
  if (!source) return {};
  if (colon == word.npos) return UidlImport{*source, {}};
  const auto format = parse_uidl_format(word.substr(colon + 1));
  if (source != UidlSource::dovecot || !format) return {};
  return UidlImport{*source, *format};
}

OldList read_old_uidls(UidlSource source, std::string_view format, OldUidls& uidls) {
  const char* const list = list_of(source);
  if (!list) {
    cut_names(source, uidls);
    return OldList::good;
  }
  base::Array<char> content;
  if (!read_list(list, content)) return OldList::missing;
  const std::string_view text(content.begin(), content.size());
  const bool is_good = source == UidlSource::tpops     ? parse_tpops(text, uidls)
                       : source == UidlSource::courier ? parse_courier(text, uidls)
                                                       : parse_dovecot(text, format, uidls);
  return is_good ? OldList::good : OldList::malformed;
}

base::Array<char> make_uidl_map(OldUidls& uidls) {
  const auto put = [](std::string_view name, std::string_view id, base::Array<char>& to) {
    append(name, to);
    append("\t", to);
    append(id, to);
    append("\n", to);
  };
  // All that may stand in the map: reading it as one leaves out what stands twice.
  base::Array<char> all;
  const auto is_possible = [&](std::size_t i) {
    return is_uidl(uidls.uidl(i)) && uidls.unique_name(i).find('\n') == std::string_view::npos;
  };
  for (std::size_t i = 0; i < uidls.size(); ++i)
    if (is_possible(i)) put(uidls.unique_name(i), uidls.uidl(i), all);
  const UidlMap map(std::move(all));

  for (std::size_t i = 0; i < uidls.size(); ++i) {
    if (!is_possible(i))
      uidls.warn(uidls.line(i), "not an id that POP3 allows, it will change");
    else if (map.find(uidls.unique_name(i)) != uidls.uidl(i))
      uidls.warn(uidls.line(i), "another message has this id, it will change");
  }
  base::Array<char> content;
  for (std::size_t i = 0; i < map.size(); ++i)
    if (uidl(map[i].unique_name, 0).view() != map[i].uidl)
      put(map[i].unique_name, map[i].uidl, content);
  return content;
}

void write_uidl_map(const base::Array<char>& content) {
  // As the name of a message that is being delivered, so that it goes as such, if we die.
  timespec now;
  ::clock_gettime(CLOCK_REALTIME, &now);
  base::Text<100> path;
  path << "tmp/" << now.tv_sec << ".M" << now.tv_nsec / 1000 << 'P' << ::getpid() << ".uidl.map";
  constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
  auto fd = base::try_open(path.c_str(), flags, 0600);
  // A Maildir that comes from a backup may lack what was empty.
  if (!fd && errno == ENOENT && ::mkdir("tmp", 0700) == 0)
    fd = base::try_open(path.c_str(), flags, 0600);
  if (!fd) base::fail("open", path.view());
  try {
    base::write_all(fd.get(), {content.begin(), content.size()}, path.view());
    if (::fsync(fd.get()) != 0) base::fail("fsync", path.view());
    if (::rename(path.c_str(), UidlMap::file_name) != 0) base::fail("rename to", UidlMap::file_name);
  } catch (...) {
    ::unlink(path.c_str());
    throw;
  }
  const auto directory = base::open_file(".", O_RDONLY | O_DIRECTORY);
  if (::fsync(directory.get()) != 0) base::fail("fsync", "the Maildir");
}

Imported import_uidls(const UidlImport& import) noexcept try {
  Imported result;
  if (::access(UidlMap::file_name, F_OK) == 0) return result;
  if (errno != ENOENT) base::fail("look for", UidlMap::file_name);
  OldUidls uidls;
  const auto list = read_old_uidls(import.source, import.format, uidls);
  if (list == OldList::malformed) throw base::Failure(list_of(import.source), uidls.refusal());
  const auto content = make_uidl_map(uidls);
  write_uidl_map(content);
  if (list == OldList::good) result.outcome = Imported::written;
  result.lines = static_cast<std::size_t>(std::count(content.begin(), content.end(), '\n'));
  result.warnings = uidls.warning_count();
  return result;
} catch (const std::exception& e) {
  Imported result;
  result.outcome = Imported::failed;
  result.why << std::string_view(e.what());
  return result;
}

}  // namespace maildir
