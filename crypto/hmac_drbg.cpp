#include "crypto/hmac_drbg.hpp"

#include <openssl/core_names.h>

#include <algorithm>
#include <array>
#include <utility>

namespace holdfast::crypto {
namespace {

constexpr std::size_t kBlock = 64;  // of SHA-512's output

}  // namespace

HmacDrbg::HmacDrbg(Mac mac) : mac_(std::move(mac)), key_(kBlock), value_(kBlock) {
  std::ranges::fill(value_.expose_mutable(SecretAccess{}), std::uint8_t{1});
}

Result<HmacDrbg> HmacDrbg::create(const SecretBytes& seed, ByteView personalisation) {
  if (seed.size() < kMinSeed) {
    return Error(ErrorCode::usage, "HMAC_DRBG takes a seed of at least " + std::to_string(kMinSeed) + " bytes, and " +
                                       std::to_string(seed.size()) + " were given");
  }
  static const openssl::FetchedMac kHmac("HMAC");
  auto mac = openssl::new_mac(kHmac);
  const std::array params{openssl::text(OSSL_MAC_PARAM_DIGEST, "SHA2-512"), OSSL_PARAM_construct_end()};
  if (!mac || EVP_MAC_CTX_set_params(mac.get(), params.data()) != 1) return openssl::failure("setting up HMAC");
  HmacDrbg drbg(std::move(mac));
  TRY(drbg.set_key(), "set first key");
  TRY(drbg.update({seed.expose(SecretAccess{}), personalisation}), "take in seed");
  return drbg;
}

Result<void> HmacDrbg::generate(MutableByteView output) {
  if (output.size() > kMaxRequest) {
    return Error(ErrorCode::usage, "HMAC_DRBG gives at most " + std::to_string(kMaxRequest) + " bytes at once, and " +
                                       std::to_string(output.size()) + " were asked for");
  }
  const auto value = value_.expose_mutable(SecretAccess{});
  while (!output.empty()) {
    TRY(compute({value}, value), "compute next block");
    const auto size = std::min(output.size(), value.size());
    std::ranges::copy(value.first(size), output.begin());
    output = output.subspan(size);
  }
  return update({});
}

Result<void> HmacDrbg::update(std::initializer_list<ByteView> provided) {
  const auto value = value_.expose_mutable(SecretAccess{});
  const auto first = provided.size() > 0 ? provided.begin()[0] : ByteView();
  const auto second = provided.size() > 1 ? provided.begin()[1] : ByteView();
  for (const std::uint8_t separator : {std::uint8_t{0}, std::uint8_t{1}}) {
    TRY(compute({value, {&separator, 1}, first, second}, key_.expose_mutable(SecretAccess{})), "compute key");
    TRY(set_key(), "set key");
    TRY(compute({value}, value), "compute value");
    if (first.empty() && second.empty()) break;
  }
  return {};
}

Result<void> HmacDrbg::set_key() {
  const auto key = key_.expose(SecretAccess{});
  if (EVP_MAC_init(mac_.get(), key.data(), key.size(), nullptr) != 1) return openssl::failure("HMAC");
  return {};
}

Result<void> HmacDrbg::compute(std::initializer_list<ByteView> parts, MutableByteView output) {
  // Without a key this starts over with the last one, which spares half of the hashing.
  if (EVP_MAC_init(mac_.get(), nullptr, 0, nullptr) != 1) return openssl::failure("HMAC");
  for (const auto part : parts) {
    if (EVP_MAC_update(mac_.get(), part.data(), part.size()) != 1) return openssl::failure("HMAC");
  }
  std::size_t size = 0;
  if (EVP_MAC_final(mac_.get(), output.data(), &size, output.size()) != 1 || size != kBlock) {
    return openssl::failure("HMAC");
  }
  return {};
}

}  // namespace holdfast::crypto
