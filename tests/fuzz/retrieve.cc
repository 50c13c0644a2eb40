// SPDX-License-Identifier: ISC
// One message through a whole session - greeting, STAT, LIST, RETR, TOP - against the reference: every octet and every
// size that the client sees. The first six octets say what stands in its name, how many lines TOP wants, and
// what filling is put where, so that the pieces in which it is read end anywhere in it; the rest is the message.
// covers maildir/measure.cc maildir/wire.cc pop3d/retrieve.cc pop3d/utf8_header.cc
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "pop3d/session.h"
#include "pop3d/utf8_header.h"
#include "tests/fuzz/naive_wire.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/scratch.h"

namespace {

using maildir::SizePolicy;

enum Stated { states_file_size = 1, states_wire_size = 2, lies = 4, is_new = 8 };

struct Message {
  explicit Message(std::string content) : text(std::move(content)), wire(naive::with_crlf(text)) {}
  const std::string text, wire;

  // W= as Dovecot writes it: without the CRLF that an unfinished last line needs.
  std::uint64_t stated_size() const { return wire.size() - (text.empty() || text.back() == '\n' ? 0 : 2); }
};

std::string name_of(unsigned stated, const Message& message, unsigned lie) {
  std::string name = stated & is_new ? "new/1.m.h" : "cur/1.m.h";
  const auto wrong = stated & lies ? lie : 0;
  if (stated & states_file_size) name += ",S=" + std::to_string(message.text.size());
  if (stated & states_wire_size) name += ",W=" + std::to_string(message.stated_size() + wrong);
  return stated & is_new ? name : name + ":2,";
}

std::string reply_to_top(std::string_view message, std::uint64_t lines) {
  return "+OK top of message follows\r\n" + naive::stuffed(naive::with_crlf(naive::top(message, lines))) + ".\r\n";
}

// What the client hears of one session, and how many sizes were not what had been announced.
std::string session(const std::string& commands, std::uint64_t& wrong_sizes) {
  static const base::UniqueFd heard(::memfd_create("heard", MFD_CLOEXEC));
  auto client = base::make_pipe();
  base::write_all(client.write.get(), commands, "pipe");
  client.write.reset();
  maildir::Mailbox mailbox;
  require(mailbox.open(SizePolicy::exact, false) == maildir::Opened::good && mailbox.size() == 1);
  maildir::Update update(mailbox, {});
  const auto out = std::make_unique<base::Output>(heard.get(), 1000);
  base::BufferedLineInput in(client.read.get(), 1000);
  base::UniqueFd no_lock;
  pop3d::Settings settings{};
  settings.bad_commands = 20;
  pop3d::Session session(mailbox, update, no_lock, *out, settings);
  session.greet();
  require(session.serve(in) == pop3d::Ending::eof);
  out->flush();
  wrong_sizes = session.counts().wrong_sizes;
  std::string text(static_cast<std::size_t>(::lseek(heard.get(), 0, SEEK_END)), '\0');
  require(::pread(heard.get(), text.data(), text.size(), 0) == static_cast<long>(text.size()));
  require(::ftruncate(heard.get(), 0) == 0 && ::lseek(heard.get(), 0, SEEK_SET) == 0);
  return text;
}

void check_measure(const std::string& path, const Message& message, unsigned stated) {
  const auto exact = maildir::measure(AT_FDCWD, path.c_str(), SizePolicy::exact);
  require(exact && exact->file_size == message.text.size());
  if (!(stated & lies)) require(exact->wire_size == message.wire.size());
  require(maildir::measure(AT_FDCWD, path.c_str(), SizePolicy::file)->wire_size == message.text.size());
  const auto by_name = maildir::measure(AT_FDCWD, path.c_str(), SizePolicy::name)->wire_size;
  if (!(stated & lies) && stated & states_wire_size) require(by_name == message.stated_size());
  if (!(stated & states_wire_size) && stated & states_file_size) require(by_name == message.text.size());

  const auto header = naive::top(message.text, 0);
  const bool is_utf8 = std::any_of(header.begin(), header.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  require(pop3d::has_utf8_header(base::open_file(path.c_str(), O_RDONLY).get()) == is_utf8);
}

void check(const std::string& name, const Message& message, unsigned stated, std::uint64_t lines) {
  check_measure(name, message, stated);
  std::uint64_t wrong_sizes;
  const auto heard = session("STAT\r\nLIST\r\nLIST 1\r\nRETR 1\r\nTOP 1 " + std::to_string(lines) + "\r\n", wrong_sizes);
  // A name that lies within bounds is believed; then what was said is at least one and the same, and noticed.
  const auto begin = heard.find('(') + 1;
  const auto size = heard.substr(begin, heard.find(' ', begin) - begin);
  const bool is_exact = size == std::to_string(message.wire.size());
  require(is_exact || stated & lies);
  require(wrong_sizes == (is_exact ? 0 : 1));
  require(heard == "+OK 1 messages (" + size + " octets)\r\n+OK 1 " + size + "\r\n+OK 1 messages\r\n1 " + size +
                       "\r\n.\r\n+OK 1 " + size + "\r\n+OK " + size + " octets\r\n" + naive::stuffed(message.wire) +
                       ".\r\n" + reply_to_top(message.text, lines));
}

// As much as brings what is behind it to the end of no piece, of TOP's, or of RETR's.
std::string filling(unsigned which, unsigned more, char octet) {
  constexpr std::size_t pieces[] = {0, 128, 4096, 65536};
  const auto piece = pieces[which % std::size(pieces)];
  return std::string(piece == 0 ? 0 : piece - 128 + more, octet);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto home = base::open_file(".", O_RDONLY | O_DIRECTORY);
  static const Scratch scratch;
  static const bool is_made = (scratch.make_directory("new"), scratch.make_directory("cur"), true);
  constexpr std::size_t head = 6;
  if (size < head || !is_made) return 0;
  const unsigned stated = data[0];
  const std::uint64_t lines = data[1];
  std::string text(as_text(data + head, size - head));
  text.insert(text.size() * data[5] / 256, filling(data[2], data[3], data[4] & 1 ? '\n' : 'x'));
  const Message message(std::move(text));

  require(::chdir(scratch.path().c_str()) == 0);
  const auto name = name_of(stated, message, data[4]);
  scratch.write(name, message.text);
  check(name, message, stated, lines);
  require(::unlink(name.c_str()) == 0 && ::fchdir(home.get()) == 0);
  return 0;
}
