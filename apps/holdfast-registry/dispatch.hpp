// Carrying out one operation for somebody: in the server, or in a command while there is none.
//
// A question is {"operation": "grant create", "arguments": {...}, "token": "..."}; without a token it is the account's
// own. An answer is {"result": {...}}, or {"error": {"code": "refused", "message": "..."}}.
#pragma once

#include "apps/holdfast-registry/registry.hpp"
#include "core/json.hpp"

#include <sys/types.h>

#include <optional>
#include <string>

namespace holdfast::registry_app {

/// What is asked of a registry.
struct Question {
  std::string operation;  ///< "grant create"
  Json arguments;
  std::string token;  ///< of an operator; empty for the account itself
};

[[nodiscard]] std::string to_text(const Question& question);
[[nodiscard]] std::string to_text(const Result<Json>& answer);
/// The result, or the error as it was.
[[nodiscard]] Result<Json> parse_answer(std::string_view text);

/// The operator whose token that is; without one, the account `uid`, which may do everything: it could as well read the
/// folder. ErrorCode::wrong_passphrase.
[[nodiscard]] Result<domain::Actor> actor_of(Registry& registry, const std::string& token, uid_t uid);
/// Does it for the account `uid`, which may do everything where it gives no token: it could as well read the folder.
[[nodiscard]] Result<Json> carry_out(Registry& registry, const Question& question, uid_t uid);
/// The same for a question as text; anything else than a question is ErrorCode::malformed.
[[nodiscard]] Result<Json> carry_out(Registry& registry, std::string_view text, uid_t uid);

}  // namespace holdfast::registry_app
