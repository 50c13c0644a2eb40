// SPDX-License-Identifier: ISC
// pop3-stats - what a log says of a POP3 service.
//
// usage   pop3-stats [-rv] [-n count] [-p metrics] [-g prefix] [file ...]     - or none: fd 0
// reads   log lines of popchain's programs, with any time before them
// leaves  a report on fd 1; METRICS for Prometheus; PREFIX.png and PREFIX.svg, drawn by gnuplot
// exits   0; 100 misused; 111 the machine failed, or there is nothing to draw
// runs as whoever may read the log
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <ctime>

#include "base/failure.h"
#include "base/fd.h"
#include "base/spawn.h"
#include "base/text.h"
#include "scripts/stats_input.h"
#include "scripts/stats_report.h"

namespace {

constexpr char program[] = "pop3-stats";
constexpr char usage[] = "usage: pop3-stats [-rv] [-n count] [-p metrics] [-g prefix] [file ...]";
constexpr std::size_t most_lines_of_tables = 1000000;

struct Options {
  bool wants_report = false, is_verbose = false;
  std::size_t lines_of_tables = 10;
  const char* metrics = nullptr;
  const char* pictures = nullptr;
};

// A file beside PATH, which takes its place when it is whole.
class NewFile {
 public:
  explicit NewFile(const std::string& path)
      : path_(path), beside_(path + ".tmp" + std::to_string(::getpid())) {
    fd_ = base::open_file(beside_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644);
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (fd_) ::unlink(beside_.c_str());
  }

  int fd() const { return fd_.get(); }
  void finish() {
    if (::rename(beside_.c_str(), path_.c_str()) != 0) base::fail("rename to", path_);
    fd_.reset();
  }

 private:
  std::string path_, beside_;
  base::UniqueFd fd_;
};

void write_metrics(const std::string& path, const stats::Tally& tally) {
  NewFile file(path);
  base::write_all(file.fd(), stats::report_metrics(tally), path);
  file.finish();
}

// gnuplot reads the script from a pipe and writes the picture to its standard output: so no file
// name has to be quoted for it.
void draw(const std::string& path, const std::string& script) {
  NewFile file(path);
  auto pipe = base::make_pipe();
  char gnuplot[] = "gnuplot", without_defaults[] = "-d";
  char* const words[] = {gnuplot, without_defaults, nullptr};
  const base::Handed handed[] = {{pipe.read.get(), 0}, {file.fd(), 1}};
  const pid_t child = base::try_spawn(words, handed);
  if (child < 0) base::fail("run", "gnuplot");
  pipe.read.reset();
  // If it dies it does not read; its exit code tells.
  base::try_write_all(pipe.write.get(), script);
  pipe.write.reset();
  if (base::wait_for(child) != 0) throw base::Failure(path, "gnuplot failed");
  file.finish();
}

void draw_all(const std::string& prefix, const stats::Tally& tally) {
  if (tally.series.empty()) throw base::Failure("-g", "there are no sessions with times in the log");
  for (const char* format : {"png", "svg"}) draw(prefix + '.' + format, stats::report_script(tally, format));
}

void read_all(char* const* files, stats::Tally& tally, stats::Progress& progress) {
  if (!*files) return stats::read_log(0, "standard input", tally, progress);
  for (; *files; ++files) {
    if (std::string_view(*files) == "-") {
      stats::read_log(0, "standard input", tally, progress);
      continue;
    }
    const auto fd = base::open_file(*files, O_RDONLY);
    stats::read_log(fd.get(), *files, tally, progress);
  }
}

// False if they are no options of ours.
bool read_options(int argc, char** argv, Options& options) {
  for (int option; (option = ::getopt(argc, argv, "rvn:p:g:")) != -1;) {
    switch (option) {
      case 'r': options.wants_report = true; break;
      case 'v': options.is_verbose = true; break;
      case 'p': options.metrics = optarg; break;
      case 'g': options.pictures = optarg; break;
      case 'n': {
        const auto lines = base::parse_number<std::size_t>(optarg);
        if (!lines || *lines > most_lines_of_tables) return false;
        options.lines_of_tables = *lines;
        break;
      }
      default: return false;
    }
  }
  if (!options.metrics && !options.pictures) options.wants_report = true;
  return true;
}

stats::Telling telling_of(const Options& options) {
  if (::isatty(2) == 1) return stats::Telling::on_terminal;
  return options.is_verbose ? stats::Telling::by_lines : stats::Telling::never;
}

void run(const Options& options, char* const* files) {
  stats::Tally tally(std::time(nullptr) * stats::Moment{1000});
  stats::Progress progress(telling_of(options), stats::size_of_all(files));
  read_all(files, tally, progress);
  progress.end();
  if (options.wants_report)
    base::write_all(1, stats::report_text(tally, options.lines_of_tables), "the report");
  if (options.metrics) write_metrics(options.metrics, tally);
  if (options.pictures) draw_all(options.pictures, tally);
}

}  // namespace

int main(int argc, char** argv) try {
  Options options;
  if (!read_options(argc, argv, options)) return base::complain(program, usage, base::exit_usage);
  base::open_standard_fds();
  ::signal(SIGPIPE, SIG_IGN);
  run(options, argv + optind);
  return 0;
} catch (const std::exception& e) {
  return base::complain(program, e.what(), base::exit_temporary);
}
