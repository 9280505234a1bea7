#include "crypto/key_pair.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/encoder.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/x509.h>

#include <array>

#include "crypto/hash.hpp"
#include "crypto/key_handle.hpp"
#include "crypto/pem.hpp"

namespace holdfast::crypto {
namespace {

using Bio = openssl::Owned<BIO, BIO_free_all>;

bool fits(const KeyRow& row, const EVP_PKEY* pkey, int group) {
  if (row.openssl_name.empty()) return false;
  if (EVP_PKEY_is_a(pkey, std::string(row.openssl_name).c_str()) != 1) return false;
  if (row.family == Family::rsa) return EVP_PKEY_get_bits(pkey) == static_cast<int>(row.modulus_bits);
  return row.family != Family::ecdsa || OBJ_txt2nid(std::string(row.oid).c_str()) == group;
}

std::string group_name(const EVP_PKEY* pkey) {
  std::array<char, 80> name{};
  std::size_t size = 0;
  // Curves given by their parameters have no name, which is not a failure to report.
  const bool named = EVP_PKEY_get_group_name(pkey, name.data(), name.size(), &size) == 1;
  if (!named) ERR_clear_error();
  return named ? std::string(name.data(), size) : std::string();
}

std::string describe(const EVP_PKEY* pkey, const std::string& group) {
  const char* type = EVP_PKEY_get0_type_name(pkey);
  if (EVP_PKEY_is_a(pkey, "RSA") == 1) return "RSA with " + std::to_string(EVP_PKEY_get_bits(pkey)) + " bits";
  if (EVP_PKEY_is_a(pkey, "EC") == 1) return "EC on " + (group.empty() ? "a curve of its own" : "the curve " + group);
  return type == nullptr ? "a key of unknown type" : type;
}

// One spelling for one key, or its fingerprint would depend on who wrote it.
Result<void> fix_point_spelling(EVP_PKEY* pkey) {
  int from_explicit = 0;
  if (EVP_PKEY_get_int_param(pkey, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &from_explicit) != 1) {
    return openssl::failure("reading the key's curve");
  }
  if (from_explicit != 0) {
    return Error(ErrorCode::refused,
                 "the EC key spells its curve's parameters out instead of naming the curve; "
                 "convert it with 'openssl pkey -ec_param_enc named_curve'");
  }
  if (EVP_PKEY_set_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed") != 1) {
    return openssl::failure("setting the key's point format");
  }
  return {};
}

Result<Bytes> ml_dsa_public_hash(const EVP_PKEY* pkey) {
  TRY_LET(const Bytes key, openssl::raw_public_key(pkey), "read public key");
  const openssl::MdCtx ctx(EVP_MD_CTX_new());
  Bytes digest(64);
  if (!ctx || EVP_DigestInit_ex2(ctx.get(), openssl::shake256(), nullptr) != 1 ||
      EVP_DigestUpdate(ctx.get(), key.data(), key.size()) != 1 ||
      EVP_DigestFinalXOF(ctx.get(), digest.data(), digest.size()) != 1) {
    return openssl::failure("hashing the public key");
  }
  return digest;
}

Result<openssl::PkeyCtx> key_generator(const KeyRow& row) {
  if (row.openssl_name.empty()) return Error(ErrorCode::usage, std::string(row.name) + " keys are no key pairs");
  const std::string type(row.openssl_name);
  openssl::PkeyCtx ctx(EVP_PKEY_CTX_new_from_name(openssl::context(), type.c_str(), nullptr));
  if (!ctx || EVP_PKEY_keygen_init(ctx.get()) != 1) return openssl::failure("setting up key generation");
  const std::string group(row.openssl_group);
  unsigned bits = row.modulus_bits;
  std::array params{OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end()};
  if (row.family == Family::rsa) params[0] = OSSL_PARAM_construct_uint(OSSL_PKEY_PARAM_RSA_BITS, &bits);
  if (row.family == Family::ecdsa) params[0] = openssl::text(OSSL_PKEY_PARAM_GROUP_NAME, group.c_str());
  if (params[0].key != nullptr && EVP_PKEY_CTX_set_params(ctx.get(), params.data()) != 1) {
    return openssl::failure("setting up key generation");
  }
  return ctx;
}

}  // namespace

namespace openssl {

Result<PublicKey> adopt(Pkey pkey) {
  const std::string group = EVP_PKEY_is_a(pkey.get(), "EC") == 1 ? group_name(pkey.get()) : std::string();
  const int group_id = group.empty() ? NID_undef : OBJ_txt2nid(group.c_str());
  for (const KeyRow& row : key_algorithms()) {
    if (!fits(row, pkey.get(), group_id)) continue;
    auto handle = std::make_shared<KeyHandle>();
    if (row.family == Family::ecdsa) TRY(fix_point_spelling(pkey.get()), "fix the key's spelling");
    if (row.family == Family::ml_dsa) {
      TRY_LET(handle->ml_dsa_public_hash, ml_dsa_public_hash(pkey.get()), "hash public key");
    }
    handle->pkey = std::move(pkey);
    return PublicKey(row.algorithm, std::move(handle));
  }
  return Error(ErrorCode::refused, describe(pkey.get(), group) + " is not one of: " + list_key_algorithms());
}

Result<Bytes> raw_public_key(const EVP_PKEY* pkey) {
  std::size_t size = 0;
  if (EVP_PKEY_get_raw_public_key(pkey, nullptr, &size) != 1) return failure("reading the public key");
  Bytes key(size);
  if (EVP_PKEY_get_raw_public_key(pkey, key.data(), &size) != 1) return failure("reading the public key");
  key.resize(size);
  return key;
}

Result<SecretBytes> private_key_info(const EVP_PKEY* pkey) {
  // This BIO wipes its buffer when it grows and when it goes. EVP_PKEY2PKCS8 and i2d_PrivateKey would leave a
  // second copy in freed memory, besides the one that OpenSSL's encoder leaves in either case.
  const Bio bio(BIO_new(BIO_s_secmem()));
  const Owned<OSSL_ENCODER_CTX, OSSL_ENCODER_CTX_free> encoder(
      OSSL_ENCODER_CTX_new_for_pkey(pkey, OSSL_KEYMGMT_SELECT_ALL, "DER", "PrivateKeyInfo", nullptr));
  if (!bio || !encoder || OSSL_ENCODER_to_bio(encoder.get(), bio.get()) != 1) {
    return failure("writing the private key");
  }
  std::uint8_t* der = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &der);
  return SecretBytes::copy_of({der, static_cast<std::size_t>(size)});
}

}  // namespace openssl

