// Internal to this folder: what callers pass in and get out, checked and turned into the project's types.
#pragma once

#include "core/bytes.hpp"
#include "core/secret_bytes.hpp"
#include "interfaces/capi/edge.hpp"

#include <cstring>
#include <optional>
#include <string>

namespace holdfast::capi {

/// The longest text that is taken as one argument.
inline constexpr std::size_t kMaxText = 4096;
inline constexpr std::size_t kMaxPassphrase = 1024;

/// ErrorCode::usage, naming the argument, where the pointer is NULL.
[[nodiscard]] Result<void> require(const void* pointer, const char* argument);
/// A text that must be there; of at most kMaxText bytes.
[[nodiscard]] Result<std::string> text(const char* given, const char* argument);
/// One that may be NULL.
[[nodiscard]] Result<std::optional<std::string>> optional_text(const char* given, const char* argument);
/// Bytes, which may be NULL where there are none.
[[nodiscard]] Result<ByteView> bytes(const void* given, std::size_t size, const char* argument);
/// A passphrase in normal form.
[[nodiscard]] Result<SecretBytes> passphrase(const void* given, std::size_t size);

/// The caller's options with their usual values where their size, and so their version, is smaller. ErrorCode::usage
/// for a size that no version had: they were not made with their macro, or for a newer library.
template <typename Options>
[[nodiscard]] Result<Options> options_of(const Options* given, const Options& usual) {
  if (given == nullptr) return usual;
  if (given->struct_size != sizeof(Options)) {
    return Error(ErrorCode::usage,
                 "the options have another size than this library's; make them with their _INIT macro");
  }
  return *given;
}

/// A caller's memory for bytes.
class Output {
 public:
  /// ErrorCode::usage where `size` is NULL, or `out` although it claims room.
  [[nodiscard]] static Result<Output> create(void* out, std::size_t* size);

  /// Whether so much fits. Where it does not, the caller gets to know how much would.
  [[nodiscard]] bool has_room_for(std::size_t size);
  /// HOLDFAST_BUFFER_TOO_SMALL, with its text.
  [[nodiscard]] static holdfast_status too_small(const Owner* owner);

  [[nodiscard]] MutableByteView room() const { return room_; }
  void written(std::size_t size) { *size_ = size; }
  /// Copies; there must be room.
  void put(ByteView what);

 private:
  Output(MutableByteView room, std::size_t* size) : room_(room), size_(size) {}
  MutableByteView room_;
  std::size_t* size_;
};

/// A text of the library's own for the caller. Throws std::bad_alloc.
[[nodiscard]] char* hand_out(const std::string& text);

}  // namespace holdfast::capi
