#include <string>

#include "apps/common/exit_status.hpp"
#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/confirmation.hpp"
#include "apps/holdfast/migration_words.hpp"
#include "apps/holdfast/owner_session.hpp"
#include "apps/holdfast/passphrase.hpp"
#include "apps/holdfast/session.hpp"

namespace holdfast::app {
namespace {

constexpr const char* kNothing = "Nothing to migrate: the anchor knows this machine as it is.\n";

// Borrows the arguments.
trust::MigrationOptions options_of(const GlobalArguments& global, const MigrateArguments& arguments) {
  trust::MigrationOptions options;
  options.quorum = arguments.quorum;
  options.required = arguments.require;
  options.given_up = arguments.without;
  if (!arguments.passphrase_file.empty()) {
    options.new_passphrase = [&] { return passphrase_from_file(global, arguments.passphrase_file); };
  }
  options.without_passphrase = arguments.no_passphrase;
  options.low_entropy = arguments.accept_low_entropy ? trust::LowEntropy::accepted : trust::LowEntropy::refused;
  return options;
}

Json outcome_of(const trust::MigrationReport& report, const trust::DeviceInfo& now, bool migrated) {
  auto json = json_of(report);
  json["migrated"] = migrated;
  json["generation"] = now.generation;
  json["epoch"] = now.epoch;
  return json;
}

Result<void> report_done(const GlobalArguments& global, const trust::MigrationReport& report,
                         const trust::DeviceInfo& now, const std::string& plan) {
  const auto text = plan + "Migrated: bound to this machine as it is now (generation " +
                    std::to_string(now.generation) + ", root epoch " + std::to_string(now.epoch) + ")\n";
  return print(global, outcome_of(report, now, true), global.quiet ? "" : text);
}

Result<int> migrate_by_policy(const GlobalArguments& global, OwnerSession& anchor) {
  const auto before = anchor->info();
  anchor.show("Wrapping the root");
  TRY_LET(const auto report, anchor->migrate_by_policy(), "migrate by policy");
  if (report.needed) {
    TRY(report_done(global, report, anchor->info(), words_for(report, before)), "report");
  } else {
    TRY(print(global, outcome_of(report, anchor->info(), false), global.quiet ? "" : kNothing), "report");
  }
  return kExitDone;
}

// The plan, where it is all there is to print; and what stands in its way.
Result<void> show_plan(const GlobalArguments& global, const MigrateArguments& arguments,
                       const trust::MigrationReport& report, const trust::DeviceInfo& before) {
  const bool last = arguments.plan || !report.obstacles.empty();
  if (!global.json || last) {
    const bool silent = global.quiet && arguments.yes && !last;
    TRY(print(global, outcome_of(report, before, false), silent ? "" : words_for(report, before)), "print plan");
  }
  if (report.obstacles.empty()) return {};
  return Error(ErrorCode::refused, "migration has to wait: " + report.obstacles.front());
}

}  // namespace

Result<int> run(const GlobalArguments& global, const MigrateArguments& arguments) {
  const auto options = options_of(global, arguments);
  const OwnerSession::EntryFiles entry{arguments.recovery_file, arguments.escrow, arguments.credfile};
  TRY_LET(auto anchor, OwnerSession::open(global, entry), "open anchor");
  if (arguments.by_policy) return migrate_by_policy(global, anchor);
  TRY_LET(const auto plan, anchor->plan_migration(options), "plan migration");
  const auto before = anchor->info();
  if (!plan.needed) {
    TRY(print(global, outcome_of(plan, before, false), global.quiet ? "" : kNothing), "report");
    return kExitDone;
  }
  TRY(show_plan(global, arguments, plan, before), "show plan");
  if (arguments.plan) return kExitDone;
  TRY(confirm({{}, "Migrate?"}, arguments.yes), "confirm");
  anchor.show("Wrapping the root");
  TRY_LET(const auto report, anchor->migrate(options), "migrate");
  // The plan has been shown.
  TRY(report_done(global, report, anchor->info(), {}), "report");
  return kExitDone;
}

}  // namespace holdfast::app
