// Internal to device/seal (and its tests and fuzzers): the keys of one file that was encrypted to a device.
#pragma once

#include "device/seal/file_keys.hpp"
#include "device/seal/outside_header.hpp"

namespace holdfast::seal {

/// The header goes into every key, and with it the recipient and the KEM's ciphertext: a shared secret that somebody
/// takes from another file, or leads to from another key, opens nothing.
[[nodiscard]] Result<FileKeys> derive_outside_keys(const SecretBytes& shared, const OutsideHeader& header,
                                                   std::string_view header_line);

}  // namespace holdfast::seal
