#include "apps/holdfast-registry/anchor_vault.hpp"

namespace holdfast::registry_app {
namespace {

// What a vault promises, whatever the anchor's profile usually takes.
crypto::SignatureScheme scheme_of(crypto::KeyAlgorithm algorithm) {
  const auto& row = crypto::row_of(algorithm);
  crypto::SignatureScheme scheme;
  scheme.hash = row.default_hash;
  if (row.family == crypto::Family::rsa) scheme.rsa = crypto::RsaScheme::pkcs1;
  return scheme;
}

Result<crypto::PublicKey> public_half(const trust::KeyInfo& info) {
  TRY_LET(const auto pem, trust::public_pem_of(info), "write public key");
  return crypto::PublicKey::parse(as_bytes(pem));
}

}  // namespace

Result<crypto::PublicKey> AnchorVault::create(std::string_view name, crypto::KeyAlgorithm algorithm) {
  TRY_LET(auto key_name, trust::KeyName::parse(name), "read name");
  TRY_LET(const auto info,
          provider_.create_key({.name = std::move(key_name),
                                .algorithm = algorithm,
                                .origin = trust::KeyOrigin::random,
                                .uses = {trust::KeyUse::sign}}),
          "make key");
  return public_half(info);
}

Result<crypto::PublicKey> AnchorVault::public_key(std::string_view name) {
  TRY_LET(const auto selection, trust::KeySelection::parse(name), "read name");
  TRY_LET(const auto info, provider_.find_key(selection), "find key");
  return public_half(info);
}

Result<const trust::Key*> AnchorVault::open(std::string_view name) {
  const std::lock_guard lock(opening_);
  const auto found = open_.find(name);
  if (found != open_.end()) return found->second.get();
  TRY_LET(const auto selection, trust::KeySelection::parse(name), "read name");
  TRY_LET(auto key, provider_.open_key(selection, trust::KeyUse::sign), "open key");
  return open_.emplace(std::string(name), std::move(key)).first->second.get();
}

Result<Bytes> AnchorVault::sign(std::string_view name, ByteView message) {
  TRY_LET(const auto* const key, open(name), "open key");
  return key->sign(scheme_of(key->info().algorithm), crypto::Randomness::hedged, trust::read_from(message));
}

}  // namespace holdfast::registry_app
