#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/exit_status.hpp"
#include "apps/holdfast/migration_words.hpp"
#include "apps/holdfast/owner_session.hpp"
#include "apps/holdfast/session.hpp"

namespace holdfast::app {
namespace {

using trust::MigrationPolicy;

Result<MigrationPolicy> changed(MigrationPolicy policy, const PolicyArguments& arguments) {
  if (!arguments.migration.empty()) {
    TRY_LET(policy.mode, migration_mode_of(arguments.migration), "read --migration");
  }
  policy.most_changes = arguments.most_changes.value_or(policy.most_changes);
  policy.rest_days = arguments.rest_days.value_or(policy.rest_days);
  return policy;
}

}  // namespace

Result<int> run(const GlobalArguments& global, const PolicyArguments& arguments) {
  TRY_LET(auto anchor, OwnerSession::open(global), "open anchor");
  const auto before = anchor->policy();
  TRY_LET(const auto policy, changed(before, arguments), "read options");
  if (policy != before) TRY(anchor->set_policy(policy), "set policy");
  const bool asks = arguments.migration.empty() && !arguments.most_changes && !arguments.rest_days;
  TRY(print(global,
            {{"migration",
              {{"mode", name_of(policy.mode)}, {"most_changes", policy.most_changes}, {"rest_days", policy.rest_days}}},
             {"changed", policy != before},
             {"generation", anchor->info().generation}},
            global.quiet && !asks ? "" : words_for(policy)),
      "print policy");
  return kExitDone;
}

}  // namespace holdfast::app
