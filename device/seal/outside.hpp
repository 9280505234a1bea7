// Files encrypted to a device from elsewhere: whoever has its public key can write one, and only the device can read
// it. Nothing tells who wrote it, which is why ordinary unsealing refuses such a file.
#pragma once

#include "core/result.hpp"
#include "core/secret_bytes.hpp"
#include "crypto/receiving_key.hpp"
#include "device/seal/chunk_opener.hpp"
#include "device/seal/chunk_sealer.hpp"
#include "device/seal/outside_header.hpp"
#include "device/seal/stream.hpp"

#include <functional>
#include <optional>
#include <string>

namespace holdfast::seal {

/// What the new file shall say.
struct OutsideOptions {
  crypto::AeadSuite suite = crypto::AeadSuite::aes_256_gcm;
  // Without initialisers GCC would warn of callers that name only some members.
  // NOLINTBEGIN(readability-redundant-member-init)
  std::string name = {};  ///< bound to the file; a reader may insist on it. Up to 1024 bytes of UTF-8
  std::string media_type = {};
  // NOLINTEND(readability-redundant-member-init)
};

/// Looks for the private key to a public key's fingerprint, which the file claims. ErrorCode::not_found where there is
/// none; any other failure ends reading as it is.
using FindReceivingKey = std::function<Result<crypto::ReceivingKey>(ByteView fingerprint, crypto::KeyAlgorithm)>;

/// What a reader insists on.
struct DecryptOptions {
  /// When given, the file must have been encrypted under exactly this name.
  std::optional<std::string> name = std::nullopt;
  /// The name, and perhaps version, of the key that shall receive. For a provider, which looks for it among its keys
  /// otherwise; one without a list of keys needs it. The functions below take their key from FindReceivingKey.
  std::optional<std::string> key = std::nullopt;
  /// Begins every message about the file. The streams put their input's name here.
  std::string subject = "the encrypted file";
};

/// The beginning of a new file, and what seals the rest.
struct Encryption {
  std::string preamble;  ///< lines 1 to 3
  ChunkSealer chunks;
};

/// A file whose first lines have verified, and what opens the rest.
struct Decryption {
  OutsidePreamble preamble;
  ChunkOpener chunks;
};

/// Encapsulates a fresh secret and derives the keys. ErrorCode::usage for options that no reader would accept.
[[nodiscard]] Result<Encryption> begin_encryption(const crypto::ReceivingPublicKey& to, const OutsideOptions& options);

/// Checks the header, in this order: the recipient (ErrorCode::does_not_open), the tag (malformed), the name (refused).
[[nodiscard]] Result<Decryption> begin_decryption(const FindReceivingKey& find_key, const DecryptOptions& options,
                                                  OutsidePreamble preamble);

/// The same from the recipient's shared secret on. For tests and fuzzers, which know it without a key.
[[nodiscard]] Result<Decryption> begin_decryption_with(const SecretBytes& shared, const DecryptOptions& options,
                                                       OutsidePreamble preamble);

/// The encrypted form of `plaintext`, as a file of its own.
[[nodiscard]] Result<Bytes> encrypt_bytes(const crypto::ReceivingPublicKey& to, const OutsideOptions& options,
                                          ByteView plaintext);

/// The plaintext, once all of `encrypted` has verified.
[[nodiscard]] Result<Bytes> decrypt_outside_bytes(const FindReceivingKey& find_key, const DecryptOptions& options,
                                                  ByteView encrypted);

/// Encrypts from the input's position to its end. A chunk is written as soon as the byte behind it arrives.
[[nodiscard]] Result<StreamStats> encrypt_stream(const crypto::ReceivingPublicKey& to, const OutsideOptions& options,
                                                 const Ends& ends);

/// Decrypts from the input's position to its end, with the guarantees of unseal_stream but for the origin.
[[nodiscard]] Result<StreamStats> decrypt_outside_stream(const FindReceivingKey& find_key,
                                                         const DecryptOptions& options, const Ends& ends);

}  // namespace holdfast::seal
