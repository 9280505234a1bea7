#include "core/locked_memory.hpp"

#include <sanitizer/asan_interface.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <mutex>
#include <new>
#include <vector>

namespace holdfast {
namespace {

// Long enough for a root, a key, a KEM seed or a digest.
constexpr std::size_t kSlotSize = 128;
constexpr std::size_t kSlabSize = std::size_t{16} * 1024;

std::atomic<std::size_t> g_refused = 0;

std::size_t whole_pages(std::size_t size) {
  static const auto kPage = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return (size + kPage - 1) / kPage * kPage;
}

std::uint8_t* map_locked(std::size_t size) {
  if (size > SIZE_MAX / 2) throw std::bad_alloc();
  const auto mapped = whole_pages(size);
  void* pages = ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  // Both are best effort: a small RLIMIT_MEMLOCK must not keep a device from starting.
  if (::mlock(pages, mapped) != 0) g_refused += mapped;
  (void)::madvise(pages, mapped, MADV_DONTDUMP);
  return static_cast<std::uint8_t*>(pages);
}

// Slots of locked pages that are never given back. Free slots are poisoned under AddressSanitizer, which would
// otherwise see neither a use after free nor an overflow into the neighbour.
class SlotPool {
 public:
  std::uint8_t* take(std::size_t size) {
    const std::scoped_lock lock(mutex_);
    if (free_.empty()) add_slab();
    std::uint8_t* slot = free_.back();
    free_.pop_back();
    ASAN_UNPOISON_MEMORY_REGION(slot, size);
    return slot;
  }

  void give_back(std::uint8_t* slot) noexcept {
    const std::scoped_lock lock(mutex_);
    ASAN_POISON_MEMORY_REGION(slot, kSlotSize);
    free_.push_back(slot);  // never grows: add_slab made room for every slot
  }

 private:
  void add_slab() {
    slots_ += kSlabSize / kSlotSize;
    free_.reserve(slots_);
    std::uint8_t* slab = map_locked(kSlabSize);
    ASAN_POISON_MEMORY_REGION(slab, kSlabSize);
    for (std::size_t at = kSlabSize; at > 0; at -= kSlotSize) free_.push_back(slab + at - kSlotSize);
  }

  std::mutex mutex_;
  std::size_t slots_ = 0;
  std::vector<std::uint8_t*> free_;
};

// Never destroyed: secrets in static storage go after everything else.
SlotPool& pool() {
  static auto* const kPool = new SlotPool;
  return *kPool;
}

}  // namespace

std::uint8_t* allocate_locked(std::size_t size) { return size <= kSlotSize ? pool().take(size) : map_locked(size); }

void free_locked(std::uint8_t* memory, std::size_t size) noexcept {
  ::explicit_bzero(memory, size);
  if (size <= kSlotSize) {
    pool().give_back(memory);
  } else {
    ::munmap(memory, whole_pages(size));
  }
}

bool memory_locking_works() {
  const std::size_t size = whole_pages(1);
  void* page = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return false;
  const bool locked = ::mlock(page, size) == 0;
  ::munmap(page, size);
  return locked;
}

std::size_t refused_lock_bytes() { return g_refused; }

}  // namespace holdfast
