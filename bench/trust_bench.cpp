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
#include <time.h>  // clock_gettime
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bench/raw_signer.hpp"
#include "bench/support.hpp"
#include "device/trust/software_provider.hpp"

namespace {

using holdfast::Bytes;
using holdfast::SecretAccess;
using holdfast::SecretBytes;
using holdfast::bench::Folder;
using holdfast::bench::median;
using holdfast::bench::must;
using holdfast::bench::RawSigner;
using holdfast::bench::require;
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

/// A device with a known root: what is measured begins where an anchor is open.
std::unique_ptr<trust::Provider> provider_in(const std::string& folder) {
  anchor::AnchorFile file;
  anchor::Roots roots({file.id, file.epoch, SecretBytes::copy_of(Bytes(anchor::kRootSize, 7))});
  return trust::make_software_provider(folder, {std::move(file), std::move(roots)});
}

trust::KeyName name_of(const std::string& text) { return must(trust::KeyName::parse(text)); }

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
  return median(std::move(times)) * 1e3;
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
