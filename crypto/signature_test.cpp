// What signatures promise: verdicts, schemes that do not fit, randomness, streaming.
#include "crypto/signature.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "crypto/hash.hpp"
#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using test::failed;
using test::pattern;
using test::succeeded;
using test::test_key;

constexpr auto kDeterministic = Randomness::deterministic;

SignatureScheme with_context(Bytes context) { return {.hash = {}, .rsa = {}, .context = std::move(context)}; }
SignatureScheme of_digest(HashAlgorithm hash) {
  return {.hash = hash, .rsa = {}, .input = InputKind::digest, .context = {}};
}

class Signatures : public testing::TestWithParam<KeyRow> {
 protected:
  [[nodiscard]] const PrivateKey& key() const { return test_key(GetParam().algorithm); }
  [[nodiscard]] Verdict verdict(ByteView message, ByteView signature, const SignatureScheme& scheme = {}) const {
    const auto answer = verify_message(key().public_key(), scheme, message, signature);
    EXPECT_TRUE(succeeded(answer));
    EXPECT_EQ(ERR_peek_error(), 0u);
    return answer.value();
  }
};

INSTANTIATE_TEST_SUITE_P(Table, Signatures, testing::ValuesIn(signature_suites().begin(), signature_suites().end()),
                         [](const auto& row) { return test::test_name(row.param.name); });

TEST_P(Signatures, EveryBitCounts) {
  const Bytes message = pattern(100);
  const Bytes signature = sign_message(key(), {}, message).value();
  EXPECT_EQ(verdict(message, signature), Verdict::valid);
  for (std::size_t i = 0; i < signature.size(); i += 1 + signature.size() / 80) {
    Bytes changed = signature;
    changed[i] = static_cast<std::uint8_t>(changed[i] ^ (1u << (i % 8)));
    EXPECT_EQ(verdict(message, changed), Verdict::invalid) << i;
  }
  Bytes other = message;
  other.back() ^= 0x80;
  EXPECT_EQ(verdict(other, signature), Verdict::invalid);
  EXPECT_EQ(verdict({}, signature), Verdict::invalid);
}

