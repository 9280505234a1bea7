// What version 1 refuses beyond the constraints of its tables.
//
// A row that is there already is looked for by rule, too, because SQLite's INSERT OR REPLACE would delete it without
// asking anybody.
#include <array>

#include "registry/storage/schema_1.hpp"

namespace holdfast::storage::schema_1 {
namespace {

constexpr auto kAll = std::to_array<Rule>({
    {"owners_stay", "owners", "DELETE", "TRUE", "owners are kept for ever"},
    {"owners_new", "owners", "INSERT",
     "EXISTS (SELECT 1 FROM owners WHERE id = NEW.id) OR "
     "EXISTS (SELECT 1 FROM owners WHERE kind = NEW.kind AND directory_key = NEW.directory_key)",
     "the owner is there already"},
    {"owners_same", "owners", "UPDATE",
     "NEW.id <> OLD.id OR NEW.kind <> OLD.kind OR NEW.directory_key <> OLD.directory_key",
     "id, kind and key of an owner never change"},

    {"identities_stay", "identities", "DELETE", "TRUE", "identities are kept for ever"},
    {"identities_new", "identities", "INSERT", "EXISTS (SELECT 1 FROM identities WHERE id = NEW.id)",
     "the identity is there already"},
    {"identities_begin", "identities", "INSERT", "NEW.state NOT IN ('pending', 'active', 'suspended')",
     "an identity begins as pending, active or suspended"},
    {"identities_same", "identities", "UPDATE", "NEW.id <> OLD.id OR NEW.created <> OLD.created",
     "id and creation of an identity never change"},
    {"identities_terminal", "identities", "UPDATE", "OLD.state IN ('retired', 'revoked') AND NEW.state <> OLD.state",
     "an identity that is retired or revoked stays so for ever"},
    {"identities_states", "identities", "UPDATE",
     "(OLD.state = 'pending' AND NEW.state = 'rotating') OR "
     "(OLD.state IN ('active', 'rotating') AND NEW.state = 'pending')",
     "no identity goes from the one state to the other"},
    {"identities_suspension", "identities", "UPDATE",
     "NEW.state = 'suspended' AND "
     "NEW.state_before <> CASE WHEN OLD.state = 'suspended' THEN OLD.state_before ELSE OLD.state END",
     "a suspended identity keeps the state that it had before"},
    {"identities_return", "identities", "UPDATE",
     "OLD.state = 'suspended' AND NEW.state IN ('pending', 'active', 'rotating') AND NEW.state <> OLD.state_before",
     "a suspended identity goes back only to the state before"},
    {"identities_certificates", "identities", "UPDATE",
     "NEW.state IN ('retired', 'revoked') AND OLD.state <> NEW.state AND "
     "EXISTS (SELECT 1 FROM certificates WHERE identity = NEW.id AND status <> 'revoked')",
     "certificates of the identity are not revoked yet"},

    {"anchors_stay", "anchors", "DELETE", "TRUE", "anchors are kept for ever"},
    {"anchors_new", "anchors", "INSERT",
     "EXISTS (SELECT 1 FROM anchors WHERE id = NEW.id) OR "
     "EXISTS (SELECT 1 FROM anchors WHERE key_hash = NEW.key_hash)",
     "the anchor or its key has been used before, which is once for ever"},
    {"anchors_identity", "anchors", "INSERT",
     "EXISTS (SELECT 1 FROM identities WHERE id = NEW.identity AND state IN ('retired', 'revoked'))",
     "an identity that is retired or revoked gets no anchor"},
    {"anchors_end", "anchors", "UPDATE",
     "OLD.ended IS NOT NULL OR NEW.ended IS NULL OR NEW.id <> OLD.id OR NEW.identity <> OLD.identity OR "
     "NEW.key_hash <> OLD.key_hash OR NEW.key_algorithm <> OLD.key_algorithm OR NEW.generation <> OLD.generation OR "
     "NEW.kind <> OLD.kind OR NEW.component <> OLD.component OR NEW.version <> OLD.version OR "
     "NEW.place_of_issue <> OLD.place_of_issue OR NEW.predecessor IS DISTINCT FROM OLD.predecessor OR "
     "NEW.created <> OLD.created",
     "an anchor changes only by ending, and once"},

    {"certificates_stay", "certificates", "DELETE", "TRUE", "certificates are kept for ever"},
    {"certificates_new", "certificates", "INSERT", "EXISTS (SELECT 1 FROM certificates WHERE serial = NEW.serial)",
     "the serial number is taken"},
    {"certificates_identity", "certificates", "INSERT",
     "NOT EXISTS (SELECT 1 FROM identities WHERE id = NEW.identity AND state IN ('active', 'rotating'))",
     "only an identity that is active or rotating gets a certificate"},
    {"certificates_anchor", "certificates", "INSERT",
     "NOT EXISTS (SELECT 1 FROM anchors WHERE id = NEW.anchor AND identity = NEW.identity AND ended IS NULL)",
     "a certificate rests on an anchor of its identity that has not ended"},
    {"certificates_revoked", "certificates", "UPDATE", "OLD.status = 'revoked'",
     "a certificate that is revoked stays so for ever"},
    {"certificates_same", "certificates", "UPDATE",
     "NEW.serial <> OLD.serial OR NEW.identity <> OLD.identity OR NEW.anchor <> OLD.anchor OR "
     "NEW.algorithm <> OLD.algorithm OR NEW.not_before <> OLD.not_before OR NEW.not_after <> OLD.not_after OR "
     "NEW.der <> OLD.der",
     "nothing of a certificate changes but its status"},

    {"grants_stay", "grants", "DELETE", "TRUE", "grants are kept for ever"},
    {"grants_new", "grants", "INSERT", "NEW.state <> 'open' OR EXISTS (SELECT 1 FROM grants WHERE id = NEW.id)",
     "a grant begins open, and once"},
    {"grants_once", "grants", "UPDATE",
     "OLD.state <> 'open' OR NEW.state = 'open' OR NEW.id <> OLD.id OR NEW.secret_hash <> OLD.secret_hash OR "
     "NEW.name <> OLD.name OR NEW.purpose <> OLD.purpose OR NEW.environment <> OLD.environment OR "
     "NEW.group_name <> OLD.group_name OR NEW.business_owner <> OLD.business_owner OR "
     "NEW.technical_owner <> OLD.technical_owner OR NEW.policy <> OLD.policy OR "
     "NEW.retire_after IS DISTINCT FROM OLD.retire_after OR NEW.retirement_condition <> OLD.retirement_condition OR "
     "NEW.created <> OLD.created OR NEW.expires <> OLD.expires OR NEW.created_by <> OLD.created_by",
     "a grant is used or revoked once, and nothing else of it changes"},

    {"requests_same", "enrolment_requests", "UPDATE", "TRUE", "a request for enrolment never changes"},
    {"requests_new", "enrolment_requests", "INSERT",
     "EXISTS (SELECT 1 FROM enrolment_requests WHERE id = NEW.id OR identity = NEW.identity)",
     "the request is there already"},

    {"incidents_stay", "incidents", "DELETE", "TRUE", "incidents are kept for ever"},
    {"incidents_new", "incidents", "INSERT", "EXISTS (SELECT 1 FROM incidents WHERE id = NEW.id)",
     "the incident is there already"},
    {"incidents_once", "incidents", "UPDATE",
     "OLD.resolved IS NOT NULL OR NEW.id <> OLD.id OR NEW.kind <> OLD.kind OR NEW.identity <> OLD.identity OR "
     "NEW.what <> OLD.what OR NEW.opened <> OLD.opened",
     "an incident is resolved once, and nothing else of it changes"},

    {"transfers_stay", "transfers", "DELETE", "TRUE", "transfers are kept for ever"},
    {"transfers_new", "transfers", "INSERT", "EXISTS (SELECT 1 FROM transfers WHERE id = NEW.id)",
     "the transfer is there already"},
    {"transfers_once", "transfers", "UPDATE",
     "OLD.done IS NOT NULL OR NEW.id <> OLD.id OR NEW.identity <> OLD.identity OR "
     "NEW.business_owner <> OLD.business_owner OR NEW.technical_owner <> OLD.technical_owner OR "
     "NEW.given_by <> OLD.given_by OR NEW.created <> OLD.created OR "
     "(OLD.taken_by <> '' AND NEW.taken_by <> OLD.taken_by)",
     "a transfer is taken and done once, and nothing else of it changes"},

    {"approvals_stay", "approvals", "DELETE", "TRUE", "approvals are kept for ever"},
    {"approvals_new", "approvals", "INSERT", "EXISTS (SELECT 1 FROM approvals WHERE id = NEW.id)",
     "the approval is there already"},
    {"approvals_once", "approvals", "UPDATE",
     "OLD.done IS NOT NULL OR NEW.id <> OLD.id OR NEW.action <> OLD.action OR NEW.asked_by <> OLD.asked_by OR "
     "NEW.created <> OLD.created OR (OLD.approved_by <> '' AND NEW.approved_by <> OLD.approved_by)",
     "an approval is given and done once, and nothing else of it changes"},

    {"operators_stay", "operators", "DELETE", "TRUE", "operators are kept for ever"},
    {"operators_new", "operators", "INSERT",
     "EXISTS (SELECT 1 FROM operators WHERE id = NEW.id) OR EXISTS (SELECT 1 FROM operators WHERE name = NEW.name)",
     "an operator of that name is there already"},
    {"operators_same", "operators", "UPDATE", "NEW.id <> OLD.id OR NEW.name <> OLD.name OR NEW.created <> OLD.created",
     "id and name of an operator never change"},

    {"tokens_stay", "tokens", "DELETE", "TRUE", "tokens are kept for ever"},
    {"tokens_new", "tokens", "INSERT", "EXISTS (SELECT 1 FROM tokens WHERE id = NEW.id)", "the token is there already"},
    {"tokens_end", "tokens", "UPDATE",
     "OLD.ended IS NOT NULL OR NEW.id <> OLD.id OR NEW.operator <> OLD.operator OR "
     "NEW.secret_hash <> OLD.secret_hash OR NEW.used <> OLD.used OR NEW.created <> OLD.created OR "
     "NEW.expires <> OLD.expires",
     "a token changes only by ending, and once"},

    {"log_entries_stay", "log_entries", "DELETE", "TRUE", "the log only grows"},
    {"log_entries_same", "log_entries", "UPDATE", "TRUE", "entries of the log never change"},
    {"log_entries_next", "log_entries", "INSERT",
     "NEW.number <> COALESCE((SELECT MAX(number) + 1 FROM log_entries), 0)", "the log grows by its next entry only"},
    {"log_nodes_stay", "log_nodes", "DELETE", "TRUE", "the log only grows"},
    {"log_nodes_same", "log_nodes", "UPDATE", "TRUE", "hashes of the log never change"},
    {"log_nodes_next", "log_nodes", "INSERT",
     "NEW.number <> COALESCE((SELECT MAX(number) + 1 FROM log_nodes WHERE level = NEW.level), 0)",
     "the log grows by its next hash only"},
    {"log_checkpoint_stays", "log_checkpoint", "DELETE", "TRUE", "the log only grows"},
    {"log_checkpoint_new", "log_checkpoint", "INSERT", "EXISTS (SELECT 1 FROM log_checkpoint)",
     "there is a checkpoint already"},
    {"log_checkpoint_grows", "log_checkpoint", "UPDATE", "NEW.id <> OLD.id OR NEW.size < OLD.size",
     "the log only grows"},
});

}  // namespace

const std::span<const Rule> kRules{kAll};

}  // namespace holdfast::storage::schema_1
