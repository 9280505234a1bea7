#include "crypto/module.hpp"

#include <openssl/bio.h>
#include <openssl/conf.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>

#include <array>
#include <cstdlib>
#include <new>
#include <optional>
#include <string_view>
#include <vector>

#include "core/file.hpp"
#include "core/text.hpp"
#include "crypto/openssl.hpp"

namespace holdfast::crypto {
namespace {

using Bio = openssl::Owned<BIO, BIO_free>;
using Config = openssl::Owned<CONF, NCONF_free>;

constexpr const char* kSection = "fips_sect";  // what `openssl fipsinstall` calls it
constexpr std::size_t kMaxConfigFile = std::size_t{64} * 1024;

thread_local Module this_threads_module = Module::standard;

OSSL_LIB_CTX* new_context() {
  OSSL_LIB_CTX* const context = OSSL_LIB_CTX_new();
  // OpenSSL would take null for the host program's own context.
  if (context == nullptr) throw std::bad_alloc();
  return context;
}

Error unusable(const std::string& why) {
  return {
      ErrorCode::refused,
      "OpenSSL's FIPS provider cannot be used: " + why +
          ". Install it (on Debian the package openssl-provider-fips) and run, as root, \"openssl fipsinstall -module "
          "MODULES/fips.so -out " +
          fips_config_file() + "\", where 'openssl version -m' shows MODULES"};
}

Result<Config> read_config(const std::string& path) {
  // Its values decide which self-tests run.
  if (const auto mine = check_nobody_else_writes(path, "FIPS configuration"); !mine.ok()) {
    return unusable(mine.error().message());
  }
  const auto text = read_file(path, kMaxConfigFile);
  if (!text.ok()) return unusable(text.error().message());
  // Other files and the environment, which nobody has looked at; `openssl fipsinstall` writes neither.
  if (as_text(*text).contains(".include") || as_text(*text).contains('$')) {
    return unusable("'" + path + "' takes values from elsewhere");
  }
  const Bio bio(BIO_new_mem_buf(text->data(), static_cast<int>(text->size())));
  Config config(NCONF_new(nullptr));
  long line = 0;
  if (bio && config && NCONF_load_bio(config.get(), bio.get(), &line) == 1) return config;
  return unusable("'" + path + "', line " + std::to_string(line) + ", is not readable");
}

// Tests that the provider makes as it works, and that an installation may have switched off.
bool weakens(const CONF_VALUE& entry) {
  const std::string_view name(entry.name);
  const bool needed = name == "security-checks" || name == "conditional-errors" || name == "pbkdf2-lower-bound-check";
  return needed && std::string_view(entry.value) == "0";
}

// Its context has the properties from the beginning, so that nothing else is ever found in it.
class FipsModule {
 public:
  FipsModule() : context_(new_context()) {
    if (const auto loaded = load(); !loaded.ok()) failure_ = loaded.error();
  }

  [[nodiscard]] OSSL_LIB_CTX* context() const { return context_; }
  [[nodiscard]] const OSSL_PROVIDER* provider() const { return provider_; }
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

 private:
  Result<void> load() {
    // Reading and writing keys computes nothing, and so is no part of the FIPS provider. A provider that is loaded by
    // name keeps OpenSSL from loading its default one.
    if (EVP_set_default_properties(context_, "fips=yes") != 1 || OSSL_PROVIDER_load(context_, "base") == nullptr) {
      return openssl::failure("setting up the FIPS provider");
    }
    const auto path = fips_config_file();
    TRY_LET(const auto config, read_config(path), "read FIPS configuration");
    const auto* const values = NCONF_get_section(config.get(), kSection);
    if (values == nullptr) return unusable("'" + path + "' has no section '" + kSection + "'");
    std::vector<OSSL_PARAM> params;
    for (int i = 0; i < sk_CONF_VALUE_num(values); ++i) {
      const auto* const entry = sk_CONF_VALUE_value(values, i);
      if (weakens(*entry)) return unusable("'" + path + "' says " + entry->name + " = 0");
      params.push_back(openssl::text(entry->name, entry->value));
    }
    params.push_back(OSSL_PARAM_construct_end());
    provider_ = OSSL_PROVIDER_load_ex(context_, "fips", params.data());
    if (provider_ != nullptr) return {};
    return unusable(openssl::failure("loading it").message());
  }

  OSSL_LIB_CTX* context_;
  OSSL_PROVIDER* provider_ = nullptr;
  std::optional<Error> failure_;
};

const FipsModule& fips_module() {
  static const FipsModule kModule;
  return kModule;
}

}  // namespace

namespace openssl {

OSSL_LIB_CTX* context() {
  static OSSL_LIB_CTX* const kStandard = new_context();
  return this_threads_module == Module::standard ? kStandard : fips_module().context();
}

}  // namespace openssl

ModuleScope::ModuleScope(Module module) : before_(this_threads_module) { this_threads_module = module; }
ModuleScope::~ModuleScope() { this_threads_module = before_; }

Module current_module() { return this_threads_module; }

Result<void> load_module(Module module) {
  if (module == Module::standard || !fips_module().failure()) return {};
  return *fips_module().failure();
}

std::string describe_module(Module module) {
  if (module == Module::standard) return std::string("OpenSSL ") + OpenSSL_version(OPENSSL_VERSION_STRING);
  if (fips_module().provider() == nullptr) return "";
  char* name = nullptr;
  char* version = nullptr;
  std::array params{OSSL_PARAM_construct_utf8_ptr(OSSL_PROV_PARAM_NAME, &name, 0),
                    OSSL_PARAM_construct_utf8_ptr(OSSL_PROV_PARAM_VERSION, &version, 0), OSSL_PARAM_construct_end()};
  if (OSSL_PROVIDER_get_params(fips_module().provider(), params.data()) != 1) return "";
  return std::string(name == nullptr ? "" : name) + " " + (version == nullptr ? "" : version);
}

std::string fips_config_file() {
  // Not from the environment of somebody with fewer rights.
  const char* const named = ::secure_getenv("HOLDFAST_FIPS_CONFIG");
  if (named != nullptr && *named != '\0') return named;
  const char* const folder = OPENSSL_info(OPENSSL_INFO_CONFIG_DIR);
  return std::string(folder == nullptr ? "/etc/ssl" : folder) + "/fipsmodule.cnf";
}

}  // namespace holdfast::crypto
