// Internal to this folder: members that several kinds of slots have, read and written.
#pragma once

#include "device/anchor/slot.hpp"

#include <string>
#include <vector>

namespace holdfast::anchor {

inline constexpr std::size_t kCommitmentSize = 32;
/// The root, wrapped: nonce, encrypted root, tag.
inline constexpr std::size_t kWrappedRootSize = 60;

/// What a guess costs: `argon2` or `pbkdf2`, exactly one of the two, under its own name.
struct CostsMember {
  bool approved = false;
  const Json* costs = nullptr;
};
[[nodiscard]] CostsMember read_costs(JsonReader& reader);
/// When the slot's reader has finished. ErrorCode::malformed beyond the bounds.
[[nodiscard]] Result<crypto::StretchCosts> parse_costs(const CostsMember& member, const std::string& what);
void add_costs(Json& json, const crypto::StretchCosts& costs);

/// What is checked before a wrap is opened: kCommitmentSize bytes that bind the key of the wrap.
[[nodiscard]] Result<Bytes> commitment_of(const SecretBytes& wrap);
/// Commitment and wrap in one text of base64.
[[nodiscard]] std::string text_of(const SubsetWrap& wrap);
/// `both` has kCommitmentSize + kWrappedRootSize bytes, or none where the reader failed.
[[nodiscard]] SubsetWrap split_wrap(ByteView both);
[[nodiscard]] Result<std::vector<SubsetWrap>> parse_wraps(const Json& array, const std::string& what);

}  // namespace holdfast::anchor
