// Many who change at once: in one process, and in several over one database.
#include <gtest/gtest.h>

#include <future>
#include <set>
#include <thread>

#include "registry/storage/test_support.hpp"

namespace holdfast::storage {
namespace {

using namespace test;
using domain::Transaction;

constexpr int kThreads = 16;
constexpr int kEach = 20;

class Concurrency : public StorageTest {
 protected:
  // The numbers of the log are without a gap, and each entry is there once.
  void expect_log(std::size_t size) {
    const auto entries = read([](Transaction& from) { return must(from.log().entries(0, 100'000)); });
    std::set<std::string> texts;
    for (const auto& entry : entries) {
      EXPECT_EQ(entry.index, texts.size());
      texts.insert(entry.text);
    }
    EXPECT_EQ(texts.size(), size);
  }
  [[nodiscard]] std::size_t owners() {
    return read([](Transaction& from) { return must(from.owners().list()).size(); });
  }
};
INSTANTIATE_TEST_SUITE_P(Storage, Concurrency, testing::Values(Engine::sqlite, Engine::postgresql), name_of_engine);

Result<void> add_owner(domain::Database& database, const std::string& key) {
  return database.change([&](Transaction& to) -> Result<void> {
    to.record(sample_event(key));
    return to.owners().add(sample_owner(key));
  });
}

TEST_P(Concurrency, EverybodyIsAnsweredOnceAndNoOneHarmsAnother) {
  std::atomic<int> succeeded_ones{0};
  std::atomic<int> refused_ones{0};
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < kEach; ++i) {
          // Every fourth wants a key that one of the others has.
          const int number = i % 4 == 3 ? i : thread * 1000 + i;
          const auto added = add_owner(*database, "owner-" + std::to_string(number));
          if (added.ok()) {
            ++succeeded_ones;
          } else {
            EXPECT_EQ(added.error().code(), ErrorCode::refused) << added.error().describe();
            ++refused_ones;
          }
        }
      });
    }
  }
  EXPECT_EQ(succeeded_ones + refused_ones, kThreads * kEach);
  EXPECT_EQ(succeeded_ones, kThreads * kEach * 3 / 4 + kEach / 4);
  EXPECT_EQ(owners(), static_cast<std::size_t>(succeeded_ones));
  expect_log(static_cast<std::size_t>(succeeded_ones));
  EXPECT_EQ(journal.sealed, journal.kept);
}

TEST_P(Concurrency, ChangesShareATransaction) {
  std::promise<void> first_runs;
  std::promise<void> go;
  std::atomic<int> done{0};
  const auto count = [&](Result<void> result) { done += result.ok() ? 1 : 100; };
  database->change_async(
      [&](Transaction&) -> Result<void> {
        first_runs.set_value();
        go.get_future().wait();
        return {};
      },
      count);
  first_runs.get_future().wait();
  for (int i = 0; i < 20; ++i) {
    database->change_async(
        [i](Transaction& to) -> Result<void> {
          to.record(sample_event("event-" + std::to_string(i)));
          return {};
        },
        count);
  }
  go.set_value();
  database.reset();  // waits for all of them
  EXPECT_EQ(done, 21);
  EXPECT_EQ(journal.sealed, 1);
  database = open();
  expect_log(20);
}

TEST_P(Concurrency, WhereTheTransactionIsLostAllAreToldSo) {
  journal.refuses = true;
  std::vector<std::future<Result<void>>> answers;
  for (int i = 0; i < kThreads; ++i) {
    answers.push_back(std::async(std::launch::async, [&, i] { return add_owner(*database, std::to_string(i)); }));
  }
  for (auto& answer : answers) EXPECT_TRUE(failed(answer.get(), ErrorCode::refused, "the journal refuses it"));
  EXPECT_EQ(owners(), 0U);
  EXPECT_EQ(journal.forgotten, journal.sealed);
}

// As with several servers of one registry: each has its own sessions and its own journal.
TEST_P(Concurrency, SeveralRegistriesAppendOneAfterAnother) {
  constexpr int kRegistries = 3;
  std::vector<std::jthread> threads;
  for (int registry = 0; registry < kRegistries; ++registry) {
    threads.emplace_back([&, registry] {
      CountingJournal own_journal;
      const auto own = must(open_database({.url = home.url(), .journal = &own_journal, .batch = 8, .readers = 1}));
      for (int i = 0; i < kEach; ++i) {
        EXPECT_TRUE(succeeded(add_owner(*own, std::to_string(registry) + "-" + std::to_string(i))));
      }
    });
  }
  threads.clear();
  EXPECT_EQ(owners(), static_cast<std::size_t>(kRegistries * kEach));
  expect_log(static_cast<std::size_t>(kRegistries * kEach));
}

TEST_P(Concurrency, ManyReadAtOnce) {
  const auto enrolled = enrol(*database);
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        EXPECT_TRUE(succeeded(database->read([&](Transaction& from) -> Result<void> {
          EXPECT_TRUE(must(from.certificates().find(enrolled.certificate.serial)));
          return {};
        })));
      }
    });
  }
}

}  // namespace
}  // namespace holdfast::storage
