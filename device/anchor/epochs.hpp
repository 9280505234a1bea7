// Root epochs: the roots before the newest one, kept under it for what was made under them.
#pragma once

#include "core/json.hpp"
#include "device/anchor/root.hpp"
#include "device/fingerprint/quorum_worth.hpp"

#include <optional>
#include <vector>

namespace holdfast::anchor {

/// How many earlier roots an anchor keeps at most.
inline constexpr std::size_t kMaxOlderRoots = 256;

/// An earlier root, wrapped under the newest one.
struct OlderRoot {
  RootEpoch epoch;
  fingerprint::Tier tier = fingerprint::Tier::declared;  ///< the lowest of any slot that ever wrapped it
  Bytes wrapped;                                         ///< nonce, encrypted root, tag
};

/// Wraps `older` under `newest`.
[[nodiscard]] Result<OlderRoot> keep_root(const Root& older, fingerprint::Tier tier, const Root& newest);

/// All roots that the anchor knows. ErrorCode::malformed where one of them does not open under the newest.
[[nodiscard]] Result<Roots> open_epochs(Root newest, const std::vector<OlderRoot>& older);

[[nodiscard]] Json to_json(const std::vector<OlderRoot>& older);
/// Ascending epochs, all before `newest`. ErrorCode::malformed names the member.
[[nodiscard]] Result<std::vector<OlderRoot>> parse_older_roots(const Json& array, RootEpoch newest);

}  // namespace holdfast::anchor
