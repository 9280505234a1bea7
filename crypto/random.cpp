#include "crypto/random.hpp"

#include <sys/random.h>

#include <cerrno>

namespace holdfast::crypto {

Result<void> fill_random(MutableByteView bytes) {
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
