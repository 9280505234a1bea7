// Files that are not the key they should be: each is refused with a sentence that says what was found.
#include <openssl/err.h>

#include <algorithm>

#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using holdfast::test::TemporaryFolder;
using test::failed;
using test::pattern;
using test::revealed;
using test::secret;
using test::succeeded;

/// The file that an openssl command line leaves as "out".
Bytes made_by(const std::string& arguments) {
  const TemporaryFolder folder;
  EXPECT_TRUE(test::openssl_command(folder, arguments)) << arguments << "\n" << test::output_of(folder);
  return test::content_of(folder / "out");
}

Bytes public_key_made_by(const std::string& arguments) {
  const TemporaryFolder folder;
  EXPECT_TRUE(test::openssl_command(folder, "genpkey " + arguments + " -out key")) << test::output_of(folder);
  EXPECT_TRUE(test::openssl_command(folder, "pkey -in key -pubout -out out")) << test::output_of(folder);
  return test::content_of(folder / "out");
}

TEST(ParsePublicKey, NamesWhatItRefuses) {
  struct Row {
    const char* arguments;
    const char* words;
  };
  const Row rows[] = {
      {"-algorithm RSA -pkeyopt rsa_keygen_bits:1024", "RSA with 1024 bits is not one of: rsa-2048, rsa-3072"},
      {"-algorithm RSA -pkeyopt rsa_keygen_bits:2056", "RSA with 2056 bits is not one of: rsa-2048"},
      {"-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048", "rsassaPss is not one of: rsa-2048"},
      {"-algorithm EC -pkeyopt group:secp256k1", "EC on the curve secp256k1 is not one of"},
      {"-algorithm EC -pkeyopt group:P-224", "EC on the curve secp224r1 is not one of"},
      {"-algorithm EC -pkeyopt group:P-256 -pkeyopt ec_param_enc:explicit", "instead of naming the curve"},
      {"-algorithm X448", "X448 is not one of"},
      {"-algorithm ED448", "ED448 is not one of"},
      {"-algorithm ML-KEM-512", "ML-KEM-512 is not one of"},
      {"-algorithm SLH-DSA-SHA2-128f", "SLH-DSA-SHA2-128f is not one of"},
  };
  for (const Row& row : rows) {
    EXPECT_TRUE(failed(PublicKey::parse(public_key_made_by(row.arguments)), ErrorCode::refused, row.words))
        << row.arguments;
    EXPECT_EQ(ERR_peek_error(), 0u) << row.arguments;
  }
}

TEST(ParsePublicKey, RefusesPrivateKeysInEveryForm) {
  const char* const commands[] = {
      "genpkey -algorithm ED25519 -out out",
      "genpkey -algorithm ED25519 -outform DER -out out",
      "genpkey -algorithm ED25519 -aes256 -pass pass:x -out out",
      "genpkey -algorithm ML-DSA-44 -outform DER -out out",
      "genrsa -traditional -out out 2048",
      "ecparam -name prime256v1 -genkey -noout -out out",
      "ecparam -name prime256v1 -genkey -noout -outform DER -out out",
  };
  for (const char* command : commands) {
    EXPECT_TRUE(failed(PublicKey::parse(made_by(command)), ErrorCode::refused, "this is a private key")) << command;
  }
}

