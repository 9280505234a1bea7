// The folder in which a registry keeps what is its own, and who may use it at a time.
#pragma once

#include "core/file.hpp"

#include <filesystem>
#include <string>

namespace holdfast::registry_app {

/// Where things are in a data folder.
struct DataFolder {
  std::filesystem::path path;  ///< absolute

  /// ErrorCode::usage for an empty path.
  [[nodiscard]] static Result<DataFolder> at(const std::string& path);

  [[nodiscard]] std::filesystem::path configuration() const { return path / "registry.toml"; }
  [[nodiscard]] std::filesystem::path database() const { return path / "registry.db"; }
  [[nodiscard]] std::filesystem::path anchor() const { return path / "anchor"; }
  [[nodiscard]] std::filesystem::path socket() const { return path / "registry.sock"; }
  [[nodiscard]] std::filesystem::path lock() const { return path / "lock"; }

  /// Makes it (0700) with what is missing above. ErrorCode::refused where others can enter it.
  [[nodiscard]] Result<void> make() const;
  /// ErrorCode::not_found where no registry was ever started there, ErrorCode::refused where this account may not look.
  [[nodiscard]] Result<void> check_has_registry() const;
};

/// Held by whoever has the database open: the server, or a command while there is none.
[[nodiscard]] Result<FileDescriptor> lock_data_folder(const DataFolder& folder);
/// The same for what is done while no server runs: ErrorCode::refused where one does.
[[nodiscard]] Result<FileDescriptor> lock_unserved(const DataFolder& folder);

/// Where the checkpoint outside goes unless the configuration says otherwise, apart from the data folder and so from
/// its backups: below /var/lib/holdfast-checkpoints for root, else below $XDG_STATE_HOME/holdfast-checkpoints, and
/// wherever $HOLDFAST_CHECKPOINTS says; a file of the log's name. ErrorCode::usage where there is no home folder.
[[nodiscard]] Result<std::filesystem::path> usual_checkpoint_file(const std::string& log_name);

}  // namespace holdfast::registry_app
