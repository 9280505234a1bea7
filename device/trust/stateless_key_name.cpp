#include "device/trust/stateless_key_name.hpp"

namespace holdfast::trust {

std::string stateless_naming_rule() {
  return "keys of a stateless device are named ALGORITHM.NAME, such as ed25519.device, and need no making; ALGORITHM "
         "is one of: " +
         crypto::list_key_algorithms();
}

Result<StatelessKeyName> parse_stateless_key(const KeySelection& key) {
  const auto& text = key.name.text();
  // No algorithm's name has a dot, so the first one ends it.
  const auto dot = text.find('.');
  const auto algorithm =
      dot == std::string::npos ? std::nullopt : crypto::find_key_algorithm(std::string_view(text).substr(0, dot));
  if (!algorithm || dot + 1 == text.size()) {
    return Error(ErrorCode::not_found, "there is no key '" + text + "': " + stateless_naming_rule());
  }
  const KeyVersion only;
  if (key.version.value_or(only) != only) {
    return Error(ErrorCode::not_found, "key '" + text + "' has no version " + std::to_string(key.version->number) +
                                           ": a stateless device cannot rotate keys; choose another name instead");
  }
  return StatelessKeyName{{key.name, only}, *algorithm};
}

}  // namespace holdfast::trust
