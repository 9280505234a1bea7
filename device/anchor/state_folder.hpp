// The folder in which a device keeps its anchor, keys and event log.
#pragma once

#include "device/anchor/anchor_file.hpp"
#include "device/anchor/stateless_file.hpp"

#include <filesystem>

namespace holdfast::anchor {

/// A state folder whose owner and permissions have been checked: it belongs to this user or to root, and
/// nobody else can enter it. The anchor file alone does not open the root, yet it is what a thief needs
/// beside the attribute values, which many local accounts can read.
class StateFolder {
 public:
  /// A folder with an anchor or a stateless configuration. ErrorCode::not_found where there is neither,
  /// ErrorCode::refused where there are both or others can enter; all say what to do.
  [[nodiscard]] static Result<StateFolder> open(const std::filesystem::path& path);
  /// Makes the folder (0700) with its parents where missing; an empty one that belongs to this user is closed
  /// to others. ErrorCode::refused where an anchor, or what one left behind, is there already.
  [[nodiscard]] static Result<StateFolder> create(const std::filesystem::path& path);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path anchor_file() const { return path_ / "anchor"; }
  [[nodiscard]] std::filesystem::path stateless_file() const { return path_ / "stateless"; }
  [[nodiscard]] std::filesystem::path previous_anchor_file() const { return path_ / "anchor.previous"; }
  [[nodiscard]] std::filesystem::path event_file() const { return path_ / "events"; }
  [[nodiscard]] std::filesystem::path keys_folder() const { return path_ / "keys"; }

  /// Whether it held a stateless configuration, and no anchor, when it was opened.
  [[nodiscard]] bool is_stateless() const { return stateless_; }

  /// ErrorCode::refused where an anchor, what one left behind, or a stateless configuration is there.
  [[nodiscard]] Result<void> check_vacant() const;
  /// ErrorCode::refused where the folder is stateless.
  [[nodiscard]] Result<UnverifiedAnchorFile> load_anchor() const;
  /// Of a stateless folder.
  [[nodiscard]] Result<UnverifiedStatelessConfig> load_stateless() const;
  /// The log that `authenticated` stands for.
  [[nodiscard]] Result<EventLog> load_events(const EventHead& authenticated) const;

 private:
  explicit StateFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
  bool stateless_ = false;
};

}  // namespace holdfast::anchor
