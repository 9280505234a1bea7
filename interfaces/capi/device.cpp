// Devices: making handles, setting them up, opening.
#include <cstdlib>
#include <memory>

#include "core/bytes.hpp"
#include "device/trust/report.hpp"
#include "interfaces/capi/arguments.hpp"
#include "interfaces/capi/handles.hpp"

using namespace holdfast;
using namespace holdfast::capi;

namespace {

// What the program answers when it is asked; `gave_up` is set where that is nothing.
Result<SecretBytes> ask(const DeviceState& state, trust::Asking asking, bool& gave_up) {
  SecretBytes room(kMaxPassphrase);
  const auto view = room.expose_mutable(SecretAccess{});
  const int attempt = asking == trust::Asking::first ? 1 : 2;
  const int got = state.ask(state.ask_user, attempt, reinterpret_cast<char*>(view.data()), view.size());
  if (got < 0) {
    gave_up = true;
    return Error(ErrorCode::usage, "the program gave no passphrase, and this device was made with one");
  }
  if (static_cast<std::size_t>(got) > view.size()) {
    return Error(ErrorCode::usage, "the passphrase function says that it wrote more than there was room for");
  }
  return passphrase(view.data(), static_cast<std::size_t>(got));
}

// Borrows the state, but for what the provider keeps. Asks nobody.
trust::OpenOptions options_for(const DeviceState& state) {
  trust::OpenOptions options;
  options.program_folder = state.program_folder;
  if (state.passphrase) {
    options.passphrase.given = [&state]() -> Result<SecretBytes> {
      return SecretBytes::copy_of(state.passphrase->expose(SecretAccess{}));
    };
  }
  const auto progress = state.progress;
  options.progress = [progress](unsigned done, unsigned total) { progress->tell("opening", done, total); };
  options.search = [progress]() -> std::function<void()> {
    return [progress] { progress->tell("searching primes", 0, 0); };
  };
  return options;
}

Result<std::filesystem::path> folder_of(const DeviceState& state) {
  if (state.folder) return *state.folder;
  return trust::usual_device_folder();
}

// Settings come before opening: what is open would not notice them.
Result<DeviceState*> unopened(const holdfast_device* device) {
  TRY_LET(const auto state, state_of(device), "check device");
  if (!state->open.load(std::memory_order_acquire)) return state;
  return Error(ErrorCode::usage, "the device is open already; set this before holdfast_device_open");
}

template <typename Change>
holdfast_status set(holdfast_device* device, Change change) {
  return at_edge(owner_of(device), [&]() -> Outcome {
    TRY_LET(const auto state, unopened(device), "check device");
    TRY(change(*state), "set");
    return HOLDFAST_OK;
  });
}

// Why it did not open, as far as that may be told apart: the machine is not asked for its values again, only for which
// it has.
holdfast_status reason_for(const DeviceState& state, const trust::Device& device, const Error& error) {
  if (error.code() == ErrorCode::does_not_open) {
    const auto missing = device.find_missing_attributes(options_for(state));
    if (missing.ok() && !missing->empty()) return HOLDFAST_ATTRIBUTES_MISSING;
  }
  return status_of(error.code());
}

Outcome open(DeviceState& state) {
  const std::lock_guard lock(state.opening);
  if (state.open.load(std::memory_order_acquire)) return HOLDFAST_OK;
  TRY_LET(const auto folder, folder_of(state), "find state folder");
  TRY_LET(const auto device, trust::find_device(folder), "find device");
  const auto& quorum = device->info().quorum;
  if (quorum && quorum->needs_passphrase && !state.passphrase && state.ask == nullptr) {
    return fail(
        &state, HOLDFAST_PASSPHRASE_NEEDED,
        "this device was made with a passphrase; give it with holdfast_device_set_passphrase, or a function that asks");
  }
  auto options = options_for(state);
  bool gave_up = false;
  if (!state.passphrase && state.ask != nullptr) {
    options.passphrase.ask = [&](trust::Asking asking) { return ask(state, asking, gave_up); };
  }
  auto opened = device->open(options);
  if (!opened.ok()) {
    const auto status = gave_up ? HOLDFAST_PASSPHRASE_NEEDED : reason_for(state, *device, opened.error());
    return fail(&state, status, in_words_of_c(opened.error().message()).c_str());
  }
  state.provider = std::move(opened->provider);
  if (opened->drift) state.drift = *std::move(opened->drift);
  state.passphrase.reset();
  state.open.store(true, std::memory_order_release);
  return HOLDFAST_OK;
}

Result<trust::Trial> trial_of(const DeviceState& state, const trust::Device& device) {
  if (state.open.load(std::memory_order_acquire)) {
    trust::Trial trial;
    trial.outcome = trust::Trial::Outcome::opens;
    trial.drift = state.drift;
    return trial;
  }
  return device.try_to_open(options_for(state));
}

}  // namespace

const char* holdfast_version(void) { return HOLDFAST_VERSION; }

