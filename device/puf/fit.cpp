#include "device/puf/fit.hpp"

#include <algorithm>

#include "device/puf/entropy.hpp"

namespace holdfast::puf {
namespace {

constexpr auto kPassedOver = static_cast<std::uint8_t>((1U << (kRowBits - kUsedColumns)) - 1);

// The corrected cells, with those that are passed over as they were read: as many cells as an enrolment judges.
SecretBytes completed(ByteView used, const SecretBytes& corrected) {
  auto all = SecretBytes::copy_of(corrected.expose(SecretAccess{}));
  const auto room = all.expose_mutable(SecretAccess{});
  for (std::size_t i = kRowBytes - 1; i < room.size(); i += kRowBytes) {
    room[i] = static_cast<std::uint8_t>(room[i] | (used[i] & kPassedOver));
  }
  return all;
}

// As if one cell were wrong where none is: the work does not depend on it.
bool is_near(const Code& code, std::uint64_t wrong) {
  const double share =
      static_cast<double>(std::max<std::uint64_t>(wrong, 1)) / static_cast<double>(code.repetitions * kUsedColumns);
  return log10_failure(code, share) < 0;
}

// `wrong` counts the first cells of the picked pairs. Their second cells are wrong as often, and of the other pairs as
// many begin to differ as of the picked ones cease to: four times as many in all. As many again as are picked leave
// room for sources in which one value is much less steady than the other. Who picks a few cells out of many, because
// older helper data tell him how they hang together, passes over more pairs that differ.
bool is_picked_for_differing(const HelperData& helper, ByteView cells, std::uint64_t wrong) {
  if (helper.rule == SelectionRule::all) return true;
  const std::uint64_t rows = helper.code.repetitions;
  return kUsedColumns * count_mispicked_pairs(cells, helper.picked) <= kRowBits * ((rows * kUsedColumns) + (4 * wrong));
}

}  // namespace

Fit judge(const HelperData& helper, ByteView cells, ByteView used, const SecretBytes& corrected) {
  const auto all = completed(used, corrected);
  const auto as_enrolled = all.expose(SecretAccess{});
  const auto wrong = count_differing(as_enrolled, used);
  const bool near = is_near(helper.code, wrong);
  const bool even = residual_min_entropy(helper.code, share_guessed(as_enrolled)) >= kLeastShownBits;
  const bool picked = is_picked_for_differing(helper, cells, wrong);
  // Not &&: each is worked out before, and none decides what is done about another.
  const unsigned all_hold = static_cast<unsigned>(near) & static_cast<unsigned>(even) & static_cast<unsigned>(picked);
  return all_hold != 0 ? Fit::as_enrolled : Fit::not_as_enrolled;
}

}  // namespace holdfast::puf
