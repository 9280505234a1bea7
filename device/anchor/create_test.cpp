#include "device/anchor/create.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include "core/file.hpp"
#include "core/folder_group.hpp"
#include "device/anchor/assurance.hpp"
#include "device/anchor/open.hpp"
#include "device/anchor/test_support.hpp"

namespace holdfast::anchor {
namespace {

using test::change;
using test::hide;
using test::machine;
using test::must;
using test::request_for;
using test::root_of;
using test::secret;
using test::TemporaryFolder;
using test::text_of;

mode_t mode_of(const std::filesystem::path& path) {
  struct stat info{};
  EXPECT_EQ(::lstat(path.c_str(), &info), 0) << path;
  return info.st_mode & 0777;
}

TEST(CreateAnchor, LeavesAPrivateFolderThatOpensAgain) {
  const TemporaryFolder temporary;
  const auto device = machine(3);
  const auto folder = must(StateFolder::create(temporary.path() / "deep" / "state"));
  const auto file = must(create_anchor(folder, request_for(device, 2)));
  EXPECT_EQ(mode_of(folder.path()), 0700U);
  EXPECT_EQ(mode_of(folder.path().parent_path()), 0700U) << "which may come to be a state folder itself";
  EXPECT_EQ(mode_of(folder.anchor_file()), 0600U);
  EXPECT_EQ(mode_of(folder.event_file()), 0600U);
  const auto again = must(StateFolder::open(folder.path()));
  const auto opened = must(open_with_fingerprint(must(again.load_anchor()), {&device, nullptr}, Search::first_subset));
  EXPECT_EQ(opened.file.id, file.id);
  const auto events = must(again.load_events(opened.file.events));
  ASSERT_EQ(events.events().size(), 1U);
  EXPECT_EQ(events.events()[0].type, "anchor-created");
}

TEST(CreateAnchor, TwoAnchorsOfOneMachineHaveNothingInCommon) {
  const TemporaryFolder temporary;
  const auto device = machine(2);
  Bytes roots[2];
  Bytes files[2];
  for (int i = 0; i < 2; ++i) {
    const auto folder = must(StateFolder::create(temporary.path() / std::to_string(i)));
    must(create_anchor(folder, request_for(device, 2)));
    files[i] = must(read_file(folder.anchor_file(), kMaxAnchorFileSize));
    roots[i] =
        root_of(must(open_with_fingerprint(must(folder.load_anchor()), {&device, nullptr}, Search::first_subset)));
  }
  EXPECT_NE(roots[0], roots[1]);
  EXPECT_NE(files[0], files[1]);
}

TEST(CreateAnchor, RefusesASecondAnchorAndWhatAnEarlierOneLeft) {
  const TemporaryFolder temporary;
  const auto device = machine(2);
  const auto path = temporary.path() / "state";
  const auto folder = must(StateFolder::create(path));
  must(create_anchor(folder, request_for(device, 2)));
  const auto before = must(read_file(folder.anchor_file(), kMaxAnchorFileSize));
  const auto events_before = must(read_file(folder.event_file(), 4096));
  EXPECT_EQ(StateFolder::create(path).error().code(), ErrorCode::refused);
  // One that looked before the other was done: nothing of the first is touched, its log included.
  EXPECT_EQ(create_anchor(folder, request_for(device, 2)).error().code(), ErrorCode::refused);
  EXPECT_EQ(must(read_file(folder.anchor_file(), kMaxAnchorFileSize)), before);
  EXPECT_EQ(must(read_file(folder.event_file(), 4096)), events_before);

  std::filesystem::remove(folder.anchor_file());
  std::filesystem::create_directory(folder.keys_folder());
  const auto left = StateFolder::create(path);
  ASSERT_FALSE(left.ok());
  EXPECT_NE(left.error().message().find("keys"), std::string::npos);
}

TEST(CreateAnchor, GoesOnWhereAnAttemptForTheSameGroupWasCutShort) {
  const TemporaryFolder temporary;
  const auto path = temporary.path() / "state";
  const auto group = name_of_group(::getegid());
  must(StateFolder::create(path, group));
  ASSERT_TRUE(write_file_atomically(path / "lock", {}, 0640, Replace::refused).ok());
  ASSERT_TRUE(write_file_atomically(path / "events", as_bytes("begun\n"), 0640, Replace::refused).ok());
  const auto device = machine(2);
  const auto folder = must(StateFolder::create(path, group));
  ASSERT_TRUE(folder.group());
  must(create_anchor(folder, request_for(device, 2)));
  EXPECT_EQ(mode_of(path), 0750U);
  EXPECT_EQ(mode_of(folder.anchor_file()), 0640U);
}

TEST(CreateAnchor, SharesNoFolderThatIsInUse) {
  const TemporaryFolder temporary;
  const auto path = temporary.path() / "state";
  const auto group = name_of_group(::getegid());
  for (const mode_t mode : {0700, S_ISGID | 0770}) {
    SCOPED_TRACE(mode);
    std::filesystem::create_directory(path);
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    ASSERT_TRUE(write_file_atomically(path / "mine", {}, 0600, Replace::refused).ok());
    const auto refused = StateFolder::create(path, group);
    ASSERT_FALSE(refused.ok());
    EXPECT_NE(refused.error().message().find("is in use"), std::string::npos) << refused.error().message();
    std::filesystem::remove_all(path);
  }
}

TEST(CreateAnchor, LeavesNoAnchorWhenTheRecoveryCodeCannotBeDelivered) {
  const TemporaryFolder temporary;
  const auto device = machine(2);
  const auto folder = must(StateFolder::create(temporary.path() / "state"));
  auto request = request_for(device, 2);
  request.deliver_recovery_code = [](const SecretBytes&) { return Result<void>(Error(ErrorCode::io, "no paper")); };
  const auto made = create_anchor(folder, request);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().message(), "no paper");
  EXPECT_EQ(StateFolder::open(folder.path()).error().code(), ErrorCode::not_found);
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    EXPECT_EQ(entry.path().filename().string().find(".tmp"), std::string::npos) << entry.path();
  }
}

