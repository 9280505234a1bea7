// A key whose secret is in this process's memory, behind the Key interface.
#pragma once

#include <memory>

#include "device/trust/key.hpp"
#include "device/trust/profile.hpp"

namespace holdfast::trust {

/// Keeps a copy of the profile: the key may outlive its provider.
[[nodiscard]] std::unique_ptr<Key> make_software_key(KeyInfo info, keys::KeyMaterial material, KeyUse use,
                                                     const Profile& profile);

}  // namespace holdfast::trust
