// How the keys of a stateless device are called. Nothing is stored, so the name says all.
#pragma once

#include "device/trust/key_info.hpp"

namespace holdfast::trust {

/// What a name of the form ALGORITHM.NAME stands for.
struct StatelessKeyName {
  KeyId id;  ///< the whole name, version 1
  crypto::KeyAlgorithm algorithm = {};
};

/// ErrorCode::not_found, with the rule, for a name of another form, and for a version other than 1.
[[nodiscard]] Result<StatelessKeyName> parse_stateless_key(const KeySelection& key);

/// The rule in words, for messages that send people there.
[[nodiscard]] std::string stateless_naming_rule();

}  // namespace holdfast::trust
