// Officers' shares as files: encrypted ones on their way out, and opened ones on their way back.
#pragma once

#include "apps/holdfast/arguments.hpp"
#include "core/result.hpp"
#include "device/trust/escrow.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace holdfast::app {

/// Opened shares, "-" for one on standard input. ErrorCode::usage where standard input would have to give two.
[[nodiscard]] Result<std::vector<trust::GivenShare>> read_opened_shares(const GlobalArguments& global,
                                                                        const std::vector<std::string>& files);

/// A folder in which shares are written as share-1.pem and so on, all of them or none. Must outlive its delivery.
class ShareFolder {
 public:
  explicit ShareFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Makes the folder where it is missing. ErrorCode::refused where it has a share already: it may be the only copy of
  /// another device's.
  [[nodiscard]] Result<void> prepare(std::size_t count) const;
  /// Each file is on the disk when this returns.
  [[nodiscard]] Result<void> write(const trust::EscrowInfo& escrow);
  /// Takes away what was written. Never throws.
  void remove_written();

  [[nodiscard]] trust::ShareDelivery delivery();
  [[nodiscard]] const std::vector<std::string>& written() const { return written_; }

 private:
  std::filesystem::path folder_;
  std::vector<std::string> written_;
};

}  // namespace holdfast::app