TEST(CreateAnchor, OpensWithTheDeliveredRecoveryCodeAfterAllHardwareChanged) {
  const TemporaryFolder temporary;
  const auto device = machine(2);
  const auto folder = must(StateFolder::create(temporary.path() / "state"));
  auto request = request_for(device, 2);
  std::string code;
  request.deliver_recovery_code = [&](const SecretBytes& text) {
    code = text_of(text);
    return Result<void>();
  };
  must(create_anchor(folder, request));
  const auto by_code = must(open_with_recovery_code(must(folder.load_anchor()), secret(code)));
  const auto by_device =
      must(open_with_fingerprint(must(folder.load_anchor()), {&device, nullptr}, Search::first_subset));
  EXPECT_EQ(root_of(by_code), root_of(by_device));
}

TEST(CreateAnchor, TellsDriftApartByKindAndCountsTheMargin) {
  const TemporaryFolder temporary;
  const auto device = machine(5);
  const auto folder = must(StateFolder::create(temporary.path() / "state"));
  must(create_anchor(folder, request_for(device, 2)));
  auto today = machine(6);
  change(today, 0);
  hide(today, 1);
  today.attributes.erase(today.attributes.begin() + 2);
  const auto opened = must(open_with_fingerprint(must(folder.load_anchor()), {&today, nullptr}, Search::all_subsets));
  const auto report = must(drift_of(opened, today));
  std::map<std::string, DriftKind> kinds;
  for (const auto& drift : report.drift) kinds[drift.name] = drift.kind;
  EXPECT_EQ(kinds, (std::map<std::string, DriftKind>{{"a0", DriftKind::changed},
                                                     {"a1", DriftKind::unavailable},
                                                     {"a2", DriftKind::vanished},
                                                     {"a5", DriftKind::appeared}}));
  EXPECT_EQ(report.margin, 0U);  // a3 and a4 are what is left of a quorum of two
}

TEST(CreateAnchor, RefusesAnAttributeThatChangesFromReadingToReading) {
  const TemporaryFolder temporary;
  const auto device = machine(3);
  const auto folder = must(StateFolder::create(temporary.path() / "state"));
  auto request = request_for(device, 2);
  request.read_again = [] {
    auto again = machine(3);
    change(again, 2);
    return Result<fingerprint::Fingerprint>(std::move(again));
  };
  const auto made = create_anchor(folder, request);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code(), ErrorCode::refused);
  EXPECT_NE(made.error().message().find("'a2' changes"), std::string::npos) << made.error().message();
  EXPECT_FALSE(StateFolder::open(folder.path()).ok());
}

