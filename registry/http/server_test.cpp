#include "registry/http/server.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <mutex>
#include <stdexcept>

#include "core/file.hpp"

#include "crypto/key_pair.hpp"

namespace holdfast::http {
namespace {

using testing::HasSubstr;

protocols::Response answer(const protocols::Request& /*request*/) { return protocols::plain_text(200, "hello"); }

Endpoint plain(const std::string& address, std::uint16_t port = 0) {
  return {.address = address, .port = port, .tls = std::nullopt, .handler = answer};
}

Settings settings_with(Endpoint endpoint) {
  Settings settings;
  settings.endpoints.push_back(std::move(endpoint));
  settings.network_threads = 1;
  settings.handler_threads = 1;
  return settings;
}

// What the server says to `request`, up to the end of the connection.
std::string ask(const Server& server, std::string_view request) {
  const FileDescriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server.ports().front());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_TRUE(write_all(fd.get(), as_bytes(request), "the server").ok());
  Bytes answer(10000);
  answer.resize(read_full(fd.get(), answer, "the server").value());
  return std::string(as_text(answer));
}

crypto::CertificateChain chain_of(const crypto::PrivateKey& key) {
  const crypto::SelfSignedContent content{.subject = crypto::DistinguishedName::parse("CN=localhost").value(),
                                          .alternative_names = {},
                                          .now = system_clock_now(),
                                          .validity = std::chrono::days(1)};
  return crypto::make_self_signed(key, content).value();
}

TEST(Server, ReportsThePortsThatTheSystemChose) {
  auto settings = settings_with(plain("127.0.0.1"));
  settings.endpoints.push_back(plain("::1"));
  const auto server = Server::start(settings);
  ASSERT_TRUE(server.ok()) << server.error().message();
  ASSERT_EQ(server->ports().size(), 2U);
  EXPECT_NE(server->ports()[0], 0);
  EXPECT_NE(server->ports()[1], 0);
}

TEST(Server, NamesTheAddressWhereItCannotListen) {
  const auto name = Server::start(settings_with(plain("localhost")));
  ASSERT_FALSE(name.ok());
  EXPECT_EQ(name.error().code(), ErrorCode::usage);
  EXPECT_THAT(name.error().message(), HasSubstr("'localhost' is no address"));

  const auto first = Server::start(settings_with(plain("127.0.0.1")));
  ASSERT_TRUE(first.ok());
  const auto port = first->ports().front();
  const auto second = Server::start(settings_with(plain("127.0.0.1", port)));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), ErrorCode::io);
  EXPECT_THAT(second.error().message(), HasSubstr("127.0.0.1 port " + std::to_string(port)));
}

TEST(Server, HandsRequestsToHandlersThatWaitAndThatCompute) {
  for (const auto work : {Work::waits, Work::computes}) {
    auto endpoint = plain("::");
    endpoint.work = work;
    endpoint.handler = [](const protocols::Request& request) {
      return protocols::plain_text(
          299, request.target + " " + request.peer + " " + std::string(as_text(request.body)) + " " +
                   std::string(protocols::find_header(request.headers, "x-header").value_or("none")));
    };
    const auto server = Server::start(settings_with(std::move(endpoint)));
    ASSERT_TRUE(server.ok());
    const auto said = ask(*server, "PUT http://host/a?b HTTP/1.0\r\nX-Header:  y \r\nContent-Length: 4\r\n\r\nbody");
    EXPECT_THAT(said, testing::StartsWith("HTTP/1.0 299 "));
    EXPECT_THAT(said, testing::EndsWith("\r\n\r\n/a?b 127.0.0.1 body y\n"));
  }
}

TEST(Server, OutlivesHandlersThatThrow) {
  for (const auto work : {Work::waits, Work::computes}) {
    auto endpoint = plain("127.0.0.1");
    endpoint.work = work;
    endpoint.handler = [](const protocols::Request&) -> protocols::Response { throw std::runtime_error("secret"); };
    const auto server = Server::start(settings_with(std::move(endpoint)));
    ASSERT_TRUE(server.ok());
    for (int i = 0; i < 2; ++i) {
      const auto said = ask(*server, "GET / HTTP/1.0\r\n\r\n");
      EXPECT_THAT(said, testing::StartsWith("HTTP/1.0 500 "));
      EXPECT_THAT(said, testing::Not(HasSubstr("secret")));
    }
  }
}

TEST(Server, LogsWhatWasAskedWithoutQueriesHeadersAndBodies) {
  auto settings = settings_with(plain("127.0.0.1"));
  std::mutex mutex;
  std::string logged;
  settings.log = [&](const LogLine& line) {
    const std::lock_guard lock(mutex);
    logged += line.text + "\n";
  };
  auto server = Server::start(settings);
  ASSERT_TRUE(server.ok());
  ask(*server, "POST /path\x01?token=s1 HTTP/1.0\r\nAuthorization: s2\r\nContent-Length: 2\r\n\r\ns3");
  ask(*server, "POST /path?token=s1 HTTP/1.0\r\nAuthorization: s2\r\nContent-Length: 2\r\n\r\ns3");
  server->stop();
  EXPECT_EQ(logged, "127.0.0.1 refused: 400\n127.0.0.1 POST /path 200 6 bytes\n");
}

TEST(Server, RefusesAKeyThatIsNotItsCertificates) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyAlgorithm::ecdsa_p256).value();
  const auto other = crypto::PrivateKey::generate(crypto::KeyAlgorithm::ecdsa_p256).value();
  for (int i = 0; i < 2; ++i) {
    auto endpoint = plain("127.0.0.1");
    endpoint.tls = TlsSettings{.chain = chain_of(key),
                               .private_key = i == 0 ? other.to_pkcs8().value() : SecretBytes::copy_of(Bytes{1, 2})};
    const auto server = Server::start(settings_with(std::move(endpoint)));
    ASSERT_FALSE(server.ok());
    EXPECT_EQ(server.error().code(), ErrorCode::usage);
    EXPECT_THAT(server.error().message(), HasSubstr("private key"));
  }
}

TEST(Server, TakesKeysOfEachKindAndStopsTwice) {
  using enum crypto::KeyAlgorithm;
  for (const auto algorithm : {ecdsa_p256, ecdsa_p384, ed25519, ml_dsa_65, rsa_2048}) {
    const auto key = crypto::PrivateKey::generate(algorithm).value();
    auto endpoint = plain("127.0.0.1");
    endpoint.tls = TlsSettings{.chain = chain_of(key), .private_key = key.to_pkcs8().value()};
    auto server = Server::start(settings_with(std::move(endpoint)));
    ASSERT_TRUE(server.ok()) << server.error().message();
    server->stop();
    server->stop();
  }
}

}  // namespace
}  // namespace holdfast::http
