// What the tests of this folder share: both engines, sample rows, and a journal that can be told to fail.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "registry/storage/database.hpp"
#include "registry/storage/migrations.hpp"
#include "registry/storage/session.hpp"
#include "tests/support/temporary_folder.hpp"

namespace holdfast::storage::test {

template <typename T>
T must(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().describe());
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

/// Fails the test with the error's whole story.
template <typename T>
testing::AssertionResult succeeded(const Result<T>& result) {
  return result.ok() ? testing::AssertionSuccess() : testing::AssertionFailure() << result.error().describe();
}

/// The code of a failure and words of its message.
template <typename T>
testing::AssertionResult failed(const Result<T>& result, ErrorCode code, std::string_view words = "") {
  if (result.ok()) return testing::AssertionFailure() << "succeeded, but should have failed: " << words;
  const bool fits = result.error().code() == code && result.error().message().find(words) != std::string::npos;
  return fits ? testing::AssertionSuccess() : testing::AssertionFailure() << result.error().describe();
}

inline constexpr Timestamp kNow{std::chrono::seconds(1'800'000'000)};

/// A journal that numbers what it is given, and fails when told to.
class CountingJournal final : public domain::Journal {
 public:
  [[nodiscard]] Result<void> seal(domain::LogRows& rows, std::span<const domain::Event> events) override;
  [[nodiscard]] Result<domain::Outside> look_outside(domain::LogRows& /*rows*/) override {
    return is_behind ? domain::Outside::behind : domain::Outside::up_to_date;
  }
  [[nodiscard]] Result<void> committed() override;
  void forget() override { ++forgotten; }

  std::atomic<bool> refuses{false};
  std::string refuses_type;  // transactions with an event of this type; to be set before any change
  std::atomic<bool> is_behind{false};
  std::atomic<bool> fails_after_commit{false};
  std::atomic<int> sealed{0};
  std::atomic<int> kept{0};
  std::atomic<int> forgotten{0};
};

/// A database of its own for each test, empty.
class Home {
 public:
  explicit Home(Engine engine);
  Home(const Home&) = delete;
  Home& operator=(const Home&) = delete;
  ~Home() = default;

  [[nodiscard]] const std::string& url() const { return url_; }
  /// SQLite's file.
  [[nodiscard]] std::filesystem::path file() const { return folder_ / "registry.db"; }
  [[nodiscard]] std::unique_ptr<Session> session(Access access = Access::write) const {
    return must(Session::open(must(parse_place(url_)), access));
  }

 private:
  holdfast::test::TemporaryFolder folder_;
  std::string url_;
};

/// An open database of either engine.
class StorageTest : public testing::TestWithParam<Engine> {
 protected:
  StorageTest() : home(GetParam()), database(open()) {}

  [[nodiscard]] std::unique_ptr<domain::Database> open(std::size_t batch = 256) {
    return must(open_database({.url = home.url(), .journal = &journal, .batch = batch, .readers = 2}));
  }
  /// Does `work` in a change that has to succeed.
  template <typename Work>
  void change(Work work) {
    EXPECT_TRUE(succeeded(database->change([&](domain::Transaction& to) -> Result<void> {
      work(to);
      return {};
    })));
  }
  /// Does `work` in a transaction that reads, and returns what it returns.
  template <typename Work>
  auto read(Work work) {
    std::optional<decltype(work(std::declval<domain::Transaction&>()))> found;
    EXPECT_TRUE(succeeded(database->read([&](domain::Transaction& from) -> Result<void> {
      found = work(from);
      return {};
    })));
    return *std::move(found);
  }
  /// What the database itself answers to a statement, whoever says it.
  [[nodiscard]] Result<void> say(const std::string& sql);

  Home home;
  CountingJournal journal;
  std::unique_ptr<domain::Database> database;
  std::unique_ptr<Session> direct;
};

inline std::string name_of_engine(const testing::TestParamInfo<Engine>& info) {
  return info.param == Engine::sqlite ? "Sqlite" : "Postgresql";
}

// Sample rows.
[[nodiscard]] domain::Owner sample_owner(const std::string& key = "anna@example.org");
[[nodiscard]] domain::Identity sample_identity(const domain::OwnerId& owner, const std::string& name = "pump-1");
[[nodiscard]] domain::Anchor sample_anchor(const domain::IdentityId& identity);
[[nodiscard]] domain::Certificate sample_certificate(const domain::Anchor& anchor);
[[nodiscard]] domain::Grant sample_grant(const domain::OwnerId& owner);
[[nodiscard]] domain::Event sample_event(const std::string& type);
/// 32 bytes that no other call has returned.
[[nodiscard]] Hash fresh_hash();

/// An owner with an active identity, its anchor and a certificate, in the database.
struct Enrolled {
  domain::Owner owner;
  domain::Identity identity;
  domain::Anchor anchor;
  domain::Certificate certificate;
};
Enrolled enrol(domain::Database& database, const std::string& name = "pump-1");
/// Adds one more identity of that owner.
void add_identity(domain::Database& database, const domain::Identity& identity);

}  // namespace holdfast::storage::test
