#include "registry/domain/two_people.hpp"

#include "core/json.hpp"
#include "registry/domain/accepted_loss.hpp"
#include "registry/domain/describe.hpp"
#include "registry/domain/permissions.hpp"
#include "registry/domain/shown_text.hpp"

namespace holdfast::domain {
namespace {

constexpr std::chrono::seconds kPatience = std::chrono::days(1);
constexpr std::size_t kPage = 1000;
constexpr std::size_t kMaxText = 500;

Error refused(const std::string& why) { return {ErrorCode::refused, why}; }

Result<std::string> to_json(const BulkChange& change) {
  return canonical_json(Json{{"to", name_of(change.to)},
                             {"group", change.group},
                             {"owner", change.owner ? change.owner->text() : ""},
                             {"reason", change.reason},
                             {"revocation_reason", name_of(change.revocation)}});
}

Result<BulkChange> parse_change(const std::string& json) {
  TRY_LET(const Json value, parse_json(json, "the pending change"), "read change");
  JsonReader reader(value, "the pending change");
  BulkChange change;
  const auto state = find_identity_state(reader.text("to", kMaxText));
  change.group = reader.optional_text("group", kMaxText);
  const std::string owner = reader.optional_text("owner", kMaxText);
  change.reason = reader.optional_text("reason", kMaxText);
  const auto reason = find_revocation_reason(reader.text("revocation_reason", kMaxText));
  if (!state || !is_terminal(*state)) reader.fail("to", "is neither retired nor revoked");
  if (!reason) reader.fail("revocation_reason", "is none");
  TRY(reader.finish(), "read change");
  change.to = *state;
  change.revocation = *reason;
  if (!owner.empty()) {
    TRY_LET(change.owner, OwnerId::parse(owner), "read owner");
  }
  return change;
}

IdentityFilter filter_of(const BulkChange& change) {
  IdentityFilter filter;
  filter.group = change.group;
  filter.owner = change.owner;
  filter.limit = kPage;
  return filter;
}

Result<BulkReport> change_all(Transaction& tx, const Actor& actor, const BulkChange& change, Timestamp now) {
  BulkReport report;
  IdentityFilter filter = filter_of(change);
  while (true) {
    TRY_LET(const auto page, tx.identities().list(filter), "list identities");
    for (const Identity& identity : page) {
      if (is_terminal(identity.state)) {
        ++report.left_alone;
        continue;
      }
      TRY(change_state(tx, actor, {identity.id, change.to, change.reason, change.revocation}, now), "change identity");
      ++report.changed;
    }
    if (page.size() < kPage) return report;
    filter.after = page.back().id;
  }
}

Result<BulkReport> carry_out_bulk(Transaction& tx, const Actor& actor, const PendingApproval& approval, Timestamp now) {
  TRY_LET(const BulkChange change, parse_change(approval.action), "read change");
  TRY_LET(const auto report, change_all(tx, actor, change, now), "carry out");
  tx.record(make_event(now, actor, "approval.given",
                       {{"approval.id", approval.id.text()},
                        {"approval.asked_by", approval.asked_by},
                        {"approval.action", approval.action},
                        {"approval.changed", std::to_string(report.changed)}}));
  return report;
}

Result<BulkReport> carry_out(Transaction& tx, const Actor& actor, const PendingApproval& approval, Timestamp now) {
  if (!is_accepted_loss(approval.action)) return carry_out_bulk(tx, actor, approval, now);
  TRY(record_loss(tx, actor, approval, now), "accept loss");
  return BulkReport{};
}

ApprovalWords unreadable(const Error& why) { return {"cannot be read: " + why.message(), ""}; }

ApprovalWords words_of(const Result<AcceptedLoss>& loss) {
  if (!loss.ok()) return unreadable(loss.error());
  return {"give up what the log has lost behind its " + std::to_string(loss->size) + " entries", loss->reason};
}

// People may share a name, but no mail address.
std::string in_words(const Owner& owner) {
  const std::string name = "'" + owner.name + "'";
  return owner.kind == OwnerKind::team ? name : name + " (" + owner.key + ")";
}

}  // namespace

Result<PendingApproval> ask_for(Transaction& tx, const Actor& actor, const BulkChange& change, Timestamp now) {
  TRY(check_role(actor, {Role::admin, Role::operate}, "retire or revoke in bulk"), "check role");
  TRY(check_reason(change.reason), "check reason");
  if (!is_terminal(change.to)) return Error(ErrorCode::usage, "only retiring and revoking in bulk needs two people");
  if (change.group.empty() && !change.owner) {
    return Error(ErrorCode::usage, "say which identities: all of a group, or all of an owner");
  }
  TRY(check_shown(change.group, kMaxText), "check group");
  TRY_LET(auto id, ApprovalId::create(now), "name request");
  TRY_LET(std::string action, to_json(change), "write change");
  PendingApproval approval{std::move(id), std::move(action), actor.name, now, "", std::nullopt};
  TRY(tx.approvals().add(approval), "store request");
  tx.record(make_event(now, actor, "approval.asked",
                       {{"approval.id", approval.id.text()}, {"approval.action", approval.action}}));
  return approval;
}

Result<std::vector<PendingApproval>> waiting_approvals(Transaction& tx, Timestamp now) {
  TRY_LET(auto open, tx.approvals().open_ones(), "list requests");
  std::erase_if(open, [&](const PendingApproval& approval) { return now > approval.created + kPatience; });
  return open;
}

Result<ApprovalWords> in_words(Transaction& tx, const PendingApproval& approval) {
  if (is_accepted_loss(approval.action)) return words_of(parse_accepted_loss(approval.action));
  const auto change = parse_change(approval.action);
  if (!change.ok()) return unreadable(change.error());
  const std::string verb = change->to == IdentityState::retired ? "retire" : "revoke";
  if (!change->owner) return ApprovalWords{verb + " all of the group '" + change->group + "'", change->reason};
  TRY_LET(const auto owner, tx.owners().find(*change->owner), "find owner");
  const std::string whose = owner ? in_words(*owner) : "'" + change->owner->text() + "'";
  const std::string where = change->group.empty() ? "" : " in the group '" + change->group + "'";
  return ApprovalWords{verb + " all of the owner " + whose + where, change->reason};
}

Result<BulkReport> approve(Transaction& tx, const Actor& actor, const ApprovalId& id, Timestamp now) {
  TRY(check_role(actor, {Role::admin, Role::operate}, "approve"), "check role");
  TRY_LET(auto found, tx.approvals().find(id), "find request");
  if (!found) return Error(ErrorCode::not_found, "nothing waits for approval under " + id.text());
  PendingApproval approval = *std::move(found);
  if (approval.done) return refused("this was approved already, by " + approval.approved_by);
  if (actor.name == approval.asked_by) {
    return refused("this takes two people: '" + actor.name + "' has asked for it, and somebody else approves");
  }
  if (now > approval.created + kPatience) return refused("this was asked for more than a day ago; ask again");
  approval.approved_by = actor.name;
  approval.done = now;
  TRY(tx.approvals().update(approval), "store approval");
  return carry_out(tx, actor, approval, now);
}

}  // namespace holdfast::domain
