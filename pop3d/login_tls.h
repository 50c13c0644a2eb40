// SPDX-License-Identifier: ISC
// TLS for one connection: by tlsd (base/tls_service.h), or by the program that runs pop3-login, if
// it offers UCSPI-TLS: a descriptor to say 'Y' on, and two that carry the plaintext afterwards.
#pragma once

#include "base/fd.h"
#include "base/text.h"
#include "base/tls_service.h"
#include "pop3d/login_settings.h"

namespace pop3d {

class ConnectionTls {
 public:
  // Says from the environment if there is TLS already: tls-accept's, or sslserver's.
  explicit ConnectionTls(const LoginSettings& settings);

  // What a child, which reads the network, must not have.
  void close_control() noexcept;

  bool can_start() const { return can_start_; }
  Protection protection() const;

  enum class Begun {
    secure,   // descriptors 0 and 1 are the plaintext now, and TLS_PROTOCOL and so on are set
    refused,  // the client has heard nothing; go on without
    failed,   // the connection is of no use any more
  };
  // Has TLS begin on descriptor 0. PREFACE is what the client is told in clear first; it may be
  // empty. Waits until DEADLINE_MS (base/clock.h). Logs what went wrong.
  Begun begin(std::string_view preface, std::int64_t deadline_ms);

  // For SCRAM-SHA-256-PLUS: channel-binding data in hexadecimal; empty if there are none.
  std::string_view exporter() const { return exporter_.view(); }
  std::string_view end_point() const { return end_point_.view(); }
  // For EXTERNAL: the client's certificate, and the name in it.
  std::string_view certificate() const { return certificate_.view(); }
  std::string_view certificate_name() const { return certificate_name_.view(); }

 private:
  Begun begin_by_tlsd(std::string_view preface, std::int64_t deadline_ms);
  Begun begin_by_ucspi(std::string_view preface, std::int64_t deadline_ms);
  void keep(const base::TlsReport& report);

  const LoginSettings& settings_;
  bool has_tls_ = false, can_start_ = false;
  int control_ = -1, read_ = -1, write_ = -1;  // UCSPI-TLS's descriptors
  base::Text<64> exporter_, certificate_;
  base::Text<128> end_point_, certificate_name_;
};

}  // namespace pop3d
