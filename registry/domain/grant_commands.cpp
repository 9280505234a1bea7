#include "registry/domain/grant_commands.hpp"

#include "registry/domain/bearer_secret.hpp"
#include "registry/domain/describe.hpp"
#include "registry/domain/permissions.hpp"
#include "registry/domain/shown_text.hpp"

namespace holdfast::domain {
namespace {

constexpr std::size_t kMostAtOnce = 10'000;
constexpr std::chrono::seconds kLongest = std::chrono::days(90);
constexpr std::string_view kNumber = "{n}";
constexpr std::size_t kMaxText = 500;
constexpr std::size_t kMaxName = 64;

Error usage(const std::string& why) { return {ErrorCode::usage, why}; }

bool is_blank(const std::string& text) { return text.find_first_not_of(' ') == std::string::npos; }

Result<void> check_texts(const Intent& intent) {
  if (is_blank(intent.name)) return usage("a grant names the device that it is for: --name");
  if (is_blank(intent.purpose)) return usage("a grant says what the device is for: --purpose");
  for (const auto* text :
       {&intent.name, &intent.purpose, &intent.environment, &intent.group, &intent.retirement_condition}) {
    TRY(check_shown(*text, kMaxText), "check text");
  }
  return {};
}

std::string numbered(std::string name, std::size_t number) {
  const auto place = name.find(kNumber);
  if (place != std::string::npos) name.replace(place, kNumber.size(), std::to_string(number));
  return name;
}

Result<void> check_order(const GrantOrder& order) {
  TRY(check_texts(order.intent), "check texts");
  if (order.count < 1 || order.count > kMostAtOnce) return usage("1 to 10000 grants are made at once");
  // It becomes the common name of a certificate, which has 64 characters (RFC 5280, ub-common-name).
  if (numbered(order.intent.name, order.count).size() > kMaxName) {
    return usage("the name of an identity has at most 64 bytes");
  }
  if (order.count > 1 && !order.intent.name.contains(kNumber)) {
    return usage("several devices cannot have one name; put {n} where their number shall stand");
  }
  if (order.valid_for <= std::chrono::seconds(0) || order.valid_for > kLongest) {
    return usage("a grant is valid for at most 90 days");
  }
  return {};
}

Result<void> check_owner(Transaction& tx, const OwnerId& id, const std::string& side) {
  TRY_LET(const auto owner, tx.owners().find(id), "find owner");
  if (!owner) return Error(ErrorCode::refused, "the " + side + " owner " + id.text() + " does not exist");
  if (owner->standing == OwnerStanding::active) return {};
  return Error(ErrorCode::refused, "the " + side + " owner '" + owner->name + "' has left");
}

Result<void> check_references(Transaction& tx, const Intent& intent) {
  TRY(check_owner(tx, intent.owners.business, "business"), "check owner");
  TRY(check_owner(tx, intent.owners.technical, "technical"), "check owner");
  TRY_LET(const auto policy, tx.policies().find(intent.policy), "find policy");
  if (policy) return {};
  return Error(ErrorCode::not_found, "there is no policy '" + intent.policy + "'; 'policy list' shows those that are");
}

Result<IssuedGrant> create_grant(Transaction& tx, const Actor& actor, const GrantOrder& order, std::size_t number,
                                 Timestamp now) {
  TRY_LET(auto id, GrantId::create(now), "name grant");
  TRY_LET(auto secret, make_bearer_secret(), "make secret");
  Grant grant{.id = std::move(id),
              .secret_hash = secret.hash,
              .state = GrantState::open,
              .intent = order.intent,
              .created = now,
              .expires = now + order.valid_for,
              .created_by = actor.name,
              .used_by = std::nullopt,
              .identity = std::nullopt};
  grant.intent.name = numbered(order.intent.name, number);
  TRY(tx.grants().add(grant), "store grant");
  tx.record(make_event(now, actor, "grant.created", describe(grant)));
  return IssuedGrant{std::move(grant), std::move(secret.text)};
}

}  // namespace

Result<std::vector<IssuedGrant>> create_grants(Transaction& tx, const Actor& actor, const GrantOrder& order,
                                               Timestamp now) {
  TRY(check_role(actor, {Role::admin, Role::operate}, "create grants"), "check role");
  TRY(check_order(order), "check order");
  TRY(check_references(tx, order.intent), "check references");
  std::vector<IssuedGrant> grants;
  for (std::size_t number = 1; number <= order.count; ++number) {
    TRY_LET(auto grant, create_grant(tx, actor, order, number, now), "create grant");
    grants.push_back(std::move(grant));
  }
  return grants;
}

Result<Grant> revoke_grant(Transaction& tx, const Actor& actor, const GrantId& id, Timestamp now) {
  TRY(check_role(actor, {Role::admin, Role::operate}, "revoke grants"), "check role");
  TRY_LET(auto grant, tx.grants().find(id), "find grant");
  if (!grant) return Error(ErrorCode::not_found, "there is no grant " + id.text());
  if (grant->state != GrantState::open) {
    return Error(ErrorCode::refused, "the grant is " + std::string(name_of(grant->state)) + " already");
  }
  TRY(tx.grants().revoke(id), "revoke grant");
  grant->state = GrantState::revoked;
  tx.record(make_event(now, actor, "grant.revoked", describe(*grant)));
  return *std::move(grant);
}

Result<Grant> open_grant(Transaction& tx, const GrantCredentials& credentials) {
  const Error wrong(ErrorCode::wrong_passphrase, "these are not the credentials of a grant");
  TRY_LET(auto grant, tx.grants().find(credentials.id), "find grant");
  TRY_LET(const bool right, is_secret_of(grant ? grant->secret_hash : SecretHash{}, credentials.secret),
          "compare secret");
  if (!grant || !right) return wrong;
  return *std::move(grant);
}

}  // namespace holdfast::domain
