#include "crypto/hybrid_kem.hpp"

#include <openssl/err.h>

#include "crypto/kdf.hpp"
#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using holdfast::test::TemporaryFolder;
using test::failed;
using test::pattern;
using test::revealed;
using test::secret;
using test::succeeded;

const Bytes kSeed = pattern(kHybridSeedSize);

struct Exchange {
  HybridPublicKey key = hybrid_public_key(secret(kSeed)).value();
  HybridEncapsulation sent = hybrid_encapsulate(key).value();

  [[nodiscard]] Bytes received(const HybridCiphertext& ciphertext, ByteView seed = kSeed) const {
    const auto shared = hybrid_decapsulate(secret(seed), ciphertext);
    EXPECT_TRUE(succeeded(shared));
    return revealed(shared.value());
  }
};

TEST(HybridKem, RoundTrip) {
  const Exchange exchange;
  EXPECT_EQ(exchange.key.classical.size(), kX25519Size);
  EXPECT_EQ(exchange.key.ml_kem_768.size(), kMlKem768PublicSize);
  EXPECT_EQ(exchange.sent.ciphertext.classical.size(), kX25519Size);
  EXPECT_EQ(exchange.sent.ciphertext.ml_kem_768.size(), kMlKem768CiphertextSize);
  EXPECT_EQ(exchange.sent.shared.size(), 32u);
  EXPECT_EQ(exchange.received(exchange.sent.ciphertext), revealed(exchange.sent.shared));
  EXPECT_EQ(hybrid_public_key(secret(kSeed)).value(), exchange.key);
}

TEST(HybridKem, EveryEncapsulationIsAnother) {
  const Exchange exchange;
  const auto again = hybrid_encapsulate(exchange.key).value();
  EXPECT_NE(again.ciphertext.classical, exchange.sent.ciphertext.classical);
  EXPECT_NE(again.ciphertext.ml_kem_768, exchange.sent.ciphertext.ml_kem_768);
  EXPECT_NE(revealed(again.shared), revealed(exchange.sent.shared));
}

TEST(HybridKem, AWrongKeyGivesAnotherSecret) {
  const Exchange exchange;
  // Either half of the seed alone decides.
  for (const std::size_t at : {std::size_t{5}, std::size_t{40}, std::size_t{95}}) {
    Bytes seed = kSeed;
    seed[at] ^= 0x10;
    const Bytes other = exchange.received(exchange.sent.ciphertext, seed);
    // The last seed byte belongs to ML-KEM's z, which matters only for ciphertexts that are refused.
    EXPECT_EQ(other == revealed(exchange.sent.shared), at == 95) << at;
  }
}

TEST(HybridKem, ATamperedCiphertextGivesAnotherSecret) {
  const Exchange exchange;
  for (std::size_t at = 0; at < kMlKem768CiphertextSize; at += 97) {
    HybridCiphertext changed = exchange.sent.ciphertext;
    changed.ml_kem_768[at] ^= 1;
    EXPECT_NE(exchange.received(changed), revealed(exchange.sent.shared)) << at;
  }
  HybridCiphertext changed = exchange.sent.ciphertext;
  changed.classical[7] ^= 1;
  EXPECT_NE(exchange.received(changed), revealed(exchange.sent.shared));
  // X25519 ignores the highest bit, so only the transcript tells these two apart.
  changed = exchange.sent.ciphertext;
  changed.classical[31] ^= 0x80;
  EXPECT_NE(exchange.received(changed), revealed(exchange.sent.shared));
}

TEST(HybridKem, SizesThatDoNotFit) {
  const Exchange exchange;
  HybridCiphertext ciphertext = exchange.sent.ciphertext;
  ciphertext.ml_kem_768.pop_back();
  EXPECT_TRUE(failed(hybrid_decapsulate(secret(kSeed), ciphertext), ErrorCode::malformed, "1088 bytes, and 1087"));
  ciphertext = exchange.sent.ciphertext;
  ciphertext.classical.push_back(0);
  EXPECT_TRUE(failed(hybrid_decapsulate(secret(kSeed), ciphertext), ErrorCode::malformed, "32 bytes, and 33"));
  HybridPublicKey key = exchange.key;
  key.ml_kem_768.clear();
  EXPECT_TRUE(failed(hybrid_encapsulate(key), ErrorCode::malformed, "1184 bytes, and 0"));
  EXPECT_TRUE(failed(hybrid_public_key(secret(pattern(95))), ErrorCode::internal, "95 bytes instead of 96"));
}

TEST(HybridKem, RefusesPublicKeysThatAreNone) {
  const Exchange exchange;
  HybridPublicKey key = exchange.key;
  key.classical = Bytes(kX25519Size, 0);
  EXPECT_TRUE(failed(hybrid_encapsulate(key), ErrorCode::malformed, "small order"));
  key = exchange.key;
  key.ml_kem_768 = Bytes(kMlKem768PublicSize, 0xff);  // coefficients not below q
  EXPECT_TRUE(failed(hybrid_encapsulate(key), ErrorCode::malformed, "ML-KEM-768 public key is not valid"));
  HybridCiphertext ciphertext = exchange.sent.ciphertext;
  ciphertext.classical = Bytes(kX25519Size, 0);
  EXPECT_TRUE(failed(hybrid_decapsulate(secret(kSeed), ciphertext), ErrorCode::malformed, "small order"));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

Bytes pkcs8_x25519(ByteView seed) {
  Bytes der = parse_hex("302e020100300506032b656e04220420").value();
  append(der, seed);
  return der;
}

Bytes spki_x25519(ByteView point) {
  Bytes der = parse_hex("302a300506032b656e032100").value();
  append(der, point);
  return der;
}

TEST(HybridKem, TheOpensslCommandComesToTheSameSecret) {
  const Exchange exchange;
  const HybridCiphertext& ciphertext = exchange.sent.ciphertext;
  const TemporaryFolder folder;
  const auto run = [&](const std::string& arguments) {
    ASSERT_TRUE(test::openssl_command(folder, arguments)) << arguments << "\n" << test::output_of(folder);
  };
  test::write(folder / "x.key", pkcs8_x25519(ByteView(kSeed).first(32)));
  test::write(folder / "peer", spki_x25519(ciphertext.classical));
  test::write(folder / "ciphertext", ciphertext.ml_kem_768);
  run("pkeyutl -derive -inkey x.key -peerkey peer -peerform DER -out x.shared");
  run("genpkey -algorithm ML-KEM-768 -pkeyopt hexseed:" + to_hex(ByteView(kSeed).subspan(32)) + " -out kem.key");
  run("pkeyutl -decap -inkey kem.key -in ciphertext -secret kem.shared");
  Bytes input;
  append_lp(input, test::content_of(folder / "kem.shared"));
  append_lp(input, test::content_of(folder / "x.shared"));
  Bytes info = label("hybrid-kem");
  for (const Bytes* part :
       {&ciphertext.ml_kem_768, &ciphertext.classical, &exchange.key.ml_kem_768, &exchange.key.classical}) {
    append_lp(info, *part);
  }
  run("kdf -keylen 32 -binary -out secret -kdfopt digest:SHA512 -kdfopt hexkey:" + to_hex(input) +
      " -kdfopt hexsalt: -kdfopt hexinfo:" + to_hex(info) + " HKDF");
  EXPECT_EQ(to_hex(test::content_of(folder / "secret")), to_hex(revealed(exchange.sent.shared)));
}

}  // namespace
}  // namespace holdfast::crypto
