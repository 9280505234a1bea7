// Internal to crypto/: OpenSSL's digest for each HashAlgorithm.
#pragma once

#include "crypto/hash.hpp"

#include <openssl/evp.h>

namespace holdfast::crypto::openssl {

[[nodiscard]] const EVP_MD* digest(HashAlgorithm algorithm);

}  // namespace holdfast::crypto::openssl
