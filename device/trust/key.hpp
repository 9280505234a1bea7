// A key of a provider, opened for one use.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/secret_bytes.hpp"
#include "crypto/certificate.hpp"
#include "crypto/certificate_request.hpp"
#include "crypto/rsa_oaep.hpp"
#include "crypto/signature.hpp"
#include "device/trust/key_info.hpp"

#include <functional>
#include <string>

namespace holdfast::trust {

/// Fills the buffer with the next bytes of a message and returns how many; 0 at its end. A message of any size passes
/// through it once: tokens and TPMs hash as they go and sign a digest.
using MessageReader = std::function<Result<std::size_t>(MutableByteView)>;
/// Reads what is in memory, which must live as long.
[[nodiscard]] MessageReader read_from(ByteView message);

/// A private or secret key in its provider's hands: nothing here gives the secret out. Each call that does not belong
/// to the use it was opened for, or that the algorithm does not know, is ErrorCode::usage; what the profile forbids is
/// ErrorCode::refused. Safe in several threads.
class Key {
 public:
  Key() = default;
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  virtual ~Key() = default;

  [[nodiscard]] virtual const KeyInfo& info() const = 0;

  /// KeyUse::sign. See crypto::sign for what `randomness` means; a provider that cannot sign deterministically says so.
  /// Without a hash in `scheme` it is the profile's usual_hash, and without an RSA scheme its usual_rsa_scheme, here
  /// and below.
  [[nodiscard]] virtual Result<Bytes> sign(const crypto::SignatureScheme& scheme, crypto::Randomness randomness,
                                           const MessageReader& message) const = 0;
  /// KeyUse::sign: a certificate request (PEM) or self-signed certificate for this key.
  [[nodiscard]] virtual Result<std::string> certificate_request(const crypto::RequestContent& content) const = 0;
  [[nodiscard]] virtual Result<crypto::CertificateChain> self_signed(
      const crypto::SelfSignedContent& content) const = 0;

  /// KeyUse::decrypt, RSA.
  [[nodiscard]] virtual Result<SecretBytes> decrypt(const crypto::OaepScheme& scheme, ByteView ciphertext) const = 0;
  /// KeyUse::encrypt and KeyUse::decrypt, AES-256-GCM; see crypto/data_key.hpp for sizes and bytes.
  [[nodiscard]] virtual Result<Bytes> encrypt_data(ByteView associated, ByteView plaintext) const = 0;
  [[nodiscard]] virtual Result<SecretBytes> decrypt_data(ByteView associated, ByteView encrypted) const = 0;
  /// KeyUse::derive: the shared secret of crypto::agree.
  [[nodiscard]] virtual Result<SecretBytes> agree(const crypto::PublicKey& peer) const = 0;
  /// KeyUse::decapsulate: the shared secret of crypto::ReceivingKey.
  [[nodiscard]] virtual Result<SecretBytes> decapsulate(ByteView ciphertext) const = 0;
};

}  // namespace holdfast::trust
