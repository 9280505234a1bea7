// What goes wrong around a database: processes killed, disks full, servers restarted, transactions that have to be
// done again.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <array>
#include <thread>

#include "registry/storage/postgres_test_support.hpp"
#include "registry/storage/test_support.hpp"
#include "tests/support/process.hpp"

namespace holdfast::storage {
namespace {

using namespace test;
using domain::Transaction;

class Faults : public StorageTest {
 protected:
  [[nodiscard]] Result<void> add_owner(const std::string& key) {
    return database->change([&](Transaction& to) -> Result<void> {
      to.record(sample_event(key));
      return to.owners().add(sample_owner(key));
    });
  }
  [[nodiscard]] bool has_owner(const std::string& key) {
    return read(
        [&](Transaction& from) { return must(from.owners().find_by_key(domain::OwnerKind::person, key)).has_value(); });
  }
};
INSTANTIATE_TEST_SUITE_P(Storage, Faults, testing::Values(Engine::sqlite, Engine::postgresql), name_of_engine);

TEST(Unreachable, ADatabaseThatCannotBeReachedSaysWhyAndNeverItsPassword) {
  const auto why = [](const std::string& url) {
    const auto opened = Session::open(must(parse_place(url)), Access::write);
    return opened.ok() ? "it opened" : opened.error().message();
  };
  const std::string server = must(parse_place(PostgresServer::shared().new_database())).where;
  const auto host = server.substr(server.find("host="), server.find('&', server.find("host=")) - server.find("host="));
  const auto missing = why("postgresql://holdfast:geheim@/nowhere?" + host);
  EXPECT_THAT(missing, testing::HasSubstr("\"nowhere\" does not exist"));
  const auto nobody = why("postgresql://nobody:geheim@/postgres?" + host);
  EXPECT_THAT(nobody, testing::HasSubstr("role \"nobody\" does not exist"));
  const auto absent = why("postgresql://holdfast:geheim@/postgres?host=/nonexistent");
  EXPECT_THAT(absent, testing::HasSubstr("No such file or directory"));
  const auto port = why("postgresql://holdfast:geheim/x@localhost:1/postgres");
  EXPECT_THAT(port, testing::HasSubstr("database.url"));
  for (const auto& message : {missing, nobody, absent, port}) {
    EXPECT_THAT(message, testing::Not(testing::HasSubstr("geheim"))) << message;
  }
}

// Adds owners and writes the number of each that was answered, until it is killed.
int add_owners_and_tell(const std::string& url, int tell) {
  CountingJournal journal;
  const auto database = must(open_database({.url = url, .journal = &journal, .batch = 8, .readers = 1}));
  for (std::uint32_t i = 0;; ++i) {
    const auto key = std::to_string(i);
    const auto added = database->change([&](Transaction& to) -> Result<void> {
      to.record(sample_event(key));
      return to.owners().add(sample_owner(key));
    });
    if (!added.ok() || ::write(tell, &i, sizeof i) != sizeof i) return 1;
  }
}

TEST_P(Faults, WhatWasAnsweredOutlivesAKilledProcess) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  database.reset();
  const pid_t child = holdfast::test::start_process([&] { return add_owners_and_tell(home.url(), pipe[1]); });
  ::close(pipe[1]);
  std::uint32_t answered = 0;
  while (answered < 30) ASSERT_EQ(::read(pipe[0], &answered, sizeof answered), static_cast<ssize_t>(sizeof answered));
  ::kill(child, SIGKILL);
  EXPECT_EQ(holdfast::test::wait_for(child), -1);
  for (std::uint32_t number = 0; ::read(pipe[0], &number, sizeof number) == sizeof number;) answered = number;
  ::close(pipe[0]);
  database = open();
  for (std::uint32_t i = 0; i <= answered; ++i) EXPECT_TRUE(has_owner(std::to_string(i))) << i;
  // One more may have been kept without an answer; the log goes on behind it.
  const auto size = read([](Transaction& from) { return must(from.log().size()); });
  EXPECT_GE(size, answered + 1U);
  EXPECT_LE(size, answered + 2U);
  EXPECT_EQ(read([](Transaction& from) { return must(from.owners().list()).size(); }), size);
  EXPECT_TRUE(succeeded(add_owner("after")));
}

TEST_P(Faults, ATransactionThatTheDatabaseWantsAgainIsDoneAgain) {
  if (GetParam() == Engine::sqlite) {
    // Another program holds the database for a moment.
    const auto other = home.session();
    must(other->begin());
    std::jthread release([&] { other->roll_back(); });
    EXPECT_TRUE(succeeded(add_owner("a")));
    return;
  }
  // A sequence counts even in transactions that are rolled back.
  for (const std::string sql :
       {"CREATE SEQUENCE tries",
        "CREATE FUNCTION fail_twice() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('tries') < 3 THEN "
        "RAISE EXCEPTION 'try again' USING ERRCODE = '40001'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER fail_twice BEFORE INSERT ON owners FOR EACH ROW EXECUTE FUNCTION fail_twice()"}) {
    must(say(sql));
  }
  int times = 0;
  EXPECT_TRUE(succeeded(database->change([&](Transaction& to) -> Result<void> {
    ++times;
    to.record(sample_event("a"));
    return to.owners().add(sample_owner("a"));
  })));
  EXPECT_EQ(times, 3);
  EXPECT_EQ(read([](Transaction& from) { return must(from.log().size()); }), 1U);
}

TEST_P(Faults, WhatFailsAgainAndAgainIsGivenUp) {
  if (GetParam() == Engine::sqlite) return;
  for (const std::string sql : {"CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                                "RAISE EXCEPTION 'try again' USING ERRCODE = '40P01'; END $$",
                                "CREATE TRIGGER fail BEFORE INSERT ON owners FOR EACH ROW EXECUTE FUNCTION fail()"}) {
    must(say(sql));
  }
  EXPECT_TRUE(failed(add_owner("a"), ErrorCode::io, "too busy"));
  must(say("DROP TRIGGER fail ON owners"));
  EXPECT_TRUE(succeeded(add_owner("a")));
}

TEST_P(Faults, AServerThatWasRestartedIsFoundAgain) {
  if (GetParam() == Engine::sqlite) return;
  EXPECT_TRUE(succeeded(add_owner("before")));
  EXPECT_TRUE(has_owner("before"));
  PostgresServer::shared().restart();
  EXPECT_TRUE(succeeded(add_owner("after")));
  EXPECT_TRUE(has_owner("before"));
  EXPECT_TRUE(has_owner("after"));
}

TEST_P(Faults, WhileTheServerIsDownThatIsSaid) {
  if (GetParam() == Engine::sqlite) return;
  PostgresServer::shared().stop();
  EXPECT_TRUE(failed(add_owner("a"), ErrorCode::io, "the database does not work"));
  EXPECT_TRUE(failed(database->read([](Transaction&) -> Result<void> { return {}; }), ErrorCode::io));
  PostgresServer::shared().start();
  EXPECT_TRUE(succeeded(add_owner("a")));
  EXPECT_TRUE(has_owner("a"));
}

TEST_P(Faults, AConnectionLostInTheMiddleOfAChangeLeavesNothingOfIt) {
  if (GetParam() == Engine::sqlite) return;
  int times = 0;
  const auto changed = database->change([&](Transaction& to) -> Result<void> {
    to.record(sample_event("a"));
    must(to.owners().add(sample_owner("a")));
    if (++times == 1) PostgresServer::shared().restart();
    return to.owners().add(sample_owner("b"));
  });
  EXPECT_TRUE(succeeded(changed));
  EXPECT_EQ(times, 2);
  EXPECT_EQ(read([](Transaction& from) { return must(from.owners().list()).size(); }), 2U);
  EXPECT_EQ(read([](Transaction& from) { return must(from.log().size()); }), 1U);
}

// A limit on the size of files stands in for a full disk: in a process of its own, where nothing else is limited.
int fill_disk(const std::string& url) {
  ::signal(SIGXFSZ, SIG_IGN);
  CountingJournal journal;
  const auto database = must(open_database({.url = url, .journal = &journal, .batch = 8, .readers = 1}));
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
  const auto add = [&](int number) {
    return database->change([&](Transaction& to) -> Result<void> {
      to.record(sample_event(std::to_string(number)));
      return to.settings().put(std::to_string(number), Bytes(10'000));
    });
  };
  const rlimit full{.rlim_cur = 1'000'000, .rlim_max = limit.rlim_max};
  if (::setrlimit(RLIMIT_FSIZE, &full) != 0) return 2;
  int kept = 0;
  Result<void> added;
  for (added = add(kept); kept < 1000 && added.ok(); added = add(kept)) ++kept;
  if (kept == 0 || added.ok()) return 3;
  if (added.error().code() != ErrorCode::io) return 4;
  if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 5;
  if (!add(kept).ok()) return 6;
  const auto counted = database->read([&](Transaction& from) -> Result<void> {
    TRY_LET(const auto size, from.log().size(), "count");
    if (size != static_cast<std::uint64_t>(kept) + 1) return Error(ErrorCode::internal, "miscounted");
    return {};
  });
  return counted.ok() ? 0 : 7;
}

TEST_P(Faults, AFullDiskIsSaidAndWhenThereIsRoomItGoesOn) {
  if (GetParam() == Engine::postgresql) return;
  database.reset();
  EXPECT_EQ(holdfast::test::wait_for(holdfast::test::start_process([&] { return fill_disk(home.url()); })), 0);
}

}  // namespace
}  // namespace holdfast::storage
