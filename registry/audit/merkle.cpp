#include "registry/audit/merkle.hpp"

#include <algorithm>
#include <bit>
#include <string>

#include "crypto/hash.hpp"

namespace holdfast::audit {
namespace {

constexpr std::array<std::uint8_t, 1> kLeaf{0x00};
constexpr std::array<std::uint8_t, 1> kNode{0x01};

Result<TreeHash> sha256(std::initializer_list<ByteView> parts) {
  TRY_LET(const auto digest, crypto::hash(crypto::HashAlgorithm::sha256, parts), "hash");
  TreeHash hash{};
  std::ranges::copy(digest, hash.begin());
  return hash;
}

// The hash of subtrees of one size, a power of two of them.
Result<TreeHash> fold(std::vector<TreeHash> hashes) {
  while (hashes.size() > 1) {
    for (std::size_t i = 0; i < hashes.size() / 2; ++i) {
      TRY_LET(hashes[i], hash_children(hashes[2 * i], hashes[2 * i + 1]), "hash children");
    }
    hashes.resize(hashes.size() / 2);
  }
  return hashes.front();
}

// The hash of the complete subtree over the 2^level leaves from index * 2^level on.
Result<TreeHash> complete_subtree(const HashRows& rows, unsigned level, std::uint64_t index) {
  const auto above = level % kTileHeight;
  TRY_LET(auto hashes, rows.read(level / kTileHeight, index << above, std::size_t{1} << above), "read hashes");
  return fold(std::move(hashes));
}

// Where the left subtree of a tree of `size` > 1 leaves ends: the largest power of two that is smaller.
std::uint64_t split(std::uint64_t size) { return std::bit_floor(size - 1); }

// The hash over the leaves from `begin` to `end`, where `begin` is a multiple of the largest subtree's size.
Result<TreeHash> subtree(const HashRows& rows, std::uint64_t begin, std::uint64_t end) {
  const auto size = end - begin;
  if (std::has_single_bit(size)) {
    const auto level = static_cast<unsigned>(std::countr_zero(size));
    return complete_subtree(rows, level, begin >> level);
  }
  const auto middle = begin + split(size);
  TRY_LET(const auto left, subtree(rows, begin, middle), "hash left subtree");
  TRY_LET(const auto right, subtree(rows, middle, end), "hash right subtree");
  return hash_children(left, right);
}

Error no_proof(const std::string& what) { return {ErrorCode::malformed, "the proof does not show that " + what}; }

}  // namespace

Result<TreeHash> hash_leaf(ByteView entry) { return sha256({kLeaf, entry}); }

Result<TreeHash> hash_children(const TreeHash& left, const TreeHash& right) { return sha256({kNode, left, right}); }

Result<TreeHash> hash_of_nothing() { return sha256({}); }

Result<TreeHash> root_at(const HashRows& rows, std::uint64_t size) {
  return size == 0 ? hash_of_nothing() : subtree(rows, 0, size);
}

Result<std::vector<TreeHash>> prove_inclusion(const HashRows& rows, std::uint64_t index, std::uint64_t size) {
  if (index >= size) {
    return Error(ErrorCode::usage,
                 "there is no entry " + std::to_string(index) + " in a log of " + std::to_string(size));
  }
  std::vector<TreeHash> proof;
  std::uint64_t begin = 0;
  std::uint64_t end = size;
  while (end - begin > 1) {
    const auto middle = begin + split(end - begin);
    const bool is_left = index < middle;
    TRY_LET(auto other, is_left ? subtree(rows, middle, end) : subtree(rows, begin, middle), "hash sibling");
    proof.push_back(other);
    (is_left ? end : begin) = middle;
  }
  std::ranges::reverse(proof);
  return proof;
}

Result<std::vector<TreeHash>> prove_consistency(const HashRows& rows, std::uint64_t older, std::uint64_t newer) {
  if (older > newer) {
    return Error(ErrorCode::usage,
                 "a log of " + std::to_string(newer) + " entries does not begin with " + std::to_string(older));
  }
  std::vector<TreeHash> proof;
  if (older == 0 || older == newer) return proof;
  std::uint64_t begin = 0;
  std::uint64_t end = newer;
  while (end != older) {
    const auto middle = begin + split(end - begin);
    const bool is_left = older <= middle;
    TRY_LET(auto other, is_left ? subtree(rows, middle, end) : subtree(rows, begin, middle), "hash sibling");
    proof.push_back(other);
    (is_left ? end : begin) = middle;
  }
  // A verifier knows the older root itself where that is a whole subtree from the beginning on.
  if (begin != 0) {
    TRY_LET(auto last, subtree(rows, begin, end), "hash last subtree");
    proof.push_back(last);
  }
  std::ranges::reverse(proof);
  return proof;
}

Result<void> verify_inclusion(const TreeHash& leaf, std::uint64_t index, std::uint64_t size, const TreeHash& root,
                              std::span<const TreeHash> proof) {
  const auto wrong = no_proof("the entry is in the log");
  if (index >= size) return wrong;
  auto at = index;
  auto last = size - 1;
  auto hash = leaf;
  for (const auto& sibling : proof) {
    if (last == 0) return wrong;
    if ((at & 1U) != 0 || at == last) {
      TRY_LET(hash, hash_children(sibling, hash), "hash children");
      while ((at & 1U) == 0 && at != 0) {
        at >>= 1U;
        last >>= 1U;
      }
    } else {
      TRY_LET(hash, hash_children(hash, sibling), "hash children");
    }
    at >>= 1U;
    last >>= 1U;
  }
  if (last != 0 || hash != root) return wrong;
  return {};
}

Result<void> verify_consistency(std::uint64_t older, const TreeHash& older_root, std::uint64_t newer,
                                const TreeHash& newer_root, std::span<const TreeHash> proof) {
  const auto wrong = no_proof("the newer log begins with the older one");
  if (older > newer) return wrong;
  if (older == 0) {
    TRY_LET(const auto nothing, hash_of_nothing(), "hash nothing");
    return proof.empty() && older_root == nothing ? Result<void>() : wrong;
  }
  if (older == newer) return proof.empty() && older_root == newer_root ? Result<void>() : wrong;
  if (proof.empty()) return wrong;
  auto at = older - 1;
  auto last = newer - 1;
  const auto whole = std::countr_one(at);
  at >>= static_cast<unsigned>(whole);
  last >>= static_cast<unsigned>(whole);
  const bool starts_with_root = std::has_single_bit(older);
  auto old_hash = starts_with_root ? older_root : proof.front();
  auto new_hash = old_hash;
  for (const auto& sibling : proof.subspan(starts_with_root ? 0 : 1)) {
    if (last == 0) return wrong;
    if ((at & 1U) != 0 || at == last) {
      TRY_LET(old_hash, hash_children(sibling, old_hash), "hash children");
      TRY_LET(new_hash, hash_children(sibling, new_hash), "hash children");
      while ((at & 1U) == 0 && at != 0) {
        at >>= 1U;
        last >>= 1U;
      }
    } else {
      TRY_LET(new_hash, hash_children(new_hash, sibling), "hash children");
    }
    at >>= 1U;
    last >>= 1U;
  }
  if (last != 0 || old_hash != older_root || new_hash != newer_root) return wrong;
  return {};
}

Result<Frontier> Frontier::load(const HashRows& rows, std::uint64_t size) {
  Frontier edge;
  edge.size_ = size;
  std::uint64_t begin = 0;
  for (auto left = size; left != 0;) {
    const auto largest = std::bit_floor(left);
    TRY_LET(auto peak, subtree(rows, begin, begin + largest), "hash subtree");
    edge.peaks_.push_back(peak);
    begin += largest;
    left -= largest;
  }
  return edge;
}

Result<std::vector<Frontier::Complete>> Frontier::append(const TreeHash& leaf) {
  std::vector<Complete> complete{{0, size_, leaf}};
  auto hash = leaf;
  unsigned level = 0;
  // Each subtree at the edge that is as large as what is appended becomes one with it.
  for (auto rest = size_; (rest & 1U) != 0; rest >>= 1U) {
    ++level;
    TRY_LET(hash, hash_children(peaks_[peaks_.size() - level], hash), "hash children");
    if (level % kTileHeight == 0) complete.push_back({level / kTileHeight, size_ >> level, hash});
  }
  peaks_.resize(peaks_.size() - level);
  peaks_.push_back(hash);
  ++size_;
  return complete;
}

Result<TreeHash> Frontier::root() const {
  if (peaks_.empty()) return hash_of_nothing();
  auto hash = peaks_.back();
  for (auto left = peaks_.rbegin() + 1; left != peaks_.rend(); ++left) {
    TRY_LET(hash, hash_children(*left, hash), "hash children");
  }
  return hash;
}

}  // namespace holdfast::audit
