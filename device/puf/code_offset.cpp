#include "device/puf/code_offset.hpp"

#include <array>
#include <cstring>

#include "crypto/random.hpp"
#include "device/puf/wiped.hpp"

namespace holdfast::puf {
namespace {

constexpr std::size_t kRowWords = kRowBytes / 8;
// Counters of seven bits, one for each column, lie in seven words for each 64 columns.
constexpr unsigned kPlanes = 7;
constexpr unsigned kHalf = 1U << (kPlanes - 1);
static_assert(kMostRepetitions == (1U << kPlanes) - 1);

using Planes = WipedWords<kPlanes>;

// Begins so that the highest bit tells at the end whether more than half were ones.
void begin(Planes& planes, const Code& code) {
  const unsigned start = kHalf - ((code.repetitions + 1) / 2);
  for (unsigned p = 0; p < kPlanes; ++p) planes[p] = 0 - std::uint64_t{(start >> p) & 1U};
}

void count(Planes& planes, std::uint64_t ones) {
  for (unsigned p = 0; p < kPlanes; ++p) {
    const auto carry = planes[p] & ones;
    planes[p] ^= ones;
    ones = carry;
  }
}

SecretBytes majorities(ByteView rows, const Code& code) {
  SecretBytes row(kRowBytes);
  const auto room = row.expose_mutable(SecretAccess{});
  for (std::size_t word = 0; word < kRowWords; ++word) {
    Planes planes;
    begin(planes, code);
    for (std::size_t at = word * 8; at < rows.size(); at += kRowBytes) {
      std::uint64_t ones = 0;
      std::memcpy(&ones, &rows[at], sizeof(ones));
      count(planes, ones);
    }
    std::memcpy(&room[word * 8], &planes[kPlanes - 1], sizeof(std::uint64_t));
  }
  return row;
}

// `bits` bits from place `at` on, most significant first; at most 24.
std::uint32_t take_bits(ByteView from, std::size_t at, unsigned bits) {
  std::uint32_t window = 0;
  for (std::size_t i = 0; i < 4; ++i) window = (window << 8) | (at / 8 + i < from.size() ? from[(at / 8) + i] : 0U);
  return (window << (at % 8)) >> (32 - bits);
}

void put_word(MutableByteView to, std::size_t at, std::uint32_t word) {
  const std::uint32_t window = (word << (32 - kGolayBits)) >> (at % 8);
  for (std::size_t i = 0; i < 4 && (at / 8) + i < to.size(); ++i) {
    to[(at / 8) + i] = static_cast<std::uint8_t>(to[(at / 8) + i] | (window >> (24 - (8 * i))));
  }
}

}  // namespace

Result<SecretBytes> random_codewords() {
  constexpr std::size_t kMessageBits = std::size_t{kGolayWords} * kGolayMessageBits;
  TRY_LET(const auto messages, crypto::random_secret(kMessageBits / 8), "draw a codeword");
  SecretBytes row(kRowBytes);
  for (std::size_t i = 0; i < kGolayWords; ++i) {
    const auto message = take_bits(messages.expose(SecretAccess{}), i * kGolayMessageBits, kGolayMessageBits);
    put_word(row.expose_mutable(SecretAccess{}), i * kGolayBits, golay_encode(message));
  }
  return row;
}

SecretBytes nearest_codewords(ByteView rows, const Code& code) {
  const auto received = majorities(rows, code);
  SecretBytes row(kRowBytes);
  for (std::size_t i = 0; i < kGolayWords; ++i) {
    const auto word = take_bits(received.expose(SecretAccess{}), i * kGolayBits, kGolayBits);
    put_word(row.expose_mutable(SecretAccess{}), i * kGolayBits, golay_correct(word));
  }
  return row;
}

SecretBytes add_to_rows(ByteView rows, const SecretBytes& row) {
  constexpr auto kUsedInLast = static_cast<std::uint8_t>(0xFFU << (kRowBits - kUsedColumns));
  SecretBytes sum(rows.size());
  const auto room = sum.expose_mutable(SecretAccess{});
  const auto added = row.expose(SecretAccess{});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::uint8_t used = i % kRowBytes == kRowBytes - 1 ? kUsedInLast : 0xFF;
    room[i] = static_cast<std::uint8_t>((rows[i] ^ added[i % kRowBytes]) & used);
  }
  return sum;
}

}  // namespace holdfast::puf
