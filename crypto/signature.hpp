// Signing and verifying.
#pragma once

#include "crypto/key_pair.hpp"

#include <optional>

namespace holdfast::crypto {

enum class RsaScheme { pkcs1, pss };
enum class Randomness { hedged, deterministic };
/// Whether the bytes given are the message, or its digest made elsewhere.
enum class InputKind { message, digest };
enum class Verdict { valid, invalid };

/// What the signer and the verifier must agree on, beside the key.
struct SignatureScheme {
  std::optional<HashAlgorithm> hash;     ///< the row's default where absent; not for Ed25519 and ML-DSA
  std::optional<RsaScheme> rsa;          ///< PKCS #1 v1.5 where absent; RSA only. PSS salts are as long as the digest
  InputKind input = InputKind::message;  ///< digest: RSA and ECDSA only
  Bytes context;                         ///< ML-DSA only (FIPS 204, 5.2), at most 255 bytes
};

/// A message on its way into a signature, of any size in constant memory but for Ed25519, which reads its
/// message twice and so holds it in memory, up to 1 GiB.
class SignatureInput {
 public:
  /// ErrorCode::usage where the scheme does not fit the key's algorithm, with what to do instead.
  [[nodiscard]] static Result<SignatureInput> create(const PublicKey& key, const SignatureScheme& scheme);
  SignatureInput(SignatureInput&&) noexcept;
  SignatureInput& operator=(SignatureInput&&) noexcept;
  ~SignatureInput();

  [[nodiscard]] Result<void> update(ByteView bytes);

 private:
  friend Result<Bytes> sign(const PrivateKey&, SignatureInput, Randomness);
  friend Result<Verdict> verify(const PublicKey&, SignatureInput, ByteView);
  struct State;
  explicit SignatureInput(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The most bytes that a signature of this algorithm has; 0 where it cannot sign.
[[nodiscard]] std::size_t max_signature_size(KeyAlgorithm algorithm);

/// Signs with the key for whose public half `input` was made. Randomness::hedged mixes fresh randomness with
/// the message and the key (ECDSA, ML-DSA), so that neither a repeated nor a bad random number leaks the key;
/// deterministic gives the same signature every time (ECDSA by RFC 6979; refused for PSS, whose salt is
/// random). ECDSA signatures are DER (RFC 3279).
[[nodiscard]] Result<Bytes> sign(const PrivateKey& key, SignatureInput input, Randomness randomness);

/// Three answers: valid, invalid, or an Error when it could not tell.
[[nodiscard]] Result<Verdict> verify(const PublicKey& key, SignatureInput input, ByteView signature);

/// The same for a message in memory.
[[nodiscard]] Result<Bytes> sign_message(const PrivateKey& key, const SignatureScheme& scheme, ByteView message,
                                         Randomness randomness = Randomness::hedged);
[[nodiscard]] Result<Verdict> verify_message(const PublicKey& key, const SignatureScheme& scheme, ByteView message,
                                             ByteView signature);

}  // namespace holdfast::crypto
