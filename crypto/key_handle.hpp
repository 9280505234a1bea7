// Internal to crypto/: the OpenSSL object inside a PublicKey or a PrivateKey, and how keys are taken in.
#pragma once

#include "crypto/key_pair.hpp"
#include "crypto/openssl.hpp"

#include <openssl/x509.h>

#include <span>

namespace holdfast::crypto {

struct KeyHandle {
  openssl::Pkey pkey;
  /// ML-DSA only: SHAKE256(public key, 64 bytes), with which FIPS 204 begins every message. Kept because
  /// hashing kilobytes of public key again for every signature shows in the time that one takes.
  Bytes ml_dsa_public_hash;
};

namespace openssl {

using Pkcs8 = Owned<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;

/// Files of keys are small; anything larger is not one.
inline constexpr std::size_t kMaxKeyFile = std::size_t{64} * 1024;

/// Takes in a key of any origin: finds its row in the suites table by type, group and size, and fixes the
/// spelling in which it is written. ErrorCode::refused, naming the key, where no row fits.
[[nodiscard]] Result<PublicKey> adopt(Pkey pkey);

/// Whether `der` is one complete DER object and nothing else. ErrorCode::malformed, naming what is wrong
/// with `what`, for example "the public key".
[[nodiscard]] Result<void> check_der_frame(ByteView der, const std::string& what);

/// The key inside, whose algorithm is known to be one that the table may hold before anything is computed with it.
/// ErrorCode::refused or ErrorCode::malformed.
[[nodiscard]] Result<Pkey> read_private_key_info(const PKCS8_PRIV_KEY_INFO& info);

/// Whether no number of a private RSA key is larger than it has to be. OpenSSL's decoders look after that; its older
/// readers, to which it falls back, take in a prime of any size, and it would compute with that for hours.
[[nodiscard]] Result<void> check_sizes(const EVP_PKEY& pkey);

/// The raw public key: a point or an encoding without any ASN.1 around it.
[[nodiscard]] Result<Bytes> raw_public_key(const EVP_PKEY* pkey);

/// The public key as protocols send it: raw, or for a curve of NIST's the uncompressed point (SEC 1, 2.3.3).
[[nodiscard]] Result<Bytes> encoded_public_key(const EVP_PKEY* pkey);
/// The same back, for the algorithm of `row`. Null where the bytes are no such key; OpenSSL's error queue then says
/// why.
[[nodiscard]] Pkey read_encoded_public_key(const KeyRow& row, ByteView bytes);

/// PKCS #8 PrivateKeyInfo, DER.
[[nodiscard]] Result<SecretBytes> private_key_info(const EVP_PKEY* pkey);

/// The key pair of `type` that `params` describe.
[[nodiscard]] Result<Pkey> make_key(const std::string& type, std::span<OSSL_PARAM> params);

/// A key pair that `seed` determines, for the key types whose private key is a seed (ML-DSA, ML-KEM).
[[nodiscard]] Result<Pkey> key_from_seed(const std::string& type, ByteView seed);

}  // namespace openssl
}  // namespace holdfast::crypto
