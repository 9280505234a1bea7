// What the key store says when it refuses.
#pragma once

#include <vector>

#include "core/error.hpp"
#include "device/keys/key_record.hpp"

namespace holdfast::keys {

[[nodiscard]] Error name_is_taken(const KeyName& name);
/// With the closest of the names that there are.
[[nodiscard]] Error no_such_key(const KeyName& name, const std::vector<KeyId>& ids);
/// `versions`: newest first.
[[nodiscard]] Error no_such_version(const KeyId& wanted, const std::vector<KeyVersion>& versions);
[[nodiscard]] Error not_active(const KeyRecord& record);
[[nodiscard]] Error not_for(const KeyRecord& record, KeyUse use);
[[nodiscard]] Error superseded(const KeyRecord& record, const KeyId& by, KeyUse use);

}  // namespace holdfast::keys
