// Any sequence of calls of the NanoTAP interface, with any arguments that C allows, gives documented statuses, leaks
// nothing and leaves outputs empty after a failure. The device is stateless and made of one variable, so that runs are
// short and leave nothing behind.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/file.hpp"
#include "tests/support/temporary_folder.hpp"

#include <holdfast/tap.h>

namespace {

// Each of them may derive a key from a password, which takes most of a second.
constexpr std::size_t kMaxCalls = 12;

void require(bool promise) {
  if (!promise) std::abort();
}

class Choices {
 public:
  Choices(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

  [[nodiscard]] bool empty() const { return at_ >= size_; }
  std::uint8_t byte() { return empty() ? 0 : data_[at_++]; }
  bool flag() { return (byte() & 1) != 0; }
  std::uint32_t number() {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8U | byte();
    return value;
  }
  // Small numbers mostly, as enumerations are.
  std::uint32_t small() { return byte() < 250 ? byte() % 32U : number(); }
  std::vector<ubyte> bytes() {
    std::vector<ubyte> taken(byte() % 80U);
    for (auto& b : taken) b = byte();
    return taken;
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t at_ = 0;
};

// What a call may be given, and what is wrong with it at times.
class Input {
 public:
  explicit Input(Choices& choices) : bytes_(choices.bytes()), kind_(choices.byte()) {
    buffer_ = {static_cast<ubyte4>(bytes_.size()), bytes_.data()};
    if (kind_ % 16 == 1) buffer_ = {1, nullptr};
  }
  TAP_Buffer* get() { return kind_ % 16 == 0 ? nullptr : &buffer_; }

 private:
  std::vector<ubyte> bytes_;
  std::uint8_t kind_;
  TAP_Buffer buffer_ = {};
};

class Attributes {
 public:
  explicit Attributes(Choices& choices) : input_(choices), kind_(choices.byte()) {
    credential_ = {choices.small(), choices.small(), choices.small(), {}};
    if (input_.get() != nullptr) credential_.credentialData = *input_.get();
    if (kind_ % 2 == 0) credential_.credentialType = TAP_CREDENTIAL_TYPE_PASSWORD;
    attribute_ = {choices.flag() ? TAP_ATTR_CREDENTIAL : choices.small(), sizeof(credential_), &credential_};
    if (attribute_.type == TAP_ATTR_OBJECT_ID_BYTESTRING) {
      attribute_ = {attribute_.type, sizeof(TAP_Buffer), &credential_.credentialData};
    }
    if (kind_ % 16 == 2) attribute_.pStructOfType = nullptr;
    if (kind_ % 16 == 3) attribute_.length = choices.number();
    list_ = {1, kind_ % 16 == 4 ? nullptr : &attribute_};
  }
  TAP_AttributeList* get() { return kind_ % 4 == 1 ? nullptr : &list_; }

 private:
  Input input_;
  std::uint8_t kind_;
  TAP_Credential credential_ = {};
  TAP_Attribute attribute_ = {};
  TAP_AttributeList list_ = {};
};

// Written once, and removed with its folder at the end of the process.
const std::string& credential_file() {
  static const holdfast::test::TemporaryFolder kFolder;
  static const std::string kFile = [] {
    constexpr std::string_view kText =
        R"({"attributes":[{"attribute_name":"serial","attribute_value":{"type":"ENV","variable_name":"TAP_FUZZ_SERIAL"}}]})";
    require(::setenv("TAP_FUZZ_SERIAL", "QX-77120-0831", 1) == 0);
    const auto file = kFolder / "credentials.json";
    require(holdfast::write_file_atomically(file, holdfast::as_bytes(kText), 0600, holdfast::Replace::refused).ok());
    return file.string();
  }();
  return kFile;
}

void require_documented(MSTATUS status) {
  constexpr std::array kPublished{0,     -6001, -6010,  -6017,  -6018,  -6101,  -7201,  -7211,
                                  -7221, -7223, -52601, -52602, -52620, -52621, -52622, -52636};
  require(std::ranges::contains(kPublished, status) || (status <= -70001 && status >= -70010));
  if (status != 0) require(HOLDFAST_TAP_getErrorText(nullptr, nullptr, 0) > 0);
}

class Program {
 public:
  explicit Program(Choices& choices) : choices_(choices) {}
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() {
    TAP_freeKey(&key_);
    TAP_uninitContext(&context_, nullptr);
    for (; users_ > 0; --users_) require(TAP_uninit(nullptr) == 0);
    require(TAP_uninit(nullptr) == HOLDFAST_TAP_ERR_NOT_INITIALIZED);
  }

  void run() {
    for (std::size_t i = 0; i < kMaxCalls && !choices_.empty(); ++i) call();
  }

 private:
  void call() {
    switch (choices_.byte() % 12) {
      case 0: init(); break;
      case 1: uninit(); break;
      case 2: make_context(); break;
      case 3: drop_context(); break;
      case 4: import_key(); break;
      case 5: sign(); break;
      case 6: seal(); break;
      case 7: unseal(choices_.flag()); break;
      case 8: random(); break;
      case 9: drop_key(); break;
      case 10: parse(); break;
      default: list(); break;
    }
  }

  void init() {
    static const std::string kConfiguration =
        "providertype=15\nstateless=1\naccept_low_entropy=1\n[module]\nmodulenum=1\nmoduleidstr=" +
        std::string(64, 'a') + "\ncredfile=" + credential_file() + "\n";
    auto text = choices_.byte() % 8 == 0 ? std::string("providertype=15\n") : kConfiguration;
    TAP_ConfigInfo info = {choices_.byte() % 16 == 0 ? choices_.small() : TAP_PROVIDER_NANOROOT,
                           {static_cast<ubyte4>(text.size()), reinterpret_cast<ubyte*>(text.data())},
                           0,
                           choices_.byte() % 16 == 0 ? "relative" : nullptr};
    TAP_ConfigInfoList list = {choices_.byte() % 16 == 0 ? 0U : 1U, &info};
    const auto status = TAP_init(&list, nullptr);
    require_documented(status);
    if (status == 0) ++users_;
  }

  void uninit() {
    const auto status = TAP_uninit(nullptr);
    require((status == 0) == (users_ > 0));
    if (status == 0) --users_;
  }

  void make_context() {
    if (context_ != nullptr) return;
    Attributes attributes(choices_);
    TAP_Module module = {};
    module.providerType = choices_.byte() % 16 == 0 ? choices_.small() : TAP_PROVIDER_NANOROOT;
    module.moduleId = choices_.byte() % 16 == 0 ? choices_.small() : 1;
    const auto status = TAP_initContext(&module, nullptr, attributes.get(), &context_, nullptr);
    require_documented(status);
    require((status == 0) == (context_ != nullptr));
  }

  void drop_context() {
    require(TAP_uninitContext(&context_, nullptr) == 0);
    require(context_ == nullptr);
  }

  void import_key() {
    // Not RSA, which takes seconds: the fuzzer would time out, and schemes are examined all the same.
    static constexpr std::array<std::string_view, 4> kIdentifiers{
        {{"\x03\x00\x00\x02", 4}, {"\x11\x00\x00\x08", 4}, {"\x05\x00\x00\x02", 4}, {"\0\0\0\3\0\0\0\2", 8}}};
    require(TAP_freeKey(&key_) == 0);
    Attributes attributes(choices_);
    std::string id(kIdentifiers.at(choices_.byte() % kIdentifiers.size()));
    if (choices_.byte() % 8 == 0) id.resize(choices_.byte() % 10);
    TAP_Buffer buffer = {static_cast<ubyte4>(id.size()), reinterpret_cast<ubyte*>(id.data())};
    TAP_KeyInfo info = {};
    info.keyAlgorithm = choices_.byte() % 4 == 0 ? choices_.small() : 0;
    info.algKeyInfo.eccInfo.sigScheme = choices_.small();
    const auto status = TAP_importKeyFromID(context_, nullptr, choices_.flag() ? &info : nullptr, &buffer,
                                            attributes.get(), nullptr, &key_, nullptr);
    require_documented(status);
    require((status == 0) == (key_ != nullptr));
  }

  void drop_key() {
    if (key_ != nullptr) require(TAP_unloadKey(key_, nullptr) == 0);
    if (choices_.flag()) require(TAP_freeKey(&key_) == 0);
  }

  void sign() {
    Input input(choices_);
    Attributes attributes(choices_);
    TAP_Signature signature = {};
    signature.isDEREncoded = choices_.byte();
    const auto scheme = choices_.small();
    const auto status =
        TAP_asymSign(key_, nullptr, attributes.get(), scheme, choices_.byte(), input.get(), &signature, nullptr);
    require_documented(status);
    require((status == 0) == (signature.derEncSignature.pBuffer != nullptr));
    require(TAP_freeSignature(&signature) == 0);
  }

  void seal() {
    Input input(choices_);
    Attributes attributes(choices_);
    TAP_UTILS_freeBuffer(&sealed_);
    const auto status = TAP_sealWithTrustedData(context_, nullptr, choices_.small(), nullptr, nullptr, attributes.get(),
                                                input.get(), &sealed_, nullptr);
    require_documented(status);
    require((status == 0) == (sealed_.pBuffer != nullptr));
  }

  void unseal(bool sealed_before) {
    Input input(choices_);
    Attributes attributes(choices_);
    TAP_Buffer opened = {};
    auto* const from = sealed_before ? &sealed_ : input.get();
    require_documented(TAP_unsealWithTrustedData(context_, nullptr, choices_.small(), nullptr, attributes.get(), from,
                                                 &opened, nullptr));
    require(TAP_UTILS_freeBuffer(&opened) == 0);
  }

  void random() {
    TAP_Buffer bytes = {};
    const auto size = choices_.small();
    const auto status = TAP_getRandom(context_, size, nullptr, &bytes, nullptr);
    require_documented(status);
    require(bytes.bufferLen == (status == 0 ? size : 0));
    require(TAP_UTILS_freeBuffer(&bytes) == 0);
  }

  void parse() {
    Input input(choices_);
    TAP_KeyInfo info = {};
    info.keyAlgorithm = choices_.small();
    require_documented(TAP_parse_algorithm_info(input.get(), &info, nullptr));
  }

  void list() {
    TAP_ModuleList modules = {};
    require_documented(TAP_getModuleList(nullptr, choices_.flag() ? TAP_PROVIDER_NANOROOT : choices_.small(), nullptr,
                                         &modules, nullptr));
    require(TAP_freeModuleList(&modules) == 0);
    std::array<char, 16> text{};
    HOLDFAST_TAP_getErrorText(context_, text.data(), choices_.byte() % 17U);
  }

  Choices& choices_;
  TAP_Context* context_ = nullptr;
  TAP_Key* key_ = nullptr;
  struct Sealed : TAP_Buffer {
    Sealed() : TAP_Buffer{} {}
    Sealed(const Sealed&) = delete;
    Sealed& operator=(const Sealed&) = delete;
    ~Sealed() { TAP_UTILS_freeBuffer(this); }
  } sealed_;
  std::size_t users_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Choices choices(data, size);
  // Contexts outlive TAP_uninit, and so must be given back before the state that the next run begins with.
  Program(choices).run();
  return 0;
}
