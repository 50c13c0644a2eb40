// SPDX-License-Identifier: ISC
// Writes down what system calls have changed in a directory, for powerloss.py, which derives from
// it what a loss of power may leave.
//
// A line is an operation, its words separated by tabs; files are known by inode, folders by path:
//
//   create INODE PATH      unnamed INODE     link INODE PATH         unlink PATH      mkdir PATH
//   rename INODE FROM TO   truncate INODE N  write INODE AT HEX      sync INODE
//   syncdir PATH           say HEX           exit ROLE CODE
//
// Only what succeeded is there, in the order of its ends. "say" is what went to fd 1, the client.
#pragma once

#include <sys/ptrace.h>
#include <sys/types.h>

#include <cstdio>
#include <string>

namespace survival {

class Recorder {
 public:
  // Records what happens below DIRECTORY, an absolute path without symbolic links, into FILE.
  Recorder(const char* file, std::string directory);
  ~Recorder() { std::fclose(out_); }
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // What must be known of a call before it is made; kept by its process.
  struct Pending {
    bool is_ours = false;
    std::string from, to;  // paths below the directory
    unsigned long inode = 0;
    bool existed = false;
    std::string data;
  };
  Pending entered(pid_t pid, const __ptrace_syscall_info& info) const;
  void left(pid_t pid, const __ptrace_syscall_info& entry, const Pending& pending, long result);
  void ended(const std::string& role, int code);

 private:
  std::string path_at(pid_t pid, int folder, unsigned long long name) const;
  std::string path_of(pid_t pid, int fd) const;

  std::FILE* out_;
  std::string directory_;
};

}  // namespace survival
