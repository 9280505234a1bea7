// The ways of the command line to an anchor's passphrase, and the line of progress while it opens.
#pragma once

#include "apps/common/terminal.hpp"
#include "apps/holdfast/arguments.hpp"
#include "device/trust/device.hpp"

#include <optional>
#include <string>

namespace holdfast::app {

/// Borrows the options.
class Unlocking {
 public:
  explicit Unlocking(const GlobalArguments& global) : global_(global) { show("Searching the quorum"); }
  Unlocking(const Unlocking&) = delete;
  Unlocking& operator=(const Unlocking&) = delete;

  /// Must not outlive this object.
  [[nodiscard]] trust::OpenOptions options();
  /// What progress tells from now on, counting time from here.
  void show(const std::string& what) { progress_.emplace(what, global_.quiet); }

 private:
  Result<SecretBytes> ask(trust::Asking asking);

  const GlobalArguments& global_;
  std::optional<Progress> progress_;
};

/// Whether an option gives a passphrase.
[[nodiscard]] bool gives_passphrase(const GlobalArguments& global);

}  // namespace holdfast::app
