// The origin that an anchor remembers, from which copies are told.
#pragma once

#include "device/anchor/root.hpp"
#include "device/fingerprint/origin.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace holdfast::anchor {

/// What seems to have happened.
enum class CloneSignKind {
  shared_image,    ///< the anchor was made before the system it is on was
  copied_folder,   ///< the state folder is another one
  cloned_machine,  ///< the virtual machine was cloned, or went back to a snapshot
};

/// "shared-image", "copied-folder", "cloned-machine".
[[nodiscard]] std::string_view name_of(CloneSignKind kind);

struct CloneSign {
  CloneSignKind kind = CloneSignKind::shared_image;
  std::string evidence;  ///< what it is told by: a clause for people, safe to show
};

/// What it seems and the evidence, in a clause; safe to show.
[[nodiscard]] std::string summary_of(const CloneSign& sign);
/// The same with what to do.
[[nodiscard]] std::string describe(const CloneSign& sign);

/// An origin for the anchor file, encrypted under the root: in the clear its hashes would let anybody test guesses at
/// the machine's identifiers. Uses the module of the current scope.
[[nodiscard]] Result<Bytes> remember_origin(const Root& root, const fingerprint::Origin& origin);

/// The same for the root of a later epoch; empty stays empty. ErrorCode::malformed where it is not of `before`.
[[nodiscard]] Result<Bytes> rewrap_origin(ByteView remembered, const Root& before, const Root& after);

/// Holds today's origin against what remember_origin gave. What one of them does not know is no evidence. At most one
/// sign of a kind. ErrorCode::malformed where `remembered` does not open or is none.
[[nodiscard]] Result<std::vector<CloneSign>> compare_origin(const Root& root, ByteView remembered,
                                                            const fingerprint::Origin& today);

}  // namespace holdfast::anchor
