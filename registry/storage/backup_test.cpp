// Backups: what is in them, and what is refused.
#include "registry/storage/backup.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "core/file.hpp"
#include "registry/storage/test_support.hpp"

namespace holdfast::storage {
namespace {

using namespace test;
using domain::Transaction;

class Backups : public testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<domain::Database> open(const std::string& url) {
    return must(open_database({.url = url, .journal = &journal, .batch = 1, .readers = 1}));
  }
  [[nodiscard]] std::string other() const { return "sqlite:" + (folder / "other.db").string(); }

  holdfast::test::TemporaryFolder folder;
  Home home{Engine::sqlite};
  CountingJournal journal;
  std::unique_ptr<domain::Database> database = open(home.url());
};

TEST_F(Backups, HoldWhatWasCommittedAndGoOnElsewhere) {
  const auto enrolled = enrol(*database);
  EXPECT_TRUE(succeeded(back_up(home.url(), folder / "backup")));
  enrol(*database, "pump-2");
  const auto bytes = must(read_file(folder / "backup", 10'000'000));
  EXPECT_TRUE(succeeded(restore(folder / "backup", other())));
  const auto restored = open(other());
  must(restored->read([&](Transaction& from) -> Result<void> {
    EXPECT_EQ(must(from.identities().list({})).size(), 1U);
    EXPECT_EQ(must(from.certificates().find(enrolled.certificate.serial))->der, enrolled.certificate.der);
    return {};
  }));
  enrol(*restored, "pump-3");
  const auto session = must(Session::open(must(parse_place(other())), Access::write));
  EXPECT_TRUE(failed(session->run("DELETE FROM certificates"), ErrorCode::refused));
  EXPECT_EQ(must(read_file(folder / "backup", 10'000'000)), bytes);
  EXPECT_EQ(std::filesystem::status(folder / "backup").permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(Backups, OverwriteNothing) {
  std::ofstream(folder / "backup") << "precious";
  EXPECT_TRUE(failed(back_up(home.url(), folder / "backup"), ErrorCode::refused, "is there already"));
  EXPECT_EQ(std::filesystem::file_size(folder / "backup"), 8U);
  EXPECT_TRUE(succeeded(back_up(home.url(), folder / "second")));
  EXPECT_TRUE(failed(restore(folder / "second", home.url()), ErrorCode::refused, "is there already"));
  EXPECT_EQ(folder.count_entries(), 2U);
}

TEST_F(Backups, WhatIsDamagedOrForeignIsRefused) {
  EXPECT_TRUE(succeeded(back_up(home.url(), folder / "backup")));
  std::filesystem::resize_file(folder / "backup", std::filesystem::file_size(folder / "backup") / 2);
  EXPECT_FALSE(restore(folder / "backup", other()).ok());
  std::ofstream(folder / "text") << std::string(5000, 'x');
  EXPECT_FALSE(restore(folder / "text", other()).ok());
  EXPECT_TRUE(failed(restore(folder / "nothing", other()), ErrorCode::not_found));
  EXPECT_EQ(folder.count_entries(), 2U) << "something was left behind";
  EXPECT_TRUE(failed(back_up("sqlite:" + (folder / "nowhere").string(), folder / "b"), ErrorCode::not_found));
}

TEST_F(Backups, OfPostgresqlAreItsOwnProgramsAffair) {
  EXPECT_TRUE(failed(back_up("postgresql://x", folder / "b"), ErrorCode::refused, "pg_dump"));
  EXPECT_TRUE(failed(restore(folder / "b", "postgresql://x"), ErrorCode::refused, "pg_dump"));
}

}  // namespace
}  // namespace holdfast::storage
