#include "device/trust/anchored_device.hpp"

#include <utility>

#include "device/anchor/open.hpp"
#include "device/trust/factors.hpp"
#include "device/trust/profile_file.hpp"
#include "device/trust/software_provider.hpp"

namespace holdfast::trust {
namespace {

using anchor::Search;

bool needs_passphrase(const anchor::AnchorFile& file) {
  const auto* const slot = file.fingerprint_slot();
  return slot != nullptr && slot->needs_passphrase;
}

class AnchoredDevice : public Device {
 public:
  AnchoredDevice(anchor::StateFolder folder, anchor::UnverifiedAnchorFile file)
      : folder_(std::move(folder)), file_(std::move(file)), info_(describe_anchor(folder_, file_.file)) {}

  [[nodiscard]] const DeviceInfo& info() const override { return info_; }

  [[nodiscard]] Result<OpenedDevice> open(const OpenOptions& options) const override {
    TRY_LET(const auto machine, read_again(file_.file.sysroot, file_.file.credential_file, options),
            "collect attributes");
    TRY_LET(auto opened, open_on(machine, options), "open anchor");
    // What cannot be compared is no reason not to open.
    const auto drift = anchor::drift_of(opened, machine);
    return OpenedDevice{make_provider(std::move(opened)), drift.ok() ? std::optional(*drift) : std::nullopt};
  }

  [[nodiscard]] Result<OpenedDevice> open_with_recovery_code(const SecretBytes& code) const override {
    TRY_LET(auto opened, anchor::open_with_recovery_code(file_, code), "open with recovery code");
    return OpenedDevice{make_provider(std::move(opened)), std::nullopt};
  }

  [[nodiscard]] Result<Trial> try_to_open(const OpenOptions& options) const override {
    Trial trial;
    if (needs_passphrase(file_.file) && !options.passphrase.given) {
      trial.outcome = Trial::Outcome::passphrase_needed;
      return trial;
    }
    const auto machine = read_again(file_.file.sysroot, file_.file.credential_file, options);
    if (!machine.ok()) {
      trial.why_not = machine.error().message();
      return trial;
    }
    auto opened = open_on(*machine, {{options.passphrase.given, nullptr}, options.progress});
    if (!opened.ok()) {
      if (opened.error().code() != ErrorCode::does_not_open) return std::move(opened).error();
      trial.why_not = opened.error().message();
      return trial;
    }
    TRY_LET(trial.drift, anchor::drift_of(*opened, *machine), "compare attributes");
    trial.outcome = Trial::Outcome::opens;
    trial.provider = make_provider(std::move(*opened));
    return trial;
  }

  [[nodiscard]] Result<std::vector<std::string>> find_missing_attributes(const OpenOptions& options) const override {
    const auto* const slot = file_.file.fingerprint_slot();
    if (slot == nullptr) return std::vector<std::string>();
    TRY_LET(const auto machine, read_again(file_.file.sysroot, file_.file.credential_file, options),
            "collect attributes");
    auto missing = missing_of(machine, slot->required);
    const bool wants_required = !missing.empty();
    const auto counted = missing_of(machine, slot->counted);
    if (!wants_required && slot->counted.size() - counted.size() >= slot->quorum) return std::vector<std::string>();
    missing.insert(missing.end(), counted.begin(), counted.end());
    return missing;
  }

  [[nodiscard]] Result<std::vector<Event>> load_events() const override {
    TRY(crypto::load_module(file_.file.module), "load cryptographic module");
    const crypto::ModuleScope scope(file_.file.module);
    TRY_LET(const auto log, folder_.load_events(file_.file.events), "read event log");
    return log.events();
  }

 private:
  [[nodiscard]] std::unique_ptr<Provider> make_provider(anchor::OpenedAnchor opened) const {
    return make_software_provider(folder_.path(), std::move(opened));
  }

  [[nodiscard]] Result<anchor::OpenedAnchor> open_on(const fingerprint::Fingerprint& machine,
                                                     const OpenOptions& options) const {
    std::optional<SecretBytes> passphrase;
    if (options.passphrase.given) {
      TRY_LET(passphrase, options.passphrase.given(), "read passphrase");
    }
    if (needs_passphrase(file_.file) && !passphrase && options.passphrase.ask) return open_by_asking(machine, options);
    return anchor::open_with_fingerprint(file_, {&machine, passphrase ? &*passphrase : nullptr}, Search::all_subsets,
                                         options.progress);
  }

  // A typing error is likelier than drift: ask a second time before the long search.
  [[nodiscard]] Result<anchor::OpenedAnchor> open_by_asking(const fingerprint::Fingerprint& machine,
                                                            const OpenOptions& options) const {
    TRY_LET(auto passphrase, options.passphrase.ask(Asking::first), "ask for passphrase");
    auto opened = anchor::open_with_fingerprint(file_, {&machine, &passphrase}, Search::first_subset);
    if (opened.ok() || opened.error().code() != ErrorCode::does_not_open) return opened;
    TRY_LET(passphrase, options.passphrase.ask(Asking::once_more), "ask for passphrase");
    return anchor::open_with_fingerprint(file_, {&machine, &passphrase}, Search::all_subsets, options.progress);
  }

  anchor::StateFolder folder_;
  anchor::UnverifiedAnchorFile file_;
  DeviceInfo info_;
};

}  // namespace

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
  info.assurance = anchor::assess(file);
  return info;
}

Result<std::unique_ptr<Device>> load_anchored_device(anchor::StateFolder folder) {
  TRY_LET(auto file, folder.load_anchor(), "load anchor");
  return std::unique_ptr<Device>(std::make_unique<AnchoredDevice>(std::move(folder), std::move(file)));
}

}  // namespace holdfast::trust
