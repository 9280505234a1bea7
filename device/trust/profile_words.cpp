#include "device/trust/profile_words.hpp"

#include <array>
#include <vector>

namespace holdfast::trust {

std::span<const Word<crypto::KeyAlgorithm>> algorithm_words() {
  static const auto kWords = [] {
    std::vector<Word<crypto::KeyAlgorithm>> words;
    words.reserve(crypto::key_algorithms().size());
    for (const auto& row : crypto::key_algorithms()) words.push_back({row.algorithm, row.name});
    return words;
  }();
  return kWords;
}

std::span<const Word<crypto::AeadSuite>> suite_words() {
  static const auto kWords = [] {
    std::vector<Word<crypto::AeadSuite>> words;
    words.reserve(crypto::aead_suites().size());
    for (const auto& row : crypto::aead_suites()) words.push_back({row.suite, row.name});
    return words;
  }();
  return kWords;
}

std::span<const Word<keys::KeyOrigin>> origin_words() {
  using enum keys::KeyOrigin;
  static constexpr auto kWords =
      std::to_array<Word<keys::KeyOrigin>>({{derived, "derived"}, {random, "random"}, {imported, "imported"}});
  return kWords;
}

std::span<const Word<crypto::HashAlgorithm>> hash_words() {
  using enum crypto::HashAlgorithm;
  static constexpr auto kWords =
      std::to_array<Word<crypto::HashAlgorithm>>({{sha256, "sha256"}, {sha384, "sha384"}, {sha512, "sha512"}});
  return kWords;
}

std::span<const Word<crypto::RsaScheme>> scheme_words() {
  using enum crypto::RsaScheme;
  static constexpr auto kWords = std::to_array<Word<crypto::RsaScheme>>({{pkcs1, "pkcs1"}, {pss, "pss"}});
  return kWords;
}

std::span<const Word<Purposes>> purpose_words() {
  using enum Purposes;
  static constexpr auto kWords = std::to_array<Word<Purposes>>({{single, "single"}, {mixed, "mixed"}});
  return kWords;
}

std::span<const Word<crypto::Module>> module_words() {
  using enum crypto::Module;
  static constexpr auto kWords = std::to_array<Word<crypto::Module>>({{standard, "standard"}, {fips, "fips"}});
  return kWords;
}

}  // namespace holdfast::trust
