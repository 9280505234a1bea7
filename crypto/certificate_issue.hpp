// Issuing certificates: for an authority itself, for the authorities below it, and for those whom they certify.
#pragma once

#include "core/bytes.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"
#include "crypto/certificate_signer.hpp"
#include "crypto/serial_number.hpp"
#include "crypto/subject_alternative_name.hpp"
#include "crypto/x509_name.hpp"

#include <memory>
#include <string>
#include <vector>

namespace holdfast::crypto {

/// What a certificate is for; settles basicConstraints, keyUsage (both critical) and extKeyUsage.
enum class CertificateProfile : std::uint8_t {
  root,        ///< an authority that certifies itself: keyCertSign, cRLSign
  issuing_ca,  ///< an authority that certifies end entities and no authorities (pathLenConstraint 0)
  client,      ///< an end entity that signs and is a TLS client: digitalSignature, clientAuth
  server,      ///< an end entity that is a TLS server: digitalSignature, serverAuth
};

/// Where to find more about a certificate: URLs, each left out where empty.
struct CertificateLinks {
  std::string crl;     ///< the list of revoked certificates
  std::string issuer;  ///< the issuer's certificate
  std::string ocsp;    ///< the responder
};

/// What a certificate says.
struct CertificateContent {
  CertificateProfile profile;
  DistinguishedName subject;
  std::vector<SubjectAlternativeName> alternative_names = {};  ///< a server needs a DNS name or an address
  PublicKey key;                                               ///< can sign
  /// `sign` must be among it. `decrypt` asks for keyEncipherment, for RSA keys of end entities only.
  KeyUses uses = bit(KeyUse::sign);
  SerialNumber serial;
  Timestamp not_before;
  Timestamp not_after;  ///< the last second of validity; not before `not_before`, at most in the year 9999
  CertificateLinks links = {};
};

/// The certificate (version 3, DER) that an authority issues for itself; `content` has the profile `root` and the
/// signer's key. Key identifiers are those of RFC 7093. ErrorCode::usage where the content does not fit; errors of the
/// signer pass through.
[[nodiscard]] Result<Bytes> issue_root(const CertificateSigner& signer, const CertificateContent& content);

/// An authority at work: its certificate, and who signs for it. Immutable; cheap to copy; as thread-safe as the signer.
class CertificateIssuer {
 public:
  /// ErrorCode::malformed where `certificate`, as CertificateChain::parse takes it, is none; ErrorCode::refused where
  /// it is not for the signer's key, not for an authority that may sign certificates, or has no key identifier.
  [[nodiscard]] static Result<CertificateIssuer> create(ByteView certificate, CertificateSigner signer);

  /// A certificate of any profile but `root`, DER. ErrorCode::usage where the content does not fit. That a certificate
  /// does not outlive its issuer's is for the caller to see to.
  [[nodiscard]] Result<Bytes> issue(const CertificateContent& content) const;

  [[nodiscard]] const PublicKey& key() const;
  [[nodiscard]] Timestamp not_before() const;
  [[nodiscard]] Timestamp not_after() const;  ///< the last second

 private:
  struct State;
  explicit CertificateIssuer(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace holdfast::crypto
