// SPDX-License-Identifier: ISC
// A directory for one test, gone with all in it when the test is over.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/failure.h"
#include "base/fd.h"

class Scratch {
 public:
  Scratch() {
    if (!::mkdtemp(path_.data())) base::fail("mkdtemp", path_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::string path(std::string_view name = "") const { return path_ + '/' + std::string(name); }

  void make_directory(std::string_view name) const {
    if (::mkdir(path(name).c_str(), 0755) != 0) base::fail("mkdir", path(name));
  }

  // Makes the file, or writes it anew.
  void write(std::string_view name, std::string_view content, unsigned mode = 0600) const {
    const auto fd = base::open_file(path(name).c_str(), O_WRONLY | O_CREAT | O_TRUNC, mode);
    base::write_all(fd.get(), content, path(name));
  }

  std::string read(std::string_view name) const {
    const auto fd = base::open_file(path(name).c_str(), O_RDONLY);
    std::string content(std::filesystem::file_size(path(name)), '\0');
    content.resize(base::read_all(fd.get(), content));
    return content;
  }

 private:
  std::string path_ = std::filesystem::temp_directory_path() / "popchain-test.XXXXXX";
};
