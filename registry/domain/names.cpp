// The words by which enumerations are stored, recorded and shown.
#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "registry/domain/grants.hpp"
#include "registry/domain/identities.hpp"
#include "registry/domain/incidents.hpp"
#include "registry/domain/operators.hpp"
#include "registry/domain/owners.hpp"

namespace holdfast::domain {
namespace {

template <typename T, std::size_t Size>
using Words = std::array<std::pair<T, std::string_view>, Size>;

template <typename T, std::size_t Size>
std::string_view word_of(const Words<T, Size>& words, T value) {
  return std::ranges::find(words, value, &std::pair<T, std::string_view>::first)->second;
}

template <typename T, std::size_t Size>
std::optional<T> find_word(const Words<T, Size>& words, std::string_view word) {
  const auto* const found = std::ranges::find(words, word, &std::pair<T, std::string_view>::second);
  return found == words.end() ? std::nullopt : std::optional(found->first);
}

constexpr Words<Tier, 4> kTiers{{{Tier::declared, "declared"},
                                 {Tier::software, "software"},
                                 {Tier::physical, "physical"},
                                 {Tier::hardware, "hardware"}}};
constexpr Words<CertificateStatus, 3> kStatuses{{{CertificateStatus::good, "good"},
                                                 {CertificateStatus::on_hold, "on-hold"},
                                                 {CertificateStatus::revoked, "revoked"}}};
constexpr Words<RevocationReason, 5> kReasons{{{RevocationReason::unspecified, "unspecified"},
                                               {RevocationReason::key_compromise, "key-compromise"},
                                               {RevocationReason::affiliation_changed, "affiliation-changed"},
                                               {RevocationReason::superseded, "superseded"},
                                               {RevocationReason::cessation_of_operation, "cessation-of-operation"}}};
constexpr Words<GrantState, 3> kGrantStates{
    {{GrantState::open, "open"}, {GrantState::used, "used"}, {GrantState::revoked, "revoked"}}};
constexpr Words<IncidentKind, 6> kIncidentKinds{{{IncidentKind::clone, "clone"},
                                                 {IncidentKind::rollback, "rollback"},
                                                 {IncidentKind::orphan, "orphan"},
                                                 {IncidentKind::drift, "drift"},
                                                 {IncidentKind::overdue, "overdue"},
                                                 {IncidentKind::budget, "budget"}}};
constexpr Words<OwnerKind, 2> kOwnerKinds{{{OwnerKind::person, "person"}, {OwnerKind::team, "team"}}};
constexpr Words<OwnerStanding, 2> kOwnerStandings{{{OwnerStanding::active, "active"}, {OwnerStanding::left, "left"}}};
constexpr Words<TokenUse, 2> kTokenUses{{{TokenUse::once, "once"}, {TokenUse::until_expiry, "until-expiry"}}};

}  // namespace

std::string_view name_of(Tier tier) { return word_of(kTiers, tier); }
std::optional<Tier> find_tier(std::string_view name) { return find_word(kTiers, name); }
std::string_view name_of(CertificateStatus status) { return word_of(kStatuses, status); }
std::optional<CertificateStatus> find_certificate_status(std::string_view name) { return find_word(kStatuses, name); }
std::string_view name_of(RevocationReason reason) { return word_of(kReasons, reason); }
std::optional<RevocationReason> find_revocation_reason(std::string_view name) { return find_word(kReasons, name); }
std::string_view name_of(GrantState state) { return word_of(kGrantStates, state); }
std::optional<GrantState> find_grant_state(std::string_view name) { return find_word(kGrantStates, name); }
std::string_view name_of(IncidentKind kind) { return word_of(kIncidentKinds, kind); }
std::optional<IncidentKind> find_incident_kind(std::string_view name) { return find_word(kIncidentKinds, name); }
std::string_view name_of(OwnerKind kind) { return word_of(kOwnerKinds, kind); }
std::optional<OwnerKind> find_owner_kind(std::string_view name) { return find_word(kOwnerKinds, name); }
std::string_view name_of(OwnerStanding standing) { return word_of(kOwnerStandings, standing); }
std::optional<OwnerStanding> find_owner_standing(std::string_view name) { return find_word(kOwnerStandings, name); }
std::string_view name_of(TokenUse use) { return word_of(kTokenUses, use); }
std::optional<TokenUse> find_token_use(std::string_view name) { return find_word(kTokenUses, name); }

}  // namespace holdfast::domain
