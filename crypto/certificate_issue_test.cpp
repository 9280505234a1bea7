// Certificates that an authority issues, with keys of every signing algorithm, judged by the openssl command.
#include "crypto/certificate_issue.hpp"

#include <openssl/err.h>

#include <array>
#include <set>

#include "crypto/certificate.hpp"
#include "crypto/signature.hpp"
#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using holdfast::test::TemporaryFolder;
using test::failed;
using test::succeeded;
using test::test_key;
using testing::HasSubstr;
using testing::Not;

constexpr Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21) + std::chrono::seconds(12'345);
const std::string kSerial = "0102030405060708090a0b0c0d0e0f00";

CertificateContent content_of(CertificateProfile profile, const std::string& name, KeyAlgorithm algorithm) {
  return {.profile = profile,
          .subject = DistinguishedName::parse("CN=" + name + ",O=Example").value(),
          .alternative_names = {},
          .key = test_key(algorithm).public_key(),
          .serial = SerialNumber::parse(kSerial).value(),
          .not_before = kNow,
          .not_after = kNow + std::chrono::days(30)};
}

std::vector<SubjectAlternativeName> names(const std::vector<std::string>& typed) {
  return parse_alternative_names(typed).value();
}

std::string pem(ByteView der) { return CertificateChain::parse(der).value().to_pem().value(); }

/// A root with the key of `algorithm`, an issuing authority below it with the same, and what openssl says of both.
class Issuing : public testing::TestWithParam<KeyRow> {
 protected:
  void SetUp() override {
    const auto signer = signer_with(key_);
    const auto root = issue_root(signer, content_of(CertificateProfile::root, "Root", GetParam().algorithm));
    ASSERT_TRUE(succeeded(root));
    const auto above = CertificateIssuer::create(*root, signer);
    ASSERT_TRUE(succeeded(above));
    auto content = content_of(CertificateProfile::issuing_ca, "Issuing", GetParam().algorithm);
    content.links.crl = "http://ca.example/root.crl";
    const auto issuing = above->issue(content);
    ASSERT_TRUE(succeeded(issuing));
    test::write(folder_ / "root", as_bytes(pem(*root)));
    test::write(folder_ / "issuing", as_bytes(pem(*issuing)));
    issuer_ = CertificateIssuer::create(*issuing, signer).value();
  }

  std::string judged(const std::string& arguments) {
    EXPECT_TRUE(test::openssl_command(folder_, arguments)) << arguments << "\n" << test::output_of(folder_);
    return test::output_of(folder_);
  }
  /// What openssl says about a certificate of this authority, which it verifies for `purpose`.
  std::string verified(const Result<Bytes>& certificate, const std::string& purpose) {
    EXPECT_TRUE(succeeded(certificate));
    if (!certificate.ok()) return "";
    test::write(folder_ / "leaf", as_bytes(pem(*certificate)));
    judged("verify -x509_strict -check_ss_sig -attime 1795293900 -purpose " + purpose +
           " -CAfile root -untrusted issuing leaf");
    return judged("x509 -in leaf -noout -text -nameopt RFC2253");
  }

  const PrivateKey& key_ = test_key(GetParam().algorithm);
  std::optional<CertificateIssuer> issuer_;
  TemporaryFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Table, Issuing, testing::ValuesIn(signature_suites().begin(), signature_suites().end()),
                         [](const auto& row) { return test::test_name(row.param.name); });

TEST_P(Issuing, IsWhatOpensslVerifies) {
  auto content = content_of(CertificateProfile::client, "gate 7", GetParam().algorithm);
  content.alternative_names = names({"URI:urn:uuid:0188d6b4-9c4f-7c3e-a1b2-6f1e0c9d8e7f"});
  const std::string text = verified(issuer_->issue(content), "sslclient");
  EXPECT_THAT(text, HasSubstr("Version: 3 (0x2)"));
  EXPECT_THAT(text, HasSubstr("01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:00"));
  EXPECT_THAT(text, HasSubstr("Issuer: CN=Issuing,O=Example\n"));
  EXPECT_THAT(text, HasSubstr("Subject: CN=gate 7,O=Example\n"));
  EXPECT_THAT(text, HasSubstr("X509v3 Basic Constraints: critical\n                CA:FALSE\n"));
  EXPECT_THAT(text, HasSubstr("X509v3 Key Usage: critical\n                Digital Signature\n"));
  EXPECT_THAT(text, HasSubstr("X509v3 Extended Key Usage: \n                TLS Web Client Authentication\n"));
  EXPECT_THAT(text, HasSubstr("X509v3 Subject Alternative Name: \n                URI:urn:uuid:0188d6b4-9c4f-7c3e-a1b2-"
                              "6f1e0c9d8e7f\n"));
  EXPECT_THAT(text, Not(HasSubstr("CRL Distribution Points")));
  EXPECT_THAT(text, Not(HasSubstr("Authority Information Access")));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST_P(Issuing, CertifiesServers) {
  auto content = content_of(CertificateProfile::server, "gate 7", GetParam().algorithm);
  content.alternative_names = names({"DNS:ca.example", "IP:192.0.2.7"});
  const std::string text = verified(issuer_->issue(content), "sslserver -verify_hostname ca.example");
  EXPECT_THAT(text, HasSubstr("X509v3 Extended Key Usage: \n                TLS Web Server Authentication\n"));
  EXPECT_THAT(text, HasSubstr("DNS:ca.example, IP Address:192.0.2.7\n"));
}

TEST_P(Issuing, SaysWhatItsAuthoritiesMayDo) {
  const std::string root = judged("x509 -in root -noout -text");
  EXPECT_THAT(root, HasSubstr("X509v3 Basic Constraints: critical\n                CA:TRUE\n"));
  EXPECT_THAT(root, HasSubstr("X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign\n"));
  const std::string issuing = judged("x509 -in issuing -noout -text");
  EXPECT_THAT(issuing, HasSubstr("X509v3 Basic Constraints: critical\n                CA:TRUE, pathlen:0\n"));
  EXPECT_THAT(issuing, HasSubstr("X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign\n"));
  EXPECT_THAT(issuing, HasSubstr("URI:http://ca.example/root.crl\n"));
  EXPECT_THAT(issuing, Not(HasSubstr("Extended Key Usage")));
}

TEST_P(Issuing, WritesItsConstraintsInDer) {
  const std::string head = "0603551d130101ff04";
  const auto der = [&](const std::string& file) {
    judged("x509 -in " + file + " -outform DER -out der");
    return to_hex(test::content_of(folder_ / "der"));
  };
  EXPECT_THAT(der("root"), HasSubstr(head + "0530030101ff"));
  EXPECT_THAT(der("issuing"), HasSubstr(head + "0830060101ff020100"));
  verified(issuer_->issue(content_of(CertificateProfile::client, "a", GetParam().algorithm)), "sslclient");
  EXPECT_THAT(der("leaf"), HasSubstr(head + "023000"));
}

TEST_P(Issuing, NamesItsIssuersKey) {
  judged("x509 -in root -noout -ext subjectKeyIdentifier");
  const std::string own = test::output_of(folder_).substr(test::output_of(folder_).find('\n') + 5, 59);
  EXPECT_THAT(judged("x509 -in issuing -noout -ext authorityKeyIdentifier"), HasSubstr(own));
}

TEST_P(Issuing, HasTheKeyAsItIsWrittenElsewhere) {
  verified(issuer_->issue(content_of(CertificateProfile::client, "a", GetParam().algorithm)), "sslclient");
  EXPECT_EQ(judged("x509 -in leaf -noout -pubkey"), key_.public_key().to_pem().value());
}

TEST_P(Issuing, StatesItsAlgorithmInExactlyTheseBytes) {
  const std::map<KeyAlgorithm, std::string> expected{
      {KeyAlgorithm::rsa_2048, "300d06092a864886f70d01010b0500"},
      {KeyAlgorithm::rsa_3072, "300d06092a864886f70d01010b0500"},
      {KeyAlgorithm::rsa_4096, "300d06092a864886f70d01010d0500"},
      {KeyAlgorithm::rsa_8192, "300d06092a864886f70d01010d0500"},
      {KeyAlgorithm::ecdsa_p256, "300a06082a8648ce3d040302"},
      {KeyAlgorithm::ecdsa_p384, "300a06082a8648ce3d040303"},
      {KeyAlgorithm::ecdsa_p521, "300a06082a8648ce3d040304"},
      {KeyAlgorithm::ed25519, "300506032b6570"},
      {KeyAlgorithm::ml_dsa_44, "300b0609608648016503040311"},
      {KeyAlgorithm::ml_dsa_65, "300b0609608648016503040312"},
      {KeyAlgorithm::ml_dsa_87, "300b0609608648016503040313"},
  };
  const auto certificate = issuer_->issue(content_of(CertificateProfile::client, "a", GetParam().algorithm));
  ASSERT_TRUE(succeeded(certificate));
  const std::string der = to_hex(*certificate);
  const std::string& algorithm = expected.at(GetParam().algorithm);
  // Behind version and serial number, and a second time in front of the signature.
  const auto inner = der.find(
      "a003020102"
      "0210" +
      kSerial + algorithm);
  EXPECT_NE(inner, std::string::npos) << der.substr(0, 200);
  EXPECT_NE(der.find(algorithm + "03", inner + 80), std::string::npos);
}

CertificateIssuer root_of(CertificateSigner signer) {
  auto root = issue_root(signer, content_of(CertificateProfile::root, "Root", signer.key.algorithm()));
  return CertificateIssuer::create(root.value(), std::move(signer)).value();
}

CertificateSigner p256() { return signer_with(test_key(KeyAlgorithm::ecdsa_p256)); }

TEST(CertificateIssuer, WritesWhereMoreIsFound) {
  auto content = content_of(CertificateProfile::client, "a", KeyAlgorithm::ecdsa_p256);
  content.links = {.crl = "http://a.example/1.crl", .issuer = "http://a.example/ca", .ocsp = "http://a.example/ocsp"};
  const TemporaryFolder folder;
  test::write(folder / "leaf", as_bytes(pem(root_of(p256()).issue(content).value())));
  ASSERT_TRUE(test::openssl_command(folder, "x509 -in leaf -noout -ext crlDistributionPoints,authorityInfoAccess"));
  EXPECT_EQ(test::output_of(folder),
            "X509v3 CRL Distribution Points: \n    Full Name:\n      URI:http://a.example/1.crl\n\n"
            "Authority Information Access: \n    OCSP - URI:http://a.example/ocsp\n"
            "    CA Issuers - URI:http://a.example/ca\n");
  content.links = {.crl = "http://a example", .issuer = "", .ocsp = ""};
  EXPECT_TRUE(failed(root_of(p256()).issue(content), ErrorCode::usage, "the URL of the revocation list"));
  content.links = {.crl = "", .issuer = "", .ocsp = "nowhere"};
  EXPECT_TRUE(failed(root_of(p256()).issue(content), ErrorCode::usage, "the URL of the OCSP responder"));
}

TEST(CertificateIssuer, KeepsZerosAtTheEndOfASignature) {
  Bytes fixed(64, 0);
  fixed.front() = 1;
  const CertificateSigner signer{.key = test_key(KeyAlgorithm::ed25519).public_key(),
                                 .sign = [&](ByteView) -> Result<Bytes> { return fixed; }};
  const auto root = issue_root(signer, content_of(CertificateProfile::root, "Root", KeyAlgorithm::ed25519));
  ASSERT_TRUE(succeeded(root));
  EXPECT_TRUE(
      to_hex(*root).ends_with("300506032b6570"
                              "034100" +
                              to_hex(fixed)));
}

TEST(CertificateIssuer, SignsWithTheHashThatWasNamed) {
  const PrivateKey& key = test_key(KeyAlgorithm::rsa_2048);
  const SignatureScheme scheme{.hash = HashAlgorithm::sha384, .rsa = {}, .context = {}};
  const CertificateSigner signer{.key = key.public_key(),
                                 .sign = [&](ByteView bytes) { return sign_message(key, scheme, bytes); },
                                 .hash = HashAlgorithm::sha384};
  const TemporaryFolder folder;
  const auto root = issue_root(signer, content_of(CertificateProfile::root, "Root", KeyAlgorithm::rsa_2048));
  test::write(folder / "root", as_bytes(pem(root.value())));
  EXPECT_TRUE(test::openssl_command(folder, "verify -check_ss_sig -attime 1795293900 -CAfile root root"));
  ASSERT_TRUE(test::openssl_command(folder, "x509 -in root -noout -text"));
  EXPECT_THAT(test::output_of(folder), HasSubstr("Signature Algorithm: sha384WithRSAEncryption"));
}

TEST(CertificateIssuer, AsksForEncryptionOnlyWithRsa) {
  auto content = content_of(CertificateProfile::client, "a", KeyAlgorithm::rsa_2048);
  content.uses = bit(KeyUse::sign) | bit(KeyUse::decrypt);
  const TemporaryFolder folder;
  test::write(folder / "leaf", as_bytes(pem(root_of(p256()).issue(content).value())));
  ASSERT_TRUE(test::openssl_command(folder, "x509 -in leaf -noout -ext keyUsage"));
  EXPECT_THAT(test::output_of(folder), HasSubstr("Digital Signature, Key Encipherment\n"));
  content.key = test_key(KeyAlgorithm::ml_dsa_44).public_key();
  EXPECT_TRUE(failed(root_of(p256()).issue(content), ErrorCode::usage, "ml-dsa-44 is for 'sign' and nothing else"));
  content.key = test_key(KeyAlgorithm::rsa_2048).public_key();
  content.uses = bit(KeyUse::decrypt);
  EXPECT_TRUE(failed(root_of(p256()).issue(content), ErrorCode::usage, "or for 'sign' and 'decrypt'"));
}

TEST(CertificateIssuer, RefusesContentThatMakesNoSense) {
  const auto issuer = root_of(p256());
  const auto with = [&](auto change) {
    auto content = content_of(CertificateProfile::client, "a", KeyAlgorithm::ecdsa_p256);
    change(content);
    return issuer.issue(content);
  };
  using enum ErrorCode;
  EXPECT_TRUE(failed(with([](auto& c) { c.key = test_key(KeyAlgorithm::x25519).public_key(); }), usage,
                     "a key that signs, and x25519 keys cannot"));
  EXPECT_TRUE(failed(with([](auto& c) { c.profile = CertificateProfile::root; }), usage, "certified by itself"));
  EXPECT_TRUE(failed(with([](auto& c) { c.profile = CertificateProfile::server; }), usage, "needs the DNS name"));
  EXPECT_TRUE(failed(with([](auto& c) { c.not_after = c.not_before - std::chrono::seconds(1); }), usage,
                     "cannot end (2026-11-21T03:25:44Z) before it begins (2026-11-21T03:25:45Z)"));
  EXPECT_TRUE(failed(with([](auto& c) { c.not_before = Timestamp(std::chrono::seconds(-1)); }), usage, "the clock"));
  EXPECT_TRUE(failed(with([](auto& c) { c.not_after += std::chrono::years(8000); }), usage, "1970 to 9999"));
  EXPECT_TRUE(failed(with([](auto& c) {
                       c.profile = CertificateProfile::issuing_ca;
                       c.alternative_names = names({"DNS:a.example"});
                     }),
                     usage, "takes no alternative names"));
}

TEST(CertificateIssuer, PassesTheSignersErrorsOn) {
  CertificateSigner signer = p256();
  const Bytes root = issue_root(signer, content_of(CertificateProfile::root, "R", KeyAlgorithm::ecdsa_p256)).value();
  const auto content = content_of(CertificateProfile::client, "a", KeyAlgorithm::ecdsa_p256);
  const auto issue_with = [&](std::function<Result<Bytes>(ByteView)> sign) {
    signer.sign = std::move(sign);
    return CertificateIssuer::create(root, signer).value().issue(content);
  };
  EXPECT_TRUE(failed(issue_with([](ByteView) -> Result<Bytes> { return Error(ErrorCode::io, "the token is gone"); }),
                     ErrorCode::io, "the token is gone"));
  EXPECT_TRUE(failed(issue_with([](ByteView) -> Result<Bytes> { return Bytes(); }), ErrorCode::internal, "0 bytes"));
  EXPECT_TRUE(failed(issue_with([](ByteView) -> Result<Bytes> { return Bytes(73); }), ErrorCode::internal,
                     "73 bytes, which are no signature of a key for ecdsa-p256"));
}

TEST(CertificateIssuer, NeedsTheCertificateOfAnAuthority) {
  const auto signer = p256();
  const auto create = [&](const Bytes& der) { return CertificateIssuer::create(der, signer); };
  const auto issuer = root_of(signer);
  const Bytes leaf = issuer.issue(content_of(CertificateProfile::client, "a", KeyAlgorithm::ecdsa_p256)).value();
  EXPECT_TRUE(failed(create(leaf), ErrorCode::refused, "'CN=a,O=Example' is not one of an authority: its basicConstr"));
  const Bytes other = issuer.issue(content_of(CertificateProfile::issuing_ca, "b", KeyAlgorithm::ed25519)).value();
  EXPECT_TRUE(failed(create(other), ErrorCode::refused, "the first certificate is for the key"));
  EXPECT_TRUE(failed(create(Bytes(200, 0x30)), ErrorCode::malformed, "this is no certificate"));
  const Bytes below = issuer.issue(content_of(CertificateProfile::issuing_ca, "b", KeyAlgorithm::ecdsa_p256)).value();
  const auto lower = create(below);
  ASSERT_TRUE(succeeded(lower));
  EXPECT_TRUE(failed(lower->issue(content_of(CertificateProfile::issuing_ca, "c", KeyAlgorithm::ecdsa_p256)),
                     ErrorCode::refused, "'CN=b,O=Example' may not certify other authorities"));
}

TEST(CertificateIssuer, CertifiesItselfWithItsOwnKeyOnly) {
  const auto content = content_of(CertificateProfile::root, "Root", KeyAlgorithm::ed25519);
  EXPECT_TRUE(failed(issue_root(p256(), content), ErrorCode::usage, "signed by its own key"));
  EXPECT_TRUE(failed(issue_root(p256(), content_of(CertificateProfile::client, "a", KeyAlgorithm::ecdsa_p256)),
                     ErrorCode::usage, "has the profile of a root"));
}

TEST(SerialNumber, HasOneSpelling) {
  const auto one = SerialNumber::draw(kNow).value();
  EXPECT_EQ(one.to_hex().size(), 32u);
  EXPECT_NE(one, SerialNumber::draw(kNow).value());
  EXPECT_EQ(SerialNumber::parse(one.to_hex()).value(), one);
  EXPECT_EQ(SerialNumber::parse(kSerial).value().to_hex(), kSerial);
  for (const std::string bad : {"", "01", "000102030405060708090a0b0c0d0e0f", "800102030405060708090a0b0c0d0e0f",
                                "0102030405060708090a0b0c0d0e0f0", "0102030405060708090a0b0c0d0e0f0g"}) {
    EXPECT_TRUE(failed(SerialNumber::parse(bad), ErrorCode::malformed, "'" + bad + "' is not a serial number"));
  }
}

TEST(SerialNumber, BeginsWithItsMinute) {
  const auto digits_at = [](Timestamp now) { return SerialNumber::draw(now).value().to_hex().substr(0, 8); };
  // Seconds since 1970, as `date +%s` gives them.
  const std::vector<std::pair<std::int64_t, std::string>> rows{
      {1'795'392'059, "01c89780"}, {1'795'392'060, "01c89781"}, {-5, "01000000"}, {0, "01000000"},
      {1'006'632'960, "01000000"}, {1'006'633'020, "01000001"}};
  for (const auto& [seconds, digits] : rows) EXPECT_EQ(digits_at(Timestamp(std::chrono::seconds(seconds))), digits);
  EXPECT_EQ(digits_at(Timestamp::max()), "7fffffff");
}

// A certificate's number cannot be told beforehand, nor does it repeat: every bit behind the minute is drawn.
TEST(SerialNumber, VariesInEveryOtherBit) {
  std::set<SerialNumber> all;
  std::array<std::uint8_t, SerialNumber::kSize> ones{};
  std::array<std::uint8_t, SerialNumber::kSize> zeros{};
  for (int i = 0; i < 1000; ++i) {
    const auto serial = SerialNumber::draw(kNow).value();
    all.insert(serial);
    for (std::size_t at = 0; at < ones.size(); ++at) {
      ones[at] |= serial.bytes()[at];
      zeros[at] |= static_cast<std::uint8_t>(~serial.bytes()[at]);
    }
  }
  EXPECT_EQ(all.size(), 1000U);
  for (std::size_t at = 4; at < ones.size(); ++at) {
    EXPECT_EQ(ones[at], 0xff) << at;
    EXPECT_EQ(zeros[at], 0xff) << at;
  }
}

TEST(SerialNumber, IsThatOfTheFacts) {
  const auto der = root_of(p256()).issue(content_of(CertificateProfile::client, "a", KeyAlgorithm::ecdsa_p256)).value();
  std::string shown = CertificateChain::parse(der).value().leaf().serial;
  EXPECT_EQ(shown, kSerial);
}

}  // namespace
}  // namespace holdfast::crypto
