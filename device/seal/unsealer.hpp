// Unsealing, chunk by chunk. memory.hpp and stream.hpp are built on this and easier to use.
#pragma once

#include "core/clock.hpp"
#include "core/result.hpp"
#include "core/secret_bytes.hpp"
#include "crypto/aead.hpp"
#include "device/anchor/root.hpp"
#include "device/seal/chunk.hpp"
#include "device/seal/header.hpp"
#include "device/seal/sealer.hpp"

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

/// Opens one file. Whatever is wrong with it is an error of its own, and no byte of a chunk comes out before the
/// chunk has verified. Movable; not safe for concurrent use.
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

  /// Opens all chunks that lie whole in `chunks`, up to and with the last one of the file. `output` has at least
  /// the size of `chunks` and does not overlap it. The caller presents what was not consumed again, with more
  /// behind it. When a chunk was altered nothing is left in `output`, and the object is spent.
  [[nodiscard]] Result<Advance> open(ByteView chunks, MutableByteView output);

  /// Whether the last chunk has been opened.
  [[nodiscard]] bool finished() const { return finished_; }
  /// The verdict at the end of the input, of which `rest` was not consumed: truncated, trailing bytes, or good.
  [[nodiscard]] Result<void> finish(ByteView rest) const;

 private:
  Unsealer(Preamble preamble, std::string subject, crypto::Aead aead, NoncePrefix prefix);
  Result<Advance> open_next(ByteView chunks, MutableByteView output);

  Preamble preamble_;
  std::string subject_;
  crypto::Aead aead_;
  NoncePrefix prefix_;
  std::uint64_t index_ = 0;
  bool finished_ = false;
};

}  // namespace holdfast::seal
