#include "device/fingerprint/mounts.hpp"

#include <gtest/gtest.h>

#include "device/fingerprint/test_support.hpp"

namespace holdfast::fingerprint {
namespace {

using test::TemporaryFolder;

constexpr const char* kRoot = "21 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw,errors=remount-ro\n";

void link(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::create_directories(from.parent_path());
  std::filesystem::create_symlink(to, from);
}

StorageClass storage_at(const std::filesystem::path& sysroot, const std::filesystem::path& path) {
  const auto mounts = read_mounts(sysroot);
  const auto* const mount = find_mount(mounts, path);
  return mount == nullptr ? StorageClass::unfamiliar : storage_of(mounts, *mount);
}

TEST(Mounts, AreReadWithTheirEscapesAndOptionalFields) {
  const TemporaryFolder root;
  root.write("proc/self/mountinfo",
             "36 35 98:0 /mnt1 /with\\040space rw,noatime master:1 shared:7 - ext3 /dev/disk\\134one rw\n"
             "37 35 0:40 / /data ro - nfs4 server:/export rw,addr=10.0.0.1\n"
             "half a line\n");
  const auto mounts = read_mounts(root.path());
  ASSERT_EQ(mounts.size(), 2U);
  EXPECT_EQ(mounts[0].point, "/with space");
  EXPECT_EQ(mounts[0].kind, "ext3");
  EXPECT_EQ(mounts[0].device, "98:0");
  EXPECT_EQ(mounts[0].source, "/dev/disk\\one");
  EXPECT_FALSE(mounts[0].read_only);
  EXPECT_TRUE(mounts[1].read_only);
}

TEST(Mounts, TheDeepestAndLastOneCounts) {
  const TemporaryFolder root;
  root.write("proc/self/mountinfo", std::string(kRoot) +
                                        "22 21 0:20 / /var/lib rw - tmpfs tmpfs rw\n"
                                        "23 21 0:21 / /var/lib rw - nfs server:/x rw\n"
                                        "24 21 0:22 / /var/lib/holdfast-old rw - tmpfs tmpfs rw\n");
  EXPECT_EQ(storage_at(root.path(), "/var/lib/holdfast"), StorageClass::network);
  EXPECT_EQ(storage_at(root.path(), "/var/library"), StorageClass::disk);
  EXPECT_EQ(storage_at(root.path() / "absent", "/var"), StorageClass::unfamiliar);
}

TEST(Mounts, AnOverlayIsAsDurableAsItsUpperLayer) {
  const TemporaryFolder root;
  const std::string memory = "20 1 0:19 / /run/live rw - tmpfs tmpfs rw\n";
  const std::string overlay = "21 1 0:20 / / rw - overlay overlay rw,lowerdir=/l,upperdir=/run/live/up,workdir=/w\n";
  root.write("proc/self/mountinfo", overlay + memory);
  EXPECT_EQ(storage_at(root.path(), "/var"), StorageClass::memory);
  root.write("proc/self/mountinfo", overlay);
  EXPECT_EQ(storage_at(root.path(), "/var"), StorageClass::layered);
}

Mount mount_of(const std::string& device, const std::string& source) {
  Mount mount;
  mount.device = device;
  mount.source = source;
  return mount;
}

TEST(Mounts, TellTheFileSystemByItsUuid) {
  const TemporaryFolder root;
  const std::string uuid = "5a0d3c1e-9b7f-4c26-8e41-d20f6b7a93c5";
  link(root.path() / "dev/disk/by-uuid/0000", "../../sdb1");
  link(root.path() / "dev/disk/by-uuid" / uuid, "../../dm-0");
  // By the device's number, by a link to the device, and by its name.
  link(root.path() / "sys/dev/block/253:0", "../../devices/virtual/block/dm-0");
  link(root.path() / "dev/mapper/vg-root", "../dm-0");
  EXPECT_EQ(file_system_uuid(root.path(), mount_of("253:0", "/dev/root")), uuid);
  EXPECT_EQ(file_system_uuid(root.path(), mount_of("0:31", "/dev/mapper/vg-root")), uuid);
  EXPECT_EQ(file_system_uuid(root.path(), mount_of("0:31", "/dev/dm-0")), uuid);
  EXPECT_EQ(file_system_uuid(root.path(), mount_of("0:31", "/dev/sdc1")), "");
  EXPECT_EQ(file_system_uuid(root.path(), mount_of("0:31", "tank/data")), "");
}

}  // namespace
}  // namespace holdfast::fingerprint
