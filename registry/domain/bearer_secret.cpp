#include "registry/domain/bearer_secret.hpp"

#include <algorithm>

#include "core/encoding.hpp"
#include "crypto/compare.hpp"
#include "crypto/hash.hpp"
#include "crypto/random.hpp"

namespace holdfast::domain {
namespace {

constexpr std::size_t kSize = 20;

Result<SecretHash> hash_of(ByteView secret) {
  TRY_LET(const Bytes digest, crypto::hash(crypto::HashAlgorithm::sha256, {secret}), "hash secret");
  SecretHash hash{};
  std::ranges::copy(digest, hash.begin());
  return hash;
}

}  // namespace

Result<BearerSecret> make_bearer_secret() {
  TRY_LET(const Bytes random, crypto::random_bytes(kSize), "draw secret");
  TRY_LET(const SecretHash hash, hash_of(random), "hash secret");
  return BearerSecret{to_crockford32(random), hash};
}

Result<bool> is_secret_of(const SecretHash& hash, std::string_view presented) {
  // What does not even look like a secret is compared as well, so that it takes no less time.
  const auto bytes = parse_crockford32(presented.substr(0, 100));
  TRY_LET(const SecretHash found, hash_of(bytes.ok() ? ByteView(*bytes) : ByteView()), "hash secret");
  return crypto::ct_equal(found, hash) && bytes.ok() && bytes->size() == kSize;
}

}  // namespace holdfast::domain
