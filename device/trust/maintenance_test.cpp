// What owners do to a device whose machine changes, judged by the keys and sealed data that must outlive it.
#include "device/trust/maintenance.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "crypto/test_support.hpp"
#include "device/anchor/test_support.hpp"
#include "device/trust/profile.hpp"

namespace holdfast::trust {
namespace {

using anchor::test::must;
using anchor::test::secret;
using anchor::test::text_of;
using holdfast::test::TemporaryFolder;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::filesystem::path kMachines = std::filesystem::path(HOLDFAST_SOURCE_DIR) / "tests/fixtures/machines";

class MaintenanceTest : public testing::Test {
 protected:
  MaintenanceTest() {
    std::filesystem::copy(kMachines / "x86-server", sysroot(),
                          std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks);
  }

  void make(bool with_recovery = true) {
    CreateOptions options;
    options.folder = state();
    options.sysroot = sysroot();
    options.made_by = "test";
    if (with_recovery) options.recovery = delivery();
    must(create_device(options));
    auto opened = open_device();
    key_ = must(opened->create_key({.name = name(), .algorithm = *crypto::find_key_algorithm("ed25519")})).half;
    sealed_ = seal(*opened, "kept for ever");
  }

  [[nodiscard]] RecoveryDelivery delivery() {
    return {[this](const SecretBytes& code) {
              code_ = SecretBytes::copy_of(code.expose(SecretAccess{}));
              return Result<void>();
            },
            nullptr};
  }

  [[nodiscard]] std::string sysroot() const { return temporary_ / "machine"; }
  [[nodiscard]] std::filesystem::path state() const { return temporary_ / "state"; }
  [[nodiscard]] static KeyName name() { return KeyName::parse("identity").value(); }

  [[nodiscard]] OpenOptions options() const {
    OpenOptions options;
    options.mark_folder = temporary_ / "marks";
    return options;
  }
  [[nodiscard]] std::unique_ptr<Provider> open_device() const {
    return must(must(find_device(state()))->open(options())).provider;
  }
  [[nodiscard]] std::unique_ptr<Maintenance> open() const { return must(Maintenance::open(state(), options())); }

  static Bytes seal(const Provider& provider, std::string_view text) {
    seal::SealOptions sealing;
    sealing.suite = usual_suite(provider.profile());
    Bytes sealed(seal::max_sealed_size(text.size()));
    sealed.resize(must(provider.seal_into(sealing, as_bytes(text), sealed)));
    return sealed;
  }
  static Result<std::string> unseal(const Provider& provider, const Bytes& sealed) {
    Bytes plain(sealed.size());
    TRY_LET(const auto size, provider.unseal_into({}, sealed, plain), "unseal");
    return std::string(as_text(ByteView(plain).first(size)));
  }

  // The same key, and what was sealed at the beginning still opens.
  void expect_everything_kept() const {
    const auto provider = open_device();
    EXPECT_EQ(must(provider->find_key({name()})).half, key_);
    EXPECT_TRUE(provider->open_key({name()}, KeyUse::sign).ok());
    EXPECT_EQ(must(unseal(*provider, sealed_)), "kept for ever");
  }

  [[nodiscard]] std::vector<std::string> event_types() const {
    std::vector<std::string> types;
    for (const auto& event : must(must(find_device(state()))->load_events())) types.push_back(event.type);
    return types;
  }

  void write(const std::string& file, std::string_view value) const {
    must(write_file_atomically(sysroot() + file, as_bytes(value), 0644, Replace::allowed));
  }
  void replace_network_card() const { write("/sys/class/net/ens3f0/address", "3c:ec:ef:12:34:56\n"); }

  void copy_state(const std::string& to) const {
    std::filesystem::copy(state(), temporary_ / to, std::filesystem::copy_options::recursive);
  }

