// A machine whose parts are exchanged again and again: what was made at any time must last to the end.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <format>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "device/anchor/test_support.hpp"
#include "device/trust/maintenance.hpp"
#include "device/trust/profile.hpp"

namespace holdfast::trust {
namespace {

using anchor::test::must;
using holdfast::test::TemporaryFolder;

constexpr int kChanges = 100;
constexpr unsigned kMargin = 1;

/// A server whose parts get other values, the same in every run of the test.
class ChangingMachine {
 public:
  explicit ChangingMachine(std::filesystem::path root) : root_(std::move(root)) {
    std::filesystem::copy(std::filesystem::path(HOLDFAST_SOURCE_DIR) / "tests/fixtures/machines/x86-server", root_,
                          std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks);
  }

  [[nodiscard]] unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

  /// Exchanges this many parts.
  void change(unsigned count) {
    constexpr unsigned kParts = 5;
    for (unsigned part = below(kParts); count > 0; part = (part + 1) % kParts, --count) exchange(part);
  }

 private:
  void exchange(unsigned part) {
    const auto value = random_();
    const auto byte = [value](unsigned i) { return static_cast<unsigned>(value >> (8 * i) & 0xFF); };
    const auto mac = [&](const char* maker) {
      return std::format("{}:{:02x}:{:02x}:{:02x}\n", maker, byte(0), byte(1), byte(2));
    };
    switch (part) {
      case 0: write("sys/devices/system/cpu/cpu0/topology/ppin", std::format("0x{:016x}\n", value)); break;
      case 1:
        write("sys/class/dmi/id/product_uuid",
              std::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}\n", value >> 32, value & 0xFFFF, value >> 20 & 0xFFF,
                          value >> 8 & 0xFFF, random_() & 0xFFFF'FFFF'FFFF));
        break;
      case 2:
        write("sys/block/nvme0n1/eui", std::format("00 25 38 {:02x} {:02x} {:02x} {:02x} {:02x}\n", byte(0), byte(1),
                                                   byte(2), byte(3), byte(4)));
        break;
      case 3: write("sys/class/net/eno1/address", mac("3c:ec:ef")); break;
      default: write("sys/class/net/ens3f0/address", mac("a0:36:9f")); break;
    }
  }

  void write(const char* file, const std::string& value) const {
    must(write_file_atomically(root_ / file, as_bytes(value), 0644, Replace::allowed));
  }

  std::filesystem::path root_;
  std::mt19937_64 random_{20'260'101};
};

/// All that a device was ever asked to keep.
class Kept {
 public:
  void add_file(const Provider& provider, const std::string& text) {
    seal::SealOptions sealing;
    sealing.suite = usual_suite(provider.profile());
    Bytes sealed(seal::max_sealed_size(text.size()));
    sealed.resize(must(provider.seal_into(sealing, as_bytes(text), sealed)));
    files_[text] = std::move(sealed);
  }

  void add_key(Provider& provider, const std::string& name) {
    const auto algorithm = *crypto::find_key_algorithm(keys_.size() % 2 == 0 ? "ed25519" : "ecdsa-p256");
    const auto origin = keys_.size() % 3 == 0 ? KeyOrigin::random : KeyOrigin::derived;
    const auto id = KeyName::parse(name).value();
    keys_[name] = must(provider.create_key({.name = id, .algorithm = algorithm, .origin = origin})).half;
  }

  void expect_whole(const Provider& provider) const {
    for (const auto& [text, sealed] : files_) {
      Bytes plain(sealed.size());
      plain.resize(must(provider.unseal_into({}, sealed, plain)));
      EXPECT_EQ(as_text(plain), text);
    }
    for (const auto& [name, half] : keys_) {
      const KeySelection selection{KeyName::parse(name).value()};
      EXPECT_EQ(must(provider.find_key(selection)).half, half);
      EXPECT_TRUE(provider.open_key(selection, KeyUse::sign).ok()) << name;
    }
  }

 private:
  std::map<std::string, Bytes> files_;
  std::map<std::string, keys::PublicHalf> keys_;
};

class MigrationChain : public testing::Test {
 protected:
  MigrationChain() {
    CreateOptions options;
    options.folder = state();
    options.sysroot = temporary_ / "machine";
    options.quorum = 6 - kMargin;
    options.made_by = "test";
    options.recovery = delivery();
    must(create_device(options));
  }

  [[nodiscard]] std::filesystem::path state() const { return temporary_ / "state"; }

  [[nodiscard]] RecoveryDelivery delivery() {
    return {[this](const SecretBytes& code) {
              code_ = SecretBytes::copy_of(code.expose(SecretAccess{}));
              return Result<void>();
            },
            nullptr};
  }

  [[nodiscard]] OpenOptions options() const {
    OpenOptions options;
    options.mark_folder = temporary_ / "marks";
    return options;
  }

  [[nodiscard]] std::unique_ptr<Provider> open_device() const {
    return must(must(find_device(state()))->open(options())).provider;
  }

  void change_and_migrate(unsigned count) {
    machine_.change(count);
    auto maintenance = count <= kMargin ? Maintenance::open(state(), options())
                                        : Maintenance::open_with_recovery_code(state(), code_, options());
    must((*maintenance)->migrate({}));
  }

  TemporaryFolder temporary_;
  ChangingMachine machine_{temporary_ / "machine"};
  SecretBytes code_;
};

TEST_F(MigrationChain, HundredChangesKeepEveryKeyAndEverySealedFile) {
  Kept kept;
  for (int step = 1; step <= kChanges; ++step) {
    SCOPED_TRACE("change " + std::to_string(step));
    {
      const auto provider = open_device();
      kept.add_file(*provider, "file " + std::to_string(step));
      if (step % 10 == 1) kept.add_key(*provider, "key" + std::to_string(step));
    }
    // One part in most cases, and now and then a new board with all that is on it.
    change_and_migrate(machine_.below(5) == 0 ? 2 + machine_.below(4) : 1);
    if (step % 20 == 0) must(must(Maintenance::open(state(), options()))->rotate_root());
    if (step % 50 == 0) must(must(Maintenance::open(state(), options()))->renew_recovery_code(delivery()));
    kept.expect_whole(*open_device());
    if (HasFailure()) return;
  }
  EXPECT_GE(must(find_device(state()))->info().epoch, 8U)
      << "five rotations, two renewals, and whenever the quorum grew";
}

}  // namespace
}  // namespace holdfast::trust
