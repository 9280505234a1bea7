// What the tests of noisy sources share.
#pragma once

#include "core/encoding.hpp"
#include "core/file.hpp"
#include "device/puf/fuzzy_extractor.hpp"
#include "device/puf/simulate.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace holdfast::puf::test {

template <typename T>
T must(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().describe());
  return std::move(result).value();
}

inline Bytes bytes_of(const SecretBytes& secret) {
  const auto bytes = secret.expose(SecretAccess{});
  return {bytes.begin(), bytes.end()};
}

inline std::string hex_of(const SecretBytes& secret) { return to_hex(secret.expose(SecretAccess{})); }

inline std::vector<SecretBytes> simulated(const SimulatedSource& source, std::size_t count) {
  std::vector<SecretBytes> readouts;
  for (const auto& bytes : must(simulate_readouts(source, count))) readouts.push_back(SecretBytes::copy_of(bytes));
  return readouts;
}

/// The four readouts of a real chip; tests/fixtures/sram-puf/README.md.
inline std::vector<SecretBytes> real_readouts() {
  constexpr std::size_t kSize = 56'320;
  const auto all =
      must(read_file(std::filesystem::path(HOLDFAST_SOURCE_DIR) / "tests/fixtures/sram-puf/M42.bin", 4 * kSize));
  std::vector<SecretBytes> readouts;
  for (std::size_t at = 0; at < all.size(); at += kSize) {
    readouts.push_back(SecretBytes::copy_of(ByteView(all).subspan(at, kSize)));
  }
  return readouts;
}

template <typename T>
void expect_error(const Result<T>& result, ErrorCode code, std::string_view words) {
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), code) << result.error().describe();
  EXPECT_THAT(result.error().message(), testing::HasSubstr(words));
}

}  // namespace holdfast::puf::test
