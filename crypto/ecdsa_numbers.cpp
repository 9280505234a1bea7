#include "crypto/ecdsa_numbers.hpp"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>

#include <memory>
#include <optional>
#include <string>

namespace holdfast::crypto {
namespace {

using Signature = std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)>;

std::optional<std::size_t> order_size(KeyAlgorithm algorithm) {
  switch (algorithm) {
    case KeyAlgorithm::ecdsa_p256: return 32;
    case KeyAlgorithm::ecdsa_p384: return 48;
    case KeyAlgorithm::ecdsa_p521: return 66;
    default: return std::nullopt;
  }
}

// Nothing where the number has no such spelling.
Bytes spell(const BIGNUM* number, std::size_t size) {
  Bytes bytes(size);
  if (BN_is_negative(number) != 0 || BN_bn2binpad(number, bytes.data(), static_cast<int>(size)) < 0) bytes.clear();
  return bytes;
}

}  // namespace

Result<EcdsaNumbers> parse_ecdsa_signature(KeyAlgorithm algorithm, ByteView der) {
  const auto size = order_size(algorithm);
  if (!size) {
    return Error(ErrorCode::usage, std::string(row_of(algorithm).name) + " signatures are not made of two numbers");
  }
  const unsigned char* at = der.data();
  const Signature parsed(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), ECDSA_SIG_free);
  ERR_clear_error();
  if (parsed != nullptr && at == der.data() + der.size()) {
    EcdsaNumbers numbers{spell(ECDSA_SIG_get0_r(parsed.get()), *size), spell(ECDSA_SIG_get0_s(parsed.get()), *size)};
    ERR_clear_error();
    if (!numbers.r.empty() && !numbers.s.empty()) return numbers;
  }
  return Error(ErrorCode::malformed, "this is no ECDSA signature of " + std::string(row_of(algorithm).name));
}

}  // namespace holdfast::crypto
