// Signed notes (C2SP signed-note): a text, and under it one line for each signature, so that people can read what
// machines verify.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "crypto/key_pair.hpp"

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::audit {

/// By which the signatures of one signer are found: the first bytes of SHA-256(name || LF || 0x01 || public key).
using NoteKeyId = std::array<std::uint8_t, 4>;

/// Somebody whose Ed25519 signatures are believed, with what they call themselves.
class NoteVerifier {
 public:
  /// ErrorCode::usage where the key is not Ed25519, or the name is empty or has white space or '+' in it.
  [[nodiscard]] static Result<NoteVerifier> create(std::string name, crypto::PublicKey key);
  /// Reads "name+8 hex digits+base64", as Go's sumdb/note and other verifiers take it. ErrorCode::malformed.
  [[nodiscard]] static Result<NoteVerifier> parse(std::string_view text);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const NoteKeyId& id() const { return id_; }
  /// What `parse` reads.
  [[nodiscard]] std::string to_text() const;

  /// The text of a note, with its last line feed, if one of the signatures is this one's. ErrorCode::malformed where
  /// the note has another form, is longer than 1 MiB, or has no valid signature of this signer.
  [[nodiscard]] Result<std::string> open(std::string_view note) const;

 private:
  NoteVerifier(std::string name, crypto::PublicKey key, Bytes raw, const NoteKeyId& id)
      : name_(std::move(name)), key_(std::move(key)), raw_(std::move(raw)), id_(id) {}
  std::string name_;
  crypto::PublicKey key_;
  Bytes raw_;  // the public key of RFC 8032, 32 bytes
  NoteKeyId id_;
};

/// Signs with the private half of a verifier's key, wherever that is kept: 64 bytes (RFC 8032).
using NoteSign = std::function<Result<Bytes>(ByteView)>;

/// Makes a note of `text`, which must end with a line feed and have no empty last line: ErrorCode::usage.
[[nodiscard]] Result<std::string> sign_note(const NoteVerifier& signer, const NoteSign& sign, std::string_view text);

}  // namespace holdfast::audit
