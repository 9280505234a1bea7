// Identities: a device's standing in the fleet, the anchors that it rests on, and its certificates.
#pragma once

#include "core/bytes.hpp"
#include "registry/domain/ids.hpp"
#include "registry/domain/states.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace holdfast::domain {

/// Who answers for an identity: both always present, and possibly the same.
struct Ownership {
  OwnerId business;   ///< answers for its existence and cost
  OwnerId technical;  ///< answers for its operation
  bool operator==(const Ownership&) const = default;
};

/// How much an anchor is worth; `declared` is what nobody has shown anything for.
enum class Tier { declared, software, physical, hardware };
[[nodiscard]] std::string_view name_of(Tier tier);
[[nodiscard]] std::optional<Tier> find_tier(std::string_view name);

struct Identity {
  IdentityId id;
  std::string name;
  std::string purpose;      ///< why it exists; never empty
  std::string environment;  ///< "production", "test", ...; may be empty
  std::string group;        ///< of devices that are managed together; may be empty
  Ownership owners;
  Tier tier = Tier::declared;
  IdentityState state = IdentityState::pending;
  /// What a suspended identity goes back to; absent in every other state.
  std::optional<IdentityState> state_before;
  std::string policy;  ///< the policy's name
  Timestamp created;
  std::optional<Timestamp> last_seen;
  std::optional<Timestamp> next_review;
  std::optional<Timestamp> retire_after;    ///< the day on which it has to go
  std::string retirement_condition;         ///< in words, for people: "when line 4 is dismantled"
  std::optional<Timestamp> orphaned_since;  ///< since when one of its owners is no longer active
};

/// SHA-256 of a key's SubjectPublicKeyInfo.
using KeyHash = std::array<std::uint8_t, 32>;

/// The trust anchor that an identity rests on. Enrolled without evidence it is the key itself.
struct Anchor {
  AnchorId id;
  IdentityId identity;
  KeyHash key{};              ///< no two anchors ever have the same one
  std::string key_algorithm;  ///< as in the suites table
  std::uint64_t generation = 1;
  std::string kind;            ///< "declared-key" where there was no evidence
  std::string component;       ///< what made it: "est", or the program named in the evidence
  std::string version;         ///< of that component; may be empty
  std::string place_of_issue;  ///< where it was enrolled: the registry's name and the protocol
  std::optional<AnchorId> predecessor;
  Timestamp created;
  /// Where it no longer counts: since when. Its id and its key are refused for ever.
  std::optional<Timestamp> ended;
};

enum class CertificateStatus { good, on_hold, revoked };
[[nodiscard]] std::string_view name_of(CertificateStatus status);
[[nodiscard]] std::optional<CertificateStatus> find_certificate_status(std::string_view name);

/// Why a certificate was revoked (RFC 5280, 5.3.1), as far as there is a use for it here.
enum class RevocationReason { unspecified, key_compromise, affiliation_changed, superseded, cessation_of_operation };
[[nodiscard]] std::string_view name_of(RevocationReason reason);
[[nodiscard]] std::optional<RevocationReason> find_revocation_reason(std::string_view name);

/// A certificate that was issued, as the registry keeps it.
struct Certificate {
  std::string serial;  ///< 32 hexadecimal digits
  IdentityId identity;
  AnchorId anchor;
  std::string algorithm;  ///< of the certified key
  Timestamp not_before;
  Timestamp not_after;
  CertificateStatus status = CertificateStatus::good;
  std::optional<RevocationReason> reason;
  std::optional<Timestamp> revoked_at;  ///< since when it is on hold or revoked
  std::optional<KeyHash> digest;        ///< SHA-256 of it; always there where `der` is not
  Bytes der;  ///< empty where the registry was rebuilt from its log, which has the digest alone
};

}  // namespace holdfast::domain
