// Internal to crypto/: algorithms, keys and signatures of X.509 where the private key is elsewhere.
#pragma once

#include "crypto/certificate_signer.hpp"
#include "crypto/openssl.hpp"

#include <openssl/x509.h>

namespace holdfast::crypto::openssl {

using BitString = Owned<ASN1_BIT_STRING, ASN1_BIT_STRING_free>;

/// Writes the AlgorithmIdentifier of the signer's signatures: with NULL as parameters for RSA (RFC 4055), without any
/// for ECDSA (RFC 5758), Ed25519 (RFC 8410) and ML-DSA (RFC 9881). ErrorCode::usage where the key cannot sign, or the
/// hash does not fit it.
[[nodiscard]] Result<void> set_algorithm(X509_ALGOR* to, const CertificateSigner& signer);

/// Writes the SubjectPublicKeyInfo. OpenSSL's X509_set_pubkey does the same through an encoder that takes longer than
/// an ECDSA signature.
[[nodiscard]] Result<void> set_key(X509_PUBKEY* to, const PublicKey& key);

/// What the signer makes of these bytes, as it stands in a certificate. ErrorCode::internal where that cannot be a
/// signature of its key.
[[nodiscard]] Result<BitString> make_signature(const CertificateSigner& signer, ByteView to_be_signed);

/// The same, into a signature that is there already.
[[nodiscard]] Result<void> set_signature(ASN1_BIT_STRING* to, const CertificateSigner& signer, ByteView to_be_signed);

/// The bytes that an i2d function of OpenSSL writes for `object`.
template <auto Write, typename T>
[[nodiscard]] Result<Bytes> to_der(T* object, const std::string& what) {
  unsigned char* out = nullptr;
  const int size = Write(object, &out);
  if (size <= 0) return failure("writing " + what);
  Bytes der(out, out + size);
  OPENSSL_free(out);
  return der;
}

}  // namespace holdfast::crypto::openssl
