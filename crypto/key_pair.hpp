// Public and private keys of the asymmetric algorithms.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/secret_bytes.hpp"
#include "crypto/suites.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace holdfast::crypto {

/// OpenSSL's key, hidden from everybody outside this folder.
struct KeyHandle;

/// A public key of one of the algorithms in the suites table. Immutable; cheap to copy; thread-safe.
class PublicKey {
 public:
  /// Reads a SubjectPublicKeyInfo (RFC 5280), PEM or DER. Private keys, other algorithms and other RSA
  /// sizes are refused: ErrorCode::malformed or ErrorCode::refused, naming what was found.
  [[nodiscard]] static Result<PublicKey> parse(ByteView pem_or_der);

  [[nodiscard]] KeyAlgorithm algorithm() const { return algorithm_; }
  [[nodiscard]] Result<Bytes> to_der() const;
  [[nodiscard]] Result<std::string> to_pem() const;
  /// SHA-256 of the DER SubjectPublicKeyInfo: the key's short name, 32 bytes.
  [[nodiscard]] Result<Bytes> fingerprint() const;

  /// For crypto/ only.
  PublicKey(KeyAlgorithm algorithm, std::shared_ptr<const KeyHandle> handle);
  [[nodiscard]] const KeyHandle& handle() const { return *handle_; }

 private:
  KeyAlgorithm algorithm_;
  std::shared_ptr<const KeyHandle> handle_;
};

/// Whether reading a private key also tries out that its halves belong together. That costs about one signature;
/// `none` is for bytes that this program wrote and authenticated itself.
enum class PairCheck { tried, none };

/// A private key. Movable only; OpenSSL wipes the secret parts when it goes. Thread-safe to sign with.
class PrivateKey {
 public:
  /// The same key for the same bytes, for ever. `uniform` holds exactly the row's derivation_size bytes.
  /// ECDSA: the leftmost bits, order size + 64, as an integer c; d = (c mod (n-1)) + 1 (FIPS 186-5, A.2.1).
  /// Ed25519 (RFC 8032), X25519 (RFC 7748), ML-DSA (FIPS 204) and ML-KEM (FIPS 203): the bytes are the seed.
  /// RSA: two primes are searched for (docs/formats/derived-rsa.md), which takes about as long as `generate`;
  /// `progress` is as there.
  [[nodiscard]] static Result<PrivateKey> derive(KeyAlgorithm algorithm, const SecretBytes& uniform,
                                                 const std::function<void()>& progress = {});

  /// A fresh random key. `progress` is called now and then while an RSA key is searched for;
  /// it must not throw.
  [[nodiscard]] static Result<PrivateKey> generate(KeyAlgorithm algorithm, const std::function<void()>& progress = {});

  /// Reads and writes PKCS #8 PrivateKeyInfo (RFC 5958), DER, not encrypted. ML-DSA and ML-KEM keys keep their seed.
  /// Refuses what PublicKey::parse refuses, with the same codes.
  [[nodiscard]] static Result<PrivateKey> parse_pkcs8(const SecretBytes& der, PairCheck check = PairCheck::tried);
  [[nodiscard]] Result<SecretBytes> to_pkcs8() const;

  [[nodiscard]] KeyAlgorithm algorithm() const { return public_.algorithm(); }
  [[nodiscard]] const PublicKey& public_key() const { return public_; }

 private:
  explicit PrivateKey(PublicKey public_key) : public_(std::move(public_key)) {}
  // OpenSSL keeps both halves in one object; the public view shares it.
  PublicKey public_;
};

}  // namespace holdfast::crypto
