// Randomness straight from the kernel, or from the FIPS provider.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/secret_bytes.hpp"

namespace holdfast::crypto {

/// Fills `bytes` from getrandom(2), at every call: never from a pool in the process, which a snapshot of
/// a virtual machine would repeat. Waits for the kernel's generator at early boot. With Module::fips from that module's
/// generator (SP 800-90A), which takes entropy from the kernel before every call.
[[nodiscard]] Result<void> fill_random(MutableByteView bytes);

[[nodiscard]] Result<Bytes> random_bytes(std::size_t size);
[[nodiscard]] Result<SecretBytes> random_secret(std::size_t size);

}  // namespace holdfast::crypto
