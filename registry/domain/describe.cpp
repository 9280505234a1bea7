#include "registry/domain/describe.hpp"

#include "core/encoding.hpp"

namespace holdfast::domain {
namespace {

std::string text_of(const std::optional<Timestamp>& time) { return time ? format_rfc3339(*time) : std::string(); }

template <typename T>
std::string text_of(const std::optional<Id<T>>& id) {
  return id ? id->text() : std::string();
}

}  // namespace

Details describe(const Identity& identity) {
  return {{"id", identity.id.text()},
          {"name", identity.name},
          {"purpose", identity.purpose},
          {"environment", identity.environment},
          {"group", identity.group},
          {"business_owner", identity.owners.business.text()},
          {"technical_owner", identity.owners.technical.text()},
          {"tier", std::string(name_of(identity.tier))},
          {"state", std::string(name_of(identity.state))},
          {"state_before", identity.state_before ? std::string(name_of(*identity.state_before)) : ""},
          {"policy", identity.policy},
          {"next_review", text_of(identity.next_review)},
          {"retire_after", text_of(identity.retire_after)},
          {"retirement_condition", identity.retirement_condition},
          {"orphaned_since", text_of(identity.orphaned_since)}};
}

Details describe(const Anchor& anchor) {
  return {{"anchor.id", anchor.id.text()},
          {"anchor.key_sha256", to_hex(anchor.key)},
          {"anchor.key_algorithm", anchor.key_algorithm},
          {"anchor.generation", std::to_string(anchor.generation)},
          {"anchor.kind", anchor.kind},
          {"anchor.component", anchor.component},
          {"anchor.version", anchor.version},
          {"anchor.place_of_issue", anchor.place_of_issue},
          {"anchor.predecessor", text_of(anchor.predecessor)}};
}

Details describe(const Certificate& certificate) {
  return {{"certificate.serial", certificate.serial},
          {"certificate.anchor", certificate.anchor.text()},
          {"certificate.algorithm", certificate.algorithm},
          {"certificate.not_before", format_rfc3339(certificate.not_before)},
          {"certificate.not_after", format_rfc3339(certificate.not_after)},
          {"certificate.sha256", certificate.digest ? to_hex(*certificate.digest) : ""}};
}

Details describe(const Owner& owner) {
  return {{"owner.id", owner.id.text()},       {"owner.kind", std::string(name_of(owner.kind))},
          {"owner.name", owner.name},          {"owner.key", owner.key},
          {"owner.team", text_of(owner.team)}, {"owner.standing", std::string(name_of(owner.standing))}};
}

Details describe(const Grant& grant) {
  return {{"grant.id", grant.id.text()},
          {"grant.secret_sha256", to_hex(grant.secret_hash)},
          {"grant.expires", format_rfc3339(grant.expires)},
          {"name", grant.intent.name},
          {"purpose", grant.intent.purpose},
          {"environment", grant.intent.environment},
          {"group", grant.intent.group},
          {"business_owner", grant.intent.owners.business.text()},
          {"technical_owner", grant.intent.owners.technical.text()},
          {"policy", grant.intent.policy},
          {"retire_after", text_of(grant.intent.retire_after)},
          {"retirement_condition", grant.intent.retirement_condition}};
}

Details describe(const Operator& person) {
  return {{"operator.id", person.id.text()},
          {"operator.name", person.name},
          {"operator.role", std::string(name_of(person.role))},
          {"operator.owner", text_of(person.owner)}};
}

Details describe(const Token& token) {
  return {{"token.id", token.id.text()},
          {"token.operator", token.of.text()},
          {"token.secret_sha256", to_hex(token.hash)},
          {"token.use", std::string(name_of(token.use))},
          {"token.expires", format_rfc3339(token.expires)}};
}

Details join(Details one, const Details& other) {
  one.insert(other.begin(), other.end());
  return one;
}

Event make_event(Timestamp now, const Actor& actor, std::string type, Details details) {
  return {now, actor.name, std::move(type), std::nullopt, std::move(details)};
}

Event make_event(Timestamp now, const Actor& actor, std::string type, const IdentityId& identity, Details details) {
  return {now, actor.name, std::move(type), identity, std::move(details)};
}

}  // namespace holdfast::domain
