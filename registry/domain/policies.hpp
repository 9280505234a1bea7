// Policies: what holds for a class of identities.
#pragma once

#include "core/result.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::domain {

/// Whether a person has to look at an enrolment before it takes effect.
enum class Approval { none, required };

/// The rules of one class of identities. Everything has a default.
struct Policy {
  std::string name = "default";
  /// The public keys that are certified, as in the suites table.
  std::vector<std::string> key_algorithms{"ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "ed25519",  "rsa-3072",
                                          "rsa-4096",   "ml-dsa-44",  "ml-dsa-65",  "ml-dsa-87"};
  std::chrono::seconds validity = std::chrono::days(7);        ///< of a certificate
  std::chrono::seconds renewal_grace = std::chrono::days(30);  ///< how long an expired certificate may still renew
  std::chrono::seconds orphan_grace = std::chrono::days(14);   ///< from orphaned to suspended
  std::chrono::seconds review_every = std::chrono::days(365);  ///< of every identity by its owner
  Approval approval = Approval::none;                          ///< of enrolments
  std::string spiffe_trust_domain;                             ///< adds a SPIFFE id where it is not empty
  bool operator==(const Policy&) const = default;
};

/// Whether a policy can be lived by: a known algorithm at least, spans that are positive, and a validity of at most 398
/// days. ErrorCode::usage, naming what is wrong.
[[nodiscard]] Result<void> check_policy(const Policy& policy);

/// A policy as one line of canonical JSON, in which it is stored, recorded and shown.
[[nodiscard]] Result<std::string> to_json(const Policy& policy);
/// Reads that. ErrorCode::malformed; what is not a policy anybody can live by is ErrorCode::usage.
[[nodiscard]] Result<Policy> parse_policy(std::string_view json);

}  // namespace holdfast::domain
