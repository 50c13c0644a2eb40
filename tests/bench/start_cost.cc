// SPDX-License-Identifier: ISC
// start_cost - what it costs to start a program and see it end at once (it is called wrongly):
// its size, page faults and CPU. `make size` prints this for each, so that a regression shows.
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fcntl.h>

#include <algorithm>
#include <cstdio>
#include <vector>

namespace {

constexpr int starts = 300;

struct Cost {
  double cpu_us;
  long faults;
};

Cost start(const char* program) {
  const pid_t child = ::fork();
  if (child == 0) {
    const int null = ::open("/dev/null", O_RDWR);
    for (int fd = 0; fd <= 2; ++fd) ::dup2(null, fd);
    // Four arguments are too many, or too wrong, for any of them.
    ::execl(program, program, "-", "-", "-", "-", nullptr);
    ::_exit(127);
  }
  int status;
  rusage use;
  ::wait4(child, &status, 0, &use);
  const auto us = [](timeval time) { return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec); };
  return {us(use.ru_utime) + us(use.ru_stime), use.ru_minflt};
}

}  // namespace

int main(int argc, char** argv) {
  std::printf("%-16s %10s %8s %10s\n", "program", "octets", "faults", "cpu us");
  for (int i = 1; i < argc; ++i) {
    struct stat file;
    if (::stat(argv[i], &file) != 0) return std::perror(argv[i]), 1;
    std::vector<Cost> costs;
    for (int n = 0; n < starts; ++n) costs.push_back(start(argv[i]));
    const auto middle = costs.begin() + starts / 2;
    std::nth_element(costs.begin(), middle, costs.end(),
                     [](const Cost& a, const Cost& b) { return a.cpu_us < b.cpu_us; });
    const char* name = argv[i];
    for (const char* at = argv[i]; *at; ++at)
      if (*at == '/') name = at + 1;
    std::printf("%-16s %10ld %8ld %10.0f\n", name, static_cast<long>(file.st_size), middle->faults, middle->cpu_us);
  }
}
