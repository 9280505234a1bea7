// Configurations, modules, contexts and error texts.
#include <algorithm>
#include <memory>
#include <string_view>
#include <vector>

#include "core/file.hpp"
#include "interfaces/tap/arguments.hpp"
#include "interfaces/tap/configuration.hpp"
#include "interfaces/tap/handles.hpp"
#include "interfaces/tap/modules.hpp"

namespace {

using namespace holdfast;
using namespace holdfast::tap;

Failed reading_failure(const Error& error) {
  if (error.code() == ErrorCode::not_found) return fail(ERR_FILE_NOT_EXIST, error.message());
  if (error.code() == ErrorCode::refused) return fail(ERR_FILE_INSECURE_PATH, error.message());
  // Too large.
  if (error.code() == ErrorCode::malformed) return fail(ERR_FILE_BAD_DATA, error.message());
  return fail(ERR_FILE_OPEN_FAILED, error.message());
}

Answer<> read_config(const char* file, TAP_Buffer& to) {
  // It says what a root may be made of, and which credential file names programs.
  const auto bytes = read_trusted_file(file, kMaxConfiguration, "configuration file");
  if (!bytes.ok()) return reading_failure(bytes.error());
  // Here the file's name is known; TAP_init sees its bytes only.
  const auto configuration = parse_configuration(*bytes, file);
  if (!configuration.ok()) return fail(ERR_FILE_BAD_DATA, configuration.error().message());
  for (const auto& warning : configuration->warnings) warn(warning);
  return hand_out(*bytes, to);
}

Answer<> initialize(const TAP_ConfigInfoList* list) {
  if (list == nullptr) return null_pointer("pConfigInfoList");
  auto all = list_of(list->pConfig, list->count, "pConfig");
  if (!all) return pass_on(all);
  if (all->empty()) return fail(ERR_INVALID_ARG, "the list of configurations is empty; name at least one");
  std::vector<ModuleSettings> modules;
  for (const auto& info : *all) {
    auto settings = read_settings(info);
    if (!settings) return pass_on(settings);
    modules.push_back(std::move(*settings));
  }
  return module_registry().add(std::move(modules));
}

template <std::size_t Size>
void copy_text(std::string_view text, char (&to)[Size]) {  // NOLINT(modernize-avoid-c-arrays): the interface's
  *std::ranges::copy(text.substr(0, Size - 1), to).out = '\0';
}

Answer<> list_modules(TAP_ModuleList& list) {
  const auto modules = module_registry().list();
  if (!modules) return Failed(modules.error());
  const auto size = modules->size() * sizeof(TAP_Module);
  // NOLINTNEXTLINE(bugprone-casting-through-void): memory from malloc suits every type
  auto* at = static_cast<TAP_Module*>(static_cast<void*>(allocate(size)));
  list = {static_cast<ubyte4>(modules->size()), at};
  for (const auto& module : *modules) {
    *at = {};
    at->providerType = TAP_PROVIDER_NANOROOT;
    at->moduleId = module->number;
    copy_text(module->id, at->moduleIdStr);
    copy_text(module->name, at->moduleName);
    ++at;
  }
  return {};
}

Answer<> make_context(const TAP_Module* module, const TAP_EntityCredentialList* credentials, TAP_Context** context) {
  if (module == nullptr) return null_pointer("pModule");
  if (module->providerType != TAP_PROVIDER_NANOROOT) {
    return fail(ERR_TAP_UNSUPPORTED,
                "there is no provider " + std::to_string(module->providerType) + " but NanoROOT (15)");
  }
  const auto* const end = std::ranges::find(module->moduleIdStr, '\0');
  if (end == std::ranges::end(module->moduleIdStr)) {
    return fail(ERR_INVALID_INPUT, "moduleIdStr does not end with a zero byte");
  }
  auto settings = module_registry().find(module->moduleId, std::string_view(module->moduleIdStr, end));
  if (!settings) return pass_on(settings);
  auto password = password_in(credentials);
  if (!password) return pass_on(password);
  *context =
      std::make_unique<TAP_Context>(std::make_shared<Session>(std::move(*settings), std::move(*password))).release();
  return {};
}

}  // namespace

