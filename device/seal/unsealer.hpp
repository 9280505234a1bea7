// Unsealing, chunk by chunk. memory.hpp and stream.hpp are built on this and easier to use.
#pragma once

#include "core/clock.hpp"
#include "core/result.hpp"
#include "core/secret_bytes.hpp"
#include "device/anchor/root.hpp"
#include "device/seal/chunk_opener.hpp"
#include "device/seal/header.hpp"

#include <functional>
#include <optional>
#include <string>

namespace holdfast::seal {

/// Gives the passphrase, normalised (core/text.hpp). Asked at most once for a file.
using PassphraseSource = std::function<Result<SecretBytes>()>;

/// What happens when a passphrase is offered for a file that was sealed without one.
enum class UnneededPassphrase {
  ignored,  ///< for a prompt, which then never appears
  refused,  ///< for a passphrase that somebody gave: they count on the file's being protected by it
};

/// What a reader brings and insists on.
struct UnsealOptions {
  /// Called only when the header wants a passphrase and its device tag has verified. Empty: none is offered.
  PassphraseSource passphrase = nullptr;
  UnneededPassphrase unneeded_passphrase = UnneededPassphrase::refused;
  /// When given, the file must have been sealed under exactly this name.
  std::optional<std::string> name = std::nullopt;
  Clock clock = system_clock_now;
  /// Begins every message about the file. The streams put their input's name here.
  std::string subject = "the sealed file";
};

/// Opens one file. Whatever is wrong with it is an error of its own. Movable; not safe for concurrent use.
class Unsealer {
 public:
  /// Checks the header, in this order: anchor and epoch (ErrorCode::does_not_open; until the device tag has
  /// verified a mere claim), device tag (malformed), whether passphrase and header fit (usage), open tag
  /// (wrong_passphrase; malformed where there is none), expiry and name (refused).
  [[nodiscard]] static Result<Unsealer> create(const anchor::Roots& roots, const UnsealOptions& options,
                                               Preamble preamble);

  /// Verified.
  [[nodiscard]] const Header& header() const { return preamble_.header; }
  /// Bytes before the first chunk.
  [[nodiscard]] std::size_t preamble_size() const { return preamble_.size; }

  /// What follows the preamble.
  [[nodiscard]] ChunkOpener& chunks() { return chunks_; }

 private:
  Unsealer(Preamble preamble, ChunkOpener chunks) : preamble_(std::move(preamble)), chunks_(std::move(chunks)) {}

  Preamble preamble_;
  ChunkOpener chunks_;
};

}  // namespace holdfast::seal
