// Files from outside, from descriptor to descriptor: what the tests of sealed streams leave open.
#include <thread>

#include "device/seal/outside_test_support.hpp"
#include "device/seal/stream_test_support.hpp"

namespace holdfast::seal {
namespace {

using test::content_of;
using test::encrypt_or_fail;
using test::expect_error;
using test::file_with;
using test::find_recipient;
using test::pattern;

struct Outcome {
  Result<StreamStats> result;
  Bytes output;
};

Outcome decrypt_file(const Bytes& encrypted, const DecryptOptions& options = {}) {
  const auto in = file_with(encrypted);
  const auto out = file_with({});
  auto result = decrypt_outside_stream(find_recipient, options, {in.get(), "in\x1B.outside", out.get(), "out"});
  return {std::move(result), content_of(out)};
}

TEST(OutsideStream, EncryptsAndDecryptsFilesOfEverySize) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, 16 * kChunkSize + 1, std::size_t{3'333'333}}) {
    const auto in = file_with(pattern(size));
    const auto out = file_with({});
    const auto stats = encrypt_stream(test::recipient_public(), {}, {in.get(), "in", out.get(), "out"});
    ASSERT_TRUE(stats.ok()) << stats.error().describe();
    const auto encrypted = content_of(out);
    EXPECT_EQ(stats->plaintext_bytes, size);
    EXPECT_EQ(stats->sealed_bytes, encrypted.size());
    const auto [result, output] = decrypt_file(encrypted);
    ASSERT_TRUE(result.ok()) << result.error().describe();
    EXPECT_EQ(output, pattern(size));
    EXPECT_EQ(result->sealed_bytes, encrypted.size());
  }
}

TEST(OutsideStream, TakesPipes) {
  test::Pipe pipe;
  const auto in = file_with(pattern(1'000'003));
  const auto out = file_with({});
  std::jthread writer([&] {
    EXPECT_TRUE(encrypt_stream(test::recipient_public(), {}, {in.get(), "in", pipe.write_end.get(), "pipe"}).ok());
    pipe.write_end = FileDescriptor();
  });
  ASSERT_TRUE(decrypt_outside_stream(find_recipient, {}, {pipe.read_end.get(), "pipe", out.get(), "out"}).ok());
  EXPECT_EQ(content_of(out), pattern(1'000'003));
}

TEST(OutsideStream, WritesNothingOfASmallFileThatIsDamaged) {
  const auto encrypted = encrypt_or_fail(pattern(3 * kChunkSize));
  for (const std::size_t at : {std::size_t{0}, std::size_t{30}, encrypted.size() - 1, encrypted.size() / 2}) {
    auto altered = encrypted;
    altered[at] ^= 1;
    const auto [result, output] = decrypt_file(altered);
    EXPECT_FALSE(result.ok()) << at;
    EXPECT_TRUE(output.empty()) << at;
  }
  auto longer = encrypted;
  longer.push_back(0);
  const auto [result, output] = decrypt_file(longer);
  expect_error(result, ErrorCode::malformed, "'in\\x1b.outside': bytes follow the last chunk");
  EXPECT_TRUE(output.empty());
}

TEST(OutsideStream, WritesOnlyVerifiedChunksOfALargeFile) {
  const auto plaintext = pattern(40 * kChunkSize);
  auto encrypted = encrypt_or_fail(plaintext);
  encrypted[test::outside_preamble_size_of(encrypted) + 33 * kSealedChunkSize + 1000] ^= 1;
  const auto [result, output] = decrypt_file(encrypted);
  expect_error(result, ErrorCode::malformed, "chunk 34 was altered");
  EXPECT_LE(output.size(), 33 * kChunkSize);
  EXPECT_TRUE(std::ranges::equal(output, ByteView(plaintext).first(output.size())));
}

TEST(OutsideStream, TellsTheTwoKindsOfFileApart) {
  expect_error(decrypt_file(test::seal_or_fail(pattern(10))).result, ErrorCode::refused, "was sealed by a device");
  const auto in = file_with(encrypt_or_fail(pattern(10)));
  const auto out = file_with({});
  expect_error(unseal_stream(test::test_roots(), {}, {in.get(), "in", out.get(), "out"}), ErrorCode::refused,
               "'in': this file was encrypted to a device's public key");
  EXPECT_TRUE(content_of(out).empty());
}

}  // namespace
}  // namespace holdfast::seal
