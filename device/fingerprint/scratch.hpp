// Short-lived copies of secret values: ordinary heap memory that is wiped when it is freed.
#pragma once

#include "core/secret_bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>
#include <vector>

namespace holdfast::fingerprint {

/// Frees only wiped memory. SecretBytes takes whole locked pages; comparing values makes many small
/// copies that live for microseconds, for which wiping suffices.
template <typename T>
struct WipingAllocator {
  using value_type = T;

  WipingAllocator() = default;
  template <typename U>
  explicit WipingAllocator(const WipingAllocator<U>&) {}

  [[nodiscard]] T* allocate(std::size_t count) { return static_cast<T*>(::operator new(count * sizeof(T))); }
  void deallocate(T* memory, std::size_t count) noexcept {
    wipe({reinterpret_cast<std::uint8_t*>(memory), count * sizeof(T)});
    ::operator delete(memory);
  }
  friend bool operator==(const WipingAllocator&, const WipingAllocator&) { return true; }
};

using WipedBytes = std::vector<std::uint8_t, WipingAllocator<std::uint8_t>>;

[[nodiscard]] inline std::string_view text_of(const WipedBytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The ASCII lower case of `c`, whatever the locale.
[[nodiscard]] constexpr char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_hex_digit(char c) {
  return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
}
/// Letters, digits, and every byte of other scripts.
[[nodiscard]] constexpr bool is_word(char c) {
  return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || (static_cast<unsigned char>(c) >= 0x80);
}

}  // namespace holdfast::fingerprint
