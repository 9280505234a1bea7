// Helper data of noisy sources: foreign bytes must be refused, or mean exactly one thing and give a secret.
#include <algorithm>
#include <cstdint>

#include "device/puf/fuzzy_extractor.hpp"
#include "fuzz/check.hpp"

using namespace holdfast;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  const auto helper = puf::parse_helper_data(bytes);
  if (!helper.ok()) return 0;
  fuzz::check(std::ranges::equal(puf::serialise_helper_data(*helper), bytes), "one spelling for one meaning");
  const auto needed = helper->response_size();
  fuzz::check(needed <= puf::kMaxResponse, "a bounded response");
  fuzz::check(puf::reconstruct(SecretBytes(needed), *helper).ok(), "every response gives a secret");
  fuzz::check(needed == 0 || !puf::reconstruct(SecretBytes(needed - 1), *helper).ok(), "a short response gives none");
  return 0;
}
