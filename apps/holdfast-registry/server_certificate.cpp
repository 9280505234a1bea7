#include "apps/holdfast-registry/server_certificate.hpp"

#include "crypto/x509_name.hpp"

namespace holdfast::registry_app {
namespace {

// A server is started anew before that.
constexpr std::chrono::seconds kValidity = std::chrono::days(398);

Result<std::vector<crypto::SubjectAlternativeName>> names_of(const Configuration& configuration) {
  std::vector<std::string> typed;
  typed.reserve(configuration.names.size() + 1);
  for (const auto& name : configuration.names) typed.push_back("DNS:" + name);
  const auto& address = configuration.address;
  if (address != "0.0.0.0" && address != "::") typed.push_back("IP:" + address);
  return crypto::parse_alternative_names(typed);
}

Result<crypto::DistinguishedName> subject_of(const Configuration& configuration) {
  return crypto::DistinguishedName::parse("CN=" + configuration.names.front());
}

}  // namespace

Result<void> check_server_names(const Configuration& configuration) {
  TRY(names_of(configuration), "read names");
  TRY(subject_of(configuration), "name server");
  return {};
}

Result<ServerCertificate> make_server_certificate(const Registry& registry) {
  TRY_LET(const auto key, crypto::PrivateKey::generate(crypto::KeyAlgorithm::ecdsa_p256), "make key");
  TRY_LET(auto names, names_of(registry.configuration()), "read names");
  TRY_LET(auto subject, subject_of(registry.configuration()), "name server");
  TRY_LET(const auto issued,
          registry.authority().issue({.names = {.subject = std::move(subject), .alternative_names = std::move(names)},
                                      .key = key.public_key(),
                                      .profile = crypto::CertificateProfile::server,
                                      .now = registry.now(),
                                      .validity = kValidity}),
          "issue the server's certificate");
  TRY_LET(const auto own, crypto::CertificateChain::parse(issued.der), "read certificate");
  TRY_LET(std::string pem, own.to_pem(), "write certificate");
  // The root alone is left out: whoever believes it has it.
  const auto& authorities = registry.authority().chain();
  for (std::size_t i = 0; i + 1 < authorities.size(); ++i) {
    TRY_LET(const auto issuer, crypto::CertificateChain::parse(authorities[i]), "read issuer");
    TRY_LET(const auto issuer_pem, issuer.to_pem(), "write issuer");
    pem += issuer_pem;
  }
  TRY_LET(auto chain, crypto::CertificateChain::parse(as_bytes(pem)), "join certificates");
  TRY_LET(auto private_key, key.to_pkcs8(), "write key");
  return ServerCertificate{std::move(chain), std::move(private_key)};
}

}  // namespace holdfast::registry_app
