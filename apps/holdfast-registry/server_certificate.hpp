// The certificate under which the server itself is known.
#pragma once

#include "apps/holdfast-registry/registry.hpp"
#include "core/secret_bytes.hpp"
#include "crypto/certificate.hpp"

namespace holdfast::registry_app {

struct ServerCertificate {
  crypto::CertificateChain chain;
  SecretBytes private_key;  ///< PKCS #8, DER
};

/// Whether a certificate can have the configured names and address. ErrorCode::usage.
[[nodiscard]] Result<void> check_server_names(const Configuration& configuration);

/// A fresh key, which lives as long as the server, and a certificate of the registry's own authority for it: for the
/// configured names, and the address unless that stands for all.
[[nodiscard]] Result<ServerCertificate> make_server_certificate(const Registry& registry);

}  // namespace holdfast::registry_app
