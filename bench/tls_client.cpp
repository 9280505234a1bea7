#include "bench/tls_client.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "bench/support.hpp"

namespace holdfast::bench::tls {
namespace {

constexpr const char* kGroups = "X25519MLKEM768";

}  // namespace

void Connection::write(std::string_view bytes) const {
  require(SSL_write(ssl.get(), bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(bytes.size()));
}

int Connection::read() const {
  std::array<char, 4096> buffer{};
  return static_cast<int>(read_into(buffer).size());
}

std::string_view Connection::read_into(std::span<char> buffer) const {
  const int size = SSL_read(ssl.get(), buffer.data(), static_cast<int>(buffer.size()));
  return {buffer.data(), static_cast<std::size_t>(std::max(0, size))};
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

Connection secured(SSL_CTX* context, FileDescriptor socket) {
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  Ssl ssl(SSL_new(context));
  require(ssl != nullptr && SSL_set_fd(ssl.get(), socket.get()) == 1);
  return {std::move(socket), std::move(ssl)};
}

Client::Client(std::uint16_t port) : context_(SSL_CTX_new(TLS_client_method())), port_(port) {
  require(context_ != nullptr && SSL_CTX_set1_groups_list(context_.get(), kGroups) == 1);
}

Connection Client::connect() const {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = loopback(port_);
  require(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  auto connection = secured(context_.get(), std::move(socket));
  require(SSL_connect(connection.ssl.get()) == 1);
  return connection;
}

}  // namespace holdfast::bench::tls
