// Keys from files: SubjectPublicKeyInfo and PKCS #8. Everything here reads untrusted bytes.
#include <openssl/asn1.h>
#include <openssl/asn1t.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "core/text.hpp"
#include "crypto/key_handle.hpp"
#include "crypto/pem.hpp"
#include "crypto/signature.hpp"

namespace holdfast::crypto {
namespace {

using Spki = openssl::Owned<X509_PUBKEY, X509_PUBKEY_free>;
using openssl::Pkcs8;

constexpr std::uint8_t kSequence = 0x30;

Error malformed(std::string message) {
  ERR_clear_error();
  return {ErrorCode::malformed, std::move(message)};
}

/// What a DER object that is not a SubjectPublicKeyInfo looks like: the tag of its first member tells.
Error not_a_public_key(ByteView der) {
  const unsigned char* at = der.data();
  long size = 0;
  int tag = 0;
  int tag_class = 0;
  const bool sequence = (ASN1_get_object(&at, &size, &tag, &tag_class, static_cast<long>(der.size())) & 0x80) == 0 &&
                        tag == V_ASN1_SEQUENCE && tag_class == V_ASN1_UNIVERSAL;
  const ByteView inside = der.subspan(static_cast<std::size_t>(at - der.data()));
  constexpr std::uint8_t kInteger = 0x02;
  // A one-byte version number in front: PKCS #8, RSAPrivateKey and ECPrivateKey.
  if (sequence && inside.size() > 2 && inside[0] == kInteger && inside[1] == 1) return private_key_given();
  if (sequence && inside.size() > 2 && inside[0] == kInteger) {
    return malformed("this is a PKCS #1 RSA public key; convert it with 'openssl rsa -RSAPublicKey_in -pubout'");
  }
  if (sequence && inside.size() > 4 && inside[0] == kSequence && inside[1] >= 0x80) {
    return malformed("a public key (SubjectPublicKeyInfo) is needed, and this looks like a certificate");
  }
  return malformed("this is not a public key (SubjectPublicKeyInfo, PEM or DER)");
}

std::string name_of(const ASN1_OBJECT* algorithm) {
  std::array<char, 128> text{};
  OBJ_obj2txt(text.data(), static_cast<int>(text.size()), algorithm, 0);
  return printable(text.data(), 100);
}

bool is_ours(const ASN1_OBJECT* algorithm) {
  std::array<char, 128> oid{};
  OBJ_obj2txt(oid.data(), static_cast<int>(oid.size()), algorithm, 1);
  if (std::string_view(oid.data()) == "1.2.840.10045.2.1") return true;  // ecPublicKey; the table has the curves'
  return std::ranges::any_of(key_algorithms(), [&](const KeyRow& row) {
    return row.family != Family::ecdsa && !row.oid.empty() && row.oid == oid.data();
  });
}

Result<void> check_ours(const ASN1_OBJECT* algorithm) {
  if (is_ours(algorithm)) return {};
  ERR_clear_error();
  return Error(ErrorCode::refused, "a key for " + name_of(algorithm) + " is not one of: " + list_key_algorithms());
}

/// The EVP_PKEY inside `der`, with its algorithm known to be one that the table may hold.
Result<openssl::Pkey> decode_spki(ByteView der) {
  if (!der.empty() && der.front() != kSequence) return not_a_public_key(der);
  TRY(openssl::check_der_frame(der, "the public key"), "check DER");
  const unsigned char* at = der.data();
  const Spki spki(reinterpret_cast<X509_PUBKEY*>(ASN1_item_d2i_ex(
      nullptr, &at, static_cast<long>(der.size()), ASN1_ITEM_rptr(X509_PUBKEY), openssl::context(), nullptr)));
  if (!spki) return not_a_public_key(der);
  ASN1_OBJECT* algorithm = nullptr;
  if (X509_PUBKEY_get0_param(&algorithm, nullptr, nullptr, nullptr, spki.get()) != 1) return not_a_public_key(der);
  TRY(check_ours(algorithm), "check algorithm");
  openssl::Pkey pkey(X509_PUBKEY_get(spki.get()));
  if (!pkey) return malformed("the public key for " + name_of(algorithm) + " is damaged or its curve is unknown");
  return pkey;
}

Result<void> check_public(const PublicKey& key) {
  const openssl::PkeyCtx ctx(EVP_PKEY_CTX_new_from_pkey(openssl::context(), key.handle().pkey.get(), nullptr));
  if (!ctx) return openssl::failure("checking the public key");
  if (EVP_PKEY_public_check(ctx.get()) == 1) return {};
  return malformed("the public key says " + std::string(row_of(key.algorithm()).name) +
                   ", but is not a valid key of that algorithm");
}

// OpenSSL's own check of an RSA pair tests its primes anew, for seconds at 8192 bits. A signature that verifies
// says as much: with a wrong exponent or factor it would not.
Result<bool> rsa_pair_works(const PrivateKey& key) {
  const ByteView message = as_bytes("holdfast pair check");
  auto signature = sign_message(key, {}, message);
  if (!signature) return false;
  TRY_LET(const Verdict verdict, verify_message(key.public_key(), {}, message, *signature), "verify with the key");
  return verdict == Verdict::valid;
}

/// Whether both halves belong together. Only where a file states both independently: the other algorithms'
/// public keys are computed while the private key is read.
Result<void> check_pair(const PrivateKey& key) {
  const Family family = row_of(key.algorithm()).family;
  bool fine = true;
  if (family == Family::rsa) {
    TRY_LET(fine, rsa_pair_works(key), "try the key");
  }
  if (family == Family::ecdsa) {
    const auto& handle = key.public_key().handle();
    const openssl::PkeyCtx ctx(EVP_PKEY_CTX_new_from_pkey(openssl::context(), handle.pkey.get(), nullptr));
    if (!ctx) return openssl::failure("checking the key pair");
    fine = EVP_PKEY_check(ctx.get()) == 1;
  }
  if (fine) return {};
  return malformed("the private key does not belong to the public key beside it, or is damaged");
}

}  // namespace

namespace openssl {

Result<void> check_der_frame(ByteView der, const std::string& what) {
  if (der.empty()) return malformed(what + " is empty");
  if (der.size() > kMaxKeyFile) return malformed(what + " is larger than 64 KiB");
  if (der.front() != kSequence) return malformed(what + " is neither PEM nor DER");
  const unsigned char* at = der.data();
  long size = 0;
  int tag = 0;
  int tag_class = 0;
  const int form = ASN1_get_object(&at, &size, &tag, &tag_class, static_cast<long>(der.size()));
  if ((form & 0x80) != 0) return malformed(what + " is truncated, or neither PEM nor DER");
  const auto used = static_cast<std::size_t>(at - der.data()) + static_cast<std::size_t>(size);
  if ((form & 1) != 0) return malformed(what + " has an indefinite length, which DER forbids");
  if (used != der.size()) {
    return malformed(what + " is followed by " + std::to_string(der.size() - used) +
                     " more bytes, or is no DER at all");
  }
  return {};
}

Result<Pkey> read_private_key_info(const PKCS8_PRIV_KEY_INFO& info) {
  const ASN1_OBJECT* algorithm = nullptr;
  if (PKCS8_pkey_get0(&algorithm, nullptr, nullptr, nullptr, &info) != 1)
    return malformed("the private key is damaged");
  // OpenSSL would compute the public key of a DSA key of any size, for hours.
  TRY(check_ours(algorithm), "check algorithm");
  Pkey pkey(EVP_PKCS82PKEY_ex(&info, context(), nullptr));
  if (!pkey) return malformed("the private key for " + name_of(algorithm) + " is damaged, or its curve is unknown");
  TRY(check_sizes(*pkey), "check the numbers' sizes");
  return pkey;
}

Result<void> check_sizes(const EVP_PKEY& pkey) {
  if (EVP_PKEY_is_a(&pkey, "RSA") != 1) return {};
  const auto fits = [&](const char* name, int limit) {
    BIGNUM* number = nullptr;
    const bool there = EVP_PKEY_get_bn_param(&pkey, name, &number) == 1;
    const Bignum owned(number);
    return !there || BN_num_bits(number) <= limit;
  };
  constexpr int kMaxExponentBits = 256;  // FIPS 186-5, A.1.1
  const int bits = EVP_PKEY_get_bits(&pkey);
  bool fine = fits(OSSL_PKEY_PARAM_RSA_E, kMaxExponentBits) && fits(OSSL_PKEY_PARAM_RSA_FACTOR3, 0);
  for (const char* const name :
       {OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2, OSSL_PKEY_PARAM_RSA_EXPONENT1,
        OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1}) {
    fine = fine && fits(name, bits);
  }
  if (fine) return {};
  return malformed("the RSA key has numbers that are too large for its size, or more than two primes");
}

}  // namespace openssl

Result<PublicKey> PublicKey::parse(ByteView pem_or_der) {
  if (pem_or_der.empty()) return malformed("the public key is empty");
  if (pem_or_der.size() > openssl::kMaxKeyFile) return malformed("the public key is larger than 64 KiB");
  const bool pem = has_pem(pem_or_der);
  Bytes decoded;
  if (pem) {
    TRY_LET(decoded, read_pem(pem_or_der, "PUBLIC KEY"), "read PEM");
  }
  TRY_LET(openssl::Pkey pkey, decode_spki(pem ? ByteView(decoded) : pem_or_der), "read public key");
  TRY_LET(PublicKey key, openssl::adopt(std::move(pkey)), "take in the public key");
  TRY(check_public(key), "check public key");
  return key;
}

Result<PrivateKey> PrivateKey::parse_pkcs8(const SecretBytes& der, PairCheck check) {
  const ByteView bytes = der.expose(SecretAccess{});
  TRY(openssl::check_der_frame(bytes, "the private key"), "check DER");
  const unsigned char* at = bytes.data();
  const Pkcs8 info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(bytes.size())));
  if (!info) {
    return malformed(
        "this is not a private key in PKCS #8 form, DER, not encrypted; "
        "'openssl pkcs8 -topk8 -nocrypt -outform DER' converts other forms");
  }
  TRY_LET(openssl::Pkey pkey, openssl::read_private_key_info(*info), "read private key");
  TRY_LET(PublicKey public_key, openssl::adopt(std::move(pkey)), "take in the private key");
  PrivateKey key(std::move(public_key));
  if (check == PairCheck::tried) TRY(check_pair(key), "check key pair");
  return key;
}

}  // namespace holdfast::crypto
