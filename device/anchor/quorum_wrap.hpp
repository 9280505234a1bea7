// The subset-wrapped quorum: sealing the root under every k-subset of the counted attributes.
#pragma once

#include "device/anchor/slot.hpp"
#include "device/fingerprint/attribute.hpp"

#include <functional>
#include <optional>

namespace holdfast::anchor {

/// What makes every guess expensive.
using Stretch = Result<SecretBytes> (*)(const SecretBytes& input, ByteView salt, const crypto::StretchCosts& costs);

/// What a device brings along to open a fingerprint slot.
struct Factors {
  const fingerprint::Fingerprint* fingerprint = nullptr;
  const SecretBytes* passphrase = nullptr;  ///< in normal form; nullptr where none was given
  Stretch stretch = crypto::stretch;        ///< another one only in tests, to count guesses
};

enum class Search {
  first_subset,  ///< one Argon2id call: enough where nothing drifted
  all_subsets,   ///< every subset of available attributes, in parallel
};

/// Called with the number of subsets done and the most there can be, from any thread, one at a time.
using SearchProgress = std::function<void(unsigned done, unsigned total)>;

/// Fills `slot.wraps` with the root under every subset. All attributes of the slot must be present in
/// `factors`, and the passphrase where the slot needs one (ErrorCode::internal otherwise).
[[nodiscard]] Result<void> wrap_root(FingerprintSlot& slot, const Root& root, const Factors& factors,
                                     const SearchProgress& progress = {});

/// The root, or ErrorCode::does_not_open, which says only that the attributes or required factors do not
/// open this anchor, and which attributes are unavailable. A passphrase that is needed and was not given is
/// ErrorCode::does_not_open as well, and says so.
[[nodiscard]] Result<Root> unwrap_root(const FingerprintSlot& slot, const AnchorId& anchor, const Factors& factors,
                                       Search search, const SearchProgress& progress = {});

}  // namespace holdfast::anchor
