// SPDX-License-Identifier: ISC
#include <algorithm>
#include <ctime>

#include "scripts/stats_report.h"

namespace stats {

namespace {

using std::string;
using std::string_view;

constexpr std::int64_t most_points = 300;

// The shortest of these that leaves few enough points; in minutes.
std::int64_t width_of(const Series& series) {
  const auto span = series.ends_s() - series.begins_s();
  for (const std::int64_t minutes : {1, 2, 5, 10, 15, 30, 60, 120, 240, 720, 1440, 10080})
    if (minutes * 60 >= series.width_s() && span / (minutes * 60) <= most_points) return minutes * 60;
  return std::max<std::int64_t>(span / most_points / 604800 + 1, series.width_s() / 604800 + 1) * 604800;
}

string width_in_words(std::int64_t width_s) {
  if (width_s % 604800 == 0) return std::to_string(width_s / 604800) + " weeks";
  if (width_s % 86400 == 0) return std::to_string(width_s / 86400) + " days";
  if (width_s % 3600 == 0) return std::to_string(width_s / 3600) + " hours";
  return std::to_string(width_s / 60) + " minutes";
}

// gnuplot knows no zones: it is given what the clock on the wall showed.
std::int64_t on_the_wall(std::int64_t second) {
  const std::time_t time = second;
  tm fields{};
  ::localtime_r(&time, &fields);
  return second + fields.tm_gmtoff;
}

// Where there was nothing, nothing is what is drawn.
string data_of(const Series& series, std::int64_t width_s) {
  string data;
  const auto intervals = series.in_intervals_of(width_s);
  for (auto begins = intervals.begin()->first; begins <= intervals.rbegin()->first; begins += width_s) {
    const auto found = intervals.find(begins);
    const auto interval = found == intervals.end() ? Series::Interval() : found->second;
    data += std::to_string(on_the_wall(begins + width_s / 2)) + ' ' + std::to_string(interval.sessions) +
            ' ' + std::to_string(interval.logins) + ' ' + std::to_string(interval.refused) + '\n';
  }
  return data;
}

}  // namespace

// Nothing of it came from the log but numbers.
string report_script(const Tally& tally, string_view format) {
  if (tally.series.empty()) return {};
  const auto width = width_of(tally.series);
  string script = format == "png" ? "set terminal pngcairo size 1200,800 background rgb 'white'\n"
                                  : "set terminal svg size 1200,800 dynamic background rgb 'white'\n";
  script += "$data << END\n" + data_of(tally.series, width) + "END\n";
  script +=
      "set xdata time\nset timefmt '%s'\nset format x \"%Y-%m-%d\\n%H:%M\"\nset yrange [0:*]\n"
      "set grid ytics\nset key above\nset lmargin 10\nset style fill solid 0.8 noborder\n";
  script += "set boxwidth " + std::to_string(width) + " absolute\n";
  script += "set xrange ['" + std::to_string(on_the_wall(tally.series.begins_s())) + "':'" +
            std::to_string(on_the_wall(tally.series.ends_s())) + "']\n";
  script += "set multiplot layout 2,1 title 'POP3, " + date_of(*tally.first / 1000) + " to " +
            date_of(*tally.last / 1000) + ", by " + width_in_words(width) + "'\n";
  script +=
      "plot $data using 1:3 with boxes linecolor rgb '#9ecae1' title 'logins', "
      "$data using 1:2 with steps linecolor rgb '#08519c' linewidth 1.5 title 'sessions ended'\n";
  script += "plot $data using 1:4 with boxes linecolor rgb '#cb181d' title 'logins refused'\n";
  return script + "unset multiplot\n";
}

}  // namespace stats
