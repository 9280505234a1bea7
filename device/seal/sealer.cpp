#include "device/seal/sealer.hpp"

#include "crypto/random.hpp"
#include "device/seal/file_keys.hpp"

namespace holdfast::seal {
namespace {

constexpr std::size_t kPassphraseSaltSize = 16;

Result<Header> new_header(const anchor::Root& root, const SealOptions& options) {
  Header header{.anchor = root.anchor(),
                .epoch = root.epoch(),
                .suite = options.suite,
                .passphrase = std::nullopt,
                .name = options.name,
                .expires = options.expires,
                .media_type = options.media_type};
  TRY(crypto::fill_random(header.salt), "choose salt");
  if (options.passphrase != nullptr) {
    if (options.passphrase->empty()) return Error(ErrorCode::usage, "the passphrase is empty");
    TRY_LET(auto salt, crypto::random_bytes(kPassphraseSaltSize), "choose passphrase salt");
    const auto costs = crypto::stretch_costs(crypto::StretchPreset::strong);
    if (!crypto::is_long_enough(*options.passphrase, costs)) {
      return Error(ErrorCode::usage, "with the FIPS provider a passphrase has at least " +
                                         std::to_string(crypto::kMinPbkdf2Input) + " bytes; choose a longer one");
    }
    header.passphrase = PassphraseParams{costs, std::move(salt)};
  }
  return header;
}

}  // namespace

Result<Sealer> Sealer::create(const anchor::Root& root, const SealOptions& options) {
  TRY_LET(const auto header, new_header(root, options), "make header");
  TRY_LET(const auto line, write_header(header), "write header");
  TRY_LET(const auto device_tag, compute_device_tag(root, line), "compute device tag");
  TRY_LET(const auto keys, derive_file_keys(root, header, line, options.passphrase), "derive keys");
  TRY_LET(auto chunks, ChunkSealer::create(header.suite, keys.chunks), "set up cipher");
  return Sealer(write_preamble(line, device_tag, keys.tag), std::move(chunks));
}

}  // namespace holdfast::seal
