// SPDX-License-Identifier: ISC
#include "maildir/update.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "maildir/quota.h"
#include "maildir/trash.h"

namespace maildir {

namespace {

// With fewer messages than this an index costs more than it spares: see tests/bench.
constexpr std::size_t worth_an_index = 16;

void sleep_ns(std::int64_t ns) {
  timespec left{0, static_cast<long>(ns)};
  while (::nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

}  // namespace

std::uint64_t Update::run(const Marks& deleted, const Marks& retrieved) {
  base::Array<std::size_t> fresh;
  if (settings_.move_new) mailbox_.collect_new(fresh);
  changed_ = deleted.count() + fresh.size() != 0;
  if (settings_.mark_seen) retrieved.for_each([&](std::size_t i) { changed_ = changed_ || !is_seen(i); });
  if (!changed_) return 0;
  mailbox_.prepare_all();
  if (mailbox_.uses_index() && mailbox_.size() - deleted.count() >= worth_an_index) {
    watch_.emplace();
    before_ = {read_stamp("new"), read_stamp("cur"), {}, mailbox_.policy()};
  }

  // Whatever happens, what is gone is accounted for.
  const struct Account {
    Update& update;
    const std::int64_t began = base::now_ms();
    ~Account() {
      take_off_quota(update.quota_octets_, update.quota_messages_);
      update.took_ms_ = base::now_ms() - began;
    }
  } account{*this};
  is_broken_off_ = true;  // until all is done: memory may run out between a change and its record
  std::uint64_t failures = 0;
  const auto count = [&](Done done) { failures += done == Done::failed; };
  deleted.for_each([&](std::size_t i) {
    const auto done = remove(i);
    count(done);
    if (done != Done::failed) removed_.push(i);
  });
  if (settings_.mark_seen)
    retrieved.for_each([&](std::size_t i) {
      if (!deleted.has(i)) count(to_cur(i, true));
    });
  for (const auto i : fresh)
    if (!deleted.has(i) && !(settings_.mark_seen && retrieved.has(i))) count(to_cur(i, false));
  if (settings_.sync && !sync()) failures += removed_.size() + renamed_.size();
  is_broken_off_ = false;
  return failures;
}

// A session that reads what was read before changes nothing, and so writes no index either.
bool Update::is_seen(std::size_t i) {
  mailbox_.prepare(i);
  return mailbox_.record(i).folder == Folder::cur && flags(mailbox_.name(i)).find('S') != std::string_view::npos;
}

// Where messages came to before where they went from: no moment may have them in neither.
bool Update::sync() const {
  const auto is_synced = [](const char* folder) {
    const auto fd = base::try_open(folder, O_RDONLY | O_DIRECTORY);
    return fd && ::fsync(fd.get()) == 0;
  };
  if (has_trash_)  // we may have made it
    for (const char* folder : {".Trash/cur", ".Trash", "."})
      if (!is_synced(folder)) return false;
  return is_synced("cur") && is_synced("new");
}

// Does ACTION where the message was at login, or where it is by now. Only a reading of the
// directories tells that it is gone: ENOENT alone may be about another name than the message's. A
// reading can miss a name that is changed meanwhile, so it takes two; but not two for each of
// many messages that are gone.
template <typename Action>
Update::Done Update::with_file(std::size_t i, Action action) {
  using Look = Mailbox::Look;
  constexpr int most_tries = 4;  // another program renames it between our look and our action
  constexpr int enough_readings = 2;
  std::optional<Mailbox::Whereabouts> at = mailbox_.recorded(i);
  for (int tries = 0; tries < most_tries; ++tries) {
    if (action(*at) == 0) return Done::yes;
    if (errno != ENOENT) return Done::failed;
    if (tries == 0 && readings_ != 0) at = mailbox_.find_again(i, Look::in_last_reading);
    else at = mailbox_.find_again(i, Look::anew), ++readings_;
    while (!at && readings_ < enough_readings) at = mailbox_.find_again(i, Look::anew), ++readings_;
    if (!at) return Done::gone;
  }
  return Done::failed;
}

Update::Done Update::remove(std::size_t i) {
  // Maildir++ does not count what is flagged T, or is in the Trash.
  auto octets = sizes_in_name(mailbox_.name(i)).file;
  if (!octets) octets = mailbox_.record(i).file_size;
  bool is_counted = flags(mailbox_.name(i)).find('T') == std::string_view::npos;
  const auto done = with_file(i, [&](const Mailbox::Whereabouts& at) {
    if (*octets == unknown_size) {
      struct stat status;
      octets = ::stat(at.path().c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
    }
    if (settings_.delete_by == DeleteBy::trash) return to_trash(at);
    const int result = ::unlink(at.path().c_str());
    if (result == 0 && watch_) watch_->removed(at.folder, at.name.view());
    return result;
  });
  if (done == Done::yes && is_counted) {
    quota_octets_ += *octets;
    ++quota_messages_;
  }
  return done;
}

int Update::to_trash(const Mailbox::Whereabouts& at) {
  if (!has_trash_ && !(has_trash_ = make_trash())) return -1;
  const int result = move_to_trash(path_of(at.folder), at.name.view());
  if (result == 0 && watch_) watch_->moved_away(at.folder, at.name.view());
  return result;
}

Update::Done Update::to_cur(std::size_t i, bool seen) {
  return with_file(i, [&](const Mailbox::Whereabouts& from) {
    const auto name = with_flag(from.name.view(), seen ? 'S' : '\0');
    if (!name || (from.folder == Folder::cur && name->view() == from.name.view())) return 0;
    const Mailbox::Whereabouts to{Folder::cur, *name};
    if (rename_to_free_name(from.path().c_str(), to.path().c_str()) != 0)
      return errno == EEXIST ? 0 : -1;  // where a copy has that name already, both stay
    if (watch_) watch_->renamed(from.folder, from.name.view(), Folder::cur, name->view());
    const auto name_at = names_.size();
    std::memcpy(names_.extend(name->view().size() + 1), name->c_str(), name->view().size() + 1);
    renamed_.push({i, name_at});
    return 0;
  });
}

// The image as run() has left the directories.
Image Update::updated_image() {
  std::sort(renamed_.begin(), renamed_.end(),
            [](const Renamed& a, const Renamed& b) { return a.index < b.index; });
  Image image;
  std::size_t r = 0, gone = 0;
  for (std::size_t i = 0; i < mailbox_.size(); ++i) {
    if (gone < removed_.size() && removed_[gone] == i) {
      ++gone;
      continue;
    }
    Record record = mailbox_.record(i);
    auto name = mailbox_.name(i);
    if (r < renamed_.size() && renamed_[r].index == i) {
      name = names_.begin() + renamed_[r++].name_at;
      record.folder = Folder::cur;
    }
    image.append(record, name, mailbox_.kept_uidl(i));
  }
  image.finish();
  return image;
}

// The stamps that the image is true for (index_file.cc, rule b).
Sources Update::sources_now() {
  Sources sources = mailbox_.sources();
  if (!changed_) return sources;
  const auto login = sources;
  sources.new_mail = sources.cur = Stamp::never();
  if (!watch_) return sources;
  sleep_ns(settling_ns);
  const auto now = stamping_clock_ns();
  const Stamp new_mail = read_stamp("new"), cur = read_stamp("cur");
  if (before_.cur == login.cur && is_settled(cur, now) && watch_->only_ours(Folder::cur)) sources.cur = cur;
  if (before_.new_mail == login.new_mail && is_settled(new_mail, now) &&
      watch_->only_ours(Folder::new_mail))
    sources.new_mail = new_mail;
  return sources;
}

void Update::store_index() noexcept try {
  if (!mailbox_.uses_index()) return;
  if (is_broken_off_) return IndexFile::remove();
  const auto left = mailbox_.size() - removed_.size();
  if (left < worth_an_index) {
    if (changed_ || mailbox_.is_index_stale()) IndexFile::remove();
    return;
  }
  if (!changed_ && !mailbox_.is_index_stale()) return;
  const auto image = updated_image();
  IndexFile::store(image, sources_now());
} catch (const Corrupt&) {
  IndexFile::remove();
} catch (const std::exception&) {
  IndexFile::remove();
}

}  // namespace maildir
