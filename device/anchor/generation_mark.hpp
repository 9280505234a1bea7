// What remembers, away from the anchor file, how far it had come: so that an older copy put back is noticed.
#pragma once

#include "core/result.hpp"
#include "device/anchor/root.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace holdfast::anchor {

/// The highest generation of an anchor that was ever seen. Implementations keep it where restoring the state folder
/// does not reach: another folder, a monotonic counter of a TPM, the registry.
class GenerationMark {
 public:
  GenerationMark() = default;
  GenerationMark(const GenerationMark&) = delete;
  GenerationMark& operator=(const GenerationMark&) = delete;
  virtual ~GenerationMark() = default;

  /// Nothing where it has seen none. ErrorCode::malformed or ErrorCode::io where it cannot tell.
  [[nodiscard]] virtual Result<std::optional<std::uint64_t>> read(const AnchorId& anchor) const = 0;
  /// Never lowers it.
  [[nodiscard]] virtual Result<void> raise(const AnchorId& anchor, std::uint64_t generation) = 0;
};

/// One small file for each anchor, in a folder apart from all state folders. It says nothing secret, and has no MAC:
/// whoever can write there could as well remove it, and the older copy of an anchor does not know the newer root that
/// would have to check it. Where the folder cannot be reached (a service without a home, a read-only system), nothing
/// is remembered, which is no reason not to open a device; problem() tells.
class MarkFolder : public GenerationMark {
 public:
  /// An empty path remembers nothing.
  explicit MarkFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  [[nodiscard]] Result<std::optional<std::uint64_t>> read(const AnchorId& anchor) const override;
  /// Makes the folder (0700) with its parents where missing.
  [[nodiscard]] Result<void> raise(const AnchorId& anchor, std::uint64_t generation) override;
  /// Why this account can remember nothing there; nothing where it can.
  [[nodiscard]] std::optional<std::string> problem() const;

 private:
  std::filesystem::path folder_;
};

/// An anchor that was loaded, and how far the mark had come before it was: a mark that is read later may be ahead
/// because another process changed the anchor meanwhile.
struct Sighting {
  std::filesystem::path state_folder;
  AnchorId anchor;
  std::uint64_t generation = 0;
  Result<std::optional<std::uint64_t>> seen;
};

/// For an anchor that opened: ErrorCode::refused, with both generations, where the mark had come further, and the
/// mark's own error where it could not be read. Else remembers the generation. That remembering fails is no error: the
/// anchor opens all the same.
[[nodiscard]] Result<void> see_generation(GenerationMark& mark, const Sighting& sighting);

}  // namespace holdfast::anchor
