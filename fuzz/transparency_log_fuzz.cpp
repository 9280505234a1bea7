// What a transparency log is read from: notes, verifier keys, checkpoints, paths of tiles, bundles of entries, proofs.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "registry/audit/checkpoint.hpp"
#include "registry/audit/tiles.hpp"

using namespace holdfast;

namespace {

constexpr std::string_view kSigner = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

void check_note(std::string_view text) {
  static const auto kVerifier = audit::NoteVerifier::parse(kSigner).value();
  const auto opened = kVerifier.open(text);
  if (opened.ok() && !text.starts_with(*opened)) std::abort();
  const auto verifier = audit::NoteVerifier::parse(text);
  if (verifier.ok() && verifier->to_text() != text) std::abort();
}

// What is written again is the beginning of what was read.
void check_checkpoint(std::string_view text) {
  const auto checkpoint = audit::parse_checkpoint(text);
  if (!checkpoint.ok()) return;
  const auto again = audit::serialise_checkpoint(*checkpoint);
  if (!again.ok() || !text.starts_with(*again)) std::abort();
}

void check_tiles(std::string_view text) {
  const auto tile = audit::parse_tile_path(text);
  if (tile && audit::path_of(*tile) != text) std::abort();
}

void check_bundle(ByteView bytes) {
  if (bytes.empty()) return;
  const auto entries = audit::parse_bundle(bytes.subspan(1), bytes[0]);
  if (!entries.ok()) return;
  Bytes again;
  for (const auto entry : *entries) {
    if (!audit::append_entry(again, entry).ok()) std::abort();
  }
  if (!std::ranges::equal(again, bytes.subspan(1))) std::abort();
}

// A proof that anybody sends: nothing but the right answer, whatever the sizes are.
void check_proofs(ByteView bytes) {
  if (bytes.size() < 18) return;
  const auto number = [&](std::size_t at) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) value = value << 8U | bytes[at + i];
    return value >> (bytes[16 + (at / 8)] % 64U);
  };
  std::vector<audit::TreeHash> proof;
  for (auto rest = bytes.subspan(18); rest.size() >= sizeof(audit::TreeHash); rest = rest.subspan(32)) {
    std::ranges::copy(rest.first(32), proof.emplace_back().begin());
  }
  const audit::TreeHash root{};
  // Nobody finds a tree whose root is zero.
  if (audit::verify_inclusion(root, number(0), number(8), root, proof).ok() && number(8) != 1) std::abort();
  if (audit::verify_consistency(number(0), root, number(8), root, proof).ok() && number(0) != number(8)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  check_note(as_text(bytes));
  check_checkpoint(as_text(bytes));
  check_tiles(as_text(bytes));
  check_bundle(bytes);
  check_proofs(bytes);
  return 0;
}
