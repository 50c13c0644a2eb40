// SPDX-License-Identifier: ISC
// A file of names, one a line: who may and who may not, and which shells are good.
#pragma once

#include <string>
#include <string_view>

namespace checkpw {

class NameList {
 public:
  // Reads it. Throws base::Failure if that cannot be done: who cannot be looked up is neither let in nor
  // kept out by chance.
  explicit NameList(const std::string& path);

  // True if a line is NAME, octet for octet; blanks, tabs and a CR around a line do not count, and lines that begin
  // with # say nothing. NAME is not empty.
  bool has(std::string_view name) const;

 private:
  std::string text_;
};

}  // namespace checkpw
