#include "crypto/random.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sys/random.h>

#include <algorithm>
#include <cerrno>

#include "crypto/openssl.hpp"

namespace holdfast::crypto {

namespace {

constexpr std::size_t kMaxRequest = std::size_t{64} * 1024;  // of one call (SP 800-90A, table 3)
constexpr unsigned kStrength = 256;

// With prediction resistance: the generator takes fresh entropy from the kernel before every call, so that a snapshot
// of this process does not give the same numbers twice.
Result<void> fill_from_fips(MutableByteView bytes) {
  EVP_RAND_CTX* const drbg = RAND_get0_private(openssl::context());
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(bytes.size(), kMaxRequest));
    if (drbg == nullptr || EVP_RAND_generate(drbg, part.data(), part.size(), kStrength, 1, nullptr, 0) != 1) {
      return openssl::failure("the FIPS provider's random generator");
    }
    bytes = bytes.subspan(part.size());
  }
  return {};
}

}  // namespace

Result<void> fill_random(MutableByteView bytes) {
  if (current_module() == Module::fips) return fill_from_fips(bytes);
  while (!bytes.empty()) {
    const ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Error(ErrorCode::internal, "the kernel gave no random bytes");
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

Result<Bytes> random_bytes(std::size_t size) {
  Bytes bytes(size);
  TRY(fill_random(bytes), "random bytes");
  return bytes;
}

Result<SecretBytes> random_secret(std::size_t size) {
  SecretBytes secret(size);
  TRY(fill_random(secret.expose_mutable(SecretAccess{})), "random secret");
  return secret;
}

}  // namespace holdfast::crypto
