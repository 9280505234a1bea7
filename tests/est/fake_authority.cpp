#include "tests/est/fake_authority.hpp"

#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>

#include "core/encoding.hpp"

namespace holdfast::test {
namespace {

using Certificate = std::unique_ptr<X509, decltype([](X509* certificate) { X509_free(certificate); })>;
using Request = std::unique_ptr<X509_REQ, decltype([](X509_REQ* request) { X509_REQ_free(request); })>;
using Pkcs7 = std::unique_ptr<PKCS7, decltype([](PKCS7* message) { PKCS7_free(message); })>;
using Input = std::unique_ptr<BIO, decltype([](BIO* input) { BIO_free(input); })>;
using Key = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* key) { EVP_PKEY_free(key); })>;

constexpr long kValidity = 3600;

template <auto Write, typename T>
Bytes der_of(T* object) {
  std::uint8_t* encoded = nullptr;
  const int size = Write(object, &encoded);
  Bytes der(encoded, encoded + std::max(size, 0));
  OPENSSL_free(encoded);
  return der;
}

void add_extension(X509* to, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, to, to, nullptr, nullptr, 0);
  auto* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  X509_add_ext(to, extension, -1);
  X509_EXTENSION_free(extension);
}

void add_name(X509_NAME* name, const char* text) {
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text), -1, -1, 0);
}

Certificate blank(const char* name, EVP_PKEY* key) {
  static long serial = 0;
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kValidity);
  add_name(X509_get_subject_name(certificate.get()), name);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

Request read_request(ByteView bytes) {
  const Input input(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  if (as_text(bytes).contains("-----BEGIN"))
    return Request(PEM_read_bio_X509_REQ(input.get(), nullptr, nullptr, nullptr));
  return Request(d2i_X509_REQ_bio(input.get(), nullptr));
}

}  // namespace

FakeAuthority::FakeAuthority(std::vector<KnownGrant> grants)
    : grants_(std::move(grants)), key_(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")) {
  const auto certificate = blank("Fake Authority", key_.get());
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
  add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(certificate.get(), NID_subject_key_identifier, "hash");
  X509_sign(certificate.get(), key_.get(), EVP_sha256());
  certificate_ = der_of<i2d_X509>(certificate.get());
}

Result<std::vector<Bytes>> FakeAuthority::authority_certificates() { return std::vector<Bytes>{certificate_}; }

Result<std::vector<std::string>> FakeAuthority::key_algorithms() {
  return std::vector<std::string>{"ecdsa-p256", "ecdsa-p384", "rsa-3072", "ml-dsa-65"};
}

Result<domain::EnrolmentAnswer> FakeAuthority::enrol(const domain::GrantCredentials& credentials,
                                                     const crypto::PublicKey& key,
                                                     const domain::ReportedClient& /*client*/) {
  const std::lock_guard lock(mutex_);
  const auto grant = std::ranges::find_if(grants_, [&](const KnownGrant& known) {
    return known.id == credentials.id.text() && known.secret == credentials.secret;
  });
  if (grant == grants_.end()) return Error(ErrorCode::wrong_passphrase, "no such grant");
  TRY_LET(auto identity, domain::IdentityId::create(system_clock_now()), "name identity");
  if (grant->fate == Fate::refused) return Error(ErrorCode::refused, "this grant has expired: ask for another one");
  if (grant->fate == Fate::broken) return Error(ErrorCode::io, "the disk is full of holes");
  if (grant->fate == Fate::deferred_once && waited_.insert(grant->id).second) {
    return domain::Deferred{.identity = std::move(identity), .retry_after = std::chrono::seconds(1)};
  }
  const auto now = system_clock_now();
  return domain::IssuedCertificate{.identity = std::move(identity),
                                   .serial = std::string(32, '0'),
                                   .not_before = now,
                                   .not_after = now + std::chrono::seconds(kValidity),
                                   .der = issue(key)};
}

Result<domain::EnrolmentAnswer> FakeAuthority::renew(ByteView certificate, const crypto::PublicKey& key) {
  const std::lock_guard lock(mutex_);
  if (!issued_.contains(to_hex(certificate))) {
    return Error(ErrorCode::wrong_passphrase, "not issued here");
  }
  TRY_LET(auto identity, domain::IdentityId::create(system_clock_now()), "name identity");
  const auto now = system_clock_now();
  return domain::IssuedCertificate{.identity = std::move(identity),
                                   .serial = std::string(32, '0'),
                                   .not_before = now,
                                   .not_after = now + std::chrono::seconds(kValidity),
                                   .der = issue(key)};
}

Bytes FakeAuthority::issue(const crypto::PublicKey& key) {
  const auto spki = key.to_der().value();
  const auto* at = spki.data();
  const Key public_key(d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())));
  const auto certificate = blank("device", public_key.get());
  const auto* from = certificate_.data();
  const Certificate issuer(d2i_X509(nullptr, &from, static_cast<long>(certificate_.size())));
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer.get()));
  add_extension(certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate.get(), NID_key_usage, "critical,digitalSignature");
  add_extension(certificate.get(), NID_ext_key_usage, "clientAuth");
  X509_sign(certificate.get(), key_.get(), EVP_sha256());
  auto der = der_of<i2d_X509>(certificate.get());
  issued_.insert(to_hex(der));
  return der;
}

est::Formats openssl_formats() {
  const auto read = [](ByteView bytes) -> Result<crypto::PublicKey> {
    const auto request = read_request(bytes);
    if (!request) return Error(ErrorCode::malformed, "this is no certificate request");
    auto* const key = X509_REQ_get0_pubkey(request.get());
    if (key == nullptr || X509_REQ_verify(request.get(), key) != 1) {
      return Error(ErrorCode::malformed, "the certificate request is not signed by the key that it asks for");
    }
    return crypto::PublicKey::parse(der_of<i2d_PUBKEY>(key));
  };
  const auto write = [](std::span<const Bytes> certificates) -> Result<Bytes> {
    const Pkcs7 message(PKCS7_new());
    PKCS7_set_type(message.get(), NID_pkcs7_signed);
    PKCS7_content_new(message.get(), NID_pkcs7_data);
    PKCS7_set_detached(message.get(), 1);
    for (const auto& der : certificates) {
      const auto* at = der.data();
      const Certificate certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
      PKCS7_add_certificate(message.get(), certificate.get());
    }
    return der_of<i2d_PKCS7>(message.get());
  };
  return {.read_request = read, .write_certificates = write};
}

}  // namespace holdfast::test
