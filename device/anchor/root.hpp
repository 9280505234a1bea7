// The root secret, and the keys that grow from it.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/secret_bytes.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::anchor {

/// Names one anchor: 16 random bytes, chosen when it is made.
struct AnchorId {
  std::array<std::uint8_t, 16> bytes{};

  [[nodiscard]] std::string hex() const;
  [[nodiscard]] static Result<AnchorId> parse(std::string_view hex);
  bool operator==(const AnchorId&) const = default;
};

/// Counts root rotations, from 1.
struct RootEpoch {
  std::uint32_t number = 1;
  auto operator<=>(const RootEpoch&) const = default;
};

/// Of a stateless root, which is derived and never rotated. No anchor has it.
inline constexpr RootEpoch kStatelessEpoch{0};

inline constexpr std::size_t kRootSize = 32;

/// The root of one epoch. Only ever used to derive keys, each purpose with its own label, so that no two
/// uses share any part of a random stream.
class Root {
 public:
  Root(AnchorId anchor, RootEpoch epoch, SecretBytes secret);

  [[nodiscard]] const AnchorId& anchor() const { return anchor_; }
  [[nodiscard]] RootEpoch epoch() const { return epoch_; }

  /// HKDF-SHA-512(root, salt = anchor id, info = label(purpose) || LP(context)), `size` bytes.
  [[nodiscard]] Result<SecretBytes> key(std::string_view purpose, ByteView context = {}, std::size_t size = 32) const;

  /// For wrapping the root in a slot. Everything else derives.
  [[nodiscard]] const SecretBytes& secret() const { return secret_; }

 private:
  AnchorId anchor_;
  RootEpoch epoch_;
  SecretBytes secret_;
};

/// kRootSize fresh random bytes.
[[nodiscard]] Result<Root> draw_root(const AnchorId& anchor, RootEpoch epoch);

/// The roots of all epochs that an opened anchor still knows. At least one, newest last.
class Roots {
 public:
  /// `older` is sorted by epoch.
  explicit Roots(Root newest, std::vector<Root> older = {});

  [[nodiscard]] const AnchorId& anchor() const { return roots_.back().anchor(); }
  [[nodiscard]] const Root& newest() const { return roots_.back(); }
  /// nullptr when that epoch was dropped or never existed.
  [[nodiscard]] const Root* find(RootEpoch epoch) const;
  /// All of them, newest last.
  [[nodiscard]] const std::vector<Root>& all() const { return roots_; }

 private:
  std::vector<Root> roots_;
};

}  // namespace holdfast::anchor
