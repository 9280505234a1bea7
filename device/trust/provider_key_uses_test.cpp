// How keys sign, decrypt, agree and receive: what every provider promises of an open key.
#include <map>
#include <vector>

#include "device/trust/test_support.hpp"

namespace holdfast::trust {
namespace {

using crypto::KeyAlgorithm;
using crypto::Randomness;
using crypto::test::pattern;
using test::failed;
using test::kAllProviderKinds;
using test::key;
using test::kProviderKinds;
using test::name;
using test::ProviderTest;
using test::revealed;
using test::right;
using test::succeeded;

using Hash = std::optional<crypto::HashAlgorithm>;
using Rsa = std::optional<crypto::RsaScheme>;

crypto::SignatureScheme scheme(Hash hash, Rsa rsa = std::nullopt, Bytes context = {}) {
  return {hash, rsa, crypto::InputKind::message, std::move(context)};
}

class Signing : public ProviderTest {
 protected:
  [[nodiscard]] std::unique_ptr<Key> signer(KeyAlgorithm algorithm) const {
    return provider().open_key(device().key_of(provider(), algorithm), KeyUse::sign).value();
  }
};

// Gives a few bytes at a time, as a slow pipe does.
MessageReader in_pieces(ByteView message) {
  return [whole = read_from(message)](MutableByteView buffer) { return whole(buffer.first(3)); };
}

TEST_P(Signing, TakesMessagesOfAnySize) {
  for (const auto algorithm : {KeyAlgorithm::ecdsa_p256, KeyAlgorithm::ed25519, KeyAlgorithm::ml_dsa_44}) {
    const auto signer_key = signer(algorithm);
    const auto public_key = test::public_key_of(signer_key->info()).value();
    for (const std::size_t size : {0, 1, 16 * 1024, 100'000}) {
      const auto message = pattern(size);
      for (const auto& reader : {read_from(message), in_pieces(message)}) {
        const auto signature = signer_key->sign({}, Randomness::hedged, reader);
        ASSERT_TRUE(succeeded(signature));
        EXPECT_EQ(crypto::verify_message(public_key, {}, message, *signature).value(), crypto::Verdict::valid) << size;
      }
    }
  }
}

TEST_P(Signing, HandsOnWhatStoppedTheMessage) {
  const auto broken = [](MutableByteView) -> Result<std::size_t> { return Error(ErrorCode::io, "the pipe broke"); };
  const auto signer_key = signer(KeyAlgorithm::ecdsa_p256);
  EXPECT_TRUE(failed(signer_key->sign({}, Randomness::hedged, broken), ErrorCode::io, "the pipe broke"));
}

TEST_P(Signing, FollowsTheScheme) {
  const auto ecdsa = signer(KeyAlgorithm::ecdsa_p256);
  EXPECT_TRUE(right(test::signs(*ecdsa, scheme(crypto::HashAlgorithm::sha512))));
  const auto digest = as_bytes("32 bytes that stand for a digest");
  const crypto::SignatureScheme made_elsewhere{{}, {}, crypto::InputKind::digest, {}};
  const auto signature = ecdsa->sign(made_elsewhere, Randomness::hedged, read_from(digest));
  ASSERT_TRUE(succeeded(signature));
  const auto public_key = test::public_key_of(ecdsa->info()).value();
  EXPECT_EQ(crypto::verify_message(public_key, made_elsewhere, digest, *signature).value(), crypto::Verdict::valid);
  const auto ml_dsa = signer(KeyAlgorithm::ml_dsa_65);
  EXPECT_TRUE(right(test::signs(*ml_dsa, scheme({}, {}, {1, 2, 3}))));
  EXPECT_TRUE(failed(test::signs(*ecdsa, scheme({}, {}, {1})), ErrorCode::usage, "no context"));
  EXPECT_TRUE(failed(test::signs(*ml_dsa, scheme(crypto::HashAlgorithm::sha256)), ErrorCode::usage, "hash"));
}

TEST_P(Signing, RepeatsItselfWhereAskedTo) {
  for (const auto algorithm : {KeyAlgorithm::ecdsa_p384, KeyAlgorithm::ed25519, KeyAlgorithm::ml_dsa_87}) {
    const auto signer_key = signer(algorithm);
    const auto sign = [&](Randomness randomness) {
      return signer_key->sign({}, randomness, read_from(as_bytes("message"))).value();
    };
    EXPECT_TRUE(right(test::signs(*signer_key, {}, Randomness::deterministic)));
    EXPECT_EQ(sign(Randomness::deterministic), sign(Randomness::deterministic));
    if (algorithm != KeyAlgorithm::ed25519) {
      EXPECT_NE(sign(Randomness::hedged), sign(Randomness::hedged));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Signing, testing::ValuesIn(kAllProviderKinds), test::kind_name);

class OneRsaKey : public ProviderTest {
 protected:
  /// A device with one key, made once: only the legacy profile lets it both sign and decrypt.
  [[nodiscard]] Provider& with_key() const {
    struct Shared {
      std::unique_ptr<test::Device> device;
      std::unique_ptr<Provider> provider;
    };
    static std::map<std::string_view, Shared> devices;
    auto& [device, provider] = devices[GetParam().name];
    if (provider) return *provider;
    device = GetParam().make();
    provider = device->open("legacy");
    EXPECT_TRUE(succeeded(provider->create_key({.name = name("rsa"),
                                                .algorithm = KeyAlgorithm::rsa_2048,
                                                .origin = KeyOrigin::random,
                                                .uses = {KeyUse::sign, KeyUse::decrypt}})));
    return *provider;
  }
};

TEST_P(OneRsaKey, SignsInBothSchemes) {
  const auto rsa = with_key().open_key(key("rsa"), KeyUse::sign);
  ASSERT_TRUE(succeeded(rsa));
  for (const auto hash : {crypto::HashAlgorithm::sha256, crypto::HashAlgorithm::sha512}) {
    EXPECT_TRUE(right(test::signs(**rsa, scheme(hash))));
    EXPECT_TRUE(right(test::signs(**rsa, scheme(hash, crypto::RsaScheme::pss))));
  }
  EXPECT_TRUE(failed(test::signs(**rsa, scheme({}, crypto::RsaScheme::pss), Randomness::deterministic),
                     ErrorCode::usage, "random salt"));
}

TEST_P(OneRsaKey, DecryptsOaep) {
  const auto rsa = with_key().open_key(key("rsa"), KeyUse::decrypt);
  ASSERT_TRUE(succeeded(rsa));
  for (const auto hash :
       {crypto::HashAlgorithm::sha256, crypto::HashAlgorithm::sha384, crypto::HashAlgorithm::sha512}) {
    EXPECT_TRUE(right(test::decrypts(**rsa, {.hash = hash, .label = {1, 2}})));
  }
  const auto sent = crypto::oaep_encrypt(test::public_key_of((*rsa)->info()).value(), {}, SecretBytes(16)).value();
  EXPECT_TRUE(failed((*rsa)->decrypt({.label = {1}}, sent), ErrorCode::malformed, ""));
  EXPECT_TRUE(
      failed((*rsa)->decrypt({}, ByteView(sent).first(sent.size() - 1)), ErrorCode::malformed, "255 were given"));
  auto altered = sent;
  altered.back() ^= 1;
  EXPECT_TRUE(failed((*rsa)->decrypt({}, altered), ErrorCode::malformed, ""));
}

INSTANTIATE_TEST_SUITE_P(All, OneRsaKey, testing::ValuesIn(kProviderKinds), test::kind_name);

class Sharing : public ProviderTest {};

TEST_P(Sharing, DataThatOneKeyObjectEncryptedAnotherDecrypts) {
  ASSERT_TRUE(succeeded(provider().create_key({.name = name("data"), .algorithm = KeyAlgorithm::aes_256})));
  const auto encrypted = [&] {
    const auto encrypter = provider().open_key(key("data"), KeyUse::encrypt).value();
    return encrypter->encrypt_data(as_bytes("about"), as_bytes("message")).value();
  }();
  // The key's successor encrypts from now on; what there is must stay readable.
  ASSERT_TRUE(succeeded(provider().rotate_key(name("data"), {})));
  const auto decrypter = provider().open_key(key("data@1"), KeyUse::decrypt);
  ASSERT_TRUE(succeeded(decrypter));
  const auto decrypted = (*decrypter)->decrypt_data(as_bytes("about"), encrypted);
  ASSERT_TRUE(succeeded(decrypted));
  EXPECT_EQ(as_text(revealed(*decrypted)), "message");
  EXPECT_TRUE(failed((*decrypter)->decrypt_data({}, encrypted), ErrorCode::malformed, ""));
  const auto other = provider().open_key(key("data@2"), KeyUse::decrypt).value();
  EXPECT_TRUE(failed(other->decrypt_data(as_bytes("about"), encrypted), ErrorCode::malformed, ""));
}

TEST_P(Sharing, TwoKeysAgreeBothWays) {
  for (const auto algorithm : {KeyAlgorithm::ecdsa_p521, KeyAlgorithm::x25519}) {
    const auto make = [&](std::string_view prefix) {
      const auto id = name(std::string(prefix) + std::string(crypto::row_of(algorithm).name));
      EXPECT_TRUE(succeeded(provider().create_key({.name = id, .algorithm = algorithm, .uses = {KeyUse::derive}})));
      return provider().open_key({id}, KeyUse::derive).value();
    };
    const auto one = make("one-");
    const auto two = make("two-");
    const auto there = one->agree(test::public_key_of(two->info()).value());
    const auto back = two->agree(test::public_key_of(one->info()).value());
    ASSERT_TRUE(succeeded(there));
    EXPECT_EQ(revealed(*there), revealed(back.value()));
    const auto stranger = crypto::PrivateKey::generate(KeyAlgorithm::ecdsa_p256).value();
    EXPECT_TRUE(failed(one->agree(stranger.public_key()), ErrorCode::usage, ""));
  }
}

class Receiving : public ProviderTest {};

TEST_P(Receiving, AnAlteredEncapsulationGivesAnotherSecret) {
  for (const auto algorithm : {KeyAlgorithm::ml_kem_768, KeyAlgorithm::x25519_ml_kem_768}) {
    const auto receiver = provider().open_key(device().key_of(provider(), algorithm), KeyUse::decapsulate).value();
    const auto sent = test::receiving_key_of(receiver->info())->encapsulate().value();
    auto altered = sent.ciphertext;
    altered.back() ^= 1;
    EXPECT_NE(revealed(receiver->decapsulate(altered).value()), revealed(sent.shared));
    EXPECT_TRUE(failed(receiver->decapsulate(ByteView(altered).subspan(1)), ErrorCode::malformed, ""));
  }
}

INSTANTIATE_TEST_SUITE_P(All, Receiving, testing::ValuesIn(kAllProviderKinds), test::kind_name);
INSTANTIATE_TEST_SUITE_P(All, Sharing, testing::ValuesIn(kProviderKinds), test::kind_name);

}  // namespace
}  // namespace holdfast::trust
