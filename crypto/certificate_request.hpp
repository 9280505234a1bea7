// Asking a certification authority for a certificate.
#pragma once

#include "crypto/certificate_signer.hpp"
#include "crypto/key_pair.hpp"
#include "crypto/signature.hpp"
#include "crypto/subject_alternative_name.hpp"
#include "crypto/x509_name.hpp"

#include <optional>
#include <string>
#include <vector>

namespace holdfast::crypto {

/// What a certificate request asks for.
struct RequestContent {
  DistinguishedName subject;
  std::vector<SubjectAlternativeName> alternative_names;
  /// What the key may be used for; `sign` must be among it. Becomes the keyUsage: digitalSignature for sign,
  /// keyEncipherment for decrypt, keyAgreement for derive.
  KeyUses uses = bit(KeyUse::sign);
  std::optional<HashAlgorithm> hash = std::nullopt;  ///< of the signature; the row's default where nobody names one
  std::optional<RsaScheme> rsa = std::nullopt;       ///< of the signature, RSA only; PKCS #1 v1.5 where absent
};

/// A certificate request (PKCS #10, RFC 2986) as PEM, signed by the key for which it asks. Signatures: with
/// the hash for RSA and ECDSA; Ed25519 and ML-DSA (RFC 9881) as they are. ErrorCode::usage where the key cannot sign,
/// or the content, the hash or the scheme does not fit it.
[[nodiscard]] Result<std::string> make_certificate_request(const PrivateKey& key, const RequestContent& content);

/// The request of an authority that wants to be certified by another one, as PEM: for CA:TRUE with pathLenConstraint 0,
/// and keyCertSign and cRLSign. ErrorCode::usage where the key cannot sign; the signer's errors pass through.
[[nodiscard]] Result<std::string> make_authority_request(const CertificateSigner& signer,
                                                         const DistinguishedName& subject);

}  // namespace holdfast::crypto
