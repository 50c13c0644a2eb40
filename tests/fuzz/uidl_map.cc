// SPDX-License-Identifier: ISC
// A file in the place of uidl.map, against a map that is read line by line and kept in std::map.
// covers maildir/uidl_map.cc
#include "maildir/uidl_map.h"

#include <algorithm>
#include <map>
#include <string>

#include "maildir/name.h"
#include "tests/fuzz/require.h"

namespace {

struct Naive {
  std::map<std::string, std::string> ids;
  std::size_t malformed = 0;
};

bool is_good(const std::string& name, const std::string& id) {
  return !name.empty() && name.find('/') == name.npos && !id.empty() && id.size() <= 70 &&
         std::all_of(id.begin(), id.end(), [](char c) { return c >= 0x21 && c <= 0x7e; });
}

Naive read_naively(std::string text) {
  Naive naive;
  std::map<std::string, std::pair<std::size_t, std::string>> by_name, by_id;
  if (!text.empty() && text.back() != '\n') text += '\n';
  std::size_t number = 0;
  for (std::size_t at = 0, end; at < text.size(); at = end + 1, ++number) {
    end = text.find('\n', at);
    auto line = text.substr(at, end - at);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    const auto tab = line.find_last_of('\t');
    const auto id = tab == line.npos ? "" : line.substr(tab + 1);
    const auto name = line.substr(0, std::min(tab, line.find(':')));
    if (!is_good(name, id) || !by_name.try_emplace(name, number, id).second) ++naive.malformed;
  }
  for (const auto& [name, line] : by_name) {
    const auto [found, is_new] = by_id.try_emplace(line.second, line.first, name);
    if (is_new) continue;
    ++naive.malformed;
    if (line.first < found->second.first) found->second = {line.first, name};
  }
  for (const auto& [id, line] : by_id) naive.ids[line.second] = id;
  return naive;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text(data, size);
  base::Array<char> content;
  if (size != 0) std::copy(text.begin(), text.end(), content.extend(size));
  const maildir::UidlMap map(std::move(content));
  const auto naive = read_naively(std::string(text));

  require(map.size() == naive.ids.size() && map.malformed() == naive.malformed);
  std::size_t i = 0;
  for (const auto& [name, id] : naive.ids) {
    require(map[i].unique_name == name && map[i].uidl == id);
    require(map.find(name) == id && map.gives(id));
    require(map.find(name + 'x').empty() == !naive.ids.contains(name + 'x'));
    ++i;
  }
  require(map.find("").empty() && !map.gives(""));
  return 0;
}
