#include "device/keys/key_seal.hpp"

#include <utility>

#include "device/keys/derive.hpp"

namespace holdfast::keys {
namespace {

std::size_t secret_size(const KeyFile& file) { return file.wrapped.size() - crypto::kWrapOverhead; }

Result<void> check_public_key(const crypto::PrivateKey& key, const KeyRecord& record) {
  TRY_LET(const auto der, key.public_key().to_der(), "write public key");
  if (key.algorithm() == record.algorithm && der == record.public_key) return {};
  return Error(ErrorCode::malformed, "the record of key '" + record.id.text() +
                                         "' and this root do not agree: they give different public keys, so the key "
                                         "is not used");
}

}  // namespace

Result<Bytes> seal_key_file(const KeyRecord& record, const anchor::Root& root, const SecretBytes& secret) {
  TRY_LET(const auto header, key_file_header(record), "write first lines");
  TRY_LET(const auto key, derive_store_key(root), "derive store key");
  TRY_LET(const auto wrapped, crypto::wrap_secret(key, header, secret), "wrap key");
  return serialise_key_file(header, wrapped);
}

Result<void> KeyUnsealer::check_root(const KeyRecord& record) const {
  if (record.anchor != roots_->anchor()) {
    return Error(ErrorCode::does_not_open, "key '" + record.id.text() + "' belongs to another anchor, " +
                                               record.anchor.hex() + "; this one is " + roots_->anchor().hex());
  }
  if (roots_->find(record.epoch) == nullptr) {
    return Error(ErrorCode::does_not_open, "key '" + record.id.text() + "' belongs to root epoch " +
                                               std::to_string(record.epoch.number) +
                                               ", which this anchor does not know");
  }
  return {};
}

Result<crypto::Aead*> KeyUnsealer::context_for(anchor::RootEpoch epoch) {
  if (const auto known = contexts_.find(epoch); known != contexts_.end()) return &known->second;
  TRY_LET(const auto key, derive_store_key(*roots_->find(epoch)), "derive store key");
  TRY_LET(auto context, crypto::Aead::create(crypto::AeadSuite::aes_256_gcm, crypto::Aead::Direction::open, key),
          "set up store key");
  return &contexts_.emplace(epoch, std::move(context)).first->second;
}

Result<void> KeyUnsealer::open(const KeyFile& file, MutableByteView secret) {
  TRY(check_root(file.record), "find root of key");
  TRY_LET(auto* const context, context_for(file.record.epoch), "find store key");
  const ByteView wrapped = file.wrapped;
  auto opened = context->open(wrapped.first(crypto::kAeadNonceSize), file.authenticated,
                              wrapped.subspan(crypto::kAeadNonceSize), secret);
  if (opened.ok()) return {};
  if (opened.error().code() != ErrorCode::malformed) return opened;
  return Error(ErrorCode::malformed,
               "the file of key '" + file.record.id.text() + "' was altered after it was written");
}

Result<void> KeyUnsealer::authenticate(const KeyFile& file) {
  // One room for all files: a locked page for each would cost more than the decryption.
  if (scratch_.empty()) scratch_ = SecretBytes(kMaxKeyFileSize);
  const auto room = scratch_.expose_mutable(SecretAccess{}).first(secret_size(file));
  const auto opened = open(file, room);
  wipe(room);
  return opened;
}

Result<crypto::PrivateKey> KeyUnsealer::private_key(const KeyFile& file) {
  SecretBytes secret(secret_size(file));
  TRY(open(file, secret.expose_mutable(SecretAccess{})), "open key file");
  const auto& record = file.record;
  TRY_LET(auto key,
          record.origin == KeyOrigin::derived
              ? derive_identity_key(*roots_->find(record.epoch), record.id, record.algorithm)
              : crypto::PrivateKey::parse_pkcs8(secret, crypto::PairCheck::none),
          "make private key");
  TRY(check_public_key(key, record), "compare public key");
  return key;
}

}  // namespace holdfast::keys
