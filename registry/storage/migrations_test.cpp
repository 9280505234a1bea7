// From each version of the schema to the next, and what is refused.
#include <gtest/gtest.h>

#include <array>
#include <thread>

#include "registry/storage/test_support.hpp"

namespace holdfast::storage {
namespace {

using namespace test;

class Migrations : public testing::TestWithParam<Engine> {
 protected:
  Home home{GetParam()};
  std::unique_ptr<Session> session = home.session();
};
INSTANTIATE_TEST_SUITE_P(Storage, Migrations, testing::Values(Engine::sqlite, Engine::postgresql), name_of_engine);

constexpr std::array<std::string_view, 2> kMore{"ALTER TABLE owners ADD COLUMN phone {text}",
                                                "CREATE TABLE phones (id {number} NOT NULL PRIMARY KEY) {table}"};
constexpr std::array<Rule, 1> kRule{
    Rule{.name = "phones_stay", .table = "phones", .change = "DELETE", .condition = "TRUE", .message = "phones stay"}};
constexpr std::array<std::string_view, 1> kSqlite{"INSERT INTO phones VALUES (1)"};
constexpr std::array<std::string_view, 1> kPostgresql{"INSERT INTO phones VALUES (2)"};
constexpr std::array<std::string_view, 2> kBroken{"CREATE TABLE half (id {number} NOT NULL PRIMARY KEY) {table}",
                                                  "INSERT INTO nowhere VALUES (1)"};

// The real steps, and made-up ones behind them.
std::vector<SchemaStep> with(const SchemaStep& next) {
  const auto real = schema_steps();
  std::vector<SchemaStep> steps(real.begin(), real.end());
  steps.push_back(next);
  return steps;
}
SchemaStep phones() { return {.shared = kMore, .rules = kRule, .sqlite = kSqlite, .postgresql = kPostgresql}; }

TEST_P(Migrations, AnEmptyDatabaseGetsThePresentVersion) {
  EXPECT_EQ(must(schema_version(*session)), 0U);
  EXPECT_TRUE(succeeded(migrate(*session)));
  EXPECT_EQ(must(schema_version(*session)), schema_steps().size());
  EXPECT_TRUE(succeeded(migrate(*session)));
}

TEST_P(Migrations, RowsOutliveTheNextVersion) {
  {
    const auto database = must(open_database({.url = home.url(), .journal = nullptr, .batch = 1, .readers = 1}));
    enrol(*database);
  }
  const auto steps = with(phones());
  EXPECT_TRUE(succeeded(migrate(*session, steps)));
  EXPECT_EQ(must(schema_version(*session)), steps.size());
  const Query count{.sql = "SELECT COUNT(*), COUNT(phone) FROM owners", .columns = "nn"};
  auto row = must(session->only(count));
  EXPECT_EQ(row.number(), 1);
  EXPECT_EQ(row.number(), 0);
  EXPECT_EQ(must(session->only({.sql = "SELECT id FROM phones", .columns = "n"})).number(),
            GetParam() == Engine::sqlite ? 1 : 2);
  EXPECT_TRUE(failed(session->run("DELETE FROM phones"), ErrorCode::refused, "phones stay"));
}

// What version 1 held is there in version 2, which refuses what that did not.
TEST_P(Migrations, FromVersion1To2) {
  EXPECT_TRUE(succeeded(migrate(*session, schema_steps().first(1))));
  EXPECT_EQ(must(schema_version(*session)), 1U);
  const std::string key(64, 'a');
  for (const std::string& statement : {
           std::string(
               "INSERT INTO owners VALUES ('01900000-0000-7000-8000-000000000001', 'team', 'Gates', 'Gates', NULL, "
               "'active', NULL)"),
           std::string(
               "INSERT INTO identities VALUES ('01900000-0000-7000-8000-000000000002', 'gate 7', 'opens', '', '', "
               "'01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000001', 'declared', "
               "'active', NULL, 'default', 1, NULL, NULL, NULL, '', NULL)"),
       }) {
    ASSERT_TRUE(succeeded(session->run(statement)));
  }
  EXPECT_TRUE(succeeded(migrate(*session, schema_steps().first(2))));
  EXPECT_EQ(must(schema_version(*session)), 2U);
  EXPECT_EQ(must(session->only({.sql = "SELECT name FROM identities", .columns = "t"})).text(), "gate 7");
  ASSERT_TRUE(succeeded(session->run("INSERT INTO images VALUES ('gate firmware 4', 1, 'local:root')")));
  ASSERT_TRUE(succeeded(session->run("INSERT INTO image_keys VALUES ('" + key + "', 'gate firmware 4')")));
  EXPECT_TRUE(failed(session->run("INSERT INTO anchors VALUES ('01900000-0000-7000-8000-000000000003', "
                                  "'01900000-0000-7000-8000-000000000002', '" +
                                  key + "', 'ecdsa-p256', 1, 'declared-key', 'est', '', 'here', NULL, 1, NULL)"),
                     ErrorCode::refused, "lies in a platform image"));
}

TEST_P(Migrations, ADatabaseNewerThanTheProgramIsRefused) {
  EXPECT_TRUE(succeeded(migrate(*session, with(phones()))));
  EXPECT_TRUE(failed(open_database({.url = home.url(), .journal = nullptr, .batch = 1, .readers = 1}),
                     ErrorCode::refused, "use the newer program"));
}

TEST_P(Migrations, AStepThatFailsLeavesTheVersionBefore) {
  EXPECT_TRUE(succeeded(migrate(*session)));
  EXPECT_FALSE(migrate(*session, with({.shared = kBroken, .rules = {}, .sqlite = {}, .postgresql = {}})).ok());
  const auto again = home.session();
  EXPECT_EQ(must(schema_version(*again)), schema_steps().size());
  EXPECT_TRUE(succeeded(migrate(*again, with(phones()))));
  EXPECT_TRUE(succeeded(again->run("CREATE TABLE half (id INTEGER)")));
}

TEST_P(Migrations, AForeignDatabaseIsLeftAlone) {
  EXPECT_TRUE(succeeded(session->run("CREATE TABLE recipes (id INTEGER)")));
  EXPECT_TRUE(failed(migrate(*session), ErrorCode::refused, "holds something else"));
}

TEST_P(Migrations, SeveralMayBeginAtOnce) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      EXPECT_TRUE(succeeded(open_database({.url = home.url(), .journal = nullptr, .batch = 1, .readers = 1})));
    });
  }
}

