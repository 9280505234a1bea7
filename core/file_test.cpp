#include "core/file.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include "tests/support/folder_watch.hpp"
#include "tests/support/temporary_folder.hpp"

namespace holdfast {
namespace {

using test::TemporaryFolder;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::size_t kPlenty = 1 << 20;

std::string content_of(const std::filesystem::path& file) {
  const auto bytes = read_file(file, kPlenty);
  return bytes.ok() ? std::string(as_text(*bytes)) : "error: " + bytes.error().message();
}

mode_t mode_of(const std::filesystem::path& file) {
  struct stat info{};
  return ::stat(file.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

TEST(ReadFile, GivesTheWholeContentUpToTheLimit) {
  const TemporaryFolder folder;
  // Around the sizes at which the reader takes another turn.
  for (const std::size_t size : {0, 1, 16383, 16384, 16385, 40000}) {
    SCOPED_TRACE(size);
    const Bytes content(size, 'x');
    ASSERT_TRUE(write_file_atomically(folder / "f", content, 0600, Replace::allowed).ok());
    const auto read = read_file(folder / "f", size);
    ASSERT_TRUE(read.ok()) << read.error().describe();
    EXPECT_EQ(*read, content);
    const auto secret = read_secret_file(folder / "f", size);
    ASSERT_TRUE(secret.ok()) << secret.error().describe();
    EXPECT_TRUE(std::ranges::equal(secret->expose(SecretAccess{}), content));
  }
}

TEST(ReadFile, RefusesOneByteMoreThanTheLimit) {
  const TemporaryFolder folder;
  for (const std::size_t limit : {0, 1, 100, 16384}) {
    SCOPED_TRACE(limit);
    ASSERT_TRUE(write_file_atomically(folder / "f", Bytes(limit + 1, 'x'), 0600, Replace::allowed).ok());
    const auto read = read_file(folder / "f", limit);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code(), ErrorCode::malformed);
    EXPECT_THAT(read.error().message(), HasSubstr("larger than the " + std::to_string(limit) + " bytes"));
    const auto secret = read_secret_file(folder / "f", limit);
    ASSERT_FALSE(secret.ok());
    EXPECT_EQ(secret.error().code(), ErrorCode::malformed);
  }
}

TEST(ReadFile, StopsAtTheLimitOfAnEndlessInput) {
  const auto read = read_file("/dev/zero", 100);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code(), ErrorCode::malformed);
}

TEST(ReadFile, TellsMissingFilesFromFolders) {
  const TemporaryFolder folder;
  const auto missing = read_file(folder / "none", kPlenty);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code(), ErrorCode::not_found);
  EXPECT_THAT(missing.error().message(), HasSubstr((folder / "none").string()));
  const auto is_folder = read_file(folder.path(), kPlenty);
  ASSERT_FALSE(is_folder.ok());
  EXPECT_EQ(is_folder.error().code(), ErrorCode::io);
  EXPECT_EQ(read_secret_file(folder / "none", kPlenty).error().code(), ErrorCode::not_found);
  EXPECT_EQ(read_secret_file(folder.path(), kPlenty).error().code(), ErrorCode::io);
}

TEST(ReadSecretDescriptor, ReadsAPipeToItsEnd) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const FileDescriptor reader(ends[0]);
  FileDescriptor writer(ends[1]);
  ASSERT_TRUE(write_all(writer.get(), as_bytes("open sesame\n"), "pipe").ok());
  ASSERT_TRUE(writer.close("pipe").ok());
  const auto secret = read_secret_descriptor(reader.get(), "descriptor 3", 100);
  ASSERT_TRUE(secret.ok()) << secret.error().describe();
  EXPECT_EQ(as_text(secret->expose(SecretAccess{})), "open sesame\n");
}

TEST(ReadSecretDescriptor, NamesTheDescriptorInErrors) {
  const auto secret = read_secret_descriptor(-1, "descriptor 7", 100);
  ASSERT_FALSE(secret.ok());
  EXPECT_EQ(secret.error().code(), ErrorCode::io);
  EXPECT_THAT(secret.error().message(), HasSubstr("descriptor 7"));
}

