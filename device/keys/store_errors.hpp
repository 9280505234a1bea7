// What the key store says when it refuses.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "device/keys/key_record.hpp"

namespace holdfast::keys {

[[nodiscard]] Error name_is_taken(const KeyName& name);
/// The key that is to be imported, as another one.
[[nodiscard]] Error is_there_already(const KeyId& as);
/// Two rotations at once, of which the other came first.
[[nodiscard]] Error is_made_already(const KeyId& id);
/// With the closest of the names that there are.
[[nodiscard]] Error no_such_key(const KeyName& name, const std::vector<KeyId>& ids);
/// `versions`: newest first.
[[nodiscard]] Error no_such_version(const KeyId& wanted, const std::vector<KeyVersion>& versions);
/// `key`: a name all of whose versions are, or one version.
[[nodiscard]] Error is_destroyed(const std::string& key);
/// No root opened its file any more.
[[nodiscard]] Error is_given_up(const KeyId& id);
/// Of a version that shall be given up, and can be read.
[[nodiscard]] Error is_readable(const KeyId& id);
[[nodiscard]] Error not_active(const KeyRecord& record);
[[nodiscard]] Error not_for(const KeyRecord& record, KeyUse use);
/// `state`: of the later version.
[[nodiscard]] Error superseded(const KeyRecord& record, const KeyId& by, std::string_view state, KeyUse use);

}  // namespace holdfast::keys
