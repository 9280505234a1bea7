#include "core/folder_group.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/folder_lock.hpp"
#include "tests/support/temporary_folder.hpp"

namespace holdfast {
namespace {

using test::TemporaryFolder;
using testing::HasSubstr;

// What the tests can do without root: share with this process's own group.
class PrivateFile : public testing::Test {
 protected:
  void share(mode_t mode) const { ASSERT_EQ(::chmod(folder_.path().c_str(), mode), 0); }
  [[nodiscard]] std::filesystem::path at(const std::string& name) const { return folder_ / name; }
  [[nodiscard]] mode_t mode_of(const std::string& name) const {
    struct stat info{};
    EXPECT_EQ(::lstat(at(name).c_str(), &info), 0) << name;
    return info.st_mode & ALLPERMS;
  }
  [[nodiscard]] mode_t mode_of_new_file() const {
    EXPECT_TRUE(write_private_file(at("file"), as_bytes("x"), Replace::allowed).ok());
    return mode_of("file");
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(PrivateFile, IsTheOwnersAndThatOfTheGroupThatTheFolderLetsIn) {
  const std::pair<mode_t, mode_t> cases[] = {{0700, 0600},  {0750, 0640}, {02750, 0640}, {0770, 0660},
                                             {02770, 0660}, {0710, 0600}, {0740, 0600},  {0730, 0600},
                                             {0755, 0640},  {0705, 0600}, {02700, 0600}, {02777, 0660}};
  for (const auto& [folder, file] : cases) {
    share(folder);
    EXPECT_EQ(mode_of_new_file(), file) << std::oct << folder;
  }
}

TEST_F(PrivateFile, MayBeTheLock) {
  share(0770);
  ASSERT_TRUE(FolderLock::acquire(at("")).ok());
  EXPECT_EQ(mode_of("lock"), 0660U);
  // One that is there stays as it is.
  ASSERT_EQ(::chmod(at("lock").c_str(), 0640), 0);
  ASSERT_TRUE(FolderLock::acquire(at("")).ok());
  EXPECT_EQ(mode_of("lock"), 0640U);
}

TEST_F(PrivateFile, GoesThroughALinkOnlyWhereNoGroupWrites) {
  ASSERT_TRUE(write_file_atomically(at("victim"), as_bytes("old"), 0600, Replace::refused).ok());
  std::filesystem::create_symlink("victim", at("link"));
  share(0770);
  const auto refused = write_private_file(at("link"), as_bytes("new"), Replace::allowed);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::io);
  EXPECT_THAT(refused.error().message(), HasSubstr("link"));
  EXPECT_EQ(as_text(read_file(at("victim"), 9).value()), "old");
  share(0750);
  ASSERT_TRUE(write_private_file(at("link"), as_bytes("new"), Replace::allowed).ok());
  EXPECT_EQ(as_text(read_file(at("victim"), 9).value()), "new");
}

TEST_F(PrivateFile, FolderLetsTheSameGroupIn) {
  const auto before = ::umask(077);
  const std::pair<mode_t, mode_t> cases[] = {{0700, 0700}, {02750, 02750}, {02770, 02770}, {0750, 02750}};
  for (const auto& [parent, made] : cases) {
    share(parent);
    const auto first = make_private_folder(at("inner"));
    ASSERT_TRUE(first.ok()) << first.error().describe();
    EXPECT_TRUE(*first);
    EXPECT_EQ(mode_of("inner"), made) << std::oct << parent;
    EXPECT_FALSE(make_private_folder(at("inner")).value()) << "it is there already";
    std::filesystem::remove(at("inner"));
  }
  ::umask(before);
}

TEST(Group, IsFoundByItsName) {
  EXPECT_EQ(find_group("root").value(), 0U);
  EXPECT_EQ(name_of_group(0), "root");
  EXPECT_EQ(name_of_group(4'000'000'000U), "4000000000");
  const auto unknown = find_group("no-such-group");
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().code(), ErrorCode::refused);
  EXPECT_THAT(unknown.error().message(), HasSubstr("no group 'no-such-group'"));
}

TEST(Group, OfThisProcess) {
  EXPECT_TRUE(is_in_group(::getegid()));
  EXPECT_FALSE(is_in_group(4'000'000'000U));
}

}  // namespace
}  // namespace holdfast
