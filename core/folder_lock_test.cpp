#include "core/folder_lock.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "tests/support/folder_watch.hpp"
#include "tests/support/temporary_folder.hpp"

namespace holdfast {
namespace {

using test::TemporaryFolder;
constexpr std::chrono::milliseconds kNoPatience(0);
constexpr std::chrono::seconds kMuchPatience(60);

// Another process that holds the lock from construction until it is told to stop, or killed.
class OtherHolder {
 public:
  explicit OtherHolder(const std::filesystem::path& folder) {
    std::array<int, 2> ready{};
    std::array<int, 2> stop{};
    if (::pipe2(ready.data(), O_CLOEXEC) != 0 || ::pipe2(stop.data(), O_CLOEXEC) != 0) std::abort();
    child_ = ::fork();
    if (child_ == 0) {
      ::close(stop[1]);
      const auto lock = FolderLock::acquire(folder, kMuchPatience);
      const std::uint8_t held = lock.ok() ? 1 : 0;
      if (::write(ready[1], &held, 1) != 1) std::_Exit(1);
      std::uint8_t byte = 0;
      const ssize_t ended = ::read(stop[0], &byte, 1);  // returns when the parent closes its end
      std::_Exit(ended == 0 ? 0 : 1);
    }
    ::close(ready[1]);
    ::close(stop[0]);
    stop_ = FileDescriptor(stop[1]);
    const FileDescriptor from_child(ready[0]);
    std::uint8_t byte = 0;
    holds_ = ::read(from_child.get(), &byte, 1) == 1 && byte == 1;
  }
  OtherHolder(const OtherHolder&) = delete;
  OtherHolder& operator=(const OtherHolder&) = delete;
  ~OtherHolder() { wait(); }

  [[nodiscard]] bool holds() const { return holds_; }
  void stop() {
    stop_ = FileDescriptor();
    wait();
  }
  void kill() {
    ::kill(child_, SIGKILL);
    wait();
  }
  /// Lets the holder end by itself while the caller goes on.
  void release_without_waiting() { stop_ = FileDescriptor(); }

 private:
  void wait() {
    stop_ = FileDescriptor();
    if (child_ > 0) ::waitpid(std::exchange(child_, -1), nullptr, 0);
  }

  pid_t child_ = -1;
  FileDescriptor stop_;
  bool holds_ = false;
};

TEST(FolderLock, IsFreeAgainAfterDestruction) {
  const TemporaryFolder folder;
  for (int round = 0; round < 3; ++round) {
    const auto lock = FolderLock::acquire(folder.path(), kNoPatience);
    EXPECT_TRUE(lock.ok()) << lock.error().describe();
  }
}

TEST(FolderLock, ExcludesASecondHolderInTheSameProcess) {
  const TemporaryFolder folder;
  const auto first = FolderLock::acquire(folder.path(), kNoPatience);
  ASSERT_TRUE(first.ok());
  const auto second = FolderLock::acquire(folder.path(), std::chrono::milliseconds(5));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), ErrorCode::io);
  EXPECT_THAT(second.error().message(), ::testing::HasSubstr(folder.path().string()));
}

TEST(FolderLock, ExcludesAnotherProcessUntilItEnds) {
  const TemporaryFolder folder;
  OtherHolder other(folder.path());
  ASSERT_TRUE(other.holds());
  EXPECT_FALSE(FolderLock::acquire(folder.path(), kNoPatience).ok());
  other.stop();
  EXPECT_TRUE(FolderLock::acquire(folder.path(), kNoPatience).ok());
}

TEST(FolderLock, AKilledHolderLeavesNoLock) {
  const TemporaryFolder folder;
  OtherHolder other(folder.path());
  ASSERT_TRUE(other.holds());
  other.kill();
  EXPECT_TRUE(FolderLock::acquire(folder.path(), kNoPatience).ok());
}

TEST(FolderLock, WaitsForTheHolderToFinish) {
  const TemporaryFolder folder;
  OtherHolder other(folder.path());
  ASSERT_TRUE(other.holds());
  other.release_without_waiting();
  EXPECT_TRUE(FolderLock::acquire(folder.path(), kMuchPatience).ok());
}

TEST(FolderLock, DoesNotFollowALinkAndNeedsTheFolder) {
  const TemporaryFolder folder;
  std::filesystem::create_symlink("elsewhere", folder / "lock");
  const auto linked = FolderLock::acquire(folder.path(), kNoPatience);
  ASSERT_FALSE(linked.ok());
  EXPECT_EQ(linked.error().code(), ErrorCode::io);
  EXPECT_FALSE(std::filesystem::exists(folder / "elsewhere"));
  EXPECT_EQ(FolderLock::acquire(folder / "none", kNoPatience).error().code(), ErrorCode::not_found);
}

TEST(FolderLock, IsTheGroupsFromTheBeginning) {
  const TemporaryFolder folder;
  ASSERT_EQ(::chmod(folder.path().c_str(), S_ISGID | 0770), 0);
  const test::FolderWatch watch(folder.path(), IN_CREATE | IN_ATTRIB);
  ASSERT_TRUE(FolderLock::acquire(folder.path(), kNoPatience).ok());
  const auto seen = watch.names();
  EXPECT_EQ(std::ranges::count(seen, "lock"), 1) << "a kill in between would keep the group out for ever";
  struct stat info{};
  ASSERT_EQ(::stat((folder / "lock").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0660U);
}

TEST(FolderLock, TravelsWithAMove) {
  const TemporaryFolder folder;
  std::optional<FolderLock> kept;
  {
    auto lock = FolderLock::acquire(folder.path(), kNoPatience);
    ASSERT_TRUE(lock.ok());
    kept.emplace(std::move(lock).value());
  }
  EXPECT_FALSE(FolderLock::acquire(folder.path(), kNoPatience).ok());
  kept.reset();
  EXPECT_TRUE(FolderLock::acquire(folder.path(), kNoPatience).ok());
}

}  // namespace
}  // namespace holdfast
