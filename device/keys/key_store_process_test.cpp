// Several processes on one key folder, and processes that are killed while they write.
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "device/keys/test_support.hpp"
#include "tests/support/process.hpp"

namespace holdfast::keys {
namespace {

using holdfast::test::start_process;
using holdfast::test::wait_for;
using test::name;
using test::succeeded;
using test::TemporaryStore;

constexpr auto kEd25519 = crypto::KeyAlgorithm::ed25519;

enum Outcome { kCreated = 10, kRefused = 11, kFailed = 12 };

int create(const TemporaryStore& store, const std::string& key, KeyOrigin origin) {
  const auto made = store.create(key, kEd25519, origin);
  if (made.ok()) return kCreated;
  return made.error().code() == ErrorCode::refused ? kRefused : kFailed;
}

TEST(Processes, OneOfTwoGetsTheName) {
  for (int round = 0; round < 20; ++round) {
    const TemporaryStore store;
    // Both wait for the pipe to close, so that they start together.
    int gate[2];
    ASSERT_EQ(::pipe(gate), 0);
    const auto racer = [&] {
      ::close(gate[1]);
      char byte = 0;
      (void)!::read(gate[0], &byte, 1);
      return create(store, "device", KeyOrigin::random);
    };
    const pid_t one = start_process(racer);
    const pid_t two = start_process(racer);
    ::close(gate[0]);
    ::close(gate[1]);
    const std::vector<int> outcomes{wait_for(one), wait_for(two)};
    EXPECT_THAT(outcomes, testing::UnorderedElementsAre(kCreated, kRefused));
    const auto record = store->find({name("device")});
    ASSERT_TRUE(succeeded(record));
    EXPECT_TRUE(test::signs_for(*store, *record));
  }
}

TEST(Processes, TwoCreateFiftyKeysEachAtOnce) {
  constexpr int kEach = 50;
  const TemporaryStore store;
  const auto creator = [&](const std::string& prefix) {
    for (int i = 0; i < kEach; ++i) {
      if (create(store, prefix + std::to_string(i), KeyOrigin::derived) != kCreated) return 1;
    }
    return 0;
  };
  const pid_t one = start_process([&] { return creator("a"); });
  const pid_t two = start_process([&] { return creator("b"); });
  EXPECT_EQ(wait_for(one), 0);
  EXPECT_EQ(wait_for(two), 0);
  const auto listed = store->list().value();
  EXPECT_EQ(listed.size(), 2U * kEach);
  for (const auto& key : listed) EXPECT_TRUE(succeeded(key.record)) << key.file;
}

TEST(Processes, AKilledWriterLeavesNothingVisible) {
  const TemporaryStore store;
  std::size_t last = 0;
  for (int round = 0; round < 15; ++round) {
    const auto creator = [&] {
      for (int i = 0;; ++i) {
        if (create(store, "k" + std::to_string(round) + "-" + std::to_string(i), KeyOrigin::random) != kCreated)
          return 1;
      }
    };
    const pid_t child = start_process(creator);
    // No event to wait for: the moment of death shall be arbitrary.
    std::this_thread::sleep_for(std::chrono::milliseconds(3 + 7 * round));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    EXPECT_EQ(wait_for(child), -1);
    const auto listed = store->list().value();
    for (const auto& key : listed) ASSERT_TRUE(succeeded(key.record)) << key.file;
    EXPECT_GE(listed.size(), last);
    last = listed.size();
  }
  // The dead left neither a lock nor a name that stands in the way.
  EXPECT_TRUE(succeeded(store.create("after", kEd25519)));
}

TEST(Processes, AHalfWrittenTemporaryFileIsNoKey) {
  const TemporaryStore store;
  ASSERT_TRUE(succeeded(store.create("a", kEd25519)));
  const pid_t child = start_process([&] {
    auto file = AtomicFile::create(store.file("b@1.key"), 0600, Replace::refused);
    return file.ok() && file->write(as_bytes("holdfast-key-v1\n{")).ok() && ::kill(::getpid(), SIGKILL) == 0 ? 0 : 1;
  });
  EXPECT_EQ(wait_for(child), -1);
  EXPECT_EQ(store->list()->size(), 1U);
  EXPECT_TRUE(succeeded(store.create("b", kEd25519)));
}

}  // namespace
}  // namespace holdfast::keys
