// HMAC_DRBG against an independent computation and against OpenSSL's own.
#include "crypto/hmac_drbg.hpp"

#include <openssl/core_names.h>
#include <openssl/rand.h>

#include "crypto/hash.hpp"
#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using test::failed;
using test::hex;
using test::hex_secret;
using test::pattern;
using test::secret;
using test::succeeded;

Bytes generate(HmacDrbg& drbg, std::size_t size) {
  Bytes output(size);
  EXPECT_TRUE(succeeded(drbg.generate(output)));
  return output;
}

TEST(HmacDrbg, Vectors) {
  for (const Json& row : test::computed_cases("hmac_drbg.json")) {
    auto drbg = HmacDrbg::create(hex_secret(row["seed"]), hex(row["personalisation"]));
    ASSERT_TRUE(succeeded(drbg)) << row;
    for (std::size_t i = 0; i < row["sizes"].size(); ++i) {
      const Bytes output = generate(*drbg, row["sizes"][i].get<std::size_t>());
      EXPECT_EQ(to_hex(hash(HashAlgorithm::sha256, {output}).value()), test::text(row["sha256"][i])) << row;
      if (i > 0) continue;
      EXPECT_TRUE(to_hex(output).starts_with(test::text(row["first"])));
    }
  }
}

/// OpenSSL's generator over the same seed, cut into entropy input and nonce, which it puts together again.
class Peer {
 public:
  Peer(ByteView seed, ByteView personalisation) {
    const unsigned strength = 256;
    const std::array given{openssl::octets(OSSL_RAND_PARAM_TEST_ENTROPY, seed.first(48)),
                           openssl::octets(OSSL_RAND_PARAM_TEST_NONCE, seed.subspan(48)),
                           OSSL_PARAM_construct_uint(OSSL_RAND_PARAM_STRENGTH, const_cast<unsigned*>(&strength)),
                           OSSL_PARAM_construct_end()};
    const std::array kind{openssl::text(OSSL_DRBG_PARAM_MAC, "HMAC"), openssl::text(OSSL_DRBG_PARAM_DIGEST, "SHA2-512"),
                          OSSL_PARAM_construct_end()};
    EXPECT_EQ(EVP_RAND_instantiate(source_.get(), strength, 0, nullptr, 0, given.data()), 1);
    EXPECT_EQ(
        EVP_RAND_instantiate(drbg_.get(), strength, 0, personalisation.data(), personalisation.size(), kind.data()), 1);
  }

  Bytes generate(std::size_t size) {
    Bytes output(size);
    EXPECT_EQ(EVP_RAND_generate(drbg_.get(), output.data(), output.size(), 256, 0, nullptr, 0), 1);
    return output;
  }

 private:
  using Rand = openssl::Owned<EVP_RAND_CTX, EVP_RAND_CTX_free>;

  static Rand make(const char* name, EVP_RAND_CTX* parent) {
    const openssl::Owned<EVP_RAND, EVP_RAND_free> kind(EVP_RAND_fetch(openssl::context(), name, nullptr));
    return Rand(EVP_RAND_CTX_new(kind.get(), parent));
  }

  Rand source_ = make("TEST-RAND", nullptr);
  Rand drbg_ = make("HMAC-DRBG", source_.get());
};

TEST(HmacDrbg, AgreesWithOpenssl) {
  for (const unsigned number : {1U, 2U, 3U}) {
    const Bytes seed = pattern(80, number);
    const Bytes personalisation = pattern(40 * number, number + 10);
    auto drbg = HmacDrbg::create(secret(seed), personalisation).value();
    Peer peer(seed, personalisation);
    for (const std::size_t size : {128U, 1U, 64U, 4097U, 65536U}) {
      EXPECT_EQ(to_hex(generate(drbg, size)), to_hex(peer.generate(size)));
    }
  }
}

TEST(HmacDrbg, TwoRequestsAreNotOne) {
  auto one = HmacDrbg::create(secret(pattern(64)), {}).value();
  auto two = HmacDrbg::create(secret(pattern(64)), {}).value();
  Bytes parts = generate(two, 64);
  append(parts, generate(two, 64));
  EXPECT_NE(to_hex(generate(one, 128)), to_hex(parts));
}

TEST(HmacDrbg, SeedAndPersonalisationDetermineTheStream) {
  const auto first = [](ByteView seed, std::string_view personalisation) {
    auto drbg = HmacDrbg::create(secret(seed), as_bytes(personalisation)).value();
    return to_hex(generate(drbg, 64));
  };
  EXPECT_EQ(first(pattern(64, 1), "a"), first(pattern(64, 1), "a"));
  EXPECT_NE(first(pattern(64, 1), "a"), first(pattern(64, 2), "a"));
  EXPECT_NE(first(pattern(64, 1), "a"), first(pattern(64, 1), "b"));
}

TEST(HmacDrbg, Bounds) {
  EXPECT_TRUE(failed(HmacDrbg::create(secret(pattern(47)), {}), ErrorCode::usage, "at least 48 bytes, and 47"));
  auto drbg = HmacDrbg::create(secret(pattern(48)), {}).value();
  Bytes output(65537);
  EXPECT_TRUE(failed(drbg.generate(output), ErrorCode::usage, "at most 65536 bytes at once, and 65537"));
}

}  // namespace
}  // namespace holdfast::crypto
