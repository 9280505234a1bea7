// Files from outside: the header has one spelling, and whatever is in the chunks behind it, nothing breaks.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "device/seal/outside.hpp"
#include "device/seal/outside_keys.hpp"
#include "fuzz/check.hpp"

namespace {

using holdfast::as_bytes;
using holdfast::as_text;
using holdfast::Bytes;
using holdfast::ByteView;
using holdfast::ErrorCode;
using holdfast::SecretBytes;
using holdfast::fuzz::check;
namespace crypto = holdfast::crypto;
namespace seal = holdfast::seal;

void check_header(ByteView line) {
  const auto header = seal::parse_outside_header(as_text(line), "input");
  if (!header.ok()) return;
  const auto written = seal::write_outside_header(*header);
  check(written.ok() && *written == as_text(line), "a header that parses is written in the same spelling");
  check(header->ciphertext.size() == crypto::receiving_ciphertext_size(header->kem), "the ciphertext fits the KEM");
}

/// A device that has every key: what the KEM makes of the ciphertext is part of what is tried.
holdfast::Result<crypto::ReceivingKey> find_key(ByteView, crypto::KeyAlgorithm algorithm) {
  return crypto::ReceivingKey::derive(algorithm, SecretBytes(crypto::row_of(algorithm).derivation_size));
}

/// Replaces the tag by the one that fits: no input would otherwise get past it to the chunks' parser.
void open_with_fitting_tag(ByteView file, seal::OutsidePreamble preamble) {
  const SecretBytes shared(32);
  const auto keys = seal::derive_outside_keys(shared, preamble.header, preamble.header_line);
  check(keys.ok(), "keys can be derived for every header that parses");
  const auto lines = seal::write_outside_preamble(preamble.header_line, keys->tag);
  check(lines.size() == preamble.size, "the lines keep their size");
  preamble.tag = keys->tag;
  const auto chunks = file.subspan(preamble.size);
  auto decryption = seal::begin_decryption_with(shared, {}, std::move(preamble));
  check(decryption.ok(), "a tag that fits opens");
  Bytes output(chunks.size(), 0xA5);
  const auto size = decryption->chunks.open_all(chunks, output);
  check(!size.ok() || *size <= output.size(), "the plaintext lies within bounds");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  check_header(input);
  auto preamble = seal::parse_outside_preamble(input, "input");
  if (!preamble.ok()) {
    const auto code = preamble.error().code();
    check(code == ErrorCode::malformed || code == ErrorCode::refused, "a bad file is malformed or refused");
    return 0;
  }
  check(preamble->size <= input.size() && preamble->size <= seal::kMaxPreambleSize, "the preamble lies within bounds");
  check_header(as_bytes(preamble->header_line));
  check(!seal::decrypt_outside_bytes(find_key, {}, input).ok(), "no input is encrypted to a key of zeros");
  open_with_fitting_tag(input, std::move(preamble).value());
  return 0;
}
