// What enrolment and renewal share, for these two sources alone: who asks, what one transaction works with, and how it
// ends with a certificate or with a refusal that stands in the log.
#pragma once

#include "registry/domain/certificate_issuer.hpp"
#include "registry/domain/describe.hpp"
#include "registry/domain/draft.hpp"
#include "registry/domain/enrolment_service.hpp"
#include "registry/domain/store.hpp"

#include <functional>
#include <optional>
#include <string>

namespace holdfast::domain {

/// ErrorCode::refused.
[[nodiscard]] Error not_allowed(const std::string& why);

/// Whoever has proven possession of a key.
struct Asker {
  crypto::PublicKey key;
  KeyHash hash{};
  std::string algorithm;
};

[[nodiscard]] Result<Asker> describe_key(const crypto::PublicKey& key);

/// What one transaction of an enrolment works with.
struct Case {
  Transaction& tx;
  CertificateIssuer& issuer;
  Timestamp now;
  const std::string& place;
  const ReportedClient& client;
  const Asker& asker;
  const std::optional<Draft>& draft;
  std::optional<EnrolmentAnswer>& answer;
  std::optional<IdentityId>& clone_of;
};

/// ErrorCode::refused where there is none of that name any more.
[[nodiscard]] Result<Policy> load_policy(Transaction& tx, const std::string& name);
/// ErrorCode::refused where the policy certifies no such keys.
[[nodiscard]] Result<void> check_algorithm(const Policy& policy, const std::string& algorithm);

/// The device itself, as the one who acts.
[[nodiscard]] Actor device_of(const IdentityId& id);
/// SHA-256 of a certificate.
[[nodiscard]] Result<KeyHash> digest_of(ByteView der);

/// Whether it is the certificate that was issued, of which the registry may know the digest alone.
[[nodiscard]] Result<bool> is_that(const std::optional<Certificate>& issued, ByteView presented);

/// What is behind a certificate.
struct Holder {
  const Identity& identity;
  const Anchor& anchor;
  const Policy& policy;
};
/// Stores a certificate for the asker and records `event`, which says `about` besides; it is the answer.
[[nodiscard]] Result<void> issue(const Case& c, const Holder& holder, const std::string& event, const Details& about);

/// Records what was refused, in the history of whom it concerns.
void record_refusal(const Case& c, const std::string& what, const Error& why, Details about,
                    const std::optional<IdentityId>& identity);
/// Does `work`; what it refuses is recorded, and nothing else of it stays.
[[nodiscard]] Result<void> do_or_record(Transaction& tx, const std::function<Result<void>()>& work,
                                        std::optional<Error>& refusal,
                                        const std::function<Result<void>(const Error&)>& record);
/// The answer, once the transaction is over.
[[nodiscard]] Result<EnrolmentAnswer> settle(const Result<void>& done, const std::optional<Error>& refusal,
                                             const std::optional<EnrolmentAnswer>& answer);

}  // namespace holdfast::domain
