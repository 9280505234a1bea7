// Internal to this folder: the interface's words and numbers, and what they mean.
#pragma once

#include "crypto/signature.hpp"
#include "device/trust/key_info.hpp"
#include "interfaces/capi/arguments.hpp"

#include <set>

namespace holdfast::capi {

[[nodiscard]] Result<crypto::KeyAlgorithm> algorithm_of(const char* given);
/// nullopt for NULL.
[[nodiscard]] Result<std::optional<crypto::HashAlgorithm>> hash_of(const char* given);
/// Bits of holdfast_use. ErrorCode::usage for others.
[[nodiscard]] Result<std::set<crypto::KeyUse>> uses_of(unsigned bits);
[[nodiscard]] Result<trust::KeyState> key_state_of(int state);

struct Signing {
  crypto::SignatureScheme scheme;
  crypto::Randomness randomness = crypto::Randomness::hedged;
};
[[nodiscard]] Result<Signing> signing_of(const holdfast_signature_options* given);

}  // namespace holdfast::capi
