// SPDX-License-Identifier: ISC
// What a user of tlsd asks for: TlsRequest, with the client's socket.
#pragma once

#include "base/fd.h"
#include "base/tls_service.h"

namespace tls {

enum class Asked { yes, nothing_yet, wrongly, client_gone };

struct Question {
  base::TlsRequest request{};
  base::UniqueFd client;
};

// Takes the request from USER without waiting. wrongly: it ended, is of another version or size,
// or did not bring exactly one descriptor, of a stream socket. client_gone: all is well, but the
// client's connection has ended.
Asked receive_request(int user, Question& question) noexcept;

// Known version, texts ended by NULs with nothing behind.
bool check_request(const base::TlsRequest& request) noexcept;

}  // namespace tls
