// Operators and the tokens by which they are known.
#pragma once

#include "registry/domain/store.hpp"

#include <string>
#include <string_view>

namespace holdfast::domain {

/// A token as it is given out: the only time that its text is there.
struct IssuedToken {
  Token token;
  std::string text;  ///< "hft_", the token's id without dashes, "_" and a secret as make_bearer_secret
};

struct NewOperator {
  std::string name;
  Role role = Role::auditor;
  std::optional<OwnerId> owner;  ///< for Role::owner, and only for that
};
/// ErrorCode::refused where the name is taken.
[[nodiscard]] Result<Operator> add_operator(Transaction& tx, const Actor& actor, const NewOperator& wanted,
                                            Timestamp now);
/// The last admin stays: ErrorCode::refused. All tokens end.
[[nodiscard]] Result<Operator> remove_operator(Transaction& tx, const Actor& actor, const std::string& name,
                                               Timestamp now);
/// ErrorCode::not_found where nobody of that name is an operator, or is no longer.
[[nodiscard]] Result<Operator> find_operator(Transaction& tx, const std::string& name);

struct NewToken {
  OperatorId of;
  TokenUse use = TokenUse::until_expiry;
  std::chrono::seconds valid_for{};
};
[[nodiscard]] Result<IssuedToken> create_token(Transaction& tx, const Actor& actor, const NewToken& wanted,
                                               Timestamp now);
[[nodiscard]] Result<void> revoke_token(Transaction& tx, const Actor& actor, const TokenId& id, Timestamp now);

/// A token with who it stands for.
struct KnownToken {
  Token token;
  Actor actor;
};
/// Who a token's text stands for, of which nothing is changed. ErrorCode::wrong_passphrase, which says no more, where
/// it is none, or has expired or ended; ErrorCode::refused where the owner has left for whom its operator acts.
[[nodiscard]] Result<KnownToken> find_token(Transaction& tx, std::string_view text, Timestamp now);
/// The same, to act as them: a token that is for once has ended then.
[[nodiscard]] Result<Actor> authenticate(Transaction& tx, std::string_view text, Timestamp now);

}  // namespace holdfast::domain
