// Certificate requests as an authority receives them: ours, those of openssl, and ones that must not pass.
#include <openssl/err.h>

#include <format>

#include "crypto/certificate_request.hpp"
#include "crypto/signature.hpp"
#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using holdfast::test::TemporaryFolder;
using test::failed;
using test::succeeded;
using test::test_key;
using testing::ElementsAre;
using testing::HasSubstr;

Result<CertificateRequest> parse(std::string_view text) { return parse_certificate_request(as_bytes(text)); }
Result<CertificateRequest> parse(const Bytes& der) { return parse_certificate_request(der); }

std::string ours(KeyAlgorithm algorithm, std::optional<RsaScheme> scheme = std::nullopt) {
  RequestContent content{
      .subject = DistinguishedName::parse("CN=gate 7,O=Example\\, Inc.").value(),
      .alternative_names =
          parse_alternative_names(std::vector<std::string>{"DNS:a.example", "IP:192.0.2.7", "IP:2001:db8::7",
                                                           "URI:urn:a:b", "email:a@b.example"})
              .value()};
  content.rsa = scheme;
  return make_certificate_request(test_key(algorithm), content).value();
}

Bytes der_of(const std::string& pem) {
  const TemporaryFolder folder;
  test::write(folder / "request", as_bytes(pem));
  EXPECT_TRUE(test::openssl_command(folder, "req -in request -outform DER -out der")) << test::output_of(folder);
  return test::content_of(folder / "der");
}

/// What `openssl req -new` writes with these arguments; `section` is its configuration.
std::string from_openssl(const std::string& arguments, const std::string& section = "") {
  const TemporaryFolder folder;
  test::write(folder / "configuration",
              as_bytes("[req]\nprompt=no\ndistinguished_name=name\n" + section + "\n[name]\nCN=gate 7\n"));
  EXPECT_TRUE(
      test::openssl_command(folder, "req -new -nodes -keyout key -config configuration -out request " + arguments))
      << test::output_of(folder);
  return std::string(as_text(test::content_of(folder / "request")));
}

class Asked : public testing::TestWithParam<KeyRow> {};
INSTANTIATE_TEST_SUITE_P(Table, Asked, testing::ValuesIn(signature_suites().begin(), signature_suites().end()),
                         [](const auto& row) { return test::test_name(row.param.name); });

