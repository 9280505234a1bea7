#include "device/seal/stream.hpp"

#include <optional>
#include <utility>

#include "core/text.hpp"
#include "device/seal/chunk_stream.hpp"

namespace holdfast::seal {
namespace {

Result<Unsealer> begin(Window& window, const anchor::Roots& roots, const UnsealOptions& options) {
  TRY(window.read_preamble(), "read preamble");
  TRY_LET(auto preamble, parse_preamble(window.unread(), options.subject), "read preamble");
  return Unsealer::create(roots, options, std::move(preamble));
}

UnsealOptions with_subject(UnsealOptions options, const Ends& ends) {
  options.subject = "'" + printable(ends.in_name) + "'";
  return options;
}

// Of the header that was verified: what a second look at the file said could be somebody else's words.
SealOptions like(const Header& header, const std::optional<SecretBytes>& passphrase) {
  return {.suite = header.suite,
          .passphrase = passphrase ? &*passphrase : nullptr,
          .name = header.name,
          .expires = header.expires,
          .media_type = header.media_type};
}

}  // namespace

Result<StreamStats> seal_stream(const anchor::Root& root, const SealOptions& options, const Ends& ends) {
  TRY_LET(auto sealer, Sealer::create(root, options), "begin sealing");
  return seal_chunks(sealer.preamble(), sealer.chunks(), ends);
}

Result<StreamStats> unseal_stream(const anchor::Roots& roots, const UnsealOptions& options, const Ends& ends) {
  Bytes sealed(kChunksAtOnce * kSealedChunkSize);
  Window window(sealed, ends);
  TRY_LET(auto unsealer, begin(window, roots, with_subject(options, ends)), "begin unsealing");
  return open_chunks(unsealer.chunks(), unsealer.preamble_size(), window, ends);
}

Result<StreamStats> reseal_stream(const anchor::Roots& roots, const UnsealOptions& options, const SuiteCheck& check,
                                  const Ends& ends) {
  auto opening = with_subject(options, ends);
  std::optional<SecretBytes> passphrase;
  if (options.passphrase) {
    opening.passphrase = [&]() -> Result<SecretBytes> {
      TRY_LET(passphrase, options.passphrase(), "obtain passphrase");
      return SecretBytes::copy_of(passphrase->expose(SecretAccess{}));
    };
  }
  Bytes sealed(kChunksAtOnce * kSealedChunkSize);
  Window window(sealed, ends);
  TRY_LET(auto unsealer, begin(window, roots, opening), "begin unsealing");
  if (check) TRY(check(unsealer.header().suite), "check suite");
  TRY_LET(auto fresh, Sealer::create(roots.newest(), like(unsealer.header(), passphrase)), "begin sealing");
  return reseal_chunks(unsealer.chunks(), unsealer.preamble_size(), window, fresh, ends);
}

}  // namespace holdfast::seal
