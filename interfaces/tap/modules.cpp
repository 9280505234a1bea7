#include "interfaces/tap/modules.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/text.hpp"
#include "interfaces/tap/arguments.hpp"

namespace holdfast::tap {
namespace {

constexpr std::string_view kUsualBase = "/etc/digicert/";

bool same_name(const ModuleSettings& a, const ModuleSettings& b) { return a.number == b.number && a.id == b.id; }

Failed not_initialized() {
  return fail(HOLDFAST_TAP_ERR_NOT_INITIALIZED, "no configuration is loaded; call TAP_init first");
}

}  // namespace

Answer<> ModuleRegistry::add(std::vector<ModuleSettings> modules) {
  const std::scoped_lock lock(mutex_);
  auto all = modules_;
  for (auto& module : modules) {
    const auto known = std::ranges::find_if(all, [&](const Module& other) { return same_name(*other, module); });
    if (known == all.end()) {
      all.push_back(std::make_shared<const ModuleSettings>(std::move(module)));
    } else if (**known != module) {
      return fail(ERR_INVALID_ARG, "module " + std::to_string(module.number) + " with moduleidstr " + module.id +
                                       " is configured already, in another way");
    }
  }
  modules_ = std::move(all);
  ++users_;
  return {};
}

Answer<> ModuleRegistry::remove() {
  const std::scoped_lock lock(mutex_);
  if (users_ == 0) return not_initialized();
  if (--users_ == 0) modules_.clear();
  return {};
}

Answer<std::vector<Module>> ModuleRegistry::list() const {
  const std::scoped_lock lock(mutex_);
  if (users_ == 0) return not_initialized();
  return modules_;
}

Answer<Module> ModuleRegistry::find(ubyte4 number, std::string_view id) const {
  auto all = list();
  if (!all) return pass_on(all);
  std::erase_if(*all,
                [&](const Module& module) { return module->number != number || (!id.empty() && module->id != id); });
  if (all->size() == 1) return std::move(all->front());
  return fail(ERR_INVALID_ARG, all->empty() ? "no configured module has the number " + std::to_string(number) +
                                                  (id.empty() ? "" : " and this moduleidstr") +
                                                  "; take one from TAP_getModuleList"
                                            : "several configured modules have the number " + std::to_string(number) +
                                                  "; take one from TAP_getModuleList, which tells them apart");
}

ModuleRegistry& module_registry() {
  static auto& registry = *new ModuleRegistry;  // NOLINT(cppcoreguidelines-owning-memory): never destroyed
  return registry;
}

Answer<ModuleSettings> read_settings(const TAP_ConfigInfo& info) {
  if (info.provider != TAP_PROVIDER_NANOROOT) {
    return fail(ERR_TAP_UNSUPPORTED, "there is no provider " + std::to_string(info.provider) + " but NanoROOT (15)");
  }
  auto bytes = view_of(info.configInfo, "configInfo");
  if (!bytes) return pass_on(bytes);
  const auto configuration = parse_configuration(*bytes, "configInfo");
  if (!configuration.ok()) return fail(ERR_FILE_BAD_DATA, configuration.error().message());
  const std::filesystem::path base = info.pBasePath == nullptr ? kUsualBase : std::string_view(info.pBasePath);
  if (!base.is_absolute()) {
    return fail(ERR_INVALID_ARG, "the base folder '" + printable(base.string()) + "' is not an absolute path");
  }
  ModuleSettings settings;
  settings.number = configuration->module_number;
  settings.id = configuration->module_id;
  settings.name = configuration->module_name;
  settings.credential_file = (base / configuration->credential_file).lexically_normal().string();
  if (info.useSecurePath != 0) settings.program_folder = base.lexically_normal().string();
  settings.stateless = configuration->stateless;
  settings.accept_low_entropy = configuration->accept_low_entropy;
  return settings;
}

}  // namespace holdfast::tap