TEST(CreateAnchor, SetsTheEventLogOfALostAnchorAside) {
  const TemporaryFolder temporary;
  const auto device = machine(2);
  const auto folder = must(StateFolder::create(temporary.path() / "state"));
  must(create_anchor(folder, request_for(device, 2)));
  const auto old = must(read_file(folder.event_file(), 4096));
  std::filesystem::remove(folder.anchor_file());
  const auto file = must(create_anchor(folder, request_for(device, 2)));
  EXPECT_EQ(must(read_file(folder.event_file().string() + ".before-" + file.id.hex(), 4096)), old);
}

TEST(CheckEntropy, RefusesBelowTheFloorAndSaysWhatWouldHelp) {
  fingerprint::QuorumPlan plan;
  plan.weakest_bits = 56;
  plan.total_bits = 56;
  const auto refused = check_entropy(plan, nullptr, LowEntropy::refused);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::refused);
  for (const char* part : {"56 bits", "8 fewer", "--passphrase-file", "--credfile", "--accept-low-entropy"}) {
    EXPECT_NE(refused.error().message().find(part), std::string::npos) << part;
  }
  EXPECT_EQ(refused.error().message().find("--quorum"), std::string::npos);
  plan.total_bits = 80;
  EXPECT_NE(check_entropy(plan, nullptr, LowEntropy::refused).error().message().find("--quorum"), std::string::npos);

  EXPECT_TRUE(check_entropy(plan, nullptr, LowEntropy::accepted).ok());
  const auto passphrase = secret("correct horse battery");
  EXPECT_TRUE(check_entropy(plan, &passphrase, LowEntropy::refused).ok());
  const auto short_one = secret("short");
  EXPECT_FALSE(check_entropy(plan, &short_one, LowEntropy::refused).ok());
  plan.weakest_bits = 64;
  EXPECT_TRUE(check_entropy(plan, nullptr, LowEntropy::refused).ok());
}

TEST(CreateAnchor, TakesTheStrongPresetWhereGuessingIsCheaper) {
  const TemporaryFolder temporary;
  const auto device = machine(2);
  auto request = request_for(device, 2);
  const auto standard = must(create_anchor(must(StateFolder::create(temporary.path() / "a")), request));
  EXPECT_EQ(standard.fingerprint_slot()->costs, crypto::StretchCosts(crypto::kArgon2Standard));
  EXPECT_FALSE(standard.low_entropy_accepted);
  request.plan.weakest_bits = 40;
  request.low_entropy = LowEntropy::accepted;
  const auto low = must(create_anchor(must(StateFolder::create(temporary.path() / "b")), request));
  EXPECT_EQ(low.fingerprint_slot()->costs, crypto::StretchCosts(crypto::kArgon2Strong));
  EXPECT_TRUE(low.low_entropy_accepted);
  EXPECT_FALSE(assess(low).warnings.empty());
  const auto passphrase = secret("correct horse battery");
  request = request_for(device, 2);
  request.passphrase = &passphrase;
  const auto strong = must(create_anchor(must(StateFolder::create(temporary.path() / "c")), request));
  EXPECT_EQ(strong.fingerprint_slot()->costs, crypto::StretchCosts(crypto::kArgon2Strong));
}

TEST(CreateAnchor, RefusesMoreSubsetsThanASearchMayTry) {
  const TemporaryFolder temporary;
  const auto device = machine(12);
  const auto made = create_anchor(must(StateFolder::create(temporary.path() / "state")), request_for(device, 6));
  ASSERT_FALSE(made.ok());
  EXPECT_NE(made.error().message().find("924 combinations"), std::string::npos);
}

TEST(StateFolder, RefusesWhatOthersCanEnter) {
  const TemporaryFolder temporary;
  const auto device = machine(2);
  const auto folder = must(StateFolder::create(temporary.path() / "state"));
  must(create_anchor(folder, request_for(device, 2)));
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0750));
  EXPECT_EQ(StateFolder::open(folder.path()).error().code(), ErrorCode::refused);
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0700));
  std::filesystem::permissions(folder.anchor_file(), std::filesystem::perms(0644));
  const auto open_file = StateFolder::open(folder.path());
  ASSERT_FALSE(open_file.ok());
  EXPECT_NE(open_file.error().message().find("chmod 600"), std::string::npos);
  EXPECT_EQ(StateFolder::open(temporary.path() / "nowhere").error().code(), ErrorCode::not_found);
}

}  // namespace
}  // namespace holdfast::anchor
