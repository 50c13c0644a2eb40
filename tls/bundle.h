// SPDX-License-Identifier: ISC
// What tlsd serves with: certificates with their keys, and who may sign clients' certificates.
// The master makes it of files, and its workers get it through a pipe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tls/secret_bytes.h"

namespace tls {

struct Certificate {
  std::string file;                // where it comes from
  bool is_default = false;         // for clients that name no host, or an unknown one
  std::vector<std::string> names;  // hosts it is for, in lower case; "*.example.org"
  std::vector<std::string> chain;  // DER; its own first, then those that signed
  SecretBytes key;                 // DER
  std::string ocsp;                // a response to staple, DER; empty: none
};

struct Bundle {
  std::vector<Certificate> certificates;
  std::vector<std::string> authorities;  // whose clients are welcome, DER; empty: nobody is asked
  std::vector<std::string> revocations;  // their lists of revoked certificates, DER
};

// Bounds of what a bundle may hold; the master refuses files beyond them.
constexpr std::size_t max_certificates = 20000;
constexpr std::size_t max_names = 1000;
constexpr std::size_t max_chain = 16;
constexpr std::size_t max_file = 1 << 20;
constexpr std::size_t max_bundle = 1 << 28;

SecretBytes encode(const Bundle& bundle);
// Nothing if MESSAGE is not what encode() makes.
std::optional<Bundle> decode_bundle(std::string_view message);

}  // namespace tls
