#include "crypto/library_context.hpp"

#include "crypto/openssl.hpp"

namespace holdfast::crypto {

ossl_lib_ctx_st* library_context() { return openssl::context(); }

}  // namespace holdfast::crypto
