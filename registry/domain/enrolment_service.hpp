// Enrolment as the protocols see it: requests for certificates in, certificates out.
#pragma once

#include "crypto/key_pair.hpp"
#include "registry/domain/grants.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace holdfast::domain {

/// A certificate for the asker.
struct IssuedCertificate {
  IdentityId identity;
  std::string serial;  ///< 32 hexadecimal digits
  Timestamp not_before;
  Timestamp not_after;
  Bytes der;
};

/// A person has to approve first: ask again, with the same request, after this time.
struct Deferred {
  IdentityId identity;
  std::chrono::seconds retry_after{};
};

using EnrolmentAnswer = std::variant<IssuedCertificate, Deferred>;

/// The credentials that come with a grant.
struct GrantCredentials {
  GrantId id;
  std::string secret;
};

/// What asks, as it says itself: nothing was shown for it.
struct ReportedClient {
  std::string component = "est";  ///< the protocol's name, where it says nothing
  std::string version;            ///< may be empty
};

/// Thread-safe. Errors of all: ErrorCode::refused where a rule forbids it, ErrorCode::io where the registry cannot work
/// at present and it is worth trying again.
class EnrolmentService {
 public:
  EnrolmentService() = default;
  EnrolmentService(const EnrolmentService&) = delete;
  EnrolmentService& operator=(const EnrolmentService&) = delete;
  virtual ~EnrolmentService() = default;

  /// The issuing CA's certificate and those above it, DER, the root last.
  [[nodiscard]] virtual Result<std::vector<Bytes>> authority_certificates() = 0;
  /// The keys that at least one policy certifies, as in the suites table.
  [[nodiscard]] virtual Result<std::vector<std::string>> key_algorithms() = 0;

  /// A first certificate for `key`, of whose private half the asker has proven possession. ErrorCode::wrong_passphrase
  /// where the credentials are not those of a grant.
  [[nodiscard]] virtual Result<EnrolmentAnswer> enrol(const GrantCredentials& credentials, const crypto::PublicKey& key,
                                                      const ReportedClient& client) = 0;
  /// The next certificate for the holder of `certificate` (DER), who has proven possession of both keys.
  /// ErrorCode::wrong_passphrase where it was not issued here.
  [[nodiscard]] virtual Result<EnrolmentAnswer> renew(ByteView certificate, const crypto::PublicKey& key) = 0;

  /// The same parties asked with a request that is refused before there is a key to speak of, such as one without proof
  /// of possession: who keeps a log, records it. ErrorCode::wrong_passphrase as above.
  [[nodiscard]] virtual Result<void> refuse_enrolment(const GrantCredentials& /*credentials*/, const Error& /*why*/) {
    return {};
  }
  [[nodiscard]] virtual Result<void> refuse_renewal(ByteView /*certificate*/, const Error& /*why*/) { return {}; }
};

}  // namespace holdfast::domain
