// SPDX-License-Identifier: ISC
#include "tests/check.h"

#include <exception>
#include <vector>

namespace check {

namespace {

struct Test {
  const char* name;
  Body body;
};
std::vector<Test>& tests() {
  static std::vector<Test> all;
  return all;
}
bool good;

}  // namespace

bool add(const char* name, Body body) {
  tests().push_back({name, body});
  return true;
}

void failed(const char* file, int line, const std::string& what) {
  good = false;
  std::cout << "# " << file << ':' << line << ": " << what << '\n';
}

}  // namespace check

int main() {
  std::size_t number = 0, failures = 0;
  std::cout << "1.." << check::tests().size() << '\n';
  for (const auto& test : check::tests()) {
    check::good = true;
    try {
      test.body();
    } catch (const std::exception& e) {
      check::failed(test.name, 0, std::string("threw ") + e.what());
    }
    failures += !check::good;
    std::cout << (check::good ? "ok " : "not ok ") << ++number << ' ' << test.name << '\n';
  }
  return failures != 0;
}
