// The folder in which a device keeps its anchor, keys and event log.
#pragma once

#include "core/folder_group.hpp"
#include "device/anchor/anchor_file.hpp"
#include "device/anchor/event_check.hpp"
#include "device/anchor/stateless_file.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace holdfast::anchor {

/// A state folder whose owner and permissions have been checked: it belongs to this user or to root, and
/// nobody else can enter it. The anchor file alone does not open the root, yet it is what a thief needs
/// beside the attribute values, which many local accounts can read.
///
/// An owner may share it with a group: by its permissions and the set-group-ID bit, without which permissions of the
/// group are taken for a mistake. To a member of that group the folder may belong to any account.
class StateFolder {
 public:
  /// A folder with an anchor or a stateless configuration. ErrorCode::not_found where there is neither,
  /// ErrorCode::refused where there are both or others can enter; all say what to do.
  [[nodiscard]] static Result<StateFolder> open(const std::filesystem::path& path);
  /// Makes the folder (0700) with its parents where missing; an empty one that belongs to this user is closed
  /// to others. With a group's name, it is shared with that group (2750) to read.
  /// ErrorCode::refused where an anchor, or what one left behind, is there already, where the group is unknown, and
  /// where the folder cannot be shared with it.
  [[nodiscard]] static Result<StateFolder> create(const std::filesystem::path& path, const std::string& group = {});

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path anchor_file() const { return path_ / "anchor"; }
  [[nodiscard]] std::filesystem::path stateless_file() const { return path_ / "stateless"; }
  [[nodiscard]] std::filesystem::path previous_anchor_file() const { return path_ / "anchor.previous"; }
  [[nodiscard]] std::filesystem::path event_file() const { return path_ / "events"; }
  [[nodiscard]] std::filesystem::path keys_folder() const { return path_ / "keys"; }

  /// Whether it held a stateless configuration, and no anchor, when it was opened.
  [[nodiscard]] bool is_stateless() const { return stateless_; }
  /// The group that it was shared with when it was opened or made.
  [[nodiscard]] const std::optional<FolderGroup>& group() const { return group_; }

  /// ErrorCode::refused where an anchor, what one left behind, or a stateless configuration is there.
  [[nodiscard]] Result<void> check_vacant() const;
  /// ErrorCode::refused where the folder is stateless.
  [[nodiscard]] Result<UnverifiedAnchorFile> load_anchor() const;
  /// Of a stateless folder.
  [[nodiscard]] Result<UnverifiedStatelessConfig> load_stateless() const;
  /// The log that `authenticated` stands for.
  [[nodiscard]] Result<EventLog> load_events(const EventHead& authenticated) const;
  /// What is wrong with the log, held against `authenticated`.
  [[nodiscard]] Result<EventCheck> check_events(const EventHead& authenticated) const;

 private:
  explicit StateFolder(std::filesystem::path path) : path_(std::move(path)) {}
  [[nodiscard]] Result<Bytes> read_events() const;
  [[nodiscard]] Result<Bytes> read_checked(const std::filesystem::path& file, std::size_t limit) const;

  std::filesystem::path path_;
  bool stateless_ = false;
  uid_t owner_ = 0;  // of the folder
  std::optional<FolderGroup> group_;
};

}  // namespace holdfast::anchor
