// The raw library's time for what a command must do at least: one Argon2id call with an anchor's parameters,
// and one signature. Printed as JSON for bench/command_bench.py, which divides by them.
//
// Each figure is the median of many calls in this one process, key generation and fetching left out. With two
// numbers (KiB, passes) it makes one Argon2id call and ends: what a new process pays at least for touching memory.
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

double median_ms(int runs, const std::function<void()>& work) {
  std::vector<double> times;
  for (int i = 0; i < runs; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::ranges::nth_element(times, times.begin() + runs / 2);
  return times[static_cast<std::size_t>(runs / 2)];
}

double argon2id_ms(std::uint32_t memory_kib, std::uint32_t passes, int runs) {
  EVP_KDF* kdf = EVP_KDF_fetch(nullptr, "ARGON2ID", nullptr);
  return median_ms(runs, [&] {
    EVP_KDF_CTX* ctx = EVP_KDF_CTX_new(kdf);
    unsigned char input[36] = {1};
    unsigned char salt[32] = {2};
    unsigned char output[32];
    std::uint32_t lanes = 1;
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, input, sizeof input),
                                 OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt, sizeof salt),
                                 OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_MEMCOST, &memory_kib),
                                 OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ITER, &passes),
                                 OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_LANES, &lanes),
                                 OSSL_PARAM_construct_end()};
    require(EVP_KDF_derive(ctx, output, sizeof output, params) == 1);
    EVP_KDF_CTX_free(ctx);
  });
}

double sign_ms(EVP_PKEY* key, const char* digest) {
  require(key != nullptr);
  const std::vector<unsigned char> message(64, 3);
  std::vector<unsigned char> signature(8192);
  return median_ms(101, [&] {
    EVP_MD_CTX* ctx = EVP_MD_CTX_new();
    std::size_t size = signature.size();
    require(EVP_DigestSignInit_ex(ctx, nullptr, digest, nullptr, nullptr, key, nullptr) == 1);
    require(EVP_DigestSign(ctx, signature.data(), &size, message.data(), message.size()) == 1);
    EVP_MD_CTX_free(ctx);
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3) {
    (void)argon2id_ms(static_cast<std::uint32_t>(std::strtoul(argv[1], nullptr, 10)),
                      static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10)), 1);
    return 0;
  }
  std::printf(
      "{\"argon2id_standard_ms\": %.3f, \"argon2id_strong_ms\": %.3f, \"ecdsa-p256_ms\": %.4f, \"ml-dsa-65_ms\": "
      "%.4f, \"rsa-4096_ms\": %.4f}\n",
      argon2id_ms(19 * 1024, 2, 15), argon2id_ms(64 * 1024, 3, 15), sign_ms(EVP_EC_gen("P-256"), "SHA256"),
      sign_ms(EVP_PKEY_Q_keygen(nullptr, nullptr, "ML-DSA-65"), nullptr), sign_ms(EVP_RSA_gen(4096), "SHA512"));
  return 0;
}
