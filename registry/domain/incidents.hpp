// Incidents: what happened to an identity that a person has to look at.
#pragma once

#include "registry/domain/ids.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace holdfast::domain {

enum class IncidentKind { clone, rollback, orphan, drift, overdue, budget };
[[nodiscard]] std::string_view name_of(IncidentKind kind);
[[nodiscard]] std::optional<IncidentKind> find_incident_kind(std::string_view name);

struct Incident {
  IncidentId id;
  IncidentKind kind = IncidentKind::clone;
  IdentityId identity;
  std::string what;  ///< what was seen, for people
  Timestamp opened;
  std::optional<Timestamp> resolved;
  std::string resolution;  ///< what was found and done
  std::string resolved_by;
};

}  // namespace holdfast::domain
