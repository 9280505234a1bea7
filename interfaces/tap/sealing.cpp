#include "interfaces/tap/sealing.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <utility>

#include "core/file.hpp"
#include "interfaces/tap/arguments.hpp"

namespace holdfast::tap {
namespace {

// Providers read and write descriptors, so that they seal files of any size; this is a file in memory.
Result<FileDescriptor> memory_file(const char* name) {
  FileDescriptor file(::memfd_create(name, MFD_CLOEXEC));
  if (!file.valid()) return system_error("make a file in memory for", name, errno);
  return file;
}

Result<FileDescriptor> memory_file_of(ByteView bytes) {
  TRY_LET(auto file, memory_file("input"), "make input");
  TRY(write_all(file.get(), bytes, "input"), "copy input");
  if (::lseek(file.get(), 0, SEEK_SET) != 0) return system_error("rewind", "input", errno);
  return file;
}

// Of memory that a caller gets when all went well.
class Room {
 public:
  explicit Room(std::size_t size) : memory_(allocate(size)), size_(size) {}
  ~Room() { release(memory_, size_); }
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;
  [[nodiscard]] MutableByteView bytes() const { return {memory_, size_}; }
  void give_to(TAP_Buffer& buffer) { buffer = {static_cast<ubyte4>(size_), std::exchange(memory_, nullptr)}; }

 private:
  ubyte* memory_;
  std::size_t size_;
};

Answer<> hand_out_file(const FileDescriptor& file, TAP_Buffer& to) {
  struct stat info{};
  if (::fstat(file.get(), &info) != 0 || ::lseek(file.get(), 0, SEEK_SET) != 0) {
    return fail(system_error("read", "output", errno));
  }
  const auto size = static_cast<std::size_t>(info.st_size);
  if (size > std::numeric_limits<ubyte4>::max()) {
    return fail(ERR_TAP_UNSUPPORTED,
                "the result has " + std::to_string(size) + " bytes, and a TAP_Buffer holds fewer than 4 GiB");
  }
  Room room(size);
  const auto got = read_full(file.get(), room.bytes(), "output");
  if (!got.ok()) return fail(got.error());
  if (*got != size) return fail(HOLDFAST_TAP_ERR_INTERNAL, "the result could not be read back");
  room.give_to(to);
  return {};
}

template <typename Pass>
Answer<> through_memory(ByteView input, TAP_Buffer& output, Pass pass) {
  const auto in = memory_file_of(input);
  if (!in.ok()) return fail(in.error());
  const auto out = memory_file("output");
  if (!out.ok()) return fail(out.error());
  const seal::Ends ends{.in = in->get(), .in_name = "the sealed data", .out = out->get(), .out_name = "output"};
  if (Answer<> passed = pass(ends); !passed) return passed;
  return hand_out_file(*out, output);
}

}  // namespace

Answer<> seal_into(const trust::Provider& provider, const std::optional<SecretBytes>& passphrase, ByteView input,
                   TAP_Buffer& output) {
  seal::SealOptions options;
  options.suite = trust::usual_suite(provider.profile());
  if (passphrase) options.passphrase = &*passphrase;
  return through_memory(input, output, [&](const seal::Ends& ends) -> Answer<> {
    const auto sealed = provider.seal(options, ends);
    if (!sealed.ok()) return fail(sealed.error());
    return {};
  });
}

Answer<> unseal_into(const trust::Provider& provider, std::optional<SecretBytes> passphrase, ByteView input,
                     TAP_Buffer& output) {
  const bool given = passphrase.has_value();
  seal::UnsealOptions options;
  if (given) options.passphrase = [&]() -> Result<SecretBytes> { return std::move(*passphrase); };
  return through_memory(input, output, [&](const seal::Ends& ends) -> Answer<> {
    const auto unsealed = provider.unseal(options, ends);
    if (unsealed.ok()) return {};
    const bool needed = unsealed.error().code() == ErrorCode::usage && !given;
    return needed ? fail(HOLDFAST_TAP_ERR_NEEDS_PASSPHRASE, unsealed.error().message()) : fail(unsealed.error());
  });
}

}  // namespace holdfast::tap
