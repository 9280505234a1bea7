// Secret bytes: locked in memory, kept out of core dumps, wiped when they go.
#pragma once

#include "core/bytes.hpp"

#include <cstddef>

namespace holdfast {

/// The token that opens a SecretBytes. Every reader of secrets names it, so that one search for
/// `SecretAccess` lists them all.
struct SecretAccess {
  explicit SecretAccess() = default;
};

/// Overwrites `bytes` in a way that the optimiser cannot remove.
void wipe(MutableByteView bytes);

/// A secret of a size fixed when it is made. Move-only; wiped on destruction and when moved from.
///
/// The bytes lie in pages that hold nothing but secrets, locked against swapping and excluded from core
/// dumps as far as the system allows (core/locked_memory.hpp). There is no stream or format operator and no
/// comparison: compare with crypto::ct_equal. Not safe for concurrent modification.
class SecretBytes {
 public:
  /// An empty secret.
  SecretBytes() = default;
  /// `size` zero bytes. Throws std::bad_alloc when memory is exhausted.
  explicit SecretBytes(std::size_t size);
  /// A copy of `bytes`; the caller wipes its own.
  [[nodiscard]] static SecretBytes copy_of(ByteView bytes);

  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  /// The bytes, valid as long as this object is neither moved nor destroyed.
  [[nodiscard]] ByteView expose(SecretAccess) const { return {data_, size_}; }
  [[nodiscard]] MutableByteView expose_mutable(SecretAccess) { return {data_, size_}; }

 private:
  void release() noexcept;

  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Forbids core dumps and tracing by processes of the same user, for programs that hold secrets.
void harden_process();

}  // namespace holdfast
