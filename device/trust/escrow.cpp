#include "device/trust/escrow.hpp"

#include <utility>

#include "crypto/envelope.hpp"

namespace holdfast::trust {

Result<OpenedShare> open_share(ByteView file, const crypto::PrivateKey& key) {
  TRY_LET(const auto envelope, crypto::read_envelope(file), "read share");
  TRY_LET(auto text, crypto::open_envelope(envelope, key), "open share");
  auto share = anchor::parse_share(text);
  if (!share.ok()) return Error(ErrorCode::malformed, "the key opens it, but what is inside is no escrow share");
  return OpenedShare{std::move(text), std::move(share).value()};
}

}  // namespace holdfast::trust
