// Changes, attempts inside them, and readings.
#include <gtest/gtest.h>

#include <future>

#include "registry/storage/test_support.hpp"

namespace holdfast::storage {
namespace {

using namespace test;
using domain::Transaction;

class Transactions : public StorageTest {
 protected:
  [[nodiscard]] std::vector<std::string> logged() {
    return read([](Transaction& from) {
      std::vector<std::string> texts;
      for (const auto& entry : must(from.log().entries(0, 1000))) texts.push_back(entry.text);
      return texts;
    });
  }
  [[nodiscard]] std::size_t owners() {
    return read([](Transaction& from) { return must(from.owners().list()).size(); });
  }
};
INSTANTIATE_TEST_SUITE_P(Storage, Transactions, testing::Values(Engine::sqlite, Engine::postgresql), name_of_engine);

using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(Transactions, AChangeThatFailsLeavesNothing) {
  const auto changed = database->change([&](Transaction& to) -> Result<void> {
    must(to.owners().add(sample_owner()));
    to.record(sample_event("owner.added"));
    return Error(ErrorCode::refused, "on second thoughts");
  });
  EXPECT_TRUE(failed(changed, ErrorCode::refused, "on second thoughts"));
  EXPECT_EQ(owners(), 0U);
  EXPECT_THAT(logged(), IsEmpty());
}

TEST_P(Transactions, AnExceptionIsAFailure) {
  const auto changed = database->change([&](Transaction& to) -> Result<void> {
    must(to.owners().add(sample_owner()));
    throw std::runtime_error("the rain");
  });
  EXPECT_TRUE(failed(changed, ErrorCode::internal, "the rain"));
  EXPECT_EQ(owners(), 0U);
}

TEST_P(Transactions, AnAttemptIsUndoneAlone) {
  change([&](Transaction& to) {
    must(to.owners().add(sample_owner("a")));
    to.record(sample_event("a"));
    const auto tried = to.attempt([&]() -> Result<void> {
      must(to.owners().add(sample_owner("b")));
      to.record(sample_event("b"));
      must(to.attempt([&]() -> Result<void> {
        to.record(sample_event("inner"));
        return to.owners().add(sample_owner("c"));
      }));
      return Error(ErrorCode::refused, "no");
    });
    EXPECT_TRUE(failed(tried, ErrorCode::refused, "no"));
    must(to.attempt([&] { return to.owners().add(sample_owner("d")); }));
    to.record(sample_event("d"));
  });
  EXPECT_EQ(owners(), 2U);
  EXPECT_THAT(logged(), ElementsAre("a", "d"));
}

TEST_P(Transactions, AConstraintFailsAnAttemptAndNotTheRest) {
  change([&](Transaction& to) {
    must(to.owners().add(sample_owner("a")));
    EXPECT_TRUE(failed(to.attempt([&] { return to.owners().add(sample_owner("a")); }), ErrorCode::refused));
    must(to.owners().add(sample_owner("b")));
  });
  EXPECT_EQ(owners(), 2U);
}

TEST_P(Transactions, WhoGoesOnAfterAFailedStatementFails) {
  const auto changed = database->change([&](Transaction& to) -> Result<void> {
    must(to.owners().add(sample_owner("a")));
    EXPECT_TRUE(failed(to.owners().add(sample_owner("a")), ErrorCode::refused, "there already"));
    EXPECT_TRUE(failed(to.owners().add(sample_owner("b")), ErrorCode::refused, "there already"));
    return {};
  });
  EXPECT_TRUE(failed(changed, ErrorCode::refused, "there already"));
  EXPECT_EQ(owners(), 0U);
}

TEST_P(Transactions, EventsAreSealedWithTheirChange) {
  const auto enrolled = enrol(*database);
  EXPECT_EQ(journal.sealed, 0);
  change([&](Transaction& to) {
    auto event = sample_event("identity.seen");
    event.identity = enrolled.identity.id;
    to.record(event);
    to.record(sample_event("other"));
  });
  EXPECT_EQ(journal.sealed, 1);
  EXPECT_EQ(journal.kept, 1);
  EXPECT_EQ(journal.forgotten, 0);
  const auto entries = read([&](Transaction& from) { return must(from.log().entries_of(enrolled.identity.id)); });
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].text, "identity.seen");
  EXPECT_EQ(entries[0].identity, enrolled.identity.id);
  EXPECT_EQ(read([](Transaction& from) { return must(from.log().checkpoint()); }), "size 2");
}

// The journal would refuse it when the others' changes are in the same transaction already.
TEST_P(Transactions, WhatNoEntryCanHoldFailsAlone) {
  change([&](Transaction& to) {
    const auto tried = to.attempt([&]() -> Result<void> {
      auto event = sample_event("a");
      event.details["reason"] = std::string(domain::kMaxEventSize, 'x');
      to.record(std::move(event));
      return to.owners().add(sample_owner());
    });
    EXPECT_TRUE(failed(tried, ErrorCode::usage, "at most 65535"));
    // As much as fits is let through, however it is written.
    auto event = sample_event("b");
    event.details["reason"] = std::string(domain::kMaxEventSize / 2, 'x');
    to.record(std::move(event));
  });
  EXPECT_EQ(owners(), 0U);
  EXPECT_THAT(logged(), ElementsAre("b"));
}

