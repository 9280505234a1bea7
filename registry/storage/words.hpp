// The words for enumerations that have none outside the database.
#pragma once

#include "registry/domain/operators.hpp"
#include "registry/domain/owners.hpp"

#include <optional>
#include <string_view>

namespace holdfast::storage {

[[nodiscard]] inline std::string_view word_of(domain::OwnerKind kind) {
  return kind == domain::OwnerKind::person ? "person" : "team";
}
[[nodiscard]] inline std::optional<domain::OwnerKind> find_owner_kind(std::string_view word) {
  if (word == "person") return domain::OwnerKind::person;
  return word == "team" ? std::optional(domain::OwnerKind::team) : std::nullopt;
}

[[nodiscard]] inline std::string_view word_of(domain::OwnerStanding standing) {
  return standing == domain::OwnerStanding::active ? "active" : "left";
}
[[nodiscard]] inline std::optional<domain::OwnerStanding> find_owner_standing(std::string_view word) {
  if (word == "active") return domain::OwnerStanding::active;
  return word == "left" ? std::optional(domain::OwnerStanding::left) : std::nullopt;
}

[[nodiscard]] inline std::string_view word_of(domain::TokenUse use) {
  return use == domain::TokenUse::once ? "once" : "until-expiry";
}
[[nodiscard]] inline std::optional<domain::TokenUse> find_token_use(std::string_view word) {
  if (word == "once") return domain::TokenUse::once;
  return word == "until-expiry" ? std::optional(domain::TokenUse::until_expiry) : std::nullopt;
}

}  // namespace holdfast::storage
