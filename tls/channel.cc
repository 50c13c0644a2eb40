// SPDX-License-Identifier: ISC
#include "tls/channel.h"

#include <sys/socket.h>

#include <cerrno>

#include "tls/bundle.h"

namespace tls {

namespace {

bool send_all(int channel, std::string_view data) noexcept {
  while (!data.empty()) {
    const auto put = ::send(channel, data.data(), data.size(), MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    data.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

}  // namespace

bool send_message(int channel, Kind kind, std::string_view payload) noexcept {
  const std::uint32_t header[] = {static_cast<std::uint32_t>(kind),
                                  static_cast<std::uint32_t>(payload.size())};
  return send_all(channel, {reinterpret_cast<const char*>(header), sizeof header}) &&
         send_all(channel, payload);
}

bool MessageReader::start_payload() {
  if (header_.size > max_bundle) return false;
  if (header_.kind != static_cast<std::uint32_t>(Kind::bundle) &&
      header_.kind != static_cast<std::uint32_t>(Kind::ticket_keys))
    return false;
  payload_.resize(header_.size);
  payload_size_ = 0;
  return true;
}

Received MessageReader::next(int channel, bool wait, Message& message) {
  for (;;) {
    const bool in_header = header_size_ < sizeof header_;
    if (!in_header && payload_size_ == payload_.size()) {
      message = {static_cast<Kind>(header_.kind), std::move(payload_)};
      payload_ = {};
      header_size_ = 0;
      return Received::message;
    }
    char* const to = in_header ? reinterpret_cast<char*>(&header_) + header_size_ : payload_.data() + payload_size_;
    const auto room = in_header ? sizeof header_ - header_size_ : payload_.size() - payload_size_;
    const auto got = ::recv(channel, to, room, wait ? 0 : MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return Received::nothing_yet;
    if (got <= 0) return Received::ended;
    (in_header ? header_size_ : payload_size_) += static_cast<std::size_t>(got);
    if (in_header && header_size_ == sizeof header_ && !start_payload()) return Received::ended;
  }
}

}  // namespace tls
