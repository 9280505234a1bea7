#include "crypto/envelope.hpp"

#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <array>

#include "crypto/digest.hpp"
#include "crypto/key_handle.hpp"
#include "crypto/pem.hpp"
#include "crypto/x509_openssl.hpp"

namespace holdfast::crypto {
namespace {

using Bio = openssl::Owned<BIO, BIO_free_all>;
using Cms = openssl::Owned<CMS_ContentInfo, CMS_ContentInfo_free>;
using Cipher = openssl::Owned<EVP_CIPHER, EVP_CIPHER_free>;

constexpr const char* kPemName = "CMS";
constexpr std::size_t kMaxContent = std::size_t{8} * 1024;

Error malformed(std::string message) {
  ERR_clear_error();
  return {ErrorCode::malformed, std::move(message)};
}

// One that was parsed before.
Result<openssl::Certificate> certificate_of(const CertificateChain& chain) {
  const Bytes& der = chain.certificates().front();
  const unsigned char* at = der.data();
  X509* object = X509_new_ex(openssl::context(), nullptr);
  const bool read = object != nullptr && d2i_X509(&object, &at, static_cast<long>(der.size())) != nullptr;
  openssl::Certificate certificate(object);
  if (!read) return openssl::failure("reading the certificate");
  return certificate;
}

Result<void> check_key(const CertificateChain& chain) {
  const auto& row = row_of(chain.leaf_key().algorithm());
  if (row.family == Family::rsa || row.family == Family::ecdsa) return {};
  return Error(ErrorCode::refused, "nothing can be encrypted to " + std::string(row.name) +
                                       " certificates here; use one for an RSA key or a key on a NIST curve");
}

// RFC 5280, 4.2.1.3. A certificate that does not say what it is for may be used for anything.
Result<void> check_usage(const CertificateChain& chain) {
  TRY_LET(const auto certificate, certificate_of(chain), "read certificate");
  const auto usage = X509_get_key_usage(certificate.get());
  ERR_clear_error();
  const bool rsa = row_of(chain.leaf_key().algorithm()).family == Family::rsa;
  if (usage == UINT32_MAX || (usage & (rsa ? KU_KEY_ENCIPHERMENT : KU_KEY_AGREEMENT)) != 0) return {};
  return Error(ErrorCode::refused, "the certificate is not for encryption: its key usage does not have " +
                                       std::string(rsa ? "keyEncipherment" : "keyAgreement") +
                                       "; use the officer's certificate for encryption");
}

Result<void> choose_algorithms(CMS_RecipientInfo* recipient, KeyAlgorithm algorithm) {
  EVP_PKEY_CTX* const settings = CMS_RecipientInfo_get0_pkey_ctx(recipient);
  const KeyRow& row = row_of(algorithm);
  const bool rsa = row.family == Family::rsa;
  // OpenSSL's own choice would be SHA-1 for either.
  const EVP_MD* const hash = openssl::digest(rsa ? HashAlgorithm::sha256 : row.default_hash.value());
  const bool chosen =
      settings != nullptr && hash != nullptr &&
      (rsa ? EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_OAEP_PADDING) == 1 &&
                 EVP_PKEY_CTX_set_rsa_oaep_md(settings, hash) == 1 && EVP_PKEY_CTX_set_rsa_mgf1_md(settings, hash) == 1
           : EVP_PKEY_CTX_set_ecdh_kdf_md(settings, hash) == 1);
  if (!chosen) return openssl::failure("choosing how to encrypt to the certificate");
  return {};
}

Result<Bytes> write_der(CMS_ContentInfo* cms) {
  unsigned char* der = nullptr;
  const int size = i2d_CMS_ContentInfo(cms, &der);
  if (size <= 0) return openssl::failure("writing CMS");
  Bytes bytes(der, der + size);
  OPENSSL_free(der);
  return bytes;
}

Result<Cms> parse(ByteView der) {
  if (der.size() > kMaxEnvelope) return malformed("this is larger than anything that was encrypted here");
  TRY(openssl::check_der_frame(der, "the CMS"), "check DER");
  const unsigned char* at = der.data();
  CMS_ContentInfo* object = CMS_ContentInfo_new_ex(openssl::context(), nullptr);
  const bool read = object != nullptr && d2i_CMS_ContentInfo(&object, &at, static_cast<long>(der.size())) != nullptr;
  // On failure OpenSSL has freed the object and forgotten it, or has left it as it was.
  Cms cms(object);
  if (!read) return malformed("this is no CMS (RFC 5652) that can be read");
  ERR_clear_error();
  // Anything less is not authenticated, and may come out altered.
  if (OBJ_obj2nid(CMS_get0_type(cms.get())) != NID_id_smime_ct_authEnvelopedData) {
    return malformed("this CMS is not an AuthEnvelopedData, which alone is opened here");
  }
  return cms;
}

// Straight into memory that is wiped, and given out only when its tag has verified.
Result<SecretBytes> read_content(BIO* content) {
  SecretBytes room(kMaxContent + 1);
  const auto bytes = room.expose_mutable(SecretAccess{});
  std::size_t size = 0;
  while (size < bytes.size()) {
    const int got = BIO_read(content, bytes.data() + size, static_cast<int>(bytes.size() - size));
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > kMaxContent) return malformed("what was encrypted is larger than 8 KiB");
  if (BIO_get_cipher_status(content) != 1) {
    ERR_clear_error();
    return Error(ErrorCode::wrong_passphrase, "this key does not open it, or it was altered");
  }
  return SecretBytes::copy_of(bytes.first(size));
}

}  // namespace