TEST_P(Asked, IsReadAsItWasMade) {
  const std::string pem = ours(GetParam().algorithm);
  std::string other_label = pem;
  for (auto at = other_label.find("CERTIFICATE"); at != std::string::npos;
       at = other_label.find("CERTIFICATE", at + 8)) {
    other_label.insert(at, "NEW ");
  }
  for (const auto& request : {parse(pem), parse(der_of(pem)), parse(other_label)}) {
    ASSERT_TRUE(succeeded(request));
    EXPECT_EQ(request->key.to_der().value(), test_key(GetParam().algorithm).public_key().to_der().value());
    EXPECT_EQ(request->subject, "CN=gate 7,O=Example\\, Inc.");
    EXPECT_THAT(request->alternative_names,
                ElementsAre("DNS:a.example", "IP:192.0.2.7", "IP:2001:db8::7", "URI:urn:a:b", "email:a@b.example"));
    EXPECT_EQ(request->challenge_password, ChallengePassword::absent);
  }
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST_P(Asked, ProvesThatTheKeyIsThere) {
  Bytes der = der_of(ours(GetParam().algorithm));
  const auto at = as_text(der).find("gate 7");
  der[at] = 'd';
  EXPECT_TRUE(failed(parse(der), ErrorCode::refused, "signature is not valid"));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(CertificateRequestParse, TakesPssWithSha2) {
  ASSERT_TRUE(succeeded(parse(ours(KeyAlgorithm::rsa_2048, RsaScheme::pss))));
  const std::string pss = "-newkey rsa:2048 -sigopt rsa_padding_mode:pss ";
  EXPECT_TRUE(succeeded(parse(from_openssl(pss + "-sha384"))));
  EXPECT_TRUE(failed(parse(from_openssl(pss + "-sha1")), ErrorCode::refused, "signed with RSA-PSS and SHA-1"));
  EXPECT_TRUE(failed(parse(from_openssl(pss + "-sha224")), ErrorCode::refused, "signed with RSA-PSS and sha224"));
}

TEST(CertificateRequestParse, RefusesWeakHashes) {
  const auto words = "sign it with SHA-256, SHA-384 or SHA-512, Ed25519 or ML-DSA";
  for (const std::string hash : {"md5", "sha1", "sha224", "sha3-256"}) {
    EXPECT_TRUE(failed(parse(from_openssl("-newkey rsa:2048 -" + hash)), ErrorCode::refused, words)) << hash;
  }
  EXPECT_TRUE(failed(parse(from_openssl("-newkey ec -pkeyopt ec_paramgen_curve:P-256 -sha1")), ErrorCode::refused,
                     "signed with ecdsa-with-SHA1, which is not accepted"));
}

TEST(CertificateRequestParse, RefusesOtherKeys) {
  EXPECT_TRUE(failed(parse(from_openssl("-newkey rsa:1024")), ErrorCode::refused, "RSA with 1024 bits is not one of"));
  EXPECT_TRUE(failed(parse(from_openssl("-newkey ed448")), ErrorCode::refused, "a key for ED448 is not one of"));
  EXPECT_TRUE(failed(parse(from_openssl("-newkey ec -pkeyopt ec_paramgen_curve:secp256k1")), ErrorCode::refused,
                     "secp256k1 is not one of"));
  EXPECT_TRUE(failed(parse(from_openssl("-newkey slh-dsa-sha2-128f")), ErrorCode::refused, "is not one of"));
}

TEST(CertificateRequestParse, SeesAPasswordWithoutKeepingIt) {
  const auto request = parse(from_openssl("-newkey ed25519", "attributes=more\n[more]\nchallengePassword=open sesame"));
  ASSERT_TRUE(succeeded(request));
  EXPECT_EQ(request->challenge_password, ChallengePassword::present);
  EXPECT_EQ(request->subject, "CN=gate 7");
  EXPECT_TRUE(request->alternative_names.empty());
}

TEST(CertificateRequestParse, ShowsNamesOfEveryKind) {
  const auto request = parse(
      from_openssl("-newkey ed25519",
                   "req_extensions=more\n[more]\nsubjectAltName=@names\n[names]\nDNS.1=a\\\x1b[31mb\nRID.1=1.2.3\n"
                   "otherName.1=1.3.6.1.5.5.7.8.4;UTF8:x\ndirName.1=other\n[other]\nCN=inside"));
  ASSERT_TRUE(succeeded(request));
  EXPECT_THAT(request->alternative_names, ElementsAre("DNS:a\\x1b[31mb", "registeredID:1.2.3",
                                                      "otherName:1.3.6.1.5.5.7.8.4", "directoryName:CN=inside"));
}

TEST(CertificateRequestParse, RefusesOtherFiles) {
  const std::string pem = ours(KeyAlgorithm::ed25519);
  const Bytes der = der_of(pem);
  Bytes longer = der;
  longer.push_back(0);
  Bytes version = der;
  version[as_text(der).find(std::string("\x02\x01\x00", 3)) + 2] = 1;
  using enum ErrorCode;
  EXPECT_TRUE(failed(parse(""), malformed, "is empty"));
  EXPECT_TRUE(failed(parse(std::string(65'537, ' ')), malformed, "larger than 64 KiB"));
  EXPECT_TRUE(failed(parse("hello"), malformed, "neither PEM nor DER"));
  EXPECT_TRUE(failed(parse(pem + pem), malformed, "more than one PEM block"));
  EXPECT_TRUE(failed(parse("-----BEGIN PRIVATE KEY-----"), refused, "this is a private key"));
  EXPECT_TRUE(failed(parse("-----BEGIN CERTIFICATE-----"), malformed, "this is a certificate, and not a request"));
  EXPECT_TRUE(failed(parse("-----BEGIN A\x1b-----"), malformed, "'A\\x1b' was found"));
  EXPECT_TRUE(failed(parse(pem.substr(0, pem.size() / 2)), malformed, "is damaged"));
  EXPECT_TRUE(failed(parse(Bytes(der.begin(), der.end() - 1)), malformed, "is truncated"));
  EXPECT_TRUE(failed(parse(longer), malformed, "followed by 1 more bytes"));
  EXPECT_TRUE(failed(parse(test_key(KeyAlgorithm::ed25519).public_key().to_der().value()), malformed,
                     "something else than one (PKCS #10)"));
  EXPECT_TRUE(failed(parse(version), malformed, "a version that does not exist"));
}

/// DER in hexadecimal, of content in hexadecimal.
std::string tlv(const std::string& tag, const std::string& content) {
  const auto size = content.size() / 2;
  return tag + (size < 0x80 ? std::format("{:02x}", size) : std::format("82{:04x}", size)) + content;
}

/// A request whose algorithms, of the key and of the signature, are these AlgorithmIdentifiers; signed by the key,
/// if it can.
Bytes request_with(const PrivateKey& key, const std::string& key_algorithm, const std::string& signature_algorithm) {
  const Bytes der = key.public_key().to_der().value();
  const std::string spki = to_hex(der);
  // The BIT STRING stands behind the SEQUENCE of the algorithm, whose length is one byte.
  const std::size_t outer = der[1] == 0x82 ? 4 : 2;
  const std::string bits = spki.substr(2 * (outer + 2 + der[outer + 1]));
  const std::string info = tlv("30", "0201003000" + tlv("30", key_algorithm + bits) + "a000");
  const auto signature = sign_message(key, {}, parse_hex(info).value());
  const std::string value = signature.ok() ? to_hex(*signature) : std::string(128, '0');
  return parse_hex(tlv("30", info + signature_algorithm + tlv("03", "00" + value))).value();
}

TEST(CertificateRequestParse, TakesNoParametersWhereNoneBelong) {
  const std::string plain = "300b0609608648016503040311";
  const std::string null = "300d06096086480165030403110500";
  const std::string some = "300e0609608648016503040311040100";
  const PrivateKey& key = test_key(KeyAlgorithm::ml_dsa_44);
  ASSERT_TRUE(succeeded(parse(request_with(key, plain, plain))));
  EXPECT_EQ(parse(request_with(key, plain, plain)).value().subject, "");
  using enum ErrorCode;
  for (const std::string& bad : {null, some}) {
    EXPECT_TRUE(failed(parse(request_with(key, bad, plain)), malformed,
                       "ML-DSA-44 of the request's key has parameters, not even NULL may stand there"));
    EXPECT_TRUE(failed(parse(request_with(key, plain, bad)), malformed, "of the request's signature has parameters"));
  }
  const PrivateKey& ed25519 = test_key(KeyAlgorithm::ed25519);
  EXPECT_TRUE(succeeded(parse(request_with(ed25519, "300506032b6570", "300506032b6570"))));
  EXPECT_TRUE(failed(parse(request_with(ed25519, "300706032b65700500", "300506032b6570")), malformed, "request's key"));
  EXPECT_TRUE(failed(parse(request_with(ed25519, "300506032b6570", "300706032b65700500")), malformed, "signature has"));
}

TEST(CertificateRequestParse, TakesTheAlgorithmOfTheKeyAlone) {
  const std::string ed25519 = "300506032b6570";
  const std::string p256 = "301306072a8648ce3d020106082a8648ce3d030107";
  const std::string ecdsa = "300a06082a8648ce3d040302";
  using enum ErrorCode;
  EXPECT_TRUE(succeeded(parse(request_with(test_key(KeyAlgorithm::ecdsa_p256), p256, ecdsa))));
  EXPECT_TRUE(failed(parse(request_with(test_key(KeyAlgorithm::ed25519), ed25519, ecdsa)), malformed,
                     "signed with ecdsa-with-SHA256, and its key is for ed25519"));
  EXPECT_TRUE(failed(parse(request_with(test_key(KeyAlgorithm::ed25519), ed25519, "300b0609608648016503040311")),
                     malformed, "signed with ML-DSA-44, and its key is for ed25519"));
  EXPECT_TRUE(failed(parse(request_with(test_key(KeyAlgorithm::ed25519), ed25519, "300506032b6571")), refused,
                     "signed with ED448, which is not accepted"));
  EXPECT_TRUE(failed(parse(request_with(test_key(KeyAlgorithm::ed25519), ed25519, "300406022a03")), refused,
                     "signed with 1.2.3, which"));
  EXPECT_TRUE(
      failed(parse(request_with(test_key(KeyAlgorithm::x25519), "300506032b656e", ed25519)), refused, "x25519"));
}

}  // namespace
}  // namespace holdfast::crypto
