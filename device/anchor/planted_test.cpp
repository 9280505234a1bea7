// An anchor file that somebody wrote around a root of their own, with helper data of which they hope to know what
// comes.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "core/encoding.hpp"
#include "crypto/aead.hpp"
#include "crypto/hash.hpp"
#include "crypto/kdf.hpp"
#include "device/anchor/noisy_factor.hpp"
#include "device/anchor/puf_slot.hpp"
#include "device/anchor/slot_members.hpp"
#include "device/anchor/test_support.hpp"
#include "device/puf/simulate.hpp"

namespace holdfast::anchor {
namespace {

using fingerprint::NoisyReading;
using puf::SelectionRule;
using test::machine;
using test::must;
using test::request_for;
using test::TemporaryFolder;

NoisyReading reading_of(ByteView bytes) {
  NoisyReading reading;
  reading.name = "sram";
  reading.source = "puf:program:/read";
  reading.physical = true;
  reading.state = test::AttributeState::present;
  reading.response = SecretBytes::copy_of(bytes);
  return reading;
}

// What reconstruction makes of `corrected`, computed without the device, by docs/formats/puf.md.
SecretBytes expected_secret(const SecretBytes& corrected, const puf::HelperData& helper) {
  Bytes bound;
  append_lp(bound, as_bytes(helper.code.name()));
  append_lp(bound, puf::serialise_helper_data(helper));
  auto info = crypto::label("puf");
  append(info, must(crypto::hash(crypto::HashAlgorithm::sha512, {bound})));
  return must(crypto::hkdf(corrected, helper.salt, info));
}

SecretBytes expected_wrap_key(const PufSlot& slot, const SecretBytes& corrected) {
  Bytes factor = crypto::label("factor");
  append_lp(factor, as_bytes(slot.noisy.name));
  append_lp(factor, as_bytes(slot.noisy.source));
  const auto secret = expected_secret(corrected, slot.noisy.helper);
  const auto key = must(crypto::hkdf(crypto::join_secrets({secret.expose(SecretAccess{})}), slot.noisy.salt, factor));
  const auto guess = crypto::join_secrets({as_bytes("puf"), key.expose(SecretAccess{})});
  Bytes info = crypto::label("puf-wrap");
  append_lp(info, slot.id.bytes);
  return must(crypto::hkdf(must(crypto::stretch(guess, slot.salt, slot.costs)), {}, info));
}

// Rows of cells, without the columns that are passed over.
SecretBytes rows_of(ByteView cells) {
  auto rows = SecretBytes::copy_of(cells);
  const auto bytes = rows.expose_mutable(SecretAccess{});
  for (std::size_t i = puf::kRowBytes - 1; i < bytes.size(); i += puf::kRowBytes) bytes[i] &= 0xC0;
  return rows;
}

class Planted : public testing::Test {
 protected:
  // A device with a noisy source in a slot of its own, which reads `ones` of its cells as 1.
  void make(double ones, double error_rate) {
    readouts_ = must(puf::simulate_readouts({.bytes = 40'000, .ones = ones, .error_rate = error_rate, .seed = 6},
                                            kEnrolmentReadings + 2));
    device_ = machine(2);
    auto request = request_for(device_, 2);
    std::vector<NoisyReading> readings;
    for (std::size_t i = 0; i < kEnrolmentReadings; ++i) readings.push_back(reading_of(readouts_[i]));
    readings.front().errors = 5;
    request.noisy = must(enrol_noisy(readings));
    request.noisy_role = NoisyRole::slot;
    device_.noisy.push_back(reading_of(readouts_[0]));
    request.read_again = [this]() -> Result<test::Fingerprint> {
      TRY_LET(auto copy, test::copy_of(device_), "copy machine");
      copy.noisy.push_back(reading_of(readouts_[1]));
      return copy;
    };
    must(create_anchor(folder_, request));
  }

  // The device's file with a puf slot alone that wraps another root with `helper`, for who expects `corrected`.
  [[nodiscard]] Bytes plant(puf::HelperData helper, const SecretBytes& corrected) const {
    auto file = must(folder_.load_anchor()).file;
    auto slot = std::get<PufSlot>(file.slots.back());
    slot.noisy.helper = std::move(helper);
    const Root root(file.id, slot.epoch, SecretBytes::copy_of(Bytes(kRootSize, 'P')));
    const auto key = expected_wrap_key(slot, corrected);
    slot.wrap.commitment = must(commitment_of(key));
    const auto associated = must(associated_data(file.id, slot.epoch, parameters_of(slot)));
    slot.wrap.wrapped = must(crypto::wrap_secret(key, associated, root.secret()));
    file.slots = {slot};
    return must(serialise_anchor_file(file, root));
  }

  [[nodiscard]] Result<OpenedAnchor> try_to_open(ByteView planted) const {
    TRY_LET(auto file, parse_anchor_file(planted), "parse");
    return open_with_fingerprint(std::move(file), {&device_, nullptr}, Search::all_subsets);
  }

  void expect_not_to_open(ByteView planted) {
    for (std::size_t i = kEnrolmentReadings; i < readouts_.size(); ++i) {
      device_.noisy.front() = reading_of(readouts_[i]);
      const auto opened = try_to_open(planted);
      ASSERT_FALSE(opened.ok());
      EXPECT_EQ(opened.error().code(), ErrorCode::does_not_open) << opened.error().describe();
    }
  }

  TemporaryFolder temporary_;
  StateFolder folder_ = must(StateFolder::create(temporary_.path() / "state"));
  test::Fingerprint device_;
  std::vector<Bytes> readouts_;
};

puf::HelperData helper_of(unsigned repetitions, SelectionRule rule, Bytes picked) {
  return {.code = {repetitions},
          .rule = rule,
          .first_byte = 0,
          .salt = Bytes(puf::kSaltSize, 7),
          .picked = std::move(picked),
          .offset = Bytes(repetitions * puf::kRowBytes)};
}

// The tests' own computation is the device's: with what the device has, somebody who knows everything does plant one.
TEST_F(Planted, AnAnchorOfWhoKnowsTheCellsOpens) {
  make(0.5, 0.02);
  auto helper = must(folder_.load_anchor()).file.noisy()->helper;
  const auto cells = rows_of(ByteView(readouts_[0]).first(helper.offset.size()));
  const auto opened = must(try_to_open(plant(helper, cells)));
  EXPECT_EQ(test::root_of(opened), Bytes(kRootSize, 'P'));
}

TEST_F(Planted, HelperDataWithoutUnknownCellsOrWithOneAreNone) {
  make(0.5, 0.02);
  for (const auto& [picked, first] : std::vector<std::pair<Bytes, std::uint8_t>>{{{0x00}, 0x00}, {{0x80}, 0x80}}) {
    Bytes guessed(puf::kRowBytes);
    guessed[0] = static_cast<std::uint8_t>(readouts_[0][0] & first);
    const auto planted = plant(helper_of(1, SelectionRule::pairs, picked), rows_of(guessed));
    const auto opened = try_to_open(planted);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code(), ErrorCode::malformed);
  }
}

TEST_F(Planted, MajoritiesOfManyBiasedCellsDoNotOpen) {
  make(0.7, 0.02);
  ASSERT_EQ(must(folder_.load_anchor()).file.noisy()->helper.rule, SelectionRule::pairs);
  constexpr std::size_t kRows = 127;
  const auto ones = rows_of(Bytes(kRows * puf::kRowBytes, 0xFF));
  expect_not_to_open(plant(helper_of(kRows, SelectionRule::all, {}), ones));
  expect_not_to_open(plant(helper_of(kRows, SelectionRule::pairs, Bytes(kRows * puf::kRowBytes, 0xFF)), ones));
}

}  // namespace
}  // namespace holdfast::anchor
