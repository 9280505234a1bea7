// Public keys: what parses can be written, and what was written is a fixed point with one fingerprint.
#include <cstddef>
#include <cstdint>

#include "crypto/key_pair.hpp"
#include "crypto/signature.hpp"
#include "fuzz/check.hpp"

namespace {

using holdfast::crypto::Family;
using holdfast::crypto::PublicKey;
using holdfast::fuzz::check;

void check_form(const PublicKey& key, holdfast::ByteView form, const holdfast::Bytes& der) {
  const auto again = PublicKey::parse(form);
  // OpenSSL looks for small factors of an RSA modulus with random bases: an unsound key, which only a mutated
  // input is, may pass once and not again.
  if (!again.ok() && row_of(key.algorithm()).family == Family::rsa) return;
  check(again.ok(), "a key that was written parses");
  check(again->algorithm() == key.algorithm(), "the algorithm stays");
  const auto der_again = again->to_der();
  check(der_again.ok() && *der_again == der, "the DER form is a fixed point");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto key = PublicKey::parse({data, size});
  if (!key.ok()) {
    check(key.error().code() == holdfast::ErrorCode::malformed || key.error().code() == holdfast::ErrorCode::refused,
          "a bad file is malformed or refused, never an internal failure");
    check(!key.error().message().empty(), "every refusal says why");
    return 0;
  }
  const auto der = key->to_der();
  const auto pem = key->to_pem();
  check(der.ok() && pem.ok(), "what parses can be written");
  check_form(*key, *der, *der);
  check_form(*key, holdfast::as_bytes(*pem), *der);
  if (!can(row_of(key->algorithm()), holdfast::crypto::KeyUse::sign)) return 0;
  const auto verdict = holdfast::crypto::verify_message(*key, {}, {data, size}, {data, size});
  check(verdict.ok(), "a signing key that parses can verify");
  return 0;
}
