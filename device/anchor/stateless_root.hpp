// From a stateless configuration and the machine's attributes to the root.
#pragma once

#include "device/anchor/root.hpp"
#include "device/anchor/stateless_file.hpp"
#include "device/fingerprint/attribute.hpp"

namespace holdfast::anchor {

/// A root of kStatelessEpoch, and the value by which a configuration knows it.
struct StatelessRoot {
  Root root;
  Bytes check;
};

/// Argon2id over all attributes of `config` in order, with a salt from its profile and device salt; `config.check` is
/// not looked at. ErrorCode::does_not_open where an attribute is not present, naming it. Thread-safe.
[[nodiscard]] Result<StatelessRoot> derive_stateless_root(const StatelessConfig& config,
                                                          const fingerprint::Fingerprint& fingerprint);

/// The anchor id of a configuration with its check value: 16 bytes of a hash of public facts.
[[nodiscard]] Result<AnchorId> stateless_anchor_id(const StatelessConfig& config);

}  // namespace holdfast::anchor
