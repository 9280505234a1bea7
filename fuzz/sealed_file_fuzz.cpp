// Sealed files: the header has one spelling, and whatever opens is what the device that opens it sealed.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "device/seal/file_keys.hpp"
#include "device/seal/memory.hpp"
#include "fuzz/check.hpp"

namespace {

using holdfast::as_bytes;
using holdfast::as_text;
using holdfast::Bytes;
using holdfast::ByteView;
using holdfast::SecretBytes;
using holdfast::fuzz::check;
namespace anchor = holdfast::anchor;
namespace seal = holdfast::seal;

anchor::Root fixed_root(const anchor::AnchorId& id, anchor::RootEpoch epoch) {
  return {id, epoch, SecretBytes::copy_of(Bytes(anchor::kRootSize, 7))};
}

anchor::AnchorId fixed_anchor() {
  anchor::AnchorId id;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) id.bytes[i] = static_cast<std::uint8_t>(i);
  return id;
}

void check_header(ByteView line) {
  const auto header = seal::parse_header(as_text(line), "input");
  if (!header.ok()) return;
  const auto written = seal::write_header(*header);
  check(written.ok() && *written == as_text(line), "a header that parses is written in the same spelling");
}

/// Opens without a passphrase, so that no input makes Argon2id run.
void open(const anchor::Roots& roots, ByteView file) {
  const seal::UnsealOptions options{.clock = [] { return holdfast::Timestamp(); }};
  Bytes output(file.size(), 0xA5);
  const auto size = seal::unseal_into(roots, options, file, output);
  const auto opened = seal::unseal_bytes(roots, options, file);
  check(size.ok() == opened.ok(), "both ways of opening agree");
  if (size.ok())
    check(*size == opened->size() && std::equal(opened->begin(), opened->end(), output.begin()), "on the bytes");
}

/// Replaces the tags, and the anchor by the one that the header claims: no input would otherwise get past the
/// tags, and the chunks' parser would never be reached.
void open_as_its_own_device(Bytes file, const seal::Preamble& preamble) {
  if (preamble.header.passphrase) return;
  auto root = fixed_root(preamble.header.anchor, preamble.header.epoch);
  const auto device_tag = seal::compute_device_tag(root, preamble.header_line);
  const auto keys = seal::derive_file_keys(root, preamble.header, preamble.header_line, nullptr);
  check(device_tag.ok() && keys.ok(), "keys can be derived for every header that parses");
  const auto lines = seal::write_preamble(preamble.header_line, *device_tag, keys->tag);
  check(lines.size() == preamble.size, "the lines keep their size");
  std::ranges::copy(as_bytes(lines), file.begin());
  open(anchor::Roots(std::move(root)), file);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  check_header(input);
  open(anchor::Roots(fixed_root(fixed_anchor(), {1})), input);
  const auto preamble = seal::parse_preamble(input, "input");
  if (!preamble.ok()) return 0;
  check(preamble->size <= input.size() && preamble->size <= seal::kMaxPreambleSize, "the preamble lies within bounds");
  check_header(as_bytes(preamble->header_line));
  open_as_its_own_device(Bytes(input.begin(), input.end()), *preamble);
  return 0;
}