TEST(ParsePublicKey, SaysWhatOtherFilesAre) {
  const TemporaryFolder folder;
  const std::string certificate = "req -x509 -newkey ed25519 -nodes -subj /CN=x -keyout key -out out";
  const Bytes key = test::test_key(KeyAlgorithm::ed25519).public_key().to_der().value();
  const std::string pem = test::test_key(KeyAlgorithm::ed25519).public_key().to_pem().value();
  Bytes trailing = key;
  append(trailing, as_bytes("abc"));
  Bytes pkcs1;
  ASSERT_TRUE(test::openssl_command(folder, "genrsa -out key 2048"));
  ASSERT_TRUE(test::openssl_command(folder, "rsa -in key -RSAPublicKey_out -outform DER -out out"));
  pkcs1 = test::content_of(folder / "out");
  struct Row {
    Bytes file;
    const char* words;
  };
  const auto text = [](std::string_view value) { return Bytes(value.begin(), value.end()); };
  const Row rows[] = {
      {{}, "the public key is empty"},
      {Bytes(64 * 1024 + 1, 'x'), "larger than 64 KiB"},
      {text("hello"), "not a public key (SubjectPublicKeyInfo, PEM or DER)"},
      {text("MCowBQYDK2VwAyEA"), "not a public key (SubjectPublicKeyInfo, PEM or DER)"},
      {trailing, "is followed by 3 more bytes"},
      {Bytes(300, 'g'), "not a public key (SubjectPublicKeyInfo, PEM or DER)"},
      {made_by(certificate), "'CERTIFICATE' was found"},
      {made_by(certificate + " -outform DER"), "looks like a certificate"},
      {pkcs1, "PKCS #1 RSA public key; convert it"},
      {text("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"), ""},
      {text("-----BEGIN PUBLIC KEY-----\nMCow*\n-----END PUBLIC KEY-----\n"), "is damaged"},
      {text(pem.substr(0, pem.size() - 10)), "is damaged"},
      {text(pem + pem), "more than one PEM block"},
      {text("-----BEGIN A\x1b[31m-----\n"), "'A\\x1b[31m' was found"},
      {text("-----BEGIN "), "was found"},
      {{0x30, 0x80, 0x00, 0x00}, "indefinite length"},
      {{0x30, 0x00}, "not a public key"},
      {{0x05, 0x00}, "not a public key"},
      {{0x30, 0x84, 0xff, 0xff, 0xff, 0xff}, "truncated"},
  };
  for (const Row& row : rows) {
    EXPECT_TRUE(failed(PublicKey::parse(row.file), ErrorCode::malformed, row.words)) << row.words;
    EXPECT_EQ(ERR_peek_error(), 0u) << row.words;
  }
}

TEST(ParsePublicKey, TakesCommentsAroundPem) {
  const PublicKey& key = test::test_key(KeyAlgorithm::ecdsa_p256).public_key();
  const auto parsed = PublicKey::parse(as_bytes("The gate's key:\r\n\n" + key.to_pem().value() + "\nend\n"));
  ASSERT_TRUE(succeeded(parsed));
  EXPECT_EQ(parsed->to_der().value(), key.to_der().value());
}

TEST(ParsePublicKey, OneFingerprintForBothSpellingsOfAPoint) {
  const TemporaryFolder folder;
  const PublicKey& key = test::test_key(KeyAlgorithm::ecdsa_p384).public_key();
  test::write(folder / "key", as_bytes(key.to_pem().value()));
  ASSERT_TRUE(test::openssl_command(folder, "pkey -pubin -in key -pubout -ec_conv_form compressed -out out"))
      << test::output_of(folder);
  ASSERT_NE(as_text(test::content_of(folder / "out")), key.to_pem().value());
  const auto parsed = PublicKey::parse(test::content_of(folder / "out"));
  ASSERT_TRUE(succeeded(parsed));
  EXPECT_EQ(parsed->fingerprint().value(), key.fingerprint().value());
}

TEST(ParsePublicKey, RefusesPointsThatAreNotOnTheCurve) {
  Bytes der = test::test_key(KeyAlgorithm::ecdsa_p256).public_key().to_der().value();
  der.back() ^= 1;
  EXPECT_TRUE(failed(PublicKey::parse(der), ErrorCode::malformed, "damaged"));
  std::fill(der.end() - 64, der.end(), std::uint8_t{0});
  EXPECT_TRUE(failed(PublicKey::parse(der), ErrorCode::malformed, "damaged"));
}

