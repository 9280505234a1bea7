// Shamir's secret sharing: any `threshold` of the shares give a secret back, and fewer tell nothing about it.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/secret_bytes.hpp"

#include <functional>
#include <span>
#include <vector>

namespace holdfast::crypto {

inline constexpr std::size_t kSharedSecretSize = 32;
/// A number below the prime 2^256 + 297, big-endian.
inline constexpr std::size_t kShareSize = 33;
inline constexpr unsigned kMinThreshold = 2;
inline constexpr unsigned kMaxShares = 16;

struct ShareCounts {
  unsigned threshold = 0;  ///< how many open; kMinThreshold to `shares`
  unsigned shares = 0;     ///< at most kMaxShares
};

/// Fills bytes with random ones, as fill_random does; tests give their own.
using FillRandom = std::function<Result<void>(MutableByteView)>;

/// The shares of a secret of kSharedSecretSize bytes, of kShareSize bytes each. The first has the index 1. They carry
/// no checksum: whoever keeps them adds one. ErrorCode::usage for other counts. Thread-safe.
///
/// Coefficients of a polynomial over the field of 2^256 + 297 elements: the secret, then 64 random bytes each, reduced.
[[nodiscard]] Result<std::vector<SecretBytes>> split_secret(const SecretBytes& secret, ShareCounts counts,
                                                            const FillRandom& fill = {});

struct IndexedShare {
  unsigned index = 0;  ///< 1 to kMaxShares
  const SecretBytes* share = nullptr;
};

/// The secret again, from as many shares as its threshold was. Fewer, or shares of different secrets, give another
/// secret, or ErrorCode::malformed. ErrorCode::usage for no shares, an index out of bounds, or one that comes twice;
/// ErrorCode::malformed for a share of another size or above the prime. Thread-safe.
[[nodiscard]] Result<SecretBytes> combine_shares(std::span<const IndexedShare> shares);

}  // namespace holdfast::crypto
