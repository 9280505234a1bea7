#include "crypto/hash.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <array>
#include <utility>

#include "crypto/digest.hpp"
#include "crypto/openssl.hpp"

namespace holdfast::crypto {

namespace openssl {

const EVP_MD* digest(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::sha256: return sha256();
    case HashAlgorithm::sha384: return sha384();
    case HashAlgorithm::sha512: return sha512();
  }
  std::unreachable();
}

}  // namespace openssl

std::size_t digest_size(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::sha256: return 32;
    case HashAlgorithm::sha384: return 48;
    case HashAlgorithm::sha512: return 64;
  }
  std::unreachable();
}

Result<Bytes> hash(HashAlgorithm algorithm, std::initializer_list<ByteView> parts) {
  const openssl::MdCtx ctx(EVP_MD_CTX_new());
  Bytes digest(digest_size(algorithm));
  if (!ctx || EVP_DigestInit_ex2(ctx.get(), openssl::digest(algorithm), nullptr) != 1) {
    return openssl::failure("hashing");
  }
  for (const auto part : parts) {
    if (EVP_DigestUpdate(ctx.get(), part.data(), part.size()) != 1) return openssl::failure("hashing");
  }
  if (EVP_DigestFinal_ex(ctx.get(), digest.data(), nullptr) != 1) return openssl::failure("hashing");
  return digest;
}

Result<Bytes> hmac_sha256(const SecretBytes& key, std::initializer_list<ByteView> parts) {
  static const openssl::FetchedMac kHmac("HMAC");
  const auto ctx = openssl::new_mac(kHmac);
  const std::array params{openssl::text(OSSL_MAC_PARAM_DIGEST, "SHA2-256"), OSSL_PARAM_construct_end()};
  const auto bytes = key.expose(SecretAccess{});
  if (!ctx || EVP_MAC_init(ctx.get(), bytes.data(), bytes.size(), params.data()) != 1) return openssl::failure("HMAC");
  for (const auto part : parts) {
    if (EVP_MAC_update(ctx.get(), part.data(), part.size()) != 1) return openssl::failure("HMAC");
  }
  Bytes tag(32);
  std::size_t size = 0;
  if (EVP_MAC_final(ctx.get(), tag.data(), &size, tag.size()) != 1 || size != tag.size()) {
    return openssl::failure("HMAC");
  }
  return tag;
}

}  // namespace holdfast::crypto
