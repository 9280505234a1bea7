// Calls of the C interface in any order with any arguments, on a device that is made once: nothing may crash or leak,
// statuses and texts must fit together, and the secret of a key that was imported must never come out.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/key_pair.hpp"
#include "device/trust/create_device.hpp"
#include "fuzz/check.hpp"
#include "fuzz/take.hpp"
#include "include/holdfast/holdfast.h"
#include "tests/support/temporary_folder.hpp"

namespace {

using holdfast::as_bytes;
using holdfast::Bytes;
using holdfast::fuzz::check;
using holdfast::fuzz::Take;

constexpr std::string_view kSecret = "32 bytes that must not come out.";

void check_output(const void* data, std::size_t size) {
  const std::string_view out(static_cast<const char*>(data), size);
  check(out.find(kSecret) == std::string_view::npos, "no output holds a private key");
}

// The device, with keys of every kind to begin with.
class World {
 public:
  World() {
    holdfast::trust::CreateOptions options;
    options.folder = folder_ / "state";
    options.sysroot = HOLDFAST_SOURCE_DIR "/tests/fixtures/machines/emmc-arm-board";
    check(holdfast::trust::create_device(options).ok(), "the device is made");
    check(holdfast_device_new(&device_) == HOLDFAST_OK, "a handle is made");
    check(holdfast_device_set_folder(device_, options.folder.c_str()) == HOLDFAST_OK, "its folder is set");
    check(holdfast_device_open(device_) == HOLDFAST_OK, "the device opens");
    for (const char* algorithm : {"ecdsa-p256", "ed25519", "aes-256", "x25519", "x25519-ml-kem-768"}) {
      check(holdfast_key_create(device_, algorithm, algorithm, nullptr) == HOLDFAST_OK, "a key is made");
    }
    import_secret();
  }
  [[nodiscard]] holdfast_device* device() const { return device_; }

 private:
  void import_secret() {
    const auto seed = holdfast::SecretBytes::copy_of(as_bytes(kSecret));
    const auto key = holdfast::crypto::PrivateKey::derive(holdfast::crypto::KeyAlgorithm::ed25519, seed);
    check(key.ok(), "the known key is made");
    const auto pkcs8 = key->to_pkcs8();
    check(pkcs8.ok(), "the known key is written");
    const auto file = pkcs8->expose(holdfast::SecretAccess{});
    check(holdfast_key_import(device_, "known", file.data(), file.size(), nullptr, 0, 0) == HOLDFAST_OK,
          "and imported");
  }

