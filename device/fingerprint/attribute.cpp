#include "device/fingerprint/attribute.hpp"

namespace holdfast::fingerprint {

std::string_view name_of(AttributeClass attribute_class) {
  switch (attribute_class) {
    case AttributeClass::burned_in: return "burned-in";
    case AttributeClass::board: return "board";
    case AttributeClass::replaceable: return "replaceable";
    case AttributeClass::software: return "software";
    case AttributeClass::declared: return "declared";
  }
  return "declared";
}

std::string_view name_of(AttributeState state) {
  switch (state) {
    case AttributeState::present: return "present";
    case AttributeState::unavailable: return "unavailable";
    case AttributeState::empty: return "empty";
    case AttributeState::placeholder: return "placeholder";
  }
  return "unavailable";
}

std::string_view name_of(PlatformKind kind) {
  switch (kind) {
    case PlatformKind::bare_metal: return "bare-metal";
    case PlatformKind::virtual_machine: return "virtual-machine";
    case PlatformKind::container: return "container";
  }
  return "container";
}

}  // namespace holdfast::fingerprint
