#include "device/trust/maintenance.hpp"

#include <utility>

#include "device/trust/anchor_maintenance.hpp"
#include "device/trust/factors.hpp"

namespace holdfast::trust {
namespace {

Result<LatestAnchor> load(const anchor::StateFolder& folder, const OpenOptions& options) {
  if (folder.is_stateless()) {
    return Error(ErrorCode::refused, "a stateless device has no anchor that could be changed");
  }
  TRY_LET(const auto found, folder.load_anchor(), "load anchor");
  return load_latest(folder, found.file.id, options);
}

// With something else than the machine, whatever that is now. A passphrase that is given is not taken: nothing could
// tell a mistyped one, with which a slot would then be written.
template <typename Open>
Result<std::unique_ptr<Maintenance>> open_otherwise(const std::filesystem::path& folder, const OpenOptions& options,
                                                    bool accept_rollback, const Open& open) {
  TRY_LET(auto state, anchor::StateFolder::open(folder), "open state folder");
  TRY_LET(const auto latest, load(state, options), "load anchor");
  const auto& file = latest.file;
  TRY_LET(auto machine, read_again(file.file.sysroot, file.file.credential_file, options), "collect attributes");
  TRY_LET(auto opened, open(file), "open anchor");
  if (!accept_rollback) TRY(check_not_rolled_back(latest.sighting, options), "check generation");
  return std::unique_ptr<Maintenance>(std::make_unique<AnchorMaintenance>(std::move(state), options, std::move(machine),
                                                                          Unlocked{std::move(opened), std::nullopt}));
}

}  // namespace

Result<std::unique_ptr<Maintenance>> Maintenance::open(const std::filesystem::path& folder, const OpenOptions& options,
                                                       bool accept_rollback) {
  TRY_LET(auto state, anchor::StateFolder::open(folder), "open state folder");
  TRY_LET(const auto latest, load(state, options), "load anchor");
  const auto& file = latest.file;
  TRY_LET(auto machine, read_again(file.file.sysroot, file.file.credential_file, options), "collect attributes");
  TRY_LET(auto unlocked, unlock(file, machine, options), "open anchor");
  if (!accept_rollback) TRY(check_not_rolled_back(latest.sighting, options), "check generation");
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
