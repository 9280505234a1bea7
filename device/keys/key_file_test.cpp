#include "device/keys/key_file.hpp"

#include "core/encoding.hpp"
#include "device/keys/derive.hpp"
#include "device/keys/test_support.hpp"

namespace holdfast::keys {
namespace {

using test::failed;
using test::key_id;
using test::roots;
using test::succeeded;

constexpr auto kEd25519 = crypto::KeyAlgorithm::ed25519;

KeyRecord derived_record(const anchor::Root& root, std::string_view id = "device@1") {
  return test::record_for(derive_identity_key(root, key_id(id), kEd25519).value(), id, KeyOrigin::derived, root);
}

Bytes derived_file(const anchor::Root& root = test::root()) {
  return seal_key_file(derived_record(root), root, SecretBytes()).value();
}

// The key of a random one's file; and the record to go with it.
Bytes random_file(crypto::KeyAlgorithm algorithm, const anchor::Root& root = test::root()) {
  const auto& key = crypto::test::test_key(algorithm);
  return seal_key_file(test::record_for(key, "device@1", KeyOrigin::random, root), root, key.to_pkcs8().value())
      .value();
}

Result<crypto::PrivateKey> open(ByteView bytes, const anchor::Roots& under = roots()) {
  TRY_LET(const auto file, parse_key_file(bytes), "parse");
  TRY_LET(auto material, KeyUnsealer(under).material(file), "open key");
  return std::get<crypto::PrivateKey>(std::move(material));
}

Result<void> authenticate(ByteView bytes, const anchor::Roots& under = roots()) {
  TRY_LET(const auto file, parse_key_file(bytes), "parse");
  return KeyUnsealer(under).authenticate(file);
}

TEST(KeyFile, ReadsWhatItWrites) {
  const auto record = derived_record(test::root());
  const auto header = key_file_header(record).value();
  const Bytes wrapped(crypto::kWrapOverhead, 7);
  const auto bytes = serialise_key_file(header, wrapped);
  const auto file = parse_key_file(bytes);
  ASSERT_TRUE(succeeded(file));
  EXPECT_EQ(file->record, record);
  EXPECT_EQ(file->wrapped, wrapped);
  EXPECT_EQ(test::text_of(file->authenticated), test::text_of(header));
}

TEST(KeyFile, TwoLinesTellPeopleEverything) {
  const auto text = test::text_of(derived_file());
  EXPECT_TRUE(text.starts_with("holdfast-key-v1\n{\"algorithm\":\"ed25519\",\"anchor\":\"000102"));
  EXPECT_EQ(std::ranges::count(text, '\n'), 3);
  EXPECT_EQ(text.back(), '\n');
}

TEST(KeyFile, EveryAlgorithmOpensAndSigns) {
  for (const auto& row : crypto::signature_suites()) {
    const auto key = open(random_file(row.algorithm));
    ASSERT_TRUE(succeeded(key)) << row.name;
    EXPECT_EQ(key->public_key().fingerprint().value(),
              crypto::test::test_key(row.algorithm).public_key().fingerprint().value());
  }
}

TEST(KeyFile, EveryFlippedBitIsRefused) {
  for (const auto& whole : {derived_file(), random_file(kEd25519)}) {
    ASSERT_TRUE(succeeded(authenticate(whole)));
    for (std::size_t at = 0; at < whole.size(); ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        auto bytes = whole;
        bytes[at] ^= static_cast<std::uint8_t>(1 << bit);
        ASSERT_FALSE(authenticate(bytes).ok()) << "byte " << at << ", bit " << bit;
      }
    }
  }
}

TEST(KeyFile, EveryTruncationAndExtensionIsMalformed) {
  const auto whole = random_file(kEd25519);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    ASSERT_TRUE(failed(authenticate(ByteView(whole).first(size)), ErrorCode::malformed, "")) << size;
  }
  for (const std::string more : {"\n", "x", "AAAA\n"}) {
    auto bytes = whole;
    append(bytes, as_bytes(more));
    EXPECT_TRUE(failed(authenticate(bytes), ErrorCode::malformed, "follows the third line"));
  }
}

