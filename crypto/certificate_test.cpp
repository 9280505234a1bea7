// Self-signed certificates of every signing algorithm, judged by the openssl command.
#include "crypto/certificate.hpp"

#include <openssl/err.h>

#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using holdfast::test::TemporaryFolder;
using test::failed;
using test::succeeded;
using test::test_key;
using testing::HasSubstr;
using testing::MatchesRegex;

constexpr Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21) + std::chrono::seconds(12'345);

SelfSignedContent content_from(Timestamp now, int days) {
  return {.subject = DistinguishedName::parse("CN=gate 7,O=Example\\, Inc.,C=DE").value(),
          .alternative_names = parse_alternative_names(std::vector<std::string>{"DNS:a.example", "IP:::1"}).value(),
          .uses = bit(KeyUse::sign),
          .now = now,
          .validity = std::chrono::days(days)};
}

class SelfSigned : public testing::TestWithParam<KeyRow> {};

INSTANTIATE_TEST_SUITE_P(Table, SelfSigned, testing::ValuesIn(signature_suites().begin(), signature_suites().end()),
                         [](const auto& row) { return test::test_name(row.param.name); });

TEST_P(SelfSigned, IsWhatOpensslVerifies) {
  const PrivateKey& key = test_key(GetParam().algorithm);
  const auto chain = make_self_signed(key, content_from(kNow, 30));
  ASSERT_TRUE(succeeded(chain));
  EXPECT_TRUE(succeeded(check_belongs_to(*chain, key.public_key())));
  const TemporaryFolder folder;
  test::write(folder / "self", as_bytes(chain->to_pem().value()));
  EXPECT_TRUE(test::openssl_command(folder, "verify -x509_strict -check_ss_sig -attime 1795293900 -CAfile self self"))
      << test::output_of(folder);
  ASSERT_TRUE(test::openssl_command(folder, "x509 -in self -noout -text")) << test::output_of(folder);
  const std::string text = test::output_of(folder);
  EXPECT_THAT(text, HasSubstr("Version: 3 (0x2)"));
  EXPECT_THAT(text, HasSubstr("Issuer: C=DE, O=Example, Inc., CN=gate 7\n"));
  EXPECT_THAT(text, HasSubstr("Subject: C=DE, O=Example, Inc., CN=gate 7\n"));
  EXPECT_THAT(text, HasSubstr("X509v3 Basic Constraints: critical\n                CA:FALSE\n"));
  EXPECT_THAT(text, HasSubstr("X509v3 Key Usage: critical\n                Digital Signature\n"));
  EXPECT_THAT(text, HasSubstr("X509v3 Subject Alternative Name: \n                DNS:a.example, IP "
                              "Address:0:0:0:0:0:0:0:1\n"));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST_P(SelfSigned, NamesItsKeyAsSubjectAndAuthority) {
  const auto chain = make_self_signed(test_key(GetParam().algorithm), content_from(kNow, 30));
  const TemporaryFolder folder;
  test::write(folder / "self", as_bytes(chain.value().to_pem().value()));
  ASSERT_TRUE(test::openssl_command(folder, "x509 -in self -noout -ext subjectKeyIdentifier,authorityKeyIdentifier"));
  const std::string text = test::output_of(folder);
  const auto identifier = text.find(':', text.find("Subject Key Identifier") + 26) - 2;
  const std::string value = text.substr(identifier, 59);
  EXPECT_THAT(value, MatchesRegex("([0-9A-F]{2}:){19}[0-9A-F]{2}")) << text;
  EXPECT_NE(text.find(value, identifier + 1), std::string::npos) << text;
}

TEST(SelfSignedCertificate, IsValidAsLongAsAsked) {
  using std::chrono::year;
  const auto at = [](int y) { return std::chrono::sys_days(year(y) / 1 / 1) + std::chrono::seconds(0); };
  struct Row {
    Timestamp now;
    int days;
    const char* from;
    const char* to;
  };
  const Row rows[] = {
      {kNow, 1, "Nov 21 03:25:45 2026 GMT", "Nov 22 03:25:45 2026 GMT"},
      {at(2028), 366, "Jan  1 00:00:00 2028 GMT", "Jan  1 00:00:00 2029 GMT"},
      {at(2049), 365, "Jan  1 00:00:00 2049 GMT", "Jan  1 00:00:00 2050 GMT"},  // the year in which the form changes
      {at(2050), 36'500, "Jan  1 00:00:00 2050 GMT", "Dec  8 00:00:00 2149 GMT"},
      {at(1970), 1, "Jan  1 00:00:00 1970 GMT", "Jan  2 00:00:00 1970 GMT"},
  };
  const TemporaryFolder folder;
  for (const Row& row : rows) {
    const auto chain = make_self_signed(test_key(KeyAlgorithm::ed25519), content_from(row.now, row.days));
    ASSERT_TRUE(succeeded(chain));
    EXPECT_EQ(chain->leaf().not_before, row.now);
    EXPECT_EQ(chain->leaf().not_after, row.now + std::chrono::days(row.days));
    test::write(folder / "self", as_bytes(chain->to_pem().value()));
    ASSERT_TRUE(test::openssl_command(folder, "x509 -in self -noout -dates"));
    EXPECT_EQ(test::output_of(folder), std::string("notBefore=") + row.from + "\nnotAfter=" + row.to + "\n");
  }
}

TEST(SelfSignedCertificate, RefusesTimesThatMakeNoSense) {
  const auto make = [](Timestamp now, int days) {
    return make_self_signed(test_key(KeyAlgorithm::ed25519), content_from(now, days));
  };
  EXPECT_TRUE(failed(make(kNow, 0), ErrorCode::usage, "valid for 1 to 36500 days, and 0 were given"));
  EXPECT_TRUE(failed(make(kNow, -1), ErrorCode::usage, "1 to 36500 days"));
  EXPECT_TRUE(failed(make(kNow, 36'501), ErrorCode::usage, "1 to 36500 days"));
  EXPECT_TRUE(failed(make(Timestamp(std::chrono::seconds(-1)), 1), ErrorCode::usage, "check the clock"));
  EXPECT_TRUE(failed(make(std::chrono::sys_days(std::chrono::year(9999) / 12 / 31), 1), ErrorCode::usage, "to 9999"));
}

TEST(SelfSignedCertificate, HasASerialNumberOfItsOwn) {
  const auto serial = [] {
    return make_self_signed(test_key(KeyAlgorithm::ed25519), content_from(kNow, 1)).value().leaf().serial;
  };
  const std::string one = serial();
  // 128 bits begin with four zero bytes once in 2^32 certificates.
  EXPECT_GE(one.size(), 24u);
  EXPECT_LE(one.size(), 32u);
  EXPECT_NE(one, serial());
}

TEST(SelfSignedCertificate, TellsItsFacts) {
  const auto chain = make_self_signed(test_key(KeyAlgorithm::ecdsa_p256), content_from(kNow, 30));
  ASSERT_TRUE(succeeded(chain));
  const TemporaryFolder folder;
  test::write(folder / "self", chain->certificates().front());
  ASSERT_TRUE(test::openssl_command(folder, "x509 -in self -noout -serial -fingerprint -sha256"));
  std::string fingerprint = to_hex(chain->leaf().fingerprint);
  std::string said = test::output_of(folder);
  std::erase(said, ':');
  for (char& c : said) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  EXPECT_THAT(said, HasSubstr("serial=" + chain->leaf().serial + "\n"));
  EXPECT_THAT(said, HasSubstr("fingerprint=" + fingerprint + "\n"));
  EXPECT_EQ(chain->leaf().subject, "CN=gate 7,O=Example\\, Inc.,C=DE");
  EXPECT_EQ(chain->leaf().issuer, chain->leaf().subject);
  EXPECT_EQ(chain->size(), 1u);
}

TEST(SelfSignedCertificate, NeedsAKeyThatSigns) {
  const auto chain = make_self_signed(test_key(KeyAlgorithm::x25519), content_from(kNow, 1));
  EXPECT_TRUE(failed(chain, ErrorCode::usage, "a self-signed certificate is signed by its own key, and x25519 keys"));
}

}  // namespace
}  // namespace holdfast::crypto
