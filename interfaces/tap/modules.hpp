// The modules that TAP_init made known, which belong to the process as the interface has it.
#pragma once

#include "core/result.hpp"
#include "interfaces/tap/configuration.hpp"
#include "interfaces/tap/failure.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::tap {

/// A module as its configuration describes it.
struct ModuleSettings {
  ubyte4 number = 0;
  std::string id;
  std::string name;
  std::string credential_file;  ///< absolute
  std::string program_folder;   ///< below which programs in it must lie; empty for anywhere that is trusted
  bool stateless = false;
  bool accept_low_entropy = false;

  bool operator==(const ModuleSettings&) const = default;
};

using Module = std::shared_ptr<const ModuleSettings>;

/// Counts its users: what the first and the second of two libraries in one process make known is there until both are
/// done. Holds its lock for moments only. Thread-safe.
class ModuleRegistry {
 public:
  /// All of them, or none. ERR_INVALID_ARG where a module of the same number and id has other settings.
  [[nodiscard]] Answer<> add(std::vector<ModuleSettings> modules);
  /// HOLDFAST_TAP_ERR_NOT_INITIALIZED where nobody is left.
  [[nodiscard]] Answer<> remove();
  /// In the order in which they became known. HOLDFAST_TAP_ERR_NOT_INITIALIZED.
  [[nodiscard]] Answer<std::vector<Module>> list() const;
  /// By number, and by id where that is not empty. ERR_INVALID_ARG where there is none, or several.
  [[nodiscard]] Answer<Module> find(ubyte4 number, std::string_view id) const;

 private:
  mutable std::mutex mutex_;
  std::vector<Module> modules_;
  std::size_t users_ = 0;
};

/// The process's own. Never destroyed, so that calls at its end find it.
[[nodiscard]] ModuleRegistry& module_registry();

/// One element of TAP_init's list. ERR_NULL_POINTER, ERR_INVALID_ARG, ERR_TAP_UNSUPPORTED, ERR_FILE_BAD_DATA.
[[nodiscard]] Answer<ModuleSettings> read_settings(const TAP_ConfigInfo& info);

}  // namespace holdfast::tap
