// Sealing and unsealing what is in memory.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/secret_bytes.hpp"
#include "device/seal/sealer.hpp"
#include "device/seal/unsealer.hpp"

namespace holdfast::seal {

/// The sealed form of `plaintext`, as a file of its own.
[[nodiscard]] Result<Bytes> seal_bytes(const anchor::Root& root, const SealOptions& options, ByteView plaintext);

/// The same into memory that the caller has, which may be used again and again: nothing is allocated but a few
/// keys. Returns how much of `output` was filled; max_sealed_size tells what is always enough.
[[nodiscard]] Result<std::size_t> seal_into(const anchor::Root& root, const SealOptions& options, ByteView plaintext,
                                            MutableByteView output);
[[nodiscard]] constexpr std::size_t max_sealed_size(std::size_t plaintext_size) {
  return kMaxPreambleSize + plaintext_size + (plaintext_size / kChunkSize + 1) * kChunkOverhead;
}

/// The plaintext, once all of `sealed` has verified. It is not wiped when it goes: what is secret beyond the
/// moment belongs in unseal_secret.
[[nodiscard]] Result<Bytes> unseal_bytes(const anchor::Roots& roots, const UnsealOptions& options, ByteView sealed);

/// The plaintext in locked memory: for keys, of which there are few and small ones.
[[nodiscard]] Result<SecretBytes> unseal_secret(const anchor::Roots& roots, const UnsealOptions& options,
                                                ByteView sealed);

/// Into memory of at least the size of `sealed`; returns how much was filled. On failure nothing is left in it.
[[nodiscard]] Result<std::size_t> unseal_into(const anchor::Roots& roots, const UnsealOptions& options, ByteView sealed,
                                              MutableByteView output);

}  // namespace holdfast::seal
