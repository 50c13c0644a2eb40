// SPDX-License-Identifier: ISC
// A certificate's files as the master of tlsd, root, finds them: the certificate, behind a NUL its key, behind another the
// OCSP response. It may refuse them, by their names, and do nothing worse.
// covers tls/load.cc tls/names.cc
#include <array>
#include <string>

#include "base/failure.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/scratch.h"
#include "tls/bundle.h"
#include "tls/context.h"
#include "tls/load.h"
#include "tls/names.h"
#include "tls/sources.h"

namespace {

void check_loaded(const tls::Certificate& certificate) {
  require(!certificate.chain.empty() && !certificate.key.empty());
  for (const auto& name : certificate.names) require(tls::normal_name(name, true) == name && !name.empty());
  tls::Bundle bundle;
  bundle.certificates.push_back(certificate);
  const auto again = tls::decode_bundle(tls::view(tls::encode(bundle)));
  require(again && again->certificates.size() == 1 && again->certificates[0].names == certificate.names);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Scratch scratch;
  auto rest = as_text(data, size);
  constexpr std::array files = {"certificate", "key", "ocsp"};
  for (const auto file : files) {
    const auto content = rest.substr(0, rest.find('\0'));
    scratch.write(file, content);
    rest.remove_prefix(std::min(content.size() + 1, rest.size()));
  }
  tls::Settings settings;
  settings.min_version = 0x0303;
  try {
    check_loaded(tls::load_certificate({"mail", scratch.path(files[0]), scratch.path(files[1]), scratch.path(files[2])}, settings));
  } catch (const base::Failure& failure) {
    require(std::string_view(failure.what()).find(scratch.path()) != std::string_view::npos);
  }
  return 0;
}
