// A fuzzy extractor: the same secret from every reading of a noisy source, by the code-offset construction.
//
// Enrolment draws a random codeword and stores cells XOR codeword. A later reading XOR that is the codeword with the
// errors of the reading in it; corrected, it gives the cells as they were at enrolment, and from these comes the
// secret.
#pragma once

#include "core/result.hpp"
#include "core/secret_bytes.hpp"
#include "device/puf/entropy.hpp"
#include "device/puf/helper_data.hpp"

#include <cstdint>
#include <string>

namespace holdfast::puf {

/// How a response is to be enrolled.
struct Choice {
  Code code = {};
  SelectionRule rule = SelectionRule::all;
  std::uint32_t first_byte = 0;
};

/// How well other devices of the same kind tell a device's cells, as upper bounds from 0.5 to 1.
struct ByOthers {
  double cell = 0.5;  ///< any cell
  double balanced =
      0.5;  ///< the mean of cells that read 1 and of those that read 0: what a bias in common does not explain
};

/// What a source is known to be like before it is enrolled.
struct Expectation {
  double error_rate = 0;  ///< share of bits that differ between two readings
  double target_failure = kDefaultTargetFailure;
  std::uint32_t first_byte = 0;
  ByOthers others = {};  ///< where that was measured
};

/// What an enrolment is worth.
struct Assessment {
  std::size_t response_bytes = 0;  ///< that it takes, from the response's beginning
  Predictability cells;            ///< of the cells that are used, or of all, if these are easier to guess
  double by_repetition = 0;        ///< where pairs are used: how well cells some distance away tell those
  double predictability = 1;       ///< with which the bound reckons
  double residual_bits = 0;        ///< min-entropy of the secret given the helper data
};

/// ErrorCode::refused, with the numbers, for a response that is too short.
[[nodiscard]] Result<Assessment> assess(const SecretBytes& response, const Choice& choice, const ByOthers& others = {});

/// The cheapest way to enrol this response: all cells, or where its bias would leave less than kLeastResidualBits, the
/// pairs that differ. ErrorCode::refused with the numbers, and what to do, where neither serves.
[[nodiscard]] Result<Choice> choose(const SecretBytes& response, const Expectation& expected);

struct Enrolment {
  HelperData helper;
  SecretBytes secret;  ///< 32 bytes
};

/// Draws a codeword and a salt. ErrorCode::refused where `assess` refuses, or fewer than kLeastResidualBits are left:
/// a constant, nearly constant or evidently regular response.
[[nodiscard]] Result<Enrolment> enrol(const SecretBytes& response, const Choice& choice, const ByOthers& others = {});

/// Another secret from the cells that `previous` used, corrected with it first. Both helper data together tell no more
/// about the cells than one: their XOR is that of two random codewords. Whoever learns one secret has the cells, and so
/// the other. The caller proves first that this reading reconstructs the previous secret.
[[nodiscard]] Result<Enrolment> enrol_again(const SecretBytes& response, const HelperData& previous);

/// The secret, 32 bytes: that of the enrolment where few enough bits of `response` are wrong and nobody has altered
/// `helper`; otherwise another one, or a random one where no enrolment leads to such helper data and such a response
/// (fit.hpp). By the same steps, so that neither an error nor time tells which.
/// ErrorCode::malformed for a response that is too short for these helper data; bytes behind those that they use do not
/// matter.
[[nodiscard]] Result<SecretBytes> reconstruct(const SecretBytes& response, const HelperData& helper);

}  // namespace holdfast::puf
