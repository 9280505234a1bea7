// Proving that an anchor file opens before it takes effect.
#pragma once

#include "core/file.hpp"
#include "device/anchor/root.hpp"
#include "device/fingerprint/attribute.hpp"

#include <functional>

namespace holdfast::anchor {

/// With what a file that was written is opened, as a later process would. Borrowed for the call.
struct Proof {
  /// Reads this machine's attributes once more. The file must open with what this gives, and none of its attributes
  /// may have changed since: one that changes from reading to reading would lock its owner out. Empty where the
  /// fingerprint slot is the one that opened the anchor.
  std::function<Result<fingerprint::Fingerprint>()> read_again = nullptr;
  const SecretBytes* passphrase = nullptr;  ///< as Factors has it
  const SecretBytes* code = nullptr;        ///< of a recovery slot that is new; nullptr for none
  const SecretBytes* escrow = nullptr;      ///< the secret of an escrow slot that is new; nullptr for none
  bool with_puf_slot = false;               ///< where there is a slot of the noisy source's own, it must open as well
};

/// Reads the file back past the page cache, where the system lets it, and opens it. ErrorCode::refused for an attribute
/// that changes from one reading to the next.
[[nodiscard]] Result<void> prove_written(const AtomicFile& writer, const Root& root, const Proof& proof);

}  // namespace holdfast::anchor
