// SPDX-License-Identifier: ISC
// The index of a Maildir: the image of its messages in one file, so that a session whose mailbox
// has not changed since needs two stats and a mapping. index_file.cc says when it is believed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "maildir/image.h"
#include "maildir/measure.h"
#include "maildir/stamp.h"

namespace maildir {

// What an image was made of. Stamp::never() stands where the image must not be believed.
struct Sources {
  Stamp new_mail, cur;
  Stamp map;  // uidl.map; all 0 if there is none
  SizePolicy policy = SizePolicy::exact;
};
Sources read_sources(SizePolicy policy);  // as they are now; throws
bool same_stamps(const Sources& a, const Sources& b);

class IndexFile {
 public:
  static constexpr const char* path = "popchain.index";
  static constexpr std::size_t block_size = 65536;
  static constexpr std::size_t header_size = 4096;

  // Maps ./popchain.index. Nothing if there is none, or if anything about it is doubtful.
  struct Loaded {
    Image image;
    Sources sources;
  };
  static std::optional<Loaded> load();

  // Writes IMAGE in place of the file: into tmp/, then by rename. False if that cannot be done
  // (a full disk, a quota): then there is no index, and nobody is worse off.
  static bool store(const Image& image, const Sources& sources) noexcept;

  static void remove() noexcept;

  // For Image.
  static const char* body_of(const char* map) { return map + header_size; }
  static bool is_block_good(const char* map, std::size_t map_size, std::size_t body_size, std::size_t block);
};

}  // namespace maildir
