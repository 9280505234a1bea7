// An anchor opened by its owner, who changes it.
#pragma once

#include "apps/holdfast/arguments.hpp"
#include "apps/holdfast/unlocking.hpp"
#include "core/result.hpp"
#include "core/secret_bytes.hpp"
#include "device/trust/maintenance.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace holdfast::app {

/// What a change that drew a new root leaves to do, with its line feed.
inline constexpr const char* kMoveToNewRoot =
    "What is sealed and which keys there are stays under the earlier root until 'holdfast reseal' and "
    "'holdfast key rotate' have moved them.\n";

/// An open anchor, with the ways to its passphrase and the progress that its changes use.
class OwnerSession {
 public:
  /// How an owner gets in.
  struct Entry {
    const SecretBytes* recovery_code = nullptr;  ///< as it was typed; borrowed for the call; nullptr to use attributes
    /// Officers' opened shares; likewise.
    const std::vector<trust::GivenShare>* shares = nullptr;
    /// Read in place of the one that the device was made with.
    std::string credential_file = {};  // NOLINT(readability-redundant-member-init): may be left out
  };

  /// What options name to get in with: files with the recovery code or with officers' opened shares; else attributes.
  struct EntryFiles {
    std::string recovery_file;
    std::vector<std::string> shares;
    std::string credential_file = {};  // NOLINT(readability-redundant-member-init): may be left out
  };

  /// Opens with this machine's attributes, and the passphrase from options or a prompt; or with the recovery code or
  /// officers' shares. With
  /// --accept-rollback an older copy that was put back is made the latest first.
  [[nodiscard]] static Result<OwnerSession> open(const GlobalArguments& global, const Entry& entry);
  [[nodiscard]] static Result<OwnerSession> open(const GlobalArguments& global) { return open(global, Entry()); }
  [[nodiscard]] static Result<OwnerSession> open(const GlobalArguments& global, const EntryFiles& files);

  [[nodiscard]] trust::Maintenance* operator->() const { return maintenance_.get(); }
  /// What progress tells from now on.
  void show(const std::string& what) { unlocking_->show(what); }

 private:
  OwnerSession(std::unique_ptr<Unlocking> unlocking, std::unique_ptr<trust::Maintenance> maintenance)
      : unlocking_(std::move(unlocking)), maintenance_(std::move(maintenance)) {}

  std::unique_ptr<Unlocking> unlocking_;  // goes after what borrows it
  std::unique_ptr<trust::Maintenance> maintenance_;
};

/// With --accept-rollback: makes an older copy of the anchor that was put back the latest again, and notes that. Opens
/// it with the recovery code where there is one, else with this machine's attributes. Does nothing where there was no
/// rollback, or where the attributes do not open the anchor, which whatever comes next will say.
[[nodiscard]] Result<void> accept_rollback(const GlobalArguments& global, const SecretBytes* recovery_code);

}  // namespace holdfast::app
