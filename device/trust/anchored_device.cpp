#include "device/trust/anchored_device.hpp"

#include <utility>

#include "core/encoding.hpp"
#include "device/anchor/noisy_factor.hpp"
#include "device/anchor/open.hpp"
#include "device/trust/factors.hpp"
#include "device/trust/profile_file.hpp"
#include "device/trust/software_provider.hpp"
#include "device/trust/unlock.hpp"

namespace holdfast::trust {
namespace {

class AnchoredDevice : public Device {
 public:
  AnchoredDevice(anchor::StateFolder folder, anchor::UnverifiedAnchorFile file)
      : folder_(std::move(folder)), file_(std::move(file)), info_(describe_anchor(folder_, file_.file)) {}

  [[nodiscard]] const DeviceInfo& info() const override { return info_; }

  [[nodiscard]] Result<OpenedDevice> open(const OpenOptions& options) const override {
    TRY_LET(const auto latest, load_latest(folder_, file_.file.id, options), "load anchor");
    const auto& file = latest.file;
    TRY_LET(const auto machine, read_again(file.file.sysroot, file.file.credential_file, options),
            "collect attributes");
    TRY_LET(auto unlocked, unlock(file, machine, options), "open anchor");
    TRY(check_not_rolled_back(latest.sighting, options), "check generation");
    // What cannot be compared is no reason not to open.
    const auto drift = anchor::drift_of(unlocked.anchor, machine);
    return OpenedDevice{make_provider(std::move(unlocked.anchor)), drift.ok() ? std::optional(*drift) : std::nullopt};
  }

  [[nodiscard]] Result<OpenedDevice> open_with_recovery_code(const SecretBytes& code) const override {
    TRY_LET(const auto latest, load_latest(folder_, file_.file.id, {}), "load anchor");
    TRY_LET(auto opened, anchor::open_with_recovery_code(latest.file, code), "open with recovery code");
    TRY(check_not_rolled_back(latest.sighting, {}), "check generation");
    return OpenedDevice{make_provider(std::move(opened)), std::nullopt};
  }

  [[nodiscard]] Result<Trial> try_to_open(const OpenOptions& options) const override {
    Trial trial;
    TRY_LET(const auto latest, load_latest(folder_, file_.file.id, options), "load anchor");
    const auto& file = latest.file;
    const bool lacks_passphrase = needs_passphrase(file.file) && !options.passphrase.given;
    // A noisy source by itself needs none.
    if (lacks_passphrase && file.file.puf_slot() == nullptr) {
      trial.outcome = Trial::Outcome::passphrase_needed;
      return trial;
    }
    const auto machine = read_again(file.file.sysroot, file.file.credential_file, options);
    if (!machine.ok()) {
      trial.why_not = machine.error().message();
      return trial;
    }
    trial.noisy_problem = noisy_problem_of(file.file, *machine);
    auto unlocked = unlock(file, *machine, {{options.passphrase.given, nullptr}, options.progress});
    if (!unlocked.ok()) {
      if (unlocked.error().code() != ErrorCode::does_not_open) return std::move(unlocked).error();
      if (lacks_passphrase) trial.outcome = Trial::Outcome::passphrase_needed;
      trial.why_not = unlocked.error().message();
      return trial;
    }
    TRY(check_not_rolled_back(latest.sighting, options), "check generation");
    TRY_LET(trial.drift, anchor::drift_of(unlocked->anchor, *machine), "compare attributes");
    const auto origin = fingerprint::gather_origin(file_.file.sysroot, folder_.path());
    TRY_LET(trial.clone_signs, anchor::clone_signs_of(unlocked->anchor, origin), "compare origin");
    trial.outcome = Trial::Outcome::opens;
    trial.provider = make_provider(std::move(unlocked->anchor));
    return trial;
  }

