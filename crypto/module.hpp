// Which of OpenSSL's modules computes: its usual one, or its FIPS provider.
#pragma once

#include "core/result.hpp"

#include <string>

namespace holdfast::crypto {

enum class Module {
  standard,  ///< OpenSSL's default provider
  fips,      ///< OpenSSL's FIPS provider and nothing else, random numbers included
};

/// Chooses the module for what this thread computes until the end of the scope; scopes nest. A thread begins with
/// Module::standard, also one that is started inside a scope. What was made in a scope (keys, ciphers) keeps its
/// module.
///
/// Where the FIPS provider cannot be loaded, everything in its scope fails: nothing falls back to the other module.
class ModuleScope {
 public:
  explicit ModuleScope(Module module);
  ~ModuleScope();
  ModuleScope(const ModuleScope&) = delete;
  ModuleScope& operator=(const ModuleScope&) = delete;

 private:
  Module before_;
};

/// What this thread computes with.
[[nodiscard]] Module current_module();

/// Loads the module where that has not been done, once for the process, and runs its self-tests. Safe in several
/// threads. ErrorCode::refused with what to install or to run where the FIPS provider cannot be used.
[[nodiscard]] Result<void> load_module(Module module);

/// The module's own name and version, for people: "OpenSSL FIPS Provider 3.5.7". Empty where it is not loaded.
[[nodiscard]] std::string describe_module(Module module);

/// The file with the FIPS provider's installation values, which `openssl fipsinstall` writes: $HOLDFAST_FIPS_CONFIG,
/// else fipsmodule.cnf in OpenSSL's own folder.
[[nodiscard]] std::string fips_config_file();

}  // namespace holdfast::crypto
