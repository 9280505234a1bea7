// What the tests of this folder share: vectors, keys that are quick to come by, and the openssl command as judge.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "core/encoding.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "crypto/key_pair.hpp"
#include "crypto/suites.hpp"
#include "tests/support/temporary_folder.hpp"

namespace holdfast::crypto::test {

inline const std::filesystem::path kVectors = std::filesystem::path(HOLDFAST_SOURCE_DIR) / "tests/vectors/crypto";

/// Fails the test with the error's whole story; afterwards `value()` may be used.
template <typename T>
testing::AssertionResult succeeded(const Result<T>& result) {
  return result.ok() ? testing::AssertionSuccess() : testing::AssertionFailure() << result.error().describe();
}

/// The code of a failure and words of its message.
template <typename T>
testing::AssertionResult failed(const Result<T>& result, ErrorCode code, std::string_view words) {
  if (result.ok()) return testing::AssertionFailure() << "succeeded, but should have failed: " << words;
  const bool fits = result.error().code() == code && result.error().message().find(words) != std::string::npos;
  return fits ? testing::AssertionSuccess() : testing::AssertionFailure() << result.error().describe();
}

inline Json load_json(const std::string& name) {
  auto content = read_file(kVectors / name, std::size_t{1} << 20);
  EXPECT_TRUE(succeeded(content));
  auto json = parse_json(as_text(content.value()), name);
  EXPECT_TRUE(succeeded(json));
  return json.value();
}

// By value: a loop over a part of a temporary would outlive it.
inline Json some(Json cases) {
  EXPECT_FALSE(cases.empty()) << "no vectors";
  return cases;
}
inline Json computed_cases(const std::string& file) { return some(load_json(file)["cases"]); }
inline Json published_cases(const std::string& name) { return some(load_json("published.json")[name]["cases"]); }

inline std::string text(const Json& value) { return value.get<std::string>(); }
inline Bytes hex(const Json& value) { return parse_hex(text(value)).value(); }
inline SecretBytes secret(ByteView bytes) { return SecretBytes::copy_of(bytes); }
inline SecretBytes hex_secret(const Json& text) { return secret(hex(text)); }
inline Bytes revealed(const SecretBytes& bytes) {
  const auto view = bytes.expose(SecretAccess{});
  return {view.begin(), view.end()};
}

/// `size` bytes that are the same on every run and differ by `seed`.
inline Bytes pattern(std::size_t size, unsigned seed = 1) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>((i * 31 + seed * 101 + (i >> 8)) & 0xff);
  return bytes;
}

inline Result<PrivateKey> load_pem_key(const std::filesystem::path& file) {
  TRY_LET(const Bytes content, read_file(file, std::size_t{1} << 20), "read key file");
  constexpr std::string_view kBegin = "-----BEGIN PRIVATE KEY-----\n";
  const std::string_view text = as_text(content);
  const auto begin = text.find(kBegin);
  if (begin == std::string_view::npos) return Error(ErrorCode::malformed, "no private key in " + file.string());
  std::string base64;
  for (const char c : text.substr(begin + kBegin.size(), text.find("-----END") - begin - kBegin.size())) {
    if (c != '\n') base64 += c;
  }
  TRY_LET(const Bytes der, parse_base64(base64), "decode key file");
  return PrivateKey::parse_pkcs8(secret(der));
}

/// One key for each algorithm: derived where that is quick, else the test key in tests/vectors/crypto.
/// May be asked for by several threads at once.
inline const PrivateKey& test_key(KeyAlgorithm algorithm) {
  static std::mutex mutex;
  static std::map<KeyAlgorithm, PrivateKey> keys;
  const std::scoped_lock lock(mutex);
  const KeyRow& row = row_of(algorithm);
  if (const auto found = keys.find(algorithm); found != keys.end()) return found->second;
  auto key = row.family == Family::rsa ? load_pem_key(kVectors / (std::string(row.name) + ".pem"))
                                       : PrivateKey::derive(algorithm, secret(pattern(row.derivation_size)));
  if (!key.ok()) throw std::runtime_error(key.error().describe());
  return keys.emplace(algorithm, std::move(key).value()).first->second;
}

inline void write(const std::filesystem::path& file, ByteView bytes) {
  std::ofstream(file, std::ios::binary).write(as_text(bytes).data(), static_cast<std::streamsize>(bytes.size()));
}

/// Runs "openssl ARGUMENTS" in `folder`; whether it ended well. Its output goes to the file "output" there.
inline bool openssl_command(const holdfast::test::TemporaryFolder& folder, const std::string& arguments) {
  // A site's openssl.cnf must not decide how tests end.
  const std::string line =
      "cd '" + folder.path().string() + "' && OPENSSL_CONF=/dev/null openssl " + arguments + " > output 2>&1";
  return std::system(line.c_str()) == 0;
}

inline Bytes content_of(const std::filesystem::path& file) {
  auto content = read_file(file, std::size_t{1} << 24);
  EXPECT_TRUE(succeeded(content));
  return content.ok() ? std::move(content).value() : Bytes();
}

inline std::string output_of(const holdfast::test::TemporaryFolder& folder) {
  return std::string(as_text(content_of(folder / "output")));
}

/// Names of table rows as GoogleTest wants them: letters, digits and underscores.
inline std::string test_name(std::string_view name) {
  std::string text(name);
  for (char& c : text) {
    if (c == '-') c = '_';
  }
  return text;
}

}  // namespace holdfast::crypto::test
