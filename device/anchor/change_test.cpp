#include "device/anchor/change.hpp"

#include <gtest/gtest.h>

#include <map>

#include "device/anchor/assurance.hpp"
#include "device/anchor/migration_plan.hpp"
#include "device/anchor/recovery_code.hpp"
#include "device/anchor/recovery_wrap.hpp"
#include "device/anchor/test_support.hpp"

namespace holdfast::anchor {
namespace {

using fingerprint::AttributeClass;
using fingerprint::Fingerprint;
using test::change;
using test::hide;
using test::machine;
using test::must;
using test::request_for;
using test::root_of;
using test::secret;
using test::TemporaryFolder;

class MemoryMark : public GenerationMark {
 public:
  [[nodiscard]] Result<std::optional<std::uint64_t>> read(const AnchorId& anchor) const override {
    const auto found = seen_.find(anchor.hex());
    return found == seen_.end() ? std::optional<std::uint64_t>() : found->second;
  }
  [[nodiscard]] Result<void> raise(const AnchorId& anchor, std::uint64_t generation) override {
    seen_[anchor.hex()] = generation;
    return {};
  }

 private:
  std::map<std::string, std::uint64_t> seen_;
};

class Change : public testing::Test {
 protected:
  void make(unsigned attributes, unsigned quorum, bool with_recovery = false) {
    device_ = machine(attributes);
    auto request = request_for(device_, quorum);
    if (with_recovery) {
      request.deliver_recovery_code = [this](const SecretBytes& code) {
        typed_ = SecretBytes::copy_of(code.expose(SecretAccess{}));
        return Result<void>();
      };
    }
    must(create_anchor(folder_, request));
  }

  [[nodiscard]] OpenedAnchor open() const {
    return must(open_with_fingerprint(must(folder_.load_anchor()), {&device_, nullptr}, Search::all_subsets));
  }

  [[nodiscard]] Bytes bytes() const { return must(read_file(folder_.anchor_file(), kMaxAnchorFileSize)); }

  void put_back(const Bytes& bytes) const {
    must(write_file_atomically(folder_.anchor_file(), bytes, 0600, Replace::allowed));
  }

  // A whole rotation, as the owner of all factors does it.
  void rotate(MemoryMark* mark = nullptr) {
    const auto opened = open();
    auto change = must(AnchorChange::begin(folder_, opened));
    must(change.rotate());
    wrap(change, must(renew_slot(*opened.file.fingerprint_slot())));
    change.log("root-rotated", "for a test");
    must(change.commit({.proof = {.read_again = [this] { return test::copy_of(device_); }}, .mark = mark}));
  }

  void wrap(AnchorChange& change, FingerprintSlot slot) const {
    slot.epoch = change.root().epoch();
    must(wrap_root(slot, change.root(), {&device_, nullptr}));
    change.set_fingerprint_slot(std::move(slot));
  }

  // Binds the anchor to the machine as it is, and returns the plan.
  MigrationPlan migrate(const MigrationWishes& wishes = {}) {
    const auto opened = open();
    const auto plan = must(plan_migration(opened, {device_, origin_}, wishes));
    auto change = must(AnchorChange::begin(folder_, opened));
    wrap(change, must(plan_slot({&device_, &plan.quorum, false, crypto::Module::standard})));
    change.file().remembered = must(remember(change.root(), device_));
    change.log("migrated", "for a test");
    must(change.commit({.proof = {.read_again = [this] { return test::copy_of(device_); }}}));
    return plan;
  }

