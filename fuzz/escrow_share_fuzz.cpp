// Officers' shares: opened ones must be refused, or mean exactly one thing; encrypted ones must be refused, or open.
#include <cstdint>
#include <cstdlib>

#include "core/encoding.hpp"
#include "crypto/envelope.hpp"
#include "crypto/hash.hpp"
#include "device/anchor/escrow_share.hpp"
#include "device/anchor/slot.hpp"

using namespace holdfast;

namespace {

SecretBytes with_digest(ByteView bytes) {
  Bytes all(bytes.begin(), bytes.end());
  const auto digest = crypto::hash(crypto::HashAlgorithm::sha256, {bytes});
  append(all, as_bytes("sha256 " + to_hex(*digest) + "\n"));
  return SecretBytes::copy_of(all);
}

// What is written again is what was read, but for the case of hexadecimal digits.
void check_opened(const SecretBytes& text) {
  const auto share = anchor::parse_share(text);
  if (!share.ok()) return;
  const auto again = anchor::format_share(*share);
  if (!again.ok() || again->size() != text.size()) std::abort();
  const auto reparsed = anchor::parse_share(*again);
  if (!reparsed.ok() || reparsed->index != share->index || reparsed->name != share->name) std::abort();
}

void check_slot(ByteView bytes) {
  const auto json = parse_json(as_text(bytes), "slot");
  if (!json.ok()) return;
  const auto slot = anchor::parse_slot(*json, "slot");
  if (!slot.ok()) return;
  const auto written = anchor::to_json(*slot);
  const auto again = anchor::parse_slot(written, "slot");
  if (!again.ok() || anchor::to_json(*again) != written) std::abort();
}

const crypto::PrivateKey& officer() {
  static const auto kKey =
      crypto::PrivateKey::derive(crypto::KeyAlgorithm::ecdsa_p256, SecretBytes::copy_of(Bytes(40, 7))).value();
  return kKey;
}

void check_encrypted(ByteView bytes) {
  const auto envelope = crypto::read_envelope(bytes);
  if (envelope.ok()) (void)crypto::open_envelope(*envelope, officer()).ok();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  check_opened(SecretBytes::copy_of(bytes));
  check_opened(with_digest(bytes));
  check_encrypted(bytes);
  check_slot(bytes);
  return 0;
}
