#include "device/fingerprint/collect.hpp"

#include <gmock/gmock.h>

#include <chrono>

#include "device/fingerprint/quorum.hpp"
#include "device/fingerprint/sources.hpp"
#include "device/fingerprint/test_support.hpp"

namespace holdfast::fingerprint {
namespace {

using test::find;
using test::machine;
using test::TemporaryFolder;
using test::value_of;
using testing::HasSubstr;

// "name class group bits state", one for each attribute.
std::vector<std::string> lines_of(const Fingerprint& fingerprint) {
  std::vector<std::string> lines;
  for (const auto& a : fingerprint.attributes) {
    lines.push_back(a.name + " " + std::string(name_of(a.attribute_class)) + " " + a.group + " " +
                    std::to_string(a.bits) + " " + std::string(name_of(a.state)));
  }
  return lines;
}

// "k of n: weakest/total bits, tier: counted names"
std::string plan_of(const Fingerprint& fingerprint) {
  const auto plan = plan_quorum(fingerprint, {});
  if (!plan.ok()) return plan.error().message();
  auto line = std::to_string(plan->quorum) + " of " + std::to_string(plan->counted.size()) + ": " +
              std::to_string(plan->weakest_bits) + "/" + std::to_string(plan->total_bits) + " bits, " +
              std::string(name_of(plan->tier)) + ":";
  for (const auto& counted : plan->counted) line += " " + fingerprint.attributes[counted.attribute].name;
  return line;
}

struct MachineCase {
  std::string name;
  PlatformKind platform;
  std::vector<std::string> lines;
  std::string plan;
};

void PrintTo(const MachineCase& machine_case, std::ostream* out) { *out << machine_case.name; }

class Machines : public testing::TestWithParam<MachineCase> {};

TEST_P(Machines, HaveExactlyTheseAttributesAndThisPlan) {
  const auto& expected = GetParam();
  const auto fingerprint = collect({.sysroot = machine(expected.name), .credential_file = {}});
  ASSERT_TRUE(fingerprint.ok()) << fingerprint.error().describe();
  EXPECT_EQ(fingerprint->platform.kind, expected.platform) << fingerprint->platform.evidence;
  EXPECT_EQ(fingerprint->platform.evidence.empty(), expected.platform == PlatformKind::bare_metal);
  EXPECT_EQ(lines_of(*fingerprint), expected.lines);
  EXPECT_EQ(plan_of(*fingerprint), expected.plan);
}

TEST_P(Machines, GiveTheSameFingerprintTwice) {
  const auto first = collect({.sysroot = machine(GetParam().name), .credential_file = {}});
  const auto second = collect({.sysroot = machine(GetParam().name), .credential_file = {}});
  ASSERT_TRUE(first.ok() && second.ok());
  ASSERT_EQ(first->attributes.size(), second->attributes.size());
  for (std::size_t i = 0; i < first->attributes.size(); ++i) {
    EXPECT_EQ(first->attributes[i].source, second->attributes[i].source);
    EXPECT_EQ(value_of(first->attributes[i]), value_of(second->attributes[i]));
  }
}

TEST_P(Machines, TellAReasonForEachAttributeThatIsNotPresent) {
  const auto fingerprint = collect({.sysroot = machine(GetParam().name), .credential_file = {}});
  ASSERT_TRUE(fingerprint.ok());
  for (const auto& attribute : fingerprint->attributes) {
    const bool present = attribute.state == AttributeState::present;
    EXPECT_EQ(attribute.reason.empty(), present) << attribute.name;
    EXPECT_EQ(attribute.value.empty(), !present) << attribute.name;
  }
}

const MachineCase kMachines[] = {
    {"x86-server",
     PlatformKind::bare_metal,
     {
         "dmi/product_uuid board board 32 present",
         "dmi/board_serial board board 24 present",
         "dmi/product_serial board board 24 present",
         "dmi/chassis_serial board board 24 present",
         "processor/serial burned-in processor 32 present",
         "net/0000:00:1f.6/mac replaceable net/0000:00:1f.6 24 present",
         "net/0000:18:00.0/mac replaceable net/0000:00:1f.6 24 present",
         "net/0000:3b:00.0/mac replaceable net/0000:3b:00.0 24 present",
         "disk/0000:00:17.0-ata3/serial replaceable disk/0000:00:17.0-ata3 32 present",
         "disk/0000:00:17.0-ata3/wwid replaceable disk/0000:00:17.0-ata3 32 present",
         "disk/0000:5e:00.0-nvme/eui replaceable disk/0000:5e:00.0-nvme 32 present",
         "disk/0000:5e:00.0-nvme/serial replaceable disk/0000:5e:00.0-nvme 32 present",
         "disk/0000:5e:00.0-nvme/wwid replaceable disk/0000:5e:00.0-nvme 32 present",
         "machine-id software machine-id 0 present",
         "hostname software hostname 0 present",
         "filesystem/0000:5e:00.0-nvme-part1 software disk/0000:5e:00.0-nvme 0 present",
         "filesystem/0000:5e:00.0-nvme-part2 software disk/0000:5e:00.0-nvme 0 present",
     },
     "4 of 6: 112/176 bits, software: processor/serial dmi/product_uuid disk/0000:00:17.0-ata3/serial "
     "disk/0000:5e:00.0-nvme/eui net/0000:00:1f.6/mac net/0000:3b:00.0/mac"},
    {"laptop",
     PlatformKind::bare_metal,
     {
         "dmi/product_uuid board board 32 present",
         "dmi/board_serial board board 24 present",
         "dmi/product_serial board board 24 present",
         "dmi/chassis_serial board board 24 placeholder",
         "net/0000:00:14.0-usb1/mac replaceable net/0000:00:14.0-usb1 24 present",
         "net/0000:00:14.3/mac replaceable net/0000:00:14.3 24 present",
         "disk/0000:02:00.0-nvme/serial replaceable disk/0000:02:00.0-nvme 32 present",
         "disk/0000:02:00.0-nvme/wwid replaceable disk/0000:02:00.0-nvme 32 present",
         "machine-id software machine-id 0 present",
         "hostname software hostname 0 present",
         "filesystem/0000:02:00.0-nvme-part2 software disk/0000:02:00.0-nvme 0 present",
     },
     "3 of 4: 80/112 bits, software: dmi/product_uuid disk/0000:02:00.0-nvme/serial net/0000:00:14.0-usb1/mac "
     "net/0000:00:14.3/mac"},
    {"raspberry-pi",
     PlatformKind::bare_metal,
     {
         "device-tree/serial burned-in processor 32 present",
         "processor/serial burned-in processor 32 present",
         "net/3f300000.mmcnr/mac replaceable net/3f300000.mmcnr 24 present",
         "net/3f980000.usb-usb1.1.1/mac replaceable processor 24 present",
         "disk/3f202000.mmc/cid replaceable disk/3f202000.mmc 32 present",
         "machine-id software machine-id 0 present",
         "hostname software hostname 0 present",
         "filesystem/3f202000.mmc-part1 software disk/3f202000.mmc 0 present",
     },
     "3 of 3: 88/88 bits, software: device-tree/serial disk/3f202000.mmc/cid net/3f300000.mmcnr/mac"},
    {"emmc-arm-board",
     PlatformKind::bare_metal,
     {
         "device-tree/serial burned-in soc 32 empty",
         "soc/serial burned-in soc 32 present",
         "net/30be0000.ethernet/mac replaceable net/30be0000.ethernet 24 present",
         "disk/30b60000.mmc/cid replaceable disk/30b60000.mmc 32 present",
         "machine-id software machine-id 0 placeholder",
         "hostname software hostname 0 present",
     },
     "3 of 3: 88/88 bits, software: soc/serial disk/30b60000.mmc/cid net/30be0000.ethernet/mac"},
    {"cloud-vm",
     PlatformKind::virtual_machine,
     {
         "dmi/product_uuid declared board 0 present",
         "dmi/board_serial declared board 0 present",
         "dmi/product_serial declared board 0 present",
         "dmi/chassis_serial declared board 0 placeholder",
         "disk/0000:00:04.0-nvme/serial declared disk/0000:00:04.0-nvme 0 present",
         "disk/0000:00:04.0-nvme/wwid declared disk/0000:00:04.0-nvme 0 present",
         "disk/0000:00:06.0-virtio/serial declared disk/0000:00:06.0-virtio 0 empty",
         "machine-id declared board 0 present",
         "hostname declared hostname 0 present",
         "cloud/instance-id declared board 0 present",
     },
     "2 of 3: 0/0 bits, declared: cloud/instance-id disk/0000:00:04.0-nvme/serial hostname"},
    {"container",
     PlatformKind::container,
     {
         "dmi/product_uuid declared board 0 present",
         "dmi/product_serial declared board 0 present",
         "disk/0000:5e:00.0-nvme/serial declared disk/0000:5e:00.0-nvme 0 present",
         "disk/0000:5e:00.0-nvme/wwid declared disk/0000:5e:00.0-nvme 0 present",
         "machine-id declared machine-id 0 empty",
         "hostname declared hostname 0 present",
     },
     "2 of 3: 0/0 bits, declared: disk/0000:5e:00.0-nvme/serial dmi/product_serial hostname"},
};

INSTANTIATE_TEST_SUITE_P(All, Machines, testing::ValuesIn(kMachines), [](const auto& machine_case) {
  std::string name = machine_case.param.name;
  std::erase(name, '-');
  return name;
});

TEST(Collect, NormalisesBySource) {
  const auto server = collect({.sysroot = machine("x86-server"), .credential_file = {}});
  ASSERT_TRUE(server.ok());
  const auto value = [&](const char* name) { return value_of(*find(server->attributes, name)); };
  EXPECT_EQ(value("dmi/product_uuid"), "4c4c4544-0039-4d10-8051-b4c04f4e4e32");
  EXPECT_EQ(value("dmi/board_serial"), ".9MQ4NN2.CNFCP0079R00LK.");
  EXPECT_EQ(value("processor/serial"), "8a1bd2e0c4417f93");
  EXPECT_EQ(value("net/0000:00:1f.6/mac"), "e4:43:4b:1a:2c:30");
  EXPECT_EQ(value("disk/0000:00:17.0-ata3/serial"), "S4EVNX0M803117");
}

TEST(Collect, MarksWhatOnlyRootReadsByTheFilesMode) {
  const TemporaryFolder folder;
  std::filesystem::copy(machine("x86-server"), folder.path(),
                        std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks);
  std::filesystem::permissions(folder.path() / "sys/class/dmi/id/product_uuid", std::filesystem::perms{0400});
  const auto fingerprint = collect({.sysroot = folder.path(), .credential_file = {}});
  ASSERT_TRUE(fingerprint.ok());
  const auto* uuid = find(fingerprint->attributes, "dmi/product_uuid");
  EXPECT_TRUE(uuid->only_root_reads);
  if (::geteuid() == 0) {
    EXPECT_EQ(uuid->state, AttributeState::present);
  }
  EXPECT_FALSE(find(fingerprint->attributes, "dmi/product_serial")->only_root_reads);
}

TEST(Collect, LeavesTheKindOfDiskThatComesAndGoesOut) {
  const auto server = collect({.sysroot = machine("x86-server"), .credential_file = {}});
  for (const auto& attribute : server->attributes) {
    EXPECT_THAT(attribute.name, testing::Not(HasSubstr("0000:00:14.0"))) << "the USB stick";
    EXPECT_THAT(attribute.name, testing::Not(HasSubstr("ata5"))) << "the optical drive";
  }
}

TEST(Collect, ReportsAnAddressThatSoftwareSetAsUnavailable) {
  const TemporaryFolder folder;
  folder.write("sys/devices/pci0000:00/0000:00:1f.6/uevent", "");
  folder.write("sys/class/net/eth0/address", "00:04:9f:07:3b:c1\n");
  folder.write("sys/class/net/eth0/addr_assign_type", "3\n");
  std::filesystem::create_symlink("../../../devices/pci0000:00/0000:00:1f.6",
                                  folder.path() / "sys/class/net/eth0/device");
  const auto fingerprint = collect({.sysroot = folder.path(), .credential_file = {}});
  ASSERT_TRUE(fingerprint.ok());
  ASSERT_EQ(fingerprint->attributes.size(), 1U);
  EXPECT_EQ(fingerprint->attributes[0].state, AttributeState::unavailable);
  EXPECT_THAT(fingerprint->attributes[0].reason, HasSubstr("set by software"));
}

TEST(Collect, ReadsThisMachineQuickly) {
  const auto fingerprint = collect({});
  ASSERT_TRUE(fingerprint.ok()) << fingerprint.error().describe();
  for (const auto& attribute : fingerprint->attributes) EXPECT_FALSE(attribute.group.empty()) << attribute.name;
}

TEST(Collect, FindsNothingInAnEmptyFolder) {
  const TemporaryFolder folder;
  const auto fingerprint = collect({.sysroot = folder.path(), .credential_file = {}});
  ASSERT_TRUE(fingerprint.ok());
  EXPECT_TRUE(fingerprint->attributes.empty());
  EXPECT_EQ(fingerprint->platform.kind, PlatformKind::bare_metal);
}

struct PlatformCase {
  std::string file;
  std::string content;
  PlatformKind kind;
};

TEST(Platform, IsRecognisedByWhatItLeavesBehind) {
  const PlatformCase cases[] = {
      {"run/.containerenv", "", PlatformKind::container},
      {"run/systemd/container", "lxc\n", PlatformKind::container},
      {"proc/1/cgroup", "12:cpu:/docker/0123\n", PlatformKind::container},
      {"proc/1/cgroup", "0::/init.scope\n", PlatformKind::bare_metal},
      {"proc/1/environ", std::string("container=podman\0A=b\0", 21), PlatformKind::container},
      {"proc/1/environ", std::string("A=b\0container=lxc\0", 18), PlatformKind::container},
      {"proc/1/environ", std::string("A=container=lxc\0", 16), PlatformKind::bare_metal},
      {"sys/class/dmi/id/sys_vendor", "QEMU\n", PlatformKind::virtual_machine},
      {"sys/class/dmi/id/product_name", "Virtual Machine\n", PlatformKind::virtual_machine},
      {"sys/class/dmi/id/sys_vendor", "Google\n", PlatformKind::bare_metal},
      {"sys/class/dmi/id/product_name", "Google Compute Engine\n", PlatformKind::virtual_machine},
      {"sys/class/dmi/id/product_name", "m5.metal\n", PlatformKind::bare_metal},
      {"proc/cpuinfo", "processor : 0\nflags\t: fpu hypervisor lm\n", PlatformKind::virtual_machine},
      {"proc/cpuinfo", "processor : 0\nflags\t: fpu hypervisor_like lm\n", PlatformKind::bare_metal},
      {"proc/device-tree/compatible", std::string("linux,dummy-virt\0", 17), PlatformKind::virtual_machine},
      {"proc/device-tree/hypervisor/compatible", std::string("xen,xen\0", 8), PlatformKind::virtual_machine},
      {"sys/hypervisor/type", "xen\n", PlatformKind::virtual_machine},
      {"sys/block/vda/size", "1\n", PlatformKind::virtual_machine},
      {"sys/block/sda/size", "1\n", PlatformKind::bare_metal},
  };
  for (const auto& c : cases) {
    const TemporaryFolder folder;
    folder.write(c.file, c.content);
    EXPECT_EQ(detect_platform(folder.path()).kind, c.kind) << c.file << ": " << c.content;
  }
}

TEST(Platform, TheFirstDomainOfXenIsBareMetal) {
  const TemporaryFolder folder;
  folder.write("sys/hypervisor/type", "xen\n");
  folder.write("proc/xen/capabilities", "control_d\n");
  EXPECT_EQ(detect_platform(folder.path()).kind, PlatformKind::bare_metal);
}

TEST(BusLocation, LeavesOutWhatDependsOnTheOrderOfProbing) {
  const std::pair<const char*, const char*> cases[] = {
      {"/sys/devices/pci0000:00/0000:00:1f.6", "0000:00:1f.6"},
      {"/sys/devices/pci0000:00/0000:00:1d.0/0000:02:00.0/nvme/nvme3", "0000:02:00.0-nvme"},
      {"/sys/devices/pci0000:00/0000:00:03.0/virtio2", "0000:00:03.0-virtio"},
      {"/sys/devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0", "0000:00:17.0-ata1"},
      {"/sys/devices/pci0000:00/0000:03:00.0/host4/target4:2:7/4:2:7:0", "0000:03:00.0-scsi2:7:0"},
      {"/sys/devices/pci0000:00/0000:00:14.0/usb2/2-1/2-1.4/2-1.4:1.0", "0000:00:14.0-usb1.4"},
      {"/sys/devices/platform/soc/fe340000.mmc/mmc_host/mmc0/mmc0:0001", "fe340000.mmc"},
      {"/sys/devices/pci10000:e0/10000:e0:06.0/10000:e1:00.0/nvme/nvme0", "10000:e1:00.0-nvme"},
      {"/sys/devices/platform/dummy", ""},
      {"", ""},
  };
  for (const auto& [device, location] : cases) EXPECT_EQ(bus_location(device), location) << device;
}

}  // namespace
}  // namespace holdfast::fingerprint