  [[nodiscard]] Result<std::vector<std::string>> find_missing_attributes(const OpenOptions& options) const override {
    const auto* const slot = file_.file.fingerprint_slot();
    if (slot == nullptr) return std::vector<std::string>();
    TRY_LET(const auto machine, read_again(file_.file.sysroot, file_.file.credential_file, options),
            "collect attributes");
    const auto* const puf = file_.file.puf_slot();
    if (puf != nullptr && anchor::find_present(machine, puf->noisy) != nullptr) return std::vector<std::string>();
    auto missing = missing_of(machine, slot->required);
    if (slot->noisy && anchor::find_present(machine, *slot->noisy) == nullptr) missing.push_back(slot->noisy->name);
    const bool wants_required = !missing.empty();
    const auto counted = missing_of(machine, slot->counted);
    if (!wants_required && slot->counted.size() - counted.size() >= slot->quorum) return std::vector<std::string>();
    missing.insert(missing.end(), counted.begin(), counted.end());
    if (puf != nullptr) missing.push_back(puf->noisy.name);
    return missing;
  }

  [[nodiscard]] Result<std::vector<Event>> load_events() const override {
    TRY(crypto::load_module(file_.file.module), "load cryptographic module");
    const crypto::ModuleScope scope(file_.file.module);
    TRY_LET(const auto log, folder_.load_events(file_.file.events), "read event log");
    return log.events();
  }

  [[nodiscard]] Result<EventCheck> check_events() const override {
    TRY(crypto::load_module(file_.file.module), "load cryptographic module");
    const crypto::ModuleScope scope(file_.file.module);
    return folder_.check_events(file_.file.events);
  }

 private:
  [[nodiscard]] std::unique_ptr<Provider> make_provider(anchor::OpenedAnchor opened) const {
    return make_software_provider(folder_.path(), std::move(opened));
  }

  anchor::StateFolder folder_;
  anchor::UnverifiedAnchorFile file_;
  DeviceInfo info_;
};

}  // namespace

EscrowInfo describe_escrow(const anchor::AnchorId& id, const anchor::EscrowSlot& slot) {
  EscrowInfo info{
      .id = to_hex(slot.id.bytes), .name = slot.name, .made = slot.made, .threshold = slot.threshold, .officers = {}};
  for (std::size_t i = 0; i < slot.officers.size(); ++i) {
    const auto& officer = slot.officers[i];
    // A file that cannot be written as PEM is one without a share.
    const auto share = anchor::share_file(id, slot, i);
    info.officers.push_back({officer.subject, officer.fingerprint, officer.expires, share.ok() ? *share : ""});
  }
  return info;
}

DeviceInfo describe_anchor(const anchor::StateFolder& folder, const anchor::AnchorFile& file) {
  DeviceInfo info;
  info.folder = folder.path();
  info.shared_with = sharing_of(folder);
  info.id = file.id.hex();
  info.created = file.created;
  info.made_by = file.made_by;
  info.generation = file.generation;
  info.epoch = file.epoch.number;
  info.platform = file.platform;
  info.sysroot = file.sysroot;
  auto profile = profile_of_device(file.profile, file.module);
  info.profile = std::move(profile.name);
  info.profile_description = std::move(profile.description);
  info.profile_problem = std::move(profile.problem);
  info.module = file.module;
  info.low_entropy_accepted = file.low_entropy_accepted;
  for (const auto& slot : file.slots) info.ways.push_back(anchor::type_of(slot));
  if (const auto* const slot = file.fingerprint_slot()) {
    info.quorum = {slot->quorum, factors_of(slot->counted), factors_of(slot->required), slot->needs_passphrase};
  }
  if (const auto* const slot = file.escrow_slot()) info.escrow = describe_escrow(file.id, *slot);
  info.noisy = noisy_of(file);
  info.assurance = anchor::assess(file);
  return info;
}

Result<std::unique_ptr<Device>> load_anchored_device(anchor::StateFolder folder) {
  TRY_LET(auto file, folder.load_anchor(), "load anchor");
  return std::unique_ptr<Device>(std::make_unique<AnchoredDevice>(std::move(folder), std::move(file)));
}

}  // namespace holdfast::trust
