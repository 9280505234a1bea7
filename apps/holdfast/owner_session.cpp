#include "apps/holdfast/owner_session.hpp"

#include <filesystem>

#include "apps/holdfast/escrow_shares.hpp"
#include "apps/holdfast/recovery_code.hpp"
#include "apps/holdfast/session.hpp"

namespace holdfast::app {
namespace {

using Opened = Result<std::unique_ptr<trust::Maintenance>>;

Opened open_with_code(const GlobalArguments& global, const std::filesystem::path& folder, const SecretBytes& code,
                      const trust::OpenOptions& options) {
  auto opened = trust::Maintenance::open_with_recovery_code(folder, code, options, global.accept_rollback);
  if (!opened.ok()) pause_after_wrong_code(global, opened.error());
  return opened;
}

Opened open_by(const GlobalArguments& global, const OwnerSession::Entry& entry, const std::filesystem::path& folder,
               const trust::OpenOptions& options) {
  if (entry.recovery_code != nullptr) return open_with_code(global, folder, *entry.recovery_code, options);
  if (entry.shares != nullptr)
    return trust::Maintenance::open_with_escrow(folder, *entry.shares, options, global.accept_rollback);
  return trust::Maintenance::open(folder, options, global.accept_rollback);
}

Result<void> accept(const GlobalArguments& global, trust::Maintenance& anchor) {
  const auto before = anchor.info().generation;
  TRY(anchor.accept_rollback(), "accept rollback");
  const auto now = anchor.info().generation;
  if (now == before) return {};
  note(global, "an older copy of the anchor, generation " + std::to_string(before) +
                   ", was put back and is accepted as the latest; it is generation " + std::to_string(now) + " now.");
  return {};
}

}  // namespace

Result<OwnerSession> OwnerSession::open(const GlobalArguments& global, const Entry& entry) {
  TRY_LET(const auto folder, state_folder_path(global), "find state folder");
  auto unlocking = std::make_unique<Unlocking>(global);
  auto options = unlocking->options();
  if (!entry.credential_file.empty()) options.credential_file = std::filesystem::absolute(entry.credential_file);
  TRY_LET(auto maintenance, open_by(global, entry, folder, options), "open anchor");
  if (global.accept_rollback) TRY(accept(global, *maintenance), "accept rollback");
  return OwnerSession(std::move(unlocking), std::move(maintenance));
}

Result<OwnerSession> OwnerSession::open(const GlobalArguments& global, const EntryFiles& files) {
  Entry entry{.recovery_code = nullptr, .credential_file = files.credential_file};
  if (!files.shares.empty()) {
    TRY_LET(const auto shares, read_opened_shares(global, files.shares), "read shares");
    entry.shares = &shares;
    return open(global, entry);
  }
  if (files.recovery_file.empty()) return open(global, entry);
  TRY_LET(const auto code, read_recovery_code(files.recovery_file), "read recovery code");
  entry.recovery_code = &code;
  return open(global, entry);
}

Result<void> accept_rollback(const GlobalArguments& global, const SecretBytes* recovery_code) {
  auto session = OwnerSession::open(global, {recovery_code});
  if (session.ok() || session.error().code() == ErrorCode::does_not_open) return {};
  return std::move(session).error();
}

}  // namespace holdfast::app
