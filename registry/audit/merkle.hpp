// Merkle trees over log entries (RFC 9162, section 2.1; the same as RFC 6962's), and proofs about them.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace holdfast::audit {

/// SHA-256 of a leaf, or of a node's two children.
using TreeHash = std::array<std::uint8_t, 32>;

/// The hash of an entry as a leaf: SHA-256(0x00 || entry).
[[nodiscard]] Result<TreeHash> hash_leaf(ByteView entry);
/// The hash of two subtrees as one: SHA-256(0x01 || left || right).
[[nodiscard]] Result<TreeHash> hash_children(const TreeHash& left, const TreeHash& right);
/// The hash of a tree without entries: SHA-256 of nothing.
[[nodiscard]] Result<TreeHash> hash_of_nothing();

/// How many levels of the tree a stored row is above the next lower one: the height of C2SP's tlog-tiles.
inline constexpr unsigned kTileHeight = 8;
/// How many hashes of a row make one of the next.
inline constexpr std::uint64_t kTileWidth = std::uint64_t{1} << kTileHeight;

/// The hashes that a log keeps: row 0 has its leaves; each hash of row r + 1 stands for 256 of row r, once all of them
/// are there. Every other hash of the tree is computed of at most 256 of these.
class HashRows {
 public:
  HashRows() = default;
  HashRows(const HashRows&) = delete;
  HashRows& operator=(const HashRows&) = delete;
  virtual ~HashRows() = default;

  /// Exactly `count` hashes, 1 to 256, of `row` from the one numbered `first` on. ErrorCode::malformed where they are
  /// not there.
  [[nodiscard]] virtual Result<std::vector<TreeHash>> read(unsigned row, std::uint64_t first,
                                                           std::size_t count) const = 0;
};

/// The root of the tree of the first `size` entries.
[[nodiscard]] Result<TreeHash> root_at(const HashRows& rows, std::uint64_t size);

/// The hashes that prove entry `index` to be in the tree of `size` entries, the lowest first (RFC 9162, 2.1.3.1).
/// ErrorCode::usage where there is no such entry.
[[nodiscard]] Result<std::vector<TreeHash>> prove_inclusion(const HashRows& rows, std::uint64_t index,
                                                            std::uint64_t size);
/// The hashes that prove the tree of `older` entries to be the beginning of that of `newer` (RFC 9162, 2.1.4.1); none
/// where `older` is 0 or both are the same. ErrorCode::usage where `older` is larger.
[[nodiscard]] Result<std::vector<TreeHash>> prove_consistency(const HashRows& rows, std::uint64_t older,
                                                              std::uint64_t newer);

/// ErrorCode::malformed where `proof` does not show `leaf` to be entry `index` of the tree (RFC 9162, 2.1.3.2).
[[nodiscard]] Result<void> verify_inclusion(const TreeHash& leaf, std::uint64_t index, std::uint64_t size,
                                            const TreeHash& root, std::span<const TreeHash> proof);
/// ErrorCode::malformed where `proof` does not show the one tree to begin with the other (RFC 9162, 2.1.4.2).
[[nodiscard]] Result<void> verify_consistency(std::uint64_t older, const TreeHash& older_root, std::uint64_t newer,
                                              const TreeHash& newer_root, std::span<const TreeHash> proof);

/// The right edge of a growing tree: what appending needs to know of everything before. Copyable, so that what was
/// appended in a transaction that fails is forgotten with the copy.
class Frontier {
 public:
  /// A hash that has become complete, for HashRows.
  struct Complete {
    unsigned row = 0;
    std::uint64_t index = 0;
    TreeHash hash{};
  };

  Frontier() = default;
  /// The edge of the tree of the first `size` entries.
  [[nodiscard]] static Result<Frontier> load(const HashRows& rows, std::uint64_t size);

  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// Appends a leaf. Returns what a log has to keep of it: the leaf as a hash of row 0, and those of higher rows that
  /// it completes.
  [[nodiscard]] Result<std::vector<Complete>> append(const TreeHash& leaf);
  [[nodiscard]] Result<TreeHash> root() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<TreeHash> peaks_;  // one for each bit that is set in size_, that of the largest subtree first
};

}  // namespace holdfast::audit
