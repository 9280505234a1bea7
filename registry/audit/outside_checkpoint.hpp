// The last checkpoint, kept where no backup of the database reaches: by it a registry notices that it was put back.
#pragma once

#include "core/result.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace holdfast::audit {

/// A place for one signed checkpoint. Several registries over one database share it.
class OutsideCheckpoint {
 public:
  OutsideCheckpoint() = default;
  OutsideCheckpoint(const OutsideCheckpoint&) = delete;
  OutsideCheckpoint& operator=(const OutsideCheckpoint&) = delete;
  virtual ~OutsideCheckpoint() = default;

  /// Nothing where none was ever kept.
  [[nodiscard]] virtual Result<std::optional<std::string>> load() = 0;
  /// Whether a checkpoint that is kept stays, since it is newer than the one that comes.
  using Stays = std::function<bool(const std::string& kept)>;
  /// Durable when it returns, unless what is kept stays; nobody else stores in between.
  [[nodiscard]] virtual Result<void> store(const std::string& note, const Stays& stays) = 0;
};

/// A file, written whole or not at all, that every account may read.
class CheckpointFile : public OutsideCheckpoint {
 public:
  explicit CheckpointFile(std::filesystem::path file) : file_(std::move(file)) {}

  [[nodiscard]] Result<std::optional<std::string>> load() override;
  /// Makes the folder (0700) with its parents where missing, and beside the file one to be locked: ".NAME.lock" (0600).
  [[nodiscard]] Result<void> store(const std::string& note, const Stays& stays) override;

 private:
  std::filesystem::path file_;
};

}  // namespace holdfast::audit
