// Internal: whether helper data and a response can be of one enrolment.
//
// Who can write helper data, and knows the kind of source, would choose such that the corrected cells follow from what
// he knows: few unknown cells, or so many biased ones that majorities are certain. He would then know the secret, and
// see whether the device takes it. What is asked here is true of every enrolment, and of nothing that he can choose.
#pragma once

#include "core/bytes.hpp"
#include "core/secret_bytes.hpp"
#include "device/puf/helper_data.hpp"

#include <cstdint>

namespace holdfast::puf {

/// Least min-entropy, in bits, that the corrected cells must show. No enrolment is near it: it needs 128 of an upper
/// bound of what is measured here (entropy.hpp), and what is measured are its own cells, whatever a later reading is
/// like. So no reading that gives the secret ever falls below it.
inline constexpr double kLeastShownBits = 64;

enum class Fit : std::uint8_t { as_enrolled, not_as_enrolled };

/// `cells` is the response from the helper data's first cell on, `used` what the helper data use of it, and `corrected`
/// that as it was at enrolment, with zeros in the columns that are passed over. Fits where all of these hold:
/// - what was read is near the corrected cells: the failure bound at the share of cells that differ is below 1;
/// - the corrected cells are neither biased nor regular: kLeastShownBits;
/// - pairs were picked because they differ: not many more pairs contradict that than the errors explain.
/// Does the same steps whatever the cells are.
[[nodiscard]] Fit judge(const HelperData& helper, ByteView cells, ByteView used, const SecretBytes& corrected);

}  // namespace holdfast::puf
