// Signatures and seals through the interfaces that applications load, against OpenSSL alone, in one thread and on all
// cores.
//
// Signing: 64 bytes, hedged as the interfaces sign by default; the raw side has everything fetched and set up once.
// Sealing: buffers of 4 MiB, used again and again; the raw side encrypts as many bytes in chunks of 64 KiB. Wall-clock
// time; ours and raw in turn. `one` is our rate in one thread divided by the raw one's, `all` our rate with as many
// threads as there are cores, which share one handle, divided by that of as many raw threads.
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "bench/raw_signer.hpp"
#include "bench/support.hpp"
#include "device/trust/create_device.hpp"
#include "include/holdfast/holdfast.h"
#include "include/holdfast/tap.h"
#include "include/nanotap/tap_common.h"

namespace {

using holdfast::Bytes;
using holdfast::bench::Folder;
using holdfast::bench::median;
using holdfast::bench::must;
using holdfast::bench::RawSigner;
using holdfast::bench::require;
namespace crypto = holdfast::crypto;

constexpr std::size_t kMessageSize = 64;
constexpr std::size_t kChunk = 65536;
constexpr auto kTurn = std::chrono::milliseconds(100);
constexpr int kTurns = 10;

/// Makes the work of one thread, with whatever that thread has of its own.
using MakeWork = std::function<std::function<void()>()>;

// How many a second, of all threads together.
double rate(unsigned threads, const MakeWork& make) {
  std::atomic<bool> go{false};
  std::atomic<bool> stop{false};
  std::atomic<long> done{0};
  std::vector<std::thread> running;
  for (unsigned i = 0; i < threads; ++i) {
    running.emplace_back([&] {
      const auto work = make();
      work();
      go.wait(false);
      long own = 0;
      for (; !stop.load(std::memory_order_relaxed); ++own) work();
      done += own;
    });
  }
  const auto begin = std::chrono::steady_clock::now();
  go = true;
  go.notify_all();
  std::this_thread::sleep_for(kTurn);
  stop = true;
  for (auto& thread : running) thread.join();
  return static_cast<double>(done) / std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

struct Rates {
  double ours = 0;
  double raw = 0;
};

Rates compare(unsigned threads, const MakeWork& ours, const MakeWork& raw) {
  std::vector<double> ours_all;
  std::vector<double> raw_all;
  for (int turn = 0; turn < kTurns; ++turn) {
    ours_all.push_back(rate(threads, ours));
    raw_all.push_back(rate(threads, raw));
  }
  return {median(std::move(ours_all)), median(std::move(raw_all))};
}

void report(const char* what, const MakeWork& ours, const MakeWork& raw) {
  const auto one = compare(1, ours, raw);
  const auto all = compare(std::max(1U, std::thread::hardware_concurrency()), ours, raw);
  std::printf("%-28s %12.0f %12.0f %8.3f %8.3f\n", what, one.ours, one.raw, one.ours / one.raw, all.ours / all.raw);
  std::fflush(stdout);
}

MakeWork raw_signing(const crypto::PrivateKey& key) {
  return [&key] {
    auto signer = std::make_shared<RawSigner>(key, RawSigner::Mode::hedged);
    return [signer, message = Bytes(kMessageSize, 3)] { signer->sign(message); };
  };
}

// The same cipher over the same number of bytes, a tag a chunk, and nothing else.
MakeWork raw_sealing(std::size_t total) {
  return [total] {
    std::shared_ptr<EVP_CIPHER_CTX> context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    const Bytes key(32, 9);
    require(EVP_EncryptInit_ex2(context.get(), EVP_aes_256_gcm(), key.data(), nullptr, nullptr) == 1);
    auto room = std::make_shared<Bytes>(total + total / kChunk * 16);
    return [context, room, plain = Bytes(total, 7)] {
      unsigned char nonce[12] = {};
      for (std::size_t at = 0; at < plain.size(); at += kChunk) {
        auto* const out = room->data() + at + at / kChunk * 16;
        int size = 0;
        ++nonce[11];
        require(EVP_EncryptInit_ex2(context.get(), nullptr, nullptr, nonce, nullptr) == 1);
        require(EVP_EncryptUpdate(context.get(), out, &size, plain.data() + at, kChunk) == 1);
        require(EVP_EncryptFinal_ex(context.get(), out + kChunk, &size) == 1);
        require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, 16, out + kChunk) == 1);
      }
    };
  };
}

