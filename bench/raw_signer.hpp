// Signing with OpenSSL alone.
#pragma once

#include "bench/support.hpp"
#include "core/secret_bytes.hpp"
#include "crypto/key_pair.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <memory>
#include <string>

namespace holdfast::bench {

/// What a program would write that needs nothing but one key's signatures.
class RawSigner {
 public:
  enum class Mode { deterministic, hedged };  // of ML-DSA

  explicit RawSigner(const crypto::PrivateKey& key, Mode mode = Mode::deterministic)
      : mode_(mode),
        family_(crypto::row_of(key.algorithm()).family),
        key_(read(must(key.to_pkcs8())), EVP_PKEY_free),
        context_(EVP_PKEY_CTX_new(key_.get(), nullptr), EVP_PKEY_CTX_free),
        hashing_(EVP_MD_CTX_new(), EVP_MD_CTX_free),
        signature_(8192) {
    const auto hash = crypto::row_of(key.algorithm()).default_hash;
    if (hash) digest_ = EVP_MD_fetch(nullptr, std::string(crypto::name_of(*hash)).c_str(), nullptr);
    set_up(crypto::row_of(key.algorithm()));
  }

  void sign(const Bytes& message) {
    std::size_t size = signature_.size();
    if (digest_ == nullptr) {
      require(EVP_PKEY_sign(context_.get(), signature_.data(), &size, message.data(), message.size()) == 1);
      return;
    }
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned hash_size = 0;
    require(EVP_DigestInit_ex2(hashing_.get(), digest_, nullptr) == 1);
    require(EVP_DigestUpdate(hashing_.get(), message.data(), message.size()) == 1);
    require(EVP_DigestFinal_ex(hashing_.get(), hash, &hash_size) == 1);
    require(EVP_PKEY_sign(context_.get(), signature_.data(), &size, hash, hash_size) == 1);
  }

 private:
  static EVP_PKEY* read(const SecretBytes& pkcs8) {
    const auto bytes = pkcs8.expose(SecretAccess{});
    const unsigned char* at = bytes.data();
    EVP_PKEY* key = d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(bytes.size()));
    require(key != nullptr);
    return key;
  }

  void set_up(const crypto::KeyRow& row) {
    const std::string name(family_ == crypto::Family::ecdsa ? "ECDSA" : row.openssl_name);
    EVP_SIGNATURE* algorithm = EVP_SIGNATURE_fetch(nullptr, name.c_str(), nullptr);
    require(algorithm != nullptr);
    if (digest_ == nullptr) {
      int deterministic = mode_ == Mode::deterministic ? 1 : 0;
      const OSSL_PARAM ml_dsa[] = {OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_DETERMINISTIC, &deterministic),
                                   OSSL_PARAM_construct_end()};
      const auto* const params = family_ == crypto::Family::ml_dsa ? ml_dsa : nullptr;
      require(EVP_PKEY_sign_message_init(context_.get(), algorithm, params) == 1);
    } else {
      std::string hash = EVP_MD_get0_name(digest_);
      char padding[] = OSSL_PKEY_RSA_PAD_MODE_PKCSV15;
      const OSSL_PARAM rsa[] = {OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, hash.data(), 0),
                                OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, padding, 0),
                                OSSL_PARAM_construct_end()};
      const auto* const params = family_ == crypto::Family::rsa ? rsa : nullptr;
      require(EVP_PKEY_sign_init_ex2(context_.get(), algorithm, params) == 1);
    }
    EVP_SIGNATURE_free(algorithm);
  }

  Mode mode_;
  crypto::Family family_;
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context_;
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hashing_;
  EVP_MD* digest_ = nullptr;  // lives as long as the process
  Bytes signature_;
};

}  // namespace holdfast::bench
