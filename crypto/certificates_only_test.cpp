#include "crypto/certificates_only.hpp"

#include <format>

#include "crypto/certificate.hpp"
#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using holdfast::test::TemporaryFolder;
using test::failed;
using test::succeeded;
using test::test_key;

Bytes certificate_for(KeyAlgorithm algorithm) {
  const auto chain = make_self_signed(
      test_key(algorithm), {.subject = DistinguishedName::parse("CN=" + std::string(row_of(algorithm).name)).value(),
                            .alternative_names = {},
                            .now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21),
                            .validity = std::chrono::days(1)});
  return chain.value().certificates().front();
}

TEST(CertificatesOnly, IsWhatOpensslPrints) {
  const std::vector<Bytes> certificates{certificate_for(KeyAlgorithm::rsa_2048),
                                        certificate_for(KeyAlgorithm::ecdsa_p256),
                                        certificate_for(KeyAlgorithm::ml_dsa_87)};
  const auto wrapped = certificates_only(certificates);
  ASSERT_TRUE(succeeded(wrapped));
  EXPECT_EQ(certificates_only(certificates).value(), *wrapped);
  std::string expected;
  for (const Bytes& der : certificates) expected += CertificateChain::parse(der).value().to_pem().value();
  const TemporaryFolder folder;
  test::write(folder / "wrapped", *wrapped);
  for (const std::string command : {"pkcs7 -in wrapped -inform DER -print_certs -quiet -out certificates",
                                    "cms -cmsout -noout -in wrapped -inform DER -certsout certificates"}) {
    ASSERT_TRUE(test::openssl_command(folder, command)) << test::output_of(folder);
    std::string text(as_text(test::content_of(folder / "certificates")));
    for (auto at = text.find("-----\n\n"); at != std::string::npos; at = text.find("-----\n\n")) text.erase(at + 6, 1);
    EXPECT_EQ(text, expected) << command;
  }
}

TEST(CertificatesOnly, HasNothingBesides) {
  const Bytes one = certificate_for(KeyAlgorithm::ed25519);
  const std::string wrapped = to_hex(certificates_only({&one, 1}).value());
  const std::string version_digests_content =
      "020101"
      "3100"
      "300b06092a864886f70d010701";
  const std::string signers = "3100";
  EXPECT_NE(wrapped.find("06092a864886f70d010702"), std::string::npos);
  EXPECT_NE(wrapped.find(version_digests_content + std::format("a082{:04x}", one.size()) + to_hex(one)),
            std::string::npos)
      << wrapped;
  EXPECT_TRUE(wrapped.ends_with(to_hex(one) + signers)) << wrapped;
}

TEST(CertificatesOnly, TakesCertificatesAlone) {
  EXPECT_TRUE(failed(certificates_only({}), ErrorCode::usage, "no certificates were given"));
  EXPECT_TRUE(failed(certificates_only(std::vector<Bytes>{{}}), ErrorCode::malformed, "a certificate is empty"));
  EXPECT_TRUE(failed(certificates_only(std::vector<Bytes>{{0x30, 0x00}}), ErrorCode::malformed, "is damaged"));
}

}  // namespace
}  // namespace holdfast::crypto