TEST(ParsePublicKey, RefusesUnsoundRsaKeys) {
  const Bytes der = test::test_key(KeyAlgorithm::rsa_2048).public_key().to_der().value();
  Bytes even_modulus = der;
  even_modulus[der.size() - 6] &= 0xfe;  // the modulus ends before the five bytes of the exponent 65537
  EXPECT_TRUE(failed(PublicKey::parse(even_modulus), ErrorCode::malformed, "not a valid key"));
  Bytes exponent_one = der;
  exponent_one[der.size() - 3] = 0;
  EXPECT_FALSE(PublicKey::parse(exponent_one).ok());
}

TEST(ParsePkcs8, SaysWhatIsWrong) {
  const Bytes good = revealed(test::test_key(KeyAlgorithm::ecdsa_p256).to_pkcs8().value());
  Bytes trailing = good;
  trailing.push_back(0);
  EXPECT_TRUE(failed(PrivateKey::parse_pkcs8(secret({})), ErrorCode::malformed, "is empty"));
  EXPECT_TRUE(failed(PrivateKey::parse_pkcs8(secret(trailing)), ErrorCode::malformed, "followed by 1 more"));
  EXPECT_TRUE(failed(PrivateKey::parse_pkcs8(secret(Bytes(70'000))), ErrorCode::malformed, "larger than 64 KiB"));
  EXPECT_TRUE(failed(PrivateKey::parse_pkcs8(secret(as_bytes("hello"))), ErrorCode::malformed, "nor DER"));
  const Bytes spki = test::test_key(KeyAlgorithm::ecdsa_p256).public_key().to_der().value();
  EXPECT_TRUE(failed(PrivateKey::parse_pkcs8(secret(spki)), ErrorCode::malformed, "not a private key"));
  const Bytes x448 = made_by("genpkey -algorithm X448 -outform DER -out out");
  EXPECT_TRUE(failed(PrivateKey::parse_pkcs8(secret(x448)), ErrorCode::refused, "X448 is not one of"));
  const TemporaryFolder folder;
  ASSERT_TRUE(test::openssl_command(folder, "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out key"));
  ASSERT_TRUE(test::openssl_command(folder, "pkcs8 -topk8 -nocrypt -in key -outform DER -out small"));
  ASSERT_TRUE(test::openssl_command(folder, "pkcs8 -topk8 -passout pass:x -in key -outform DER -out encrypted"));
  ASSERT_TRUE(test::openssl_command(folder, "rsa -traditional -in key -outform DER -out traditional"));
  const auto parse = [&](const char* file) { return PrivateKey::parse_pkcs8(secret(test::content_of(folder / file))); };
  EXPECT_TRUE(failed(parse("small"), ErrorCode::refused, "RSA with 1024 bits"));
  EXPECT_TRUE(failed(parse("encrypted"), ErrorCode::malformed, "openssl pkcs8 -topk8 -nocrypt"));
  EXPECT_TRUE(failed(parse("traditional"), ErrorCode::malformed, "openssl pkcs8 -topk8 -nocrypt"));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(ParsePkcs8, RefusesHalvesThatDoNotBelongTogether) {
  Bytes ec = revealed(test::test_key(KeyAlgorithm::ecdsa_p256).to_pkcs8().value());
  const auto other = PrivateKey::derive(KeyAlgorithm::ecdsa_p256, secret(pattern(40, 77)));
  const Bytes other_ec = revealed(other.value().to_pkcs8().value());
  std::copy(other_ec.end() - 64, other_ec.end(), ec.end() - 64);
  EXPECT_TRUE(failed(PrivateKey::parse_pkcs8(secret(ec)), ErrorCode::malformed, "does not belong"));

  Bytes rsa = revealed(test::test_key(KeyAlgorithm::rsa_2048).to_pkcs8().value());
  rsa[60] ^= 0x40;  // inside the modulus
  EXPECT_FALSE(PrivateKey::parse_pkcs8(secret(rsa)).ok());
  EXPECT_EQ(ERR_peek_error(), 0u);
}

}  // namespace
}  // namespace holdfast::crypto
