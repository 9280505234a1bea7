// Sealing and unsealing what is in a caller's memory.
#pragma once

#include "core/bytes.hpp"
#include "core/secret_bytes.hpp"
#include "device/trust/provider.hpp"
#include "interfaces/tap/failure.hpp"

#include <optional>

namespace holdfast::tap {

/// Sets `output` on success, in memory of the caller's. ERR_TAP_UNSUPPORTED where the result is too large for it.
[[nodiscard]] Answer<> seal_into(const trust::Provider& provider, const std::optional<SecretBytes>& passphrase,
                                 ByteView input, TAP_Buffer& output);

/// The reverse. HOLDFAST_TAP_ERR_WRONG_PASSPHRASE, HOLDFAST_TAP_ERR_NEEDS_PASSPHRASE, HOLDFAST_TAP_ERR_DOES_NOT_OPEN
/// for another device's, HOLDFAST_TAP_ERR_BAD_DATA.
[[nodiscard]] Answer<> unseal_into(const trust::Provider& provider, std::optional<SecretBytes> passphrase,
                                   ByteView input, TAP_Buffer& output);

/// Wipes and frees what a buffer holds; what was sealed into it here is only freed, being no secret.
void free_buffer(TAP_Buffer& buffer);

}  // namespace holdfast::tap
