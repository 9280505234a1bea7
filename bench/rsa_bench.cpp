// Deriving an RSA key against OpenSSL's own generation of one of the same size, by turns in this one process, in
// processor time.
//
// Both search for primes, so that single times scatter widely: what counts is the mean over many keys.
// usage: rsa_bench [BITS [KEYS]]
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <time.h>  // clock_gettime

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include "crypto/key_pair.hpp"

namespace {

using holdfast::Bytes;
using holdfast::SecretBytes;
using holdfast::crypto::PrivateKey;

void require(bool holds) {
  if (!holds) std::abort();
}

double processor_ms() {
  timespec time{};
  require(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) * 1e-6;
}

double milliseconds(const std::function<void()>& work) {
  const double start = processor_ms();
  work();
  return processor_ms() - start;
}

struct Times {
  double sum = 0;
  double squares = 0;
  int count = 0;

  void add(double time) {
    sum += time;
    squares += time * time;
    ++count;
  }
  [[nodiscard]] double mean() const { return sum / count; }
  /// Of the mean.
  [[nodiscard]] double error() const { return std::sqrt((squares / count - mean() * mean()) / count); }
};

}  // namespace

int main(int argc, char** argv) {
  const unsigned bits = argc > 1 ? static_cast<unsigned>(std::strtoul(argv[1], nullptr, 10)) : 4096;
  const int keys = argc > 2 ? std::atoi(argv[2]) : 50;
  const auto algorithm = holdfast::crypto::find_key_algorithm("rsa-" + std::to_string(bits));
  require(algorithm.has_value() && keys > 0);
  Times derived;
  Times generated;
  for (int i = 0; i < keys; ++i) {
    Bytes seed(64, 7);
    seed[0] = static_cast<std::uint8_t>(i & 0xff);
    seed[1] = static_cast<std::uint8_t>(i >> 8);
    const auto uniform = SecretBytes::copy_of(seed);
    derived.add(milliseconds([&] { require(PrivateKey::derive(*algorithm, uniform).ok()); }));
    generated.add(milliseconds([&] {
      EVP_PKEY* key = EVP_RSA_gen(bits);
      require(key != nullptr);
      EVP_PKEY_free(key);
    }));
  }
  std::printf(
      "{\"bits\": %u, \"keys\": %d, \"derive_ms\": %.1f, \"derive_error_ms\": %.1f, \"openssl_ms\": %.1f, "
      "\"openssl_error_ms\": %.1f, \"ratio\": %.2f}\n",
      bits, keys, derived.mean(), derived.error(), generated.mean(), generated.error(),
      derived.mean() / generated.mean());
  return 0;
}