  TemporaryFolder temporary_;
  SecretBytes code_;
  keys::PublicHalf key_;
  Bytes sealed_;
};

TEST_F(MaintenanceTest, MigrationRestoresTheMarginAndKeepsEverything) {
  make();
  replace_network_card();
  const auto before = must(must(find_device(state()))->open(options()));
  ASSERT_TRUE(before.drift);
  EXPECT_FALSE(before.drift->drift.empty());
  const auto margin = before.drift->margin;
  auto maintenance = open();
  const auto plan = must(maintenance->plan_migration({}));
  EXPECT_TRUE(plan.needed);
  EXPECT_THAT(plan.obstacles, IsEmpty());
  EXPECT_EQ(must(find_device(state()))->info().generation, 1U) << "a plan changes nothing";
  must(maintenance->migrate({}));
  EXPECT_EQ(maintenance->info().generation, 2U);
  const auto after = must(must(find_device(state()))->open(options()));
  EXPECT_TRUE(after.drift->drift.empty());
  EXPECT_GT(after.drift->margin, margin);
  EXPECT_THAT(event_types(), Contains("migrated"));
  expect_everything_kept();
}

TEST_F(MaintenanceTest, MigrationOfAnUnchangedMachineWritesNothing) {
  make();
  EXPECT_FALSE(must(open()->migrate({})).needed);
  EXPECT_EQ(must(find_device(state()))->info().generation, 1U);
}

TEST_F(MaintenanceTest, AGrowingQuorumDrawsANewRoot) {
  make();
  // A port of its own kind joins as a seventh, and with the same margin any five are needed.
  write("/sys/class/net/eno2/address", "a0:36:9f:11:22:33\n");
  auto maintenance = open();
  MigrationPolicy policy;
  policy.mode = MigrationPolicy::Mode::within_margin;
  must(maintenance->set_policy(policy));
  const auto plan = must(maintenance->plan_migration({}));
  ASSERT_EQ(plan.quorum, 5U) << "of " << plan.counted;
  EXPECT_TRUE(plan.rotates);
  EXPECT_FALSE(must(maintenance->migrate_by_policy()).rotates) << "nobody expects a new root of a timer";
  EXPECT_EQ(maintenance->info().epoch, 1U);
  must(maintenance->migrate({}));
  EXPECT_EQ(maintenance->info().epoch, 2U);
  expect_everything_kept();
}

TEST_F(MaintenanceTest, WhatIsGivenUpMustBeThere) {
  make();
  auto maintenance = open();
  MigrationOptions wishes;
  wishes.given_up = {"dmi/product_uid"};
  EXPECT_EQ(maintenance->plan_migration(wishes).error().code(), ErrorCode::not_found);
  wishes.given_up = wishes.required = {"dmi/product_uuid"};
  EXPECT_EQ(maintenance->plan_migration(wishes).error().code(), ErrorCode::usage);
}

TEST_F(MaintenanceTest, AMigrationThatFailsForgetsThePassphraseThatWasToCome) {
  make();
  auto maintenance = open();
  MigrationOptions wishes;
  wishes.new_passphrase = [] { return Result<SecretBytes>(secret("short")); };
  ASSERT_FALSE(maintenance->migrate(wishes).ok());
  must(maintenance->rotate_root());
  expect_everything_kept();
}

TEST_F(MaintenanceTest, LowEntropyIsAcceptedOnceAndWrittenDown) {
  make();
  MigrationOptions wishes;
  wishes.quorum = 1;
  wishes.low_entropy = LowEntropy::accepted;
  auto with_needless_passphrase = options();
  with_needless_passphrase.passphrase.given = [] { return Result<SecretBytes>(secret("elf Boote am Kai, heute")); };
  auto maintenance = must(Maintenance::open(state(), with_needless_passphrase));
  must(maintenance->migrate(wishes));
  EXPECT_TRUE(maintenance->info().low_entropy_accepted);
  EXPECT_THAT(event_types(), Contains("low-entropy-accepted"));
  replace_network_card();
  maintenance = open();
  must(maintenance->migrate({}));
  EXPECT_EQ(std::ranges::count(event_types(), "low-entropy-accepted"), 1);
}

TEST_F(MaintenanceTest, ManyLongNamesDoNotStandInTheWayOfLaterChanges) {
  make();
  // Longer than one event may be.
  anchor::EventLog log;
  must(log.append(system_clock_now(), "migrated", std::string(10000, 'a')));
  EXPECT_TRUE(anchor::EventLog::parse(as_bytes(log.text()), log.head()).ok());
  EXPECT_THAT(log.events().front().detail, testing::EndsWith("…"));
}

TEST_F(MaintenanceTest, AnAnchorWhoseLogIsLostIsChangedAfterANewOneBegins) {
  make();
  const auto log = state() / "events";
  must(write_file_atomically(log, as_bytes("garbage\n"), 0600, Replace::allowed));
  auto maintenance = open();
  const auto refused = maintenance->set_policy({});
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message(), HasSubstr("holdfast events restart"));
  const auto kept = must(maintenance->restart_events());
  EXPECT_EQ(as_text(must(read_file(kept, 100))), "garbage\n");
  EXPECT_THAT(event_types(), ElementsAre("events-restarted"));
  must(maintenance->rotate_root());
  std::filesystem::remove(log);
  EXPECT_TRUE(must(open()->restart_events()).empty());
  EXPECT_TRUE(must(must(find_device(state()))->check_events()).whole());
  expect_everything_kept();
}

TEST_F(MaintenanceTest, AChangeMeanwhileIsNoOlderCopyPutBack) {
  make();
  const auto device = must(find_device(state()));
  auto waiting = options();
  // Between finding the device and opening it, and once more while it is being opened.
  MigrationPolicy policy;
  policy.rest_days = 1;
  must(open()->set_policy(policy));
  waiting.progress = [this, changed = false](unsigned, unsigned) mutable {
    if (!changed) must(open()->set_policy({}));
    changed = true;
  };
  EXPECT_TRUE(device->open(waiting).ok());
}

TEST_F(MaintenanceTest, ThePolicyDecidesWhatHappensUnasked) {
  make();
  replace_network_card();
  EXPECT_EQ(open()->migrate_by_policy().error().code(), ErrorCode::refused);
  must(open()->set_policy({MigrationPolicy::Mode::within_margin, 2, 30}));
  auto maintenance = open();
  EXPECT_EQ(maintenance->policy().most_changes, 2U);
  EXPECT_TRUE(must(maintenance->migrate_by_policy()).needed);
  EXPECT_THAT(event_types(), Contains("migrated-by-policy"));
  expect_everything_kept();
  write("/sys/class/net/ens3f0/address", "3c:ec:ef:12:34:57\n");
  const auto again = open()->migrate_by_policy();
  ASSERT_FALSE(again.ok());
  EXPECT_THAT(again.error().message(), HasSubstr("30 days"));
}

TEST_F(MaintenanceTest, TheRecoveryCodeMovesADeviceToNewHardware) {
  make();
  std::filesystem::remove_all(sysroot());
  std::filesystem::copy(kMachines / "emmc-arm-board", sysroot(),
                        std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks);
  EXPECT_EQ(Maintenance::open(state(), options()).error().code(), ErrorCode::does_not_open);
  auto maintenance = must(Maintenance::open_with_recovery_code(state(), code_, options()));
  MigrationOptions migration;
  migration.low_entropy = LowEntropy::accepted;
  const auto done = must(maintenance->migrate(migration));
  EXPECT_FALSE(done.leaving.empty());
  expect_everything_kept();
}

TEST_F(MaintenanceTest, ANewRecoveryCodeTakesThePlaceOfTheOldOne) {
  make();
  const auto old = SecretBytes::copy_of(code_.expose(SecretAccess{}));
  copy_state("copy");
  must(open()->renew_recovery_code(delivery()));
  EXPECT_NE(text_of(old), text_of(code_));
  EXPECT_EQ(Maintenance::open_with_recovery_code(state(), old, options()).error().code(), ErrorCode::wrong_passphrase);
  EXPECT_TRUE(Maintenance::open_with_recovery_code(state(), code_, options()).ok());
  expect_everything_kept();
  // Who has the old code and a copy of the old file reads nothing that is sealed from now on.
  const auto fresh = seal(*open_device(), "sealed later");
  auto options_of_thief = options();
  options_of_thief.mark_folder = temporary_ / "other marks";
  const auto stolen = must(must(find_device(temporary_ / "copy"))->open(options_of_thief)).provider;
  EXPECT_EQ(unseal(*stolen, fresh).error().code(), ErrorCode::does_not_open);
  EXPECT_EQ(must(unseal(*open_device(), fresh)), "sealed later");
}

TEST_F(MaintenanceTest, ARecoveryCodeThatCannotBeDeliveredChangesNothing) {
  make();
  bool withdrawn = false;
  auto maintenance = open();
  const auto done = maintenance->renew_recovery_code(
      {[](const SecretBytes&) { return Result<void>(Error(ErrorCode::io, "no paper")); }, [&] { withdrawn = true; }});
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().message(), "no paper");
  EXPECT_FALSE(withdrawn);
  EXPECT_TRUE(Maintenance::open_with_recovery_code(state(), code_, options()).ok());
  EXPECT_EQ(must(find_device(state()))->info().generation, 1U);
}

