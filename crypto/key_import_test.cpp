// Keys that openssl wrote, in every form in which it does; weak and broken ones.
#include "crypto/key_import.hpp"

#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using test::failed;
using test::secret;
using test::succeeded;
using Folder = holdfast::test::TemporaryFolder;

const KeyPassphrase kNone;
const KeyPassphrase kRight = [] { return Result<SecretBytes>(secret(as_bytes("open sesame"))); };
const KeyPassphrase kWrong = [] { return Result<SecretBytes>(secret(as_bytes("open says me"))); };

Result<PrivateKey> import_from(const Folder& folder, const KeyPassphrase& passphrase = kNone,
                               const std::string& file = "key") {
  return import_private_key(secret(test::content_of(folder / file)), passphrase);
}

struct Made {
  std::string options;
  KeyAlgorithm algorithm;
};

TEST(Import, ReadsEveryFormThatOpensslWrites) {
  const Made kinds[] = {{"RSA -pkeyopt rsa_keygen_bits:2048", KeyAlgorithm::rsa_2048},
                        {"EC -pkeyopt group:P-384", KeyAlgorithm::ecdsa_p384},
                        {"ED25519", KeyAlgorithm::ed25519},
                        {"ML-DSA-65", KeyAlgorithm::ml_dsa_65},
                        {"X25519", KeyAlgorithm::x25519},
                        {"ML-KEM-768", KeyAlgorithm::ml_kem_768}};
  for (const auto& [options, algorithm] : kinds) {
    SCOPED_TRACE(options);
    const Folder folder;
    ASSERT_TRUE(test::openssl_command(folder, "genpkey -algorithm " + options + " -out pem"));
    ASSERT_TRUE(test::openssl_command(folder, "pkey -in pem -pubout -outform DER -out pub"));
    ASSERT_TRUE(test::openssl_command(folder, "pkey -in pem -outform DER -out der"));
    ASSERT_TRUE(test::openssl_command(folder, "pkey -in pem -aes256 -passout 'pass:open sesame' -out encrypted"));
    ASSERT_TRUE(test::openssl_command(
        folder, "pkcs8 -topk8 -in pem -passout 'pass:open sesame' -outform DER -out encrypted.der"));
    for (const std::string file : {"pem", "der", "encrypted", "encrypted.der"}) {
      SCOPED_TRACE(file);
      const bool encrypted = file.starts_with("encrypted");
      const auto key = import_from(folder, encrypted ? kRight : kNone, file);
      ASSERT_TRUE(succeeded(key));
      EXPECT_EQ(key->algorithm(), algorithm);
      EXPECT_EQ(key->public_key().to_der().value(), test::content_of(folder / "pub"));
      if (!encrypted) continue;
      EXPECT_TRUE(failed(import_from(folder, kWrong, file), ErrorCode::wrong_passphrase, "does not open"));
      EXPECT_TRUE(failed(import_from(folder, kNone, file), ErrorCode::usage, "is encrypted"));
    }
  }
}

TEST(Import, ReadsTheOlderForms) {
  const Folder folder;
  ASSERT_TRUE(test::openssl_command(folder, "genrsa -traditional -out key 2048"));
  EXPECT_TRUE(succeeded(import_from(folder)));
  ASSERT_TRUE(test::openssl_command(folder, "rsa -in key -traditional -outform DER -out der"));
  EXPECT_TRUE(succeeded(import_from(folder, kNone, "der")));
  ASSERT_TRUE(test::openssl_command(folder, "ecparam -name prime256v1 -genkey -out key"));
  EXPECT_TRUE(succeeded(import_from(folder)));
  ASSERT_TRUE(test::openssl_command(folder, "ec -in key -outform DER -out der"));
  EXPECT_TRUE(succeeded(import_from(folder, kNone, "der")));
  ASSERT_TRUE(test::openssl_command(folder, "ec -in key -aes256 -passout 'pass:open sesame' -out encrypted"));
  EXPECT_TRUE(succeeded(import_from(folder, kRight, "encrypted")));
  EXPECT_TRUE(failed(import_from(folder, kWrong, "encrypted"), ErrorCode::wrong_passphrase, "does not open"));
  EXPECT_TRUE(failed(import_from(folder, kNone, "encrypted"), ErrorCode::usage, "is encrypted"));
}

TEST(Import, RefusesWeakKeys) {
  const Folder folder;
  ASSERT_TRUE(test::openssl_command(folder, "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out key"));
  EXPECT_TRUE(failed(import_from(folder), ErrorCode::refused, "RSA with 1024 bits is not one of"));
  ASSERT_TRUE(test::openssl_command(
      folder, "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3 -out key"));
  EXPECT_TRUE(failed(import_from(folder), ErrorCode::refused, "exponent is below 65537"));
  ASSERT_TRUE(test::openssl_command(folder, "genpkey -algorithm EC -pkeyopt group:secp256k1 -out key"));
  EXPECT_TRUE(failed(import_from(folder), ErrorCode::refused, "secp256k1 is not one of"));
}

/// A DER file from its description (ASN1_generate_nconf).
SecretBytes der_of(const std::string& description) {
  const Folder folder;
  std::ofstream(folder / "conf") << "asn1=SEQ:key\n[key]\n" << description;
  EXPECT_TRUE(test::openssl_command(folder, "asn1parse -noout -genconf conf -out der"));
  return secret(test::content_of(folder / "der"));
}

std::string encrypted_by(const std::string& algorithm) {
  return "a=SEQ:alg\nd=FORMAT:HEX,OCT:00000000000000000000000000000000\n[alg]\n" + algorithm;
}