Result<void> check_receives(const CertificateChain& chain, Timestamp now) {
  TRY(check_key(chain), "check key");
  TRY(check_usage(chain), "check usage");
  const auto& facts = chain.leaf();
  if (now > facts.not_after) {
    return Error(ErrorCode::refused,
                 "the certificate expired at " + format_rfc3339(facts.not_after) + "; use the one that replaced it");
  }
  if (now < facts.not_before) {
    return Error(ErrorCode::refused, "the certificate is valid from " + format_rfc3339(facts.not_before) +
                                         " on only; use one that is valid now, or set this machine's clock");
  }
  return {};
}

Result<Bytes> make_envelope(const CertificateChain& to, const SecretBytes& content) {
  if (content.size() > kMaxContent) return Error(ErrorCode::internal, "too much to put into an envelope");
  TRY(check_key(to), "check key");
  TRY_LET(const auto certificate, certificate_of(to), "read certificate");
  const Cipher cipher(EVP_CIPHER_fetch(openssl::context(), "AES-256-GCM", nullptr));
  const Cms cms(cipher ? CMS_AuthEnvelopedData_create_ex(cipher.get(), openssl::context(), nullptr) : nullptr);
  CMS_RecipientInfo* const recipient =
      cms ? CMS_add1_recipient_cert(cms.get(), certificate.get(), CMS_KEY_PARAM) : nullptr;
  if (recipient == nullptr) return openssl::failure("setting up CMS");
  TRY(choose_algorithms(recipient, to.leaf_key().algorithm()), "choose algorithms");
  const auto bytes = content.expose(SecretAccess{});
  const Bio in(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  // Without word of it, the content would be left out.
  if (!in || CMS_set_detached(cms.get(), 0) != 1 || CMS_final(cms.get(), in.get(), nullptr, CMS_BINARY) != 1)
    return openssl::failure("encrypting");
  return write_der(cms.get());
}

Result<SecretBytes> open_envelope(ByteView der, const PrivateKey& key) {
  TRY_LET(const auto cms, parse(der), "parse CMS");
  EVP_PKEY* const pkey = key.public_key().handle().pkey.get();
  // With an RSA key that does not fit, OpenSSL goes on with a random one, so that nobody learns from errors.
  const bool taken = CMS_decrypt_set1_pkey(cms.get(), pkey, nullptr) == 1;
  const Bio content(taken ? CMS_dataInit(cms.get(), nullptr) : nullptr);
  ERR_clear_error();
  if (!content) return Error(ErrorCode::wrong_passphrase, "this key does not open it, or it was altered");
  return read_content(content.get());
}

Result<std::string> envelope_to_pem(ByteView der) { return write_pem(kPemName, der); }

Result<Bytes> read_envelope(ByteView pem_or_der) {
  if (has_pem(pem_or_der)) return read_pem(pem_or_der, kPemName);
  return Bytes(pem_or_der.begin(), pem_or_der.end());
}

}  // namespace holdfast::crypto
