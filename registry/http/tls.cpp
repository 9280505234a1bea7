#include "registry/http/tls.hpp"

#include <openssl/err.h>
#include <openssl/x509.h>

#include "crypto/library_context.hpp"

namespace holdfast::http {
namespace {

// ECDHE and AEAD: the only suites of TLS 1.2 that forget their keys and have no padding to be asked about.
constexpr const char* kTls12Suites =
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:"
    "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256";
constexpr const char* kGroups = "X25519MLKEM768:X25519:P-256:P-384";
// 112 bits: no SHA-1, no short RSA keys.
constexpr int kSecurityLevel = 2;

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Certificate = std::unique_ptr<X509, FreeCertificate>;

Error unusable(ErrorCode code, const std::string& what) {
  const auto reason = ERR_peek_last_error();
  const char* const text = reason == 0 ? nullptr : ERR_reason_error_string(reason);
  ERR_clear_error();
  return {code, what + (text == nullptr ? "" : ": " + std::string(text))};
}

Result<Certificate> read_certificate(ByteView der) {
  Certificate certificate(X509_new_ex(crypto::library_context(), nullptr));
  if (!certificate) return unusable(ErrorCode::internal, "no memory for a certificate");
  auto* raw = certificate.release();
  const auto* at = der.data();
  if (d2i_X509(&raw, &at, static_cast<long>(der.size())) == nullptr) {
    return unusable(ErrorCode::usage, "the TLS server's certificate is not readable");
  }
  return Certificate(raw);
}

Result<void> use_key(SSL_CTX* context, const SecretBytes& pkcs8) {
  const auto der = pkcs8.expose(SecretAccess());
  const auto* at = der.data();
  const Key key(d2i_AutoPrivateKey_ex(nullptr, &at, static_cast<long>(der.size()), crypto::library_context(), nullptr));
  if (!key) return unusable(ErrorCode::usage, "the TLS server's private key is not readable");
  if (SSL_CTX_use_PrivateKey(context, key.get()) == 1 && SSL_CTX_check_private_key(context) == 1) return {};
  return unusable(ErrorCode::usage, "the TLS server's private key does not belong to its certificate");
}

Result<void> use_chain(SSL_CTX* context, const crypto::CertificateChain& chain) {
  for (std::size_t i = 0; i < chain.size(); ++i) {
    TRY_LET(const auto certificate, read_certificate(chain.certificates()[i]), "read server certificate");
    const auto used = i == 0 ? SSL_CTX_use_certificate(context, certificate.get())
                             : SSL_CTX_add1_chain_cert(context, certificate.get());
    if (used != 1) return unusable(ErrorCode::usage, "the TLS server's certificate cannot be used");
  }
  return {};
}

// Possession is proven by the handshake; whose certificate it is, and whether it counts, is judged byte by byte later.
int accept_any(X509_STORE_CTX* /*chain*/, void* /*unused*/) { return 1; }

bool restrict_protocol(SSL_CTX* context, TlsVersion minimum) {
  SSL_CTX_set_security_level(context, kSecurityLevel);
  // No resumption: each connection has its own handshake, in which the client proves that it has its key.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(
      context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  const int lowest = minimum == TlsVersion::tls_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION;
  return SSL_CTX_set_num_tickets(context, 0) == 1 && SSL_CTX_set_min_proto_version(context, lowest) == 1 &&
         SSL_CTX_set_cipher_list(context, kTls12Suites) == 1 && SSL_CTX_set1_groups_list(context, kGroups) == 1;
}

}  // namespace

Result<SslContext> make_ssl_context(const TlsSettings& settings) {
  SslContext context(SSL_CTX_new_ex(crypto::library_context(), nullptr, TLS_server_method()));
  if (!context || !restrict_protocol(context.get(), settings.minimum)) {
    return unusable(ErrorCode::internal, "setting up TLS failed");
  }
  TRY(use_chain(context.get(), settings.chain), "use server certificate");
  TRY(use_key(context.get(), settings.private_key), "use server key");
  if (settings.client_certificates == ClientCertificates::requested) {
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(context.get(), accept_any, nullptr);
  }
  return context;
}

Bytes peer_certificate(SSL* connection) {
  const auto* const certificate = SSL_get0_peer_certificate(connection);
  const int size = certificate == nullptr ? 0 : i2d_X509(certificate, nullptr);
  if (size <= 0) return {};
  Bytes der(static_cast<std::size_t>(size));
  auto* at = der.data();
  i2d_X509(certificate, &at);
  return der;
}

}  // namespace holdfast::http
