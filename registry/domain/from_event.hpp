// Things as an event tells of them: the way back from describe.hpp, by which a registry is rebuilt from its log.
//
// Errors of all: ErrorCode::malformed, naming the fact that is missing or makes no sense. What an event says of a thing
// is what the thing was at that time; when it was made is the time of the first event about it.
#pragma once

#include "registry/domain/describe.hpp"
#include "registry/domain/incidents.hpp"
#include "registry/domain/transfers.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::domain {

/// A fact of an event, which may be empty.
[[nodiscard]] Result<std::string> fact(const Event& event, const std::string& name);
/// The same as an identifier.
template <typename AnyId>
[[nodiscard]] Result<AnyId> fact_id(const Event& event, const std::string& name) {
  TRY_LET(const auto text, fact(event, name), "read fact");
  auto id = AnyId::parse(text);
  if (id.ok()) return id;
  return Error(ErrorCode::malformed, "an event '" + event.type + "' has no identifier in '" + name + "'");
}
/// The same as hashes, with blanks between them.
[[nodiscard]] Result<std::vector<KeyHash>> fact_hashes(const Event& event, const std::string& name);
/// Whose history the event belongs to.
[[nodiscard]] Result<IdentityId> subject_of(const Event& event);

[[nodiscard]] Result<Identity> identity_from(const Event& event);
[[nodiscard]] Result<Anchor> anchor_from(const Event& event);
/// Its digest stands for the certificate itself, which no event holds.
[[nodiscard]] Result<Certificate> certificate_from(const Event& event);
[[nodiscard]] Result<Owner> owner_from(const Event& event);
[[nodiscard]] Result<Grant> grant_from(const Event& event);
[[nodiscard]] Result<Operator> operator_from(const Event& event);
[[nodiscard]] Result<Token> token_from(const Event& event);
[[nodiscard]] Result<Transfer> transfer_from(const Event& event);
[[nodiscard]] Result<Incident> incident_from(const Event& event);

}  // namespace holdfast::domain
