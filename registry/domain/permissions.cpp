#include "registry/domain/permissions.hpp"

#include <algorithm>

namespace holdfast::domain {

const Actor& the_registry() {
  static const Actor kRegistry{.name = "registry", .role = Role::registry, .owner = std::nullopt};
  return kRegistry;
}

Result<void> check_role(const Actor& actor, std::initializer_list<Role> roles, const std::string& what) {
  if (std::ranges::find(roles, actor.role) != roles.end()) return {};
  return Error(ErrorCode::refused,
               "'" + actor.name + "' has the role '" + std::string(name_of(actor.role)) + "', which may not " + what);
}

Result<void> check_concerns(const Actor& actor, const Identity& identity) {
  if (actor.role != Role::owner) return {};
  if (actor.owner && (*actor.owner == identity.owners.business || *actor.owner == identity.owners.technical)) return {};
  return Error(ErrorCode::refused, "'" + actor.name + "' is not an owner of the identity " + identity.id.text());
}

}  // namespace holdfast::domain
