#include "device/anchor/migration_plan.hpp"

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "device/anchor/assurance.hpp"
#include "device/anchor/present.hpp"

namespace holdfast::anchor {
namespace {

using fingerprint::AttributeClass;
using fingerprint::Fingerprint;

std::vector<std::string> names_of(const FingerprintSlot& slot) {
  std::vector<std::string> names;
  for (const auto* const attributes : {&slot.counted, &slot.required}) {
    for (const auto& attribute : *attributes) names.push_back(attribute.name);
  }
  return names;
}

std::vector<std::string> names_of(const fingerprint::QuorumPlan& plan, const Fingerprint& machine) {
  std::vector<std::string> names;
  for (const auto* const attributes : {&plan.counted, &plan.required}) {
    for (const auto& counted : *attributes) names.push_back(machine.attributes[counted.attribute].name);
  }
  return names;
}

std::vector<std::string> missing_in(const std::vector<std::string>& all, const std::vector<std::string>& from) {
  std::vector<std::string> missing;
  std::ranges::copy_if(all, std::back_inserter(missing),
                       [&](const std::string& name) { return !std::ranges::contains(from, name); });
  return missing;
}

class Planner {
 public:
  Planner(const OpenedAnchor& anchor, const FingerprintSlot& slot, const Machine& machine,
          const MigrationWishes& wishes)
      : anchor_(anchor),
        slot_(slot),
        noisy_(anchor.file.noisy()),
        today_(machine.today),
        origin_(machine.origin),
        wishes_(wishes) {}

  Result<MigrationPlan> plan() {
    MigrationPlan plan;
    TRY(check_wishes(), "check wishes");
    TRY_LET(plan.clone_signs, clone_signs_of(anchor_, origin_), "compare origin");
    TRY_LET(plan.drift, drift_of(anchor_, today_), "compare attributes");
    plan.bits_before = worth_of(slot_).bits;
    plan.needs_passphrase = !wishes_.without_passphrase && (slot_.needs_passphrase || wishes_.new_passphrase);
    plan.obstacles = unavailable();
    plan_noisy(plan);
    TRY(plan_quorum(plan), "plan quorum");
    plan.joining = missing_in(names_of(plan.quorum, today_), names_of(slot_));
    plan.leaving = missing_in(names_of(slot_), names_of(plan.quorum, today_));
    if (noisy_ != nullptr && !plan.noisy) plan.leaving.push_back(noisy_->name);
    plan.needed = is_needed(plan);
    plan.tightens = is_tighter(plan);
    return plan;
  }

 private:
  // A typing error shall not migrate something else.
  Result<void> check_wishes() const {
    const auto known = names_of(slot_);
    for (const auto& name : wishes_.given_up) {
      if (std::ranges::contains(wishes_.required, name)) {
        return Error(ErrorCode::usage, "'" + printable(name) + "' cannot both be required and be given up");
      }
      const bool there = std::ranges::contains(known, name) || (noisy_ != nullptr && noisy_->name == name) ||
                         std::ranges::contains(today_.attributes, name, &fingerprint::Attribute::name);
      if (there) continue;
      return Error(ErrorCode::not_found, "there is no attribute '" + printable(name) +
                                             "' to give up; 'holdfast status' lists those of the anchor");
    }
    return {};
  }

  bool given_up(const std::string& name) const { return std::ranges::contains(wishes_.given_up, name); }

  // What cannot be read today may be there tomorrow: it is neither changed nor gone, and its factor cannot be renewed.
  std::vector<std::string> unavailable() const {
    std::vector<std::string> obstacles;
    for (const auto* const attributes : {&slot_.counted, &slot_.required}) {
      for (const auto& attribute : *attributes) {
        if (given_up(attribute.name) || find_present(today_, attribute) != nullptr) continue;
        const auto missing = explain_missing(today_, attribute);
        if (missing.reason.empty()) continue;
        obstacles.push_back("the attribute '" + missing.name + "' is not available: " + missing.reason +
                            "; make it available, or give it up with --without " + missing.name);
      }
    }
    return obstacles;
  }

  // The source goes on with its helper data; it is never enrolled anew because something mismatched.
  void plan_noisy(MigrationPlan& plan) const {
    if (noisy_ == nullptr) return;
    if (given_up(noisy_->name)) {
      plan.drops_puf_slot = !slot_.noisy;
      return;
    }
    plan.noisy = *noisy_;
    plan.role = slot_.noisy ? NoisyRole::required : NoisyRole::slot;
    const auto drift = std::ranges::find(plan.drift.drift, true, &Drift::noisy);
    if (drift != plan.drift.drift.end()) plan.obstacles.push_back(obstacle_of(*drift));
  }

  static std::string obstacle_of(const Drift& drift) {
    const auto name = printable(drift.name);
    const auto give_up = ", or give it up with --without " + name;
    if (drift.kind == DriftKind::unavailable) {
      return "the noisy source '" + name + "' is not available: " + drift.reason + "; make it available" + give_up;
    }
    if (drift.kind == DriftKind::vanished) {
      return "the noisy source '" + name + "' stands in no credential file any more; name it again (--credfile F)" +
             give_up;
    }
    return "the noisy source '" + name +
           "' does not give the secret that was enrolled: it is another one, or reads with too many errors; try again "
           "under the usual conditions" +
           give_up;
  }

  std::vector<std::string> required_names(std::vector<std::string>& obstacles) const {
    auto names = wishes_.required;
    for (const auto& attribute : slot_.required) {
      if (given_up(attribute.name)) continue;
      const bool known = find_present(today_, attribute) != nullptr;
      if (known) names.push_back(attribute.name);
      if (known || !explain_missing(today_, attribute).reason.empty()) continue;
      obstacles.push_back("the required attribute '" + printable(attribute.name) +
                          "' is gone; give it up with --without " + printable(attribute.name));
    }
    return names;
  }