TEST_P(Signatures, MalformedSignaturesAreInvalidNotErrors) {
  const Bytes message = pattern(100);
  const Bytes good = sign_message(key(), {}, message).value();
  Bytes longer = good;
  longer.push_back(0);
  const Bytes rows[] = {{},
                        {0},
                        Bytes(good.begin(), good.end() - 1),
                        longer,
                        Bytes(good.size(), 0),
                        Bytes(good.size(), 0xff),
                        Bytes(100'000, 0x30),
                        {0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00},
                        {0x30, 0x80, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01, 0x00, 0x00},
                        {0x30, 0x06, 0x02, 0x01, 0xff, 0x02, 0x01, 0xff}};
  for (const Bytes& row : rows) EXPECT_EQ(verdict(message, row), Verdict::invalid) << to_hex(row).substr(0, 40);
}

TEST_P(Signatures, AnotherKeysSignatureIsInvalid) {
  const Bytes message = pattern(100);
  for (const KeyRow& other : signature_suites()) {
    if (other.algorithm == GetParam().algorithm || other.algorithm == KeyAlgorithm::rsa_8192) continue;
    EXPECT_EQ(verdict(message, sign_message(test_key(other.algorithm), {}, message).value()), Verdict::invalid);
  }
}

TEST_P(Signatures, DeterministicRepeatsAndHedgedDoesNot) {
  const Bytes message = pattern(50);
  const auto first = sign_message(key(), {}, message, kDeterministic);
  ASSERT_TRUE(succeeded(first));
  EXPECT_EQ(verdict(message, *first), Verdict::valid);
  EXPECT_EQ(sign_message(key(), {}, message, kDeterministic).value(), *first);
  const bool randomised = GetParam().family == Family::ecdsa || GetParam().family == Family::ml_dsa;
  EXPECT_EQ(sign_message(key(), {}, message).value() != *first, randomised);
  EXPECT_EQ(sign_message(key(), {}, message).value() != sign_message(key(), {}, message).value(), randomised);
}

TEST_P(Signatures, PartsGiveTheSameAsTheWhole) {
  const Bytes message = pattern(10'000);
  const Bytes whole = sign_message(key(), {}, message, kDeterministic).value();
  auto input = SignatureInput::create(key().public_key(), {}).value();
  for (std::size_t at = 0; at < message.size();) {
    const std::size_t size = std::min<std::size_t>(at % 7 == 0 ? 1 : 997, message.size() - at);
    ASSERT_TRUE(succeeded(input.update(ByteView(message).subspan(at, size))));
    ASSERT_TRUE(succeeded(input.update({})));
    at += size;
  }
  EXPECT_EQ(sign(key(), std::move(input), kDeterministic).value(), whole);
}

TEST_P(Signatures, EmptyMessage) {
  const auto signature = sign_message(key(), {}, {});
  ASSERT_TRUE(succeeded(signature));
  EXPECT_EQ(verdict({}, *signature), Verdict::valid);
  EXPECT_EQ(verdict(Bytes{0}, *signature), Verdict::invalid);
}

TEST_P(Signatures, InputOfAnotherKeyIsRefused) {
  const KeyAlgorithm other =
      GetParam().algorithm == KeyAlgorithm::ed25519 ? KeyAlgorithm::ecdsa_p256 : KeyAlgorithm::ed25519;
  auto input = SignatureInput::create(test_key(other).public_key(), {}).value();
  EXPECT_TRUE(failed(sign(key(), std::move(input), Randomness::hedged), ErrorCode::internal, "another key"));
  input = SignatureInput::create(test_key(other).public_key(), {}).value();
  EXPECT_TRUE(failed(verify(key().public_key(), std::move(input), {}), ErrorCode::internal, "another key"));
  // A copy of the same key that was read from elsewhere is the same key.
  const auto copy = PublicKey::parse(key().public_key().to_der().value()).value();
  EXPECT_TRUE(succeeded(sign(key(), SignatureInput::create(copy, {}).value(), Randomness::hedged)));
}

TEST_P(Signatures, SchemesThatDoNotFitSayWhatToDo) {
  const Family family = GetParam().family;
  const auto refused = [&](const SignatureScheme& scheme, std::string_view words) {
    return failed(SignatureInput::create(key().public_key(), scheme), ErrorCode::usage, words);
  };
  if (family == Family::ed25519 || family == Family::ml_dsa) {
    const SignatureScheme hashed{.hash = HashAlgorithm::sha512, .rsa = {}, .context = {}};
    EXPECT_TRUE(refused(hashed, "leave the hash out"));
    const SignatureScheme digest{.hash = {}, .rsa = {}, .input = InputKind::digest, .context = {}};
    EXPECT_TRUE(refused(digest, "give the message itself"));
  }
  if (family != Family::rsa) {
    const SignatureScheme pss{.hash = {}, .rsa = RsaScheme::pss, .context = {}};
    EXPECT_TRUE(refused(pss, "PKCS #1 and PSS are for RSA keys"));
  }
  if (family != Family::ml_dsa) {
    EXPECT_TRUE(refused(with_context({1}), "use an ML-DSA key"));
  }
  if (family == Family::ml_dsa) {
    EXPECT_TRUE(refused(with_context(Bytes(256)), "at most 255 bytes, and 256 were given"));
    EXPECT_TRUE(succeeded(SignatureInput::create(key().public_key(), with_context(Bytes(255)))));
  }
  if (family == Family::rsa) {
    const SignatureScheme pss{.hash = {}, .rsa = RsaScheme::pss, .context = {}};
    EXPECT_TRUE(failed(sign_message(key(), pss, {}, kDeterministic), ErrorCode::usage, "random salt; use PKCS #1"));
  }
}

TEST_P(Signatures, DigestsMadeElsewhere) {
  const Family family = GetParam().family;
  if (family != Family::rsa && family != Family::ecdsa) return;
  const Bytes message = pattern(100);
  for (const auto algorithm : {HashAlgorithm::sha256, HashAlgorithm::sha384, HashAlgorithm::sha512}) {
    const Bytes digest = hash(algorithm, {message}).value();
    const SignatureScheme whole{.hash = algorithm, .rsa = {}, .context = {}};
    EXPECT_EQ(sign_message(key(), of_digest(algorithm), digest, kDeterministic).value(),
              sign_message(key(), whole, message, kDeterministic).value());
    for (const std::size_t size : {std::size_t{0}, digest.size() - 1, digest.size() + 1, std::size_t{100'000}}) {
      const std::string words = "digest has " + std::to_string(digest.size()) + " bytes, and " + std::to_string(size);
      EXPECT_TRUE(failed(sign_message(key(), of_digest(algorithm), Bytes(size)), ErrorCode::usage, words));
      EXPECT_TRUE(
          failed(verify_message(key().public_key(), of_digest(algorithm), Bytes(size), {}), ErrorCode::usage, words));
    }
  }
}

TEST_P(Signatures, SchemesAreNotInterchangeable) {
  if (GetParam().family == Family::ml_dsa) {
    const Bytes signature = sign_message(key(), with_context({1, 2}), pattern(10)).value();
    EXPECT_EQ(verdict(pattern(10), signature, with_context({1, 2})), Verdict::valid);
    EXPECT_EQ(verdict(pattern(10), signature, with_context({1, 3})), Verdict::invalid);
    EXPECT_EQ(verdict(pattern(10), signature), Verdict::invalid);
  }
  if (GetParam().family == Family::rsa) {
    const SignatureScheme pss{.hash = HashAlgorithm::sha384, .rsa = RsaScheme::pss, .context = {}};
    const SignatureScheme pkcs1{.hash = HashAlgorithm::sha384, .rsa = RsaScheme::pkcs1, .context = {}};
    const Bytes signature = sign_message(key(), pss, pattern(10)).value();
    EXPECT_EQ(verdict(pattern(10), signature, pss), Verdict::valid);
    EXPECT_EQ(verdict(pattern(10), signature, pkcs1), Verdict::invalid);
    EXPECT_NE(sign_message(key(), pss, pattern(10)).value(), signature) << "PSS salts are random";
  }
}

TEST_P(Signatures, OneKeySignsInManyThreads) {
  if (GetParam().algorithm == KeyAlgorithm::rsa_8192) return;
  const PrivateKey& shared = key();  // made here: the store of test keys is not for several threads
  std::vector<std::thread> threads;
  std::atomic<int> valid = 0;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([t, &valid, &shared] {
      for (unsigned i = 0; i < 5; ++i) {
        const Bytes message = pattern(64, t * 5 + i);
        const Bytes signature = sign_message(shared, {}, message).value();
        if (verify_message(shared.public_key(), {}, message, signature).value() == Verdict::valid) ++valid;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(valid, 20);
}

}  // namespace
}  // namespace holdfast::crypto
