// Internal to this folder: noticing that an anchor's root was drawn anew while a program had it open.
#pragma once

#include "core/result.hpp"
#include "device/anchor/root.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <mutex>
#include <optional>

namespace holdfast::trust {

/// Whether the root that a program holds is still the newest of its anchor. What is sealed under an older one is lost
/// when its epoch is dropped, and open to whoever the rotation shut out. Safe in several threads.
class RootWatch {
 public:
  RootWatch(std::filesystem::path anchor_file, const anchor::Root& root)
      : file_(std::move(anchor_file)), anchor_(root.anchor()), epoch_(root.epoch()) {}

  /// ErrorCode::refused where the anchor file tells of a later epoch, or is another anchor's. Looks at the file only
  /// when it was replaced. One that cannot be read now tells nothing.
  [[nodiscard]] Result<void> check();

 private:
  [[nodiscard]] Result<void> examine() const;

  std::filesystem::path file_;
  anchor::AnchorId anchor_;
  anchor::RootEpoch epoch_;
  std::mutex mutex_;
  struct stat examined_{};  // when it was last found good
};

}  // namespace holdfast::trust
