// What the tests of this folder share: a device with a known root, and short ways to seal and unseal with it.
#pragma once

#include "device/seal/memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace holdfast::seal::test {

inline anchor::AnchorId test_anchor() {
  anchor::AnchorId id;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) id.bytes[i] = static_cast<std::uint8_t>(i);
  return id;
}

inline anchor::Root test_root(std::uint32_t epoch = 1, anchor::AnchorId id = test_anchor()) {
  return {id, {epoch}, SecretBytes::copy_of(Bytes(anchor::kRootSize, 7))};
}

inline anchor::Roots test_roots() { return anchor::Roots(test_root()); }

inline SecretBytes secret(std::string_view text) { return SecretBytes::copy_of(as_bytes(text)); }

inline PassphraseSource passphrase_source(std::string text) {
  return [text = std::move(text)]() -> Result<SecretBytes> { return secret(text); };
}

/// Bytes that differ from chunk to chunk.
inline Bytes pattern(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + i / kChunkSize);
  return bytes;
}

inline Bytes seal_or_fail(ByteView plaintext, const SealOptions& options = {}) {
  auto sealed = seal_bytes(test_root(), options, plaintext);
  EXPECT_TRUE(sealed.ok()) << sealed.error().describe();
  return sealed.ok() ? std::move(sealed).value() : Bytes();
}

inline Result<Bytes> unseal(ByteView sealed, const UnsealOptions& options = {}) {
  return unseal_bytes(test_roots(), options, sealed);
}

/// Where the first chunk begins.
inline std::size_t preamble_size_of(ByteView sealed) {
  auto preamble = parse_preamble(sealed, "test");
  EXPECT_TRUE(preamble.ok());
  return preamble.ok() ? preamble->size : 0;
}

template <typename T>
void expect_error(const Result<T>& result, ErrorCode code, const std::string& part_of_message) {
  ASSERT_FALSE(result.ok()) << "succeeded instead of: " << part_of_message;
  EXPECT_EQ(name_of(result.error().code()), name_of(code)) << result.error().describe();
  EXPECT_THAT(result.error().message(), testing::HasSubstr(part_of_message));
}

}  // namespace holdfast::seal::test
