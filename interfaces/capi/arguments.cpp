#include "interfaces/capi/arguments.hpp"

#include <algorithm>
#include <cstdlib>

#include "core/text.hpp"

namespace holdfast::capi {

Result<void> require(const void* pointer, const char* argument) {
  if (pointer == nullptr) return Error(ErrorCode::usage, std::string("'") + argument + "' is NULL");
  return {};
}

Result<std::string> text(const char* given, const char* argument) {
  TRY(require(given, argument), "check argument");
  const auto size = ::strnlen(given, kMaxText + 1);
  if (size > kMaxText) {
    return Error(ErrorCode::usage,
                 std::string("'") + argument + "' is longer than " + std::to_string(kMaxText) + " bytes");
  }
  return std::string(given, size);
}

Result<std::optional<std::string>> optional_text(const char* given, const char* argument) {
  if (given == nullptr) return std::optional<std::string>();
  TRY_LET(auto read, text(given, argument), "read argument");
  return std::optional(std::move(read));
}

Result<ByteView> bytes(const void* given, std::size_t size, const char* argument) {
  if (size == 0) return ByteView();
  TRY(require(given, argument), "check argument");
  if (size > static_cast<std::size_t>(PTRDIFF_MAX)) {
    return Error(ErrorCode::usage, std::string("'") + argument + "' is larger than any memory");
  }
  return ByteView(static_cast<const std::uint8_t*>(given), size);
}

Result<SecretBytes> passphrase(const void* given, std::size_t size) {
  TRY_LET(const auto typed, bytes(given, size, "passphrase"), "check passphrase");
  if (typed.size() > kMaxPassphrase) {
    return Error(ErrorCode::usage, "a passphrase has at most " + std::to_string(kMaxPassphrase) + " bytes");
  }
  return normalise_passphrase(SecretBytes::copy_of(typed));
}

Result<Output> Output::create(void* out, std::size_t* size) {
  TRY(require(size, "out_size"), "check argument");
  if (*size > 0) TRY(require(out, "out"), "check argument");
  return Output({static_cast<std::uint8_t*>(out), out == nullptr ? 0 : *size}, size);
}

bool Output::has_room_for(std::size_t size) {
  if (size <= room_.size()) return true;
  *size_ = size;
  return false;
}

holdfast_status Output::too_small(const Owner* owner) {
  return fail(owner, HOLDFAST_BUFFER_TOO_SMALL, "'out' is too small; *out_size now says what is enough");
}

void Output::put(ByteView what) {
  std::ranges::copy(what, room_.begin());
  *size_ = what.size();
}

char* hand_out(const std::string& text) {
  auto* const copy = static_cast<char*>(std::malloc(text.size() + 1));
  if (copy == nullptr) throw std::bad_alloc();
  std::memcpy(copy, text.c_str(), text.size() + 1);
  return copy;
}

}  // namespace holdfast::capi
