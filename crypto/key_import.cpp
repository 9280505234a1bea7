#include "crypto/key_import.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/key_handle.hpp"
#include "crypto/pbe_cost.hpp"

namespace holdfast::crypto {
namespace {

using Bio = openssl::Owned<BIO, BIO_free_all>;
using Encrypted = openssl::Owned<X509_SIG, X509_SIG_free>;
using openssl::Pkcs8;

constexpr std::size_t kMaxFile = std::size_t{64} * 1024;
constexpr BN_ULONG kMinExponent = 65537;
constexpr int kMinPrimeDistanceBits = 100;  // FIPS 186-5, A.1.1: |p - q| > 2^(n/2 - 100)

Error malformed(std::string message) {
  ERR_clear_error();
  return {ErrorCode::malformed, std::move(message)};
}

Error no_key() {
  return malformed("this is not a private key that can be read: PKCS #8, PEM or DER, encrypted or not");
}

Error does_not_open() {
  ERR_clear_error();
  return {ErrorCode::wrong_passphrase, "the passphrase does not open the key file, or the file is damaged"};
}

// Whether OpenSSL's last failure, whose story is taken from its queue, was that it does not know an algorithm.
bool is_unsupported() {
  constexpr std::array kReasons{ERR_R_UNSUPPORTED,           EVP_R_UNSUPPORTED_ALGORITHM,
                                EVP_R_UNKNOWN_PBE_ALGORITHM, EVP_R_UNSUPPORTED_KEY_DERIVATION_FUNCTION,
                                EVP_R_UNSUPPORTED_PRF,       EVP_R_UNSUPPORTED_CIPHER,
                                EVP_R_UNKNOWN_CIPHER};
  bool found = false;
  for (auto error = ERR_get_error(); error != 0; error = ERR_get_error()) {
    found = found || std::ranges::contains(kReasons, ERR_GET_REASON(error));
  }
  return found;
}

Result<SecretBytes> ask(const KeyPassphrase& passphrase) {
  if (!passphrase) return Error(ErrorCode::usage, "the key file is encrypted; give its passphrase");
  return passphrase();
}

// Where PEM blocks of private keys begin. Others may stand beside them: openssl writes EC parameters in front.
std::vector<std::size_t> private_blocks(std::string_view text) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  constexpr std::string_view kLabel = "PRIVATE KEY-----";
  std::vector<std::size_t> begins;
  for (auto at = text.find(kBegin); at != std::string_view::npos; at = text.find(kBegin, at + 1)) {
    const auto line = text.substr(at, text.find('\n', at) - at);
    if (line.contains(kLabel)) begins.push_back(at);
  }
  return begins;
}

// Reads `T` from all of `der`; null where that is something else.
template <typename T, typename Read>
T read_all(ByteView der, Read read) {
  const std::uint8_t* at = der.data();
  T object(read(nullptr, &at, static_cast<long>(der.size())));
  ERR_clear_error();
  return at == der.data() + der.size() ? std::move(object) : T();
}

Result<Pkcs8> decrypt(const X509_SIG& encrypted, const KeyPassphrase& passphrase) {
  const X509_ALGOR* encryption = nullptr;
  X509_SIG_get0(&encrypted, &encryption, nullptr);
  TRY(openssl::check_pbe_cost(*encryption), "check encryption");
  TRY_LET(const auto given, ask(passphrase), "get passphrase");
  const auto text = as_text(given.expose(SecretAccess{}));
  Pkcs8 info(PKCS8_decrypt_ex(&encrypted, text.data(), static_cast<int>(text.size()), openssl::context(), nullptr));
  if (info) return info;
  if (is_unsupported()) {
    return Error(ErrorCode::refused, "the key file is encrypted in a way that " + describe_module(current_module()) +
                                         " does not have; write it anew with 'openssl pkcs8 -topk8'");
  }
  return does_not_open();
}

// The older forms, each named by its type.
Result<openssl::Pkey> read_older(ByteView der, int type) {
  auto key = read_all<openssl::Pkey>(der, [&](EVP_PKEY** out, const std::uint8_t** at, long size) {
    return d2i_PrivateKey_ex(type, out, at, size, openssl::context(), nullptr);
  });
  if (!key) return no_key();
  TRY(openssl::check_sizes(*key), "check the numbers' sizes");
  return key;
}

Result<openssl::Pkey> read_der(ByteView der, const KeyPassphrase& passphrase) {
  if (const auto encrypted = read_all<Encrypted>(der, d2i_X509_SIG)) {
    TRY_LET(const auto info, decrypt(*encrypted, passphrase), "decrypt key");
    return openssl::read_private_key_info(*info);
  }
  if (const auto info = read_all<Pkcs8>(der, d2i_PKCS8_PRIV_KEY_INFO)) return openssl::read_private_key_info(*info);
  if (auto key = read_older(der, EVP_PKEY_EC); key.ok()) return key;
  return read_older(der, EVP_PKEY_RSA);
}

// One PEM block, which OpenSSL wipes.
struct Block {
  Block() = default;
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() {
    OPENSSL_secure_free(name);
    OPENSSL_secure_free(header);
    OPENSSL_secure_clear_free(data, static_cast<std::size_t>(size));
  }
  [[nodiscard]] ByteView der() const { return {data, static_cast<std::size_t>(size)}; }

  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
};

// The encryption that is not part of the key but of its PEM block: one round of MD5, whatever the block says.
Result<void> decrypt_block(Block& block, const KeyPassphrase& passphrase) {
  EVP_CIPHER_INFO cipher{};
  if (PEM_get_EVP_CIPHER_INFO(block.header, &cipher) != 1) return no_key();
  if (cipher.cipher == nullptr) return {};
  if (current_module() == Module::fips) {
    return Error(ErrorCode::refused,
                 "the key file is encrypted in an old way, with MD5, which the FIPS provider does "
                 "not have; write it anew with 'openssl pkcs8 -topk8'");
  }
  TRY_LET(auto given, ask(passphrase), "get passphrase");
  const auto give = [](char* room, int room_size, int, void* argument) -> int {
    const auto bytes = static_cast<const SecretBytes*>(argument)->expose(SecretAccess{});
    if (std::cmp_greater(bytes.size(), room_size)) return -1;
    std::ranges::copy(bytes, room);
    return static_cast<int>(bytes.size());
  };
  if (PEM_do_header(&cipher, block.data, &block.size, give, &given) != 1) return does_not_open();
  return {};
}

Result<openssl::Pkey> read_pem_block(ByteView pem, const KeyPassphrase& passphrase) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Block block;
  if (!bio || PEM_read_bio_ex(bio.get(), &block.name, &block.header, &block.data, &block.size, PEM_FLAG_SECURE) != 1) {
    return no_key();
  }
  const std::string_view name(block.name);
  if (name == "ENCRYPTED PRIVATE KEY" || name == "PRIVATE KEY") return read_der(block.der(), passphrase);
  if (name != "RSA PRIVATE KEY" && name != "EC PRIVATE KEY") return no_key();
  const bool encrypted = *block.header != '\0';
  TRY(decrypt_block(block, passphrase), "decrypt key");
  auto key = read_older(block.der(), name == "RSA PRIVATE KEY" ? EVP_PKEY_RSA : EVP_PKEY_EC);
  if (!key.ok() && encrypted) return does_not_open();
  return key;
}

