// The listener over TLS 1.3 on loopback, against OpenSSL alone: kept-alive requests, and a connection for each request.
//
// Both sides answer the same small request with the same number of bytes; clients are blocking OpenSSL connections in
// this process, so that they share the machine. Ours parses HTTP and calls an empty handler on its pool of threads,
// with as many threads for the network as there are cores. Raw is one thread for each core that polls its connections,
// reads what comes and writes a constant; where each request has its connection, it accepts, answers and closes. In
// turn, turn by turn. `of_raw` is our rate in wall-clock time divided by the raw one's, `cpu_of_raw` the raw processor
// time of a request divided by ours, the client's part included in both. usage: http_bench [SECONDS]
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>  // clock_gettime
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "bench/support.hpp"
#include "bench/tls_client.hpp"
#include "core/file.hpp"
#include "crypto/key_pair.hpp"
#include "registry/http/server.hpp"

namespace {

using holdfast::Bytes;
using holdfast::FileDescriptor;
using holdfast::bench::must;
using holdfast::bench::require;
using holdfast::bench::tls::Client;
using holdfast::bench::tls::Connection;
using holdfast::bench::tls::Context;
using holdfast::bench::tls::loopback;
using holdfast::bench::tls::secured;
namespace crypto = holdfast::crypto;
namespace http = holdfast::http;
namespace protocols = holdfast::protocols;

using Clock = std::chrono::steady_clock;

constexpr std::string_view kRequest = "GET /empty HTTP/1.1\r\nHost: localhost\r\n\r\n";
constexpr std::string_view kLastRequest = "GET /empty HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
constexpr int kConnections = 32;
constexpr int kTurns = 4;

struct Identity {
  crypto::PrivateKey key;
  crypto::CertificateChain chain;
};

Identity make_identity() {
  auto key = must(crypto::PrivateKey::generate(crypto::KeyAlgorithm::ecdsa_p256));
  auto chain = must(crypto::make_self_signed(key, {.subject = must(crypto::DistinguishedName::parse("CN=localhost")),
                                                   .alternative_names = {},
                                                   .now = holdfast::system_clock_now(),
                                                   .validity = std::chrono::days(1)}));
  return {std::move(key), std::move(chain)};
}

// What OpenSSL alone can do: threads that poll, read and write.
class RawServer {
 public:
  RawServer(const Identity& identity, std::size_t answer_size)
      : context_(SSL_CTX_new(TLS_server_method())),
        listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)),
        answer_(answer_size, 'x') {
    use(identity);
    auto address = loopback(0);
    socklen_t size = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    require(::bind(listening_.get(), generic, size) == 0 && ::listen(listening_.get(), 1024) == 0);
    require(::getsockname(listening_.get(), generic, &size) == 0);
    port_ = ntohs(address.sin_port);
    for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
      threads_.emplace_back([this] { run(); });
    }
  }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;
  ~RawServer() {
    stopping_ = true;
    ::shutdown(listening_.get(), SHUT_RDWR);
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void use(const Identity& identity) const {
    const auto pkcs8 = must(identity.key.to_pkcs8());
    const auto der = pkcs8.expose(holdfast::SecretAccess());
    const auto* at = der.data();
    EVP_PKEY* const key = d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size()));
    const auto& certificate = identity.chain.certificates().front();
    require(SSL_CTX_use_certificate_ASN1(context_.get(), static_cast<int>(certificate.size()), certificate.data()) ==
            1);
    require(SSL_CTX_use_PrivateKey(context_.get(), key) == 1);
    EVP_PKEY_free(key);
    require(SSL_CTX_set_num_tickets(context_.get(), 0) == 1);
  }

  void run() const {
    std::vector<Connection> connections;
    std::vector<pollfd> ready{{.fd = listening_.get(), .events = POLLIN, .revents = 0}};
    while (!stopping_) {
      if (::poll(ready.data(), ready.size(), -1) < 0) continue;
      for (std::size_t i = connections.size(); i > 0; --i) {
        if (ready[i].revents == 0 || answer(connections[i - 1])) continue;
        connections.erase(connections.begin() + static_cast<std::ptrdiff_t>(i) - 1);
        ready.erase(ready.begin() + static_cast<std::ptrdiff_t>(i));
      }
      if (ready[0].revents != 0) accept(connections, ready);
    }
  }

  [[nodiscard]] bool answer(const Connection& connection) const {
    const int size = connection.read();
    if (size == 0) return false;
    connection.write(answer_);
    if (size == static_cast<int>(kRequest.size())) return true;
    SSL_shutdown(connection.ssl.get());
    return false;
  }

  void accept(std::vector<Connection>& connections, std::vector<pollfd>& ready) const {
    // Another thread may have been quicker.
    FileDescriptor socket(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket.valid()) return;
    auto connection = secured(context_.get(), std::move(socket));
    if (SSL_accept(connection.ssl.get()) != 1) return;
    ready.push_back({.fd = connection.socket.get(), .events = POLLIN, .revents = 0});
    connections.push_back(std::move(connection));
  }

  Context context_;
  FileDescriptor listening_;
  std::string answer_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::vector<std::jthread> threads_;
};

