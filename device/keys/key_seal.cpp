#include "device/keys/key_seal.hpp"

#include <utility>

#include "device/keys/derive.hpp"

namespace holdfast::keys {
namespace {

std::size_t secret_size(const KeyFile& file) { return file.wrapped.size() - crypto::kWrapOverhead; }

bool is_of_algorithm(const KeyMaterial& material, crypto::KeyAlgorithm algorithm) {
  const auto* const pair = std::get_if<crypto::PrivateKey>(&material);
  return pair == nullptr || pair->algorithm() == algorithm;
}

Result<void> check_public_half(const KeyMaterial& material, const KeyRecord& record) {
  TRY_LET(const auto half, public_half_of(record.algorithm, material), "make public half");
  if (is_of_algorithm(material, record.algorithm) && half == record.half) return {};
  return Error(ErrorCode::malformed, "the record of key '" + record.id.text() +
                                         "' and this root do not agree: they give different keys, so the key "
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
  if (roots_->find(record.epoch) != nullptr) return {};
  const auto what = "key '" + record.id.text() + "' belongs to root epoch " + std::to_string(record.epoch.number);
  if (record.epoch > roots_->newest().epoch()) {
    return Error(ErrorCode::does_not_open,
                 what +
                     ", which this anchor does not know: an older copy of it was put back, or this program opened it "
                     "before that root was drawn");
  }
  return Error(ErrorCode::does_not_open, what + ", which was dropped: nothing opens it any more");
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

Result<KeyMaterial> KeyUnsealer::material(const KeyFile& file) {
  SecretBytes secret(secret_size(file));
  TRY(open(file, secret.expose_mutable(SecretAccess{})), "open key file");
  const auto& record = file.record;
  TRY_LET(auto material,
          secret.empty() ? derive_material(*roots_->find(record.epoch), record.id, record.algorithm)
                         : material_from_stored(record.algorithm, std::move(secret)),
          "make key");
  TRY(check_public_half(material, record), "compare public half");
  return material;
}

}  // namespace holdfast::keys
