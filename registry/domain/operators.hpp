// Operators: the people and programs that run the registry, and the tokens by which they are known.
#pragma once

#include "registry/domain/ids.hpp"
#include "registry/domain/states.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::domain {

struct Operator {
  OperatorId id;
  std::string name;  ///< unique
  Role role = Role::auditor;
  std::optional<OwnerId> owner;  ///< whose identities it concerns, for Role::owner
  Timestamp created;
  std::optional<Timestamp> removed;
};

/// How often a token may be used.
enum class TokenUse { once, until_expiry };
[[nodiscard]] std::string_view name_of(TokenUse use);
[[nodiscard]] std::optional<TokenUse> find_token_use(std::string_view name);

struct Token {
  TokenId id;
  OperatorId of;
  std::array<std::uint8_t, 32> hash{};  ///< SHA-256 of the secret, which has 160 random bits
  TokenUse use = TokenUse::until_expiry;
  Timestamp created;
  Timestamp expires;
  std::optional<Timestamp> ended;  ///< revoked, or used where once was all
};

/// Who is acting, for the log and for the rules.
struct Actor {
  std::string name;  ///< "operator:anna", "local:root", "device:<id>", "registry"
  Role role = Role::auditor;
  std::optional<OwnerId> owner;
};

}  // namespace holdfast::domain
