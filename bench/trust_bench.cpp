// Keys through the provider interface: signing against OpenSSL alone, and a folder of many keys against the same number
// of files.
//
// Signing: both sides sign the same message with the same key, in turn, in processor time of the one thread. The raw
// side has everything fetched, its context set up once for all signatures and its buffers allocated; ours goes through
// Key::sign as callers do. ML-DSA signs deterministically on both sides: how often it starts over would otherwise be
// chance, and differ. `of_raw` is raw time divided by ours.
// Many keys: random Ed25519 keys, created one by one; the raw side writes as many files of a key file's size, each
// durable before the next begins: a nameless file, fsync, link, fsync of the folder. Wall-clock time, since most of it
// is waiting for the disk; in turn, a hundred and a hundred.
// Ten thousand keys take minutes on most disks, therefore 2,000 where nobody says.
// usage: trust_bench [KEYS [FOLDER]]
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <time.h>  // clock_gettime
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "device/trust/software_provider.hpp"

namespace {

using holdfast::Bytes;
using holdfast::SecretAccess;
using holdfast::SecretBytes;
using holdfast::crypto::Family;
using holdfast::crypto::KeyRow;
using holdfast::crypto::PrivateKey;
namespace anchor = holdfast::anchor;
namespace crypto = holdfast::crypto;
namespace trust = holdfast::trust;

constexpr std::size_t kMessageSize = 64;
constexpr double kSignSeconds = 4;     // for each algorithm
constexpr double kTurnSeconds = 4e-3;  // before the other side has its turn
constexpr int kFilesATurn = 100;

/// A benchmark that computes nonsense fast is worthless.
void require(bool holds) {
  if (!holds) std::abort();
}

template <typename T>
T must(holdfast::Result<T> result) {
  if (!result.ok()) std::fprintf(stderr, "%s\n", result.error().describe().c_str());
  require(result.ok());
  return std::move(result).value();
}

double seconds(clockid_t clock) {
  timespec now{};
  require(::clock_gettime(clock, &now) == 0);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

template <typename Work>
double seconds_of(clockid_t clock, const Work& work) {
  const double begin = seconds(clock);
  work();
  return seconds(clock) - begin;
}

/// A folder of its own, removed with all that is in it.
class Folder {
 public:
  explicit Folder(const std::filesystem::path& parent) : path_((parent / "holdfast-bench-XXXXXX").string()) {
    require(::mkdtemp(path_.data()) != nullptr);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// A device with a known root: what is measured begins where an anchor is open.
std::unique_ptr<trust::Provider> provider_in(const std::string& folder) {
  anchor::AnchorFile file;
  anchor::Roots roots({file.id, file.epoch, SecretBytes::copy_of(Bytes(anchor::kRootSize, 7))});
  return trust::make_software_provider(folder, {std::move(file), std::move(roots)});
}

trust::KeyName name_of(const std::string& text) { return must(trust::KeyName::parse(text)); }

/// What a program would write that needs nothing but one key's signatures.
class RawSigner {
 public:
  explicit RawSigner(const PrivateKey& key)
      : family_(crypto::row_of(key.algorithm()).family),
        key_(read(must(key.to_pkcs8())), EVP_PKEY_free),
        context_(EVP_PKEY_CTX_new(key_.get(), nullptr), EVP_PKEY_CTX_free),
        hashing_(EVP_MD_CTX_new(), EVP_MD_CTX_free),
        signature_(8192) {
    const auto hash = crypto::row_of(key.algorithm()).default_hash;
    if (hash) digest_ = EVP_MD_fetch(nullptr, std::string(crypto::name_of(*hash)).c_str(), nullptr);
    set_up(crypto::row_of(key.algorithm()));
  }

  void sign(const Bytes& message) {
    std::size_t size = signature_.size();
    if (digest_ == nullptr) {
      require(EVP_PKEY_sign(context_.get(), signature_.data(), &size, message.data(), message.size()) == 1);
      return;
    }
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned hash_size = 0;
    require(EVP_DigestInit_ex2(hashing_.get(), digest_, nullptr) == 1);
    require(EVP_DigestUpdate(hashing_.get(), message.data(), message.size()) == 1);
    require(EVP_DigestFinal_ex(hashing_.get(), hash, &hash_size) == 1);
    require(EVP_PKEY_sign(context_.get(), signature_.data(), &size, hash, hash_size) == 1);
  }

 private:
  static EVP_PKEY* read(const SecretBytes& pkcs8) {
    const auto bytes = pkcs8.expose(SecretAccess{});
    const unsigned char* at = bytes.data();
    EVP_PKEY* key = d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(bytes.size()));
    require(key != nullptr);
    return key;
  }

  void set_up(const KeyRow& row) {
    const std::string name(family_ == Family::ecdsa ? "ECDSA" : row.openssl_name);
    EVP_SIGNATURE* algorithm = EVP_SIGNATURE_fetch(nullptr, name.c_str(), nullptr);
    require(algorithm != nullptr);
    if (digest_ == nullptr) {
      int deterministic = 1;
      const OSSL_PARAM ml_dsa[] = {OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_DETERMINISTIC, &deterministic),
                                   OSSL_PARAM_construct_end()};
      const auto* const params = family_ == Family::ml_dsa ? ml_dsa : nullptr;
      require(EVP_PKEY_sign_message_init(context_.get(), algorithm, params) == 1);
    } else {
      std::string hash = EVP_MD_get0_name(digest_);
      char padding[] = OSSL_PKEY_RSA_PAD_MODE_PKCSV15;
      const OSSL_PARAM rsa[] = {OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, hash.data(), 0),
                                OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, padding, 0),
                                OSSL_PARAM_construct_end()};
      const auto* const params = family_ == Family::rsa ? rsa : nullptr;
      require(EVP_PKEY_sign_init_ex2(context_.get(), algorithm, params) == 1);
    }
    EVP_SIGNATURE_free(algorithm);
  }

