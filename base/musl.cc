// SPDX-License-Identifier: ISC
// The bridge between g++'s runtime, which Debian builds for glibc, and musl (Makefile: why musl).
// Two functions; whatever else is missing shows as an error of the linker.
//
// libgcc_eh, as Debian builds it for glibc, finds a throw's unwind tables through glibc 2.35's
// _dl_find_object(3). musl has no such call. A program that is linked statically has a single
// object, and the linker says where it is: so the answer is always the same one.
#include <elf.h>

#include <cstdint>
#include <string_view>

#include "base/failure.h"

// Set by the linker: the first octet of the program, and the octet behind its last.
extern "C" const Elf64_Ehdr __ehdr_start __attribute__((visibility("hidden")));
extern "C" const char _end[] __attribute__((visibility("hidden")));

extern "C" {

// glibc's struct dl_find_object, dlfcn.h.
struct dl_find_object {
  unsigned long long flags;
  const void* map_start;
  const void* map_end;
  void* link_map;
  const void* eh_frame;
  unsigned long long reserved[7];
};

int _dl_find_object(const void* address, dl_find_object* result) {
  const auto base = reinterpret_cast<const char*>(&__ehdr_start);
  if (address < base || address >= _end) return -1;
  const auto headers = reinterpret_cast<const Elf64_Phdr*>(base + __ehdr_start.e_phoff);
  for (int i = 0; i < __ehdr_start.e_phnum; ++i) {
    if (headers[i].p_type != PT_GNU_EH_FRAME) continue;
    *result = {0, base, _end, nullptr, base + headers[i].p_vaddr, {}};
    return 0;
  }
  return -1;
}

}  // extern "C"

// What the headers call when a position is behind the end of a string_view. That is a mistake
// of ours, never of the input's.
namespace std {
void __throw_out_of_range_fmt(const char* what, ...) { base::bug(what); }
}  // namespace std