class CInterface {
 public:
  explicit CInterface(const std::string& folder) {
    require(holdfast_device_new(&device_) == HOLDFAST_OK);
    require(holdfast_device_set_folder(device_, folder.c_str()) == HOLDFAST_OK);
    require(holdfast_device_open(device_) == HOLDFAST_OK);
  }
  CInterface(const CInterface&) = delete;
  CInterface& operator=(const CInterface&) = delete;
  ~CInterface() {
    for (auto* const key : keys_) holdfast_key_free(key);
    holdfast_device_free(device_);
  }

  MakeWork signing(const char* algorithm) {
    holdfast_key* key = nullptr;
    require(holdfast_key_create(device_, algorithm, algorithm, nullptr) == HOLDFAST_OK);
    require(holdfast_key_open(device_, algorithm, HOLDFAST_USE_SIGN, &key) == HOLDFAST_OK);
    keys_.push_back(key);
    return [key] {
      return [key, message = Bytes(kMessageSize, 3), signature = std::make_shared<Bytes>(8192)] {
        std::size_t size = signature->size();
        require(holdfast_key_sign(key, nullptr, message.data(), message.size(), signature->data(), &size) ==
                HOLDFAST_OK);
      };
    };
  }

  [[nodiscard]] MakeWork sealing(std::size_t total) const {
    return [device = device_, total] {
      return [device, plain = Bytes(total, 7), room = std::make_shared<Bytes>(holdfast_sealed_size_max(total))] {
        std::size_t size = room->size();
        require(holdfast_seal(device, nullptr, plain.data(), plain.size(), room->data(), &size) == HOLDFAST_OK);
      };
    };
  }

 private:
  holdfast_device* device_ = nullptr;
  std::vector<holdfast_key*> keys_;
};

// Applications that were written for NanoTAP. Seals allocate their output, as that interface has it.
class TapInterface {
 public:
  explicit TapInterface(const std::string& folder) {
    require(::setenv("HOLDFAST_DIR", (folder + "/tap").c_str(), 1) == 0);
    require(::setenv("BENCH_SERIAL", "QX-77120-0831-5529-AB", 1) == 0);
    write(folder + "/credentials.json",
          R"({"attributes": [{"attribute_name": "serial", "attribute_value": {"type": "ENV", "variable_name": )"
          R"("BENCH_SERIAL"}, "bits": 80}]})");
    write(folder + "/nanoroot_smp.conf", "providertype=15\n[module]\nmodulenum=1\nmodulename=bench\nmoduleidstr=" +
                                             std::string(64, '7') + "\ncredfile=" + folder + "/credentials.json\n");
    begin((folder + "/nanoroot_smp.conf").c_str());
  }
  TapInterface(const TapInterface&) = delete;
  TapInterface& operator=(const TapInterface&) = delete;
  ~TapInterface() {
    for (auto* key : keys_) TAP_freeKey(&key);
    TAP_uninitContext(&context_, nullptr);
    TAP_uninit(nullptr);
  }

