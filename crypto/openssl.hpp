// Internal to crypto/: ownership and errors of OpenSSL's objects. No other folder includes this.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "crypto/module.hpp"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

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
using MacCtx = Owned<EVP_MAC_CTX, EVP_MAC_CTX_free>;
using Bignum = Owned<BIGNUM, BN_clear_free>;
using BignumCtx = Owned<BN_CTX, BN_CTX_free>;

/// The library context of this copy of Holdfast for current_module(), never null. Not OpenSSL's default one: a host
/// program's or a site's openssl.cnf must not change what Holdfast computes.
[[nodiscard]] OSSL_LIB_CTX* context();

/// An algorithm of OpenSSL's, fetched once in each module for the life of the process: fetching at every use costs more
/// than hashing. Safe in several threads.
template <typename T, T* (*Fetch)(OSSL_LIB_CTX*, const char*, const char*)>
class Fetched {
 public:
  explicit Fetched(std::string_view name) : name_(name) {}

  /// Null where the current module does not have it.
  [[nodiscard]] T* get() const {
    Slot& slot = slots_.at(static_cast<std::size_t>(current_module()));
    std::call_once(slot.once, [&] { slot.object = Fetch(context(), name_.c_str(), nullptr); });
    return slot.object;
  }

 private:
  struct Slot {
    std::once_flag once;
    T* object = nullptr;
  };

  std::string name_;
  mutable std::array<Slot, 2> slots_;
};

using FetchedKdf = Fetched<EVP_KDF, EVP_KDF_fetch>;
using FetchedMac = Fetched<EVP_MAC, EVP_MAC_fetch>;

/// A context for one computation. Null where the module does not have the algorithm, or memory is exhausted.
[[nodiscard]] MacCtx new_mac(const FetchedMac& mac);

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
