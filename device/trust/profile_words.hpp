// The words of profile files, and what they stand for.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "device/trust/profile.hpp"

namespace holdfast::trust {

template <typename T>
struct Word {
  T value;
  std::string_view text;
};

[[nodiscard]] std::span<const Word<crypto::KeyAlgorithm>> algorithm_words();
[[nodiscard]] std::span<const Word<keys::KeyOrigin>> origin_words();
[[nodiscard]] std::span<const Word<crypto::HashAlgorithm>> hash_words();
[[nodiscard]] std::span<const Word<crypto::RsaScheme>> scheme_words();
[[nodiscard]] std::span<const Word<crypto::AeadSuite>> suite_words();
[[nodiscard]] std::span<const Word<Purposes>> purpose_words();
[[nodiscard]] std::span<const Word<crypto::Module>> module_words();

template <typename T>
[[nodiscard]] std::optional<T> value_of(std::span<const Word<T>> words, std::string_view text) {
  const auto found = std::ranges::find(words, text, &Word<T>::text);
  return found == words.end() ? std::nullopt : std::optional(found->value);
}

template <typename T>
[[nodiscard]] std::string_view word_of(std::span<const Word<T>> words, T value) {
  return std::ranges::find(words, value, &Word<T>::value)->text;
}

template <typename T>
[[nodiscard]] std::string list_words(std::span<const Word<T>> words) {
  std::string text;
  for (const auto& word : words) text.append(text.empty() ? "" : ", ").append(word.text);
  return text;
}

}  // namespace holdfast::trust
