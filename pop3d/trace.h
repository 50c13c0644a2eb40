// SPDX-License-Identifier: ISC
// POP3_TRACE: what client and server say to each other, for who looks for a client's fault.
//
//   Nov 22 03:43:55.120 2026 [4021] k3v9q2m7xw < USER joe
//   Nov 22 03:43:55.121 2026 [4021] k3v9q2m7xw > +OK now PASS
//   Nov 22 03:43:55.164 2026 [4021] k3v9q2m7xw < PASS ***
//
// Qpopper's tracefile, with the session's id. Secrets are never in it: of a client's lines only
// commands that are known and have none in their arguments are shown, of AUTH's dialogue and of messages nothing.
#pragma once

#include <string_view>

#include "base/tap.h"
#include "base/text.h"

namespace pop3d {

class Trace final : public base::Tap {
 public:
  // FD is from log_file(), or -1: then there is nothing to be watched. Not owned.
  explicit Trace(int fd);
  explicit operator bool() const { return fd_ >= 0; }
  int fd() const { return fd_; }

  void received(std::string_view line) override;
  void sent(std::string_view octets) override;

 private:
  void add_reply_line(std::string_view line);
  void write(char direction, std::string_view text);

  int fd_;
  enum class Upload { none, asked, begun } upload_ = Upload::none;  // XTND XMIT: a message of the client's
  bool shows_body_ = true;    // of the answer to the last command
  std::size_t lines_ = 0;     // of that answer, so far
  base::Text<200> unfinished_;  // a line of it that has not ended yet
};

// How a client's line is shown.
base::Text<200> masked(std::string_view line);

}  // namespace pop3d
