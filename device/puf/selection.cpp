#include "device/puf/selection.hpp"

#include <bit>
#include <format>
#include <limits>
#include <utility>

namespace holdfast::puf {
namespace {

// The first cells of the eight pairs in two bytes, and those pairs that differ.
std::uint8_t first_cells(std::uint8_t high, std::uint8_t low) {
  unsigned firsts = 0;
  for (const unsigned byte : {unsigned{high}, unsigned{low}}) {
    for (int shift = 7; shift > 0; shift -= 2) firsts = (firsts << 1) | ((byte >> shift) & 1U);
  }
  return static_cast<std::uint8_t>(firsts);
}

std::uint8_t differing_pairs(std::uint8_t high, std::uint8_t low) {
  return first_cells(static_cast<std::uint8_t>(high ^ (high << 1)), static_cast<std::uint8_t>(low ^ (low << 1)));
}

}  // namespace

std::string_view name_of(SelectionRule rule) {
  switch (rule) {
    case SelectionRule::all: return "all";
    case SelectionRule::pairs: return "pairs";
  }
  std::unreachable();
}

double error_rate_of_pairs(double error_rate, double ones) {
  const double spread = 4 * ones * (1 - ones);
  return spread > 0 ? error_rate / spread : std::numeric_limits<double>::infinity();
}

Result<Bytes> pick_differing_pairs(ByteView cells, std::size_t wanted) {
  Bytes picked;
  std::size_t count = 0;
  for (std::size_t i = 0; i + 2 <= cells.size() && count < wanted; i += 2) {
    unsigned pairs = differing_pairs(cells[i], cells[i + 1]);
    count += static_cast<unsigned>(std::popcount(pairs));
    for (; count > wanted; --count) pairs &= pairs - 1;  // those behind the last one that is wanted
    picked.push_back(static_cast<std::uint8_t>(pairs));
  }
  if (count == wanted) return picked;
  return Error(ErrorCode::refused,
               std::format("of {} pairs of cells {} differ, and {} are needed; use a longer response", cells.size() * 4,
                           count, wanted));
}

std::size_t count_differing_pairs(ByteView cells) {
  std::size_t count = 0;
  for (std::size_t i = 0; i + 2 <= cells.size(); i += 2) {
    count += static_cast<unsigned>(std::popcount(differing_pairs(cells[i], cells[i + 1])));
  }
  return count;
}

std::uint64_t count_mispicked_pairs(ByteView cells, ByteView picked) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < picked.size(); ++i) {
    count += static_cast<unsigned>(
        std::popcount(static_cast<std::uint8_t>(picked[i] ^ differing_pairs(cells[2 * i], cells[(2 * i) + 1]))));
  }
  return count;
}

SecretBytes gather_pairs(ByteView cells, ByteView picked, std::size_t size) {
  SecretBytes gathered(size);
  const auto room = gathered.expose_mutable(SecretAccess{});
  std::size_t next = 0;  // bit of `room`
  for (std::size_t i = 0; i < picked.size(); ++i) {
    const unsigned firsts = first_cells(cells[2 * i], cells[(2 * i) + 1]);
    // Which pairs are picked is public; what their cells hold decides nothing here.
    for (unsigned left = picked[i]; left != 0 && next < size * 8; ++next) {
      const auto top = static_cast<unsigned>(std::bit_width(left)) - 1;
      left &= ~(1U << top);
      room[next / 8] = static_cast<std::uint8_t>(room[next / 8] | (((firsts >> top) & 1U) << (7 - (next % 8))));
    }
  }
  return gathered;
}

}  // namespace holdfast::puf
