// Owners: the people and teams of the organisation's directory, one of which answers for each identity.
#pragma once

#include "registry/domain/ids.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::domain {

enum class OwnerKind { person, team };
/// Whether an owner can answer for anything: `left` is for good, until a later import names them again.
enum class OwnerStanding { active, left };
[[nodiscard]] std::string_view name_of(OwnerKind kind);
[[nodiscard]] std::optional<OwnerKind> find_owner_kind(std::string_view name);
[[nodiscard]] std::string_view name_of(OwnerStanding standing);
[[nodiscard]] std::optional<OwnerStanding> find_owner_standing(std::string_view name);

/// A person or a team.
struct Owner {
  OwnerId id;
  OwnerKind kind = OwnerKind::person;
  std::string name;             ///< as people say it
  std::string key;              ///< the directory's own: a mail address in lower case, or a team's name
  std::optional<OwnerId> team;  ///< of a person
  OwnerStanding standing = OwnerStanding::active;
  std::optional<Timestamp> left_at;  ///< since when the standing is `left`
};

}  // namespace holdfast::domain
