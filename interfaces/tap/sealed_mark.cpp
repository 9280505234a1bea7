#include "interfaces/tap/sealed_mark.hpp"

#include <malloc.h>

#include <algorithm>
#include <optional>

#include "crypto/hash.hpp"
#include "crypto/random.hpp"

namespace holdfast::tap {
namespace {

// More than the salt in the header of sealed data, which no two have in common.
constexpr std::size_t kBeginning = 1024;

const Bytes& secret_of_process() {
  static const Bytes kSecret = [] {
    auto drawn = crypto::random_bytes(32);
    return drawn.ok() ? *std::move(drawn) : Bytes();
  }();
  return kSecret;
}

std::optional<Bytes> mark_of(ByteView data) {
  const auto& secret = secret_of_process();
  if (secret.empty()) return std::nullopt;
  auto digest = crypto::hash(crypto::HashAlgorithm::sha256, {secret, data.first(std::min(data.size(), kBeginning))});
  if (!digest.ok()) return std::nullopt;
  digest->resize(kSealedMark);
  return *std::move(digest);
}

}  // namespace

void mark_as_sealed(MutableByteView memory, std::size_t filled) {
  if (const auto mark = mark_of(memory.first(filled))) std::ranges::copy(*mark, memory.subspan(filled).begin());
}

bool is_marked_as_sealed(ByteView data) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): it is only asked for its size
  if (data.empty() || ::malloc_usable_size(const_cast<std::uint8_t*>(data.data())) < data.size() + kSealedMark) {
    return false;
  }
  const auto mark = mark_of(data);
  return mark && std::equal(mark->begin(), mark->end(), data.data() + data.size());
}

}  // namespace holdfast::tap