http::Server start_ours(const Identity& identity) {
  http::Settings settings;
  http::TlsSettings tls{.chain = identity.chain, .private_key = must(identity.key.to_pkcs8())};
  settings.endpoints.push_back(
      {.address = "127.0.0.1", .port = 0, .tls = std::move(tls), .handler = [](const protocols::Request&) {
         return protocols::Response();
       }});
  settings.limits.connections_per_address = settings.limits.connections;
  return must(http::Server::start(settings));
}

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

double processor_time() {
  timespec time{};
  require(::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// What one side has done so far.
struct Tally {
  double requests = 0;
  double seconds = 0;
  double processor_seconds = 0;

  [[nodiscard]] double rate() const { return requests / seconds; }
  [[nodiscard]] double cost() const { return processor_seconds / requests; }
};

using Load = std::function<int(const Client&)>;  // does some requests, and says how many

void run_for(double seconds, const Client& client, const Load& load, Tally& tally) {
  const auto begin = Clock::now();
  const double processor_begin = processor_time();
  for (; seconds_since(begin) < seconds;) tally.requests += load(client);
  tally.seconds += seconds_since(begin);
  tally.processor_seconds += processor_time() - processor_begin;
}

Load kept_alive() {
  // Made at the first call, and kept for as long as the load is.
  const auto connections = std::make_shared<std::vector<Connection>>();
  return [connections](const Client& client) {
    while (connections->size() < kConnections) connections->push_back(client.connect());
    for (const auto& connection : *connections) connection.write(kRequest);
    for (const auto& connection : *connections) require(connection.read() > 0);
    return kConnections;
  };
}

Load one_each() {
  return [](const Client& client) {
    const auto connection = client.connect();
    connection.write(kLastRequest);
    require(connection.read() > 0);
    SSL_shutdown(connection.ssl.get());
    return 1;
  };
}

void compare(const char* name, const Client& ours, const Client& raw, double seconds, Load (*load)()) {
  const auto our_load = load();
  const auto raw_load = load();
  Tally our_tally;
  Tally raw_tally;
  for (int turn = 0; turn < kTurns; ++turn) {
    run_for(seconds / kTurns, ours, our_load, our_tally);
    run_for(seconds / kTurns, raw, raw_load, raw_tally);
  }
  std::printf("%-29s ours %8.0f/s %7.1f us   raw %8.0f/s %7.1f us   of_raw %.2f  cpu_of_raw %.2f\n", name,
              our_tally.rate(), our_tally.cost() * 1e6, raw_tally.rate(), raw_tally.cost() * 1e6,
              our_tally.rate() / raw_tally.rate(), raw_tally.cost() / our_tally.cost());
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::strtod(argv[1], nullptr) : 8;
  const auto identity = make_identity();
  const auto server = start_ours(identity);
  const Client ours(server.ports().front());
  const auto probe = ours.connect();
  probe.write(kRequest);
  const int answer_size = probe.read();
  require(answer_size > 0);
  const RawServer raw_server(identity, static_cast<std::size_t>(answer_size));
  const Client raw(raw_server.port());
  const Client computing(server.ports().back());
  compare("kept alive, handler waits", ours, raw, seconds, kept_alive);
  compare("kept alive, handler computes", computing, raw, seconds, kept_alive);
  compare("a connection for each", ours, raw, seconds, one_each);
  return 0;
}
