#include "device/keys/key_choices.hpp"

#include <array>
#include <string>

#include "device/keys/derive.hpp"

namespace holdfast::keys {
namespace {

constexpr std::array kAllUses{KeyUse::sign, KeyUse::encrypt, KeyUse::decrypt, KeyUse::derive, KeyUse::decapsulate};

std::string words_for(crypto::KeyUses uses) {
  std::string text;
  for (const auto use : kAllUses) {
    if ((uses & crypto::bit(use)) != 0) text.append(text.empty() ? "" : ", ").append(name_of(use));
  }
  return text;
}

}  // namespace

Result<KeyOrigin> choose_origin(crypto::KeyAlgorithm algorithm, std::optional<KeyOrigin> wanted) {
  const auto origin = wanted.value_or(is_derived_at_once(algorithm) ? KeyOrigin::derived : KeyOrigin::random);
  if (origin == KeyOrigin::imported) {
    return Error(ErrorCode::usage, "a key is imported from a file, not created; use 'holdfast key import'");
  }
  return origin;
}

Result<std::set<KeyUse>> choose_uses(crypto::KeyAlgorithm algorithm, const std::set<KeyUse>& wanted) {
  const auto& row = crypto::row_of(algorithm);
  for (const auto use : wanted) {
    if (crypto::can(row, use)) continue;
    return Error(ErrorCode::usage, std::string(row.name) + " keys cannot " + std::string(name_of(use)) +
                                       "; they can: " + words_for(row.uses));
  }
  if (!wanted.empty()) return wanted;
  std::set<KeyUse> usual;
  for (const auto use : kAllUses) {
    if ((crypto::usual_uses(algorithm) & crypto::bit(use)) != 0) usual.insert(use);
  }
  return usual;
}

}  // namespace holdfast::keys
