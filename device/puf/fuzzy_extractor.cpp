#include "device/puf/fuzzy_extractor.hpp"

#include <algorithm>
#include <format>
#include <utility>

#include "core/encoding.hpp"
#include "crypto/hash.hpp"
#include "crypto/kdf.hpp"
#include "crypto/random.hpp"
#include "device/puf/code_offset.hpp"
#include "device/puf/fit.hpp"

namespace holdfast::puf {
namespace {

Result<ByteView> cells_from(const SecretBytes& response, std::uint32_t first_byte) {
  const auto bytes = response.expose(SecretAccess{});
  if (bytes.size() > kMaxResponse) {
    return Error(ErrorCode::refused,
                 std::format("the response has {} bytes, and at most {} are taken; use a part of it", bytes.size(),
                             kMaxResponse));
  }
  if (first_byte > bytes.size()) {
    return Error(ErrorCode::refused, std::format("the response has {} bytes, and its cells were to begin behind {}",
                                                 bytes.size(), first_byte));
  }
  return bytes.subspan(first_byte);
}

// The cells that an enrolment uses, and by which pairs of the response.
struct Used {
  Bytes picked;
  SecretBytes cells;
};

Result<Used> use_cells(const SecretBytes& response, const Choice& choice) {
  TRY_LET(const auto cells, cells_from(response, choice.first_byte), "find cells");
  const std::size_t size = choice.code.cells() / 8;
  if (choice.rule == SelectionRule::pairs) {
    TRY_LET(auto picked, pick_differing_pairs(cells, choice.code.cells()), "pick cells for " + choice.code.name());
    auto gathered = gather_pairs(cells, picked, size);
    return Used{std::move(picked), std::move(gathered)};
  }
  if (cells.size() < size) {
    return Error(ErrorCode::refused, std::format("the response is too short: {} takes {} bytes, and there are {}; "
                                                 "read more cells, or find a steadier source",
                                                 choice.code.name(), size, cells.size()));
  }
  return Used{{}, SecretBytes::copy_of(cells.first(size))};
}

// What is wrong with cells that leave too little, in numbers.
std::string shortcoming(const Choice& choice, const Assessment& found) {
  std::string why = std::format("{:.1f} % of the cells read 1", 100 * found.cells.ones);
  if (found.cells.lag > 0 && found.cells.by_lag > found.cells.by_value) {
    why =
        std::format("cells {} apart tell one another in {:.1f} % of cases", found.cells.lag, 100 * found.cells.by_lag);
  } else if (found.by_repetition >= found.predictability) {
    why = std::format("cells repeat others at some distance, which tells {:.1f} % of those that are used",
                      100 * found.by_repetition);
  } else if (found.predictability > found.cells.best()) {
    why = std::format("other devices tell {:.1f} % of its cells", 100 * found.predictability);
  }
  return std::format("the response leaves {:.0f} bits of min-entropy with {}, and {:.0f} are needed: {}",
                     found.residual_bits, choice.code.name(), kLeastResidualBits, why);
}

// Whoever guesses two cells with this chance each, and hears that they differ, guesses the first with that.
double in_a_differing_pair(double predictability) {
  const double right = predictability * predictability;
  const double wrong = (1 - predictability) * (1 - predictability);
  return right / (right + wrong);
}

Assessment worth_of(const SecretBytes& response, const Choice& choice, const Used& used, const ByOthers& others) {
  Assessment found;
  const auto all = response.expose(SecretAccess{}).subspan(choice.first_byte);
  const bool every = choice.rule == SelectionRule::all;
  found.response_bytes = choice.first_byte + (every ? used.cells.size() : 2 * used.picked.size());
  found.cells = predictability_of(used.cells.expose(SecretAccess{}));
  if (every) {
    // A regularity that is clear in all of the response may hide in the part that is used.
    const auto whole = predictability_of(all);
    if (whole.best() > found.cells.best()) found.cells = whole;
  }
  found.predictability = std::max(found.cells.best(), every ? others.cell : in_a_differing_pair(others.balanced));
  if (!every) {
    // Among picked cells a repetition is out of step as soon as one pair differs that did not before.
    const auto cells = predictability_of(all.first(2 * used.picked.size()));
    found.by_repetition = in_a_differing_pair(cells.by_repetition);
    found.predictability = std::max(found.predictability, found.by_repetition);
  }
  found.residual_bits = residual_min_entropy(choice.code, found.predictability);
  return found;
}

// r = HKDF(cells, salt, label("puf") || SHA-512(LP(code) || LP(helper data)))
Result<SecretBytes> secret_of(const SecretBytes& cells, const HelperData& helper) {
  Bytes bound;
  append_lp(bound, as_bytes(helper.code.name()));
  append_lp(bound, serialise_helper_data(helper));
  TRY_LET(const auto digest, crypto::hash(crypto::HashAlgorithm::sha512, {bound}), "hash helper data");
  auto info = crypto::label("puf");
  append(info, digest);
  return crypto::hkdf(cells, helper.salt, info);
}

Result<Enrolment> enrol_cells(const SecretBytes& cells, HelperData helper) {
  TRY_LET(const auto codewords, random_codewords(), "draw a codeword");
  TRY_LET(helper.salt, crypto::random_bytes(kSaltSize), "draw a salt");
  const auto offset = add_to_rows(cells.expose(SecretAccess{}), codewords);
  const auto row = offset.expose(SecretAccess{});
  helper.offset.assign(row.begin(), row.end());
  const auto used = add_to_rows(offset.expose(SecretAccess{}), codewords);  // without the columns that are passed over
  TRY_LET(auto secret, secret_of(used, helper), "derive the secret");
  return Enrolment{std::move(helper), std::move(secret)};
}

// The cells that helper data use, as they were read, and as they were at enrolment if few enough are wrong.
struct Corrected {
  SecretBytes read;
  SecretBytes cells;
};

Result<Corrected> corrected_cells(const SecretBytes& response, const HelperData& helper) {
  const auto bytes = response.expose(SecretAccess{});
  if (bytes.size() < helper.response_size()) {
    return Error(ErrorCode::malformed, std::format("the noisy source gave {} bytes, and its helper data need {}; is it "
                                                   "the source that was enrolled, and read whole?",
                                                   bytes.size(), helper.response_size()));
  }
  const auto cells = bytes.subspan(helper.first_byte);
  auto used = helper.rule == SelectionRule::pairs ? gather_pairs(cells, helper.picked, helper.offset.size())
                                                  : SecretBytes::copy_of(cells.first(helper.offset.size()));
  SecretBytes received(helper.offset.size());
  const auto room = received.expose_mutable(SecretAccess{});
  std::ranges::transform(
      used.expose(SecretAccess{}), helper.offset, room.begin(),
      [](std::uint8_t cell, std::uint8_t offset) { return static_cast<std::uint8_t>(cell ^ offset); });
  auto corrected = add_to_rows(helper.offset, nearest_codewords(room, helper.code));
  return Corrected{std::move(used), std::move(corrected)};
}

// `right` where `fit` says so, or else `other`: the same steps either way.
SecretBytes select(Fit fit, const SecretBytes& right, const SecretBytes& other) {
  // 0xFF or 0; through a volatile, so that the compiler makes no branch of it.
  const volatile auto seen = static_cast<std::uint8_t>(0U - static_cast<unsigned>(fit == Fit::as_enrolled));
  const std::uint8_t mask = seen;
  SecretBytes selected(right.size());
  std::ranges::transform(
      right.expose(SecretAccess{}), other.expose(SecretAccess{}), selected.expose_mutable(SecretAccess{}).begin(),
      [mask](std::uint8_t a, std::uint8_t b) { return static_cast<std::uint8_t>((a & mask) | (b & ~mask)); });
  return selected;
}

}  // namespace

Result<Assessment> assess(const SecretBytes& response, const Choice& choice, const ByOthers& others) {
  TRY_LET(const auto used, use_cells(response, choice), "use cells");
  return worth_of(response, choice, used, others);
}

Result<Choice> choose(const SecretBytes& response, const Expectation& expected) {
  Choice plain{.first_byte = expected.first_byte};
  TRY_LET(plain.code, choose_code(expected.error_rate, expected.target_failure), "choose a code");
  TRY_LET(const auto with_all, assess(response, plain, expected.others), "assess the response");
  if (with_all.residual_bits >= kLeastResidualBits) return plain;

  TRY_LET(const auto cells, cells_from(response, expected.first_byte), "find cells");
  const double ones = static_cast<double>(count_ones(cells)) / static_cast<double>(cells.size() * 8);
  const auto code = choose_code(error_rate_of_pairs(expected.error_rate, ones), expected.target_failure);
  const Error refused(ErrorCode::refused, shortcoming(plain, with_all) + "; this source does not serve");
  if (!code.ok()) return refused;
  const Choice pairs{.code = *code, .rule = SelectionRule::pairs, .first_byte = expected.first_byte};
  const auto with_pairs = assess(response, pairs, expected.others);
  if (!with_pairs.ok()) {
    if (with_pairs.error().code() != ErrorCode::refused) return with_pairs.error();
    return Error(ErrorCode::refused,
                 std::format("{}; without the bias, {}", shortcoming(plain, with_all), with_pairs.error().message()));
  }
  if (with_pairs->residual_bits >= kLeastResidualBits) return pairs;
  return refused;
}

Result<Enrolment> enrol(const SecretBytes& response, const Choice& choice, const ByOthers& others) {
  TRY_LET(auto used, use_cells(response, choice), "use cells");
  const auto worth = worth_of(response, choice, used, others);
  if (worth.residual_bits < kLeastResidualBits) {
    return Error(ErrorCode::refused, shortcoming(choice, worth) + "; 'holdfast puf analyse' tells what would serve");
  }
  return enrol_cells(used.cells, {.code = choice.code,
                                  .rule = choice.rule,
                                  .first_byte = choice.first_byte,
                                  .salt = {},
                                  .picked = std::move(used.picked),
                                  .offset = {}});
}

Result<Enrolment> enrol_again(const SecretBytes& response, const HelperData& previous) {
  TRY_LET(const auto corrected, corrected_cells(response, previous), "correct the response");
  return enrol_cells(corrected.cells, previous);
}

Result<SecretBytes> reconstruct(const SecretBytes& response, const HelperData& helper) {
  TRY_LET(const auto corrected, corrected_cells(response, helper), "correct the response");
  TRY_LET(const auto secret, secret_of(corrected.cells, helper), "derive the secret");
  TRY_LET(const auto unusable, crypto::random_secret(secret.size()), "draw an unusable secret");
  const auto read = corrected.read.expose(SecretAccess{});
  const auto cells = response.expose(SecretAccess{}).subspan(helper.first_byte);
  return select(judge(helper, cells, read, corrected.cells), secret, unusable);
}

}  // namespace holdfast::puf
