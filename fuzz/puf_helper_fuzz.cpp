// Helper data of noisy sources: foreign bytes must be refused, or mean exactly one thing and give a secret, which
// nobody can tell of cells that everybody knows.
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
  const SecretBytes constant(needed);
  const auto secret = puf::reconstruct(constant, *helper);
  const auto again = puf::reconstruct(constant, *helper);
  fuzz::check(secret.ok() && again.ok(), "every response gives a secret");
  fuzz::check(!std::ranges::equal(secret->expose(SecretAccess{}), again->expose(SecretAccess{})),
              "no helper data make a secret of constant cells that comes again");
  fuzz::check(needed == 0 || !puf::reconstruct(SecretBytes(needed - 1), *helper).ok(), "a short response gives none");
  return 0;
}
