#include "device/trust/maintenance.hpp"

#include <algorithm>
#include <utility>

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "device/anchor/change.hpp"
#include "device/anchor/escrow_wrap.hpp"
#include "device/anchor/origin.hpp"
#include "device/anchor/puf_slot.hpp"
#include "device/anchor/recovery_code.hpp"
#include "device/anchor/recovery_wrap.hpp"
#include "device/keys/key_store.hpp"
#include "device/trust/anchored_device.hpp"
#include "device/trust/delivery.hpp"
#include "device/trust/factors.hpp"
#include "device/trust/noisy_enrolment.hpp"
#include "device/trust/profile_file.hpp"
#include "device/trust/unlock.hpp"

namespace holdfast::trust {
namespace {

using anchor::AnchorChange;
using anchor::FingerprintSlot;
using anchor::Root;

Root copy_of(const Root& root) {
  return {root.anchor(), root.epoch(), SecretBytes::copy_of(root.secret().expose(SecretAccess{}))};
}

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + printable(name);
  return text;
}

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
  if (!changed.empty()) text += "; " + join(changed);
  if (!plan.joining.empty()) text += "; joined: " + join(plan.joining);
  if (!plan.leaving.empty()) text += "; left: " + join(plan.leaving);
  return text;
}

std::string escrow_detail(const EscrowInfo& escrow) {
  std::vector<std::string> officers;
  officers.reserve(escrow.officers.size());
  for (const auto& officer : escrow.officers) officers.push_back(officer.subject);
  return "escrow " + escrow.id + ", " + std::to_string(escrow.threshold) + " of " +
         std::to_string(escrow.officers.size()) + " officers: " + join(officers);
}

