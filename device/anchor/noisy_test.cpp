// Noisy sources as factors of an anchor: what opens it, what does not, and that nothing tells why.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "device/anchor/assurance.hpp"
#include "device/anchor/change.hpp"
#include "device/anchor/noisy_factor.hpp"
#include "device/anchor/puf_slot.hpp"
#include "device/anchor/test_support.hpp"
#include "device/fingerprint/credential_file.hpp"
#include "device/puf/simulate.hpp"

namespace holdfast::anchor {
namespace {

using fingerprint::AttributeState;
using fingerprint::Fingerprint;
using fingerprint::NoisyReading;
using fingerprint::Tier;
using test::change;
using test::machine;
using test::must;
using test::request_for;
using test::root_of;
using test::TemporaryFolder;
using testing::HasSubstr;
using testing::Not;

constexpr std::size_t kBytes = 3000;
constexpr double kNoise = 0.15;

std::vector<Bytes> chip(std::uint64_t seed, std::size_t readouts) {
  return must(puf::simulate_readouts({.bytes = kBytes, .error_rate = kNoise, .seed = seed}, readouts));
}

NoisyReading reading_of(ByteView bytes, bool physical = true) {
  NoisyReading reading;
  reading.name = "sram";
  reading.source = "puf:program:/read";
  reading.physical = physical;
  reading.state = AttributeState::present;
  reading.response = SecretBytes::copy_of(bytes);
  return reading;
}

std::vector<NoisyReading> readings_of(const std::vector<Bytes>& readouts, bool physical = true) {
  std::vector<NoisyReading> readings;
  for (const auto& readout : readouts) readings.push_back(reading_of(readout, physical));
  return readings;
}

template <typename T>
std::string refusal(const Result<T>& result, ErrorCode code = ErrorCode::does_not_open) {
  EXPECT_FALSE(result.ok());
  if (result.ok()) return "";
  EXPECT_EQ(result.error().code(), code) << result.error().describe();
  return result.error().message();
}

class Noisy : public testing::Test {
 protected:
  void make(NoisyRole role, bool physical = true, unsigned attributes = 3, unsigned quorum = 2) {
    device_ = machine(attributes);
    device_.noisy = readings_of({readouts_[0]}, physical);
    auto request = request_for(device_, quorum);
    request.noisy =
        must(enrol_noisy(readings_of({readouts_.begin(), readouts_.begin() + kEnrolmentReadings}, physical)));
    request.noisy_role = role;
    request.read_again = [this] { return again(readouts_[kEnrolmentReadings]); };
    must(create_anchor(folder_, request));
  }

  // The machine as it is, with that reading.
  [[nodiscard]] Result<Fingerprint> again(ByteView readout) const {
    TRY_LET(auto copy, test::copy_of(device_), "copy machine");
    copy.noisy.push_back(reading_of(readout));
    return copy;
  }

  void read(ByteView readout) { device_.noisy = readings_of({Bytes(readout.begin(), readout.end())}); }

  [[nodiscard]] Result<OpenedAnchor> try_to_open() const { return try_to_open(must(folder_.load_anchor())); }
  [[nodiscard]] Result<OpenedAnchor> try_to_open(UnverifiedAnchorFile file) const {
    return open_with_fingerprint(std::move(file), {&device_, nullptr}, Search::all_subsets);
  }

  // The file with something altered, as somebody would who also makes the digest right.
  template <typename Alter>
  [[nodiscard]] Result<UnverifiedAnchorFile> altered(const Alter& alter) const {
    auto opened = must(try_to_open());
    alter(opened.file);
    return parse_anchor_file(must(serialise_anchor_file(opened.file, opened.roots.newest())));
  }

  static FingerprintSlot& fingerprint_slot(AnchorFile& file) { return std::get<FingerprintSlot>(file.slots.front()); }
  static PufSlot& puf_slot(AnchorFile& file) { return std::get<PufSlot>(file.slots.back()); }

