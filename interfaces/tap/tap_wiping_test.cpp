// What memory holds at the moment in which it is freed. The linker lets every call of `free` come here first.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>

#include "device/trust/provider.hpp"
#include "interfaces/tap/sealed_mark.hpp"
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

using test::Context;
using test::error_text;
using test::Initialized;
using test::Installation;
using test::Output;

/// What memory of such content holds when it is freed. `before` may do something to it first.
std::string freed(const std::string& content, const std::function<void(MutableByteView)>& before = {}) {
  const auto size = content.size() + kSealedMark;
  auto* const memory = static_cast<ubyte*>(std::malloc(size));  // NOLINT: as outputs are
  std::ranges::fill_n(memory, static_cast<std::ptrdiff_t>(size), std::uint8_t{0x5A});
  std::ranges::copy(content, memory);
  if (before) before({memory, size});
  TAP_Buffer buffer = {static_cast<ubyte4>(content.size()), memory};
  seen.clear();
  watched_size = content.size();
  watched = memory;
  EXPECT_EQ(TAP_UTILS_freeBuffer(&buffer), 0);
  EXPECT_EQ(buffer.pBuffer, nullptr);
  EXPECT_EQ(buffer.bufferLen, 0U);
  return seen;
}

// A caller's plaintext may well begin as sealed data does: a backup of a sealed file, sealed once more.
TEST(TapWiping, FreedBuffersHoldNothing) {
  for (const std::string_view begin : {std::string_view(), std::string_view(seal::kMagicLine)}) {
    const auto content = std::string(begin) + "the combination is 12-34-56";
    EXPECT_EQ(freed(content), std::string(content.size(), '\0'));
  }
}

TEST(TapWiping, WhatWasSealedHereIsFreedAsItIs) {
  const std::string sealed(3000, 's');
  EXPECT_EQ(freed(sealed, [](MutableByteView memory) { mark_as_sealed(memory, 3000); }), sealed);
}

// Memory is used again, and may still hold the mark of what was there before.
TEST(TapWiping, AMarkThatIsLeftOfOtherDataCountsForNothing) {
  const auto left = [](MutableByteView memory) {
    mark_as_sealed(memory, 3000);
    memory[100] ^= 1U;
  };
  EXPECT_EQ(freed(std::string(3000, 's'), left), std::string(3000, '\0'));
}

TEST(TapWiping, SealingMarksItsOutput) {
  const Installation installation;
  const Initialized initialized(installation.configuration());
  ASSERT_EQ(initialized.status(), 0) << error_text();
  Output out;
  ASSERT_EQ(Context().seal("the combination is 12-34-56", out), 0) << error_text();
  EXPECT_TRUE(is_marked_as_sealed({out.buffer.pBuffer, out.buffer.bufferLen}));
  Output opened;
  ASSERT_EQ(Context().unseal(out.text(), opened), 0) << error_text();
  EXPECT_FALSE(is_marked_as_sealed({opened.buffer.pBuffer, opened.buffer.bufferLen}));
}

}  // namespace
}  // namespace holdfast::tap
