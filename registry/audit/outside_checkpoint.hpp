// The last checkpoint, kept where no backup of the database reaches: by it a registry notices that it was put back.
#pragma once

#include "core/result.hpp"

#include <filesystem>
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
  /// Durable when it returns.
  [[nodiscard]] virtual Result<void> store(const std::string& note) = 0;
};

/// A file, written whole or not at all, that every account may read.
class CheckpointFile : public OutsideCheckpoint {
 public:
  explicit CheckpointFile(std::filesystem::path file) : file_(std::move(file)) {}

  [[nodiscard]] Result<std::optional<std::string>> load() override;
  /// Makes the folder (0700) with its parents where missing.
  [[nodiscard]] Result<void> store(const std::string& note) override;

 private:
  std::filesystem::path file_;
};

}  // namespace holdfast::audit
