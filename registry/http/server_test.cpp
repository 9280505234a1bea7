#include "registry/http/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
  const auto server = Server::start(std::move(settings));
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
