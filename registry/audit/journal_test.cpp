#include "registry/audit/journal.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "registry/audit/test_support.hpp"

namespace holdfast::audit {
namespace {

using domain::LogEntry;
using domain::LogNode;
using test::must;
using testing::HasSubstr;

// What a database holds; copied, it is a backup.
struct Table {
  std::vector<LogEntry> entries;
  std::map<std::pair<unsigned, std::uint64_t>, domain::LogHash> nodes;
  std::optional<std::string> note;
};

class MemoryRows : public domain::LogRows {
 public:
  Table table;

  Result<std::uint64_t> size() override { return table.entries.size(); }
  Result<void> append(std::span<const LogEntry> entries, std::span<const LogNode> nodes) override {
    for (const auto& entry : entries) {
      EXPECT_EQ(entry.index, table.entries.size());
      table.entries.push_back(entry);
    }
    for (const auto& node : nodes) table.nodes.emplace(std::pair(node.row, node.index), node.hash);
    return {};
  }
  Result<std::vector<domain::LogHash>> nodes(unsigned row, std::uint64_t first, std::size_t count) override {
    std::vector<domain::LogHash> found;
    for (auto i = first; i < first + count; ++i) {
      const auto node = table.nodes.find({row, i});
      if (node == table.nodes.end()) return Error(ErrorCode::malformed, "there is no such hash");
      found.push_back(node->second);
    }
    return found;
  }
  Result<std::vector<LogEntry>> entries(std::uint64_t first, std::size_t count) override {
    const auto begin = table.entries.begin() + static_cast<std::ptrdiff_t>(first);
    return std::vector<LogEntry>(begin, begin + static_cast<std::ptrdiff_t>(count));
  }
  Result<std::vector<LogEntry>> entries_of(const domain::IdentityId&) override { return std::vector<LogEntry>(); }
  Result<std::optional<std::string>> checkpoint() override { return table.note; }
  Result<void> keep_checkpoint(std::uint64_t, const std::string& note) override {
    table.note = note;
    return {};
  }
};

domain::Event event(int number) {
  return {.at = Timestamp(std::chrono::seconds(1'750'000'000 + number)),
          .actor = "operator:anna",
          .type = "identity.enrolled",
          .identity = std::nullopt,
          .details = {{"name", "gate " + std::to_string(number)}}};
}

class Journals : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "journalXXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::filesystem::path place() const { return folder_ / "outside" / "checkpoint"; }
  LogSigner signer() { return {signer_.verifier(), signer_.sign()}; }
  // A change as storage makes it.
  static Result<void> change(EventJournal& journal, MemoryRows& rows, const std::vector<domain::Event>& events) {
    const Table before = rows.table;
    if (auto sealed = journal.seal(rows, events); !sealed.ok()) {
      rows.table = before;
      journal.forget();
      return sealed;
    }
    return journal.committed();
  }

  std::filesystem::path folder_;
  test::Signer signer_;
};

TEST_F(Journals, EveryChangeIsAnEntryUnderACheckpointThatIsAlsoKeptOutside) {
  CheckpointFile outside(place());
  EventJournal journal(signer(), outside);
  MemoryRows rows;
  int number = 0;
  for (const int batch : {1, 3, 255, 300, 1}) {
    std::vector<domain::Event> events;
    for (int i = 0; i < batch; ++i) events.push_back(event(number++));
    ASSERT_TRUE(change(journal, rows, events).ok());
    const auto checkpoint = must(open_checkpoint(signer_.verifier(), rows.table.note.value()));
    EXPECT_EQ(checkpoint.size, static_cast<std::uint64_t>(number));
    EXPECT_EQ(checkpoint.root, must(root_at(StoredRows(rows), checkpoint.size)));
    EXPECT_EQ(must(outside.load()), rows.table.note);
  }
  EXPECT_EQ(must(domain::parse_event(rows.table.entries.at(300).text)), event(300));
  struct stat info{};
  ASSERT_EQ(::stat(place().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0644U);
}

// The server has ended between commit and checkpoint, or could not keep it.
TEST_F(Journals, WhatWasCommittedAndNotKeptOutsideIsKeptBeforeAnybodyIsAnswered) {
  CheckpointFile outside(place());
  EventJournal journal(signer(), outside);
  MemoryRows rows;
  ASSERT_TRUE(change(journal, rows, {event(0)}).ok());
  EXPECT_EQ(must(journal.look_outside(rows)), domain::Outside::up_to_date);
  ASSERT_TRUE(journal.seal(rows, std::vector{event(1)}).ok());

  EventJournal successor(signer(), outside);
  EXPECT_EQ(must(successor.look_outside(rows)), domain::Outside::behind);
  ASSERT_TRUE(successor.committed().ok());
  EXPECT_EQ(must(outside.load()), rows.table.note);
  EXPECT_EQ(must(successor.look_outside(rows)), domain::Outside::up_to_date);
  ASSERT_TRUE(change(successor, rows, {event(2)}).ok());
}

TEST_F(Journals, ACheckpointOutsideThatIsAheadOrGoneIsNotReplaced) {
  CheckpointFile outside(place());
  EventJournal journal(signer(), outside);
  MemoryRows rows;
  ASSERT_TRUE(change(journal, rows, {event(0)}).ok());
  const Table backup = rows.table;
  ASSERT_TRUE(change(journal, rows, {event(1)}).ok());
  const auto ahead = must(outside.load());
  rows.table = backup;
  EventJournal restored(signer(), outside);
  EXPECT_EQ(must(restored.look_outside(rows)), domain::Outside::up_to_date);
  ASSERT_TRUE(restored.committed().ok());
  EXPECT_EQ(must(outside.load()), ahead);
  std::filesystem::remove(place());
  EXPECT_EQ(must(restored.look_outside(rows)), domain::Outside::up_to_date);
  EXPECT_EQ(must(outside.load()), std::nullopt);
}

TEST_F(Journals, NothingRecordedNothingSigned) {
  CheckpointFile outside(place());
  EventJournal journal(signer(), outside);
  MemoryRows rows;
  ASSERT_TRUE(change(journal, rows, {}).ok());
  EXPECT_FALSE(rows.table.note);
  EXPECT_EQ(must(outside.load()), std::nullopt);
}

TEST_F(Journals, AnOlderDatabaseIsRefusedByARunningAndByANewRegistry) {
  CheckpointFile outside(place());
  EventJournal journal(signer(), outside);
  MemoryRows rows;
  ASSERT_TRUE(change(journal, rows, {event(0), event(1)}).ok());
  const Table backup = rows.table;
  ASSERT_TRUE(change(journal, rows, {event(2)}).ok());
  const auto acknowledged = must(outside.load());

  rows.table = backup;
  EventJournal new_one(signer(), outside);
  for (auto* const writer : {&journal, &new_one}) {
    const auto refused = change(*writer, rows, {event(3)});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), ErrorCode::refused);
    EXPECT_THAT(refused.error().message(), HasSubstr("a log of 2 entries, and 3 were acknowledged"));
    EXPECT_EQ(rows.table.entries.size(), 2U);
  }
  EXPECT_EQ(check_extends(rows, signer_.verifier(), outside).error().code(), ErrorCode::refused);
  EXPECT_EQ(must(outside.load()), acknowledged);
}

TEST_F(Journals, AnotherPastIsRefusedHoweverLongItIs) {
  CheckpointFile outside(place());
  EventJournal journal(signer(), outside);
  MemoryRows rows;
  ASSERT_TRUE(change(journal, rows, {event(0), event(1)}).ok());

  CheckpointFile elsewhere(folder_ / "elsewhere");
  EventJournal forger(signer(), elsewhere);
  MemoryRows forged;
  ASSERT_TRUE(change(forger, forged, {event(0), event(7), event(8)}).ok());
  const auto refused = check_extends(forged, signer_.verifier(), outside);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message(), HasSubstr("another history than the 2 entries"));
}

TEST_F(Journals, ALogWithoutItsCheckpointOutsideIsRefused) {
  CheckpointFile outside(place());
  EventJournal journal(signer(), outside);
  MemoryRows rows;
  ASSERT_TRUE(change(journal, rows, {event(0)}).ok());
  std::filesystem::remove(place());
  const auto refused = change(journal, rows, {event(1)});
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message(), HasSubstr("is missing"));
}

