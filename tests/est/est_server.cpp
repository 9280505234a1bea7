// An EST server with a fake authority, for foreign clients. Prints one line of JSON with its ports when it listens,
// logs to standard error, and ends when standard input does. usage: est_server CHAIN.pem KEY.der [NAME=VALUE...]   sets
// limits: header_ms, body_ms, idle_ms, handshake_ms,
//                                                       connections, per_address, stop_ms
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <map>
#include <print>

#include "core/file.hpp"
#include "registry/http/server.hpp"
#include "tests/est/fake_authority.hpp"

namespace {

using namespace holdfast;

constexpr std::size_t kMostInFile = 65536;

using Options = std::map<std::string, unsigned, std::less<>>;

template <typename T>
T must(Result<T> result) {
  if (result.ok()) return std::move(result).value();
  std::println(stderr, "{}", result.error().describe());
  std::exit(1);
}

Options options_of(int argc, char** argv) {
  Options options;
  for (int i = 3; i < argc; ++i) {
    const std::string_view text(argv[i]);
    const auto equals = text.find('=');
    unsigned value = 0;
    std::from_chars(text.data() + equals + 1, text.data() + text.size(), value);
    options.emplace(text.substr(0, equals), value);
  }
  return options;
}

http::Limits limits_of(const Options& options) {
  http::Limits limits;
  const auto take = [&](std::string_view name, std::chrono::milliseconds& time) {
    if (const auto found = options.find(name); found != options.end()) time = std::chrono::milliseconds(found->second);
  };
  take("header_ms", limits.header_time);
  take("body_ms", limits.body_time);
  take("idle_ms", limits.idle_time);
  take("handshake_ms", limits.handshake_time);
  if (const auto found = options.find("connections"); found != options.end()) limits.connections = found->second;
  if (const auto found = options.find("per_address"); found != options.end()) {
    limits.connections_per_address = found->second;
  }
  return limits;
}

std::vector<test::KnownGrant> grants() {
  const auto id = [](int i) { return "01900000-0000-7000-8000-00000000000" + std::to_string(i); };
  return {{.id = id(1), .secret = "open-sesame", .fate = test::Fate::issued},
          {.id = id(2), .secret = "open-sesame", .fate = test::Fate::deferred_once},
          {.id = id(3), .secret = "open-sesame", .fate = test::Fate::refused},
          {.id = id(4), .secret = "open-sesame", .fate = test::Fate::broken},
          {.id = id(5), .secret = "open-sesame", .fate = test::Fate::deferred_once}};
}

http::TlsSettings tls_of(char** argv, http::TlsVersion minimum) {
  return {.chain = must(crypto::CertificateChain::parse(must(read_file(argv[1], kMostInFile)))),
          .private_key = must(read_secret_file(argv[2], kMostInFile)),
          .minimum = minimum,
          .client_certificates = http::ClientCertificates::requested};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::println(stderr, "usage: est_server CHAIN.pem KEY.der [NAME=VALUE...]");
    return 2;
  }
  test::FakeAuthority authority(grants());
  const est::Handler handler(authority, test::openssl_formats(), {});
  const auto answer = [&](const protocols::Request& request) { return handler.handle(request); };
  const auto options = options_of(argc, argv);
  http::Settings settings;
  settings.limits = limits_of(options);
  if (const auto found = options.find("stop_ms"); found != options.end()) {
    settings.stop_time = std::chrono::milliseconds(found->second);
  }
  settings.log = [](const http::LogLine& line) { std::println(stderr, "{}", line.text); };
  settings.endpoints.push_back(
      {.address = "127.0.0.1", .port = 0, .tls = tls_of(argv, http::TlsVersion::tls_1_2), .handler = answer});
  settings.endpoints.push_back(
      {.address = "127.0.0.1", .port = 0, .tls = tls_of(argv, http::TlsVersion::tls_1_3), .handler = answer});
  settings.endpoints.push_back({.address = "127.0.0.1", .port = 0, .tls = std::nullopt, .handler = answer});
  auto server = must(http::Server::start(settings));
  std::println(R"({{"est": {}, "tls13": {}, "plain": {}}})", server.ports()[0], server.ports()[1], server.ports()[2]);
  std::fflush(stdout);
  char nothing = 0;
  while (::read(STDIN_FILENO, &nothing, 1) > 0) {
  }
  server.stop();
  return 0;
}
