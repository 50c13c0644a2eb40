// SPDX-License-Identifier: ISC
// A tally in words, as tables for people and as metrics for Prometheus. What came from the log is
// written in printable ASCII, whatever it is.
#pragma once

#include <string>

#include "scripts/stats_tally.h"

namespace stats {

// Tables have MOST lines at the most.
std::string report_text(const Tally& tally, std::size_t most);

// The text format of Prometheus, version 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/
std::string report_metrics(const Tally& tally);

// What gnuplot reads: sessions and refused logins over time. "png" or "svg"; none if the log has no
// times.
std::string report_script(const Tally& tally, std::string_view format);

// Of shared use: the two words of a pair in Words; TEXT in printable ASCII.
std::pair<std::string_view, std::string_view> split_pair(std::string_view pair);
std::string printable(std::string_view text);
// SECOND, and the zone's name, as "2026-11-22 03:01:02 +0000".
std::string date_of(std::int64_t second);

}  // namespace stats
