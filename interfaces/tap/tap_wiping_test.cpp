// What memory holds at the moment in which it is freed. The linker lets every call of `free` come here first.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <string>
#include <string_view>

#include "device/trust/provider.hpp"
#include "interfaces/tap/test_support.hpp"

namespace {

std::atomic<void*> watched = nullptr;
std::atomic<std::size_t> watched_size = 0;
std::string seen;  // NOLINT(cert-err58-cpp): of the one test that watches

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming): the linker's
// names
extern "C" void __real_free(void* memory);
extern "C" void __wrap_free(void* memory) {
  if (memory != nullptr && memory == watched.load()) {
    watched = nullptr;
    seen.assign(static_cast<const char*>(memory), watched_size);
  }
  __real_free(memory);
}
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)

namespace holdfast::tap {
namespace {

// A caller's plaintext may well begin as sealed data does: a backup of a sealed file, sealed once more.
TEST(TapWiping, FreedBuffersHoldNothing) {
  for (const std::string_view begin : {std::string_view(), std::string_view(seal::kMagicLine)}) {
    const auto content = std::string(begin) + "the combination is 12-34-56";
    auto* const memory = static_cast<ubyte*>(std::malloc(content.size()));  // NOLINT: as outputs are
    ASSERT_NE(memory, nullptr);
    std::ranges::copy(content, memory);
    TAP_Buffer buffer = {static_cast<ubyte4>(content.size()), memory};
    seen.clear();
    watched_size = content.size();
    watched = memory;
    ASSERT_EQ(TAP_UTILS_freeBuffer(&buffer), 0);
    EXPECT_EQ(seen, std::string(content.size(), '\0'));
    EXPECT_EQ(buffer.pBuffer, nullptr);
    EXPECT_EQ(buffer.bufferLen, 0U);
  }
}

}  // namespace
}  // namespace holdfast::tap
