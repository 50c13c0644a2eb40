// SPDX-License-Identifier: ISC
// A line of a configuration file: in either grammar it is understood, or wrong with a reason; what it is
// understood as fits the setting, and is the same when it is written anew.
// covers pop3d/conf_line.cc pop3d/conf_names.cc pop3d/conf_qpopper.cc pop3d/conf_tpops.cc
#include "pop3d/conf_line.h"

#include <string>

#include "pop3d/conf_names.h"
#include "tests/fuzz/require.h"

namespace {

using pop3d::ConfLine;
using pop3d::Grammar;

bool is_inside(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void require_sound(const ConfLine& line, std::string_view text) {
  require(is_inside(line.name, text) && is_inside(line.value, text));
  if (line.what == ConfLine::What::wrong) return require(*line.wrong != '\0');
  require((line.what == ConfLine::What::nothing) == line.name.empty());
  require(line.name.find_first_of(" \t=\n") == line.name.npos);
  require(line.has_value || line.value.empty());
  for (const char c : line.value) require(static_cast<unsigned char>(c) >= 0x20 || c == '\t');
}

void require_meaning(Grammar grammar, const ConfLine& line) {
  if (line.what != ConfLine::What::set && line.what != ConfLine::What::reset) return;
  pop3d::TpopsSizes sizes;
  const auto meaning = interpret(grammar, line, sizes);
  if (meaning.what == pop3d::Meaning::What::sets) {
    require(meaning.setting && wrong_value(*meaning.setting, meaning.text.view()).empty());
    require(!meaning.also || wrong_value(*meaning.also, meaning.also_text.view()).empty());
  } else {
    require(!meaning.setting && (meaning.what == pop3d::Meaning::What::no_effect ? *meaning.instead != '\0' : !meaning.text.empty()));
  }
}

void require_same_again(const ConfLine& line) {
  if (line.what != ConfLine::What::set || !line.has_value || line.value.find('"') != line.value.npos) return;
  const auto text = "set " + std::string(line.name) + " = \"" + std::string(line.value) + "\"";
  if (text.size() > pop3d::max_conf_line) return;
  const auto again = pop3d::parse_qpopper_line(text);
  require(again.what == line.what && again.name == line.name && again.value == line.value && again.has_value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto rest = as_text(data, size);
  (void)pop3d::recognise_grammar(rest);
  while (!rest.empty()) {
    const auto before = rest.size();
    const auto text = pop3d::take_line(rest);
    require(rest.size() < before && text.find('\n') == text.npos);
    const auto qpopper = pop3d::parse_qpopper_line(text);
    require_sound(qpopper, text);
    require_meaning(Grammar::qpopper, qpopper);
    require_same_again(qpopper);
    const auto tpops = pop3d::parse_tpops_line(text);
    require_sound(tpops, text);
    require_meaning(Grammar::tpops, tpops);
  }
  return 0;
}