TEST_F(Journals, ACheckpointOfAnotherSignerIsNoneOfThisLog) {
  CheckpointFile outside(place());
  EventJournal journal(signer(), outside);
  MemoryRows rows;
  ASSERT_TRUE(change(journal, rows, {event(0)}).ok());
  const test::Signer other(signer_.verifier().name());
  EXPECT_EQ(check_extends(rows, other.verifier(), outside).error().code(), ErrorCode::malformed);
}

// Killed between the commit and the answer: the database is ahead, and goes on.
TEST_F(Journals, ADatabaseThatIsAheadGoesOn) {
  CheckpointFile outside(place());
  EventJournal journal(signer(), outside);
  MemoryRows rows;
  ASSERT_TRUE(change(journal, rows, {event(0)}).ok());
  ASSERT_TRUE(journal.seal(rows, std::vector{event(1)}).ok());

  EventJournal next(signer(), outside);
  ASSERT_TRUE(change(next, rows, {event(2)}).ok());
  EXPECT_EQ(must(open_checkpoint(signer_.verifier(), must(outside.load()).value())).size, 3U);
}

TEST_F(Journals, TwoServersOverOneDatabaseTakeTurns) {
  CheckpointFile outside(place());
  EventJournal one(signer(), outside);
  EventJournal other(signer(), outside);
  MemoryRows rows;
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(change(i % 3 == 0 ? one : other, rows, {event(i)}).ok());
  const auto checkpoint = must(open_checkpoint(signer_.verifier(), rows.table.note.value()));
  EXPECT_EQ(checkpoint.size, 20U);
  EXPECT_EQ(checkpoint.root, must(root_at(StoredRows(rows), 20)));
}