TEST(SystemError, MapsOnlyAMissingFileToNotFound) {
  const auto missing = system_error("open", "/x", ENOENT);
  EXPECT_EQ(missing.code(), ErrorCode::not_found);
  const auto denied = system_error("open", "/x", EACCES);
  EXPECT_EQ(denied.code(), ErrorCode::io);
  EXPECT_EQ(denied.message(), "cannot open '/x': Permission denied");
}

TEST(WriteAll, ReportsAFullDevice) {
  const FileDescriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(full.valid());
  const auto written = write_all(full.get(), as_bytes("x"), "/dev/full");
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code(), ErrorCode::io);
  EXPECT_THAT(written.error().message(), HasSubstr("No space left"));
}

TEST(FileDescriptor, MovesAndClosesOnce) {
  FileDescriptor first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int number = first.get();
  FileDescriptor second(std::move(first));
  EXPECT_FALSE(first.valid());
  EXPECT_EQ(second.get(), number);
  ASSERT_TRUE(second.close("null").ok());
  EXPECT_FALSE(second.valid());
  EXPECT_EQ(::fcntl(number, F_GETFD), -1);
  EXPECT_TRUE(second.close("null").ok());
}

TEST(AtomicFile, AppearsOnlyWithCommit) {
  const TemporaryFolder folder;
  auto file = AtomicFile::create(folder / "f", 0600, Replace::allowed);
  ASSERT_TRUE(file.ok()) << file.error().describe();
  ASSERT_TRUE(file->write(as_bytes("new")).ok());
  EXPECT_FALSE(std::filesystem::exists(folder / "f"));
  EXPECT_EQ(content_of(file->temporary()), "new");
  ASSERT_TRUE(file->commit().ok());
  EXPECT_EQ(content_of(folder / "f"), "new");
  EXPECT_EQ(folder.count_entries(), 1U);
}

TEST(AtomicFile, WithoutCommitTheOldContentStaysAndNothingIsLeftOver) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomically(folder / "f", as_bytes("old"), 0600, Replace::allowed).ok());
  {
    auto file = AtomicFile::create(folder / "f", 0600, Replace::allowed);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file->write(as_bytes("half of the n")).ok());
    EXPECT_EQ(content_of(folder / "f"), "old");
    EXPECT_EQ(folder.count_entries(), 1U);  // no name yet
  }
  EXPECT_EQ(content_of(folder / "f"), "old");
  EXPECT_EQ(folder.count_entries(), 1U);
}

TEST(AtomicFile, ReadersOfTheOldFileKeepIt) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomically(folder / "f", as_bytes("old"), 0600, Replace::allowed).ok());
  const FileDescriptor reader(::open((folder / "f").c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(write_file_atomically(folder / "f", as_bytes("new"), 0600, Replace::allowed).ok());
  std::array<std::uint8_t, 8> buffer{};
  const auto got = read_full(reader.get(), buffer, "f");
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(as_text(ByteView(buffer).first(*got)), "old");
  EXPECT_EQ(content_of(folder / "f"), "new");
}

TEST(AtomicFile, RefusedLeavesTheExistingFileAsItIs) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomically(folder / "f", as_bytes("old"), 0600, Replace::refused).ok());
  const auto again = write_file_atomically(folder / "f", as_bytes("new"), 0644, Replace::refused);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code(), ErrorCode::refused);
  EXPECT_THAT(again.error().message(), HasSubstr("exists already"));
  EXPECT_EQ(content_of(folder / "f"), "old");
  EXPECT_EQ(mode_of(folder / "f"), 0600U);
  EXPECT_EQ(folder.count_entries(), 1U);
}

