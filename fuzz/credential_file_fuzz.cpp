// Any bytes given as a credential file are either refused with a message or give entries within the limits.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>

#include "device/fingerprint/credential_file.hpp"

namespace {

void require(bool promise) {
  if (!promise) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holdfast::fingerprint;
  const auto file = parse_credential_file({data, size}, "fuzz.json");
  if (!file.ok()) {
    require(file.error().code() == holdfast::ErrorCode::malformed && !file.error().message().empty());
    return 0;
  }
  std::set<std::string> names;
  for (const auto& entry : file->entries) {
    require(!entry.names.empty() && (entry.names.size() == 1 || entry.type == SourceType::program));
    for (const auto& name : entry.names) {
      require(!name.empty() && name.size() <= kMaxAttributeName && names.insert(name).second);
    }
    require(entry.bits.value_or(0) <= kMaxClaimedBits);
    if (entry.type == SourceType::program || entry.type == SourceType::file) require(entry.target.front() == '/');
  }
  require(!names.empty() && names.size() <= kMaxCredentialAttributes);
  return 0;
}
