// SPDX-License-Identifier: ISC
// Another server's file: the first octet says which. What is read of it makes a map without a
// fault, and each id is in it, is the name's own, or has been warned of.
// covers maildir/import.cc maildir/old_uidls.cc maildir/dovecot_uidlist.cc
#include "maildir/import.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "maildir/name.h"
#include "maildir/uidl_map.h"
#include "tests/fuzz/require.h"

namespace {

constexpr std::string_view formats[] = {"", "dovecot", "uw", "cyrus", "courier", "%f", "%g%u"};

bool parse(unsigned which, std::string_view content, maildir::OldUidls& uidls) {
  if (which == 0) return maildir::parse_tpops(content, uidls);
  if (which == 1) return maildir::parse_courier(content, uidls);
  const auto format = formats[(which - 2) % std::size(formats)];
  return maildir::parse_dovecot(content, maildir::parse_uidl_format(format).value_or(""), uidls);
}

void check_map(maildir::OldUidls& uidls) {
  const auto warned = uidls.warning_count();
  const maildir::UidlMap map(maildir::make_uidl_map(uidls));
  require(map.malformed() == 0);
  std::size_t mapped = 0, lost = 0;
  for (std::size_t i = 0; i < uidls.size(); ++i) {
    const auto name = uidls.unique_name(i), id = uidls.uidl(i);
    require(!name.empty() && name.find_first_of("/:\n") == name.npos);
    if (map.find(name) == id && !id.empty())
      ++mapped;
    else
      lost += maildir::uidl(name, 0).view() != id || map.gives(id);
  }
  require(mapped == map.size());
  require(lost <= uidls.warning_count() - warned);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto content = as_text(data + 1, size - 1);
  maildir::OldUidls uidls;
  const bool is_good = parse(data[0] % 16, content, uidls);
  require(is_good == (uidls.refusal() == nullptr));
  require(uidls.warnings().size() == std::min<std::size_t>(uidls.warning_count(), 100));
  for (std::size_t i = 0; i < uidls.size(); ++i) require(uidls.line(i) != 0 && uidls.line(i) <= size);
  if (is_good) check_map(uidls);

  // A format is one for good.
  const auto format = maildir::parse_uidl_format(content.substr(0, 200));
  maildir::OldUidls made;
  if (format) require(maildir::parse_dovecot("3 V1 N9\n1 :a\n", *format, made) && made.size() == 1);

  if (const auto import = maildir::parse_uidl_import(content.substr(0, 200)))
    require(!import->format.empty() || content.find(':') == content.npos);

  const auto cut = maildir::cut_as_mailfront(content);
  require(content.starts_with(cut) && cut.size() <= maildir::max_uidl && cut.find(':') == cut.npos);
  return 0;
}
