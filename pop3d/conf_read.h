// SPDX-License-Identifier: ISC
// Settings from files in Qpopper's or TPOPS's form: what they set, and all that is wrong in them.
#pragma once

#include <sys/types.h>

#include <span>
#include <string_view>

#include "base/array.h"
#include "pop3d/conf_file.h"
#include "pop3d/conf_line.h"
#include "pop3d/conf_names.h"
#include "pop3d/conf_pool.h"
#include "pop3d/conf_table.h"

namespace pop3d {

// Qpopper's limit is 100, and nobody has needed it.
constexpr std::size_t max_conf_nesting = 16;
constexpr std::size_t max_conf_files = 100;

struct Place {
  std::string_view file;
  std::size_t line;  // from 1; 0: the file as a whole
};

// A value that a file gives a setting; of several, the last.
struct Given {
  const Setting* setting;
  std::string_view value;  // empty: unset
  Place place;
};

struct Finding {
  enum class What : std::uint8_t {
    error,      // the administrator's mistake: nothing is served until it is mended
    no_effect,  // a name that does nothing here; TEXT is what does the job
    skipped,    // a line of the user's that does not count; TEXT says why
  };
  What what;
  Place place;
  std::string_view name;  // may be empty
  std::string_view text;
};

// Reads files for one of the sources by_file, by_user and by_directory. USER is who the files are
// judged by (conf_file.h). What a user's file may do is judged by the environment as it is.
class ConfReader {
 public:
  ConfReader(Levels source, uid_t user) : source_(source), user_(user) {}

  // The file, and those that it includes. One that is missing is an error for by_file only.
  void read_file(std::string_view path, Grammar grammar);
  // The same of a file that was read already.
  void read_text(std::string_view path, std::string_view text, Grammar grammar);
  // One line, as if it stood there.
  void take(Grammar grammar, const ConfLine& line, const Place& place);
  void add(Finding::What what, const Place& place, std::string_view name, std::string_view text);

  std::span<const Given> given() const { return {given_.begin(), given_.size()}; }
  std::span<const Finding> findings() const { return {findings_.begin(), findings_.size()}; }
  bool has(Finding::What what) const;

 private:
  struct Open {
    dev_t device;
    ino_t inode;
  };

  Trust trust() const;
  // An error of the administrator's, or a line of the user's that is skipped.
  void complain(const Place& place, std::string_view name, std::string_view text);
  void include(Grammar grammar, std::string_view path, const Place& place);
  void give(const Setting& setting, std::string_view name, std::string_view value, const Place& place);
  bool is_open(const ConfFile& file) const;

  Levels source_;
  uid_t user_;
  Pool pool_;
  base::Array<Given> given_;
  base::Array<Finding> findings_;
  base::Array<Open> open_;
  std::size_t files_ = 0;
  TpopsSizes sizes_;
};

// If POP3_RECORD in the environment lists NAME: then the administrator has decided it for this user.
bool is_in_record(std::string_view name);

}  // namespace pop3d