  holdfast::test::TemporaryFolder folder_;
  holdfast_device* device_ = nullptr;
};

constexpr std::array kNames{"known",   "ecdsa-p256",         "ed25519", "aes-256", "x25519", "x25519-ml-kem-768",
                            "known@1", "x25519-ml-kem-768@", "",        "none",    "a/b"};
constexpr std::array<const char*, 8> kWords{nullptr, "",      "sha256",  "sha512",
                                            "pss",   "pkcs1", "derived", "chacha20-poly1305"};

// One run of calls.
class Run {
 public:
  Run(holdfast_device* device, Take& take) : device_(device), take_(take), out_(1 << 16) {}
  ~Run() { holdfast_key_free(key_); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  void call() {
    switch (take_.number() % 16) {
      case 0: return reopen();
      case 1: return settle(holdfast_key_show(device_, name(), text()));
      case 2: return settle(holdfast_key_list(device_, text()));
      case 3: return settle(holdfast_key_public(device_, name(), text()));
      case 4: return settle(holdfast_key_load_certificate(device_, name(), text()));
      case 5: return sign();
      case 6: return seal();
      case 7: return unseal();
      case 8: return encrypt();
      case 9: return decrypt();
      case 10: return agree();
      case 11: return decapsulate();
      case 12: return certify();
      case 13: return verify();
      case 14: return settle(holdfast_random(device_, out_.data(), size_ = room()));
      case 15: return settle(holdfast_key_create(device_, name(), word(), nullptr));
      default: return;
    }
  }

 private:
  [[nodiscard]] const char* name() { return kNames[take_.number() % kNames.size()]; }
  [[nodiscard]] const char* word() { return kWords[take_.number() % kWords.size()]; }
  // NULL, too little, or enough.
  [[nodiscard]] std::size_t room() { return take_.number() % 3 == 0 ? take_.number() : out_.size(); }
  [[nodiscard]] Bytes bytes() { return take_.bytes(take_.number()); }
  char** text() { return take_.number() % 16 == 0 ? nullptr : &text_; }

  void settle(holdfast_status status) {
    check(status <= HOLDFAST_IO || status == HOLDFAST_BUFFER_TOO_SMALL, "no argument is an internal failure");
    if (status != HOLDFAST_OK) {
      const std::string_view error = holdfast_device_error(device_);
      check(!error.empty(), "a failure has a text");
      check_output(error.data(), error.size());
    }
    if (text_ != nullptr) check_output(text_, std::strlen(text_));
    check_output(out_.data(), out_.size());
    holdfast_text_free(text_);
    text_ = nullptr;
  }

  void reopen() {
    holdfast_key_free(key_);
    key_ = nullptr;
    settle(holdfast_key_open(device_, name(), 1U << (take_.number() % 6), &key_));
  }
  [[nodiscard]] bool usable() { return key_ != nullptr || (reopen(), key_ != nullptr); }

  void sign() {
    if (!usable()) return;
    const auto message = bytes();
    holdfast_signature_options options = HOLDFAST_SIGNATURE_OPTIONS_INIT;
    options.hash = word();
    options.scheme = word();
    options.is_digest = take_.number() % 2;
    options.deterministic = take_.number() % 2;
    options.struct_size += take_.number() % 8 == 0 ? 1 : 0;
    size_ = room();
    settle(holdfast_key_sign(key_, &options, message.data(), message.size(), out_.data(), &size_));
  }
  void seal() {
    const auto plaintext = bytes();
    holdfast_seal_options options = HOLDFAST_SEAL_OPTIONS_INIT;
    options.name = word();
    options.suite = word();
    options.expires = static_cast<std::int64_t>(take_.number()) << (take_.number() % 56);
    size_ = room();
    if (holdfast_seal(device_, &options, plaintext.data(), plaintext.size(), out_.data(), &size_) != HOLDFAST_OK)
      return;
    sealed_.assign(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(size_));
  }
  void unseal() {
    auto sealed = take_.number() % 2 == 0 ? sealed_ : bytes();
    if (!sealed.empty()) sealed[take_.number() % sealed.size()] ^= static_cast<std::uint8_t>(take_.number() % 2);
    holdfast_unseal_options options = HOLDFAST_UNSEAL_OPTIONS_INIT;
    options.name = word();
    options.from_outside = take_.number() % 2;
    options.key = take_.number() % 4 == 0 ? name() : nullptr;
    size_ = room();
    settle(holdfast_unseal(device_, &options, sealed.data(), sealed.size(), out_.data(), &size_));
  }
  void encrypt() {
    if (!usable()) return;
    const auto associated = bytes();
    const auto plaintext = bytes();
    size_ = room();
    settle(holdfast_key_encrypt(key_, associated.data(), associated.size(), plaintext.data(), plaintext.size(),
                                out_.data(), &size_));
  }
  void decrypt() {
    if (!usable()) return;
    const auto encrypted = bytes();
    holdfast_decrypt_options options = HOLDFAST_DECRYPT_OPTIONS_INIT;
    options.hash = word();
    options.associated = encrypted.data();
    options.associated_size = take_.number() % (encrypted.size() + 1);
    size_ = room();
    settle(holdfast_key_decrypt(key_, &options, encrypted.data(), encrypted.size(), out_.data(), &size_));
  }
  void agree() {
    if (!usable()) return;
    const auto peer = bytes();
    size_ = room();
    settle(holdfast_key_agree(key_, peer.data(), peer.size(), out_.data(), &size_));
  }
  void decapsulate() {
    if (!usable()) return;
    const auto ciphertext = bytes();
    size_ = room();
    settle(holdfast_key_decapsulate(key_, ciphertext.data(), ciphertext.size(), out_.data(), &size_));
  }
  void certify() {
    if (!usable()) return;
    const auto typed = bytes();
    const std::string subject(typed.begin(), typed.end());
    const std::array names{subject.c_str(), word()};
    settle(holdfast_key_request(key_, subject.c_str(), names.data(), take_.number() % 3, text()));
  }
  void verify() {
    const auto key = bytes();
    const auto signature = bytes();
    const auto status = holdfast_verify(device_, key.data(), key.size(), nullptr, key.data(), key.size(),
                                        signature.data(), signature.size());
    settle(status == HOLDFAST_SIGNATURE_INVALID ? HOLDFAST_OK : status);
  }

  holdfast_device* device_;
  Take& take_;
  holdfast_key* key_ = nullptr;
  char* text_ = nullptr;
  Bytes out_;
  std::size_t size_ = 0;
  Bytes sealed_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const World world;
  // libFuzzer finds the secret in this program, and what is given in may come out again.
  if (std::string_view(reinterpret_cast<const char*>(data), size).contains(kSecret)) return -1;
  Take take({data, size});
  Run run(world.device(), take);
  for (int calls = 0; calls < 64 && !take.empty(); ++calls) run.call();
  return 0;
}
