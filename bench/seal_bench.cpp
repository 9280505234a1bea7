// Sealing and unsealing in memory against OpenSSL's AEAD alone, over the same bytes in the same chunks.
//
// Each iteration runs both, one after the other, so that whatever else the machine does slows both, and times are
// processor time of the one thread. The counter `of_raw` is raw time divided by ours: 1.0 means that the format
// costs nothing. `raw` is OpenSSL's throughput. A file costs a fixed sum for its keys, which small ones show.
#include <benchmark/benchmark.h>
#include <openssl/evp.h>
#include <time.h>  // clock_gettime

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <vector>

#include "device/seal/memory.hpp"

namespace {

using holdfast::Bytes;
using holdfast::ByteView;
using holdfast::MutableByteView;
using holdfast::SecretBytes;
using holdfast::crypto::AeadSuite;
namespace anchor = holdfast::anchor;
namespace seal = holdfast::seal;

constexpr std::size_t kTagSize = 16;
constexpr std::size_t kRawChunk = seal::kChunkSize + kTagSize;

/// A benchmark that computes nonsense fast is worthless.
void require(bool holds) {
  if (!holds) std::abort();
}

/// What a program would write that needs nothing but AES-256-GCM or ChaCha20-Poly1305 over chunks.
class RawAead {
 public:
  RawAead(AeadSuite suite, bool encrypt) : ctx_(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free), encrypt_(encrypt) {
    const auto* cipher = suite == AeadSuite::aes_256_gcm ? EVP_aes_256_gcm() : EVP_chacha20_poly1305();
    const std::vector<unsigned char> key(32, 9);
    require(EVP_CipherInit_ex2(ctx_.get(), cipher, key.data(), nullptr, encrypt ? 1 : 0, nullptr) == 1);
  }

  /// `plain` and `sealed` lie in chunks of kChunkSize and kRawChunk bytes.
  void run(MutableByteView plain, MutableByteView sealed) {
    std::uint64_t counter = 0;
    while (!plain.empty()) {
      const std::size_t size = std::min(plain.size(), seal::kChunkSize);
      step(++counter, plain.first(size), sealed.first(size + kTagSize));
      plain = plain.subspan(size);
      sealed = sealed.subspan(size + kTagSize);
    }
  }

 private:
  void step(std::uint64_t counter, MutableByteView plain, MutableByteView sealed) {
    unsigned char nonce[12] = {};
    std::copy_n(reinterpret_cast<const unsigned char*>(&counter), sizeof counter, nonce);
    auto* tag = sealed.data() + plain.size();
    const int size = static_cast<int>(plain.size());
    int done = 0;
    require(EVP_CipherInit_ex2(ctx_.get(), nullptr, nullptr, nonce, -1, nullptr) == 1);
    if (encrypt_) {
      require(EVP_EncryptUpdate(ctx_.get(), sealed.data(), &done, plain.data(), size) == 1);
      require(EVP_EncryptFinal_ex(ctx_.get(), tag, &done) == 1);
      require(EVP_CIPHER_CTX_ctrl(ctx_.get(), EVP_CTRL_AEAD_GET_TAG, kTagSize, tag) == 1);
    } else {
      require(EVP_DecryptUpdate(ctx_.get(), plain.data(), &done, sealed.data(), size) == 1);
      require(EVP_CIPHER_CTX_ctrl(ctx_.get(), EVP_CTRL_AEAD_SET_TAG, kTagSize, tag) == 1);
      require(EVP_DecryptFinal_ex(ctx_.get(), tag, &done) == 1);
    }
  }

  std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> ctx_;
  bool encrypt_;
};

double thread_seconds() {
  timespec now{};
  require(::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

template <typename Work>
double seconds_of(const Work& work) {
  const double begin = thread_seconds();
  work();
  return thread_seconds() - begin;
}

/// Buffers and a device, made once: what is measured is neither allocation nor the kernel's zeroing of pages.
struct Stage {
  explicit Stage(std::size_t size)
      : plain(size, 3), sealed(seal::max_sealed_size(size), 1), opened(seal::max_sealed_size(size), 1) {}

  [[nodiscard]] static anchor::Root root() { return {{}, {1}, SecretBytes::copy_of(Bytes(32, 7))}; }

  Bytes plain;
  Bytes sealed;
  Bytes opened;
};

/// Times `ours` and `raw` in turn until the benchmark has enough of both.
template <typename Ours, typename Raw>
void compare(benchmark::State& state, std::size_t size, const Ours& ours, const Raw& raw) {
  raw();
  ours();
  double ours_total = 0;
  double raw_total = 0;
  bool ours_first = false;
  for ([[maybe_unused]] auto _ : state) {
    // In turn, so that neither always finds what the other left in the caches.
    double ours_now = ours_first ? seconds_of(ours) : 0;
    raw_total += seconds_of(raw);
    if (!ours_first) ours_now = seconds_of(ours);
    ours_first = !ours_first;
    ours_total += ours_now;
    state.SetIterationTime(ours_now);
  }
  const double bytes = static_cast<double>(size) * static_cast<double>(state.iterations());
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
  state.counters["raw"] =
      benchmark::Counter(bytes / raw_total, benchmark::Counter::kDefaults, benchmark::Counter::kIs1024);
  state.counters["of_raw"] = raw_total / ours_total;
}

void seal_in_memory(benchmark::State& state, AeadSuite suite) {
  const auto size = static_cast<std::size_t>(state.range(0));
  Stage stage(size);
  const auto root = Stage::root();
  RawAead aead(suite, true);
  const auto ours = [&] { require(seal::seal_into(root, {.suite = suite}, stage.plain, stage.sealed).ok()); };
  const auto raw = [&] { aead.run(stage.plain, stage.sealed); };
  compare(state, size, ours, raw);
}

void unseal_in_memory(benchmark::State& state, AeadSuite suite) {
  const auto size = static_cast<std::size_t>(state.range(0));
  Stage stage(size);
  const anchor::Roots roots(Stage::root());
  const auto sealed_size = seal::seal_into(roots.newest(), {.suite = suite}, stage.plain, stage.sealed).value();
  const ByteView sealed = ByteView(stage.sealed).first(sealed_size);
  Bytes raw_sealed(seal::max_sealed_size(size));
  RawAead(suite, true).run(stage.plain, raw_sealed);
  RawAead aead(suite, false);
  const auto ours = [&] { require(seal::unseal_into(roots, {}, sealed, stage.opened).value() == size); };
  const auto raw = [&] { aead.run(MutableByteView(stage.opened).first(size), raw_sealed); };
  compare(state, size, ours, raw);
  require(std::equal(stage.plain.begin(), stage.plain.end(), stage.opened.begin()));
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Arg(64 << 10)->Arg(1 << 20)->Arg(16 << 20)->Arg(256 << 20)->UseManualTime();
}

BENCHMARK_CAPTURE(seal_in_memory, aes_256_gcm, AeadSuite::aes_256_gcm)->Apply(sizes);
BENCHMARK_CAPTURE(unseal_in_memory, aes_256_gcm, AeadSuite::aes_256_gcm)->Apply(sizes);
BENCHMARK_CAPTURE(seal_in_memory, chacha20_poly1305, AeadSuite::chacha20_poly1305)->Apply(sizes);
BENCHMARK_CAPTURE(unseal_in_memory, chacha20_poly1305, AeadSuite::chacha20_poly1305)->Apply(sizes);

}  // namespace

BENCHMARK_MAIN();
