#include "device/trust/key_info.hpp"

#include <algorithm>

#include "crypto/receiving_key.hpp"

namespace holdfast::trust {
namespace {

// As key files keep a hybrid key: x25519 || ml-kem-768. Sizes are checked by whoever takes the halves in.
crypto::HybridPublicKey halves_of(ByteView joined) {
  const auto at = std::min(joined.size(), crypto::kX25519Size);
  const auto first = joined.first(at);
  const auto second = joined.subspan(at);
  return {.classical = Bytes(first.begin(), first.end()), .ml_kem_768 = Bytes(second.begin(), second.end())};
}

}  // namespace

Result<std::string> public_pem_of(const KeyInfo& info) {
  if (info.half.public_key.empty()) {
    return Error(ErrorCode::usage, "key '" + info.id.text() + "' is for " +
                                       std::string(crypto::row_of(info.algorithm).name) +
                                       " and has no public key; it is secret as a whole");
  }
  if (keys::is_plain_bytes(info.algorithm)) {
    TRY_LET(const auto key, crypto::ReceivingPublicKey::create(halves_of(info.half.public_key)), "read hybrid key");
    return key.to_pem();
  }
  TRY_LET(const auto key, crypto::PublicKey::parse(info.half.public_key), "read public key");
  return key.to_pem();
}

}  // namespace holdfast::trust