  TemporaryFolder temporary_;
  StateFolder folder_ = must(StateFolder::create(temporary_.path() / "state"));
  Fingerprint device_;
  fingerprint::Origin origin_;
  SecretBytes typed_;
};

TEST_F(Change, IsLoggedCountedAndKeepsTheRoot) {
  make(3, 2);
  const auto before = open();
  auto change = must(AnchorChange::begin(folder_, before));
  change.file().migration = {MigrationPolicy::Mode::within_margin, 2, 30};
  change.log("policy-changed", "for a test");
  must(change.commit({}));
  const auto after = open();
  EXPECT_EQ(after.file.generation, before.file.generation + 1);
  EXPECT_EQ(after.file.migration, (MigrationPolicy{MigrationPolicy::Mode::within_margin, 2, 30}));
  EXPECT_EQ(root_of(after), root_of(before));
  const auto log = must(folder_.load_events(after.file.events));
  ASSERT_EQ(log.events().size(), 2U);
  EXPECT_EQ(log.events().back().type, "policy-changed");
  EXPECT_FALSE(std::filesystem::exists(folder_.previous_anchor_file()));
}

TEST_F(Change, IsRefusedWhereAnotherProcessChangedTheAnchorMeanwhile) {
  make(3, 2);
  const auto opened = open();
  rotate();
  const auto late = AnchorChange::begin(folder_, opened);
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code(), ErrorCode::refused);
}

TEST_F(Change, LeavesTheAnchorAsItWasWhereTheNewOneDoesNotOpen) {
  make(3, 2);
  const auto before = bytes();
  const auto opened = open();
  auto change = must(AnchorChange::begin(folder_, opened));
  must(change.rotate());
  wrap(change, must(renew_slot(*opened.file.fingerprint_slot())));
  auto other = machine(3);
  test::change(other, 0);
  test::change(other, 1);
  const auto done = change.commit({.proof = {.read_again = [&] { return test::copy_of(other); }}});
  ASSERT_FALSE(done.ok());
  EXPECT_FALSE(change.took_effect());
  EXPECT_EQ(bytes(), before);
  EXPECT_EQ(root_of(open()), root_of(opened));
}

TEST_F(Change, IsNeverWrittenWithASlotThatDoesNotWrapTheNewRoot) {
  make(3, 2);
  const auto before = bytes();
  const auto opened = open();
  auto change = must(AnchorChange::begin(folder_, opened));
  must(change.rotate());
  EXPECT_EQ(change.commit({}).error().code(), ErrorCode::internal);
  EXPECT_EQ(bytes(), before);
}

TEST_F(Change, KeepsEarlierRootsThroughManyRotations) {
  make(3, 2, true);
  std::vector<Bytes> roots;
  for (int i = 0; i < 4; ++i) {
    roots.push_back(root_of(open()));
    rotate();
  }
  const auto opened = open();
  EXPECT_EQ(opened.file.epoch.number, 5U);
  for (std::uint32_t epoch = 1; epoch <= 4; ++epoch) {
    const auto* const root = opened.roots.find({epoch});
    ASSERT_NE(root, nullptr);
    const auto kept = root->secret().expose(SecretAccess{});
    EXPECT_TRUE(std::ranges::equal(kept, roots[epoch - 1]));
    EXPECT_FALSE(std::ranges::equal(kept, root_of(opened)));
  }
  const auto recovered = must(open_with_recovery_code(must(folder_.load_anchor()), typed_));
  EXPECT_EQ(root_of(recovered), root_of(opened)) << "the printed code goes on opening what was wrapped without it";
  EXPECT_NE(recovered.roots.find({1}), nullptr);
}

TEST_F(Change, ForgetsADroppedEpochAndKeepsTheOthers) {
  make(2, 2);
  rotate();
  rotate();
  const auto opened = open();
  auto change = must(AnchorChange::begin(folder_, opened));
  change.drop_epoch({1});
  must(change.commit({}));
  const auto after = open();
  EXPECT_EQ(after.roots.find({1}), nullptr);
  EXPECT_NE(after.roots.find({2}), nullptr);
  EXPECT_EQ(root_of(after), root_of(opened));
}

TEST_F(Change, OlderRootsOfAnotherGenerationDoNotOpen) {
  make(2, 2);
  rotate();
  const auto second = open();
  rotate();
  auto third = open();
  // What was wrapped under root 2 is put beside root 3.
  const auto mixed = open_epochs(
      Root(third.file.id, third.file.epoch, SecretBytes::copy_of(third.roots.newest().secret().expose(SecretAccess{}))),
      second.file.older_roots);
  EXPECT_FALSE(mixed.ok());
}

TEST_F(Change, AnOldFilePutBackOpensItsOwnRootOnlyAndIsARollback) {
  make(3, 2);
  MemoryMark mark;
  const auto old = bytes();
  const auto root = root_of(open());
  rotate(&mark);
  EXPECT_NE(root_of(open()), root);
  put_back(old);
  const auto opened = open();
  EXPECT_EQ(root_of(opened), root);
  EXPECT_EQ(opened.roots.find({2}), nullptr);
  const auto judged =
      see_generation(mark, {folder_.path(), opened.file.id, opened.file.generation, mark.read(opened.file.id)});
  ASSERT_FALSE(judged.ok());
  EXPECT_EQ(judged.error().code(), ErrorCode::refused);
  EXPECT_NE(judged.error().message().find("generation 1"), std::string::npos);
  EXPECT_NE(judged.error().message().find("generation 2"), std::string::npos);
  // A change makes it the latest again, above all that was seen.
  auto change = must(AnchorChange::begin(folder_, opened));
  must(change.commit({.mark = &mark}));
  EXPECT_EQ(open().file.generation, 3U);
  EXPECT_TRUE(see_generation(mark, {folder_.path(), opened.file.id, 3, mark.read(opened.file.id)}).ok());
}

TEST_F(Change, ARecoverySlotOfAPlantedRootIsRefused) {
  make(3, 2, true);
  auto file = must(folder_.load_anchor()).file;
  const Root planted(file.id, file.epoch, SecretBytes::copy_of(Bytes(kRootSize, 9)));
  // Whoever can write the file knows the public key, and not the code's second key.
  auto slot = *file.recovery_slot();
  auto forged = must(make_recovery_slot(planted, must(make_recovery_code())));
  slot.ciphertext = forged.ciphertext;
  slot.wrapped = forged.wrapped;
  const auto code = must(parse_recovery_code(typed_));
  EXPECT_EQ(open_recovery_slot(slot, file.id, code).error().code(), ErrorCode::malformed);
  EXPECT_EQ(open_recovery_slot(forged, file.id, code).error().code(), ErrorCode::wrong_passphrase);
}

TEST_F(Change, RewrappingTakesNoSlotOfAnotherRoot) {
  make(3, 2, true);
  const auto opened = open();
  const Root other(opened.file.id, {1}, SecretBytes::copy_of(Bytes(kRootSize, 9)));
  const Root next(opened.file.id, {2}, SecretBytes::copy_of(Bytes(kRootSize, 8)));
  EXPECT_FALSE(rewrap_recovery_slot(*opened.file.recovery_slot(), other, next).ok());
}

TEST_F(Change, MigrationFollowsAChainOfHardwareChanges) {
  make(4, 3);
  const auto root = root_of(open());
  for (unsigned step = 0; step < 20; ++step) {
    device_.attributes[step % 4].value = secret("value of step " + std::to_string(step));
    const auto plan = migrate();
    EXPECT_TRUE(plan.needed);
    EXPECT_EQ(plan.quorum.quorum, 3U);
    EXPECT_EQ(root_of(open()), root) << "after step " << step;
    EXPECT_TRUE(must(drift_of(open(), device_)).drift.empty());
  }
  EXPECT_EQ(open().file.generation, 21U);
}

TEST_F(Change, AMachineWithoutChangesNeedsNoMigration) {
  make(4, 3);
  const auto plan = must(plan_migration(open(), {device_, origin_}, {}));
  EXPECT_FALSE(plan.needed);
  EXPECT_TRUE(plan.obstacles.empty());
}

TEST_F(Change, UnavailableAttributesAreAnObstacleAndNoDrift) {
  make(4, 3);
  hide(device_, 1);
  device_.attributes[1].reason = "only root can read it";
  const auto plan = must(plan_migration(open(), {device_, origin_}, {}));
  ASSERT_EQ(plan.obstacles.size(), 1U);
  EXPECT_NE(plan.obstacles[0].find("a1"), std::string::npos);
  EXPECT_NE(plan.obstacles[0].find("only root can read it"), std::string::npos);
  const auto without = must(plan_migration(open(), {device_, origin_}, {.given_up = {"a1"}}));
  EXPECT_TRUE(without.obstacles.empty());
  EXPECT_EQ(without.leaving, std::vector<std::string>{"a1"});
  EXPECT_EQ(without.quorum.quorum, 2U) << "the margin of one stays";
}

TEST_F(Change, MigrationKeepsTheMarginWhereAnAttributeJoins) {
  make(4, 3);
  const auto opened = open();
  device_ = machine(6);
  const auto plan = must(plan_migration(opened, {device_, origin_}, {}));
  EXPECT_EQ(plan.joining, (std::vector<std::string>{"a4", "a5"}));
  EXPECT_EQ(plan.quorum.counted.size(), 6U);
  EXPECT_EQ(plan.quorum.quorum, 5U);
  EXPECT_TRUE(plan.tightens) << "copies of the file open with three";
}

TEST_F(Change, AskingForMoreThanBeforeTightens) {
  make(4, 2);
  const auto opened = open();
  EXPECT_TRUE(must(plan_migration(opened, {device_, origin_}, {.quorum = 3})).tightens);
  EXPECT_TRUE(must(plan_migration(opened, {device_, origin_}, {.required = {"a0"}})).tightens);
  EXPECT_TRUE(must(plan_migration(opened, {device_, origin_}, {.new_passphrase = true})).tightens);
  EXPECT_FALSE(must(plan_migration(opened, {device_, origin_}, {.quorum = 2})).tightens);
}

TEST_F(Change, PolicyLimitsWhatHappensUnasked) {
  using enum MigrationPolicy::Mode;
  make(5, 3);
  const auto judge = [&](const MigrationPolicy& policy, const EventLog& log, Timestamp now) {
    auto opened = open();
    opened.file.migration = policy;
    return check_policy(opened, must(plan_migration(opened, {device_, origin_}, {})), log, now);
  };
  const auto now = test::fixed_clock();
  change(device_, 4);
  EXPECT_EQ(judge({manual, 1, 7}, {}, now).error().code(), ErrorCode::refused);
  EXPECT_TRUE(judge({within_margin, 1, 7}, {}, now).ok());
  EventLog log;
  must(log.append(now - std::chrono::days(6), std::string(kMigratedByPolicy), ""));
  EXPECT_EQ(judge({within_margin, 1, 7}, log, now).error().code(), ErrorCode::refused);
  EXPECT_TRUE(judge({within_margin, 1, 6}, log, now).ok());
  change(device_, 3);
  EXPECT_EQ(judge({within_margin, 1, 7}, {}, now).error().code(), ErrorCode::refused);
  EXPECT_TRUE(judge({within_margin, 2, 7}, {}, now).ok());
}

TEST_F(Change, PolicyKeepsBurnedInAttributes) {
  device_ = machine(4);
  device_.attributes[0].attribute_class = AttributeClass::burned_in;
  must(create_anchor(folder_, request_for(device_, 2)));
  change(device_, 0);
  auto opened = open();
  opened.file.migration = {MigrationPolicy::Mode::within_margin, 4, 0};
  const auto judged =
      check_policy(opened, must(plan_migration(opened, {device_, origin_}, {})), {}, test::fixed_clock());
  ASSERT_FALSE(judged.ok());
  EXPECT_NE(judged.error().message().find("burned-in attribute 'a0'"), std::string::npos);
}

TEST_F(Change, TheTierRemembersWhatEarlierSlotsAskedFor) {
  device_ = machine(3);
  device_.attributes[2].attribute_class = AttributeClass::declared;
  must(create_anchor(folder_, request_for(device_, 2)));
  EXPECT_EQ(slot_tier(open().file), fingerprint::Tier::declared);
  device_.attributes[2].attribute_class = AttributeClass::board;
  migrate();
  const auto migrated = open();
  EXPECT_EQ(slot_tier(migrated.file), fingerprint::Tier::software);
  EXPECT_EQ(assess(migrated.file).tier, fingerprint::Tier::declared) << "a copy of the old file opens the same root";
  rotate();
  EXPECT_EQ(assess(open().file).tier, fingerprint::Tier::declared) << "the old root is still kept";
  const auto rotated = open();
  auto change = must(AnchorChange::begin(folder_, rotated));
  change.drop_epoch({1});
  must(change.commit({}));
  EXPECT_EQ(assess(open().file).tier, fingerprint::Tier::software);
}

TEST(MarkFolder, OnlyRises) {
  const TemporaryFolder temporary;
  MarkFolder marks(temporary.path() / "deep" / "marks");
  const AnchorId id{{1, 2, 3}};
  EXPECT_EQ(must(marks.read(id)), std::nullopt);
  must(marks.raise(id, 7));
  EXPECT_EQ(must(marks.read(id)), 7U);
  must(marks.raise(id, 5));
  EXPECT_EQ(must(marks.read(id)), 7U);
  EXPECT_EQ(must(marks.read(AnchorId{{9}})), std::nullopt);
}

TEST(MarkFolder, WithoutAFolderRemembersNothingAnywhere) {
  MarkFolder marks{std::filesystem::path()};
  const AnchorId id{{1, 2, 3}};
  must(marks.raise(id, 7));
  EXPECT_EQ(must(marks.read(id)), std::nullopt);
  EXPECT_FALSE(std::filesystem::exists(id.hex()));
}

TEST(MarkFolder, SaysWhichFileIsDamaged) {
  const TemporaryFolder temporary;
  MarkFolder marks(temporary.path());
  const AnchorId id{{1, 2, 3}};
  for (const auto* const text : {"", "7\n", "holdfast-mark-v1 7", "holdfast-mark-v1 0\n", "holdfast-mark-v1 -7\n",
                                 "holdfast-mark-v1 7x\n", "holdfast-mark-v1 99999999999999999999\n"}) {
    must(write_file_atomically(temporary.path() / id.hex(), as_bytes(std::string_view(text)), 0600, Replace::allowed));
    const auto read = marks.read(id);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_NE(read.error().message().find(id.hex()), std::string::npos);
  }
}

}  // namespace
}  // namespace holdfast::anchor
