// Certificates: those that a certification authority issued for a key, and self-signed ones.
#pragma once

#include "core/bytes.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"
#include "crypto/key_pair.hpp"
#include "crypto/signature.hpp"
#include "crypto/subject_alternative_name.hpp"
#include "crypto/x509_name.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace holdfast::crypto {

/// What people want to know about a certificate. The texts are safe to show.
struct CertificateFacts {
  std::string subject;  ///< RFC 4514, as DistinguishedName::to_text; empty where the certificate leaves it out
  std::string issuer;
  std::string serial;  ///< hexadecimal
  Timestamp not_before;
  Timestamp not_after;  ///< the last second of validity
  Bytes fingerprint;    ///< SHA-256 of the certificate, 32 bytes
};

/// A certificate and those of its issuers as far as they were given: 1 to 10, each followed by its issuer's.
///
/// Nothing here judges whether a certificate is to be trusted: signatures and validity are not checked.
class CertificateChain {
 public:
  /// Reads PEM blocks "CERTIFICATE", with or without what openssl prints in front of each, or one DER certificate; at
  /// most 64 KiB. ErrorCode::malformed where the bytes or their order are wrong, and ErrorCode::refused for private
  /// keys, and for a first certificate whose key is none of the suites table.
  [[nodiscard]] static Result<CertificateChain> parse(ByteView pem_or_der);

  /// How many certificates there are.
  [[nodiscard]] std::size_t size() const { return certificates_.size(); }
  /// The certificates in DER, byte for byte as they were given; the leaf comes first.
  [[nodiscard]] const std::vector<Bytes>& certificates() const { return certificates_; }
  [[nodiscard]] const PublicKey& leaf_key() const { return leaf_key_; }
  [[nodiscard]] const CertificateFacts& leaf() const { return leaf_; }
  /// The PEM blocks alone.
  [[nodiscard]] Result<std::string> to_pem() const;

 private:
  CertificateChain(std::vector<Bytes> certificates, PublicKey leaf_key, CertificateFacts leaf)
      : certificates_(std::move(certificates)), leaf_key_(std::move(leaf_key)), leaf_(std::move(leaf)) {}
  std::vector<Bytes> certificates_;
  PublicKey leaf_key_;
  CertificateFacts leaf_;
};

/// ErrorCode::refused where the chain's first certificate is for another key, naming both keys.
[[nodiscard]] Result<void> check_belongs_to(const CertificateChain& chain, const PublicKey& key);

/// What a self-signed certificate says.
struct SelfSignedContent {
  DistinguishedName subject;
  std::vector<SubjectAlternativeName> alternative_names;
  KeyUses uses = bit(KeyUse::sign);                  ///< as in RequestContent
  Timestamp now;                                     ///< from when on it is valid
  std::chrono::days validity;                        ///< 1 to 36,500 days
  std::optional<HashAlgorithm> hash = std::nullopt;  ///< as in RequestContent
  std::optional<RsaScheme> rsa = std::nullopt;       ///< as in RequestContent
};

/// A certificate of version 3 that `key` issues for itself: no authority (basicConstraints CA:FALSE), with key
/// identifiers and a random serial number of 128 bits, signed as a certificate request is. ErrorCode::usage where the
/// key cannot sign or the content does not fit it.
[[nodiscard]] Result<CertificateChain> make_self_signed(const PrivateKey& key, const SelfSignedContent& content);

}  // namespace holdfast::crypto
