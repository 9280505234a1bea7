#include "apps/holdfast-registry/operation.hpp"
#include "apps/holdfast-registry/words.hpp"
#include "registry/domain/two_people.hpp"

namespace holdfast::registry_app {
namespace {

using domain::Transaction;
using enum ParameterKind;
using enum Presence;

Result<Json> list_approvals(const Context& context, const Arguments&) {
  return read(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto approvals, domain::waiting_approvals(tx, context.now), "list approvals");
    Json items = Json::array();
    for (const auto& waiting : approvals) {
      TRY_LET(const auto words, domain::in_words(tx, waiting), "describe request");
      items.push_back({{"id", waiting.id.text()},
                       {"what", words.what},
                       {"reason", words.reason},
                       {"asked_by", waiting.asked_by},
                       {"created", format_rfc3339(waiting.created)}});
    }
    return list_of(std::move(items));
  });
}

Result<Json> give_approval(const Context& context, const Arguments& arguments) {
  TRY_LET(const auto id, arguments.id<domain::ApprovalId>("approval"), "read id");
  return change(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto report, domain::approve(tx, context.actor, id, context.now), "approve");
    return Json{{"approval", id.text()}, {"changed", report.changed}, {"left_alone", report.left_alone}};
  });
}

}  // namespace

std::span<const Operation> approval_operations() {
  static const std::vector<Operation> kRows{
      {"approval",
       "list",
       "List what waits for a second person, which it does for a day",
       "approval list",
       {},
       {"id", "what", "reason", "asked_by", "created"},
       list_approvals,
       Audience::staff},
      {"approval",
       "give",
       "Approve what somebody else has asked for, and do it",
       "approval give APPROVAL",
       {{"approval", text, positional, "its id, as 'approval list' shows it"}},
       {},
       give_approval},
  };
  return kRows;
}

}  // namespace holdfast::registry_app
