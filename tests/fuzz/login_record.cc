// SPDX-License-Identifier: ISC
// What checkpw reads on descriptor 3.
// covers checkpw/login_record.cc
#include "checkpw/login_record.h"

#include <string>

#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto record = as_text(data, size);
  (void)checkpw::parse_method(record);
  if (checkpw::looks_like_digest(record)) require(size == 32);

  using checkpw::Method;
  for (const auto method : {Method::unknown, Method::external, Method::scram}) {
    const auto login = checkpw::parse_login(record, method);
    if (!login) continue;
    require(!login->name.empty());
    std::string again;
    for (const auto field : {login->name, login->response, login->timestamp, login->more[0], login->more[1], login->more[2]}) {
      require(field.find('\0') == field.npos);
      if (field.data()) again.append(field) += '\0';
    }
    require(record.starts_with(again));
  }
  return 0;
}
