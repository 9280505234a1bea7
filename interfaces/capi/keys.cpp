// Keys by name: making, listing, changing them.
#include "crypto/key_import.hpp"
#include "device/trust/report.hpp"
#include "interfaces/capi/arguments.hpp"
#include "interfaces/capi/handles.hpp"
#include "interfaces/capi/words.hpp"

using namespace holdfast;
using namespace holdfast::capi;

namespace {

constexpr std::size_t kMaxKeyFile = std::size_t{64} * 1024;

Result<trust::KeySelection> selection_of(const char* name) {
  TRY_LET(const auto typed, text(name, "name"), "read name");
  return trust::KeySelection::parse(typed);
}

Result<trust::KeyRequest> request_of(const char* name, const char* algorithm, const holdfast_key_options* given) {
  TRY_LET(const auto options, options_of<holdfast_key_options>(given, HOLDFAST_KEY_OPTIONS_INIT), "read options");
  TRY_LET(const auto typed, text(name, "name"), "read name");
  TRY_LET(auto parsed, trust::KeyName::parse(typed), "read name");
  TRY_LET(const auto row, algorithm_of(algorithm), "read algorithm");
  trust::KeyRequest request{std::move(parsed), row};
  TRY_LET(const auto origin, optional_text(options.origin, "origin"), "read origin");
  if (origin) {
    TRY_LET(request.origin, keys::parse_key_origin(*origin), "read origin");
  }
  TRY_LET(request.uses, uses_of(options.uses), "read uses");
  return request;
}

// Hands one text out of a work that makes it.
template <typename Work>
holdfast_status text_from(holdfast_device* device, char** out, Work work) {
  return at_edge(owner_of(device), [&]() -> Outcome {
    TRY(require(out, "the text's pointer"), "check argument");
    *out = nullptr;
    TRY_LET(const auto provider, provider_of(device), "check device");
    TRY_LET(const std::string made, work(*provider), "make text");
    *out = hand_out(made);
    return HOLDFAST_OK;
  });
}

std::string shown(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace); }

}  // namespace

holdfast_status holdfast_key_create(holdfast_device* device, const char* name, const char* algorithm,
                                    const holdfast_key_options* options) {
  return at_edge(owner_of(device), [&]() -> Outcome {
    TRY_LET(const auto provider, provider_of(device), "check device");
    TRY_LET(auto request, request_of(name, algorithm, options), "read arguments");
    request.progress = [progress = device->state->progress] { progress->tell("searching primes", 0, 0); };
    TRY(provider->create_key(request), "create key");
    return HOLDFAST_OK;
  });
}

holdfast_status holdfast_key_import(holdfast_device* device, const char* name, const void* file, std::size_t file_size,
                                    const void* given, std::size_t given_size, unsigned uses) {
  return at_edge(owner_of(device), [&]() -> Outcome {
    TRY_LET(const auto provider, provider_of(device), "check device");
    TRY_LET(const auto typed, text(name, "name"), "read name");
    TRY_LET(auto parsed, trust::KeyName::parse(typed), "read name");
    TRY_LET(auto wanted, uses_of(uses), "read uses");
    TRY_LET(const auto content, bytes(file, file_size, "file"), "check file");
    if (content.size() > kMaxKeyFile) return Error(ErrorCode::malformed, "a key file has at most 64 KiB");
    crypto::KeyPassphrase ask;
    if (given != nullptr || given_size != 0) ask = [&] { return passphrase(given, given_size); };
    // The device's module decrypts and checks what it is to keep.
    const crypto::ModuleScope scope(provider->profile().module);
    TRY_LET(auto key, crypto::import_private_key(SecretBytes::copy_of(content), ask), "read key");
    const auto algorithm = key.algorithm();
    TRY(provider->import_key({std::move(parsed), algorithm, std::move(wanted), std::move(key)}), "import key");
    return HOLDFAST_OK;
  });
}