TEST(AtomicFile, AppliesTheModeWhateverTheUmask) {
  const TemporaryFolder folder;
  for (const mode_t umask_for_test : {mode_t{0}, mode_t{022}, mode_t{0777}}) {
    for (const mode_t mode : {mode_t{0600}, mode_t{0644}, mode_t{0400}}) {
      const mode_t before = ::umask(umask_for_test);
      const auto written = write_file_atomically(folder / "f", as_bytes("x"), mode, Replace::allowed);
      ::umask(before);
      ASSERT_TRUE(written.ok()) << written.error().describe();
      EXPECT_EQ(mode_of(folder / "f"), mode);
    }
  }
}

TEST(AtomicFile, FollowsASymbolicLinkAndKeepsIt) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "real");
  ASSERT_TRUE(write_file_atomically(folder / "real/f", as_bytes("old"), 0600, Replace::allowed).ok());
  std::filesystem::create_symlink("real/f", folder / "link");
  ASSERT_TRUE(write_file_atomically(folder / "link", as_bytes("new"), 0600, Replace::allowed).ok());
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(content_of(folder / "real/f"), "new");
  const auto refused = write_file_atomically(folder / "link", as_bytes("newer"), 0600, Replace::refused);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::refused);
  EXPECT_EQ(content_of(folder / "real/f"), "new");
}

TEST(AtomicFile, NeverOverwritesThroughADanglingLinkWhenRefused) {
  const TemporaryFolder folder;
  std::filesystem::create_symlink("nowhere", folder / "link");
  const auto refused = write_file_atomically(folder / "link", as_bytes("x"), 0600, Replace::refused);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::refused);
  EXPECT_EQ(folder.count_entries(), 1U);
}

TEST(AtomicFile, ReportsAMissingFolderUnderTheFinalName) {
  const TemporaryFolder folder;
  const auto written = write_file_atomically(folder / "none/f", as_bytes("x"), 0600, Replace::allowed);
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code(), ErrorCode::not_found);
  EXPECT_THAT(written.error().message(), HasSubstr((folder / "none/f").string() + "'"));
}

TEST(AtomicFile, CannotReplaceAFolder) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "f");
  const auto written = write_file_atomically(folder / "f", as_bytes("x"), 0600, Replace::allowed);
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code(), ErrorCode::io);
  EXPECT_EQ(folder.count_entries(), 1U);
}

TEST(AtomicFile, MovedFromNoLongerRemovesTheFile) {
  const TemporaryFolder folder;
  auto file = AtomicFile::create(folder / "f", 0600, Replace::allowed);
  ASSERT_TRUE(file.ok());
  AtomicFile moved(std::move(file).value());
  {
    const AtomicFile gone(std::move(moved));
  }
  EXPECT_EQ(folder.count_entries(), 0U);
}

TEST(AtomicFile, HasAnotherNameOnlyWhereItReplacesAFile) {
  const TemporaryFolder folder;
  const test::FolderWatch watch(folder.path(), IN_CREATE | IN_MOVED_TO);
  for (const auto replace : {Replace::allowed, Replace::allowed_without_links, Replace::refused}) {
    SCOPED_TRACE(static_cast<int>(replace));
    ASSERT_TRUE(write_file_atomically(folder / "f", as_bytes("first"), 0600, replace).ok());
    EXPECT_THAT(watch.names(), ElementsAre("f")) << "a kill at the wrong moment would leave something behind";
    ASSERT_TRUE(write_file_atomically(folder / "f", as_bytes("second"), 0600, Replace::allowed).ok());
    EXPECT_THAT(watch.names(), ElementsAre(AllOf(StartsWith(".f."), EndsWith(".tmp")), "f"));
    EXPECT_EQ(content_of(folder / "f"), "second");
    std::filesystem::remove(folder / "f");
  }
}

TEST(SyncFolder, ReportsAMissingFolder) {
  const TemporaryFolder folder;
  EXPECT_TRUE(sync_folder(folder.path()).ok());
  EXPECT_EQ(sync_folder(folder / "none").error().code(), ErrorCode::not_found);
}

}  // namespace
}  // namespace holdfast