const char* holdfast_status_name(int status) {
  switch (status) {
    case HOLDFAST_OK: return "ok";
    case HOLDFAST_SIGNATURE_INVALID: return "signature_invalid";
    case HOLDFAST_USAGE: return "usage";
    case HOLDFAST_DOES_NOT_OPEN: return "does_not_open";
    case HOLDFAST_WRONG_PASSPHRASE: return "wrong_passphrase";
    case HOLDFAST_MALFORMED: return "malformed";
    case HOLDFAST_NOT_FOUND: return "not_found";
    case HOLDFAST_REFUSED: return "refused";
    case HOLDFAST_IO: return "io";
    case HOLDFAST_INTERNAL: return "internal";
    case HOLDFAST_NO_MEMORY: return "no_memory";
    case HOLDFAST_BUFFER_TOO_SMALL: return "buffer_too_small";
    case HOLDFAST_PASSPHRASE_NEEDED: return "passphrase_needed";
    case HOLDFAST_ATTRIBUTES_MISSING: return "attributes_missing";
  }
  return "unknown";  // a number that came from elsewhere
}

void holdfast_text_free(char* text) {
  if (text == nullptr) return;
  wipe({reinterpret_cast<std::uint8_t*>(text), std::strlen(text)});
  std::free(text);
}

holdfast_status holdfast_device_new(holdfast_device** device) {
  return at_edge(nullptr, [&]() -> Outcome {
    TRY(require(device, "device"), "check argument");
    *device = nullptr;
    auto made = std::make_unique<holdfast_device>();
    made->state = std::make_shared<DeviceState>();
    *device = made.release();
    return HOLDFAST_OK;
  });
}

void holdfast_device_free(holdfast_device* device) { delete device; }

const char* holdfast_device_error(const holdfast_device* device) { return last_error(owner_of(device)); }

holdfast_status holdfast_device_set_folder(holdfast_device* device, const char* folder) {
  return set(device, [&](DeviceState& state) -> Result<void> {
    TRY_LET(auto path, text(folder, "folder"), "read folder");
    if (path.empty()) return Error(ErrorCode::usage, "'folder' is empty");
    state.folder = std::move(path);
    return {};
  });
}

holdfast_status holdfast_device_set_passphrase(holdfast_device* device, const void* given, size_t size) {
  return set(device, [&](DeviceState& state) -> Result<void> {
    TRY_LET(state.passphrase, passphrase(given, size), "read passphrase");
    return {};
  });
}

holdfast_status holdfast_device_set_passphrase_function(holdfast_device* device, holdfast_passphrase_function function,
                                                        void* user) {
  return set(device, [&](DeviceState& state) -> Result<void> {
    state.ask = function;
    state.ask_user = user;
    return {};
  });
}

holdfast_status holdfast_device_set_progress_function(holdfast_device* device, holdfast_progress_function function,
                                                      void* user) {
  return set(device, [&](DeviceState& state) -> Result<void> {
    *state.progress = {function, user};
    return {};
  });
}

holdfast_status holdfast_device_set_program_folder(holdfast_device* device, const char* folder) {
  return set(device, [&](DeviceState& state) -> Result<void> {
    TRY_LET(state.program_folder, text(folder, "folder"), "read folder");
    if (state.program_folder.empty()) return Error(ErrorCode::usage, "'folder' is empty");
    return {};
  });
}

holdfast_status holdfast_device_open(holdfast_device* device) {
  return at_edge(owner_of(device), [&]() -> Outcome {
    TRY_LET(const auto state, state_of(device), "check device");
    return open(*state);
  });
}

holdfast_status holdfast_device_status(holdfast_device* device, char** json) {
  return at_edge(owner_of(device), [&]() -> Outcome {
    TRY(require(json, "json"), "check argument");
    *json = nullptr;
    TRY_LET(const auto state, state_of(device), "check device");
    TRY_LET(const auto folder, folder_of(*state), "find state folder");
    TRY_LET(const auto found, trust::find_device(folder), "find device");
    TRY_LET(const auto trial, trial_of(*state, *found), "try to open");
    *json = hand_out(trust::report_on(found->info(), trial).dump(2, ' ', false, Json::error_handler_t::replace));
    return HOLDFAST_OK;
  });
}

holdfast_status holdfast_random(holdfast_device* device, void* out, size_t size) {
  return at_edge(owner_of(device), [&]() -> Outcome {
    TRY_LET(const auto provider, provider_of(device), "check device");
    if (size == 0) return HOLDFAST_OK;
    TRY(require(out, "out"), "check argument");
    constexpr std::size_t kMaxRandom = std::size_t{16} << 20;
    if (size > kMaxRandom) return Error(ErrorCode::usage, "one call gives at most 16 MiB of random bytes");
    TRY_LET(const auto random, provider->random(size), "draw random bytes");
    std::memcpy(out, random.expose(SecretAccess{}).data(), size);
    return HOLDFAST_OK;
  });
}
