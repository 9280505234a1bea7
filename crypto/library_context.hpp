// For the few folders besides this one that may call OpenSSL: the context in which all of Holdfast computes.
#pragma once

struct ossl_lib_ctx_st;  // OSSL_LIB_CTX

namespace holdfast::crypto {

/// The library context of the current module (crypto/module.hpp), so that no host program's or site's openssl.cnf
/// changes what is negotiated either. Never null; lives as long as the process; thread-safe.
[[nodiscard]] ossl_lib_ctx_st* library_context();

}  // namespace holdfast::crypto
