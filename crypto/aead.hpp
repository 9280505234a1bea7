// Authenticated encryption with associated data.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/secret_bytes.hpp"
#include "crypto/suites.hpp"

#include <memory>

namespace holdfast::crypto {

inline constexpr std::size_t kAeadKeySize = 32;
inline constexpr std::size_t kAeadNonceSize = 12;
inline constexpr std::size_t kAeadTagSize = 16;

/// One key in one direction, ready for many messages. The caller never uses a nonce twice for sealing.
/// Movable; not safe for concurrent use.
class Aead {
 public:
  enum class Direction { seal, open };

  /// `key` of kAeadKeySize bytes; a copy is kept inside OpenSSL and wiped with this object.
  [[nodiscard]] static Result<Aead> create(AeadSuite suite, Direction direction, const SecretBytes& key);
  Aead(Aead&&) noexcept;
  Aead& operator=(Aead&&) noexcept;
  ~Aead();

  /// Writes ciphertext and tag into `output`, which has plaintext.size() + kAeadTagSize bytes.
  [[nodiscard]] Result<void> seal(ByteView nonce, ByteView associated, ByteView plaintext, MutableByteView output);
  /// Writes the plaintext into `output`, which has ciphertext.size() - kAeadTagSize bytes. When the tag does
  /// not match (ErrorCode::malformed) `output` is wiped.
  [[nodiscard]] Result<void> open(ByteView nonce, ByteView associated, ByteView ciphertext, MutableByteView output);

 private:
  struct State;
  explicit Aead(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// One message with everything but the key: random nonce, ciphertext, tag. AES-256-GCM. Up to 2^32 messages a key
/// (NIST SP 800-38D, 8.3); what is open to users goes through data_key.hpp.
[[nodiscard]] Result<Bytes> seal_message(const SecretBytes& key, ByteView associated, ByteView plaintext);
/// ErrorCode::malformed for what is too short or does not verify.
[[nodiscard]] Result<SecretBytes> open_message(const SecretBytes& key, ByteView associated, ByteView sealed);

/// A short secret as one field, in the form of seal_message.
[[nodiscard]] Result<Bytes> wrap_secret(const SecretBytes& key, ByteView associated, const SecretBytes& secret);
[[nodiscard]] Result<SecretBytes> unwrap_secret(const SecretBytes& key, ByteView associated, ByteView wrapped);
/// What wrap_secret adds to the secret's size.
inline constexpr std::size_t kWrapOverhead = kAeadNonceSize + kAeadTagSize;

}  // namespace holdfast::crypto
