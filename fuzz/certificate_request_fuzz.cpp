// Certificate requests: what is taken in has a key that signs, and texts that can be shown.
#include <cstddef>
#include <cstdint>

#include "core/text.hpp"
#include "crypto/certificate_request.hpp"
#include "fuzz/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using holdfast::fuzz::check;
  const auto request = holdfast::crypto::parse_certificate_request({data, size});
  if (!request.ok()) {
    const auto code = request.error().code();
    check(code == holdfast::ErrorCode::malformed || code == holdfast::ErrorCode::refused,
          "a bad request is malformed or refused, never an internal failure");
    check(!request.error().message().empty(), "every refusal says why");
    check(holdfast::printable(request.error().message(), 10'000) == request.error().message(),
          "what is refused cannot command the terminal");
    return 0;
  }
  const auto& row = row_of(request->key.algorithm());
  check(can(row, holdfast::crypto::KeyUse::sign), "the key signs");
  check(request->key.fingerprint().ok(), "the key has a name");
  check(holdfast::printable(request->subject, 10'000) == request->subject, "the subject is safe to show");
  check(request->alternative_names.size() <= 100, "there are at most 100 names");
  for (const auto& name : request->alternative_names) {
    check(holdfast::printable(name, 10'000) == name, "names are safe to show");
  }
  return 0;
}
