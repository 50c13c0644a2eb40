// SPDX-License-Identifier: ISC
#include "maildir/bulletin_round.h"

#include "base/env.h"
#include "base/failure.h"
#include "base/log.h"
#include "maildir/bulletin_text.h"

namespace maildir {

namespace {

// What a login may cost: whoever was away for long gets the rest with the next ones.
constexpr std::uint64_t most_at_once = 32, most_octets_at_once = 4 << 20;
// Lines about single bulletins in one login.
constexpr std::uint64_t most_complaints = 8;

bool is_ours(Audience audience) { return audience == Audience::all || audience == Audience::ours; }

}  // namespace

BulletinSettings read_bulletin_settings(std::string_view host) {
  return {base::env_number("POP3_MAX_BULLETINS", 1, 0, 1000), base::env_switch("POP3_GROUP_BULLETINS", false),
          base::get_env("USER"), host};
}

void BulletinRound::run() {
  const auto last = state_.read();
  if (last && delivery_.finish(*last)) ++delivered_;
  const auto first = last ? list_.first_above(*last) : first_for_new_user();
  if (first != list_.size())
    deliver_from(first);
  else if (!last)
    delivery_.pass(list_.highest());  // no new user any more
  if (delivered_ != 0) log_delivered();
}

// The newest that are for him, counted; the numbers may have gaps.
std::size_t BulletinRound::first_for_new_user() const {
  auto first = list_.size();
  std::uint64_t count = 0;
  for (auto i = list_.size(); i-- != 0 && count != settings_.for_new_user;)
    if (is_ours(audience(i))) {
      first = i;
      ++count;
    }
  return first;
}

// What is not ours is passed, so that nobody has to look at it again. What is broken is tried again by
// the next login, as long as nothing behind it was delivered.
void BulletinRound::deliver_from(std::size_t first) {
  std::optional<BulletinNumber> pass_to;
  bool is_behind_broken = false;
  for (auto i = first; i != list_.size(); ++i) {
    if (delivered_ >= most_at_once || octets_ >= most_octets_at_once) {
      left_ = list_.size() - i;
      break;
    }
    switch (handle(i)) {
      case Outcome::stop: return;
      case Outcome::broken: is_behind_broken = true; break;
      case Outcome::not_ours:
        if (!is_behind_broken) pass_to = list_[i].number;
        break;
      case Outcome::done:
        pass_to.reset();
        is_behind_broken = false;
        break;
    }
  }
  if (pass_to) delivery_.pass(*pass_to);
}

BulletinRound::Outcome BulletinRound::handle(std::size_t i) {
  const auto who = audience(i);
  if (who == Audience::unknown_group) log_bulletin(i, "error", "no such group");
  if (!is_ours(who)) return Outcome::not_ours;
  if (settings_.by_group && who == Audience::all)
    log_bulletin(i, "warning", "no group in its name: for everybody");
  if (list_[i].is_repeated) log_bulletin(i, "warning", "another bulletin has this number");
  return deliver(i);
}

BulletinRound::Outcome BulletinRound::deliver(std::size_t i) {
  base::Array<char> content, message;
  const char* refusal = nullptr;
  base::Text<240> failure;
  try {
    read_bulletin(list_.directory(), list_.name(i), content);
  } catch (const BadBulletin& e) {
    failure << e.what();
    refusal = failure.c_str();
  } catch (const base::Failure& e) {
    // The next login will read it: what came behind it now would keep it from the user for ever.
    log_bulletin(i, "error", e.what());
    return Outcome::stop;
  }
  const auto text = parse_bulletin({content.begin(), content.size()});
  if (!refusal) refusal = text.refusal;
  if (refusal) {
    log_bulletin(i, "error", refusal);
    return Outcome::broken;
  }
  append_addressed(text, recipient(settings_.user, settings_.host).view(), message);
  switch (delivery_.deliver(list_[i].number, message)) {
    case BulletinDelivery::Done::by_another: return Outcome::stop;
    case BulletinDelivery::Done::before: return Outcome::done;
    case BulletinDelivery::Done::yes: break;
  }
  ++delivered_;
  octets_ += message.size();
  return Outcome::done;
}

Audience BulletinRound::audience(std::size_t i) const {
  return settings_.by_group ? audience_of(parse_bulletin_name(list_.name(i))->group) : Audience::all;
}

void BulletinRound::log_bulletin(std::size_t i, std::string_view key, std::string_view what) {
  if (++complaints_ > most_complaints) return;
  base::LogLine("bulletins", key == "error" ? "skipped" : "warning")
      .field("user", settings_.user)
      .field("bulletin", list_.name(i))
      .field(key, what)
      .write();
}

void BulletinRound::log_delivered() const {
  base::LogLine line("bulletins", "bulletins");
  line.field("user", settings_.user).field("delivered", delivered_).field("octets", octets_);
  if (const auto last = state_.read()) line.field("last", *last);
  if (left_ != 0) line.field("left", left_);
  line.write();
}

}  // namespace maildir
