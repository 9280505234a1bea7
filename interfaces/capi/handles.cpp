#include "interfaces/capi/handles.hpp"

#include "interfaces/capi/arguments.hpp"

namespace holdfast::capi {

const Owner* owner_of(const holdfast_device* device) { return device == nullptr ? nullptr : device->state.get(); }
const Owner* owner_of(const holdfast_key* key) { return key == nullptr ? nullptr : key->state.get(); }

Result<DeviceState*> state_of(const holdfast_device* device) {
  TRY(require(device, "device"), "check argument");
  return device->state.get();
}

Result<trust::Provider*> provider_of(const holdfast_device* device) {
  TRY_LET(const auto state, state_of(device), "check device");
  if (state->open.load(std::memory_order_acquire)) return state->provider.get();
  return Error(ErrorCode::usage, "the device is not open; call holdfast_device_open first");
}

Result<const trust::Key*> key_of(const holdfast_key* key) {
  TRY(require(key, "key"), "check argument");
  return static_cast<const trust::Key*>(key->key.get());
}

}  // namespace holdfast::capi
