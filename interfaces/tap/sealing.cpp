#include "interfaces/tap/sealing.hpp"

#include <limits>
#include <utility>

#include "interfaces/tap/arguments.hpp"
#include "interfaces/tap/sealed_mark.hpp"

namespace holdfast::tap {
namespace {

// Memory that a caller gets when all went well.
class Room {
 public:
  explicit Room(std::size_t size) : memory_(allocate(size)), size_(size) {}
  ~Room() { release(memory_, size_); }
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;
  [[nodiscard]] MutableByteView bytes() const { return {memory_, size_}; }
  /// As much of it as was filled.
  Answer<> give_to(TAP_Buffer& buffer, std::size_t filled) {
    if (filled > std::numeric_limits<ubyte4>::max()) {
      return fail(ERR_TAP_UNSUPPORTED,
                  "the result has " + std::to_string(filled) + " bytes, and a TAP_Buffer holds fewer than 4 GiB");
    }
    buffer = {static_cast<ubyte4>(filled), std::exchange(memory_, nullptr)};
    return {};
  }

 private:
  ubyte* memory_;
  std::size_t size_;
};

}  // namespace

Answer<> seal_into(const trust::Provider& provider, const std::optional<SecretBytes>& passphrase, ByteView input,
                   TAP_Buffer& output) {
  seal::SealOptions options;
  options.suite = trust::usual_suite(provider.profile());
  if (passphrase) options.passphrase = &*passphrase;
  const auto size = seal::max_sealed_size(input.size());
  Room room(size + kSealedMark);
  const auto sealed = provider.seal_into(options, input, room.bytes().first(size));
  if (!sealed.ok()) return fail(sealed.error());
  mark_as_sealed(room.bytes(), *sealed);
  return room.give_to(output, *sealed);
}

Answer<> unseal_into(const trust::Provider& provider, std::optional<SecretBytes> passphrase, ByteView input,
                     TAP_Buffer& output) {
  const bool given = passphrase.has_value();
  seal::UnsealOptions options;
  options.subject = "the sealed data";
  if (given) options.passphrase = [&]() -> Result<SecretBytes> { return std::move(*passphrase); };
  Room room(input.size());
  const auto unsealed = provider.unseal_into(options, input, room.bytes());
  if (unsealed.ok()) return room.give_to(output, *unsealed);
  const bool needed = unsealed.error().code() == ErrorCode::usage && !given;
  return needed ? fail(HOLDFAST_TAP_ERR_NEEDS_PASSPHRASE, unsealed.error().message()) : fail(unsealed.error());
}

void free_buffer(TAP_Buffer& buffer) {
  const bool secret = !is_marked_as_sealed({buffer.pBuffer, buffer.bufferLen});
  release(buffer.pBuffer, secret ? buffer.bufferLen : 0);
  buffer = {};
}

}  // namespace holdfast::tap