PublicKey::PublicKey(KeyAlgorithm algorithm, std::shared_ptr<const KeyHandle> handle)
    : algorithm_(algorithm), handle_(std::move(handle)) {}

Result<Bytes> PublicKey::to_der() const {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(handle_->pkey.get(), &der);
  if (size <= 0) return openssl::failure("writing the public key");
  Bytes bytes(der, der + size);
  OPENSSL_free(der);
  return bytes;
}

Result<std::string> PublicKey::to_pem() const {
  TRY_LET(const Bytes der, to_der(), "write public key");
  return write_pem("PUBLIC KEY", der);
}

Result<Bytes> PublicKey::fingerprint() const {
  TRY_LET(const Bytes der, to_der(), "write public key");
  return hash(HashAlgorithm::sha256, {der});
}

Result<PrivateKey> PrivateKey::generate(KeyAlgorithm algorithm, const std::function<void()>& progress) {
  TRY_LET(const auto ctx, key_generator(row_of(algorithm)), "set up key generation");
  std::function<void()> call = progress;
  if (call) {
    EVP_PKEY_CTX_set_app_data(ctx.get(), &call);
    EVP_PKEY_CTX_set_cb(ctx.get(), [](EVP_PKEY_CTX* self) noexcept {
      (*static_cast<const std::function<void()>*>(EVP_PKEY_CTX_get_app_data(self)))();
      return 1;
    });
  }
  EVP_PKEY* pkey = nullptr;
  if (EVP_PKEY_generate(ctx.get(), &pkey) != 1) return openssl::failure("key generation");
  TRY_LET(PublicKey key, openssl::adopt(openssl::Pkey(pkey)), "take in the generated key");
  return PrivateKey(std::move(key));
}

Result<SecretBytes> PrivateKey::to_pkcs8() const { return openssl::private_key_info(public_.handle().pkey.get()); }

}  // namespace holdfast::crypto
