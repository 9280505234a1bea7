// Private keys from elsewhere: without a passphrase, with the one that the corpus is encrypted with, and with another.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/text.hpp"
#include "crypto/key_import.hpp"
#include "fuzz/check.hpp"

namespace {

using holdfast::as_bytes;
using holdfast::Error;
using holdfast::ErrorCode;
using holdfast::Result;
using holdfast::SecretBytes;
using holdfast::fuzz::check;
namespace crypto = holdfast::crypto;

// The key, and how often its passphrase was asked for.
struct Attempt {
  Result<crypto::PrivateKey> key;
  int asked = 0;
};

Attempt import_with(const SecretBytes& file, std::optional<std::string_view> passphrase) {
  int asked = 0;
  crypto::KeyPassphrase give;
  if (passphrase) {
    give = [&]() -> Result<SecretBytes> {
      ++asked;
      return SecretBytes::copy_of(as_bytes(*passphrase));
    };
  }
  auto key = crypto::import_private_key(file, give);
  return {std::move(key), asked};
}

void check_key(const crypto::PrivateKey& key) {
  const auto written = key.to_pkcs8();
  check(written.ok(), "a key that was taken in can be written");
  const auto again = crypto::PrivateKey::parse_pkcs8(*written);
  check(again.ok(), "a key that was written can be read");
  check(again->public_key().to_der().value() == key.public_key().to_der().value(), "and is the same key");
}

void check_refusal(const Error& error) {
  const auto code = error.code();
  check(code == ErrorCode::malformed || code == ErrorCode::refused || code == ErrorCode::wrong_passphrase ||
            code == ErrorCode::usage,
        "a bad file is the file's fault, never an internal failure");
  check(holdfast::printable(error.message(), error.message().size()) == error.message(), "refusals are safe to show");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = SecretBytes::copy_of({data, size});
  const auto plain = import_with(file, std::nullopt);
  if (plain.key.ok()) {
    check_key(*plain.key);
    return 0;
  }
  check_refusal(plain.key.error());
  if (plain.key.error().code() != ErrorCode::usage) return 0;  // no passphrase would open it

  const auto right = import_with(file, "open sesame");
  check(right.asked <= 1, "the passphrase is asked for once");
  right.key.ok() ? check_key(*right.key) : check_refusal(right.key.error());
  const auto wrong = import_with(file, "open says me");
  check(wrong.asked <= 1, "the passphrase is asked for once");
  check(!wrong.key.ok(), "a wrong passphrase opens nothing");
  check_refusal(wrong.key.error());
  return 0;
}
