// Asking a certification authority for a certificate, and being asked.
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

enum class ChallengePassword : std::uint8_t { absent, present };

/// A request as an authority receives it. Its sender has the private key; everything else is only what they claim. The
/// texts are safe to show.
struct CertificateRequest {
  PublicKey key;                               ///< one that can sign
  std::string subject;                         ///< as CertificateFacts::subject; may be empty
  std::vector<std::string> alternative_names;  ///< "DNS:gate7.example.org"; other kinds by their names in RFC 5280
  ChallengePassword challenge_password = ChallengePassword::absent;
};

/// Reads a PKCS #10 request: DER, or one PEM block "CERTIFICATE REQUEST" or "NEW CERTIFICATE REQUEST"; at most 64 KiB.
/// ErrorCode::malformed where it is none, also where an AlgorithmIdentifier has parameters that it must not have (RFC
/// 9881, 8410, 5758). ErrorCode::refused for keys that are none of the suites table or cannot sign, for signatures with
/// other hashes than SHA-2 of 256 bits and more, and where the signature is not valid, so that nothing proves that the
/// sender has the private key.
[[nodiscard]] Result<CertificateRequest> parse_certificate_request(ByteView pem_or_der);

}  // namespace holdfast::crypto
