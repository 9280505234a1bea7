// Certificates: what is read can be written, reads the same again, and can be shown.
#include <cstddef>
#include <cstdint>

#include "core/text.hpp"
#include "crypto/certificate.hpp"
#include "fuzz/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using holdfast::crypto::CertificateChain;
  using holdfast::fuzz::check;
  const auto chain = CertificateChain::parse({data, size});
  if (!chain.ok()) {
    check(
        chain.error().code() == holdfast::ErrorCode::malformed || chain.error().code() == holdfast::ErrorCode::refused,
        "a bad file is malformed or refused, never an internal failure");
    check(!chain.error().message().empty(), "every refusal says why");
    return 0;
  }
  check(chain->size() >= 1 && chain->size() <= 10, "a chain has 1 to 10 certificates");
  for (const auto& text : {chain->leaf().subject, chain->leaf().issuer, chain->leaf().serial}) {
    check(holdfast::printable(text, text.size()) == text, "facts are safe to show");
  }
  check(chain->leaf().fingerprint.size() == 32, "a fingerprint has 32 bytes");
  check(!holdfast::format_rfc3339(chain->leaf().not_before).empty(), "a time can be written");
  check(check_belongs_to(*chain, chain->leaf_key()).ok(), "a chain belongs to its own key");
  const auto pem = chain->to_pem();
  check(pem.ok(), "what parses can be written");
  const auto again = CertificateChain::parse(holdfast::as_bytes(*pem));
  // An unsound RSA key, which only a mutated input has, may pass the check for small factors once and not again; and
  // lines make PEM longer than the DER or the long lines that were read.
  if (!again.ok() &&
      (row_of(chain->leaf_key().algorithm()).family == holdfast::crypto::Family::rsa || pem->size() > 65'536)) {
    return 0;
  }
  check(again.ok() && again->certificates() == chain->certificates(), "a chain that was written reads the same");
  return 0;
}
