// SPDX-License-Identifier: ISC
// gsasl_client - log in by a SASL mechanism as GNU SASL does it, over TLS, with the channel binding
// tls-exporter (RFC 9266), which no Python can compute and mpop does not know.
//
// usage   gsasl_client PORT MECHANISM LOGIN PASSWORD [bound|unbound|wrong] [tls1.2]
// leaves  what the server says, and "TLSv1.3 MECHANISM" of what was spoken, on fd 1
// exits   0 logged in, and the server proved itself if the mechanism has it; 1 not; 2 it broke
#include <arpa/inet.h>
#include <gsasl.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

namespace {

[[noreturn]] void die(const char* what) {
  std::cout << "gsasl_client: " << what << std::endl;
  std::exit(2);
}

int connect_to(const char* port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) die("cannot connect");
  return fd;
}

// The connection, in clear until it has TLS. Lines without their CRLF.
class Connection {
 public:
  explicit Connection(const char* port) : fd_(connect_to(port)) {}

  std::string read() {
    std::string line;
    for (char c; line.empty() || line.back() != '\n'; line += c)
      if ((ssl_ ? SSL_read(ssl_, &c, 1) : static_cast<int>(::read(fd_, &c, 1))) != 1) die("no reply");
    return line.substr(0, line.find('\r'));
  }
  void write(const std::string& line) {
    const std::string octets = line + "\r\n";
    const int size = static_cast<int>(octets.size());
    if ((ssl_ ? SSL_write(ssl_, octets.data(), size) : static_cast<int>(::write(fd_, octets.data(), octets.size()))) != size)
      die("cannot write");
  }
  std::string ask(const std::string& line) {
    write(line);
    return read();
  }
  void begin_tls(bool is_old) {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    if (is_old) SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
    ssl_ = SSL_new(context);
    SSL_set_fd(ssl_, fd_);
    if (SSL_connect(ssl_) != 1) die("no TLS");
  }
  const char* protocol() const { return SSL_get_version(ssl_); }
  // RFC 9266 s.2, in base64. The context is there, and empty: in TLS 1.2 that is not the same as none.
  std::string binding(bool is_wrong) const {
    constexpr std::string_view label = "EXPORTER-Channel-Binding";
    unsigned char key[32], text[48];
    if (SSL_export_keying_material(ssl_, key, sizeof key, label.data(), label.size(), key, 0, 1) != 1)
      die("no channel binding");
    if (is_wrong) key[0] ^= 1;
    EVP_EncodeBlock(text, key, sizeof key);
    return reinterpret_cast<const char*>(text);
  }

 private:
  int fd_;
  SSL* ssl_ = nullptr;
};

std::string respond(Gsasl_session* session, const std::string& challenge, bool& is_done) {
  char* response = nullptr;
  const int code = gsasl_step64(session, challenge.c_str(), &response);
  if (code != GSASL_OK && code != GSASL_NEEDS_MORE) die(gsasl_strerror(code));
  is_done = code == GSASL_OK;
  const std::string text = response;
  gsasl_free(response);
  return text;
}

// True if the server says +OK, and the mechanism is content with what it said before.
bool log_in(Connection& connection, Gsasl_session* session, const std::string& mechanism) {
  bool is_done = false;
  std::string line = connection.ask("AUTH " + mechanism);
  while (line.starts_with("+ ")) line = connection.ask(respond(session, line.substr(2), is_done));
  std::cout << line << '\n';
  return line.starts_with("+OK") && is_done;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) die("usage: gsasl_client port mechanism login password [bound|unbound|wrong] [tls1.2]");
  const std::string_view binding = argc > 5 ? argv[5] : "bound";
  Connection connection(argv[1]);
  connection.read();
  if (!connection.ask("STLS").starts_with("+OK")) die("no STLS");
  connection.begin_tls(argc > 6);

  Gsasl* library = nullptr;
  Gsasl_session* session = nullptr;
  if (gsasl_init(&library) != GSASL_OK) die("no GNU SASL");
  if (gsasl_client_start(library, argv[2], &session) != GSASL_OK) die("no such mechanism");
  gsasl_property_set(session, GSASL_AUTHID, argv[3]);
  gsasl_property_set(session, GSASL_PASSWORD, argv[4]);
  if (binding != "unbound")
    gsasl_property_set(session, GSASL_CB_TLS_EXPORTER, connection.binding(binding == "wrong").c_str());
  const bool is_in = log_in(connection, session, argv[2]);
  std::cout << connection.protocol() << ' ' << gsasl_mechanism_name(session) << '\n';
  std::cout << connection.ask("QUIT") << std::endl;
  return is_in ? 0 : 1;
}