holdfast_status holdfast_key_rotate(holdfast_device* device, const char* name) {
  return at_edge(owner_of(device), [&]() -> Outcome {
    TRY_LET(const auto provider, provider_of(device), "check device");
    TRY_LET(const auto typed, text(name, "name"), "read name");
    TRY_LET(const auto parsed, trust::KeyName::parse(typed), "read name");
    const auto pulse = [progress = device->state->progress] { progress->tell("searching primes", 0, 0); };
    TRY(provider->rotate_key(parsed, pulse), "rotate key");
    return HOLDFAST_OK;
  });
}

holdfast_status holdfast_key_set_state(holdfast_device* device, const char* name, int state) {
  return at_edge(owner_of(device), [&]() -> Outcome {
    TRY_LET(const auto provider, provider_of(device), "check device");
    TRY_LET(const auto selection, selection_of(name), "read name");
    TRY_LET(const auto wanted, key_state_of(state), "read state");
    TRY(provider->set_key_state(selection, wanted), "change state");
    return HOLDFAST_OK;
  });
}

holdfast_status holdfast_key_list(holdfast_device* device, char** json) {
  return text_from(device, json, [](const trust::Provider& provider) -> Result<std::string> {
    TRY_LET(const auto listed, provider.list_keys(), "list keys");
    return shown(trust::report_on(listed));
  });
}

holdfast_status holdfast_key_show(holdfast_device* device, const char* name, char** json) {
  return text_from(device, json, [&](const trust::Provider& provider) -> Result<std::string> {
    TRY_LET(const auto selection, selection_of(name), "read name");
    TRY_LET(const auto info, provider.find_key(selection), "find key");
    return shown(trust::report_on(info));
  });
}

holdfast_status holdfast_key_public(holdfast_device* device, const char* name, char** pem) {
  return text_from(device, pem, [&](const trust::Provider& provider) -> Result<std::string> {
    TRY_LET(const auto selection, selection_of(name), "read name");
    TRY_LET(const auto info, provider.find_key(selection), "find key");
    return trust::public_pem_of(info);
  });
}

holdfast_status holdfast_key_store_certificate(holdfast_device* device, const char* name, const void* certificate,
                                               std::size_t size) {
  return at_edge(owner_of(device), [&]() -> Outcome {
    TRY_LET(const auto provider, provider_of(device), "check device");
    TRY_LET(const auto selection, selection_of(name), "read name");
    TRY_LET(const auto content, bytes(certificate, size, "certificate"), "check certificate");
    TRY_LET(const auto chain, crypto::CertificateChain::parse(content), "read certificate");
    TRY_LET(const auto info, provider->find_key(selection), "find key");
    TRY(provider->store_certificate({info.id.name, info.id.version}, chain), "store certificate");
    return HOLDFAST_OK;
  });
}

holdfast_status holdfast_key_load_certificate(holdfast_device* device, const char* name, char** pem) {
  return text_from(device, pem, [&](const trust::Provider& provider) -> Result<std::string> {
    TRY_LET(const auto selection, selection_of(name), "read name");
    TRY_LET(const auto chain, provider.load_certificate(selection), "load certificate");
    return chain.to_pem();
  });
}

holdfast_status holdfast_key_open(holdfast_device* device, const char* name, unsigned use, holdfast_key** key) {
  return at_edge(owner_of(device), [&]() -> Outcome {
    TRY(require(key, "key"), "check argument");
    *key = nullptr;
    TRY_LET(const auto provider, provider_of(device), "check device");
    TRY_LET(const auto selection, selection_of(name), "read name");
    TRY_LET(const auto wanted, uses_of(use), "read use");
    if (wanted.size() != 1) return Error(ErrorCode::usage, "a key is opened for one use");
    TRY_LET(auto opened, provider->open_key(selection, *wanted.begin()), "open key");
    *key = new holdfast_key{device->state, std::move(opened)};
    return HOLDFAST_OK;
  });
}

void holdfast_key_free(holdfast_key* key) { delete key; }
const char* holdfast_key_error(const holdfast_key* key) { return last_error(owner_of(key)); }
const char* holdfast_key_algorithm(const holdfast_key* key) {
  return key == nullptr ? nullptr : crypto::row_of(key->key->info().algorithm).name.data();
}
std::uint32_t holdfast_key_version(const holdfast_key* key) {
  return key == nullptr ? 0 : key->key->info().id.version.number;
}
