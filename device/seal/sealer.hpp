// Sealing, chunk by chunk. memory.hpp and stream.hpp are built on this and easier to use.
#pragma once

#include "core/clock.hpp"
#include "core/result.hpp"
#include "core/secret_bytes.hpp"
#include "crypto/suites.hpp"
#include "device/anchor/root.hpp"
#include "device/seal/chunk.hpp"
#include "device/seal/chunk_sealer.hpp"
#include "device/seal/header.hpp"

#include <optional>
#include <string>

namespace holdfast::seal {

/// What a sealed file shall say and demand.
struct SealOptions {
  crypto::AeadSuite suite = crypto::AeadSuite::aes_256_gcm;
  /// Needed, besides this device, to open the file. Normalised (core/text.hpp); borrowed while sealing begins.
  const SecretBytes* passphrase = nullptr;
  // Without initialisers GCC would warn of callers that name only some members.
  // NOLINTBEGIN(readability-redundant-member-init)
  std::string name = {};                  ///< bound to the file; a reader may insist on it. Up to 1024 bytes of UTF-8
  std::optional<Timestamp> expires = {};  ///< from then on nobody's Holdfast opens the file
  std::string media_type = {};
  // NOLINTEND(readability-redundant-member-init)
};

/// Seals one file. Each has a fresh salt and therefore keys of its own, so that nothing is ever encrypted twice
/// under one key and nonce. Movable; not safe for concurrent use.
class Sealer {
 public:
  /// Chooses the salt, derives the keys and writes the header. ErrorCode::usage for options that no reader
  /// would accept. With a passphrase this takes the time and memory of crypto::kArgon2Strong.
  [[nodiscard]] static Result<Sealer> create(const anchor::Root& root, const SealOptions& options);

  /// Lines 1 to 3: the beginning of the file, written before the first chunk.
  [[nodiscard]] const std::string& preamble() const { return preamble_; }
  /// Size of the whole file for a plaintext of `size` bytes.
  [[nodiscard]] std::uint64_t sealed_size(std::uint64_t size) const { return preamble_.size() + chunks_size(size); }

  /// What follows the preamble.
  [[nodiscard]] ChunkSealer& chunks() { return chunks_; }
  /// The same as chunks().seal.
  [[nodiscard]] Result<Advance> seal(ByteView plaintext, Input input, MutableByteView output) {
    return chunks_.seal(plaintext, input, output);
  }

 private:
  Sealer(std::string preamble, ChunkSealer chunks) : preamble_(std::move(preamble)), chunks_(std::move(chunks)) {}

  std::string preamble_;
  ChunkSealer chunks_;
};

}  // namespace holdfast::seal
