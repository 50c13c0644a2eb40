// SPDX-License-Identifier: ISC
#include "pop3d/conf_arguments.h"

#include <algorithm>

namespace pop3d {

namespace {

constexpr Place here{"arguments", 0};

struct Prefix {
  std::string_view text;
  bool is_on;
};
constexpr Prefix prefixes[] = {{"enable-", true}, {"with-", true}, {"disable-", false}, {"without-", false}};

// The next argument, without its quotes. Views into ARGUMENTS, which loses it. A quote inside of a word is kept.
std::string_view take_argument(std::string_view& arguments) {
  arguments.remove_prefix(std::min(arguments.find_first_not_of(" \t\n"), arguments.size()));
  if (arguments.empty()) return {};
  const bool is_quoted = arguments[0] == '"' || arguments[0] == '\'';
  if (is_quoted && arguments.find(arguments[0], 1) != arguments.npos) {
    const auto end = arguments.find(arguments[0], 1);
    const auto argument = arguments.substr(1, end - 1);
    arguments.remove_prefix(end + 1);
    return argument;
  }
  const auto end = std::min(arguments.find_first_of(" \t\n"), arguments.size());
  const auto argument = arguments.substr(0, end);
  arguments.remove_prefix(end);
  return argument;
}

// [ADDRESS:]PORT
bool is_port(std::string_view argument) {
  return !argument.empty() && argument.find_first_not_of("0123456789.:") == argument.npos;
}

class Arguments {
 public:
  Arguments(ConfReader& reader, Grammar grammar, std::string_view rest) : reader_(reader), grammar_(grammar), rest_(rest) {}

  void read_popper() {
    for (bool is_first = true; has_more(); is_first = false) {
      auto argument = take_argument(rest_);
      if (argument.starts_with("--")) configure_flag(argument);
      else if (argument.starts_with('-') && argument.size() > 1) letters(argument.substr(1));
      else if (is_first && is_port(argument)) no_effect(argument, "tcpserver(1)'s address and port");
      else error(argument, "not an option");
    }
  }

  // TPOPS reads the file first, wherever it is named.
  void read_tpops(bool files) {
    while (has_more()) {
      const auto argument = take_argument(rest_);
      if (argument.size() == 2 && argument[0] == '-') short_parameter(argument, files);
      else if (argument.starts_with("--") && argument.size() > 2) long_parameter(argument.substr(2), files);
      else if (!files) error(argument, "not a parameter");
    }
  }

 private:
  bool has_more() const { return rest_.find_first_not_of(" \t\n") != rest_.npos; }
  void error(std::string_view name, std::string_view text) { reader_.add(Finding::What::error, here, name, text); }
  void no_effect(std::string_view name, std::string_view text) { reader_.add(Finding::What::no_effect, here, name, text); }

  void set(std::string_view name, std::string_view value) {
    ConfLine line;
    line.what = ConfLine::What::set;
    line.name = name;
    line.value = value;
    line.has_value = true;
    reader_.take(grammar_, line, here);
  }
  void set_bare(std::string_view name) {
    ConfLine line;
    line.what = ConfLine::What::set;
    line.name = name;
    reader_.take(grammar_, line, here);
  }

  // -sRT600 and the like.
  void letters(std::string_view all) {
    while (!all.empty()) {
      const char letter = all[0];
      const auto name = all.substr(0, 1);
      all.remove_prefix(1);
      if (letter == 'v') {
        no_effect("-v", "CAPA with POP3_SHY=0 says the version");
        continue;
      }
      const auto known = std::find_if(popper_letters().begin(), popper_letters().end(),
                                      [letter](const Letter& one) { return one.letter == letter; });
      if (known == popper_letters().end()) return error(name, "popper has no such option");
      if (!known->takes_value) {
        set(known->option, known->value);
        continue;
      }
      if (all.empty() && !has_more()) return error(name, "the value is missing");
      return lettered_value(*known, all.empty() ? take_argument(rest_) : all);
    }
  }

