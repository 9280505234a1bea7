// Internal to crypto/: ownership and errors of OpenSSL's objects. No other folder includes this.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <memory>
#include <string>

namespace holdfast::crypto::openssl {

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};

template <typename T, auto Free>
using Owned = std::unique_ptr<T, Deleter<Free>>;

using Pkey = Owned<EVP_PKEY, EVP_PKEY_free>;
using PkeyCtx = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using MdCtx = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using CipherCtx = Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using KdfCtx = Owned<EVP_KDF_CTX, EVP_KDF_CTX_free>;
using Bignum = Owned<BIGNUM, BN_clear_free>;
using BignumCtx = Owned<BN_CTX, BN_CTX_free>;

/// The library context of this copy of Holdfast. Not OpenSSL's default one: a host program's or a site's
/// openssl.cnf must not change what Holdfast computes.
[[nodiscard]] OSSL_LIB_CTX* context();

/// Fetched once for the life of the process; fetching at every use costs more than hashing.
[[nodiscard]] const EVP_MD* sha256();
[[nodiscard]] const EVP_MD* sha384();
[[nodiscard]] const EVP_MD* sha512();
[[nodiscard]] const EVP_MD* shake256();

/// A number for secrets: computed with in constant time where OpenSSL can, and wiped. Null when memory is exhausted.
[[nodiscard]] Bignum secret_bignum();

/// Parameters for OpenSSL that borrow what they are given.
[[nodiscard]] OSSL_PARAM octets(const char* name, ByteView bytes);
[[nodiscard]] OSSL_PARAM text(const char* name, const char* value);

/// ErrorCode::internal with OpenSSL's own reason; empties its error queue.
[[nodiscard]] Error failure(const std::string& what, std::source_location where = std::source_location::current());

}  // namespace holdfast::crypto::openssl