Result<openssl::Bignum> number_of(const EVP_PKEY* pkey, const char* name) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(pkey, name, &number) != 1) return malformed("the RSA key lacks one of its numbers");
  return openssl::Bignum(number);
}

Result<void> check_rsa(EVP_PKEY* pkey) {
  TRY_LET(const auto e, number_of(pkey, OSSL_PKEY_PARAM_RSA_E), "read exponent");
  if (BN_get_word(e.get()) < kMinExponent || BN_is_odd(e.get()) == 0) {
    return Error(ErrorCode::refused, "the RSA key is weak: its public exponent is below 65537; make a new key");
  }
  TRY_LET(const auto p, number_of(pkey, OSSL_PKEY_PARAM_RSA_FACTOR1), "read prime");
  TRY_LET(const auto q, number_of(pkey, OSSL_PKEY_PARAM_RSA_FACTOR2), "read prime");
  const openssl::Bignum distance(BN_secure_new());
  if (!distance || BN_sub(distance.get(), p.get(), q.get()) != 1) return openssl::failure("comparing the primes");
  BN_set_negative(distance.get(), 0);
  if (BN_num_bits(distance.get()) <= EVP_PKEY_get_bits(pkey) / 2 - kMinPrimeDistanceBits) {
    return Error(ErrorCode::refused, "the RSA key is weak: its primes are too close to one another; make a new key");
  }
  const openssl::PkeyCtx ctx(EVP_PKEY_CTX_new_from_pkey(openssl::context(), pkey, nullptr));
  if (!ctx) return openssl::failure("checking the key");
  if (EVP_PKEY_check(ctx.get()) == 1) return {};
  return malformed("the RSA key is not sound: its numbers do not fit together, or its primes are none");
}

}  // namespace

Result<PrivateKey> import_private_key(const SecretBytes& file, const KeyPassphrase& passphrase) {
  const auto bytes = file.expose(SecretAccess{});
  if (bytes.empty()) return malformed("the key file is empty");
  if (bytes.size() > kMaxFile) return malformed("the key file is larger than 64 KiB");
  const auto blocks = private_blocks(as_text(bytes));
  if (blocks.size() > 1) {
    return malformed("the file holds " + std::to_string(blocks.size()) + " private keys; give one with each file");
  }
  TRY_LET(const auto pkey,
          blocks.empty() ? read_der(bytes, passphrase) : read_pem_block(bytes.subspan(blocks.front()), passphrase),
          "decode key file");
  // Small and odd sizes are told by the table, before minutes go into testing the primes of a huge one.
  TRY_LET(const auto der, openssl::private_key_info(pkey.get()), "write key");
  TRY_LET(auto key, PrivateKey::parse_pkcs8(der, PairCheck::tried), "take in key");
  if (row_of(key.algorithm()).family == Family::rsa) TRY(check_rsa(pkey.get()), "check RSA key");
  return key;
}

}  // namespace holdfast::crypto
