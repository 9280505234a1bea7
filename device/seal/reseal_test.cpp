// Sealing anew under a newer root, without the plaintext's ever being written.
#include <algorithm>
#include <chrono>
#include <thread>

#include "device/seal/stream.hpp"
#include "device/seal/stream_test_support.hpp"
#include "device/seal/test_support.hpp"

namespace holdfast::seal {
namespace {

using test::content_of;
using test::expect_error;
using test::file_with;
using test::passphrase_source;
using test::pattern;
using test::Pipe;
using test::seal_or_fail;
using test::secret;
using test::test_anchor;
using test::test_root;

anchor::Root newer_root() { return {test_anchor(), {2}, SecretBytes::copy_of(Bytes(anchor::kRootSize, 9))}; }

anchor::Roots both_roots() {
  std::vector<anchor::Root> older;
  older.push_back(test_root());
  return anchor::Roots(newer_root(), std::move(older));
}

struct Outcome {
  Result<StreamStats> result;
  Bytes output;
};

Outcome reseal(const Bytes& sealed, const UnsealOptions& options = {}, const SuiteCheck& check = nullptr) {
  const auto in = file_with(sealed);
  const auto out = file_with({});
  auto result = reseal_stream(both_roots(), options, check, {in.get(), "old.sealed", out.get(), "new.sealed"});
  return {std::move(result), content_of(out)};
}

// What opens with the newer root alone.
Result<Bytes> unseal_new(const Bytes& sealed, const UnsealOptions& options = {}) {
  return unseal_bytes(anchor::Roots(newer_root()), options, sealed);
}

Header header_of(const Bytes& sealed) { return parse_preamble(sealed, "test").value().header; }

TEST(Reseal, FilesOfEverySizeOpenWithTheNewerRootAlone) {
  const std::size_t sizes[] = {0,
                               1,
                               kChunkSize - 1,
                               kChunkSize,
                               kChunkSize + 1,
                               15 * kChunkSize,
                               16 * kChunkSize,
                               16 * kChunkSize + 1,
                               17 * kChunkSize,
                               33 * kChunkSize,
                               3'333'333};
  for (const auto size : sizes) {
    const auto plaintext = pattern(size);
    const auto sealed = seal_or_fail(plaintext);
    const auto [stats, output] = reseal(sealed);
    ASSERT_TRUE(stats.ok()) << stats.error().describe();
    EXPECT_EQ(stats->plaintext_bytes, size);
    EXPECT_EQ(stats->sealed_bytes, output.size());
    EXPECT_EQ(output.size(), sealed.size());
    const auto opened = unseal_new(output);
    ASSERT_TRUE(opened.ok()) << opened.error().describe();
    EXPECT_EQ(*opened, plaintext);
    EXPECT_FALSE(test::unseal(output).ok()) << "opens with the older root";
  }
}

TEST(Reseal, TakesPipesThatDeliverLittleAtATime) {
  const auto plaintext = pattern(2'000'003);
  const auto sealed = seal_or_fail(plaintext);
  Pipe pipe;
  const std::jthread writer([&] {
    std::size_t step = 1;
    for (std::size_t at = 0; at < sealed.size(); at += std::exchange(step, step * 3 % 70001 + 1)) {
      const auto piece = ByteView(sealed).subspan(at, std::min(step, sealed.size() - at));
      if (!write_all(pipe.write_end.get(), piece, "pipe").ok()) break;
    }
    pipe.write_end = FileDescriptor();
  });
  const auto out = file_with({});
  const auto stats = reseal_stream(both_roots(), {}, nullptr, {pipe.read_end.get(), "in", out.get(), "out"});
  ASSERT_TRUE(stats.ok()) << stats.error().describe();
  EXPECT_EQ(unseal_new(content_of(out)).value(), plaintext);
}

TEST(Reseal, KeepsWhatTheHeaderSays) {
  const auto expires = system_clock_now() + std::chrono::days(30);
  const auto passphrase = secret("correct horse");
  const auto sealed = seal_or_fail(pattern(10), {.suite = crypto::AeadSuite::chacha20_poly1305,
                                                 .passphrase = &passphrase,
                                                 .name = "notes",
                                                 .expires = expires,
                                                 .media_type = "text/plain"});
  const auto [stats, output] = reseal(sealed, {.passphrase = passphrase_source("correct horse")});
  ASSERT_TRUE(stats.ok()) << stats.error().describe();
  const auto before = header_of(sealed);
  auto after = header_of(output);
  EXPECT_EQ(after.epoch.number, 2U);
  EXPECT_NE(after.salt, before.salt);
  ASSERT_TRUE(after.passphrase);
  EXPECT_NE(after.passphrase->salt, before.passphrase->salt);
  after.epoch = before.epoch;
  after.salt = before.salt;
  after.passphrase = before.passphrase;
  EXPECT_EQ(after, before);
  expect_error(unseal_new(output), ErrorCode::usage, "a passphrase is needed");
  EXPECT_EQ(unseal_new(output, {.passphrase = passphrase_source("correct horse")}).value(), pattern(10));
}

TEST(Reseal, AsksForAPassphraseOnlyWhereOneIsNeeded) {
  const auto source = []() -> Result<SecretBytes> { return Error(ErrorCode::internal, "asked"); };
  const auto [stats, output] =
      reseal(seal_or_fail(pattern(10)), {.passphrase = source, .unneeded_passphrase = UnneededPassphrase::ignored});
  ASSERT_TRUE(stats.ok()) << stats.error().describe();
  EXPECT_FALSE(header_of(output).passphrase);
}

TEST(Reseal, RefusesWhatUnsealingRefuses) {
  const auto plaintext = pattern(3 * kChunkSize);
  const auto sealed = seal_or_fail(plaintext);
  auto altered = sealed;
  altered.at(altered.size() - 1) ^= 1;
  auto header = sealed;
  header.at(test::preamble_size_of(sealed) - 2) ^= 1;
  auto longer = sealed;
  longer.push_back(0);
  const auto passphrase = secret("correct horse");
  const auto locked = seal_or_fail(plaintext, {.passphrase = &passphrase});
  const auto other = seal_bytes(test_root(1, {}), {}, plaintext).value();
  expect_error(reseal(altered).result, ErrorCode::malformed, "chunk 3 was altered");
  expect_error(reseal(header).result, ErrorCode::malformed, "altered");
  expect_error(reseal(longer).result, ErrorCode::malformed, "bytes follow the last chunk");
  expect_error(reseal(Bytes(sealed.begin(), sealed.end() - 1)).result, ErrorCode::malformed, "truncated");
  expect_error(reseal(other).result, ErrorCode::does_not_open, "sealed by anchor");
  expect_error(reseal(locked).result, ErrorCode::usage, "a passphrase is needed");
  expect_error(reseal(locked, {.passphrase = passphrase_source("wrong")}).result, ErrorCode::wrong_passphrase, "");
  const auto late = seal_or_fail(plaintext, {.expires = system_clock_now() + std::chrono::seconds(1)});
  const Clock later = [] { return system_clock_now() + std::chrono::hours(1); };
  expect_error(reseal(late, {.clock = later}).result, ErrorCode::refused, "expired");
}

TEST(Reseal, NothingIsWrittenInASuiteThatMayNotBeUsed) {
  const auto forbid = [](crypto::AeadSuite) -> Result<void> { return Error(ErrorCode::refused, "not allowed"); };
  const auto [stats, output] = reseal(seal_or_fail(pattern(10)), {}, forbid);
  expect_error(stats, ErrorCode::refused, "not allowed");
  EXPECT_TRUE(output.empty());
}

}  // namespace
}  // namespace holdfast::seal