  MakeWork signing(std::uint64_t identifier, TAP_SIG_SCHEME scheme) {
    std::array<ubyte, 8> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<ubyte>(identifier >> (56 - 8 * i));
    TAP_Buffer id{bytes.size(), bytes.data()};
    TAP_Key* key = nullptr;
    require(TAP_importKeyFromID(context_, nullptr, nullptr, &id, nullptr, nullptr, &key, nullptr) == OK);
    keys_.push_back(key);
    return [key, scheme] {
      return [key, scheme, message = std::make_shared<Bytes>(kMessageSize, 3)] {
        TAP_Buffer input{kMessageSize, message->data()};
        TAP_Signature signature{};
        signature.isDEREncoded = TRUE;
        require(TAP_asymSign(key, nullptr, nullptr, scheme, TRUE, &input, &signature, nullptr) == OK);
        TAP_freeSignature(&signature);
      };
    };
  }

  [[nodiscard]] MakeWork sealing(ubyte4 total) const {
    return [context = context_, total] {
      return [context, plain = std::make_shared<Bytes>(total, 7)] {
        TAP_Buffer input{static_cast<ubyte4>(plain->size()), plain->data()};
        TAP_Buffer sealed{};
        require(TAP_sealWithTrustedData(context, nullptr, 0, nullptr, nullptr, nullptr, &input, &sealed, nullptr) ==
                OK);
        TAP_UTILS_freeBuffer(&sealed);
      };
    };
  }

 private:
  static void write(const std::string& file, const std::string& content) {
    std::ofstream(file) << content;
    std::filesystem::permissions(file, std::filesystem::perms{0600});
  }

  void begin(const char* file) {
    TAP_ConfigInfo config{};
    config.provider = TAP_PROVIDER_NANOROOT;
    require(TAP_readConfigFile(file, &config.configInfo, FALSE) == OK);
    TAP_ConfigInfoList list{1, &config};
    require(TAP_init(&list, nullptr) == OK);
    TAP_ModuleList modules{};
    require(TAP_getModuleList(nullptr, TAP_PROVIDER_NANOROOT, nullptr, &modules, nullptr) == OK);
    require(TAP_initContext(modules.pModuleList, nullptr, nullptr, &context_, nullptr) == OK);
    TAP_freeModuleList(&modules);
    TAP_UTILS_freeBuffer(&config.configInfo);
  }

  TAP_Context* context_ = nullptr;
  std::vector<TAP_Key*> keys_;
};

struct Row {
  const char* algorithm;
  std::uint64_t identifier;
  TAP_SIG_SCHEME scheme;
};
constexpr std::array kRows{Row{"ecdsa-p256", 0x300000001, TAP_SIG_SCHEME_ECDSA_SHA256},
                           Row{"ml-dsa-65", 0x200000002, TAP_SIG_SCHEME_NONE},
                           Row{"rsa-2048", 0x100000002, TAP_SIG_SCHEME_PKCS1_5_SHA256}};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: interface_bench FIXTURE_MACHINE\n", stderr);
    return 2;
  }
  const Folder folder("/dev/shm");
  holdfast::trust::CreateOptions options;
  options.folder = folder.path() + "/device";
  options.sysroot = argv[1];
  must(holdfast::trust::create_device(options));
  CInterface c(options.folder);
  TapInterface tap(folder.path());
  std::printf("%-28s %12s %12s %8s %8s\n", "a second", "ours", "raw", "one", "all");
  for (const auto& row : kRows) {
    const auto key = must(crypto::PrivateKey::generate(*crypto::find_key_algorithm(row.algorithm)));
    report((std::string("C, ") + row.algorithm).c_str(), c.signing(row.algorithm), raw_signing(key));
    report((std::string("NanoTAP, ") + row.algorithm).c_str(), tap.signing(row.identifier, row.scheme),
           raw_signing(key));
  }
  for (const unsigned mib : {4U, 16U}) {
    const auto what = "seal " + std::to_string(mib) + " MiB";
    report(("C, " + what).c_str(), c.sealing(mib << 20), raw_sealing(mib << 20));
    report(("NanoTAP, " + what).c_str(), tap.sealing(mib << 20), raw_sealing(mib << 20));
  }
  return 0;
}
