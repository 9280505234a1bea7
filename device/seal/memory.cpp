#include "device/seal/memory.hpp"

#include <algorithm>

namespace holdfast::seal {
namespace {

Result<std::size_t> seal_all(Sealer& sealer, ByteView plaintext, MutableByteView output) {
  if (output.size() < sealer.sealed_size(plaintext.size())) {
    return Error(ErrorCode::usage, "the memory for the sealed form is too small");
  }
  const auto preamble = as_bytes(sealer.preamble());
  std::ranges::copy(preamble, output.begin());
  TRY_LET(const auto advance, sealer.seal(plaintext, Input::ended, output.subspan(preamble.size())), "seal chunks");
  return preamble.size() + advance.produced;
}

Result<Unsealer> begin(const anchor::Roots& roots, const UnsealOptions& options, ByteView sealed) {
  TRY_LET(auto preamble, parse_preamble(sealed, options.subject), "read preamble");
  return Unsealer::create(roots, options, std::move(preamble));
}

}  // namespace

Result<std::size_t> seal_into(const anchor::Root& root, const SealOptions& options, ByteView plaintext,
                              MutableByteView output) {
  TRY_LET(auto sealer, Sealer::create(root, options), "begin sealing");
  return seal_all(sealer, plaintext, output);
}

Result<Bytes> seal_bytes(const anchor::Root& root, const SealOptions& options, ByteView plaintext) {
  TRY_LET(auto sealer, Sealer::create(root, options), "begin sealing");
  Bytes sealed(sealer.sealed_size(plaintext.size()));
  TRY(seal_all(sealer, plaintext, sealed), "seal");
  return sealed;
}

Result<std::size_t> unseal_into(const anchor::Roots& roots, const UnsealOptions& options, ByteView sealed,
                                MutableByteView output) {
  TRY_LET(auto unsealer, begin(roots, options, sealed), "begin unsealing");
  return unsealer.chunks().open_all(sealed.subspan(unsealer.preamble_size()), output);
}

Result<Bytes> unseal_bytes(const anchor::Roots& roots, const UnsealOptions& options, ByteView sealed) {
  TRY_LET(auto unsealer, begin(roots, options, sealed), "begin unsealing");
  const auto chunks = sealed.subspan(unsealer.preamble_size());
  // Shrinking afterwards keeps the allocation: the plaintext is not copied, and leaves no second copy behind.
  Bytes plaintext(chunks.size());
  TRY_LET(const std::size_t size, unsealer.chunks().open_all(chunks, plaintext), "unseal");
  plaintext.resize(size);
  return plaintext;
}

Result<SecretBytes> unseal_secret(const anchor::Roots& roots, const UnsealOptions& options, ByteView sealed) {
  TRY_LET(auto unsealer, begin(roots, options, sealed), "begin unsealing");
  const auto chunks = sealed.subspan(unsealer.preamble_size());
  SecretBytes room(chunks.size());
  TRY_LET(const std::size_t size, unsealer.chunks().open_all(chunks, room.expose_mutable(SecretAccess{})), "unseal");
  return SecretBytes::copy_of(room.expose(SecretAccess{}).first(size));
}

}  // namespace holdfast::seal
