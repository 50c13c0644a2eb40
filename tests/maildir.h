// SPDX-License-Identifier: ISC
// A Maildir for one test, and who looks at it.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "maildir/stamp.h"
#include "tests/fuzz/scratch.h"

// The current directory while it lives. In memory, if it can be.
class Maildir {
 public:
  Maildir() {
    ::chmod(scratch_.path().c_str(), 0777);
    for (const auto name : {"tmp", "new", "cur"}) scratch_.make_directory(name);
    if (::chdir(scratch_.path().c_str()) != 0) base::fail("chdir", scratch_.path());
  }
  explicit Maildir(const std::vector<std::string>& files) : Maildir() {
    for (const auto& file : files) write(file, file + '\n');
  }
  ~Maildir() { [[maybe_unused]] const int ignored = ::chdir("/"); }
  void write(const std::string& name, std::string_view content, unsigned mode = 0644) const {
    scratch_.write(name, content, mode);
  }
  std::string read(std::string_view name) const { return scratch_.read(name); }

 private:
  static bool use_memory() {
    if (::access("/dev/shm", W_OK) == 0) ::setenv("TMPDIR", "/dev/shm", 0);
    return true;
  }
  const bool in_memory_ = use_memory();
  Scratch scratch_;
};

// Somebody for whom permissions count while this lives, if we are root.
class Nobody {
 public:
  Nobody() { set(65534); }
  ~Nobody() { set(0); }

 private:
  static void set(uid_t uid) {
    if (::getuid() == 0 && ::seteuid(uid) != 0) base::fail("seteuid");
  }
};

// Waits until what changes next shows in a stamp, whatever the kernel's tick is.
inline void settle() {
  const auto is_settled = [](const char* path) {
    return maildir::is_settled(maildir::read_stamp(path), maildir::stamping_clock_ns());
  };
  while (!is_settled("new") || !is_settled("cur") || !is_settled("uidl.map"))
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
}
