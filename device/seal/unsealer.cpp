#include "device/seal/unsealer.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "crypto/compare.hpp"
#include "device/seal/file_keys.hpp"

namespace holdfast::seal {
namespace {

Result<const anchor::Root*> find_root(const anchor::Roots& roots, const Header& header, const std::string& subject) {
  if (header.anchor != roots.anchor()) {
    return Error(ErrorCode::does_not_open,
                 subject + ": sealed by anchor " + header.anchor.hex() + "; this is anchor " + roots.anchor().hex());
  }
  const auto* root = roots.find(header.epoch);
  if (root == nullptr) {
    return Error(ErrorCode::does_not_open, subject + ": sealed under root epoch " +
                                               std::to_string(header.epoch.number) +
                                               ", which this anchor does not know: it was dropped, or this is an old "
                                               "copy of the anchor");
  }
  return root;
}

Result<void> check_device_tag(const anchor::Root& root, const Preamble& preamble, const std::string& subject) {
  TRY_LET(const auto expected, compute_device_tag(root, preamble.header_line), "compute device tag");
  if (crypto::ct_equal(expected, preamble.device_tag)) return {};
  return Error(ErrorCode::malformed, subject + ": the header was altered");
}

/// The passphrase where the header wants one, else an empty secret.
Result<SecretBytes> obtain_passphrase(const Header& header, const UnsealOptions& options) {
  const bool offered = static_cast<bool>(options.passphrase);
  if (header.passphrase) {
    if (!offered) return Error(ErrorCode::usage, options.subject + ": a passphrase is needed to open this file");
    return options.passphrase();
  }
  if (offered && options.unneeded_passphrase == UnneededPassphrase::refused) {
    return Error(ErrorCode::usage, options.subject + ": sealed without a passphrase, but one was given");
  }
  return SecretBytes();
}

Result<FileKeys> open_keys(const anchor::Root& root, const Preamble& preamble, const UnsealOptions& options) {
  const Header& header = preamble.header;
  TRY_LET(const auto passphrase, obtain_passphrase(header, options), "obtain passphrase");
  TRY_LET(auto keys, derive_file_keys(root, header, preamble.header_line, header.passphrase ? &passphrase : nullptr),
          "derive keys");
  if (crypto::ct_equal(keys.open_tag, preamble.open_tag)) return keys;
  if (header.passphrase) return Error(ErrorCode::wrong_passphrase, options.subject + ": wrong passphrase");
  return Error(ErrorCode::malformed, options.subject + ": the header was altered (its second tag)");
}

Result<void> check_conditions(const Header& header, const UnsealOptions& options) {
  if (header.expires && options.clock() >= *header.expires) {
    return Error(ErrorCode::refused, options.subject + ": expired on " + format_rfc3339(*header.expires));
  }
  if (!options.name || *options.name == header.name) return {};
  const auto sealed_as = header.name.empty() ? std::string("sealed without a name")
                                             : "sealed under the name '" + printable(header.name) + "'";
  return Error(ErrorCode::refused,
               options.subject + ": " + sealed_as + ", but '" + printable(*options.name) + "' was asked for");
}

}  // namespace

Unsealer::Unsealer(Preamble preamble, std::string subject, crypto::Aead aead, NoncePrefix prefix)
    : preamble_(std::move(preamble)), subject_(std::move(subject)), aead_(std::move(aead)), prefix_(prefix) {}

Result<Unsealer> Unsealer::create(const anchor::Roots& roots, const UnsealOptions& options, Preamble preamble) {
  const Header& header = preamble.header;
  TRY_LET(const auto* root, find_root(roots, header, options.subject), "find root");
  TRY(check_device_tag(*root, preamble, options.subject), "check device tag");
  TRY_LET(const auto keys, open_keys(*root, preamble, options), "open keys");
  TRY(check_conditions(header, options), "check expiry and name");
  TRY_LET(auto aead, crypto::Aead::create(header.suite, crypto::Aead::Direction::open, keys.chunk_key),
          "set up cipher");
  return Unsealer(std::move(preamble), options.subject, std::move(aead), keys.nonce_prefix);
}

Result<Advance> Unsealer::open(ByteView chunks, MutableByteView output) {
  if (output.size() < chunks.size()) return Error(ErrorCode::internal, "an unsealer was given too little room");
  Advance total;
  while (!finished_) {
    auto next = open_next(chunks.subspan(total.consumed), output.subspan(total.produced));
    if (!next.ok()) {
      wipe(output.first(total.produced));
      return std::move(next).error().with_step("open chunk", std::source_location::current());
    }
    if (next->consumed == 0) break;
    total.consumed += next->consumed;
    total.produced += next->produced;
  }
  return total;
}

// Consumes nothing when the chunk is not all there.
Result<Advance> Unsealer::open_next(ByteView chunks, MutableByteView output) {
  if (chunks.size() < kChunkHeadSize) return Advance{};
  ChunkHeadBytes head_bytes{};
  std::ranges::copy(chunks.first(kChunkHeadSize), head_bytes.begin());
  TRY_LET(const auto head, parse_chunk_head(head_bytes, index_, subject_), "read chunk head");
  if (chunks.size() < head.size + kChunkOverhead) return Advance{};
  TRY_LET(const auto nonce, chunk_nonce(prefix_, index_, head.position), "number chunk");
  const auto sealed = chunks.subspan(kChunkHeadSize, head.size + crypto::kAeadTagSize);
  if (!aead_.open(nonce, head_bytes, sealed, output.first(head.size)).ok()) return altered_chunk(subject_, index_);
  ++index_;
  finished_ = head.position == Position::last;
  return Advance{head.size + kChunkOverhead, head.size};
}

Result<void> Unsealer::finish(ByteView rest) const {
  if (!finished_) {
    return Error(ErrorCode::malformed,
                 subject_ + ": truncated: it ends within or before chunk " + std::to_string(index_ + 1));
  }
  if (!rest.empty()) return Error(ErrorCode::malformed, subject_ + ": bytes follow the last chunk");
  return {};
}

}  // namespace holdfast::seal
