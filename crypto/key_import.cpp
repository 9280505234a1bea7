#include "crypto/key_import.hpp"

#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/err.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "crypto/key_handle.hpp"

namespace holdfast::crypto {
namespace {

using Decoder = openssl::Owned<OSSL_DECODER_CTX, OSSL_DECODER_CTX_free>;

constexpr std::size_t kMaxFile = std::size_t{64} * 1024;
constexpr BN_ULONG kMinExponent = 65537;
constexpr int kMinPrimeDistanceBits = 100;  // FIPS 186-5, A.1.1: |p - q| > 2^(n/2 - 100)

Error malformed(std::string message) {
  ERR_clear_error();
  return {ErrorCode::malformed, std::move(message)};
}

// What OpenSSL asks while it decodes, and what came of it.
struct Asked {
  const KeyPassphrase* passphrase;
  bool asked = false;
  std::optional<Error> problem;
};

int give_passphrase(char* room, std::size_t room_size, std::size_t* size, const OSSL_PARAM*, void* argument) {
  auto& asked = *static_cast<Asked*>(argument);
  if (asked.asked) return 0;
  asked.asked = true;
  if (!*asked.passphrase) {
    asked.problem = Error(ErrorCode::usage, "the key file is encrypted; give its passphrase");
    return 0;
  }
  auto passphrase = (*asked.passphrase)();
  if (!passphrase.ok()) {
    asked.problem = std::move(passphrase).error();
    return 0;
  }
  const auto bytes = passphrase->expose(SecretAccess{});
  if (bytes.size() > room_size) return 0;
  std::ranges::copy(bytes, room);
  *size = bytes.size();
  return 1;
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

Result<openssl::Pkey> decode(ByteView bytes, const KeyPassphrase& passphrase) {
  EVP_PKEY* pkey = nullptr;
  const Decoder decoder(
      OSSL_DECODER_CTX_new_for_pkey(&pkey, nullptr, nullptr, nullptr, EVP_PKEY_KEYPAIR, openssl::context(), nullptr));
  Asked asked{&passphrase, false, std::nullopt};
  if (!decoder || OSSL_DECODER_CTX_set_passphrase_cb(decoder.get(), give_passphrase, &asked) != 1) {
    return openssl::failure("setting up the key's decoder");
  }
  const std::uint8_t* at = bytes.data();
  std::size_t left = bytes.size();
  const bool decoded = OSSL_DECODER_from_data(decoder.get(), &at, &left) == 1;
  openssl::Pkey key(pkey);
  ERR_clear_error();
  if (asked.problem) return std::move(*asked.problem);
  if (!decoded && asked.asked) {
    return Error(ErrorCode::wrong_passphrase, "the passphrase does not open the key file, or the file is damaged");
  }
  if (!decoded || !key) {
    return malformed("this is not a private key that can be read: PKCS #8, PEM or DER, encrypted or not");
  }
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
  TRY_LET(auto pkey, decode(blocks.empty() ? bytes : bytes.subspan(blocks.front()), passphrase), "decode key file");
  // Small and odd sizes are told by the table, before minutes go into testing the primes of a huge one.
  TRY_LET(const auto der, openssl::private_key_info(pkey.get()), "write key");
  TRY_LET(auto key, PrivateKey::parse_pkcs8(der, PairCheck::tried), "take in key");
  if (row_of(key.algorithm()).family == Family::rsa) TRY(check_rsa(pkey.get()), "check RSA key");
  return key;
}

}  // namespace holdfast::crypto
