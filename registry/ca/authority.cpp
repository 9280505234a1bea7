#include "registry/ca/authority.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "core/encoding.hpp"
#include "crypto/authority_chain.hpp"
#include "crypto/certificate_request.hpp"
#include "crypto/hash.hpp"

namespace holdfast::ca {
namespace {

using crypto::CertificateIssuer;
using crypto::CertificateProfile;
using crypto::CertificateSigner;
using crypto::KeyAlgorithm;
using std::chrono::seconds;

constexpr std::array kAlgorithms{KeyAlgorithm::ecdsa_p256, KeyAlgorithm::ecdsa_p384, KeyAlgorithm::ml_dsa_44,
                                 KeyAlgorithm::ml_dsa_65,  KeyAlgorithm::ml_dsa_87,  KeyAlgorithm::rsa_3072,
                                 KeyAlgorithm::rsa_4096};

std::string list_algorithms() {
  std::string text;
  for (const auto algorithm : kAlgorithms) {
    if (!text.empty()) text += ", ";
    text += crypto::row_of(algorithm).name;
  }
  return text;
}

Result<void> check_algorithm(KeyAlgorithm algorithm) {
  if (std::ranges::contains(kAlgorithms, algorithm)) return {};
  return Error(ErrorCode::usage, "an authority does not sign with " + std::string(crypto::row_of(algorithm).name) +
                                     "; use one of: " + list_algorithms());
}

Result<void> check_skew(seconds skew) {
  constexpr std::chrono::days kMost{1};
  if (skew >= seconds(0) && skew <= kMost) return {};
  return Error(ErrorCode::usage, "certificates begin 0 seconds to one day in the past, and " +
                                     std::to_string(skew.count()) + " seconds were given");
}

Result<crypto::PublicKey> key_for(KeyVault& vault, std::string_view name, KeyAlgorithm algorithm) {
  TRY(check_algorithm(algorithm), "check algorithm");
  auto existing = vault.public_key(name);
  if (!existing.ok() && existing.error().code() == ErrorCode::not_found) return vault.create(name, algorithm);
  TRY_LET(crypto::PublicKey key, std::move(existing), "find key");
  if (key.algorithm() == algorithm) return key;
  return Error(ErrorCode::refused, "the vault's key '" + std::string(name) + "' is for " +
                                       std::string(crypto::row_of(key.algorithm()).name) + ", and not for " +
                                       std::string(crypto::row_of(algorithm).name) +
                                       "; name that algorithm, or take the key away");
}

CertificateSigner signer_for(KeyVault& vault, std::string_view name, crypto::PublicKey key) {
  return {.key = std::move(key),
          .sign = [&vault, name = std::string(name)](ByteView bytes) { return vault.sign(name, bytes); }};
}

Result<crypto::DistinguishedName> name_authority(const AuthoritySettings& settings, const std::string& role) {
  if (settings.name.empty()) {
    return Error(ErrorCode::usage, "the authority has no name; give one, such as 'Example Fleet'");
  }
  std::string text = "CN=" + crypto::escape_name_value(settings.name + " " + role);
  if (!settings.organisation.empty()) text += ",O=" + crypto::escape_name_value(settings.organisation);
  return crypto::DistinguishedName::parse(text);
}

Result<void> check_settings(const AuthoritySettings& settings) {
  TRY(check_algorithm(settings.root_algorithm), "check the root's algorithm");
  TRY(check_algorithm(settings.issuing_algorithm), "check the issuing algorithm");
  TRY(check_skew(settings.skew), "check the skew");
  constexpr std::chrono::days kLongest{36'500};
  for (const auto days : {settings.root_validity, settings.issuing_validity}) {
    if (days >= std::chrono::days(1) && days <= kLongest) continue;
    return Error(ErrorCode::usage, "the certificate of an authority is valid for 1 to 36500 days, and " +
                                       std::to_string(days.count()) + " were given");
  }
  return {};
}

Result<Bytes> certify_root(const CertificateSigner& signer, const AuthoritySettings& settings, Timestamp now) {
  TRY_LET(auto subject, name_authority(settings, "Root CA"), "name the root");
  TRY_LET(const auto serial, crypto::SerialNumber::draw(now), "draw serial number");
  return crypto::issue_root(signer, {.profile = CertificateProfile::root,
                                     .subject = std::move(subject),
                                     .alternative_names = {},
                                     .key = signer.key,
                                     .serial = serial,
                                     .not_before = now - settings.skew,
                                     .not_after = now + settings.root_validity});
}

Result<Bytes> certify_issuing(const CertificateIssuer& root, crypto::PublicKey key, const AuthoritySettings& settings,
                              Timestamp now) {
  TRY_LET(auto subject, name_authority(settings, "Issuing CA"), "name the issuing authority");
  TRY_LET(const auto serial, crypto::SerialNumber::draw(now), "draw serial number");
  return root.issue({.profile = CertificateProfile::issuing_ca,
                     .subject = std::move(subject),
                     .alternative_names = {},
                     .key = std::move(key),
                     .serial = serial,
                     .not_before = now - settings.skew,
                     .not_after = std::min<Timestamp>(now + settings.issuing_validity, root.not_after()),
                     .links = settings.issuing_links});
}

Result<CertificateIssuer> issuer_of(KeyVault& vault, std::span<const Bytes> chain, std::optional<Timestamp> at) {
  if (chain.size() < 2) {
    return Error(ErrorCode::refused,
                 "an authority has a certificate below its root's; give those from the issuing one's up to the root's");
  }
  TRY(crypto::check_authority_chain(chain, at), "check certificates");
  TRY_LET(crypto::PublicKey key, vault.public_key(kIssuingKey), "find the issuing key");
  TRY(check_algorithm(key.algorithm()), "check algorithm");
  return CertificateIssuer::create(chain.front(), signer_for(vault, kIssuingKey, std::move(key)));
}

/// From when to when a certificate is valid: within its issuer's.
struct Validity {
  Timestamp not_before;
  Timestamp not_after;
};

Result<Validity> settle_validity(const EndEntity& entity, const CertificateIssuer& issuer, seconds skew) {
  if (entity.validity < seconds(1)) {
    return Error(ErrorCode::usage, "a certificate is valid for one second at least, and " +
                                       std::to_string(entity.validity.count()) + " were given");
  }
  if (entity.now < issuer.not_before() || entity.now > issuer.not_after()) {
    return Error(ErrorCode::refused, "the issuing authority's certificate is valid from " +
                                         format_rfc3339(issuer.not_before()) + " to " +
                                         format_rfc3339(issuer.not_after()) + ", and now it is " +
                                         format_rfc3339(entity.now) + "; renew it, or correct the clock");
  }
  // Compared before it is added: an endless validity must not overflow.
  const seconds left = issuer.not_after() - entity.now;
  return Validity{std::max(entity.now - skew, issuer.not_before()), entity.now + std::min(entity.validity, left)};
}

}  // namespace

Result<void> Authority::check(const AuthoritySettings& settings) {
  TRY(check_settings(settings), "check settings");
  TRY(name_authority(settings, "Root CA"), "name the root");
  TRY(name_authority(settings, "Issuing CA"), "name the issuing authority");
  return {};
}

Result<Authority> Authority::found(KeyVault& vault, const AuthoritySettings& settings, Timestamp now) {
  TRY(check(settings), "check settings");
  TRY_LET(crypto::PublicKey root_key, key_for(vault, kRootKey, settings.root_algorithm), "make the root's key");
  TRY_LET(crypto::PublicKey key, key_for(vault, kIssuingKey, settings.issuing_algorithm), "make the issuing key");
  const CertificateSigner root_signer = signer_for(vault, kRootKey, std::move(root_key));
  TRY_LET(const Bytes root, certify_root(root_signer, settings, now), "certify the root");
  TRY_LET(const CertificateIssuer above, CertificateIssuer::create(root, root_signer), "open the root");
  TRY_LET(const Bytes issuing, certify_issuing(above, std::move(key), settings, now), "certify the issuing authority");
  return open(vault, root, {&issuing, 1}, {.skew = settings.skew});
}

Result<Authority> Authority::open(KeyVault& vault, ByteView root, std::span<const Bytes> below,
                                  const IssuingRules& rules) {
  TRY(check_skew(rules.skew), "check the skew");
  std::vector<Bytes> chain(below.begin(), below.end());
  chain.emplace_back(root.begin(), root.end());
  TRY_LET(CertificateIssuer issuer, issuer_of(vault, chain, std::nullopt), "open the issuing authority");
  return Authority(std::move(issuer), std::move(chain), rules);
}

Result<std::string> Authority::issuing_request(KeyVault& vault, const AuthoritySettings& settings) {
  TRY_LET(const auto subject, name_authority(settings, "Issuing CA"), "name the issuing authority");
  TRY_LET(crypto::PublicKey key, key_for(vault, kIssuingKey, settings.issuing_algorithm), "make the issuing key");
  return crypto::make_authority_request(signer_for(vault, kIssuingKey, std::move(key)), subject);
}

Result<Authority> Authority::accept(KeyVault& vault, const crypto::CertificateChain& chain, Timestamp now,
                                    const IssuingRules& rules) {
  TRY(check_skew(rules.skew), "check the skew");
  TRY_LET(CertificateIssuer issuer, issuer_of(vault, chain.certificates(), now), "open the issuing authority");
  return Authority(std::move(issuer), chain.certificates(), rules);
}

Result<std::string> Authority::root_sha256() const {
  TRY_LET(const auto digest, crypto::hash(crypto::HashAlgorithm::sha256, {chain_.back()}), "hash root certificate");
  return to_hex(digest);
}

Result<IssuedCertificate> Authority::issue(const EndEntity& entity) const {
  if (entity.profile != CertificateProfile::client && entity.profile != CertificateProfile::server) {
    return Error(ErrorCode::usage, "this authority certifies clients and servers, and no other authorities");
  }
  TRY_LET(const Validity valid, settle_validity(entity, issuer_, rules_.skew), "settle validity");
  TRY_LET(const auto serial, crypto::SerialNumber::draw(entity.now), "draw serial number");
  TRY_LET(Bytes der,
          issuer_.issue({.profile = entity.profile,
                         .subject = entity.names.subject,
                         .alternative_names = entity.names.alternative_names,
                         .key = entity.key,
                         .uses = entity.uses,
                         .serial = serial,
                         .not_before = valid.not_before,
                         .not_after = valid.not_after,
                         .links = entity.links}),
          "issue certificate");
  return IssuedCertificate{std::move(der), serial, valid.not_before, valid.not_after};
}

}  // namespace holdfast::ca
