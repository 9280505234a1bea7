// Anchor files and event logs: foreign bytes must be refused, or mean exactly one thing.
#include <cstdint>
#include <cstdlib>

#include "core/encoding.hpp"
#include "crypto/hash.hpp"
#include "device/anchor/anchor_file.hpp"
#include "device/anchor/event_check.hpp"
#include "device/anchor/event_log.hpp"

using namespace holdfast;

namespace {

// The digest stands in the fuzzer's way, as it stands in nobody's who can compute one.
Bytes with_digest(ByteView bytes) {
  Bytes all(bytes.begin(), bytes.end());
  const auto digest = crypto::hash(crypto::HashAlgorithm::sha256, {bytes});
  append(all, as_bytes("sha256 " + to_hex(*digest) + "\n"));
  return all;
}

void check(ByteView bytes) {
  const auto parsed = anchor::parse_anchor_file(bytes);
  if (!parsed.ok()) return;
  const anchor::Root root(parsed->file.id, parsed->file.epoch, SecretBytes(anchor::kRootSize));
  const auto again = anchor::serialise_anchor_file(parsed->file, root);
  if (!again.ok()) std::abort();
  const auto reparsed = anchor::parse_anchor_file(*again);
  if (!reparsed.ok() || reparsed->authenticated != parsed->authenticated) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  check(bytes);
  check(with_digest(bytes));
  // Some count and a hash that nothing has: every line is parsed, and none is ever vouched for.
  for (const std::uint64_t count : {1U, 2U, 1000U}) {
    if (anchor::EventLog::parse(bytes, {count, {}}).ok()) std::abort();
    const auto check = anchor::check_event_log(bytes, {count, {}});
    if (!check.ok() || check->whole()) std::abort();
  }
  return 0;
}
