#include "device/trust/stateless_device.hpp"

#include <utility>

#include "core/encoding.hpp"
#include "device/anchor/stateless.hpp"
#include "device/anchor/stateless_root.hpp"
#include "device/trust/factors.hpp"
#include "device/trust/profile_file.hpp"
#include "device/trust/stateless_provider.hpp"

namespace holdfast::trust {
namespace {

class StatelessDevice : public Device {
 public:
  StatelessDevice(const anchor::StateFolder& folder, anchor::UnverifiedStatelessConfig file)
      : file_(std::move(file)), info_(describe_stateless(folder.path(), file_.config)) {
    info_.shared_with = sharing_of(folder);
  }

  [[nodiscard]] const DeviceInfo& info() const override { return info_; }

  [[nodiscard]] Result<OpenedDevice> open(const OpenOptions& options) const override {
    TRY_LET(const auto machine, read_again(file_.config.sysroot, file_.config.credential_file, options),
            "collect attributes");
    TRY_LET(auto opened, derive(machine), "derive root");
    return OpenedDevice{make_stateless_provider(std::move(opened), options.search), std::nullopt};
  }

  [[nodiscard]] Result<OpenedDevice> open_with_recovery_code(const SecretBytes&) const override {
    return Error(ErrorCode::not_found,
                 "this device is stateless, and nothing but its attributes gives its root: there is no recovery code");
  }

  [[nodiscard]] Result<Trial> try_to_open(const OpenOptions& options) const override {
    Trial trial;
    const auto machine = read_again(file_.config.sysroot, file_.config.credential_file, options);
    if (!machine.ok()) {
      trial.why_not = machine.error().message();
      return trial;
    }
    auto opened = derive(*machine);
    if (!opened.ok()) {
      if (opened.error().code() != ErrorCode::does_not_open) return std::move(opened).error();
      trial.why_not = opened.error().message();
      return trial;
    }
    trial.outcome = Trial::Outcome::opens;
    trial.provider = make_stateless_provider(std::move(*opened), options.search);
    return trial;
  }

  [[nodiscard]] Result<std::vector<std::string>> find_missing_attributes(const OpenOptions& options) const override {
    TRY_LET(const auto machine, read_again(file_.config.sysroot, file_.config.credential_file, options),
            "collect attributes");
    return missing_of(machine, file_.config.attributes);
  }

  [[nodiscard]] Result<std::vector<Event>> load_events() const override { return std::vector<Event>(); }
  [[nodiscard]] Result<EventCheck> check_events() const override { return EventCheck(); }

 private:
  [[nodiscard]] Result<anchor::OpenedStateless> derive(const fingerprint::Fingerprint& machine) const {
    const crypto::ModuleScope scope(crypto::Module::standard);
    return anchor::open_stateless(file_, machine);
  }

  anchor::UnverifiedStatelessConfig file_;
  DeviceInfo info_;
};

}  // namespace

DeviceInfo describe_stateless(const std::filesystem::path& folder, const anchor::StatelessConfig& config) {
  const crypto::ModuleScope scope(crypto::Module::standard);
  DeviceInfo info;
  info.folder = folder;
  // Of a configuration that parses, with a check value of the right size, this cannot fail.
  if (const auto id = anchor::stateless_anchor_id(config); id.ok()) info.id = id->hex();
  info.generation = 0;
  info.epoch = anchor::kStatelessEpoch.number;
  info.platform = config.platform;
  info.sysroot = config.sysroot;
  auto profile = profile_of_device(config.profile, crypto::Module::standard);
  info.profile = std::move(profile.name);
  info.profile_description = std::move(profile.description);
  info.profile_problem = std::move(profile.problem);
  info.low_entropy_accepted = config.low_entropy_accepted;
  info.ways = {"stateless"};
  info.quorum = {0, {}, factors_of(config.attributes), false};
  info.stateless = {to_hex(config.check), !config.device_salt.empty()};
  info.assurance = anchor::assess(config);
  return info;
}

Result<std::unique_ptr<Device>> load_stateless_device(const anchor::StateFolder& folder) {
  TRY_LET(auto file, folder.load_stateless(), "load stateless configuration");
  return std::unique_ptr<Device>(std::make_unique<StatelessDevice>(folder, std::move(file)));
}

}  // namespace holdfast::trust