TEST_F(MaintenanceTest, ARevokedRecoveryCodeOpensNothingMore) {
  make();
  must(open()->revoke_recovery_code());
  EXPECT_EQ(Maintenance::open_with_recovery_code(state(), code_, options()).error().code(), ErrorCode::not_found);
  EXPECT_EQ(open()->revoke_recovery_code().error().code(), ErrorCode::not_found);
  EXPECT_EQ(open()->info().epoch, 2U);
  expect_everything_kept();
}

TEST_F(MaintenanceTest, TheFirstRecoveryCodeNeedsNoNewRoot) {
  make(false);
  must(open()->renew_recovery_code(delivery()));
  EXPECT_EQ(open()->info().epoch, 1U);
  auto recovered = must(Maintenance::open_with_recovery_code(state(), code_, options()));
  must(recovered->note_recovery_test());
  EXPECT_THAT(event_types(), ElementsAre("anchor-created", "recovery-code-issued", "recovery-code-tested"));
}

TEST_F(MaintenanceTest, ARotationNeedsEveryFactorAsItWas) {
  make();
  replace_network_card();
  const auto refused = open()->rotate_root();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("migrate"));
  EXPECT_EQ(open()->info().epoch, 1U);
}

TEST_F(MaintenanceTest, AnEpochIsKeptWhileAKeyNeedsIt) {
  make();
  auto maintenance = open();
  must(maintenance->rotate_root());
  expect_everything_kept();
  const auto epochs = must(maintenance->list_epochs());
  ASSERT_EQ(epochs.size(), 2U);
  EXPECT_THAT(epochs[0].keys, ElementsAre("identity@1"));
  EXPECT_TRUE(epochs[1].newest);
  EXPECT_THAT(maintenance->drop_epoch(1).error().message(), HasSubstr("identity@1"));
  EXPECT_EQ(maintenance->drop_epoch(2).error().code(), ErrorCode::refused);
  EXPECT_EQ(maintenance->drop_epoch(3).error().code(), ErrorCode::not_found);
  {
    const auto provider = open_device();
    must(provider->rotate_key(name(), nullptr));
    must(provider->set_key_state({name(), KeyVersion{1}}, KeyState::destroyed));
  }
  must(maintenance->drop_epoch(1));
  const auto provider = open_device();
  EXPECT_EQ(unseal(*provider, sealed_).error().code(), ErrorCode::does_not_open);
  EXPECT_TRUE(provider->open_key({name()}, KeyUse::sign).ok());
  const auto left = must(provider->list_keys());
  ASSERT_EQ(left.size(), 2U) << "a tombstone outlives its epoch";
  EXPECT_EQ(left[0].info.value().state, KeyState::destroyed);
  EXPECT_EQ(left[1].info.value().id.text(), "identity@2");
}

