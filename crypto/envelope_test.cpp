// What is encrypted to certificates, opened by the openssl command, and the other way round.
#include "crypto/envelope.hpp"

#include "crypto/module.hpp"
#include "crypto/test_support.hpp"
#include "tests/support/fips.hpp"

namespace holdfast::crypto {
namespace {

using holdfast::test::TemporaryFolder;
using test::failed;
using test::revealed;
using test::succeeded;
using test::test_key;

constexpr Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21);
constexpr std::array kAlgorithms{KeyAlgorithm::rsa_2048, KeyAlgorithm::rsa_4096, KeyAlgorithm::ecdsa_p256,
                                 KeyAlgorithm::ecdsa_p384, KeyAlgorithm::ecdsa_p521};

CertificateChain certificate(KeyAlgorithm algorithm, bool for_encryption = true) {
  const bool rsa = row_of(algorithm).family == Family::rsa;
  const auto encryption = bit(rsa ? KeyUse::decrypt : KeyUse::derive);
  return make_self_signed(test_key(algorithm),
                          {.subject = DistinguishedName::parse("CN=officer").value(),
                           .alternative_names = {},
                           .uses = static_cast<KeyUses>(bit(KeyUse::sign) | (for_encryption ? encryption : KeyUses{})),
                           .now = kNow,
                           .validity = std::chrono::days(30)})
      .value();
}

SecretBytes content() { return test::secret(as_bytes("one share\nof several\r\n")); }

class Envelope : public testing::TestWithParam<KeyAlgorithm> {};

INSTANTIATE_TEST_SUITE_P(Algorithms, Envelope, testing::ValuesIn(kAlgorithms),
                         [](const auto& algorithm) { return test::test_name(row_of(algorithm.param).name); });

TEST_P(Envelope, OpensWithItsKeyAndNoOther) {
  const auto der = make_envelope(certificate(GetParam()), content());
  ASSERT_TRUE(succeeded(der));
  for (const auto algorithm : kAlgorithms) {
    const auto opened = open_envelope(*der, test_key(algorithm));
    if (algorithm == GetParam()) {
      ASSERT_TRUE(succeeded(opened));
      EXPECT_EQ(revealed(*opened), revealed(content()));
    } else {
      EXPECT_TRUE(failed(opened, ErrorCode::wrong_passphrase, "does not open it"));
    }
  }
}

TEST_P(Envelope, OpensWithTheOpensslCommand) {
  const TemporaryFolder folder;
  const auto& key = test_key(GetParam());
  const auto pem = envelope_to_pem(make_envelope(certificate(GetParam()), content()).value()).value();
  test::write(folder / "envelope", as_bytes("For people\n\n" + pem));
  test::write(folder / "key", key.to_pkcs8().value().expose(SecretAccess{}));
  ASSERT_TRUE(
      test::openssl_command(folder, "cms -decrypt -inform PEM -in envelope -keyform DER -inkey key -out content"))
      << test::output_of(folder);
  EXPECT_EQ(test::content_of(folder / "content"), revealed(content()));
  const auto read = read_envelope(as_bytes("For people\n\n" + pem));
  ASSERT_TRUE(succeeded(read));
  EXPECT_TRUE(succeeded(open_envelope(*read, key)));
}

TEST_P(Envelope, IsMadeAndOpenedByTheFipsProvider) {
  holdfast::test::use_fips_config(HOLDFAST_TEST_FIPS_CONFIG);
  ASSERT_TRUE(succeeded(load_module(Module::fips)));
  const auto chain = certificate(GetParam());
  const auto pkcs8 = test_key(GetParam()).to_pkcs8().value();
  Bytes der;
  {
    const ModuleScope scope(Module::fips);
    const auto made = make_envelope(chain, content());
    ASSERT_TRUE(succeeded(made));
    der = *made;
    const auto opened = open_envelope(der, PrivateKey::parse_pkcs8(pkcs8).value());
    ASSERT_TRUE(succeeded(opened));
    EXPECT_EQ(revealed(*opened), revealed(content()));
  }
  EXPECT_TRUE(succeeded(open_envelope(der, test_key(GetParam()))));
}

TEST_P(Envelope, RefusesEveryAlteredByteOfTheContent) {
  const auto der = make_envelope(certificate(GetParam()), content()).value();
  const auto& key = test_key(GetParam());
  // Its 22 bytes, and then the 18 bytes of its tag, come last.
  for (std::size_t at = der.size() - 40; at < der.size(); ++at) {
    auto altered = der;
    altered[at] ^= 1U;
    EXPECT_FALSE(open_envelope(altered, key).ok()) << at;
  }
  EXPECT_FALSE(open_envelope(ByteView(der).first(der.size() - 1), key).ok());
}

// Not authenticated, and so not opened, though the key would fit.
TEST(EnvelopeFile, MustBeAuthenticated) {
  const TemporaryFolder folder;
  test::write(folder / "certificate", as_bytes(certificate(KeyAlgorithm::ecdsa_p256).to_pem().value()));
  test::write(folder / "content", as_bytes("text"));
  const auto& key = test_key(KeyAlgorithm::ecdsa_p256);
  ASSERT_TRUE(test::openssl_command(
      folder, "cms -encrypt -binary -aes-256-cbc -in content -outform PEM -out plain certificate"))
      << test::output_of(folder);
  EXPECT_TRUE(failed(open_envelope(read_envelope(test::content_of(folder / "plain")).value(), key),
                     ErrorCode::malformed, "AuthEnvelopedData"));
  ASSERT_TRUE(
      test::openssl_command(folder, "cms -encrypt -binary -aes-256-gcm -in content -outform DER -out good certificate"))
      << test::output_of(folder);
  EXPECT_TRUE(succeeded(open_envelope(read_envelope(test::content_of(folder / "good")).value(), key)));
}

TEST(EnvelopeFile, MustBeOne) {
  const auto& key = test_key(KeyAlgorithm::ecdsa_p256);
  for (const std::string_view text : {"", "text", "0\x03\x02\x01\x01"}) {
    EXPECT_TRUE(failed(open_envelope(as_bytes(text), key), ErrorCode::malformed, "")) << text;
  }
  EXPECT_TRUE(failed(open_envelope(Bytes(kMaxEnvelope + 1), key), ErrorCode::malformed, "larger"));
  const auto der = make_envelope(certificate(KeyAlgorithm::ecdsa_p256), content()).value();
  const auto trailing = [&] {
    auto bytes = der;
    bytes.push_back(0);
    return bytes;
  }();
  EXPECT_FALSE(open_envelope(trailing, key).ok());
  EXPECT_FALSE(read_envelope(as_bytes("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n")).ok());
}

TEST(Recipient, MustTakeEncryption) {
  EXPECT_TRUE(succeeded(check_receives(certificate(KeyAlgorithm::rsa_2048), kNow)));
  EXPECT_TRUE(succeeded(check_receives(certificate(KeyAlgorithm::ecdsa_p256), kNow)));
  EXPECT_TRUE(
      failed(check_receives(certificate(KeyAlgorithm::rsa_2048, false), kNow), ErrorCode::refused, "keyEncipherment"));
  EXPECT_TRUE(
      failed(check_receives(certificate(KeyAlgorithm::ecdsa_p256, false), kNow), ErrorCode::refused, "keyAgreement"));
  EXPECT_TRUE(failed(check_receives(certificate(KeyAlgorithm::ed25519, false), kNow), ErrorCode::refused, "ed25519"));
  EXPECT_TRUE(
      failed(check_receives(certificate(KeyAlgorithm::ml_dsa_44, false), kNow), ErrorCode::refused, "ml-dsa-44"));
}

TEST(Recipient, MustBeValidToday) {
  const auto chain = certificate(KeyAlgorithm::ecdsa_p256);
  EXPECT_TRUE(succeeded(check_receives(chain, chain.leaf().not_before)));
  EXPECT_TRUE(succeeded(check_receives(chain, chain.leaf().not_after)));
  EXPECT_TRUE(failed(check_receives(chain, chain.leaf().not_after + std::chrono::seconds(1)), ErrorCode::refused,
                     "expired at 2026-12-"));
  EXPECT_TRUE(failed(check_receives(chain, chain.leaf().not_before - std::chrono::seconds(1)), ErrorCode::refused,
                     "valid from"));
}

}  // namespace
}  // namespace holdfast::crypto
