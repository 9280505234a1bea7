// Any bytes given as a configuration are either refused with a message or give values within their rules.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "interfaces/tap/configuration.hpp"

namespace {

void require(bool promise) {
  if (!promise) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = holdfast::tap::parse_configuration({data, size}, "fuzz.conf");
  if (!parsed.ok()) {
    require(parsed.error().code() == holdfast::ErrorCode::malformed && !parsed.error().message().empty());
    return 0;
  }
  require(parsed->module_id.size() == 64);
  require(
      std::ranges::all_of(parsed->module_id, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }));
  require(!parsed->credential_file.empty() && parsed->credential_file.find('\n') == std::string::npos);
  for (const auto& warning : parsed->warnings) {
    require(std::ranges::none_of(warning, [](char c) { return static_cast<unsigned char>(c) < ' '; }));
  }
  return 0;
}