TEST_F(MaintenanceTest, AnOldCopyPutBackIsToldAndAcceptedKnowingly) {
  make();
  copy_state("backup");
  must(open()->set_policy({MigrationPolicy::Mode::within_margin, 1, 7}));
  std::filesystem::remove_all(state());
  std::filesystem::rename(temporary_ / "backup", state());
  const auto refused = must(find_device(state()))->open(options());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("generation 2"));
  must(must(Maintenance::open(state(), options(), true))->accept_rollback());
  EXPECT_THAT(event_types(), ElementsAre("anchor-created", "recovery-code-issued", "rollback-accepted"));
  EXPECT_EQ(must(find_device(state()))->info().generation, 3U);
  expect_everything_kept();
}

TEST_F(MaintenanceTest, AnOldCopyThatOnlyTheRecoveryCodeOpensIsAcceptedWithIt) {
  make();
  copy_state("backup");
  must(open()->set_policy({MigrationPolicy::Mode::within_margin, 1, 7}));
  std::filesystem::remove_all(state());
  std::filesystem::rename(temporary_ / "backup", state());
  EXPECT_EQ(Maintenance::open_with_recovery_code(state(), code_, options()).error().code(), ErrorCode::refused);
  must(must(Maintenance::open_with_recovery_code(state(), code_, options(), true))->accept_rollback());
  EXPECT_EQ(must(find_device(state()))->info().generation, 3U);
  expect_everything_kept();
}