TEST(Places, AreNamedByUrl) {
  EXPECT_EQ(must(parse_place("sqlite:/a b/c=d.db")).where, "/a b/c=d.db");
  EXPECT_EQ(must(parse_place("postgresql://u@h/d")).engine, Engine::postgresql);
  EXPECT_EQ(must(parse_place("postgres://u@h/d")).where, "postgres://u@h/d");
  for (const std::string url : {"", "sqlite:", "mysql://x", "/a/path", "sqlite:a\"b", "postgresql://a b"}) {
    EXPECT_TRUE(failed(parse_place(url), ErrorCode::usage)) << url;
  }
}

TEST(Places, APathMayHoldWhatTheLibraryWouldSplitAt) {
  const holdfast::test::TemporaryFolder folder;
  for (const std::string name : {"with two  spaces.db", "a=b.db", "timeout=0 db=x.db", "plain.db", "semi;colon.db"}) {
    const auto opened =
        open_database({.url = "sqlite:" + (folder / name).string(), .journal = nullptr, .batch = 1, .readers = 1});
    EXPECT_TRUE(succeeded(opened)) << name;
    EXPECT_TRUE(std::filesystem::file_size(folder / name) > 0) << name;
    EXPECT_EQ(std::filesystem::status(folder / name).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
}

TEST(Places, WhatCannotBeOpenedIsSaid) {
  EXPECT_TRUE(failed(open_database({.url = "sqlite:/nowhere/x.db", .journal = nullptr, .batch = 1, .readers = 1}),
                     ErrorCode::not_found, "/nowhere/x.db"));
  EXPECT_TRUE(failed(
      open_database({.url = "postgresql://user:hidden@/x?host=/nowhere", .journal = nullptr, .batch = 1, .readers = 1}),
      ErrorCode::io, "the database does not work"));
}

TEST(Places, APasswordIsNotShown) {
  const auto opened =
      open_database({.url = "postgresql://user:hidden@/x?host=/nowhere", .journal = nullptr, .batch = 1, .readers = 1});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().describe().find("hidden"), std::string::npos);
}

}  // namespace
}  // namespace holdfast::storage
