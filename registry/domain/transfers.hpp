// Changes that need two people: an owner handing an identity to another, and whatever destroys in bulk.
#pragma once

#include "registry/domain/identities.hpp"

#include <optional>
#include <string>

namespace holdfast::domain {

/// An identity on its way from one pair of owners to another. Both sides have to agree.
struct Transfer {
  TransferId id;
  IdentityId identity;
  Ownership to;
  std::string given_by;  ///< who speaks for the old side
  Timestamp created;
  std::string taken_by;  ///< who speaks for the new side; empty until then
  std::optional<Timestamp> done;
};

/// Something destructive that one person has asked for and another has to confirm.
struct PendingApproval {
  ApprovalId id;
  std::string action;  ///< canonical JSON: what exactly would be done
  std::string asked_by;
  Timestamp created;
  std::string approved_by;  ///< empty until then
  std::optional<Timestamp> done;
};

/// An enrolment that waits for a person: the certificate request itself, for the same key to come back for.
struct EnrolmentRequest {
  RequestId id;
  GrantId grant;
  IdentityId identity;
  KeyHash key{};
  Timestamp created;
};

}  // namespace holdfast::domain