TEST_F(MaintenanceTest, AnAccountThatOnlyOpensItRemembersTheGenerationToo) {
  make();
  auto service = options();
  service.mark_folder = temporary_ / "marks of a service";
  copy_state("backup");
  must(open()->set_policy({MigrationPolicy::Mode::within_margin, 1, 7}));
  must(must(find_device(state()))->open(service));
  std::filesystem::remove_all(state());
  std::filesystem::rename(temporary_ / "backup", state());
  const auto refused = must(find_device(state()))->open(service);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message(), HasSubstr("generation 2 was in use here"));
}

TEST_F(MaintenanceTest, AFolderOfMarksOutOfReachStopsNobody) {
  make();
  auto service = options();
  write("/file", "no folder");
  service.mark_folder = std::filesystem::path(sysroot()) / "file" / "marks";
  must(must(find_device(state()))->open(service));
  must(must(Maintenance::open(state(), service))->set_policy({MigrationPolicy::Mode::within_margin, 1, 7}));
  expect_everything_kept();
}

TEST_F(MaintenanceTest, NothingNewIsMadeUnderARootThatWasReplacedMeanwhile) {
  make();
  const auto provider = open_device();
  const auto before = seal(*provider, "before");
  must(open()->set_policy({MigrationPolicy::Mode::within_margin, 1, 7}));
  (void)seal(*provider, "a change that keeps the root");
  must(open()->rotate_root());
  Bytes sealed(seal::max_sealed_size(5));
  seal::SealOptions sealing;
  sealing.suite = usual_suite(provider->profile());
  const auto refused = provider->seal_into(sealing, as_bytes("after"), sealed);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("(epoch 2 after 1)"));
  const auto other = KeyName::parse("other").value();
  const auto ed25519 = *crypto::find_key_algorithm("ed25519");
  EXPECT_EQ(provider->create_key({.name = other, .algorithm = ed25519}).error().code(), ErrorCode::refused);
  EXPECT_EQ(provider->rotate_key(name(), nullptr).error().code(), ErrorCode::refused);
  // What there is stays usable.
  EXPECT_EQ(must(unseal(*provider, before)), "before");
  EXPECT_TRUE(provider->open_key({name()}, KeyUse::sign).ok());
  EXPECT_TRUE(open_device()->create_key({.name = other, .algorithm = ed25519}).ok());
}

TEST_F(MaintenanceTest, AReplacedAnchorIsNoPlaceToPutThings) {
  make();
  const auto provider = open_device();
  std::filesystem::remove_all(state());
  make();
  const auto refused = provider->create_key(
      {.name = KeyName::parse("other").value(), .algorithm = *crypto::find_key_algorithm("ed25519")});
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message(), HasSubstr("another anchor"));
}

TEST_F(MaintenanceTest, APlanTellsOfThePassphraseThatIsMissing) {
  make();
  MigrationOptions wishes;
  wishes.new_passphrase = [] { return Result<SecretBytes>(SecretBytes::copy_of(as_bytes("correct horse battery"))); };
  must(open()->migrate(wishes));
  replace_network_card();
  auto recovered = must(Maintenance::open_with_recovery_code(state(), code_, options()));
  EXPECT_THAT(must(recovered->plan_migration({})).obstacles, ElementsAre(HasSubstr("needs its passphrase")));
  EXPECT_THAT(must(recovered->plan_migration(wishes)).obstacles, IsEmpty());
}

TEST_F(MaintenanceTest, ADeviceWithoutAnAnchorHasNothingToMaintain) {
  EXPECT_EQ(Maintenance::open(state(), options()).error().code(), ErrorCode::not_found);
}

}  // namespace
}  // namespace holdfast::trust
