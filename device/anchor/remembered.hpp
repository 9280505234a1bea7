// The attribute state that an anchor remembers, from which drift is shown.
#pragma once

#include "device/anchor/root.hpp"
#include "device/anchor/slot.hpp"
#include "device/fingerprint/attribute.hpp"

#include <string>
#include <vector>

namespace holdfast::anchor {

/// How an attribute differs from what was remembered.
enum class DriftKind { changed, appeared, vanished, unavailable };

[[nodiscard]] std::string_view name_of(DriftKind kind);

struct Drift {
  std::string name;
  DriftKind kind;
  bool counted = false;   ///< one of the quorum's attributes
  bool required = false;  ///< a required factor
  bool noisy = false;     ///< the noisy source; changed is one that does not give the secret that was enrolled
  /// Why it is unavailable, and what to do; empty otherwise.
  std::string reason = {};  // NOLINT(readability-redundant-member-init): may be left out
};

/// The names and hashes of all present attributes, encrypted under the root: hashes in the clear would let
/// anybody test guesses one attribute at a time.
/// Of a noisy source (nullptr for none), whose readings differ, the secret is remembered like a value.
[[nodiscard]] Result<Bytes> remember(const Root& root, const fingerprint::Fingerprint& fingerprint,
                                     const NoisyFactor* noisy = nullptr);

/// The same state for the root of a later epoch. ErrorCode::malformed where it is not of `before`.
[[nodiscard]] Result<Bytes> rewrap_remembered(ByteView remembered, const Root& before, const Root& after);

struct DriftReport {
  std::vector<Drift> drift;
  unsigned margin = 0;  ///< how many counted attributes may still change
};

/// Compares today's attributes with the remembered state. Unavailable is told apart from vanished and changed.
[[nodiscard]] Result<DriftReport> compare_with_remembered(const Root& root, ByteView remembered,
                                                          const FingerprintSlot& slot,
                                                          const fingerprint::Fingerprint& today,
                                                          const NoisyFactor* noisy = nullptr);

}  // namespace holdfast::anchor
