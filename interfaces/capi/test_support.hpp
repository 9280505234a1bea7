// What the tests of the C interface share: devices on a machine that can change, and handles that go by themselves.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "core/text.hpp"
#include "device/trust/create_device.hpp"
#include "include/holdfast/holdfast.h"
#include "tests/support/temporary_folder.hpp"

namespace holdfast::capi::test {

/// A device in a folder of its own, made on a copy of a fixture machine.
class State {
 public:
  enum class Passphrase { no, yes };
  static constexpr std::string_view kPassphrase = "correct horse battery staple";

  explicit State(Passphrase passphrase = Passphrase::no) {
    std::filesystem::copy(std::filesystem::path(HOLDFAST_SOURCE_DIR) / "tests/fixtures/machines/x86-server", machine(),
                          std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks);
    trust::CreateOptions options;
    options.folder = folder();
    options.sysroot = machine().string();
    if (passphrase == Passphrase::yes) {
      options.passphrase = [] { return normalise_passphrase(SecretBytes::copy_of(as_bytes(kPassphrase))); };
    }
    const auto made = trust::create_device(options);
    if (!made.ok()) throw std::runtime_error(made.error().describe());
  }

  [[nodiscard]] std::filesystem::path folder() const { return temporary_ / "state"; }
  /// As if the disk had been put into another machine.
  void change_machine() const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(machine())) {
      if (!entry.is_regular_file() || entry.is_symlink()) continue;
      std::ostringstream content;
      content << std::ifstream(entry.path(), std::ios::binary).rdbuf();
      auto text = content.str();
      if (text.size() < 8) continue;  // flags and types, and no serial number
      for (auto& c : text) c = c >= '2' && c <= '8' ? static_cast<char>(c + 1) : c;
      std::ofstream(entry.path(), std::ios::binary) << text;
    }
  }
  /// As if everything that tells it apart could not be read.
  void hide_machine() const { std::filesystem::remove_all(machine() / "sys"); }
  void damage_anchor() const { std::ofstream(folder() / "anchor", std::ios::app) << "and more"; }

 private:
  [[nodiscard]] std::filesystem::path machine() const { return temporary_ / "machine"; }
  holdfast::test::TemporaryFolder temporary_;
};

class Handle {
 public:
  Handle() { EXPECT_EQ(holdfast_device_new(&device_), HOLDFAST_OK); }
  explicit Handle(const std::filesystem::path& folder) : Handle() {
    EXPECT_EQ(holdfast_device_set_folder(device_, folder.c_str()), HOLDFAST_OK);
  }
  ~Handle() { holdfast_device_free(device_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  operator holdfast_device*() const { return device_; }  // NOLINT: stands for what it holds

 private:
  holdfast_device* device_ = nullptr;
};

class OpenDevice : public Handle {
 public:
  explicit OpenDevice(const State& state) : Handle(state.folder()) {
    if (holdfast_device_open(*this) != HOLDFAST_OK) throw std::runtime_error(holdfast_device_error(*this));
  }
};

class OpenKey {
 public:
  OpenKey(holdfast_device* device, const char* name, holdfast_use use) {
    EXPECT_EQ(holdfast_key_open(device, name, use, &key_), HOLDFAST_OK) << holdfast_device_error(device);
  }
  ~OpenKey() { holdfast_key_free(key_); }
  OpenKey(const OpenKey&) = delete;
  OpenKey& operator=(const OpenKey&) = delete;
  operator holdfast_key*() const { return key_; }  // NOLINT: stands for what it holds

 private:
  holdfast_key* key_ = nullptr;
};

class Text {
 public:
  Text() = default;
  ~Text() { holdfast_text_free(text_); }
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;
  /// For one more text; lets the one before go.
  [[nodiscard]] char** out() {
    holdfast_text_free(text_);
    text_ = nullptr;
    return &text_;
  }
  [[nodiscard]] std::string text() const { return text_ == nullptr ? "" : text_; }
  [[nodiscard]] Json json() const { return Json::parse(text()); }

 private:
  char* text_ = nullptr;
};

/// Calls a function of two steps: it is asked for the size first, and must not do anything then.
template <typename Call>
std::string filled(Call call) {
  std::size_t size = 0;
  EXPECT_EQ(call(nullptr, &size), HOLDFAST_BUFFER_TOO_SMALL);
  std::string out(size, '\0');
  EXPECT_EQ(call(out.data(), &size), HOLDFAST_OK);
  EXPECT_LE(size, out.size());
  out.resize(size);
  return out;
}

}  // namespace holdfast::capi::test
