// What `serve` prints when it starts.
#pragma once

#include "apps/holdfast-registry/commands.hpp"
#include "core/secret_bytes.hpp"

#include <string>

namespace holdfast::registry_app {

/// Prints piece by piece, so that what is kept nowhere is out before anything behind it can fail. With --json the
/// pieces are members of one object, which is whole also where the start fails.
class StartReport {
 public:
  /// `folder` is the data folder's.
  StartReport(const GlobalArguments& global, std::string folder) : global_(global), folder_(std::move(folder)) {}
  StartReport(const StartReport&) = delete;
  StartReport& operator=(const StartReport&) = delete;
  ~StartReport();

  /// What a first start hands over; see Handover in registry.hpp.
  [[nodiscard]] Result<void> recovery_code(const SecretBytes& code);
  [[nodiscard]] Result<void> token(const std::string& token);
  /// Whether there was any of that.
  [[nodiscard]] bool founded() const { return begun_; }
  /// The rest: of every start.
  [[nodiscard]] Result<void> finish(const Json& facts, const std::string& text);

 private:
  [[nodiscard]] Result<void> tell(const Json& members, const std::string& text);

  const GlobalArguments& global_;
  std::string folder_;
  bool begun_ = false;
  bool ended_ = false;
};

}  // namespace holdfast::registry_app
