#include "device/seal/stream.hpp"

#include "core/text.hpp"
#include "device/seal/chunk_stream.hpp"

namespace holdfast::seal {
namespace {

Result<Unsealer> begin(Window& window, const anchor::Roots& roots, const UnsealOptions& options) {
  TRY(window.read_preamble(), "read preamble");
  TRY_LET(auto preamble, parse_preamble(window.unread(), options.subject), "read preamble");
  return Unsealer::create(roots, options, std::move(preamble));
}

}  // namespace

Result<StreamStats> seal_stream(const anchor::Root& root, const SealOptions& options, const Ends& ends) {
  TRY_LET(auto sealer, Sealer::create(root, options), "begin sealing");
  return seal_chunks(sealer.preamble(), sealer.chunks(), ends);
}

Result<StreamStats> unseal_stream(const anchor::Roots& roots, const UnsealOptions& options, const Ends& ends) {
  UnsealOptions named = options;
  named.subject = "'" + printable(ends.in_name) + "'";
  Bytes sealed(kChunksAtOnce * kSealedChunkSize);
  Window window(sealed, ends);
  TRY_LET(auto unsealer, begin(window, roots, named), "begin unsealing");
  return open_chunks(unsealer.chunks(), unsealer.preamble_size(), window, ends);
}

}  // namespace holdfast::seal