MigrationReport report_on(const anchor::MigrationPlan& plan) {
  return {.drift = plan.drift,
          .joining = plan.joining,
          .leaving = plan.leaving,
          .obstacles = plan.obstacles,
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

class AnchorMaintenance : public Maintenance {
 public:
  AnchorMaintenance(anchor::StateFolder folder, const OpenOptions& options, fingerprint::Fingerprint machine,
                    Unlocked unlocked)
      : folder_(std::move(folder)),
        options_(options),
        machine_(std::move(machine)),
        opened_(std::move(unlocked.anchor)),
        passphrase_(std::move(unlocked.passphrase)),
        mark_(mark_folder(options)) {}

  [[nodiscard]] DeviceInfo info() const override { return describe_anchor(folder_, opened_.file); }

  [[nodiscard]] Result<MigrationReport> plan_migration(const MigrationOptions& options) override {
    TRY_LET(auto plan, anchor::plan_migration(opened_, machine_, wishes_of(options)), "plan migration");
    // A new passphrase is asked for only when it is time; until then it is taken for a good one.
    if (!options.new_passphrase) plan.obstacles = obstacles_to(plan, options);
    return report_on(plan);
  }

  [[nodiscard]] Result<MigrationReport> migrate(const MigrationOptions& options) override {
    TRY_LET(const auto plan, anchor::plan_migration(opened_, machine_, wishes_of(options)), "plan migration");
    return carry_out(plan, options, "migrated");
  }

  [[nodiscard]] Result<MigrationReport> migrate_by_policy() override {
    TRY_LET(const auto plan, anchor::plan_migration(opened_, machine_, {}), "plan migration");
    if (!plan.needed) return report_on(plan);
    // First: whoever is told of the policy would ask for a migration that cannot be either.
    TRY(check_plan(plan, {}), "check plan");
    TRY_LET(const auto log, folder_.load_events(opened_.file.events), "read event log");
    TRY(anchor::check_policy(opened_, plan, log, system_clock_now()), "check policy");
    return carry_out(plan, {}, std::string(anchor::kMigratedByPolicy));
  }

  [[nodiscard]] MigrationPolicy policy() const override { return opened_.file.migration; }

  [[nodiscard]] Result<void> set_policy(const MigrationPolicy& policy) override {
    TRY_LET(auto change, AnchorChange::begin(folder_, opened_), "begin change");
    change.file().migration = policy;
    change.log("policy-changed", "migration " + std::string(name_of(policy.mode)) + ", at most " +
                                     std::to_string(policy.most_changes) + " changes, " +
                                     std::to_string(policy.rest_days) + " days between");
    return commit(change, {});
  }

  [[nodiscard]] Result<void> renew_recovery_code(const RecoveryDelivery& delivery) override {
    TRY_LET(auto change, AnchorChange::begin(folder_, opened_), "begin change");
    const bool replaces = opened_.file.recovery_slot() != nullptr;
    // Whoever has the old code and an old copy of the file would go on reading what is sealed from now on.
    if (replaces) TRY(rotate(change), "rotate root");
    const crypto::ModuleScope scope(opened_.file.module);
    TRY_LET(const auto code, anchor::make_recovery_code(), "draw recovery code");
    TRY_LET(auto slot, anchor::make_recovery_slot(change.root(), code), "make recovery slot");
    change.set_recovery_slot(std::move(slot));
    change.log("recovery-code-issued", replaces ? "the one before opens nothing new" : "recovery slot added");
    Delivery handing_over(delivery);
    const auto deliver = [&]() -> Result<void> {
      TRY_LET(const auto text, anchor::format_recovery_code(code), "format recovery code");
      return handing_over.deliver(text);
    };
    auto done = commit(change, {.proof = proof(replaces, &code), .deliver = deliver});
    if (change.took_effect()) handing_over.keep();
    return done;
  }

  [[nodiscard]] Result<void> revoke_recovery_code() override {
    if (opened_.file.recovery_slot() == nullptr) {
      return Error(ErrorCode::not_found, "this anchor has no recovery code to revoke");
    }
    TRY_LET(auto change, AnchorChange::begin(folder_, opened_), "begin change");
    // First, so that the root is not even wrapped for the code that shall open nothing more.
    change.set_recovery_slot(std::nullopt);
    TRY(rotate(change), "rotate root");
    change.log("recovery-code-revoked", "recovery slot removed");
    return commit(change, {.proof = proof(true, nullptr)});
  }

  [[nodiscard]] Result<void> note_recovery_test() override {
    TRY_LET(auto change, AnchorChange::begin(folder_, opened_), "begin change");
    change.log("recovery-code-tested", "the recovery code opened this anchor");
    return commit(change, {});
  }

  [[nodiscard]] Result<void> renew_escrow(const EscrowRequest& request, ReplaceEscrow replace,
                                          const ShareDelivery& delivery) override {
    const auto now = system_clock_now();
    TRY(anchor::check_escrow_request(request, now), "check request");
    TRY(check_profile(request), "check profile");
    const bool replaces = opened_.file.escrow_slot() != nullptr;
    if (replaces && replace == ReplaceEscrow::refused) {
      return Error(ErrorCode::refused,
                   "this anchor has an escrow already ('holdfast escrow list'); --replace makes another in its place");
    }
    TRY_LET(auto change, AnchorChange::begin(folder_, opened_), "begin change");
    // The officers until now, with an old copy of the file, would go on reading what is sealed from now on. They are
    // removed first, so that the new root is not even wrapped for them.
    change.set_escrow_slot(std::nullopt);
    if (replaces) TRY(rotate(change), "rotate root");
    const crypto::ModuleScope scope(opened_.file.module);
    TRY_LET(const auto secret, anchor::make_escrow_secret(), "draw escrow secret");
    TRY_LET(auto slot, anchor::make_escrow_slot(change.root(), secret, request, now), "make escrow slot");
    const auto info = describe_escrow(opened_.file.id, slot);
    change.set_escrow_slot(std::move(slot));
    change.log("escrow-made", escrow_detail(info) + (replaces ? "; the one before opens nothing new" : ""));
    Delivery handing_over(delivery);
    auto made = proof(replaces, nullptr);
    made.escrow = &secret;
    auto done = commit(change, {.proof = made, .deliver = [&] { return handing_over.deliver(info); }});
    if (change.took_effect()) handing_over.keep();
    return done;
  }

  [[nodiscard]] Result<void> remove_escrow() override {
    if (opened_.file.escrow_slot() == nullptr) {
      return Error(ErrorCode::not_found, "this anchor has no escrow to remove");
    }
    TRY_LET(auto change, AnchorChange::begin(folder_, opened_), "begin change");
    // First, so that the root is not even wrapped for officers who shall open nothing more.
    change.set_escrow_slot(std::nullopt);
    TRY(rotate(change), "rotate root");
    change.log("escrow-removed", "escrow slot removed");
    return commit(change, {.proof = proof(true, nullptr)});
  }

  [[nodiscard]] Result<void> note_escrow_test() override {
    TRY_LET(auto change, AnchorChange::begin(folder_, opened_), "begin change");
    change.log("escrow-tested", "the officers' shares opened this anchor");
    return commit(change, {});
  }

  [[nodiscard]] Result<void> rotate_root() override {
    TRY_LET(auto change, AnchorChange::begin(folder_, opened_), "begin change");
    TRY(rotate(change), "rotate root");
    return commit(change, {.proof = proof(true, nullptr)});
  }

  [[nodiscard]] Result<NoisyInfo> renew_noisy_source() override {
    const auto* const before = opened_.file.noisy();
    if (before == nullptr) return Error(ErrorCode::not_found, "this anchor has no noisy source to enrol again");
    TRY(check_factors(), "check factors");
    const crypto::ModuleScope scope(opened_.file.module);
    TRY_LET(const auto fresh, anchor::enrol_noisy_again(*before, machine_), "enrol noisy source again");
    TRY_LET(auto change, AnchorChange::begin(folder_, opened_), "begin change");
    TRY(wrap_with_noisy(change, fresh, role_now()), "wrap root");
    change.log(std::string(anchor::kNoisyEnrolled), printable(fresh.name) + " again: " + anchor::code_of(fresh));
    TRY(commit(change, {.proof = proof(true, nullptr)}), "commit");
    return *noisy_of(opened_.file);
  }

  [[nodiscard]] Result<std::string> add_noisy_source(NoisyRole role) override {
    if (opened_.file.noisy() != nullptr) {
      return Error(ErrorCode::refused, "this anchor has the noisy source '" + printable(opened_.file.noisy()->name) +
                                           "' already; give it up first ('holdfast migrate --without NAME')");
    }
    TRY(check_factors(), "check factors");
    const crypto::ModuleScope scope(opened_.file.module);
    TRY_LET(const auto made, enrol_noisy_source(machine_, reading()), "enrol noisy source");
    TRY_LET(auto change, AnchorChange::begin(folder_, opened_), "begin change");
    // Copies of the file until now ask for less.
    const bool tightens = role == NoisyRole::required;
    if (tightens) TRY(change.rotate(), "draw root");
    TRY(wrap_with_noisy(change, made.factor, role), "wrap root");
    if (!options_.credential_file.empty()) change.file().credential_file = absolute_path(options_.credential_file);
    change.log(std::string(anchor::kNoisyEnrolled),
               anchor::words_for(made) + (tightens ? "; required" : "; with a slot of its own"));
    if (tightens) change.log("root-rotated", "root epoch " + std::to_string(change.root().epoch().number));
    TRY(commit(change, {.proof = proof(true, nullptr)}), "commit");
    return anchor::words_for(made);
  }

  [[nodiscard]] Result<std::vector<EpochInfo>> list_epochs() const override {
    std::vector<EpochInfo> epochs;
    for (const auto& older : opened_.file.older_roots) epochs.push_back({older.epoch.number, false, older.tier, {}});
    epochs.push_back({opened_.file.epoch.number, true, anchor::lowest_tier_of_newest(opened_.file), {}});
    TRY_LET(const auto all, list_keys(), "list keys");
    for (const auto& key : all) {
      if (!key.record.ok()) return key.record.error();
      if (key.record->state == KeyState::destroyed) continue;
      for (auto& epoch : epochs) {
        if (epoch.number == key.record->epoch.number) epoch.keys.push_back(key.record->id.text());
      }
    }
    return epochs;
  }

  [[nodiscard]] Result<void> drop_epoch(std::uint32_t number) override {
    TRY_LET(auto change, AnchorChange::begin(folder_, opened_), "begin change");
    // Under the lock: no key of that epoch can be made meanwhile.
    TRY_LET(const auto epochs, list_epochs(), "list epochs");
    const auto found = std::ranges::find(epochs, number, &EpochInfo::number);
    if (found == epochs.end()) {
      return Error(ErrorCode::not_found, "there is no root epoch " + std::to_string(number));
    }
    if (found->newest) {
      return Error(ErrorCode::refused, "root epoch " + std::to_string(number) +
                                           " is the newest one; draw another with 'holdfast rotate-root' first");
    }
    if (!found->keys.empty()) {
      return Error(ErrorCode::refused, "root epoch " + std::to_string(number) + " is needed by " + join(found->keys) +
                                           "; rotate these keys, and destroy the old versions when nothing needs "
                                           "them any more");
    }
    // First: once the root is gone, nothing can authenticate them.
    TRY(forget_destroyed({number}), "remove tombstones");
    change.drop_epoch({number});
    change.log("epoch-dropped", "root epoch " + std::to_string(number) + " is forgotten");
    return commit(change, {});
  }

  [[nodiscard]] Result<void> accept_rollback() override {
    TRY_LET(const auto seen, mark_.read(opened_.file.id), "read generation mark");
    if (!seen || *seen <= opened_.file.generation) return {};
    TRY_LET(auto change, AnchorChange::begin(folder_, opened_), "begin change");
    change.log("rollback-accepted", "generation " + std::to_string(opened_.file.generation) + " was put back after " +
                                        std::to_string(*seen));
    return commit(change, {});
  }

 private:
  [[nodiscard]] Result<std::vector<keys::ListedKey>> list_keys() const {
    const crypto::ModuleScope scope(opened_.file.module);
    TRY_LET(const auto store, keys::KeyStore::open(folder_.path(), opened_.roots), "open key store");
    return store.list();
  }

  [[nodiscard]] Result<void> forget_destroyed(anchor::RootEpoch epoch) const {
    const crypto::ModuleScope scope(opened_.file.module);
    TRY_LET(const auto store, keys::KeyStore::open(folder_.path(), opened_.roots), "open key store");
    return store.forget_destroyed(epoch);
  }

  // An officer's key protects the root as much as any other key of the device.
  [[nodiscard]] Result<void> check_profile(const EscrowRequest& request) const {
    const auto profile = profile_of_device(opened_.file.profile, opened_.file.module);
    for (const auto& officer : request.officers) {
      const auto allowed = check_algorithm(profile, officer.chain.leaf_key().algorithm());
      if (allowed.ok()) continue;
      return Error(allowed.error().code(), "'" + printable(officer.place) + "': " + allowed.error().message());
    }
    return {};
  }

  [[nodiscard]] const SecretBytes* passphrase() const { return passphrase_ ? &*passphrase_ : nullptr; }

  [[nodiscard]] NoisyRole role_now() const {
    if (opened_.file.noisy() == nullptr) return NoisyRole::none;
    return opened_.file.puf_slot() == nullptr ? NoisyRole::required : NoisyRole::slot;
  }

  [[nodiscard]] fingerprint::CollectOptions reading() const {
    const bool other = !options_.credential_file.empty();
    return reading_of(opened_.file.sysroot, other ? options_.credential_file : opened_.file.credential_file,
                      options_.program_folder);
  }

  // With attributes means that the slots which need what is read from this machine were written anew.
  [[nodiscard]] anchor::Proof proof(bool with_attributes, const SecretBytes* code) const {
    anchor::Proof made{
        .read_again = nullptr, .passphrase = passphrase(), .code = code, .with_puf_slot = with_attributes};
    if (with_attributes) {
      made.read_again = [this] { return read_again(opened_.file.sysroot, opened_.file.credential_file, options_); };
    }
    return made;
  }

  [[nodiscard]] Result<void> commit(AnchorChange& change, AnchorChange::Commit how) {
    how.mark = &mark_;
    TRY_LET(auto file, change.commit(how), "change anchor");
    const crypto::ModuleScope scope(file.module);
    TRY_LET(auto roots, anchor::open_epochs(copy_of(change.root()), file.older_roots), "open older roots");
    opened_ = {std::move(file), std::move(roots)};
    return {};
  }

  // A new root, wrapped in all slots. The attributes must all be as the anchor remembers them: a rotation is no
  // migration by the back door.
  [[nodiscard]] Result<void> rotate(AnchorChange& change) {
    TRY(check_factors(), "check factors");
    TRY(change.rotate(), "draw root");
    TRY(rewrap(change), "wrap root");
    change.log("root-rotated", "root epoch " + std::to_string(change.root().epoch().number));
    return {};
  }

  [[nodiscard]] Result<void> check_factors() const {
    TRY_LET(const auto report, anchor::drift_of(opened_, machine_), "compare attributes");
    for (const auto& drift : report.drift) {
      if (drift.noisy) return noisy_is_missing(drift);
      if (!drift.counted && !drift.required) continue;
      return Error(ErrorCode::refused, "the attribute '" + printable(drift.name) + "' is " +
                                           std::string(name_of(drift.kind)) +
                                           ", and a new root needs every attribute as it was; migrate first "
                                           "('holdfast migrate')");
    }
    if (!needs_passphrase(opened_.file) || passphrase() != nullptr) return {};
    return Error(ErrorCode::refused,
                 "a new root needs this anchor's passphrase; give --unlock-passphrase-file or --unlock-passphrase-fd");
  }

  static Error noisy_is_missing(const Drift& drift) {
    const auto name = printable(drift.name);
    if (drift.kind == DriftKind::changed) {
      return {ErrorCode::refused, "the noisy source '" + name +
                                      "' does not give the secret that was enrolled, and this change needs it; try "
                                      "again under the usual conditions, or give it up ('holdfast migrate --without " +
                                      name + "')"};
    }
    return {ErrorCode::refused, "the noisy source '" + name + "' is not available" +
                                    (drift.reason.empty() ? "" : ": " + drift.reason) +
                                    "; this change needs it, so make it available"};
  }

  [[nodiscard]] Result<void> rewrap(AnchorChange& change) {
    const crypto::ModuleScope scope(opened_.file.module);
    TRY_LET(auto slot, anchor::renew_slot(*opened_.file.fingerprint_slot()), "renew slot");
    slot.epoch = change.root().epoch();
    TRY(anchor::wrap_root(slot, change.root(), {&machine_, passphrase()}, options_.progress), "wrap root");
    change.set_fingerprint_slot(std::move(slot));
    if (role_now() == NoisyRole::slot) return rewrap_puf_slot(change, *opened_.file.noisy());
    return {};
  }

  // Borrows nothing of the slot that it replaces.
  [[nodiscard]] Result<void> rewrap_puf_slot(AnchorChange& change, const anchor::NoisyFactor& noisy) {
    TRY_LET(auto slot, anchor::make_puf_slot(change.root(), noisy, machine_), "make puf slot");
    change.set_puf_slot(std::move(slot));
    return {};
  }

  // All slots anew for the root of the change, with this enrolment of the noisy source. The attributes are as they were
  // remembered.
  [[nodiscard]] Result<void> wrap_with_noisy(AnchorChange& change, const anchor::NoisyFactor& noisy, NoisyRole role) {
    TRY_LET(auto slot, anchor::renew_slot(*opened_.file.fingerprint_slot()), "renew slot");
    if (role == NoisyRole::required) slot.noisy = noisy;
    slot.epoch = change.root().epoch();
    TRY(anchor::wrap_root(slot, change.root(), {&machine_, passphrase()}, options_.progress), "wrap root");
    change.set_fingerprint_slot(std::move(slot));
    if (role == NoisyRole::slot) TRY(rewrap_puf_slot(change, noisy), "wrap root for the noisy source");
    TRY_LET(change.file().remembered, anchor::remember(change.root(), machine_, &noisy), "remember attributes");
    return {};
  }

  [[nodiscard]] Result<void> choose_passphrase(const MigrationOptions& options) {
    if (options.without_passphrase) {
      passphrase_.reset();
    } else if (options.new_passphrase) {
      TRY_LET(passphrase_, options.new_passphrase(), "get passphrase");
    }
    return {};
  }

  [[nodiscard]] static const anchor::NoisyFactor* required_noisy(const anchor::MigrationPlan& plan) {
    return plan.noisy && plan.role == NoisyRole::required ? &*plan.noisy : nullptr;
  }

  [[nodiscard]] bool accepts_low_entropy(const MigrationOptions& options) const {
    return opened_.file.low_entropy_accepted || options.low_entropy == LowEntropy::accepted;
  }

  // What stands in the way, with the passphrase that there is now.
  [[nodiscard]] std::vector<std::string> obstacles_to(const anchor::MigrationPlan& plan,
                                                      const MigrationOptions& options) const {
    auto obstacles = plan.obstacles;
    if (plan.needs_passphrase && passphrase() == nullptr) {
      obstacles.emplace_back(
          "this anchor needs its passphrase (--unlock-passphrase-file or --unlock-passphrase-fd), a new one "
          "(--passphrase-file), or none any more (--no-passphrase)");
      return obstacles;
    }
    const auto enough = anchor::check_entropy(plan.quorum, plan.needs_passphrase ? passphrase() : nullptr,
                                              accepts_low_entropy(options) ? LowEntropy::accepted : LowEntropy::refused,
                                              anchor::entropy_floor(opened_.file.module), required_noisy(plan));
    if (!enough.ok()) obstacles.push_back(enough.error().message());
    return obstacles;
  }

  [[nodiscard]] Result<void> check_plan(const anchor::MigrationPlan& plan, const MigrationOptions& options) const {
    const auto obstacles = obstacles_to(plan, options);
    if (obstacles.empty()) return {};
    return Error(ErrorCode::refused, "migration has to wait: " + obstacles.front());
  }

  [[nodiscard]] Result<void> rebind(AnchorChange& change, const anchor::MigrationPlan& plan) {
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
    const bool low = !anchor::check_entropy(plan.quorum, passphrase(), LowEntropy::refused,
                                            anchor::entropy_floor(opened_.file.module), required_noisy(plan))
                          .ok();
    change.file().low_entropy_accepted = opened_.file.low_entropy_accepted || low;
    return {};
  }

  [[nodiscard]] Result<MigrationReport> carry_out(const anchor::MigrationPlan& plan, const MigrationOptions& options,
                                                  const std::string& event) {
    if (!plan.needed) return report_on(plan);
    TRY(choose_passphrase(options), "choose passphrase");
    TRY(check_plan(plan, options), "check plan");
    TRY_LET(auto change, AnchorChange::begin(folder_, opened_), "begin change");
    if (plan.tightens) TRY(change.rotate(), "draw root");
    TRY(rebind(change, plan), "bind to this machine");
    change.log(event, detail_of(plan));
    if (plan.tightens) change.log("root-rotated", "root epoch " + std::to_string(change.root().epoch().number));
    TRY(commit(change, {.proof = proof(true, nullptr)}), "commit");
    return report_on(plan);
  }

  anchor::StateFolder folder_;
  OpenOptions options_;
  fingerprint::Fingerprint machine_;
  anchor::OpenedAnchor opened_;
  std::optional<SecretBytes> passphrase_;
  anchor::MarkFolder mark_;
};

Result<anchor::UnverifiedAnchorFile> load(const anchor::StateFolder& folder) {
  if (!folder.is_stateless()) return folder.load_anchor();
  return Error(ErrorCode::refused, "a stateless device has no anchor that could be changed");
}

// With something else than the machine, whatever that is now.
template <typename Open>
Result<std::unique_ptr<Maintenance>> open_otherwise(const std::filesystem::path& folder, const OpenOptions& options,
                                                    bool accept_rollback, const Open& open) {
  TRY_LET(auto state, anchor::StateFolder::open(folder), "open state folder");
  TRY_LET(const auto file, load(state), "load anchor");
  TRY_LET(auto machine, read_again(file.file.sysroot, file.file.credential_file, options), "collect attributes");
  TRY_LET(auto opened, open(file), "open anchor");
  if (!accept_rollback) TRY(check_not_rolled_back(state, file.file, options), "check generation");
  std::optional<SecretBytes> passphrase;
  if (options.passphrase.given) {
    TRY_LET(passphrase, options.passphrase.given(), "read passphrase");
  }
  return std::unique_ptr<Maintenance>(std::make_unique<AnchorMaintenance>(
      std::move(state), options, std::move(machine), Unlocked{std::move(opened), std::move(passphrase)}));
}

}  // namespace

Result<std::unique_ptr<Maintenance>> Maintenance::open(const std::filesystem::path& folder, const OpenOptions& options,
                                                       bool accept_rollback) {
  TRY_LET(auto state, anchor::StateFolder::open(folder), "open state folder");
  TRY_LET(const auto file, load(state), "load anchor");
  TRY_LET(auto machine, read_again(file.file.sysroot, file.file.credential_file, options), "collect attributes");
  TRY_LET(auto unlocked, unlock(file, machine, options), "open anchor");
  if (!accept_rollback) TRY(check_not_rolled_back(state, file.file, options), "check generation");
  return std::unique_ptr<Maintenance>(
      std::make_unique<AnchorMaintenance>(std::move(state), options, std::move(machine), std::move(unlocked)));
}

Result<std::unique_ptr<Maintenance>> Maintenance::open_with_recovery_code(const std::filesystem::path& folder,
                                                                          const SecretBytes& code,
                                                                          const OpenOptions& options,
                                                                          bool accept_rollback) {
  return open_otherwise(folder, options, accept_rollback,
                        [&](const auto& file) { return anchor::open_with_recovery_code(file, code); });
}

Result<std::unique_ptr<Maintenance>> Maintenance::open_with_escrow(const std::filesystem::path& folder,
                                                                   const std::vector<GivenShare>& shares,
                                                                   const OpenOptions& options, bool accept_rollback) {
  return open_otherwise(folder, options, accept_rollback,
                        [&](const auto& file) { return anchor::open_with_escrow(file, shares); });
}

}  // namespace holdfast::trust
