#include "crypto/key_agreement.hpp"

#include <openssl/err.h>

#include "crypto/key_handle.hpp"

namespace holdfast::crypto {
namespace {

std::string list_agreeing() {
  std::string text;
  for (const KeyRow& row : key_algorithms()) {
    if (can(row, KeyUse::derive)) text += (text.empty() ? "" : ", ") + std::string(row.name);
  }
  return text;
}

Result<void> check_algorithms(const KeyRow& own, const KeyRow& peer) {
  if (own.algorithm == peer.algorithm && can(own, KeyUse::derive)) return {};
  return Error(ErrorCode::usage, "the own key is " + std::string(own.name) + " and the peer's is " +
                                     std::string(peer.name) +
                                     "; agreement takes two keys of one of: " + list_agreeing());
}

}  // namespace

Result<SecretBytes> agree(const PrivateKey& own, const PublicKey& peer) {
  const KeyRow& row = row_of(own.algorithm());
  TRY(check_algorithms(row, row_of(peer.algorithm())), "check algorithms");
  const openssl::PkeyCtx ctx(
      EVP_PKEY_CTX_new_from_pkey(openssl::context(), own.public_key().handle().pkey.get(), nullptr));
  std::size_t size = 0;
  if (!ctx || EVP_PKEY_derive_init(ctx.get()) != 1 ||
      EVP_PKEY_derive_set_peer(ctx.get(), peer.handle().pkey.get()) != 1 ||
      EVP_PKEY_derive(ctx.get(), nullptr, &size) != 1) {
    return openssl::failure("setting up key agreement");
  }
  SecretBytes shared(size);
  const auto room = shared.expose_mutable(SecretAccess{});
  if (EVP_PKEY_derive(ctx.get(), room.data(), &size) == 1 && size == room.size()) return shared;
  // Points on the NIST curves were checked when they were read, and have no small order there.
  if (row.family != Family::x25519) return openssl::failure("key agreement");
  ERR_clear_error();
  return Error(ErrorCode::malformed, "the X25519 public key is a point of small order");
}

}  // namespace holdfast::crypto