  Family family_;
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context_;
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hashing_;
  EVP_MD* digest_ = nullptr;  // lives as long as the process
  Bytes signature_;
};

template <typename Ours, typename Raw>
void compare_signing(const char* name, const Ours& ours, const Raw& raw) {
  constexpr auto kClock = CLOCK_THREAD_CPUTIME_ID;
  raw();
  ours();
  const int count = std::max(1, static_cast<int>(kTurnSeconds / seconds_of(kClock, raw)));
  const auto repeat = [count](const auto& sign) {
    return [&sign, count] {
      for (int i = 0; i < count; ++i) sign();
    };
  };
  double ours_total = 0;
  double raw_total = 0;
  long turns = 0;
  for (bool ours_first = false; ours_total + raw_total < kSignSeconds; ours_first = !ours_first, ++turns) {
    // In turn, so that neither always finds what the other left in the caches.
    if (ours_first) ours_total += seconds_of(kClock, repeat(ours));
    raw_total += seconds_of(kClock, repeat(raw));
    if (!ours_first) ours_total += seconds_of(kClock, repeat(ours));
  }
  const double signatures = static_cast<double>(turns) * count;
  std::printf("%-12s %10.2f %10.2f %8.3f\n", name, ours_total / signatures * 1e6, raw_total / signatures * 1e6,
              raw_total / ours_total);
  std::fflush(stdout);
}

void sign_with_every_algorithm(const std::filesystem::path& parent) {
  const Folder folder(parent);
  const auto provider = provider_in(folder.path());
  const Bytes message(kMessageSize, 3);
  std::printf("%-12s %10s %10s %8s\n", "sign", "ours, us", "raw, us", "of_raw");
  for (const KeyRow& row : crypto::signature_suites()) {
    if (row.modulus_bits > 4096) continue;  // nothing but a long wait for the key
    // Made outside and imported, so that both sides have the same key.
    auto pair = must(PrivateKey::generate(row.algorithm));
    RawSigner raw_signer(pair);
    const auto name = name_of(std::string(row.name));
    require(provider->import_key({.name = name, .algorithm = row.algorithm, .material = std::move(pair)}).ok());
    const auto key = must(provider->open_key({name}, trust::KeyUse::sign));
    using enum crypto::Randomness;
    const auto randomness = row.family == Family::ml_dsa ? deterministic : hedged;
    const auto ours = [&] { require(key->sign({}, randomness, trust::read_from(message)).ok()); };
    compare_signing(std::string(row.name).c_str(), ours, [&] { raw_signer.sign(message); });
  }
}

/// As durable as a key file: a file without a name that takes one when it is on the disk.
void write_raw_file(const std::string& folder, int folder_fd, int number, const Bytes& content) {
  const int fd = ::open(folder.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
  require(fd >= 0);
  require(::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size()));
  require(::fsync(fd) == 0);
  const auto from = "/proc/self/fd/" + std::to_string(fd);
  const auto to = folder + "/" + std::to_string(number);
  require(::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), AT_SYMLINK_FOLLOW) == 0);
  require(::close(fd) == 0);
  require(::fsync(folder_fd) == 0);
}

double median_list_ms(const trust::Provider& provider, int keys) {
  std::vector<double> times;
  for (int i = 0; i < 11; ++i) {
    times.push_back(seconds_of(CLOCK_MONOTONIC, [&] {
      const auto listed = must(provider.list_keys());
      require(listed.size() == static_cast<std::size_t>(keys));
      require(std::ranges::all_of(listed, [](const auto& key) { return key.info.ok(); }));
    }));
  }
  std::ranges::nth_element(times, times.begin() + 5);
  return times[5] * 1e3;
}

void many_keys(const std::filesystem::path& parent, int keys) {
  const Folder ours(parent);
  const Folder raw(parent);
  const auto provider = provider_in(ours.path());
  const auto create = [&](int number) {
    const auto name = name_of("key-" + std::to_string(number));
    require(provider->create_key({name, crypto::KeyAlgorithm::ed25519, trust::KeyOrigin::random}).ok());
  };
  create(0);
  const Bytes content(std::filesystem::file_size(std::filesystem::path(ours.path()) / "keys" / "key-0@1.key"), 5);
  const int raw_fd = ::open(raw.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  require(raw_fd >= 0);
  double ours_total = 0;
  double raw_total = 0;
  for (int done = 1; done < keys; done += kFilesATurn) {
    const int end = std::min(keys, done + kFilesATurn);
    ours_total += seconds_of(CLOCK_MONOTONIC, [&] {
      for (int i = done; i < end; ++i) create(i);
    });
    raw_total += seconds_of(CLOCK_MONOTONIC, [&] {
      for (int i = done; i < end; ++i) write_raw_file(raw.path(), raw_fd, i, content);
    });
  }
  require(::close(raw_fd) == 0);
  std::printf("\n%d keys of %zu bytes: created %.0f/s, files written %.0f/s, of_raw %.3f; listed in %.1f ms\n", keys,
              content.size(), (keys - 1) / ours_total, (keys - 1) / raw_total, raw_total / ours_total,
              median_list_ms(*provider, keys));
}

}  // namespace

int main(int argc, char** argv) {
  const int keys = argc > 1 ? std::atoi(argv[1]) : 2000;
  const std::filesystem::path folder = argc > 2 ? argv[2] : std::filesystem::temp_directory_path();
  require(keys >= 0);
  sign_with_every_algorithm(folder);
  if (keys > 1) many_keys(folder, keys);
  return 0;
}
