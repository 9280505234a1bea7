// The openssl command judges the certificate requests of every signing algorithm.
#include "crypto/certificate_request.hpp"

#include <openssl/err.h>

#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using holdfast::test::TemporaryFolder;
using test::failed;
using test::succeeded;
using test::test_key;
using testing::HasSubstr;
using testing::Not;

RequestContent content_with(const std::string& subject, const std::vector<std::string>& names, KeyUses uses) {
  return {.subject = DistinguishedName::parse(subject).value(),
          .alternative_names = parse_alternative_names(names).value(),
          .uses = uses};
}

RequestContent usual_content() {
  return content_with(
      "CN=gäte 7+serialNumber=42,O=Example\\, Inc.,C=DE",
      {"DNS:*.example.org", "IP:192.0.2.7", "IP:2001:db8::7", "URI:urn:example:7", "email:a@example.org"},
      bit(KeyUse::sign));
}

class Request : public testing::TestWithParam<KeyRow> {
 protected:
  /// What openssl says about the request.
  std::string judged(const Result<std::string>& request) {
    EXPECT_TRUE(succeeded(request));
    if (!request.ok()) return "";
    test::write(folder_ / "request", as_bytes(*request));
    EXPECT_TRUE(test::openssl_command(folder_, "req -in request -verify -noout -text -nameopt RFC2253,-esc_msb,utf8"))
        << test::output_of(folder_);
    return test::output_of(folder_);
  }

  TemporaryFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Table, Request, testing::ValuesIn(signature_suites().begin(), signature_suites().end()),
                         [](const auto& row) { return test::test_name(row.param.name); });

TEST_P(Request, IsWhatOpensslUnderstands) {
  const PrivateKey& key = test_key(GetParam().algorithm);
  const std::string text = judged(make_certificate_request(key, usual_content()));
  EXPECT_THAT(text, HasSubstr("self-signature verify OK"));
  EXPECT_THAT(text, HasSubstr("Subject: CN=gäte 7+serialNumber=42,O=Example\\, Inc.,C=DE\n"));
  EXPECT_THAT(text, HasSubstr("X509v3 Subject Alternative Name: \n                    DNS:*.example.org, IP "
                              "Address:192.0.2.7, IP Address:2001:DB8:0:0:0:0:0:7, URI:urn:example:7, "
                              "email:a@example.org\n"));
  EXPECT_THAT(text, HasSubstr("X509v3 Key Usage: critical\n                    Digital Signature\n"));
  ASSERT_TRUE(test::openssl_command(folder_, "req -in request -pubkey -noout"));
  EXPECT_EQ(test::output_of(folder_), key.public_key().to_pem().value());
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST_P(Request, StatesTheSignatureAlgorithm) {
  const KeyRow& row = GetParam();
  const std::string text = judged(make_certificate_request(test_key(row.algorithm), usual_content()));
  std::string expected(row.openssl_name);
  const std::string hash = row.default_hash ? std::string(name_of(*row.default_hash)) : "";
  std::string upper = hash;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (row.family == Family::rsa) expected = hash + "WithRSAEncryption";
  if (row.family == Family::ecdsa) expected = "ecdsa-with-" + upper;
  EXPECT_THAT(text, HasSubstr("    Signature Algorithm: " + expected + "\n"));
}

TEST_P(Request, AsksForAllUsesOfTheKey) {
  const KeyRow& row = GetParam();
  const std::string text =
      judged(make_certificate_request(test_key(row.algorithm), content_with("/CN=a", {}, row.uses)));
  const bool rsa = row.family == Family::rsa;
  const std::string more = rsa ? ", Key Encipherment" : row.family == Family::ecdsa ? ", Key Agreement" : "";
  EXPECT_THAT(text, HasSubstr("X509v3 Key Usage: critical\n                    Digital Signature" + more + "\n"));
  EXPECT_THAT(text, Not(HasSubstr("Subject Alternative Name")));
}

TEST(CertificateRequest, HasTheOrderOfItsSubject) {
  const TemporaryFolder folder;
  for (const std::string subject : {"/C=DE/O=Example/CN=gate 7", "CN=gate 7,O=Example,C=DE"}) {
    const auto request = make_certificate_request(test_key(KeyAlgorithm::ed25519), content_with(subject, {}, 1));
    test::write(folder / "request", as_bytes(request.value()));
    ASSERT_TRUE(test::openssl_command(folder, "req -in request -noout -subject -nameopt compat"));
    EXPECT_EQ(test::output_of(folder), "subject=/C=DE/O=Example/CN=gate 7\n") << subject;
  }
}

TEST(CertificateRequest, WritesEachAttributeInItsCharacterSet) {
  const TemporaryFolder folder;
  const auto content = content_with("/C=DE/serialNumber=1/DC=a/emailAddress=a@b.example/CN=a/1.2.3.4=b", {}, 1);
  const auto request = make_certificate_request(test_key(KeyAlgorithm::ed25519), content);
  test::write(folder / "request", as_bytes(request.value()));
  ASSERT_TRUE(test::openssl_command(folder, "req -in request -noout -subject -nameopt show_type,sep_comma_plus,oid"));
  EXPECT_EQ(test::output_of(folder),
            "subject=2.5.4.6=PRINTABLESTRING:DE,2.5.4.5=PRINTABLESTRING:1,0.9.2342.19200300.100.1.25=IA5STRING:a,"
            "1.2.840.113549.1.9.1=IA5STRING:a@b.example,2.5.4.3=UTF8STRING:a,1.2.3.4=UTF8STRING:b\n");
}

TEST(CertificateRequest, NeedsAKeyThatSigns) {
  for (const auto algorithm : {KeyAlgorithm::x25519, KeyAlgorithm::ml_kem_768}) {
    const auto request = make_certificate_request(test_key(algorithm), usual_content());
    EXPECT_TRUE(failed(request, ErrorCode::usage,
                       "a certificate request is signed by its own key, and " + std::string(row_of(algorithm).name) +
                           " keys cannot sign; use a signing key: rsa-2048"));
  }
  const auto asks = [](KeyAlgorithm algorithm, KeyUses uses) {
    return make_certificate_request(test_key(algorithm), content_with("/CN=a", {}, uses));
  };
  EXPECT_TRUE(failed(asks(KeyAlgorithm::rsa_2048, bit(KeyUse::decrypt)), ErrorCode::usage, "with the use 'sign'"));
  EXPECT_TRUE(failed(asks(KeyAlgorithm::ed25519, bit(KeyUse::sign) | bit(KeyUse::derive)), ErrorCode::usage,
                     "asks for uses that ed25519 keys do not have"));
}

}  // namespace
}  // namespace holdfast::crypto