// Five entries, of which a backup has the first two.
struct PutBack {
  explicit PutBack(EventJournal& journal) {
    MemoryRows rows;
    EXPECT_TRUE(journal.seal(rows, std::vector{event(0), event(1)}).ok() && journal.committed().ok());
    backup = rows.table;
    EXPECT_TRUE(journal.seal(rows, std::vector{event(2), event(3)}).ok() && journal.committed().ok());
    middle = {"", 4, must(root_at(StoredRows(rows), 4))};
    EXPECT_TRUE(journal.seal(rows, std::vector{event(4)}).ok() && journal.committed().ok());
    newest = rows.table;
  }
  Table backup;
  Table newest;
  Checkpoint middle;
};

TEST_F(Journals, TheSameEntriesAgainBringALogBack) {
  CheckpointFile outside(place());
  EventJournal journal(signer(), outside);
  const PutBack past(journal);
  MemoryRows rows;
  rows.table = past.backup;
  EXPECT_FALSE(change(journal, rows, {event(2), event(3), event(9)}).ok());
  EXPECT_FALSE(change(journal, rows, {event(2), event(3)}).ok());  // not all of them, and nobody said so
  ASSERT_TRUE(change(journal, rows, {event(2), event(3), event(4)}).ok());
  EXPECT_EQ(rows.table.nodes, past.newest.nodes);
  EXPECT_EQ(must(outside.load()), past.newest.note);
  EXPECT_TRUE(change(journal, rows, {event(5)}).ok());
}

TEST_F(Journals, PartOfALogComesBackWhereItIsExpectedAndGoesOnOnlyWithTheRest) {
  CheckpointFile outside(place());
  EventJournal journal(signer(), outside);
  const PutBack past(journal);
  MemoryRows rows;
  rows.table = past.backup;
  journal.expect({signer_.verifier().name(), past.middle.size, past.middle.root});
  EXPECT_FALSE(change(journal, rows, {event(2), event(9)}).ok());
  ASSERT_TRUE(change(journal, rows, {event(2), event(3)}).ok());
  EXPECT_EQ(must(outside.load()), past.newest.note);
  EXPECT_FALSE(change(journal, rows, {event(9)}).ok());
  ASSERT_TRUE(change(journal, rows, {event(4)}).ok());
  EXPECT_EQ(rows.table.nodes, past.newest.nodes);
}

