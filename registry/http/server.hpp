// The listener: HTTP/1.0 and 1.1 over TLS, or plain where that is asked for.
#pragma once

#include "core/result.hpp"
#include "core/secret_bytes.hpp"
#include "crypto/certificate.hpp"
#include "registry/protocols/message.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace holdfast::http {

enum class TlsVersion : std::uint8_t { tls_1_2, tls_1_3 };

enum class ClientCertificates : std::uint8_t {
  none,       ///< not asked for
  requested,  ///< asked for; any is taken, also an expired one, and goes to the handler, which judges it
};

/// What the server shows to clients. Version 1.2 of TLS only with ephemeral keys and authenticated encryption.
struct TlsSettings {
  crypto::CertificateChain chain;  ///< the server's own certificate first; the root may be left out
  SecretBytes private_key;         ///< of the first certificate: PKCS #8, DER
  TlsVersion minimum = TlsVersion::tls_1_3;
  ClientCertificates client_certificates = ClientCertificates::none;
};

/// What handlers do, and so where they run.
enum class Work : std::uint8_t {
  waits,     ///< for storage, say: each on a thread of the pool
  computes,  ///< for microseconds, and never waits: on the connection's own thread, which saves waking another one
};

/// Where to listen, and what answers there.
struct Endpoint {
  std::string address;     ///< IPv4 or IPv6, no name: "127.0.0.1", "::"
  std::uint16_t port = 0;  ///< 0 has the system choose
  std::optional<TlsSettings> tls;
  protocols::RequestHandler handler;
  Work work = Work::waits;
};

/// What a client may cost. Sizes are in bytes.
struct Limits {
  std::size_t header_size = std::size_t{16} * 1024;
  std::size_t body_size = std::size_t{64} * 1024;
  std::chrono::milliseconds handshake_time{10'000};
  std::chrono::milliseconds header_time{10'000};  ///< from a request's first byte, or for the first one to begin
  std::chrono::milliseconds body_time{30'000};
  std::chrono::milliseconds write_time{60'000};
  std::chrono::milliseconds idle_time{60'000};   ///< between requests
  std::chrono::milliseconds linger_time{2'000};  ///< for the client to take the last answer and close
  unsigned connections = 1024;
  unsigned connections_per_address = 64;  ///< of IPv6 addresses the first 64 bits count
};

enum class LogLevel : std::uint8_t { info, warning, error };

/// What happened, in one line; no headers, queries or bodies. Foreign text is made printable.
struct LogLine {
  LogLevel level;
  std::string text;
};

struct Settings {
  std::vector<Endpoint> endpoints;
  Limits limits;
  unsigned network_threads = 0;   ///< 0: one for each processor
  unsigned handler_threads = 32;  ///< handlers wait for storage, so more than processors
  std::chrono::milliseconds stop_time{10'000};
  /// Called from several threads; must not throw. May be empty.
  std::function<void(const LogLine&)> log;
};

/// A running server. Its member functions are for one thread.
///
/// Clients that exceed a limit get 408, 413, 431 or 503 where they can still be told, and are cut off. Requests on one
/// connection are answered one after the other, in their order.
class Server {
 public:
  /// Listens when it returns. ErrorCode::usage where an address or the TLS material is wrong, ErrorCode::io where the
  /// system does not let it listen there.
  [[nodiscard]] static Result<Server> start(const Settings& settings);

  Server(Server&&) noexcept;
  Server& operator=(Server&&) = delete;
  /// Stops.
  ~Server();

  /// Of the endpoints, in their order.
  [[nodiscard]] const std::vector<std::uint16_t>& ports() const;

  /// Takes no more connections and requests, lets those in flight end within stop_time, then cuts them off. Returns
  /// when everything has ended; a handler that runs is waited for, however long.
  void stop();

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace holdfast::http
