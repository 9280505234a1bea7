#include "device/anchor/recovery_code.hpp"

#include <algorithm>
#include <string>

#include "core/encoding.hpp"
#include "crypto/compare.hpp"
#include "crypto/hash.hpp"
#include "crypto/kdf.hpp"
#include "crypto/random.hpp"

namespace holdfast::anchor {
namespace {

constexpr std::size_t kChecksumSize = 5;
constexpr std::size_t kGroupSize = 5;

Result<Bytes> checksum(ByteView code) {
  TRY_LET(auto digest, crypto::hash(crypto::HashAlgorithm::sha256, {crypto::label("recovery-checksum"), code}),
          "compute checksum");
  digest.resize(kChecksumSize);
  return digest;
}

}  // namespace

Result<SecretBytes> make_recovery_code() { return crypto::random_secret(kRecoveryCodeSize); }

Result<SecretBytes> format_recovery_code(const SecretBytes& code) {
  const auto bytes = code.expose(SecretAccess{});
  TRY_LET(const auto check, checksum(bytes), "checksum of recovery code");
  SecretBytes both(kRecoveryCodeSize + kChecksumSize);
  std::ranges::copy(bytes, both.expose_mutable(SecretAccess{}).begin());
  std::ranges::copy(check, both.expose_mutable(SecretAccess{}).subspan(kRecoveryCodeSize).begin());
  std::string digits = to_crockford32(both.expose(SecretAccess{}));
  SecretBytes text(digits.size() + digits.size() / kGroupSize - 1);
  auto out = text.expose_mutable(SecretAccess{}).begin();
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && i % kGroupSize == 0) *out++ = '-';
    *out++ = static_cast<std::uint8_t>(digits[i]);
  }
  wipe({reinterpret_cast<std::uint8_t*>(digits.data()), digits.size()});
  return text;
}

Result<SecretBytes> parse_recovery_code(const SecretBytes& text) {
  const auto mistyped = [] {
    return Error(ErrorCode::wrong_passphrase,
                 "this is not a recovery code: it has 8 groups of 5 letters and digits, and the last of them are a "
                 "checksum that does not match; check for a typing error");
  };
  auto parsed = parse_crockford32(as_text(text.expose(SecretAccess{})));
  if (!parsed.ok()) return mistyped();
  const auto code = SecretBytes::copy_of(ByteView(*parsed).first(std::min(parsed->size(), kRecoveryCodeSize)));
  const Bytes check(parsed->begin() + static_cast<std::ptrdiff_t>(code.size()), parsed->end());
  wipe(*parsed);
  if (code.size() != kRecoveryCodeSize) return mistyped();
  TRY_LET(const auto expected, checksum(code.expose(SecretAccess{})), "checksum of recovery code");
  if (!crypto::ct_equal(expected, check)) return mistyped();
  return SecretBytes::copy_of(code.expose(SecretAccess{}));
}

}  // namespace holdfast::anchor
