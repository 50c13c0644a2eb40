// SPDX-License-Identifier: ISC
#include "pop3d/mangle_parse.h"

#include <algorithm>
#include <string_view>

#include "pop3d/mangle_scan.h"

namespace pop3d {

bool is_too_complex(GMimeStream* stream) {
  MangleScan scan;
  char room[65536];
  ::g_mime_stream_reset(stream);
  while (!scan.is_too_complex()) {
    const auto got = ::g_mime_stream_read(stream, room, sizeof room);
    if (got <= 0) break;
    scan.add({room, static_cast<std::size_t>(got)});
  }
  scan.finish();
  ::g_mime_stream_reset(stream);
  return scan.is_too_complex();
}

Owned<GMimeMessage> parse(GMimeStream* stream) {
  const Owned<GMimeParser> parser(::g_mime_parser_new_with_stream(stream));
  ::g_mime_parser_set_persist_stream(parser.get(), TRUE);
  return Owned<GMimeMessage>(::g_mime_parser_construct_message(parser.get(), nullptr));
}

Owned<GMimeMessage> parse_header(GMimeStream* stream) {
  char room[16384];
  const auto got = ::g_mime_stream_read(stream, room, sizeof room);
  std::string_view header(room, got > 0 ? static_cast<std::size_t>(got) : 0);
  header = header.substr(0, std::min(header.find("\n\n"), header.find("\n\r\n")));
  const Owned<GMimeStream> alone(::g_mime_stream_mem_new_with_buffer(header.data(), header.size()));
  return parse(alone.get());
}

std::string content_of(GMimePart* part, std::size_t most, bool& is_cut) {
  std::string text;
  GMimeDataWrapper* const content = ::g_mime_part_get_content(part);
  GMimeStream* const stream = content ? ::g_mime_data_wrapper_get_stream(content) : nullptr;
  if (!stream) return text;
  ::g_mime_stream_reset(stream);
  const Owned<GMimeStream> filtered(::g_mime_stream_filter_new(stream));
  const Owned<GMimeFilter> decoder(::g_mime_filter_basic_new(::g_mime_data_wrapper_get_encoding(content), FALSE));
  ::g_mime_stream_filter_add(GMIME_STREAM_FILTER(filtered.get()), decoder.get());
  char room[16384];
  while (text.size() < most) {
    const auto got = ::g_mime_stream_read(filtered.get(), room, sizeof room);
    if (got <= 0) break;
    text.append(room, static_cast<std::size_t>(got));
  }
  is_cut = text.size() >= most;
  return text;
}

}  // namespace pop3d
