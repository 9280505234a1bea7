// Internal to crypto/: HMAC_DRBG (NIST SP 800-90A, section 10.1.2) with SHA-512, never reseeded: a stream of bytes
// that its seed determines. For deriving keys; fresh randomness comes from crypto/random.hpp.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/secret_bytes.hpp"
#include "crypto/openssl.hpp"

#include <cstddef>
#include <initializer_list>

namespace holdfast::crypto {

class HmacDrbg {
 public:
  /// Entropy input and nonce together: one and a half times the security strength of 256 bits.
  static constexpr std::size_t kMinSeed = 48;
  static constexpr std::size_t kMaxRequest = std::size_t{1} << 16;

  /// `seed` is entropy input and nonce, one behind the other. ErrorCode::usage for one shorter than kMinSeed.
  [[nodiscard]] static Result<HmacDrbg> create(const SecretBytes& seed, ByteView personalisation);

  /// Fills `output`, as one request without additional input; two requests give other bytes than one of the same
  /// length together. ErrorCode::usage for more than kMaxRequest bytes. After any other failure, use it no more.
  [[nodiscard]] Result<void> generate(MutableByteView output);

 private:
  using Mac = openssl::Owned<EVP_MAC_CTX, EVP_MAC_CTX_free>;

  explicit HmacDrbg(Mac mac);
  [[nodiscard]] Result<void> update(std::initializer_list<ByteView> provided);
  [[nodiscard]] Result<void> set_key();
  [[nodiscard]] Result<void> compute(std::initializer_list<ByteView> parts, MutableByteView output);

  Mac mac_;
  SecretBytes key_;
  SecretBytes value_;
};

}  // namespace holdfast::crypto
