// Who may do what.
#pragma once

#include "registry/domain/identities.hpp"
#include "registry/domain/operators.hpp"

#include <initializer_list>
#include <string>

namespace holdfast::domain {

/// The registry itself, for what is due by its rules.
[[nodiscard]] const Actor& the_registry();

/// ErrorCode::refused, naming the role and `what`, where the actor has none of the roles.
[[nodiscard]] Result<void> check_role(const Actor& actor, std::initializer_list<Role> roles, const std::string& what);

/// The same for an identity: somebody in Role::owner only for those that they own.
[[nodiscard]] Result<void> check_concerns(const Actor& actor, const Identity& identity);

}  // namespace holdfast::domain