  std::vector<Bytes> readouts_ = chip(1, 40);
  TemporaryFolder temporary_;
  StateFolder folder_ = must(StateFolder::create(temporary_.path() / "state"));
  Fingerprint device_;
};

TEST_F(Noisy, EveryReadingAtFifteenPercentOpens) {
  make(NoisyRole::required);
  const auto root = root_of(must(try_to_open()));
  for (std::size_t i = kEnrolmentReadings; i < readouts_.size(); ++i) {
    read(readouts_[i]);
    const auto opened = must(try_to_open());
    EXPECT_EQ(root_of(opened), root);
    EXPECT_TRUE(must(drift_of(opened, device_)).drift.empty());
  }
}

TEST_F(Noisy, NothingTellsWhyItDoesNotOpen) {
  make(NoisyRole::required);
  const auto helper = [](auto&& alter) {
    return [alter](AnchorFile& file) { alter(fingerprint_slot(file).noisy->helper); };
  };
  auto other = must(enrol_noisy(readings_of(chip(2, 2))));
  const std::vector<UnverifiedAnchorFile> files = [&] {
    std::vector<UnverifiedAnchorFile> made;
    made.push_back(must(altered(helper([](puf::HelperData& h) { h.offset[100] ^= 4; }))));
    made.push_back(must(altered(helper([](puf::HelperData& h) { h.salt[0] ^= 1; }))));
    made.push_back(must(altered(helper([](puf::HelperData& h) { h.first_byte += 1; }))));
    made.push_back(must(altered(helper([&](puf::HelperData& h) { h = other.factor.helper; }))));
    made.push_back(must(altered([](AnchorFile& f) { fingerprint_slot(f).noisy->salt[5] ^= 1; })));
    return made;
  }();
  // An altered name or source is another source, which is missing; the class and who reads it are bound as well.
  EXPECT_THAT(refusal(try_to_open(must(altered([](AnchorFile& f) { fingerprint_slot(f).noisy->source += "x"; })))),
              HasSubstr("not found on this machine: sram"));
  EXPECT_FALSE(try_to_open(must(altered([](AnchorFile& f) { fingerprint_slot(f).noisy->physical = false; }))).ok());

  std::vector<std::string> words;
  for (const auto& file : files) words.push_back(refusal(try_to_open(file)));
  for (const auto& readout : chip(3, 5)) {
    read(readout);
    words.push_back(refusal(try_to_open()));
  }
  read(readouts_[9]);
  change(device_, 0);
  change(device_, 1);
  words.push_back(refusal(try_to_open()));
  for (const auto& each : words) EXPECT_EQ(each, words.front());
}

TEST_F(Noisy, WhatIsMissingOrTooShortIsUnavailable) {
  make(NoisyRole::required);
  read(ByteView(readouts_[0]).first(700));
  EXPECT_THAT(refusal(try_to_open()), HasSubstr("sram is not available: it gave 700 bytes, and "));
  device_.noisy.front().state = AttributeState::unavailable;
  device_.noisy.front().reason = "the driver is not loaded";
  EXPECT_THAT(refusal(try_to_open()), HasSubstr("sram is not available: the driver is not loaded"));
  device_.noisy.clear();
  EXPECT_THAT(refusal(try_to_open()), HasSubstr("not found on this machine: sram"));
}

TEST_F(Noisy, TheFileStaysTheSameWithoutOne) {
  device_ = machine(3);
  must(create_anchor(folder_, request_for(device_, 2)));
  const auto bytes = must(read_file(folder_.anchor_file(), kMaxAnchorFileSize));
  EXPECT_THAT(std::string(as_text(bytes)), Not(HasSubstr("noisy")));
  EXPECT_EQ(must(serialise_anchor_file(must(try_to_open()).file, must(try_to_open()).roots.newest())), bytes);
}

TEST_F(Noisy, TheFileComesBackAsItWasWritten) {
  for (const auto role : {NoisyRole::required, NoisyRole::slot}) {
    const TemporaryFolder temporary;
    folder_ = must(StateFolder::create(temporary.path() / "state"));
    make(role);
    const auto opened = must(try_to_open());
    EXPECT_EQ(must(serialise_anchor_file(opened.file, opened.roots.newest())),
              must(read_file(folder_.anchor_file(), kMaxAnchorFileSize)));
  }
}

TEST_F(Noisy, MalformedMembersAreRefused) {
  make(NoisyRole::required);
  const auto json = to_json(*must(folder_.load_anchor()).file.noisy());
  must(parse_noisy_factor(json, "slot 1"));
  const auto with = [&](const char* member, const Json& value) {
    Json changed = json;
    changed[member] = value;
    return refusal(parse_noisy_factor(changed, "slot 1"), ErrorCode::malformed);
  };
  EXPECT_THAT(with("class", "board"), HasSubstr("class"));
  EXPECT_THAT(with("salt", "AAAA"), HasSubstr("salt"));
  EXPECT_THAT(with("helper", ""), HasSubstr("helper"));
  EXPECT_THAT(with("helper", "AAAA"), HasSubstr("helper data"));
  EXPECT_THAT(with("helper", std::string(400'000, 'A')), HasSubstr("helper"));
  EXPECT_THAT(with("name", 7), HasSubstr("name"));
  EXPECT_THAT(with("source", std::string(fingerprint::kMaxSourceText + 1, 'x')), HasSubstr("source"));
  auto longest = json;
  longest["source"] = std::string(fingerprint::kMaxSourceText, 'x');
  EXPECT_TRUE(parse_noisy_factor(longest, "slot 1").ok());
  EXPECT_THAT(with("more", true), HasSubstr("more"));
  auto cut = json["helper"].get<std::string>();
  cut.resize(cut.size() - 8);
  EXPECT_THAT(with("helper", cut), HasSubstr("sizes do not agree"));
  for (const auto& [member, value] : json.items()) {
    Json changed = json;
    changed.erase(member);
    refusal(parse_noisy_factor(changed, "slot 1"), ErrorCode::malformed);
  }
}

TEST_F(Noisy, ASlotOfItsOwnOpensWhenTheQuorumIsGone) {
  make(NoisyRole::slot);
  EXPECT_FALSE(must(try_to_open()).by_noisy_alone);
  const auto root = root_of(must(try_to_open()));
  change(device_, 0);
  change(device_, 1);
  for (std::size_t i = kEnrolmentReadings; i < readouts_.size(); ++i) {
    read(readouts_[i]);
    const auto opened = must(try_to_open());
    EXPECT_EQ(root_of(opened), root);
    EXPECT_TRUE(opened.by_noisy_alone);
  }
  read(chip(2, 1).front());
  EXPECT_THAT(refusal(try_to_open()), HasSubstr("and the noisy source does not open this anchor"));
  device_.noisy.clear();
  EXPECT_THAT(refusal(try_to_open()), HasSubstr("not found on this machine: sram"));
}

TEST_F(Noisy, AnAlteredSlotOfItsOwnDoesNotOpen) {
  make(NoisyRole::slot);
  const auto with = [this](const auto& alter) {
    return must(altered([&](AnchorFile& file) { alter(puf_slot(file)); }));
  };
  const auto moved = with([](PufSlot& s) { s.id.bytes[0] ^= 1; });
  const auto helped = with([](PufSlot& s) { s.noisy.helper.offset[7] ^= 1; });
  const auto wrapped = with([](PufSlot& s) { s.wrap.wrapped[20] ^= 1; });
  const auto claimed = with([](PufSlot& s) { s.noisy.physical = false; });
  change(device_, 0);
  change(device_, 1);
  EXPECT_EQ(refusal(try_to_open(moved)), refusal(try_to_open(helped)));
  // Behind a matching commitment it is the file that was altered.
  refusal(try_to_open(wrapped), ErrorCode::malformed);
  refusal(try_to_open(claimed), ErrorCode::malformed);
}

TEST_F(Noisy, RotationKeepsTheHelperDataAndNeedsTheSource) {
  make(NoisyRole::required);
  const auto opened = must(try_to_open());
  auto change = must(AnchorChange::begin(folder_, opened));
  must(change.rotate());
  auto slot = must(renew_slot(*opened.file.fingerprint_slot()));
  EXPECT_EQ(puf::serialise_helper_data(slot.noisy->helper), puf::serialise_helper_data(opened.file.noisy()->helper));
  EXPECT_NE(slot.noisy->salt, opened.file.noisy()->salt);
  slot.epoch = change.root().epoch();
  const auto without = must(test::copy_of(device_));
  EXPECT_FALSE(wrap_root(slot, change.root(), {&without, nullptr}).ok());
  read(readouts_[20]);
  must(wrap_root(slot, change.root(), {&device_, nullptr}));
  change.set_fingerprint_slot(std::move(slot));
  must(change.commit({.proof = {.read_again = [this] { return again(readouts_[21]); }}}));
  read(readouts_[22]);
  EXPECT_EQ(must(try_to_open()).file.epoch.number, 2U);
}

TEST_F(Noisy, AProofTakesAFreshReading) {
  make(NoisyRole::required);
  const auto opened = must(try_to_open());
  const auto foreign = chip(2, 1).front();
  auto change = must(AnchorChange::begin(folder_, opened));
  auto slot = must(renew_slot(*opened.file.fingerprint_slot()));
  must(wrap_root(slot, change.root(), {&device_, nullptr}));
  change.set_fingerprint_slot(std::move(slot));
  const auto done = change.commit({.proof = {.read_again = [&] { return again(foreign); }}});
  EXPECT_THAT(refusal(done, ErrorCode::refused), HasSubstr("does not give the same secret when it is read once more"));
}

TEST_F(Noisy, DriftTellsAnotherSourceFromAMissingOne) {
  make(NoisyRole::slot);
  const auto opened = must(try_to_open());
  const auto kind = [&] {
    const auto drift = must(drift_of(opened, device_)).drift;
    EXPECT_EQ(drift.size(), 1U);
    EXPECT_TRUE(drift.front().noisy);
    EXPECT_FALSE(drift.front().required);
    return drift.front().kind;
  };
  read(chip(2, 1).front());
  EXPECT_EQ(kind(), DriftKind::changed);
  read(ByteView(readouts_[0]).first(10));
  EXPECT_EQ(kind(), DriftKind::unavailable);
  device_.noisy.clear();
  EXPECT_EQ(kind(), DriftKind::vanished);
}

TEST_F(Noisy, EnrollingAgainGivesAnotherSecretOfTheSameCells) {
  make(NoisyRole::required);
  const auto before = *must(folder_.load_anchor()).file.noisy();
  const auto today = must(again(readouts_[30]));
  const auto after = must(enrol_noisy_again(before, today));
  EXPECT_EQ(after.helper.code, before.helper.code);
  EXPECT_NE(after.helper.offset, before.helper.offset);
  const auto secret = [](const NoisyFactor& factor, ByteView readout) {
    return test::text_of(must(noisy_secret(factor, reading_of(readout))));
  };
  EXPECT_NE(secret(after, readouts_[31]), secret(before, readouts_[31]));
  EXPECT_EQ(secret(after, readouts_[31]), secret(after, readouts_[32]));
  refusal(enrol_noisy_again(before, machine(1)), ErrorCode::refused);
}

TEST_F(Noisy, TheTierIsThatOfTheWeakestWayIn) {
  const auto tier = [this](NoisyRole role, bool physical, unsigned attributes, unsigned quorum) {
    const TemporaryFolder temporary;
    folder_ = must(StateFolder::create(temporary.path() / "state"));
    make(role, physical, attributes, quorum);
    return assess(must(folder_.load_anchor()).file).tier;
  };
  EXPECT_EQ(tier(NoisyRole::required, true, 3, 2), Tier::physical);
  EXPECT_EQ(tier(NoisyRole::required, false, 3, 2), Tier::software);
  EXPECT_EQ(tier(NoisyRole::slot, true, 3, 2), Tier::software);
  EXPECT_EQ(tier(NoisyRole::slot, false, 3, 2), Tier::declared);
  EXPECT_EQ(fingerprint::find_tier("physical"), Tier::physical);
  EXPECT_GT(Tier::physical, Tier::software);
}

TEST_F(Noisy, OnlyWhatIsReadFromHardwareStandsInForTheFloor) {
  const auto made = must(enrol_noisy(readings_of(chip(1, 2))));
  fingerprint::QuorumPlan plan;
  plan.weakest_bits = 10;
  auto factor = made.factor;
  EXPECT_TRUE(check_entropy(plan, nullptr, LowEntropy::refused, 64, &factor).ok());
  factor.physical = false;
  EXPECT_THAT(refusal(check_entropy(plan, nullptr, LowEntropy::refused, 64, &factor), ErrorCode::refused),
              HasSubstr("54 fewer than the 64"));
}

TEST_F(Noisy, SourcesThatDoNotServeAreRefusedWithNumbers) {
  const auto why = [](std::vector<NoisyReading> readings) {
    return refusal(enrol_noisy(readings), ErrorCode::refused);
  };
  const auto two = [](const Bytes& bytes) { return readings_of({bytes, bytes}); };
  EXPECT_THAT(why(two(Bytes(3000, 0))), HasSubstr("'sram' cannot be enrolled"));
  EXPECT_THAT(why(two(Bytes(3000, 0))), HasSubstr("128 are needed"));
  EXPECT_THAT(why(two(Bytes(readouts_[0].begin(), readouts_[0].begin() + 600))), HasSubstr("takes 1216 bytes"));
  EXPECT_THAT(why(readings_of({readouts_[0], chip(2, 1)[0]})), HasSubstr("sram"));  // half of the bits differ
  auto sizes = readings_of({readouts_[0], Bytes(2999)});
  EXPECT_THAT(why(std::move(sizes)), HasSubstr("not of one size"));
  auto missing = two(readouts_[0]);
  missing[1].state = AttributeState::unavailable;
  missing[1].reason = "no driver";
  EXPECT_THAT(why(std::move(missing)), HasSubstr("no driver; make it available"));
}

TEST_F(Noisy, TheCodeIsForWhatIsSeenAndForWhatIsSaid) {
  const auto steady = must(puf::simulate_readouts({.bytes = kBytes, .error_rate = 0.02, .seed = 4}, 3));
  auto readings = readings_of(steady);
  EXPECT_EQ(must(enrol_noisy(readings)).factor.helper.code.repetitions, 19U);  // nothing said: 15 %
  readings.front().errors = 5;
  EXPECT_EQ(must(enrol_noisy(readings)).factor.helper.code.repetitions, 7U);
  auto noisy = readings_of({readouts_[0], readouts_[1], readouts_[2]});
  noisy.front().errors = 5;  // fewer than are seen
  EXPECT_GE(must(enrol_noisy(noisy)).factor.helper.code.repetitions, 19U);
}

}  // namespace
}  // namespace holdfast::anchor
