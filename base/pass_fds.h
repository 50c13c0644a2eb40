// SPDX-License-Identifier: ISC
// Descriptors that go from one process to another with a message (SCM_RIGHTS, unix(7)).
#pragma once

#include <cstddef>
#include <span>

#include "base/fd.h"

namespace base {

// Sends SIZE octets and FDS (at most 2) as one message on SOCKET. False, and errno, unless all of it
// was sent. FLAGS are sendmsg's; MSG_NOSIGNAL is added.
bool send_with_fds(int socket, const void* data, std::size_t size, std::span<const int> fds,
                   int flags = 0) noexcept;

// Waits for one message of just SIZE octets; with it come no descriptors or two, which are closed on
// exec. False at the end of file, on an error, and for any other message: what came with it is
// closed.
bool receive_with_fds(int socket, void* data, std::size_t size, UniqueFd& first,
                      UniqueFd& second) noexcept;

}  // namespace base