// Parameters are called as in the interface.
// NOLINTBEGIN(readability-identifier-naming)
extern "C" {

// NOLINTNEXTLINE(cert-dcl50-cpp,modernize-avoid-variadic-functions): takes what each version of the interface passes
MSTATUS TAP_readConfigFile(const char* pConfigFile, TAP_Buffer* pConfigInfo, ...) {
  return guarded(nullptr, [&]() -> Answer<> {
    if (pConfigInfo == nullptr) return null_pointer("pConfigInfo");
    *pConfigInfo = {};
    if (pConfigFile == nullptr) return null_pointer("pConfigFile");
    return read_config(pConfigFile, *pConfigInfo);
  });
}

MSTATUS TAP_init(TAP_ConfigInfoList* pConfigInfoList, TAP_ErrorContext*) {
  return guarded(nullptr, [&] { return initialize(pConfigInfoList); });
}

MSTATUS TAP_uninit(TAP_ErrorContext*) {
  return guarded(nullptr, [] { return module_registry().remove(); });
}

MSTATUS TAP_getModuleList(void* pConnection, TAP_PROVIDER provider, void*, TAP_ModuleList* pModuleList,
                          TAP_ErrorContext*) {
  return guarded(nullptr, [&]() -> Answer<> {
    if (pModuleList == nullptr) return null_pointer("pModuleList");
    *pModuleList = {};
    if (pConnection != nullptr) {
      return fail(ERR_TAP_UNSUPPORTED, "modules are on this machine, and no connection leads to others; pass NULL");
    }
    if (provider != TAP_PROVIDER_NANOROOT) {
      return fail(ERR_TAP_UNSUPPORTED, "there is no provider " + std::to_string(provider) + " but NanoROOT (15)");
    }
    return list_modules(*pModuleList);
  });
}

MSTATUS TAP_freeModuleList(TAP_ModuleList* pModuleList) {
  return guarded(nullptr, [&]() -> Answer<> {
    if (pModuleList == nullptr) return null_pointer("pModuleList");
    release(reinterpret_cast<ubyte*>(pModuleList->pModuleList), pModuleList->numModules * sizeof(TAP_Module));
    *pModuleList = {};
    return {};
  });
}

MSTATUS TAP_initContext(TAP_Module* pModule, TAP_EntityCredentialList* pCredentials, TAP_AttributeList* pAttributes,
                        TAP_Context** ppContext, TAP_ErrorContext*) {
  return guarded(nullptr, [&]() -> Answer<> {
    if (ppContext == nullptr) return null_pointer("ppContext");
    *ppContext = nullptr;
    if (auto checked = check(pAttributes); !checked) return checked;
    return make_context(pModule, pCredentials, ppContext);
  });
}

MSTATUS TAP_uninitContext(TAP_Context** ppContext, TAP_ErrorContext*) {
  return guarded(nullptr, [&]() -> Answer<> {
    if (ppContext == nullptr) return null_pointer("ppContext");
    const std::unique_ptr<TAP_Context> context(std::exchange(*ppContext, nullptr));
    return {};
  });
}

ubyte4 HOLDFAST_TAP_getErrorText(TAP_Context* pContext, char* pText, ubyte4 size) {
  try {
    const auto text = pContext == nullptr ? last_error_of_thread() : pContext->session->last_error();
    if (pText != nullptr && size > 0) {
      *std::ranges::copy(std::string_view(text).substr(0, size - 1), pText).out = '\0';
    }
    return static_cast<ubyte4>(text.size());
  } catch (...) {
    if (pText != nullptr && size > 0) *pText = '\0';
    return 0;
  }
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming)
