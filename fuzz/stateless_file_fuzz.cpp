// Stateless configurations: foreign bytes must be refused, or mean exactly one thing.
#include <cstdint>
#include <cstdlib>

#include "core/encoding.hpp"
#include "crypto/hash.hpp"
#include "device/anchor/stateless_file.hpp"

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
  const auto parsed = anchor::parse_stateless_file(bytes);
  if (!parsed.ok()) return;
  const anchor::Root root({}, anchor::kStatelessEpoch, SecretBytes(anchor::kRootSize));
  const auto again = anchor::serialise_stateless_file(parsed->config, root);
  if (!again.ok()) std::abort();
  const auto reparsed = anchor::parse_stateless_file(*again);
  if (!reparsed.ok() || reparsed->authenticated != parsed->authenticated) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  check(bytes);
  check(with_digest(bytes));
  return 0;
}