  void lettered_value(const Letter& letter, std::string_view value) {
    if (letter.letter == 'e') return extensions(value);
    if (!*letter.value) return set(letter.option, value);
    // A number, for the words of the option in their order.
    const auto number = base::parse_number<unsigned>(value);
    std::string_view words = letter.value, word;
    for (unsigned i = 0; number && i <= *number; ++i) word = take_word(words);
    if (word.empty()) return error(letter.option, "popper has no such number for it");
    set(letter.option, word);
  }

  // A11: login_delay=N,expire=N; one without a value is as if it were not there.
  void extensions(std::string_view list) {
    while (!list.empty()) {
      const auto end = std::min(list.find(','), list.size());
      const auto item = list.substr(0, end);
      list.remove_prefix(std::min(end + 1, list.size()));
      const auto equals = std::min(item.find('='), item.size());
      const auto value = item.substr(std::min(equals + 1, item.size()));
      const auto name = item.substr(0, equals);
      if (is_same_name(name, "login_delay")) set("announce-login-delay", value.empty() ? "-1" : value);
      else if (is_same_name(name, "expire")) set("announce-expire", value.empty() ? "-1" : value);
      else error(name, "not login_delay or expire");
    }
  }

  void configure_flag(std::string_view argument) {
    auto name = argument.substr(2);
    bool is_on = true;
    for (const auto& [prefix, on] : prefixes)
      if (name.starts_with(prefix)) {
        name.remove_prefix(prefix.size());
        is_on = on;
        break;
      }
    const auto equals = std::min(name.find('='), name.size());
    const bool has_value = equals < name.size();
    const auto value = name.substr(std::min(equals + 1, name.size()));
    name = name.substr(0, equals);
    for (const auto& flag : configure_flags()) {
      if (flag.name != name || name.size() + 2 == argument.size()) continue;
      return compiled_in(flag, argument, is_on, has_value, value);
    }
    error(argument, "Qpopper's configure has no such flag");
  }

  void compiled_in(const ConfigureFlag& flag, std::string_view argument, bool is_on, bool has_value, std::string_view value) {
    if (!*flag.option) return no_effect(argument, flag.instead);
    const auto foreign = find_foreign(Grammar::qpopper, flag.option);
    const bool is_boolean = foreign && foreign->type == Type::boolean;
    if (is_boolean && has_value) return error(argument, "takes no value");
    if (is_boolean) return set(flag.option, is_on ? "true" : "false");
    if (!is_on) return;  // what it is without the flag
    if (!has_value && !*flag.value) return error(argument, "the value is missing");
    set(flag.option, has_value ? value : flag.value);
  }

  void take_parameter(std::string_view name, bool has_value, std::string_view value, bool files) {
    if (is_same_name(name, "config") != files) return;
    if (has_value) set(name, value);
    else set_bare(name);
  }

  void short_parameter(std::string_view argument, bool files) {
    const std::string_view letters = "pugf";
    constexpr const char* names[] = {"port", "user", "group", "config"};
    const auto at = letters.find(argument[1]);
    if (at == letters.npos) {
      if (!files) error(argument, "tpops has no such option");
      return;
    }
    if (!has_more()) {
      if (!files) error(argument, "the value is missing");
      return;
    }
    take_parameter(names[at], true, take_argument(rest_), files);
  }

  void long_parameter(std::string_view parameter, bool files) {
    const auto equals = std::min(parameter.find('='), parameter.size());
    take_parameter(parameter.substr(0, equals), equals < parameter.size(),
                   parameter.substr(std::min(equals + 1, parameter.size())), files);
  }

  ConfReader& reader_;
  Grammar grammar_;
  std::string_view rest_;
};

}  // namespace

void read_arguments(ConfReader& reader, Grammar grammar, std::string_view arguments) {
  if (grammar != Grammar::tpops) return Arguments(reader, Grammar::qpopper, arguments).read_popper();
  Arguments(reader, grammar, arguments).read_tpops(true);
  Arguments(reader, grammar, arguments).read_tpops(false);
}

}  // namespace pop3d
