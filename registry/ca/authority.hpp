// The registry's certification authority: a root that is needed once, and below it the one that issues.
#pragma once

#include "core/clock.hpp"
#include "core/result.hpp"
#include "crypto/certificate.hpp"
#include "crypto/certificate_issue.hpp"
#include "registry/ca/end_entity.hpp"
#include "registry/ca/key_vault.hpp"

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::ca {

/// The names of the authority's keys in its vault.
inline constexpr std::string_view kRootKey = "ca-root";
inline constexpr std::string_view kIssuingKey = "ca-issuing";

/// What a new authority is to be.
struct AuthoritySettings {
  std::string name;  ///< "Example Fleet" gives CN=Example Fleet Root CA and CN=Example Fleet Issuing CA
  // Left out by most who name the members: GCC warns of those without a value here.
  // NOLINTNEXTLINE(readability-redundant-member-init)
  std::string organisation = {};  ///< O of both, where it is not empty
  crypto::KeyAlgorithm root_algorithm = crypto::KeyAlgorithm::ecdsa_p384;
  crypto::KeyAlgorithm issuing_algorithm = crypto::KeyAlgorithm::ecdsa_p256;
  std::chrono::days root_validity{7305};        ///< 20 years
  std::chrono::days issuing_validity{1826};     ///< 5 years; ends with the root at the latest
  std::chrono::seconds skew{300};               ///< as in IssuingRules
  crypto::CertificateLinks issuing_links = {};  ///< in the issuing authority's own certificate
};

/// How the authority issues.
struct IssuingRules {
  /// How far certificates begin in the past, for devices whose clocks are slow.
  std::chrono::seconds skew{300};
};

/// What is to be certified.
struct EndEntity {
  EndEntityNames names;
  crypto::PublicKey key;
  crypto::CertificateProfile profile = crypto::CertificateProfile::client;  ///< client or server
  crypto::KeyUses uses = crypto::bit(crypto::KeyUse::sign);                 ///< as in crypto::CertificateContent
  Timestamp now;
  std::chrono::seconds validity;  ///< from `now` on
  crypto::CertificateLinks links = {};
};

/// A certificate that was issued, and what the registry keeps of it.
struct IssuedCertificate {
  Bytes der;
  crypto::SerialNumber serial;
  Timestamp not_before;
  Timestamp not_after;  ///< the last second
};

/// The authority at work. The root's key is used by `found` alone; from then on it may be away. Algorithms: RSA with
/// 3072 or 4096 bits, ECDSA P-256 and P-384, ML-DSA. Immutable and thread-safe; borrows the vault, which must outlive
/// it.
class Authority {
 public:
  /// Whether an authority can be made of them. ErrorCode::usage.
  [[nodiscard]] static Result<void> check(const AuthoritySettings& settings);

  /// Makes both keys and both certificates. Keys of the same names and algorithms that the vault has already are taken,
  /// so that a founding which was interrupted can be repeated: whoever calls this has no certificates yet.
  /// ErrorCode::usage where the settings make no sense, ErrorCode::refused where a key has another algorithm.
  [[nodiscard]] static Result<Authority> found(KeyVault& vault, const AuthoritySettings& settings, Timestamp now);

  /// The authority whose certificates these are (DER): the root's, and from the issuing one's upwards those below the
  /// root. ErrorCode::refused where they do not belong together, or the first is not for the vault's issuing key. That
  /// one has expired is told when it is to issue.
  [[nodiscard]] static Result<Authority> open(KeyVault& vault, ByteView root, std::span<const Bytes> below,
                                              const IssuingRules& rules = {});

  /// The request (PKCS #10, PEM) with which another authority can be asked to certify the issuing key. Makes the key
  /// where the vault has none, of the settings' issuing algorithm.
  [[nodiscard]] static Result<std::string> issuing_request(KeyVault& vault, const AuthoritySettings& settings);

  /// Takes what the other authority answered: the certificate for the issuing key, and all above it up to the root.
  /// ErrorCode::refused as `open`, and where one of them is not valid now.
  [[nodiscard]] static Result<Authority> accept(KeyVault& vault, const crypto::CertificateChain& chain, Timestamp now,
                                                const IssuingRules& rules = {});

  /// The certificates (DER), the issuing authority's first and the root's last.
  [[nodiscard]] const std::vector<Bytes>& chain() const { return chain_; }
  /// SHA-256 of the root certificate's DER, in 64 lower-case hexadecimal digits: by it devices know whom to believe.
  [[nodiscard]] Result<std::string> root_sha256() const;
  [[nodiscard]] const crypto::PublicKey& issuing_key() const { return issuer_.key(); }
  /// The last second in which the issuing certificate is valid; nothing that it issues is valid longer.
  [[nodiscard]] Timestamp not_after() const { return issuer_.not_after(); }

  /// Certifies `entity`. The certificate ends with the issuing one's at the latest. ErrorCode::usage where the content
  /// makes no sense, ErrorCode::refused where the issuing certificate is not valid now; the vault's errors.
  [[nodiscard]] Result<IssuedCertificate> issue(const EndEntity& entity) const;

 private:
  Authority(crypto::CertificateIssuer issuer, std::vector<Bytes> chain, IssuingRules rules)
      : issuer_(std::move(issuer)), chain_(std::move(chain)), rules_(rules) {}
  crypto::CertificateIssuer issuer_;
  std::vector<Bytes> chain_;
  IssuingRules rules_;
};

}  // namespace holdfast::ca