  // The margin is what an owner reckons with, so it stays, whatever comes and goes.
  unsigned usual_quorum(std::size_t counted) const {
    const auto margin = slot_.counted.size() - slot_.quorum;
    return static_cast<unsigned>(counted > margin ? counted - margin : std::min<std::size_t>(counted, 1));
  }

  Result<void> plan_quorum(MigrationPlan& plan) {
    fingerprint::QuorumRequest request;
    request.quorum = wishes_.quorum;
    request.required = required_names(plan.obstacles);
    request.left_out = wishes_.given_up;
    request.participants =
        anchor_.file.only_named_attributes ? fingerprint::Participants::named : fingerprint::Participants::machine;
    request.floor = entropy_floor(anchor_.file.module);
    request.max_subsets = plan.needs_passphrase || accepts_low_entropy() ? kMaxSubsetsStrong : kMaxSubsets;
    TRY_LET(plan.quorum, fingerprint::plan_quorum(today_, request), "plan quorum");
    if (wishes_.quorum) return {};
    request.quorum = usual_quorum(plan.quorum.counted.size());
    auto kept = fingerprint::plan_quorum(today_, request);
    // Where the margin of before would leave too little, the plan's own choice stands.
    if (kept.ok() && (kept->weakest_bits >= request.floor || kept->weakest_bits >= plan.quorum.weakest_bits)) {
      plan.quorum = std::move(*kept);
    }
    return {};
  }

  bool accepts_low_entropy() const { return wishes_.low_entropy || anchor_.file.low_entropy_accepted; }

  bool is_needed(const MigrationPlan& plan) const {
    const bool changed =
        std::ranges::any_of(plan.drift.drift, [](const Drift& d) { return d.kind != DriftKind::unavailable; });
    return changed || !plan.clone_signs.empty() || !plan.joining.empty() || !plan.leaving.empty() ||
           plan.quorum.quorum != slot_.quorum || plan.quorum.required.size() != slot_.required.size() ||
           wishes_.new_passphrase || plan.needs_passphrase != slot_.needs_passphrase;
  }

  bool is_tighter(const MigrationPlan& plan) const {
    const auto was_required = [&](const std::string& name) {
      return std::ranges::contains(slot_.required, name, &SlotAttribute::name);
    };
    return plan.quorum.quorum > slot_.quorum || wishes_.new_passphrase || plan.drops_puf_slot ||
           !std::ranges::all_of(wishes_.required, was_required);
  }

  const OpenedAnchor& anchor_;
  const FingerprintSlot& slot_;
  const NoisyFactor* noisy_;
  const Fingerprint& today_;
  const fingerprint::Origin& origin_;
  const MigrationWishes& wishes_;
};

Error against_policy(const std::string& why) {
  return {ErrorCode::refused, "the policy does not let this migration happen by itself: " + why +
                                  "; look at it with 'holdfast migrate --plan', and do it with 'holdfast migrate'"};
}

// Burned-in attributes are what tells one machine from its twin.
bool burned_in(const FingerprintSlot& slot, const Drift& drift) {
  for (const auto* const attributes : {&slot.counted, &slot.required}) {
    for (const auto& a : *attributes) {
      if (a.name == drift.name && a.attribute_class == AttributeClass::burned_in) return true;
    }
  }
  return false;
}

Result<void> check_rest(const MigrationPolicy& policy, const EventLog& log, Timestamp now) {
  for (const auto& event : log.events()) {
    if (event.type != kMigratedByPolicy || now - event.time >= std::chrono::days(policy.rest_days)) continue;
    return against_policy("the last one was less than " + std::to_string(policy.rest_days) + " days ago");
  }
  return {};
}

}  // namespace

Result<MigrationPlan> plan_migration(const OpenedAnchor& anchor, const Machine& machine,
                                     const MigrationWishes& wishes) {
  const auto* const slot = anchor.file.fingerprint_slot();
  if (slot == nullptr) return Error(ErrorCode::refused, "this anchor has no fingerprint slot to migrate");
  return Planner(anchor, *slot, machine, wishes).plan();
}

Result<void> check_policy(const OpenedAnchor& anchor, const MigrationPlan& plan, const EventLog& log, Timestamp now) {
  const auto& policy = anchor.file.migration;
  const auto* const slot = anchor.file.fingerprint_slot();
  if (policy.mode == MigrationPolicy::Mode::manual || slot == nullptr) return against_policy("it is manual");
  // A clone that follows the policy would take away the one trace of what it is.
  if (!plan.clone_signs.empty()) return against_policy(summary_of(plan.clone_signs.front()));
  unsigned lost = 0;
  for (const auto& drift : plan.drift.drift) {
    if (drift.kind == DriftKind::appeared || drift.kind == DriftKind::unavailable) continue;
    if (burned_in(*slot, drift)) return against_policy("the burned-in attribute '" + drift.name + "' changed");
    if (drift.required) return against_policy("the required attribute '" + drift.name + "' changed");
    if (drift.counted) ++lost;
  }
  if (lost > policy.most_changes) {
    return against_policy(std::to_string(lost) + " counted attributes changed, and at most " +
                          std::to_string(policy.most_changes) + " may");
  }
  if (plan.quorum.weakest_bits < plan.bits_before) {
    return against_policy("the weakest quorum would hold " + std::to_string(plan.quorum.weakest_bits) +
                          " bits instead of " + std::to_string(plan.bits_before));
  }
  if (plan.tightens) {
    return against_policy("the quorum grows to " + std::to_string(plan.quorum.quorum) +
                          " attributes, so that the root would be drawn anew");
  }
  return check_rest(policy, log, now);
}

}  // namespace holdfast::anchor
