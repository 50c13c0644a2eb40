// SPDX-License-Identifier: ISC
#include "tls/listener.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "base/failure.h"

namespace tls {

namespace {

std::string new_name(const std::string& path) { return path + ".new"; }

}  // namespace

base::UniqueFd make_listener(const std::string& path) {
  const auto name = new_name(path);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.size() >= sizeof address.sun_path) throw base::Failure(path, "too long for a socket");
  std::memcpy(address.sun_path, name.data(), name.size());
  base::UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!listener) base::fail("socket");
  ::unlink(name.c_str());
  const auto mask = ::umask(0177);
  const int bound = ::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  ::umask(mask);
  if (bound != 0) base::fail("bind", name);
  // As many as may come while a worker has a long turn.
  if (::listen(listener.get(), 4096) != 0) base::fail("listen at", name);
  return listener;
}

void publish_listener(const std::string& path) {
  if (::rename(new_name(path).c_str(), path.c_str()) != 0) base::fail("rename to", path);
}

}  // namespace tls
