#include "registry/domain/accepted_loss.hpp"

#include <limits>

#include "core/json.hpp"
#include "registry/domain/describe.hpp"
#include "registry/domain/lifecycle.hpp"
#include "registry/domain/permissions.hpp"

namespace holdfast::domain {
namespace {

constexpr const char* kAction = "accept-loss";
constexpr const char* kEvent = "registry.loss-accepted";
constexpr const char* kCheckpoint = "lost.checkpoint";
constexpr std::size_t kMaxNote = std::size_t{64} * 1024;
constexpr std::size_t kMaxReason = 500;

}  // namespace

Result<PendingApproval> ask_to_accept(Transaction& tx, const Actor& actor, const AcceptedLoss& loss, Timestamp now) {
  TRY(check_role(actor, {Role::admin}, "accept a loss of history"), "check role");
  TRY(check_reason(loss.reason), "check reason");
  if (loss.reason.empty()) return Error(ErrorCode::usage, "say why the rest of the log is given up: --reason");
  TRY_LET(auto id, ApprovalId::create(now), "name request");
  TRY_LET(std::string action, to_json(loss), "write request");
  PendingApproval approval{std::move(id), std::move(action), actor.name, now, "", std::nullopt};
  TRY(tx.approvals().add(approval), "store request");
  return approval;
}

Result<std::string> to_json(const AcceptedLoss& loss) {
  return canonical_json(
      Json{{"action", kAction}, {"checkpoint", loss.checkpoint}, {"size", loss.size}, {"reason", loss.reason}});
}

Result<AcceptedLoss> parse_accepted_loss(std::string_view json) {
  TRY_LET(const Json value, parse_json(json, "the pending change"), "read request");
  JsonReader reader(value, "the pending change");
  AcceptedLoss loss;
  if (reader.text("action", kMaxReason) != kAction) reader.fail("action", "is another one");
  loss.checkpoint = reader.optional_text("checkpoint", kMaxNote);
  loss.size = reader.number("size", 0, std::numeric_limits<std::int64_t>::max());
  loss.reason = reader.text("reason", kMaxReason);
  TRY(reader.finish(), "read request");
  return loss;
}

bool is_accepted_loss(std::string_view action) {
  const auto parsed = parse_json(action, "the pending change");
  return parsed.ok() && parsed->is_object() && parsed->value("action", "") == kAction;
}

Result<void> record_loss(Transaction& tx, const Actor& actor, const PendingApproval& approval, Timestamp now) {
  TRY(check_role(actor, {Role::admin}, "accept a loss of history"), "check role");
  TRY_LET(const auto loss, parse_accepted_loss(approval.action), "read request");
  TRY_LET(const auto size, tx.log().size(), "read the log's size");
  if (size != loss.size) {
    return Error(ErrorCode::refused, "the log had " + std::to_string(loss.size) +
                                         " entries when this was asked for, and now has " + std::to_string(size) +
                                         "; ask again, if anything is still missing");
  }
  tx.record(make_event(now, actor, kEvent,
                       {{"approval.id", approval.id.text()},
                        {"approval.asked_by", approval.asked_by},
                        {"reason", loss.reason},
                        {"lost.behind", std::to_string(loss.size)},
                        {kCheckpoint, loss.checkpoint}}));
  return {};
}

bool accepts_loss_of(const Event& event, std::string_view checkpoint) {
  if (event.type != kEvent) return false;
  const auto named = event.details.find(kCheckpoint);
  return named != event.details.end() && named->second == checkpoint;
}

}  // namespace holdfast::domain
