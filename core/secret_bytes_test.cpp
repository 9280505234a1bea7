#include "core/secret_bytes.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <format>
#include <fstream>
#include <limits>
#include <new>
#include <set>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/locked_memory.hpp"

namespace holdfast {
namespace {

static_assert(!std::is_copy_constructible_v<SecretBytes>);
static_assert(!std::is_copy_assignable_v<SecretBytes>);
static_assert(std::is_nothrow_move_constructible_v<SecretBytes>);
static_assert(std::is_nothrow_move_assignable_v<SecretBytes>);
template <typename T>
concept Comparable = requires(const T& a, const T& b) { a == b; };
template <typename T>
concept Printable = requires(std::ostream& to, const T& value) { to << value; };
static_assert(!Comparable<SecretBytes>);
static_assert(!Printable<SecretBytes>);
static_assert(!std::is_default_constructible_v<std::formatter<SecretBytes>>);

ByteView bytes_of(const SecretBytes& secret) { return secret.expose(SecretAccess{}); }

std::uintptr_t address_of(const SecretBytes& secret) {
  return reinterpret_cast<std::uintptr_t>(bytes_of(secret).data());
}

// The flags that the kernel keeps for the mapping around `address`, as /proc/self/smaps names them.
std::set<std::string> mapping_flags(std::uintptr_t address) {
  std::ifstream maps("/proc/self/smaps");
  bool inside = false;
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    char dash = 0;
    std::istringstream range(line);
    if (range >> std::hex >> begin >> dash >> end && dash == '-') {
      inside = begin <= address && address < end;
    } else if (inside && line.starts_with("VmFlags:")) {
      std::istringstream words(line.substr(8));
      return {std::istream_iterator<std::string>(words), {}};
    }
  }
  return {};
}

bool is_mapped(std::uintptr_t address) {
  unsigned char resident = 0;
  return ::mincore(reinterpret_cast<void*>(address), 1, &resident) == 0 || errno != ENOMEM;
}

TEST(SecretBytes, StartsAsZeroBytesOfTheSizeAskedFor) {
  for (const std::size_t size : {1, 31, 32, 4095, 4096, 4097, 100'000}) {
    SCOPED_TRACE(size);
    const SecretBytes secret(size);
    EXPECT_EQ(secret.size(), size);
    EXPECT_FALSE(secret.empty());
    EXPECT_TRUE(std::ranges::all_of(bytes_of(secret), [](auto byte) { return byte == 0; }));
  }
}

TEST(SecretBytes, EmptyOnesOwnNothing) {
  const SecretBytes by_default;
  const SecretBytes of_size_zero(0);
  const auto copy_of_nothing = SecretBytes::copy_of({});
  for (const auto* secret : {&by_default, &of_size_zero, &copy_of_nothing}) {
    EXPECT_TRUE(secret->empty());
    EXPECT_TRUE(bytes_of(*secret).empty());
  }
}

TEST(SecretBytes, CopiesWhatItIsGiven) {
  const Bytes source = {1, 2, 3, 255};
  const auto secret = SecretBytes::copy_of(source);
  EXPECT_TRUE(std::ranges::equal(bytes_of(secret), source));
}

TEST(SecretBytes, CanBeFilledInPlace) {
  SecretBytes secret(3);
  std::ranges::fill(secret.expose_mutable(SecretAccess{}), std::uint8_t{7});
  EXPECT_TRUE(std::ranges::equal(bytes_of(secret), Bytes{7, 7, 7}));
}

TEST(SecretBytes, MovedFromIsEmptyAndTheBytesStayWhereTheyAre) {
  auto first = SecretBytes::copy_of(Bytes{9, 8});
  const auto address = address_of(first);
  const SecretBytes second(std::move(first));
  EXPECT_TRUE(first.empty());
  EXPECT_EQ(bytes_of(first).data(), nullptr);
  EXPECT_EQ(address_of(second), address);
  EXPECT_TRUE(std::ranges::equal(bytes_of(second), Bytes{9, 8}));
}

TEST(SecretBytes, MoveAssignmentFreesTheOldBytes) {
  auto target = SecretBytes(10'000);
  auto source = SecretBytes::copy_of(Bytes{2, 3});
  const auto old = address_of(target);
  target = std::move(source);
  EXPECT_TRUE(source.empty());
  EXPECT_FALSE(is_mapped(old));
  EXPECT_TRUE(std::ranges::equal(bytes_of(target), Bytes{2, 3}));
}

TEST(SecretBytes, SelfMoveKeepsTheBytes) {
  auto secret = SecretBytes::copy_of(Bytes{4, 5});
  auto& same = secret;
  secret = std::move(same);
  EXPECT_TRUE(std::ranges::equal(bytes_of(secret), Bytes{4, 5}));
}

TEST(SecretBytes, DestructionUnmapsTheMemory) {
  std::uintptr_t address = 0;
  {
    const SecretBytes secret(10'000);
    address = address_of(secret);
    EXPECT_TRUE(is_mapped(address));
    EXPECT_TRUE(is_mapped(address + 8192));
  }
  EXPECT_FALSE(is_mapped(address));
  EXPECT_FALSE(is_mapped(address + 8192));
}

TEST(SecretBytes, PagesAreKeptOutOfCoreDumps) {
  const SecretBytes secret(5000);
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  EXPECT_TRUE(mapping_flags(address_of(secret)).contains("dd"));
  EXPECT_TRUE(mapping_flags(address_of(secret) + page).contains("dd"));
  EXPECT_TRUE(mapping_flags(address_of(SecretBytes(32))).contains("dd"));
}

// Sanitizers replace mlock by nothing.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(SecretBytes, PagesAreLockedInMemory) {
  // Where RLIMIT_MEMLOCK forbids locking, memory_locking_works must say so.
  for (const std::size_t size : {32, 5000}) {
    const SecretBytes secret(size);
    EXPECT_EQ(mapping_flags(address_of(secret)).contains("lo"), memory_locking_works()) << size;
  }
}
#endif

// Short secrets are many: they share pages, or a small RLIMIT_MEMLOCK would be used up by a few dozen.
TEST(SecretBytes, ShortOnesShareLockedPagesAndNotTheirBytes) {
  std::vector<SecretBytes> secrets;
  std::set<std::uintptr_t> pages;
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (int i = 0; i < 1000; ++i) {
    secrets.push_back(SecretBytes::copy_of(Bytes(128, static_cast<std::uint8_t>(i))));
    pages.insert(address_of(secrets.back()) / page);
  }
  EXPECT_LT(pages.size(), 100U);
  for (int i = 0; i < 1000; ++i) {
    const auto at = static_cast<std::size_t>(i);
    EXPECT_TRUE(std::ranges::all_of(bytes_of(secrets[at]), [&](auto b) { return b == static_cast<std::uint8_t>(i); }));
  }
}

// A slot comes back for the next secret: what was in it is gone.
TEST(SecretBytes, AReusedSlotIsEmpty) {
  std::uintptr_t address = 0;
  {
    const auto secret = SecretBytes::copy_of(Bytes(64, 0xEE));
    address = address_of(secret);
  }
  const SecretBytes next(64);
  EXPECT_EQ(address_of(next), address);
  EXPECT_TRUE(std::ranges::all_of(bytes_of(next), [](auto byte) { return byte == 0; }));
}

TEST(SecretBytes, ImpossibleSizesThrowBadAlloc) {
  EXPECT_THROW(SecretBytes(std::numeric_limits<std::size_t>::max()), std::bad_alloc);
  EXPECT_THROW(SecretBytes(std::numeric_limits<std::size_t>::max() / 2), std::bad_alloc);
}

TEST(SecretBytes, StillWorksWhereNothingMayBeLocked) {
  const Bytes source = {1, 2, 3};
  EXPECT_EXIT(
      {
        const rlimit none{};
        const bool limited = ::setrlimit(RLIMIT_MEMLOCK, &none) == 0;
        const auto secret = SecretBytes::copy_of(source);
        std::_Exit(limited && std::ranges::equal(bytes_of(secret), source) ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST(Wipe, OverwritesEveryByteAndTakesEmptyViews) {
  std::array<std::uint8_t, 40> bytes{};
  bytes.fill(0xA5);
  wipe(bytes);
  EXPECT_TRUE(std::ranges::all_of(bytes, [](auto byte) { return byte == 0; }));
  wipe({});
}

TEST(HardenProcess, ForbidsCoreDumpsAndTracing) {
  EXPECT_EXIT(
      {
        harden_process();
        rlimit core{};
        const bool no_core = ::getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0 && core.rlim_max == 0;
        std::_Exit(no_core && ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace holdfast
