#include "crypto/compare.hpp"

#include <openssl/crypto.h>

namespace holdfast::crypto {

bool ct_equal(ByteView a, ByteView b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace holdfast::crypto