// An answer without a change may rest on one whose checkpoint has not been kept outside.
TEST_P(Transactions, NobodyIsAnsweredWhileTheOutsideIsBehind) {
  journal.is_behind = true;
  journal.fails_after_commit = true;
  EXPECT_TRUE(
      failed(database->change([](Transaction&) -> Result<void> { return {}; }), ErrorCode::io, "outside place"));
  journal.fails_after_commit = false;
  EXPECT_TRUE(succeeded(database->change([](Transaction&) -> Result<void> { return {}; })));
  journal.is_behind = false;
  EXPECT_TRUE(succeeded(database->change([](Transaction&) -> Result<void> { return {}; })));
  EXPECT_EQ(journal.sealed, 0);
  EXPECT_EQ(journal.kept, 2);  // tried, and done
}

TEST_P(Transactions, WhatTheJournalRefusesIsNotKept) {
  journal.refuses = true;
  const auto changed = database->change([&](Transaction& to) -> Result<void> {
    to.record(sample_event("a"));
    return to.owners().add(sample_owner());
  });
  EXPECT_TRUE(failed(changed, ErrorCode::refused, "the journal refuses it"));
  EXPECT_EQ(journal.forgotten, 1);
  EXPECT_EQ(owners(), 0U);
  journal.refuses = false;
  change([&](Transaction& to) { to.record(sample_event("b")); });
  EXPECT_THAT(logged(), ElementsAre("b"));
}

TEST_P(Transactions, WhatTheJournalRefusesOfOneIsNotRefusedToTheOthers) {
  journal.refuses_type = "bad";
  std::promise<void> queued;
  auto all_queued = queued.get_future();
  std::vector<std::promise<Result<void>>> answers(4);
  const auto submit = [&](std::size_t which, domain::Database::Work work) {
    database->change_async(std::move(work),
                           [&answers, which](Result<void> result) { answers[which].set_value(std::move(result)); });
  };
  // While this is done, the others wait, and then share a transaction.
  submit(0, [&](Transaction&) -> Result<void> {
    all_queued.wait();
    return {};
  });
  const auto recording = [](const std::string& type) {
    return [type](Transaction& to) -> Result<void> {
      to.record(sample_event(type));
      return to.owners().add(sample_owner(type + "@example.org"));
    };
  };
  submit(1, recording("good"));
  submit(2, recording("bad"));
  submit(3, [](Transaction& to) -> Result<void> {
    return to.owners().list().ok() ? Result<void>() : Error(ErrorCode::internal, "no");
  });
  queued.set_value();
  EXPECT_TRUE(succeeded(answers[0].get_future().get()));
  EXPECT_TRUE(succeeded(answers[1].get_future().get()));
  EXPECT_TRUE(failed(answers[2].get_future().get(), ErrorCode::refused, "the journal refuses this one"));
  EXPECT_TRUE(succeeded(answers[3].get_future().get()));
  EXPECT_EQ(owners(), 1U);
  EXPECT_THAT(logged(), ElementsAre("good"));
}

TEST_P(Transactions, NobodyIsAnsweredWellBeforeTheJournalHasKeptIt) {
  journal.fails_after_commit = true;
  const auto changed = database->change([&](Transaction& to) -> Result<void> {
    to.record(sample_event("a"));
    return {};
  });
  EXPECT_TRUE(failed(changed, ErrorCode::io, "outside place"));
  EXPECT_EQ(journal.forgotten, 0);
  EXPECT_THAT(logged(), ElementsAre("a"));
}

TEST_P(Transactions, WithoutAJournalNothingIsRecorded) {
  database.reset();
  database = must(open_database({.url = home.url(), .journal = nullptr, .batch = 1, .readers = 1}));
  const auto changed = database->change([&](Transaction& to) -> Result<void> {
    to.record(sample_event("a"));
    return to.owners().add(sample_owner());
  });
  EXPECT_TRUE(failed(changed, ErrorCode::internal, "no journal"));
  EXPECT_EQ(owners(), 0U);
}

TEST_P(Transactions, WhoReadsChangesNothing) {
  const auto written = database->read([](Transaction& from) { return from.owners().add(sample_owner()); });
  EXPECT_FALSE(written.ok());
  const auto recorded = database->read([](Transaction& from) -> Result<void> {
    from.record(sample_event("a"));
    return {};
  });
  EXPECT_TRUE(failed(recorded, ErrorCode::internal, "nothing can be written"));
  EXPECT_EQ(owners(), 0U);
}

TEST_P(Transactions, WhoReadsSeesOneState) {
  change([&](Transaction& to) { must(to.owners().add(sample_owner("a"))); });
  must(database->read([&](Transaction& from) -> Result<void> {
    EXPECT_EQ(must(from.owners().list()).size(), 1U);
    change([&](Transaction& to) { must(to.owners().add(sample_owner("b"))); });
    EXPECT_EQ(must(from.owners().list()).size(), 1U);
    return {};
  }));
  EXPECT_EQ(owners(), 2U);
}

TEST_P(Transactions, AChangeInsideAChangeIsAnErrorAndNoDeadlock) {
  const auto changed = database->change(
      [&](Transaction&) { return database->change([](Transaction& to) { return to.owners().add(sample_owner()); }); });
  EXPECT_TRUE(failed(changed, ErrorCode::internal, "cannot wait"));
}

}  // namespace
}  // namespace holdfast::storage
