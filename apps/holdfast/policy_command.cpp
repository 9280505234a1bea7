#include "apps/common/exit_status.hpp"
#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/migration_words.hpp"
#include "apps/holdfast/owner_session.hpp"
#include "apps/holdfast/session.hpp"

namespace holdfast::app {

Result<int> run(const GlobalArguments& global, const PolicyArguments& arguments) {
  TRY_LET(auto anchor, OwnerSession::open(global), "open anchor");
  const auto before = anchor->policy();
  TRY_LET(const auto policy, changed_by(arguments, before), "read options");
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
