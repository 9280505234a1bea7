// Clients that measure: blocking TLS 1.3 connections to this machine, by OpenSSL alone. Nobody's certificate is
// verified.
#pragma once

#include <netinet/in.h>
#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "core/file.hpp"

namespace holdfast::bench::tls {

struct Freed {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using Context = std::unique_ptr<SSL_CTX, Freed>;
using Ssl = std::unique_ptr<SSL, Freed>;

/// A TLS connection over a blocking socket.
struct Connection {
  FileDescriptor socket;
  Ssl ssl;

  void write(std::string_view bytes) const;
  /// One record, which is one request or answer where they are small; 0 at the end.
  [[nodiscard]] int read() const;
  /// The next bytes that arrive; none at the end.
  [[nodiscard]] std::string_view read_into(std::span<char> buffer) const;
};

[[nodiscard]] sockaddr_in loopback(std::uint16_t port);
/// Ready for the handshake of either side.
[[nodiscard]] Connection secured(SSL_CTX* context, FileDescriptor socket);

class Client {
 public:
  explicit Client(std::uint16_t port);
  [[nodiscard]] Connection connect() const;

 private:
  Context context_;
  std::uint16_t port_;
};

}  // namespace holdfast::bench::tls
