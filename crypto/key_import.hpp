// Private keys that were made elsewhere, from the files in which they come.
#pragma once

#include <functional>

#include "crypto/key_pair.hpp"

namespace holdfast::crypto {

/// Gives the passphrase of an encrypted key file. Asked at most once, and only where the file needs one.
using KeyPassphrase = std::function<Result<SecretBytes>()>;

/// Reads one private key: PKCS #8 (RFC 5958), encrypted or not, or the older forms of RSA and EC keys; PEM or DER.
///
/// Refused are keys that an attacker could have made or can find (ErrorCode::refused): RSA with a public exponent below
/// 65537, with primes that are none or too close to one another (FIPS 186-5, A.1), and algorithms and sizes that are
/// not in the suites table. ErrorCode::malformed where the halves do not belong together or the bytes are no key;
/// ErrorCode::wrong_passphrase where the passphrase does not open it; ErrorCode::usage where it needs one and there is
/// no `passphrase`. Takes seconds for large RSA keys, whose primes are tested.
[[nodiscard]] Result<PrivateKey> import_private_key(const SecretBytes& file, const KeyPassphrase& passphrase);

}  // namespace holdfast::crypto
