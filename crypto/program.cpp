#include "crypto/program.hpp"

#include <malloc.h>
#include <openssl/crypto.h>
#include <sys/mman.h>

#include <cstddef>
#include <memory>
#include <new>

#include "crypto/kdf.hpp"

namespace holdfast::crypto {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

// Memory for one call with the strong preset, as one hole in the heap where OpenSSL's malloc will find it. Nothing
// is touched yet, so a program that makes no such call pays nothing.
void make_huge_hole() {
  const std::size_t size = std::size_t{kArgon2Strong.memory_kib} * 1024 + 2 * kHugePage;
  ::mallopt(M_MMAP_THRESHOLD, static_cast<int>(2 * size));
  ::mallopt(M_TRIM_THRESHOLD, static_cast<int>(2 * size));
  const std::unique_ptr<void, decltype([](void* memory) { ::operator delete(memory); })> hole(
      ::operator new(size, std::nothrow));
  void* begin = hole.get();
  std::size_t room = size;
  if (begin == nullptr || std::align(kHugePage, size - kHugePage, begin, room) == nullptr) return;
  // Best effort: a kernel without huge pages only takes longer.
  (void)::madvise(begin, size - 2 * kHugePage, MADV_HUGEPAGE);
}

}  // namespace

void prepare_program() {
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  make_huge_hole();
}

}  // namespace holdfast::crypto
