// What the tests of the NanoTAP interface share: a module with files as its users have them, and calls with less to
// say.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "core/bytes.hpp"
#include "core/file.hpp"
#include "tests/support/temporary_folder.hpp"

#include <holdfast/tap.h>

namespace holdfast::tap::test {

inline constexpr std::string_view kModuleId = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a0c";

inline TAP_Buffer buffer_of(std::string_view text) {
  // The interface has no const; inputs are only read.
  return {static_cast<ubyte4>(text.size()), const_cast<ubyte*>(reinterpret_cast<const ubyte*>(
                                                text.data()))};  // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

inline std::string text_of(const TAP_Buffer& buffer) {
  return buffer.pBuffer == nullptr ? "" : std::string(reinterpret_cast<const char*>(buffer.pBuffer), buffer.bufferLen);
}

inline std::string error_text(TAP_Context* context = nullptr) {
  std::string text(HOLDFAST_TAP_getErrorText(context, nullptr, 0), '\0');
  HOLDFAST_TAP_getErrorText(context, text.data(), static_cast<ubyte4>(text.size() + 1));
  return text;
}

/// An output buffer that is freed.
struct Output {
  TAP_Buffer buffer = {};
  Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() { TAP_UTILS_freeBuffer(&buffer); }
  [[nodiscard]] std::string text() const { return text_of(buffer); }
};

/// A password as an attribute.
class Password {
 public:
  explicit Password(std::string_view text) : text_(text) {
    credential_.credentialType = TAP_CREDENTIAL_TYPE_PASSWORD;
    credential_.credentialData = buffer_of(text_);
    attribute_ = {TAP_ATTR_CREDENTIAL, sizeof(credential_), &credential_};
    attributes_ = {1, &attribute_};
  }
  Password(const Password&) = delete;
  Password& operator=(const Password&) = delete;
  [[nodiscard]] TAP_SealAttributes* attributes() { return &attributes_; }
  [[nodiscard]] TAP_Credential& credential() { return credential_; }
  [[nodiscard]] TAP_Attribute& attribute() { return attribute_; }

 private:
  std::string text_;
  TAP_Credential credential_ = {};
  TAP_Attribute attribute_ = {};
  TAP_SealAttributes attributes_ = {};
};

/// A module with one attribute, the variable TAP_TEST_SERIAL, whose state is in a folder of its own.
class Installation {
 public:
  Installation() {
    ::setenv("HOLDFAST_DIR", (folder_ / "state").c_str(), 1);
    ::setenv("TAP_TEST_SERIAL", "QX-77120-0831", 1);
    name_variable("TAP_TEST_SERIAL");
  }

  void write(const std::string& name, std::string_view content, mode_t mode = 0600) const {
    EXPECT_TRUE(write_file_atomically(folder_ / name, as_bytes(content), mode, Replace::allowed).ok());
  }
  void name_variable(const std::string& variable) const {
    write("credentials.json", R"({"attributes":[{"attribute_name":"serial","attribute_value":{"type":"ENV",)"
                              R"("variable_name":")" +
                                  variable + R"("}}]})");
  }
  [[nodiscard]] std::string configuration(std::string_view more = "", std::string_view id = kModuleId) const {
    return "providertype=15\n[module]\nmodulenum=7\nmodulename=Test\nmoduleidstr=" + std::string(id) +
           "\ncredfile=" + (folder_ / "credentials.json").string() + "\n" + std::string(more);
  }
  [[nodiscard]] std::filesystem::path state() const { return folder_ / "state"; }
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

 private:
  holdfast::test::TemporaryFolder folder_;
};

/// TAP_init with a configuration, and TAP_uninit in the end.
class Initialized {
 public:
  explicit Initialized(std::string configuration, const char* base = nullptr, byteBoolean secure = 0)
      : configuration_(std::move(configuration)) {
    TAP_ConfigInfo info = {TAP_PROVIDER_NANOROOT, buffer_of(configuration_), secure, base};
    TAP_ConfigInfoList list = {1, &info};
    status_ = TAP_init(&list, nullptr);
  }
  Initialized(const Initialized&) = delete;
  Initialized& operator=(const Initialized&) = delete;
  ~Initialized() {
    if (status_ == 0) TAP_uninit(nullptr);
  }
  [[nodiscard]] MSTATUS status() const { return status_; }

 private:
  std::string configuration_;
  MSTATUS status_ = 0;
};

/// A context of module 7, and calls in it.
class Context {
 public:
  explicit Context(TAP_EntityCredentialList* credentials = nullptr) {
    TAP_Module module = {};
    module.providerType = TAP_PROVIDER_NANOROOT;
    module.moduleId = 7;
    EXPECT_EQ(TAP_initContext(&module, credentials, nullptr, &context_, nullptr), 0) << error_text();
  }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { TAP_uninitContext(&context_, nullptr); }

  [[nodiscard]] TAP_Context* get() const { return context_; }
  [[nodiscard]] std::string error() const { return error_text(context_); }

  MSTATUS seal(std::string_view text, Output& output, TAP_SealAttributes* attributes = nullptr) const {
    auto input = buffer_of(text);
    TAP_UTILS_freeBuffer(&output.buffer);
    return TAP_sealWithTrustedData(context_, nullptr, 0, nullptr, nullptr, attributes, &input, &output.buffer, nullptr);
  }
  MSTATUS unseal(std::string_view sealed, Output& output, TAP_SealAttributes* attributes = nullptr) const {
    auto input = buffer_of(sealed);
    TAP_UTILS_freeBuffer(&output.buffer);
    return TAP_unsealWithTrustedData(context_, nullptr, 0, nullptr, attributes, &input, &output.buffer, nullptr);
  }
  /// nullptr on failure.
  [[nodiscard]] TAP_Key* key(std::string_view identifier, TAP_KeyInfo* info = nullptr) const {
    TAP_Key* key = nullptr;
    auto id = buffer_of(identifier);
    TAP_importKeyFromID(context_, nullptr, info, &id, nullptr, nullptr, &key, nullptr);
    return key;
  }

 private:
  TAP_Context* context_ = nullptr;
};

}  // namespace holdfast::tap::test
