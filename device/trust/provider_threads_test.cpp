// Many threads, providers and processes on one device at once.
#include <atomic>
#include <functional>
#include <latch>
#include <map>
#include <thread>
#include <vector>

#include "core/folder_lock.hpp"
#include "device/seal/stream_test_support.hpp"
#include "device/trust/test_support.hpp"
#include "tests/support/process.hpp"

namespace holdfast::trust {
namespace {

using crypto::KeyAlgorithm;
using holdfast::test::start_process;
using holdfast::test::wait_for;
using test::key;
using test::name;
using test::SoftwareDevice;
using test::succeeded;
using test::works;

constexpr int kThreads = 4;
constexpr int kRounds = 12;

/// Runs `work(0)` to `work(threads - 1)`, each on a thread of its own, all at once.
void on_threads(int threads, const std::function<void(int)>& work) {
  std::latch together(threads);
  std::vector<std::jthread> running;
  for (int i = 0; i < threads; ++i) {
    running.emplace_back([&, i] {
      together.arrive_and_wait();
      work(i);
    });
  }
}

/// What happened in the threads, of which GoogleTest hears when they are done.
struct Tally {
  std::atomic<int> counted = 0;
  std::atomic<int> rotated = 0;
  std::atomic<int> wrong = 0;

  /// Losing a race, or finding a key disabled, is no fault; anything else is.
  template <typename T>
  bool fine(const Result<T>& result) {
    if (!result.ok() && result.error().code() != ErrorCode::refused) ++wrong;
    return result.ok();
  }
  void must(bool holds) {
    if (!holds) ++wrong;
  }
};

// A round of everything that changes or reads, on a key that all share and one that nobody else has.
void work_on(Provider& provider, const std::string& own, int round, Tally& tally) {
  const auto own_name = name(own + "-" + std::to_string(round));
  tally.must(provider.create_key({.name = own_name, .algorithm = KeyAlgorithm::ed25519}).ok());
  tally.must(static_cast<bool>(works(provider, {own_name}, KeyUse::sign)));
  if (tally.fine(provider.rotate_key(name("shared"), {}))) ++tally.rotated;
  if (const auto opened = provider.open_key(key("shared"), KeyUse::sign); tally.fine(opened)) {
    // Open keys stay of use whatever happens to the file.
    const auto signs = test::signs(**opened);
    tally.must(signs.ok() && *signs);
  }
  const auto state = round % 2 == 0 ? KeyState::disabled : KeyState::active;
  tally.must(provider.set_key_state(key("flips"), state).ok());
  (void)tally.fine(provider.find_key(key("flips")));
  const auto listed = provider.list_keys();
  tally.must(listed.ok() && std::ranges::all_of(*listed, [](const auto& each) { return each.info.ok(); }));
  const auto before = provider.read_counter();
  const auto counted = provider.increment_counter();
  tally.must(before.ok() && counted.ok() && *counted > *before);
  if (counted.ok()) ++tally.counted;
}

void make_common_keys(Provider& provider) {
  for (const auto* const id : {"shared", "flips"}) {
    ASSERT_TRUE(succeeded(provider.create_key({.name = name(id), .algorithm = KeyAlgorithm::ed25519})));
  }
}

/// Every file is a key, and the versions of each name count up from 1 without gaps.
std::map<std::string, std::uint32_t> versions_in(const Provider& provider) {
  std::map<std::string, std::uint32_t> versions;
  const auto all = provider.list_keys().value();
  for (const auto& listed : all) {
    EXPECT_TRUE(succeeded(listed.info)) << listed.place;
    if (!listed.info.ok()) continue;
    auto& newest = versions[listed.info->id.name.text()];
    EXPECT_EQ(listed.info->id.version.number, newest + 1) << listed.place;
    newest = listed.info->id.version.number;
  }
  return versions;
}

void expect_whole(const Provider& provider, int workers, int counted, int rotated) {
  auto versions = versions_in(provider);
  EXPECT_EQ(versions.size(), static_cast<std::size_t>(workers * kRounds) + 2);
  EXPECT_EQ(versions["shared"], static_cast<std::uint32_t>(rotated) + 1);
  EXPECT_EQ(versions["flips"], 1U);
  EXPECT_EQ(provider.read_counter().value(), static_cast<std::uint64_t>(counted));
  EXPECT_TRUE(works(provider, key("shared"), KeyUse::sign));
}

TEST(Threads, ShareOneProvider) {
  const SoftwareDevice device;
  const auto provider = device.open();
  make_common_keys(*provider);
  Tally tally;
  on_threads(kThreads, [&](int thread) {
    for (int round = 0; round < kRounds; ++round) work_on(*provider, "t" + std::to_string(thread), round, tally);
  });
  EXPECT_EQ(tally.wrong, 0);
  EXPECT_EQ(tally.counted, kThreads * kRounds);
  EXPECT_GT(tally.rotated, 0);
  expect_whole(*provider, kThreads, tally.counted, tally.rotated);
}

TEST(Threads, HaveAProviderEach) {
  const SoftwareDevice device;
  make_common_keys(*device.open());
  Tally tally;
  on_threads(kThreads, [&](int thread) {
    const auto provider = device.open();
    for (int round = 0; round < kRounds; ++round) work_on(*provider, "t" + std::to_string(thread), round, tally);
  });
  EXPECT_EQ(tally.wrong, 0);
  EXPECT_EQ(tally.counted, kThreads * kRounds);
  expect_whole(*device.open(), kThreads, tally.counted, tally.rotated);
}

TEST(Threads, ShareOneOpenKey) {
  const SoftwareDevice device;
  const auto provider = device.open();
  for (const auto algorithm : {KeyAlgorithm::ecdsa_p256, KeyAlgorithm::ml_dsa_44, KeyAlgorithm::x25519,
                               KeyAlgorithm::ml_kem_768, KeyAlgorithm::x25519_ml_kem_768, KeyAlgorithm::aes_256}) {
    const auto id = name(crypto::row_of(algorithm).name);
    const auto info = provider->create_key({.name = id, .algorithm = algorithm});
    ASSERT_TRUE(succeeded(info));
    const auto use = *info->uses.begin();
    const auto opened = provider->open_key({id}, use).value();
    Tally tally;
    on_threads(kThreads, [&](int) {
      for (int round = 0; round < kRounds; ++round) {
        const auto tried = test::try_out(*opened, use);
        tally.must(tried.ok() && *tried);
      }
    });
    EXPECT_EQ(tally.wrong, 0) << id.text();
  }
}

TEST(Threads, OneOfManyGetsTheName) {
  const SoftwareDevice device;
  const auto provider = device.open();
  for (int round = 0; round < kRounds; ++round) {
    const auto id = name("k" + std::to_string(round));
    std::atomic<int> made = 0;
    Tally tally;
    on_threads(kThreads, [&](int) {
      if (tally.fine(
              provider->create_key({.name = id, .algorithm = KeyAlgorithm::ed25519, .origin = KeyOrigin::random})))
        ++made;
    });
    EXPECT_EQ(made, 1);
    EXPECT_EQ(tally.wrong, 0);
    EXPECT_TRUE(works(*provider, {id}, KeyUse::sign));
  }
}

// Each reader below would give up with an error if it waited for the lock, which is held all the time.
TEST(Readers, NeverWaitForAWriter) {
  const SoftwareDevice device;
  const auto provider = device.open();
  make_common_keys(*provider);
  ASSERT_TRUE(succeeded(provider->increment_counter()));
  auto lock = FolderLock::acquire(device.state());
  ASSERT_TRUE(succeeded(lock));
  std::atomic<bool> written = false;
  std::jthread writer([&] { written = provider->increment_counter().ok(); });
  on_threads(kThreads, [&](int) {
    EXPECT_TRUE(works(*provider, key("shared"), KeyUse::sign));
    EXPECT_EQ(provider->list_keys()->size(), 2U);
    EXPECT_TRUE(succeeded(provider->find_key(key("flips"))));
    EXPECT_EQ(provider->read_counter().value(), 1U);
    EXPECT_TRUE(succeeded(provider->attest(key("shared"), Bytes(16))));
    EXPECT_TRUE(test::failed(provider->load_certificate(key("shared")), ErrorCode::not_found, "no certificate"));
    EXPECT_TRUE(succeeded(provider->create_ephemeral_key(KeyAlgorithm::ed25519, KeyUse::sign)));
    const auto in = seal::test::file_with(as_bytes("a few words"));
    const auto out = seal::test::file_with({});
    EXPECT_TRUE(succeeded(provider->seal({}, {.in = in.get(), .in_name = "in", .out = out.get(), .out_name = "out"})));
  });
  EXPECT_FALSE(written);
  {
    const auto released = std::move(lock).value();
  }
  writer.join();
  EXPECT_TRUE(written);
  EXPECT_EQ(provider->read_counter().value(), 2U);
}

constexpr int kProcesses = 3;
constexpr int kFailed = 255;

TEST(Processes, OfManyThreadsShareADevice) {
  constexpr int kThreadsEach = 2;
  const SoftwareDevice device;
  const auto provider = device.open();
  make_common_keys(*provider);
  std::vector<pid_t> children;
  for (int process = 0; process < kProcesses; ++process) {
    children.push_back(start_process([&] {
      const auto mine = device.open();
      Tally tally;
      on_threads(kThreadsEach, [&](int thread) {
        const auto own = "p" + std::to_string(process) + "t" + std::to_string(thread);
        for (int round = 0; round < kRounds; ++round) work_on(*mine, own, round, tally);
      });
      const bool fine = tally.wrong == 0 && tally.counted == kThreadsEach * kRounds;
      return fine ? tally.rotated.load() : kFailed;
    }));
  }
  int rotated = 0;
  for (const auto child : children) {
    const int status = wait_for(child);
    EXPECT_TRUE(status >= 0 && status <= kThreadsEach * kRounds) << status;
    rotated += status;
  }
  expect_whole(*provider, kProcesses * kThreadsEach, kProcesses * kThreadsEach * kRounds, rotated);
}

}  // namespace
}  // namespace holdfast::trust
