// SPDX-License-Identifier: ISC
// The child's way to ask its parent (login_messages.h).
#pragma once

#include "base/fd.h"
#include "pop3d/login_messages.h"

namespace pop3d {

class LoginChannel {
 public:
  explicit LoginChannel(int fd) : fd_(fd) {}

  // Sends a request and waits for its answer. False if there is none: the parent is gone, or has
  // given the client to the back end. The request is wiped.
  template <typename Request>
  bool ask(Request& request, LoginAnswer& answer) {
    return ask(&request, sizeof request, answer);
  }

  // Behind the answer to STLS: descriptors for input and output.
  base::UniqueFd input, output;

 private:
  bool ask(void* request, std::size_t size, LoginAnswer& answer);
  int fd_;
};

}  // namespace pop3d
