// Checkpoints (C2SP tlog-checkpoint): what a log says that it holds, signed.
#pragma once

#include "registry/audit/merkle.hpp"
#include "registry/audit/note.hpp"

namespace holdfast::audit {

/// The state of a log.
struct Checkpoint {
  std::string origin;      ///< the log's name, one line
  std::uint64_t size = 0;  ///< how many entries
  TreeHash root{};

  bool operator==(const Checkpoint&) const = default;
};

/// Three lines: origin, size, root hash in base64. ErrorCode::usage where the origin is no line.
[[nodiscard]] Result<std::string> serialise_checkpoint(const Checkpoint& checkpoint);
/// Reads these, and passes over further lines. ErrorCode::malformed.
[[nodiscard]] Result<Checkpoint> parse_checkpoint(std::string_view text);

/// The checkpoint as a signed note.
[[nodiscard]] Result<std::string> sign_checkpoint(const NoteVerifier& signer, const NoteSign& sign,
                                                  const Checkpoint& checkpoint);
/// Reads one. ErrorCode::malformed where the signature is not the signer's, or the origin is not the signer's name.
[[nodiscard]] Result<Checkpoint> open_checkpoint(const NoteVerifier& signer, std::string_view note);

}  // namespace holdfast::audit
