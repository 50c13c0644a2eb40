// SPDX-License-Identifier: ISC
// A log that anybody may have written into.
// covers scripts/stats_line.cc scripts/stats_json.cc scripts/stats_time.cc scripts/stats_tally.cc
#include "scripts/stats_line.h"

#include "scripts/stats_report.h"
#include "tests/fuzz/require.h"

namespace {

void check_parts(std::string_view line) {
  stats::Event event;
  if (stats::parse_line(line, event) != stats::Line::event) return;
  require(!event.program.empty() && !event.name.empty() && event.count <= stats::Event::most_fields);
  std::size_t octets = event.stamp.size() + event.program.size() + event.name.size();
  for (std::size_t i = 0; i < event.count; ++i)
    octets += event.fields[i].key.size() + event.fields[i].value.size();
  require(octets <= line.size());
}

void check_printable(std::string_view text) {
  for (const char c : text) require(c == '\n' || (c >= 0x20 && c <= 0x7e));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto log = as_text(data, size);
  stats::Tally tally(1795320000000);
  std::uint64_t lines = 0;
  while (!log.empty()) {
    const auto line = log.substr(0, log.find('\n'));
    log.remove_prefix(std::min(line.size() + 1, log.size()));
    check_parts(line);
    tally.add(line);
    ++lines;
  }
  require(tally.lines == lines && tally.events + tally.other + tally.malformed == lines);
  check_printable(stats::report_text(tally, 10));
  check_printable(stats::report_metrics(tally));
  check_printable(stats::report_script(tally, "svg"));
  return 0;
}