TEST_F(Journals, ALossIsAcceptedOfThisCheckpointAlone) {
  CheckpointFile outside(place());
  EventJournal journal(signer(), outside);
  const PutBack past(journal);
  domain::Event loss = event(9);
  loss.type = "registry.loss-accepted";
  for (const std::string& given_up : {std::string(), past.backup.note.value(), past.newest.note.value()}) {
    MemoryRows rows;
    rows.table = past.backup;
    loss.details = {{"lost.checkpoint", given_up}};
    EXPECT_EQ(change(journal, rows, {loss}).ok(), given_up == past.newest.note) << given_up;
    if (given_up != past.newest.note) continue;
    EXPECT_EQ(must(outside.load()), rows.table.note);
    EXPECT_TRUE(change(journal, rows, {event(10)}).ok());
    rows.table = past.newest;  // and what was given up does not come back by itself
    EXPECT_FALSE(change(journal, rows, {event(11)}).ok());
  }
}

// Killed, or only slow, between the commit and keeping the checkpoint: meanwhile another server goes on.
TEST_F(Journals, ANewerCheckpointOfAnotherServerStays) {
  CheckpointFile outside(place());
  EventJournal slow(signer(), outside);
  EventJournal other(signer(), outside);
  MemoryRows rows;
  ASSERT_TRUE(change(other, rows, {event(0)}).ok());
  ASSERT_TRUE(slow.seal(rows, std::vector{event(1)}).ok());
  ASSERT_TRUE(change(other, rows, {event(2)}).ok());
  ASSERT_TRUE(slow.committed().ok());
  EXPECT_EQ(must(outside.load()), rows.table.note);
  ASSERT_TRUE(change(slow, rows, {event(3)}).ok());
  EXPECT_EQ(must(outside.load()), rows.table.note);

  // The same where it only looks.
  const Table before = rows.table;
  ASSERT_TRUE(slow.seal(rows, std::vector{event(4)}).ok());
  slow.forget();  // it was committed, and then the server ended
  EXPECT_EQ(must(slow.look_outside(rows)), domain::Outside::behind);
  ASSERT_TRUE(change(other, rows, {event(5)}).ok());
  ASSERT_TRUE(slow.committed().ok());
  EXPECT_EQ(must(outside.load()), rows.table.note);
}

// The database was put back under this server, and has as many entries again as it remembers.
TEST_F(Journals, AnotherHistoryOfTheSameLengthIsNoticed) {
  CheckpointFile outside(place());
  EventJournal journal(signer(), outside);
  const PutBack past(journal);
  domain::Event loss = event(9);
  loss.type = "registry.loss-accepted";
  loss.details = {{"lost.checkpoint", past.newest.note.value()}};
  EventJournal other(signer(), outside);
  MemoryRows rows;
  rows.table = past.backup;
  ASSERT_TRUE(change(other, rows, {loss, event(10), event(11)}).ok());
  ASSERT_EQ(rows.table.entries.size(), past.newest.entries.size());
  ASSERT_TRUE(change(journal, rows, {event(12)}).ok());
  const auto checkpoint = must(open_checkpoint(signer_.verifier(), rows.table.note.value()));
  EXPECT_EQ(checkpoint.root, must(root_at(StoredRows(rows), 6)));
  EXPECT_TRUE(check_extends(rows, signer_.verifier(), outside).ok());
}

TEST_F(Journals, WhatIsNotCommittedIsForgotten) {
  CheckpointFile outside(place());
  EventJournal journal(signer(), outside);
  MemoryRows rows;
  ASSERT_TRUE(change(journal, rows, {event(0)}).ok());
  const Table before = rows.table;
  ASSERT_TRUE(journal.seal(rows, std::vector{event(1), event(2)}).ok());
  rows.table = before;
  journal.forget();
  ASSERT_TRUE(change(journal, rows, {event(3)}).ok());
  const auto checkpoint = must(open_checkpoint(signer_.verifier(), rows.table.note.value()));
  EXPECT_EQ(checkpoint.size, 2U);
  EXPECT_EQ(checkpoint.root, must(root_at(StoredRows(rows), 2)));
}

}  // namespace
}  // namespace holdfast::audit
