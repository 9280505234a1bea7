#include "device/fingerprint/origin.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "device/fingerprint/test_support.hpp"

namespace holdfast::fingerprint {
namespace {

using test::TemporaryFolder;

constexpr const char* kRoot = "21 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw,errors=remount-ro\n";

std::string text(const SecretBytes& value) { return std::string(as_text(value.expose(SecretAccess{}))); }

void link(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::create_directories(from.parent_path());
  std::filesystem::create_symlink(to, from);
}

class OriginTest : public testing::Test {
 protected:
  OriginTest() {
    write("proc/self/mountinfo", kRoot);
    write("etc/machine-id", "4cbf0e5ad2cf4f1c9b6d1e8f0a7b3c2d\n");
  }
  void write(const std::string& name, std::string_view content) const { root_.write(name, content); }
  [[nodiscard]] Origin gather() const { return gather_origin(root_.path(), state_.path()); }
  [[nodiscard]] const std::filesystem::path& root() const { return root_.path(); }
  [[nodiscard]] const std::filesystem::path& state() const { return state_.path(); }

 private:
  TemporaryFolder root_;
  TemporaryFolder state_;
};

TEST_F(OriginTest, OfAnEmptyTreeIsUnknown) {
  const TemporaryFolder nothing;
  const auto origin = gather_origin(nothing.path(), nothing.path() / "absent");
  EXPECT_TRUE(origin.generation_id.empty() && origin.cloud_instance.empty() && origin.machine_id.empty());
  EXPECT_TRUE(origin.file_system.empty());
  EXPECT_FALSE(origin.folder);
  EXPECT_FALSE(origin.no_machine_id || origin.in_chroot);
}

TEST_F(OriginTest, HasTheFolderAndItsFileSystem) {
  link(root() / "dev/disk/by-uuid/7D1F-42A9", "../../sda2");
  struct stat info{};
  ASSERT_EQ(::stat(state().c_str(), &info), 0);
  auto origin = gather();
  EXPECT_EQ(origin.folder, info.st_ino);
  EXPECT_EQ(text(origin.file_system), "7D1F-42A9");
  // Where inodes are numbered anew at each boot, their numbers say nothing.
  for (const std::string kind : {"tmpfs", "overlay", "nfs4", "vfat", "fuse.unknown"}) {
    write("proc/self/mountinfo", "21 1 8:2 / / rw - " + kind + " /dev/sda2 rw\n");
    origin = gather();
    EXPECT_FALSE(origin.folder) << kind;
    EXPECT_TRUE(origin.file_system.empty()) << kind;
  }
}

TEST_F(OriginTest, HasAMachineIdThatLasts) {
  EXPECT_EQ(text(gather().machine_id), "4cbf0e5ad2cf4f1c9b6d1e8f0a7b3c2d");
  write("proc/self/mountinfo", std::string(kRoot) + "30 21 0:24 /machine-id /etc/machine-id ro - tmpfs tmpfs rw\n");
  EXPECT_TRUE(gather().machine_id.empty());
  write("proc/self/mountinfo", kRoot);
  std::filesystem::rename(root() / "etc/machine-id", root() / "elsewhere");
  link(root() / "etc/machine-id", "../elsewhere");
  EXPECT_TRUE(gather().machine_id.empty());
}

TEST_F(OriginTest, SeesASystemBeforeItsFirstBoot) {
  EXPECT_FALSE(gather().no_machine_id);
  write("etc/machine-id", "uninitialized\n");
  auto origin = gather();
  EXPECT_TRUE(origin.no_machine_id);
  EXPECT_TRUE(origin.machine_id.empty());
  // Without systemd nothing writes one.
  write("etc/machine-id", "");
  EXPECT_FALSE(gather().no_machine_id);
  write("usr/lib/systemd/systemd", "");
  EXPECT_TRUE(gather().no_machine_id);
  std::filesystem::remove(root() / "etc/machine-id");
  EXPECT_TRUE(gather().no_machine_id);
}

TEST_F(OriginTest, HasTheGenerationIdOfQemu) {
  std::string page(4096, '\0');
  const std::string file = "sys/firmware/qemu_fw_cfg/by_name/etc/vmgenid_guid/raw";
  write(file, page);
  EXPECT_TRUE(gather().generation_id.empty());
  page.replace(40, 16, "0123456789abcdef");
  write(file, page);
  EXPECT_EQ(text(gather().generation_id), "0123456789abcdef");
  write(file, page.substr(0, 55));
  EXPECT_TRUE(gather().generation_id.empty());
}

TEST_F(OriginTest, HasTheCloudsInstance) {
  write("var/lib/cloud/data/instance-id", "i-0abc12de34f567890\n");
  EXPECT_EQ(text(gather().cloud_instance), "i-0abc12de34f567890");
  write("var/lib/cloud/data/instance-id", "iid-datasource-none\n");
  EXPECT_TRUE(gather().cloud_instance.empty());
}

TEST_F(OriginTest, HasTheNamesOfTheImage) {
  write("usr/lib/os-release", "NAME=Debian\nIMAGE_ID=\"gateway\"\nIMAGE_VERSION='7'\nBUILD_ID=2026-11-22\nnonsense\n");
  auto origin = gather();
  EXPECT_EQ(origin.image_id + "|" + origin.image_version + "|" + origin.build_id, "gateway|7|2026-11-22");
  // Shown to people, and written as UTF-8.
  write("etc/os-release", "IMAGE_ID=\"\x1b[31m\xff\"\n");
  origin = gather();
  EXPECT_EQ(origin.image_id, "\\x1b[31m\\xff");
  EXPECT_EQ(origin.image_version, "");
}

TEST_F(OriginTest, SeesAChroot) {
  link(root() / "proc/1/root", "../..");
  EXPECT_FALSE(gather().in_chroot);
  std::filesystem::remove(root() / "proc/1/root");
  link(root() / "proc/1/root", state());
  EXPECT_TRUE(gather().in_chroot);
  // In a container the first process may be its host's.
  write(".dockerenv", "");
  EXPECT_FALSE(gather().in_chroot);
  EXPECT_EQ(gather().platform, PlatformKind::container);
}

}  // namespace
}  // namespace holdfast::fingerprint
