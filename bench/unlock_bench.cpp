// Opening a device, against Argon2id alone: with nothing changed one call and at most 5 ms; with parts changed nothing
// but calls, on all cores.
//
// A guess is one Argon2id call with the device's parameters; both sides run in turn in this process, in wall-clock
// time, medians. Where parts have changed, the first combination is tried alone and the others on all cores, in a fixed
// order; the least that can take is computed from where the first combination stands that is left whole, and `of_limit`
// is that divided by what it took. All patterns of so many changed parts are tried. usage: unlock_bench MACHINE
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "bench/support.hpp"
#include "core/file.hpp"
#include "crypto/random.hpp"
#include "device/anchor/subsets.hpp"
#include "device/trust/create_device.hpp"

namespace {

using holdfast::bench::Folder;
using holdfast::bench::median;
using holdfast::bench::must;
using holdfast::bench::require;
namespace anchor = holdfast::anchor;
namespace crypto = holdfast::crypto;
namespace trust = holdfast::trust;
namespace fs = std::filesystem;

constexpr int kRepeats = 41;

// A part of the fixture machine: what the anchor calls it, where its value is read, and what a replacement says.
struct Part {
  const char* name;
  const char* file;
  const char* other;
};
constexpr std::array kParts{
    Part{"processor/serial", "sys/devices/system/cpu/cpu0/topology/ppin", "0x17c04be92d5a6f38\n"},
    Part{"dmi/product_uuid", "sys/class/dmi/id/product_uuid", "d9428888-122b-41e1-b85c-61cd3cbf3210\n"},
    Part{"disk/0000:5e:00.0-nvme/eui", "sys/block/nvme0n1/eui", "00 25 38 b1 51 a0 39 c7\n"},
    Part{"net/0000:00:1f.6/mac", "sys/class/net/eno1/address", "3c:ec:ef:51:90:2a\n"},
    Part{"net/0000:3b:00.0/mac", "sys/class/net/ens3f0/address", "a0:36:9f:7e:b3:14\n"}};

template <typename Work>
double milliseconds_of(const Work& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

class Bench {
 public:
  explicit Bench(const fs::path& machine) : original_(machine) {
    fs::copy(machine, sysroot(), fs::copy_options::recursive | fs::copy_options::copy_symlinks);
    trust::CreateOptions options;
    options.folder = state();
    options.sysroot = sysroot();
    options.made_by = "bench";
    const auto info = must(trust::create_device(options));
    quorum_ = info.quorum->quorum;
    for (const auto& factor : info.quorum->counted) counted_.push_back(factor.name);
    open_.mark_folder = fs::path(folder_.path()) / "marks";
  }

  void run() {
    const auto guess = measure_unchanged();
    for (unsigned changed = 1; changed <= counted_.size() - quorum_ + 1; ++changed) measure_changed(changed, guess);
  }

 private:
  [[nodiscard]] std::string sysroot() const { return folder_.path() + "/machine"; }
  [[nodiscard]] std::string state() const { return folder_.path() + "/state"; }

  [[nodiscard]] bool open() const { return must(trust::find_device(state()))->open(open_).ok(); }

  [[nodiscard]] double measure_unchanged() const {
    const auto input = must(crypto::random_secret(64));
    const holdfast::Bytes salt(anchor::kSlotSaltSize, 1);
    const auto costs = crypto::stretch_costs(crypto::StretchPreset::standard);
    std::vector<double> raw;
    std::vector<double> ours;
    std::vector<double> more;
    for (int i = 0; i < kRepeats; ++i) {
      raw.push_back(milliseconds_of([&] { require(crypto::stretch(input, salt, costs).ok()); }));
      ours.push_back(milliseconds_of([&] { require(open()); }));
      more.push_back(ours.back() - raw.back());
    }
    std::printf("%u of %zu attributes, %zu combinations; one Argon2id call %.1f ms\n", quorum_, counted_.size(),
                anchor::k_subsets(static_cast<unsigned>(counted_.size()), quorum_).size(), median(raw));
    std::printf("nothing changed: opens in %.1f ms, %.2f ms more than Argon2id (at most 5)\n", median(ours),
                median(more));
    return median(raw);
  }

  // How many calls one after another the search takes at least: the first alone, then as many at once as there are
  // cores.
  [[nodiscard]] double least_calls(const std::vector<bool>& part_changed) const {
    const auto intact = [&](std::uint8_t at) {
      for (std::size_t i = 0; i < kParts.size(); ++i) {
        if (counted_[at] == kParts[i].name) return !part_changed[i];
      }
      return true;
    };
    const auto subsets = anchor::k_subsets(static_cast<unsigned>(counted_.size()), quorum_);
    const auto found = std::ranges::find_if(subsets, [&](const auto& s) { return std::ranges::all_of(s, intact); });
    const auto rank = static_cast<unsigned>(found == subsets.end() ? subsets.size() - 1 : found - subsets.begin());
    const auto cores = std::max(1U, std::thread::hardware_concurrency());
    return 1 + (rank + cores - 1) / cores;
  }

  void measure_changed(unsigned changed, double guess) const {
    std::vector<bool> pattern(kParts.size());
    std::fill(pattern.end() - changed, pattern.end(), true);
    double sum = 0;
    double worst = 0;
    double least = 0;
    int patterns = 0;
    bool opens = true;
    do {
      set_parts(pattern);
      std::vector<double> times;
      for (int i = 0; i < 5; ++i) times.push_back(milliseconds_of([&] { opens = open(); }));
      sum += median(times);
      worst = std::max(worst, median(times));
      least += least_calls(pattern) * guess;
      ++patterns;
    } while (std::next_permutation(pattern.begin(), pattern.end()));
    set_parts(std::vector<bool>(kParts.size()));
    std::printf("%u changed: %s in %.0f ms on average and %.0f ms at worst, of_limit %.2f\n", changed,
                opens ? "opens" : "refused", sum / patterns, worst, least / sum);
  }

  void set_parts(const std::vector<bool>& changed) const {
    for (std::size_t i = 0; i < kParts.size(); ++i) {
      const auto file = fs::path(sysroot()) / kParts[i].file;
      if (changed[i]) {
        require(
            holdfast::write_file_atomically(file, holdfast::as_bytes(kParts[i].other), 0644, holdfast::Replace::allowed)
                .ok());
      } else {
        fs::copy_file(original_ / kParts[i].file, file, fs::copy_options::overwrite_existing);
      }
    }
  }

  Folder folder_{fs::temp_directory_path()};
  fs::path original_;
  unsigned quorum_ = 0;
  std::vector<std::string> counted_;
  trust::OpenOptions open_;
};

}  // namespace

int main(int argc, char** argv) {
  require(argc == 2);
  Bench(argv[1]).run();
  return 0;
}
