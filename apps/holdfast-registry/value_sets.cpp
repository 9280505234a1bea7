#include "apps/holdfast-registry/value_sets.hpp"

#include <initializer_list>

#include "crypto/suites.hpp"
#include "registry/domain/grants.hpp"
#include "registry/domain/identities.hpp"
#include "registry/domain/states.hpp"

namespace holdfast::registry_app {
namespace {

template <typename Values>
Words names_of(const Values& values) {
  Words words;
  words.reserve(std::size(values));
  for (const auto value : values) words.push_back(name_of(value));
  return words;
}

}  // namespace

Words identity_states() { return names_of(domain::kIdentityStates); }

Words grant_states() {
  using enum domain::GrantState;
  Words words = names_of(std::initializer_list{open, used, revoked});
  words.push_back(kExpired);
  return words;
}

Words revocation_reasons() {
  using enum domain::RevocationReason;
  return names_of(
      std::initializer_list{unspecified, key_compromise, affiliation_changed, superseded, cessation_of_operation});
}

Words operator_roles() {
  Words words = names_of(domain::kRoles);
  std::erase_if(words, [](std::string_view name) { return !domain::find_operator_role(name); });
  return words;
}

Words approvals() { return {"none", "required"}; }

Words key_algorithms() {
  Words words;
  words.reserve(crypto::signature_suites().size());
  for (const auto& row : crypto::signature_suites()) words.push_back(row.name);
  return words;
}

std::string listed(const Words& words) {
  std::string text;
  for (const auto word : words) text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

Error none_of(std::string_view name, const Words& words) {
  return {ErrorCode::usage, "'" + std::string(name) + "' is one of: " + listed(words)};
}

}  // namespace holdfast::registry_app
