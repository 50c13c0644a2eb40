// SPDX-License-Identifier: ISC
#include "pop3d/conf_read.h"

#include "base/env.h"

namespace pop3d {

namespace {

using Text = base::Text<160>;

// The number that is in force, for what may only be lowered.
std::uint64_t current_number(const Setting& setting) {
  auto value = base::get_env(setting.name);
  if (value.empty()) value = setting.otherwise;
  if (const auto number = base::parse_number<std::uint64_t>(value)) return *number;
  // The default of one is another one's value.
  const auto other = find_setting(value);
  return other && other != &setting ? current_number(*other) : setting.most;
}

// Why a user's own file may not set it so.
Text forbidden_to_user(const Setting& setting, std::string_view value) {
  Text why;
  if ((setting.levels & by_user) == 0) return why << "a user may not set it", why;
  if (is_in_record(setting.name)) return why << "the administrator has set it for this user", why;
  if (value.empty()) return why << "the value is missing", why;
  switch (setting.user_rule) {
    case UserRule::anything: break;
    case UserRule::lower:
      if (const auto most = current_number(setting); base::parse_number<std::uint64_t>(value).value_or(~0ull) > most)
        why << "a user may not set it above " << most;
      break;
    case UserRule::only_1:
      if (value != "1") why << "a user may set it to 1 only";
      break;
    case UserRule::only_0:
      if (value != "0") why << "a user may set it to 0 only";
      break;
  }
  return why;
}

const char* forbidden_to_administrator(const Setting& setting, Levels source) {
  if ((setting.levels & source) != 0) return nullptr;
  if (setting.levels == 0) return "programs tell it each other, nobody sets it";
  if (setting.levels == by_service) return "belongs into env/ of the service directory, or before the programs";
  if (source == by_directory) return "is read before the user's file is";
  return "belongs to one user: the administrator's directory, or users.cdb(5)";
}

}  // namespace

bool is_in_record(std::string_view name) {
  for (auto names = base::get_env("POP3_RECORD"); !names.empty();)
    if (take_word(names) == name) return true;
  return false;
}

Trust ConfReader::trust() const {
  return source_ == by_user ? Trust::user : source_ == by_directory ? Trust::directory : Trust::service;
}

bool ConfReader::has(Finding::What what) const {
  for (const auto& finding : findings_)
    if (finding.what == what) return true;
  return false;
}

void ConfReader::add(Finding::What what, const Place& place, std::string_view name, std::string_view text) {
  findings_.push({what, {pool_.add(place.file), place.line}, pool_.add(name), pool_.add(text)});
}

void ConfReader::complain(const Place& place, std::string_view name, std::string_view text) {
  add(source_ == by_user ? Finding::What::skipped : Finding::What::error, place, name, text);
}

bool ConfReader::is_open(const ConfFile& file) const {
  for (const auto& open : open_)
    if (open.device == file.device && open.inode == file.inode) return true;
  return false;
}

void ConfReader::read_file(std::string_view path, Grammar grammar) {
  const auto name = pool_.add(path);
  ConfFile file;
  Text wrong;
  switch (read_conf_file(name.data(), trust(), user_, file, wrong)) {
    case FileResult::missing:
      if (source_ == by_file || !open_.empty()) complain({name, 0}, {}, wrong.view());
      return;
    case FileResult::wrong: return complain({name, 0}, {}, wrong.view());
    case FileResult::good: break;
  }
  if (is_open(file)) return complain({name, 0}, {}, "includes itself");
  if (open_.size() == max_conf_nesting) return complain({name, 0}, {}, "files are nested deeper than 16");
  if (++files_ > max_conf_files) return complain({name, 0}, {}, "more than 100 files");
  open_.push({file.device, file.inode});
  read_text(name, file.text(), grammar);
  open_.shorten(open_.size() - 1);
}

void ConfReader::read_text(std::string_view path, std::string_view text, Grammar grammar) {
  if (grammar == Grammar::unknown) grammar = recognise_grammar(text);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto line = take_line(text);
    take(grammar, grammar == Grammar::qpopper ? parse_qpopper_line(line) : parse_tpops_line(line), {path, number});
  }
}

void ConfReader::take(Grammar grammar, const ConfLine& line, const Place& place) {
  if (line.what == ConfLine::What::nothing) return;
  if (line.what == ConfLine::What::wrong) return complain(place, {}, line.wrong);
  const auto meaning = interpret(grammar, line, sizes_);
  switch (meaning.what) {
    case Meaning::What::wrong: return complain(place, line.name, meaning.text.view());
    case Meaning::What::includes: return include(grammar, meaning.text.view(), place);
    case Meaning::What::sets:
      give(*meaning.setting, line.name, meaning.text.view(), place);
      if (meaning.also) give(*meaning.also, line.name, meaning.also_text.view(), place);
      return;
    case Meaning::What::no_effect: break;
  }
  for (const auto& finding : findings_)
    if (finding.what == Finding::What::no_effect && is_same_name(finding.name, line.name)) return;
  add(Finding::What::no_effect, place, line.name, meaning.instead);
}

// A path that is not absolute begins where the file that names it is.
void ConfReader::include(Grammar grammar, std::string_view path, const Place& place) {
  if (source_ == by_user) return complain(place, {}, "a user's file includes no other");
  base::Text<max_conf_line * 2> whole;
  if (!path.starts_with('/')) whole << place.file.substr(0, place.file.rfind('/') + 1);
  whole << path;
  read_file(whole.view(), grammar);
}

void ConfReader::give(const Setting& setting, std::string_view name, std::string_view value, const Place& place) {
  if (source_ == by_user) {
    if (const auto why = forbidden_to_user(setting, value); !why.empty()) return complain(place, name, why.view());
  } else if (const auto why = forbidden_to_administrator(setting, source_)) {
    return complain(place, name, why);
  }
  const Given given{&setting, pool_.add(value), {pool_.add(place.file), place.line}};
  for (auto& earlier : given_)
    if (earlier.setting == &setting) {
      earlier = given;
      return;
    }
  given_.push(given);
}

}  // namespace pop3d
