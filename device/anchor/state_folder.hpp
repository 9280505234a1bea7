// The folder in which a device keeps its anchor, keys and event log.
#pragma once

#include "device/anchor/anchor_file.hpp"

#include <filesystem>

namespace holdfast::anchor {

/// A state folder whose owner and permissions have been checked: it belongs to this user or to root, and
/// nobody else can enter it. The anchor file alone does not open the root, yet it is what a thief needs
/// beside the attribute values, which many local accounts can read.
class StateFolder {
 public:
  /// ErrorCode::not_found where there is no anchor, ErrorCode::refused where others can enter; both say what to do.
  [[nodiscard]] static Result<StateFolder> open(const std::filesystem::path& path);
  /// Makes the folder (0700) with its parents where missing; an empty one that belongs to this user is closed
  /// to others. ErrorCode::refused where an anchor, or what one left behind, is there already.
  [[nodiscard]] static Result<StateFolder> create(const std::filesystem::path& path);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path anchor_file() const { return path_ / "anchor"; }
  [[nodiscard]] std::filesystem::path previous_anchor_file() const { return path_ / "anchor.previous"; }
  [[nodiscard]] std::filesystem::path event_file() const { return path_ / "events"; }
  [[nodiscard]] std::filesystem::path keys_folder() const { return path_ / "keys"; }

  /// ErrorCode::refused where an anchor, or what one left behind, is there.
  [[nodiscard]] Result<void> check_vacant() const;
  [[nodiscard]] Result<UnverifiedAnchorFile> load_anchor() const;
  /// The log that `authenticated` stands for.
  [[nodiscard]] Result<EventLog> load_events(const EventHead& authenticated) const;

 private:
  explicit StateFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace holdfast::anchor