TEST(KeyFile, LinesOfTwoFilesDoNotMix) {
  const auto root = test::root();
  const auto one = parse_key_file(derived_file()).value();
  auto other_record = derived_record(root);
  other_record.created += std::chrono::seconds(1);
  const auto mixed = serialise_key_file(key_file_header(other_record).value(), one.wrapped);
  EXPECT_TRUE(failed(authenticate(mixed), ErrorCode::malformed, "altered"));
}

TEST(KeyFile, IsLimitedTo64KiB) {
  EXPECT_TRUE(failed(parse_key_file(Bytes(kMaxKeyFileSize + 1, 'x')), ErrorCode::malformed, "larger than 64 KiB"));
  EXPECT_TRUE(failed(parse_key_file(Bytes(kMaxKeyFileSize, 'x')), ErrorCode::malformed, "first line"));
}

TEST(KeyFile, DerivedKeysStoreNothingAndRandomOnesSomething) {
  const auto root = test::root();
  auto record = derived_record(root);
  const Bytes none(crypto::kWrapOverhead);
  const Bytes some(crypto::kWrapOverhead + 1);
  const auto fits = [&](KeyOrigin origin, KeyState state, const Bytes& wrapped) {
    record.origin = origin;
    record.state = state;
    return parse_key_file(serialise_key_file(key_file_header(record).value(), wrapped)).ok();
  };
  EXPECT_TRUE(fits(KeyOrigin::derived, KeyState::active, none));
  EXPECT_FALSE(fits(KeyOrigin::derived, KeyState::active, some));
  EXPECT_FALSE(fits(KeyOrigin::random, KeyState::disabled, none));
  EXPECT_TRUE(fits(KeyOrigin::random, KeyState::disabled, some));
  EXPECT_TRUE(fits(KeyOrigin::random, KeyState::destroyed, none));
  EXPECT_FALSE(fits(KeyOrigin::random, KeyState::destroyed, some));
  EXPECT_FALSE(fits(KeyOrigin::derived, KeyState::active, Bytes(crypto::kWrapOverhead - 1)));
}

TEST(KeyFile, OfAnotherAnchorSaysSo) {
  EXPECT_TRUE(failed(open(derived_file(test::root(0x10))), ErrorCode::does_not_open, "another anchor"));
}

TEST(KeyFile, OfAnUnknownEpochSaysSo) {
  EXPECT_TRUE(failed(open(derived_file(test::root(0x00, 0x40, 2))), ErrorCode::does_not_open, "root epoch 2"));
}

TEST(KeyFile, UnderAnotherRootOfTheSameAnchorIsRefused) {
  EXPECT_TRUE(failed(open(derived_file(test::root(0x00, 0x41))), ErrorCode::malformed, "altered"));
}

TEST(KeyFile, ARecordThatDoesNotMatchTheRootIsRefused) {
  const auto root = test::root();
  auto record = derived_record(root);
  record.id = key_id("device@2");
  EXPECT_TRUE(failed(open(seal_key_file(record, root, SecretBytes()).value()), ErrorCode::malformed, "do not agree"));
}

TEST(KeyFile, AStoredSecretThatIsNotTheRecordsIsRefused) {
  const auto root = test::root();
  const auto& key = crypto::test::test_key(kEd25519);
  const auto record = test::record_for(key, "device@1", KeyOrigin::random, root);
  const auto& other = crypto::test::test_key(crypto::KeyAlgorithm::ecdsa_p256);
  EXPECT_TRUE(failed(open(seal_key_file(record, root, other.to_pkcs8().value()).value()), ErrorCode::malformed,
                     "do not agree"));
  const auto nonsense = SecretBytes::copy_of(as_bytes("nonsense"));
  EXPECT_FALSE(open(seal_key_file(record, root, nonsense).value()).ok());
}

TEST(KeyFile, NoncesAreFresh) { EXPECT_NE(derived_file(), derived_file()); }

}  // namespace
}  // namespace holdfast::keys
