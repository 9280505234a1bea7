#include "device/trust/anchor_maintenance.hpp"

#include "core/text.hpp"
#include "device/anchor/origin.hpp"
#include "device/anchor/puf_slot.hpp"
#include "device/trust/factors.hpp"

namespace holdfast::trust {
namespace {

using anchor::AnchorChange;

std::string detail_of(const anchor::MigrationPlan& plan) {
  std::vector<std::string> changed;
  for (const auto& drift : plan.drift.drift) {
    const bool matters = drift.counted || drift.required;
    if (matters && drift.kind != DriftKind::unavailable) {
      changed.push_back(drift.name + " " + std::string(name_of(drift.kind)));
    }
  }
  std::string text = "quorum " + std::to_string(plan.quorum.quorum) + " of " +
                     std::to_string(plan.quorum.counted.size()) + " attributes";
  if (!changed.empty()) text += "; " + list_of(changed);
  if (!plan.joining.empty()) text += "; joined: " + list_of(plan.joining);
  if (!plan.leaving.empty()) text += "; left: " + list_of(plan.leaving);
  for (const auto& sign : plan.clone_signs) text += "; noted: " + summary_of(sign);
  return text;
}

MigrationReport report_on(const anchor::MigrationPlan& plan) {
  return {.drift = plan.drift,
          .joining = plan.joining,
          .leaving = plan.leaving,
          .obstacles = plan.obstacles,
          .clone_signs = plan.clone_signs,
          .needed = plan.needed,
          .rotates = plan.tightens,
          .quorum = plan.quorum.quorum,
          .counted = static_cast<unsigned>(plan.quorum.counted.size()),
          .required = static_cast<unsigned>(plan.quorum.required.size()),
          .passphrase = plan.needs_passphrase,
          .noisy = plan.noisy ? plan.noisy->name : "",
          .bits_before = plan.bits_before,
          .bits_after = plan.quorum.weakest_bits};
}

anchor::MigrationWishes wishes_of(const MigrationOptions& options) {
  return {.quorum = options.quorum,
          .required = options.required,
          .given_up = options.given_up,
          .new_passphrase = static_cast<bool>(options.new_passphrase),
          .without_passphrase = options.without_passphrase,
          .low_entropy = options.low_entropy == LowEntropy::accepted};
}

const anchor::NoisyFactor* required_noisy(const anchor::MigrationPlan& plan) {
  return plan.noisy && plan.role == NoisyRole::required ? &*plan.noisy : nullptr;
}

}  // namespace

Result<anchor::MigrationPlan> AnchorMaintenance::plan_for(const anchor::MigrationWishes& wishes) const {
  const auto origin = fingerprint::gather_origin(opened_.file.sysroot, folder_.path());
  return anchor::plan_migration(opened_, {machine_, origin}, wishes);
}

Result<MigrationReport> AnchorMaintenance::plan_migration(const MigrationOptions& options) {
  TRY_LET(auto plan, plan_for(wishes_of(options)), "plan migration");
  // A new passphrase is asked for only when it is time; until then it is taken for a good one.
  if (!options.new_passphrase) plan.obstacles = obstacles_to(plan, options);
  return report_on(plan);
}

Result<MigrationReport> AnchorMaintenance::migrate(const MigrationOptions& options) {
  TRY_LET(const auto plan, plan_for(wishes_of(options)), "plan migration");
  return carry_out(plan, options, "migrated");
}

Result<MigrationReport> AnchorMaintenance::migrate_by_policy() {
  TRY_LET(auto plan, plan_for({}), "plan migration");
  // A quorum that grows with what joins would draw a new root, which nobody expects of a timer: a person takes that in.
  if (plan.tightens) {
    TRY_LET(plan, plan_for({.given_up = plan.joining}), "plan migration");
  }
  if (!plan.needed) return report_on(plan);
  // First: whoever is told of the policy would ask for a migration that cannot be either.
  TRY(check_plan(plan, {}), "check plan");
  TRY_LET(const auto log, folder_.load_events(opened_.file.events), "read event log");
  TRY(anchor::check_policy(opened_, plan, log, system_clock_now()), "check policy");
  return carry_out(plan, {}, std::string(anchor::kMigratedByPolicy));
}

Result<void> AnchorMaintenance::choose_passphrase(const MigrationOptions& options) {
  if (options.without_passphrase) {
    passphrase_.reset();
  } else if (options.new_passphrase) {
    TRY_LET(passphrase_, options.new_passphrase(), "get passphrase");
  }
  return {};
}

bool AnchorMaintenance::accepts_low_entropy(const MigrationOptions& options) const {
  return opened_.file.low_entropy_accepted || options.low_entropy == LowEntropy::accepted;
}

std::vector<std::string> AnchorMaintenance::obstacles_to(const anchor::MigrationPlan& plan,
                                                         const MigrationOptions& options) const {
  auto obstacles = plan.obstacles;
  if (plan.needs_passphrase && passphrase() == nullptr) {
    obstacles.emplace_back(
        "this anchor needs its passphrase (--unlock-passphrase-file or --unlock-passphrase-fd), a new one "
        "(--passphrase-file), or none any more (--no-passphrase); what opened it now does not tell whether a "
        "passphrase "
        "is the one until now");
    return obstacles;
  }
  const auto enough = anchor::check_entropy(plan.quorum, plan.needs_passphrase ? passphrase() : nullptr,
                                            accepts_low_entropy(options) ? LowEntropy::accepted : LowEntropy::refused,
                                            anchor::entropy_floor(opened_.file.module), required_noisy(plan));
  if (!enough.ok()) obstacles.push_back(enough.error().message());
  return obstacles;
}

Result<void> AnchorMaintenance::check_plan(const anchor::MigrationPlan& plan, const MigrationOptions& options) const {
  const auto obstacles = obstacles_to(plan, options);
  if (obstacles.empty()) return {};
  return Error(ErrorCode::refused, "migration has to wait: " + obstacles.front());
}

Result<void> AnchorMaintenance::rebind(AnchorChange& change, const anchor::MigrationPlan& plan) {
  const crypto::ModuleScope scope(opened_.file.module);
  TRY_LET(
      auto slot,
      anchor::plan_slot({&machine_, &plan.quorum, plan.needs_passphrase, opened_.file.module, required_noisy(plan)}),
      "plan slot");
  slot.epoch = change.root().epoch();
  TRY(anchor::wrap_root(slot, change.root(), {&machine_, passphrase()}, options_.progress), "wrap root");
  change.set_fingerprint_slot(std::move(slot));
  if (plan.drops_puf_slot) change.set_puf_slot(std::nullopt);
  if (plan.role == NoisyRole::slot) TRY(rewrap_puf_slot(change, *plan.noisy), "wrap root for the noisy source");
  TRY_LET(change.file().remembered, anchor::remember(change.root(), machine_, plan.noisy ? &*plan.noisy : nullptr),
          "remember attributes");
  const auto origin = fingerprint::gather_origin(opened_.file.sysroot, folder_.path());
  TRY_LET(change.file().origin, anchor::remember_origin(change.root(), origin), "remember origin");
  if (!options_.credential_file.empty()) change.file().credential_file = absolute_path(options_.credential_file);
  note_low_entropy(change, plan);
  return {};
}

void AnchorMaintenance::note_low_entropy(AnchorChange& change, const anchor::MigrationPlan& plan) const {
  const auto floor = anchor::entropy_floor(opened_.file.module);
  const auto* const typed = plan.needs_passphrase ? passphrase() : nullptr;
  const bool low = !anchor::check_entropy(plan.quorum, typed, LowEntropy::refused, floor, required_noisy(plan)).ok();
  if (!low || opened_.file.low_entropy_accepted) return;
  change.file().low_entropy_accepted = true;
  change.log("low-entropy-accepted", "the weakest quorum holds " + std::to_string(plan.quorum.weakest_bits) + " of " +
                                         std::to_string(floor) + " bits" +
                                         (typed != nullptr ? ", and the passphrase is short" : ""));
}

Result<MigrationReport> AnchorMaintenance::carry_out(const anchor::MigrationPlan& plan, const MigrationOptions& options,
                                                     const std::string& event) {
  if (!plan.needed) return report_on(plan);
  std::optional<SecretBytes> until_now;
  if (const auto* const known = passphrase()) until_now = SecretBytes::copy_of(known->expose(SecretAccess{}));
  auto done = carry_out_with_passphrase(plan, options, event);
  // A later change of the anchor as it still is must not write a slot with the passphrase that was to come.
  if (!done.ok()) passphrase_ = std::move(until_now);
  TRY(std::move(done), "carry out plan");
  return report_on(plan);
}

Result<void> AnchorMaintenance::carry_out_with_passphrase(const anchor::MigrationPlan& plan,
                                                          const MigrationOptions& options, const std::string& event) {
  TRY(choose_passphrase(options), "choose passphrase");
  TRY(check_plan(plan, options), "check plan");
  TRY_LET(auto change, AnchorChange::begin(folder_, opened_), "begin change");
  if (plan.tightens) TRY(change.rotate(), "draw root");
  TRY(rebind(change, plan), "bind to this machine");
  change.log(event, detail_of(plan));
  if (plan.tightens) change.log("root-rotated", "root epoch " + std::to_string(change.root().epoch().number));
  return commit(change, {.proof = proof(true, nullptr)});
}

}  // namespace holdfast::trust