std::string pbes2(const std::string& kdf, const std::string& numbers) {
  return encrypted_by(
      "o=OID:PBES2\np=SEQ:both\n[both]\nk=SEQ:kdf\nc=SEQ:cipher\n"
      "[cipher]\no=OID:AES-256-CBC\ni=FORMAT:HEX,OCT:00000000000000000000000000000000\n"
      "[kdf]\no=OID:" +
      kdf + "\np=SEQ:params\n[params]\ns=FORMAT:HEX,OCT:00\n" + numbers);
}

// Without limits each of these takes minutes to days.
TEST(Import, RefusesFilesThatAskForTooMuchWork) {
  const std::pair<std::string, std::string> cases[] = {
      {pbes2("PBKDF2", "n=INT:10000001\n"), "more than the 10000000 rounds"},
      {pbes2("PBKDF2", "n=INT:0x10000000000000001\n"), "more than the 10000000 rounds"},
      {pbes2("PBKDF2", "n=INT:-1\n"), "more than the 10000000 rounds"},
      {encrypted_by("o=OID:PBE-SHA1-3DES\np=SEQ:params\n[params]\ns=FORMAT:HEX,OCT:00\nn=INT:10000001\n"), "rounds"},
      {pbes2("id-scrypt", "n=INT:16384\nr=INT:8\np=INT:33\n"), "too much work with scrypt"},
      {pbes2("id-scrypt", "n=INT:131072\nr=INT:8\np=INT:1\n"), "more than the 32 MiB"},
      {pbes2("id-scrypt", "n=INT:2\nr=INT:1\np=INT:0x4000000000000000\n"), "more than the 32 MiB"},
  };
  for (const auto& [description, words] : cases) {
    EXPECT_TRUE(failed(import_private_key(der_of(description), kRight), ErrorCode::refused, words)) << description;
  }
  const auto dsa =
      "v=INT:0\na=SEQ:alg\nk=OCTWRAP,INT:2\n[alg]\no=OID:DSA\np=SEQ:dsa\n[dsa]\np=INT:23\nq=INT:11\ng=INT:2\n";
  EXPECT_TRUE(failed(import_private_key(der_of(dsa), kNone), ErrorCode::refused, "is not one of"));
}

TEST(Import, OpensWhatIsWithinTheLimits) {
  const Folder folder;
  ASSERT_TRUE(test::openssl_command(folder, "genpkey -algorithm ED25519 -out pem"));
  for (const std::string options : {"-iter 600000", "-scrypt", "-scrypt -scrypt_p 4", "-v1 PBE-SHA1-3DES"}) {
    ASSERT_TRUE(test::openssl_command(folder, "pkcs8 -topk8 -in pem -passout 'pass:open sesame' -out key " + options));
    EXPECT_TRUE(succeeded(import_from(folder, kRight))) << options;
  }
}

// OpenSSL would compute with a prime of any size, for hours where it is large.
TEST(Import, RefusesRsaNumbersThatAreTooLarge) {
  const auto rsa = [](const std::string& p, const std::string& rest = "") {
    const std::string n = "0x8" + std::string(510, '0') + "1";
    return der_of("v=INT:" + std::string(rest.empty() ? "0" : "1") + "\nn=INT:" + n +
                  "\ne=INT:65537\nd=INT:3\np=INT:" + p + "\nq=INT:5\nx=INT:1\ny=INT:1\nz=INT:1\n" + rest);
  };
  EXPECT_TRUE(failed(import_private_key(rsa("7"), kNone), ErrorCode::malformed, "does not belong"));
  EXPECT_TRUE(failed(import_private_key(rsa("0x1" + std::string(512, '0')), kNone), ErrorCode::malformed, "too large"));
  const std::string third = "more=SEQ:more\n[more]\na=SEQ:third\n[third]\nr=INT:3\nd=INT:1\nt=INT:1\n";
  EXPECT_TRUE(failed(import_private_key(rsa("7", third), kNone), ErrorCode::malformed, "more than two primes"));
}

// An ECPrivateKey states its public half independently: that of another key is exchanged for it.
TEST(Import, RefusesHalvesThatDoNotBelongTogether) {
  const Folder folder;
  for (const std::string name : {"a", "b"}) {
    ASSERT_TRUE(test::openssl_command(folder, "genpkey -algorithm EC -pkeyopt group:P-256 -outform DER -out " + name));
  }
  auto mixed = test::content_of(folder / "a");
  const auto other = test::content_of(folder / "b");
  ASSERT_EQ(mixed.size(), other.size());
  std::copy(other.end() - 65, other.end(), mixed.end() - 65);
  EXPECT_TRUE(failed(import_private_key(secret(mixed), kNone), ErrorCode::malformed, "does not belong"));
}

TEST(Import, SaysWhatIsNoKey) {
  const Folder folder;
  const auto import_text = [](std::string_view text) { return import_private_key(secret(as_bytes(text)), kNone); };
  EXPECT_TRUE(failed(import_text(""), ErrorCode::malformed, "is empty"));
  EXPECT_TRUE(failed(import_text("hello"), ErrorCode::malformed, "not a private key"));
  EXPECT_TRUE(failed(import_text(std::string(65537, 'x')), ErrorCode::malformed, "larger than 64 KiB"));
  ASSERT_TRUE(test::openssl_command(folder, "genpkey -algorithm ED25519 -out key"));
  const auto pem = std::string(as_text(test::content_of(folder / "key")));
  EXPECT_TRUE(failed(import_text(pem + pem), ErrorCode::malformed, "holds 2 private keys"));
  ASSERT_TRUE(test::openssl_command(folder, "pkey -in key -pubout -out public"));
  EXPECT_TRUE(failed(import_from(folder, kNone, "public"), ErrorCode::malformed, "not a private key"));
}

}  // namespace
}  // namespace holdfast::crypto
