#include "device/seal/sealer.hpp"

#include <algorithm>

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
    header.passphrase = PassphraseParams{crypto::kArgon2Strong, std::move(salt)};
  }
  return header;
}

}  // namespace

Sealer::Sealer(std::string preamble, crypto::Aead aead, NoncePrefix prefix)
    : preamble_(std::move(preamble)), aead_(std::move(aead)), prefix_(prefix) {}

Result<Sealer> Sealer::create(const anchor::Root& root, const SealOptions& options) {
  TRY_LET(const auto header, new_header(root, options), "make header");
  TRY_LET(const auto line, write_header(header), "write header");
  TRY_LET(const auto device_tag, compute_device_tag(root, line), "compute device tag");
  TRY_LET(const auto keys, derive_file_keys(root, header, line, options.passphrase), "derive keys");
  TRY_LET(auto aead, crypto::Aead::create(header.suite, crypto::Aead::Direction::seal, keys.chunk_key),
          "set up cipher");
  return Sealer(write_preamble(line, device_tag, keys.open_tag), std::move(aead), keys.nonce_prefix);
}

Result<Advance> Sealer::seal(ByteView plaintext, Input input, MutableByteView output) {
  if (ended_ || output.size() < chunks_size(plaintext.size())) {
    return Error(ErrorCode::internal, "a sealer was used after its end or with too little room");
  }
  Advance advance;
  const auto next = [&](std::size_t size, Position position) -> Result<void> {
    const auto room = output.subspan(advance.produced, size + kChunkOverhead);
    TRY(seal_chunk(plaintext.subspan(advance.consumed, size), position, room), "seal chunk");
    advance.consumed += size;
    advance.produced += room.size();
    return {};
  };
  while (plaintext.size() - advance.consumed > kChunkSize) TRY(next(kChunkSize, Position::middle), "seal chunk");
  if (input == Input::ended) {
    TRY(next(plaintext.size() - advance.consumed, Position::last), "seal last chunk");
    ended_ = true;
  }
  return advance;
}

Result<void> Sealer::seal_chunk(ByteView plaintext, Position position, MutableByteView output) {
  TRY_LET(const auto nonce, chunk_nonce(prefix_, index_, position), "number chunk");
  const auto head = write_chunk_head({position, plaintext.size()});
  std::ranges::copy(head, output.begin());
  TRY(aead_.seal(nonce, head, plaintext, output.subspan(kChunkHeadSize)), "encrypt chunk");
  ++index_;
  return {};
}

}  // namespace holdfast::seal
