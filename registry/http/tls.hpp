// Internal to registry/http: OpenSSL's settings of a TLS server. Nothing outside this folder includes it.
#pragma once

#include "registry/http/server.hpp"

#include <openssl/ssl.h>

#include <memory>

namespace holdfast::http {

struct FreeSslContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslContext = std::unique_ptr<SSL_CTX, FreeSslContext>;

/// ErrorCode::usage where key and certificate cannot be used or do not belong together.
[[nodiscard]] Result<SslContext> make_ssl_context(const TlsSettings& settings);

/// The certificate that the client showed in its handshake, DER; empty where there is none.
[[nodiscard]] Bytes peer_certificate(SSL* connection);

}  // namespace holdfast::http
