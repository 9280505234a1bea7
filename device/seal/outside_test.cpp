// Files encrypted to a device from elsewhere: what comes back, what is refused, and that no damage goes unseen.
#include "device/seal/outside.hpp"

#include <algorithm>

#include "core/encoding.hpp"
#include "device/seal/outside_test_support.hpp"

namespace holdfast::seal {
namespace {

using test::decrypt;
using test::encrypt_or_fail;
using test::expect_error;
using test::outside_preamble_size_of;
using test::pattern;

TEST(Outside, GivesBackEverySizeForEveryKemAndSuite) {
  for (const auto kem : test::kKems) {
    for (const auto& row : crypto::aead_suites()) {
      for (const std::size_t size : {0, 1, 65535, 65536, 65537, 200000}) {
        const auto encrypted = encrypt_or_fail(pattern(size), {.suite = row.suite}, kem);
        const auto opened = decrypt(encrypted);
        ASSERT_TRUE(opened.ok()) << crypto::row_of(kem).name << ' ' << size << ": " << opened.error().describe();
        EXPECT_EQ(*opened, pattern(size));
        EXPECT_EQ(encrypted.size() - outside_preamble_size_of(encrypted), chunks_size(size));
      }
    }
  }
}

TEST(Outside, SaysToWhomInItsFirstLines) {
  for (const auto kem : test::kKems) {
    const auto encrypted = encrypt_or_fail({}, {.name = "monday", .media_type = "text/plain"}, kem);
    const auto preamble = parse_outside_preamble(encrypted, "file");
    ASSERT_TRUE(preamble.ok());
    EXPECT_EQ(preamble->header.kem, kem);
    EXPECT_TRUE(std::ranges::equal(preamble->header.recipient, test::recipient_public(kem).fingerprint().value()));
    EXPECT_EQ(preamble->header.name, "monday");
    EXPECT_EQ(preamble->header.media_type, "text/plain");
    EXPECT_TRUE(as_text(encrypted).starts_with(kOutsideMagicLine));
  }
}

TEST(Outside, NeverRepeatsASaltOrACiphertext) {
  const auto one = parse_outside_preamble(encrypt_or_fail({}), "one").value().header;
  const auto two = parse_outside_preamble(encrypt_or_fail({}), "two").value().header;
  EXPECT_NE(one.salt, two.salt);
  EXPECT_NE(one.ciphertext, two.ciphertext);
}

TEST(Outside, AnotherRecipientsFileIsToldSo) {
  const auto other = crypto::ReceivingKey::derive(crypto::KeyAlgorithm::ml_kem_768, SecretBytes(64)).value();
  const auto other_public = other.public_key().value();
  const auto encrypted = encrypt_bytes(other_public, {}, as_bytes("text")).value();
  const auto digits = to_hex(other_public.fingerprint().value()).substr(0, 16);
  expect_error(decrypt(encrypted, {.subject = "'x'"}), ErrorCode::does_not_open,
               "'x': encrypted to the key " + digits + "…, which is not one of this device's");
}

TEST(Outside, AKeyThatIsNotTheOneAskedForOpensNothing) {
  const auto encrypted = encrypt_or_fail(as_bytes("text"));
  for (const auto kem : {test::kKems[0], test::kKems[1]}) {
    const FindReceivingKey careless = [kem](ByteView, crypto::KeyAlgorithm) {
      return crypto::ReceivingKey::derive(kem, SecretBytes(crypto::row_of(kem).derivation_size));
    };
    expect_error(decrypt_outside_bytes(careless, {}, encrypted), ErrorCode::does_not_open, "not one of this device's");
  }
}

TEST(Outside, AFailureToLookForTheKeyIsNotThatThereIsNone) {
  const FindReceivingKey broken = [](ByteView, crypto::KeyAlgorithm) -> Result<crypto::ReceivingKey> {
    return Error(ErrorCode::io, "disk on fire");
  };
  expect_error(decrypt_outside_bytes(broken, {}, encrypt_or_fail({})), ErrorCode::io, "disk on fire");
}

TEST(Outside, NameIsCheckedWhereTheReaderInsists) {
  const auto encrypted = encrypt_or_fail(as_bytes("text"), {.name = "monday"});
  EXPECT_TRUE(decrypt(encrypted, {.name = "monday"}).ok());
  expect_error(decrypt(encrypted, {.name = "tuesday"}), ErrorCode::refused,
               "encrypted under the name 'monday', but 'tuesday' was asked for");
  expect_error(decrypt(encrypt_or_fail({}), {.name = "monday"}), ErrorCode::refused, "encrypted without a name");
}

TEST(Outside, OptionsThatNoReaderWouldAcceptAreRefused) {
  const auto to = test::recipient_public();
  expect_error(encrypt_bytes(to, {.name = "a\nb"}, {}), ErrorCode::usage, "name");
  expect_error(encrypt_bytes(to, {.media_type = "nonsense"}, {}), ErrorCode::usage, "media_type");
  expect_error(encrypt_bytes(to, {.name = "\xFF"}, {}), ErrorCode::usage, "UTF-8");
}

// Each of the two says what the file is, so that a user knows what to do.
TEST(Outside, IsNeverTakenForASealedFileNorASealedFileForIt) {
  expect_error(test::unseal(encrypt_or_fail(as_bytes("text"))), ErrorCode::refused,
               "encrypted to a device's public key and not sealed by a device, so it proves no origin; "
               "'--from-outside' opens it");
  expect_error(decrypt(test::seal_or_fail(as_bytes("text"))), ErrorCode::refused,
               "was sealed by a device and not encrypted to its public key; it opens without '--from-outside'");
}

/// Decrypts into memory filled with a mark, and expects a refusal that leaves no plaintext there.
void expect_refused(ByteView encrypted, ByteView plaintext, const std::string& what) {
  auto preamble = parse_outside_preamble(encrypted, "test");
  if (!preamble.ok()) return;
  const auto chunks = encrypted.subspan(preamble->size);
  auto decryption = begin_decryption(test::find_recipient, {}, std::move(preamble).value());
  if (!decryption.ok()) return;
  Bytes output(chunks.size(), 0xA5);
  EXPECT_FALSE(decryption->chunks.open_all(chunks, output).ok()) << what;
  EXPECT_TRUE(std::ranges::search(output, plaintext.first(16)).empty()) << what << " left plaintext behind";
}

TEST(OutsideTamper, EverySingleBitFlipIsRefused) {
  for (const auto kem : test::kKems) {
    const auto plaintext = pattern(40);
    const auto encrypted = encrypt_or_fail(plaintext, {.name = "monday"}, kem);
    // Each bit inside the ciphertext's base64 costs a decapsulation: all of them for the first KEM, for the others one
    // bit a byte.
    const auto at = as_text(encrypted).find("\"ciphertext\":\"") + 14;
    const auto end = as_text(encrypted).find('"', at);
    for (std::size_t bit = 0; bit < encrypted.size() * 8; ++bit) {
      const std::size_t byte = bit / 8;
      if (kem != test::kKems[0] && byte >= at && byte < end && bit % 8 != byte % 8) continue;
      auto altered = encrypted;
      altered[byte] ^= static_cast<std::uint8_t>(1U << bit % 8);
      expect_refused(altered, plaintext, std::string(crypto::row_of(kem).name) + " bit " + std::to_string(bit));
    }
  }
}

TEST(OutsideTamper, EveryTruncationIsRefused) {
  const auto encrypted = encrypt_or_fail(pattern(40));
  for (std::size_t size = 0; size < encrypted.size(); ++size) {
    expect_error(decrypt(ByteView(encrypted).first(size)), ErrorCode::malformed, "truncated");
  }
}

TEST(OutsideTamper, EachDamageHasAMessageOfItsOwn) {
  const auto encrypted = encrypt_or_fail(pattern(3 * kChunkSize), {.name = "monday"});
  const std::size_t begin = outside_preamble_size_of(encrypted);
  auto altered = encrypted;
  altered[as_text(encrypted).find("monday")] ^= 1;
  expect_error(decrypt(altered), ErrorCode::malformed, "the header was altered");
  altered = encrypted;
  altered[begin + kSealedChunkSize + 100] ^= 1;
  expect_error(decrypt(altered), ErrorCode::malformed, "chunk 2 was altered");
  altered = encrypted;
  altered.push_back(0);
  expect_error(decrypt(altered), ErrorCode::malformed, "bytes follow the last chunk");
  expect_error(decrypt(ByteView(encrypted).first(begin + kSealedChunkSize)), ErrorCode::malformed,
               "truncated: it ends within or before chunk 2");
}

TEST(OutsideTamper, AHeaderCannotBeTakenFromAnotherFile) {
  auto one = encrypt_or_fail(pattern(40));
  const auto other = encrypt_or_fail(pattern(40));
  const auto begin = static_cast<std::ptrdiff_t>(outside_preamble_size_of(one));
  std::copy(other.begin(), other.begin() + begin, one.begin());
  expect_error(decrypt(one), ErrorCode::malformed, "chunk 1 was altered");
}

TEST(OutsideTamper, AnEphemeralKeyOfSmallOrderIsMalformed) {
  const auto encrypted = encrypt_or_fail(pattern(40));
  auto preamble = parse_outside_preamble(encrypted, "x").value();
  std::fill_n(preamble.header.ciphertext.begin(), 32, std::uint8_t{0});
  const auto line = write_outside_header(preamble.header).value();
  const auto forged = write_outside_preamble(line, preamble.tag);
  expect_error(decrypt(as_bytes(forged), {.subject = "'x'"}), ErrorCode::malformed, "'x': ");
}

}  // namespace
}  // namespace holdfast::seal
