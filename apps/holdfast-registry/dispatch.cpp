#include "apps/holdfast-registry/dispatch.hpp"

#include <pwd.h>

#include <array>

#include "apps/holdfast-registry/operation.hpp"
#include "core/text.hpp"
#include "registry/domain/operator_commands.hpp"
#include "registry/domain/permissions.hpp"

namespace holdfast::registry_app {
namespace {

constexpr std::size_t kMaxText = 200;

std::string account_name(uid_t uid) {
  std::array<char, 4096> room{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(uid, &entry, room.data(), room.size(), &found) == 0 && found != nullptr) return entry.pw_name;
  return std::to_string(uid);
}

const Operation* operation_of(const std::string& name) {
  const auto space = name.find(' ');
  if (space == std::string::npos) return nullptr;
  return find_operation(std::string_view(name).substr(0, space), std::string_view(name).substr(space + 1));
}

Result<Question> parse_question(std::string_view text) {
  TRY_LET(const Json json, parse_json(text, "the question"), "read question");
  JsonReader reader(json, "the question");
  Question question;
  question.operation = reader.text("operation", kMaxText);
  question.arguments = reader.object("arguments");
  question.token = reader.optional_text("token", kMaxText);
  TRY(reader.finish(), "read question");
  return question;
}

ErrorCode code_of(const std::string& name) {
  using enum ErrorCode;
  for (const auto code : {usage, does_not_open, wrong_passphrase, malformed, not_found, refused, io}) {
    if (name_of(code) == name) return code;
  }
  return internal;
}

// What a row shows of everybody's is not for those who answer for a few identities.
Result<void> check_audience(const Operation& operation, const domain::Actor& actor) {
  using enum domain::Role;
  if (operation.audience == Audience::everybody) return {};
  return domain::check_role(actor, {admin, operate, auditor}, "use '" + command_of(operation) + "'");
}

}  // namespace

std::string to_text(const Question& question) {
  Json json{{"operation", question.operation}, {"arguments", question.arguments}};
  if (!question.token.empty()) json["token"] = question.token;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_text(const Result<Json>& answer) {
  const Json json =
      answer.ok() ? Json{{"result", *answer}}
                  : Json{{"error", {{"code", name_of(answer.error().code())}, {"message", answer.error().message()}}}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Json> parse_answer(std::string_view text) {
  TRY_LET(const Json json, parse_json(text, "the registry's answer"), "read answer");
  if (json.is_object() && json.contains("result")) return json["result"];
  const auto error = json.is_object() ? json.find("error") : json.end();
  if (error == json.end() || !error->is_object()) return Error(ErrorCode::malformed, "the registry's answer is none");
  return Error(code_of(error->value("code", "")), error->value("message", ""));
}

Result<domain::Actor> actor_of(Registry& registry, const std::string& token, uid_t uid) {
  if (token.empty()) return domain::Actor{"local:" + account_name(uid), domain::Role::admin, std::nullopt};
  std::optional<domain::Actor> actor;
  std::optional<domain::KnownToken> known;
  TRY(registry.database().read([&](domain::Transaction& tx) -> Result<void> {
    TRY_LET(known, domain::find_token(tx, token, registry.now()), "find token");
    return {};
  }),
      "find token");
  // Whoever reads must not have to wait for those who write, nor fail with them.
  if (known->token.use == domain::TokenUse::until_expiry) return known->actor;
  TRY(registry.database().change([&](domain::Transaction& tx) -> Result<void> {
    TRY_LET(actor, domain::authenticate(tx, token, registry.now()), "authenticate");
    return {};
  }),
      "authenticate");
  return *actor;
}

Result<Json> carry_out(Registry& registry, const Question& question, uid_t uid) {
  const Operation* const operation = operation_of(question.operation);
  if (operation == nullptr) {
    return Error(ErrorCode::usage, "there is no operation '" + printable(question.operation) + "'");
  }
  TRY_LET(auto actor, actor_of(registry, question.token, uid), "authenticate");
  TRY(check_audience(*operation, actor), "check role");
  const Context context{.database = registry.database(),
                        .authority = registry.authority(),
                        .log = registry.log(),
                        .journal = registry.journal(),
                        .outside = registry.outside(),
                        .database_url = registry.database_url(),
                        .enrolment_url = registry.enrolment_url(),
                        .passphrase_file = registry.has_passphrase_file(),
                        .actor = std::move(actor),
                        .now = registry.now()};
  return operation->run(context, Arguments(question.arguments));
}

Result<Json> carry_out(Registry& registry, std::string_view text, uid_t uid) {
  TRY_LET(const auto question, parse_question(text), "read question");
  return carry_out(registry, question, uid);
}

}  // namespace holdfast::registry_app
