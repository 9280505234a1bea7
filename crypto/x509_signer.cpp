#include "crypto/x509_signer.hpp"

#include <openssl/asn1.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include "crypto/digest.hpp"
#include "crypto/key_handle.hpp"
#include "crypto/signature.hpp"

namespace holdfast::crypto {

CertificateSigner signer_with(const PrivateKey& key) {
  return {.key = key.public_key(), .sign = [&key](ByteView bytes) { return sign_message(key, {}, bytes); }};
}

namespace openssl {
namespace {

/// OpenSSL's number for the key's algorithm, as it stands in a SubjectPublicKeyInfo.
int key_type(const KeyRow& row) {
  return row.family == Family::ecdsa ? NID_X9_62_id_ecPublicKey : OBJ_txt2nid(std::string(row.oid).c_str());
}

}  // namespace

Result<void> set_algorithm(X509_ALGOR* to, const CertificateSigner& signer) {
  const KeyRow& row = row_of(signer.key.algorithm());
  if (!can(row, KeyUse::sign)) {
    return Error(ErrorCode::usage,
                 std::string(row.name) + " keys cannot sign certificates; use one of: " + list_signature_algorithms());
  }
  if (signer.hash && !row.default_hash) {
    return Error(ErrorCode::usage, std::string(row.name) + " hashes by itself; name no hash");
  }
  const auto used = signer.hash ? signer.hash : row.default_hash;
  // Where the algorithm hashes by itself, keys and signatures have one number.
  int signature = key_type(row);
  if (used && OBJ_find_sigid_by_algs(&signature, EVP_MD_get_type(digest(*used)), key_type(row)) != 1) {
    return failure("finding the signature algorithm");
  }
  const int parameters = row.family == Family::rsa ? V_ASN1_NULL : V_ASN1_UNDEF;
  if (X509_ALGOR_set0(to, OBJ_nid2obj(signature), parameters, nullptr) != 1) {
    return failure("writing the signature algorithm");
  }
  return {};
}

Result<void> set_key(X509_PUBKEY* to, const PublicKey& key) {
  const KeyRow& row = row_of(key.algorithm());
  EVP_PKEY* const pkey = key.handle().pkey.get();
  if (row.family == Family::rsa) {
    // X509_PUBKEY_set would put a new object into a place that belongs to the certificate.
    TRY_LET(const Bytes der, to_der<i2d_PublicKey>(pkey, "the public key"), "write public key");
    auto* const copy = static_cast<unsigned char*>(OPENSSL_memdup(der.data(), der.size()));
    if (copy != nullptr && X509_PUBKEY_set0_param(to, OBJ_nid2obj(NID_rsaEncryption), V_ASN1_NULL, nullptr, copy,
                                                  static_cast<int>(der.size())) == 1) {
      return {};
    }
    OPENSSL_free(copy);
    return failure("writing the public key");
  }
  TRY_LET(const Bytes raw, encoded_public_key(pkey), "read public key");
  const bool curve = row.family == Family::ecdsa;
  auto* const copy = static_cast<unsigned char*>(OPENSSL_memdup(raw.data(), raw.size()));
  ASN1_OBJECT* const parameter = curve ? OBJ_nid2obj(OBJ_txt2nid(std::string(row.oid).c_str())) : nullptr;
  if (copy != nullptr && X509_PUBKEY_set0_param(to, OBJ_nid2obj(key_type(row)), curve ? V_ASN1_OBJECT : V_ASN1_UNDEF,
                                                parameter, copy, static_cast<int>(raw.size())) == 1) {
    return {};
  }
  OPENSSL_free(copy);
  return failure("writing the public key");
}

Result<void> set_signature(ASN1_BIT_STRING* to, const CertificateSigner& signer, ByteView to_be_signed) {
  TRY_LET(const Bytes signature, signer.sign(to_be_signed), "sign");
  if (signature.empty() || signature.size() > max_signature_size(signer.key.algorithm())) {
    return Error(ErrorCode::internal, "the signer gave " + std::to_string(signature.size()) +
                                          " bytes, which are no signature of a key for " +
                                          std::string(row_of(signer.key.algorithm()).name));
  }
  if (ASN1_STRING_set(to, signature.data(), static_cast<int>(signature.size())) != 1) {
    return failure("writing the signature");
  }
  // Whole bytes: without this OpenSSL takes zeros at the end for bits that nobody set, and leaves them out.
  to->flags &= ~(ASN1_STRING_FLAG_BITS_LEFT | 0x07);
  to->flags |= ASN1_STRING_FLAG_BITS_LEFT;
  return {};
}

Result<BitString> make_signature(const CertificateSigner& signer, ByteView to_be_signed) {
  BitString signature(ASN1_BIT_STRING_new());
  if (!signature) return failure("writing the signature");
  TRY(set_signature(signature.get(), signer, to_be_signed), "sign");
  return signature;
}

}  // namespace openssl
}  // namespace holdfast::crypto
