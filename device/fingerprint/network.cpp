#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <set>

#include "core/encoding.hpp"
#include "core/file.hpp"
#include "device/fingerprint/reading.hpp"
#include "device/fingerprint/sources.hpp"

namespace holdfast::fingerprint {
namespace {

constexpr unsigned kMacBits = 24;
constexpr std::size_t kMacSize = 6;
constexpr std::size_t kMaxAddress = 32;  // of any kind of interface, as the kernel has it
constexpr std::uint64_t kMulticast = 0x01'00'00'00'00'00;
constexpr std::uint64_t kLocallyAdministered = 0x02'00'00'00'00'00;

std::string line_of(const std::filesystem::path& file) { return std::string(trimmed(read_plain(file, 256))); }

// What the card itself says, whatever address is in use now. Blank where the driver does not know.
SecretBytes ask_driver(const std::string& interface) {
  const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.valid() || interface.size() >= IFNAMSIZ) return {};
  alignas(ethtool_perm_addr) std::array<std::uint8_t, sizeof(ethtool_perm_addr) + kMaxAddress> buffer{};
  auto* question = reinterpret_cast<ethtool_perm_addr*>(buffer.data());
  question->cmd = ETHTOOL_GPERMADDR;
  question->size = kMaxAddress;
  ifreq request{};
  std::ranges::copy(interface, request.ifr_name);
  request.ifr_data = reinterpret_cast<char*>(buffer.data());
  if (::ioctl(socket.get(), SIOCETHTOOL, &request) != 0 || question->size != kMacSize) return {};
  const auto address = ByteView(buffer).subspan(sizeof(ethtool_perm_addr), kMacSize);
  if (std::ranges::all_of(address, [](std::uint8_t byte) { return byte == 0; })) return {};
  auto digits = to_hex(address);
  auto mac = SecretBytes::copy_of(as_bytes(digits));
  wipe({reinterpret_cast<std::uint8_t*>(digits.data()), digits.size()});
  wipe(buffer);
  return mac;
}

bool is_card(const std::filesystem::path& folder, const std::filesystem::path& device) {
  if (device.empty() || device.string().contains("/devices/virtual/")) return false;
  std::error_code problem;
  // A virtual function's address is chosen by whoever runs the card.
  if (std::filesystem::exists(device / "physfn", problem)) return false;
  const auto type = line_of(folder / "type");
  return type.empty() || type == "1";  // ARPHRD_ETHER, Wi-Fi included
}

// The permanent address; an unavailable attribute where it was set by software and the driver does not
// tell the old one; nothing where the card has none of its own.
std::optional<Attribute> read_mac(const std::filesystem::path& folder, const std::string& interface, bool live) {
  Attribute attribute;
  auto permanent = live ? ask_driver(interface) : SecretBytes();
  if (permanent.empty()) {
    constexpr std::string_view kPermanent = "0";
    constexpr std::string_view kSetBySoftware = "3";
    const auto origin = line_of(folder / "addr_assign_type");
    if (origin == kSetBySoftware) {
      set_unavailable(attribute, "the address of " + interface +
                                     " was set by software, and its driver does not tell the permanent one");
      return attribute;
    }
    if (origin != kPermanent) return std::nullopt;
    const auto shown = "/sys/class/net/" + interface + "/address";
    auto reading = read_value(folder / "address");
    if (reading.outcome != ReadOutcome::read) {
      set_value(attribute, reading, ValueFormat::mac, shown);
      return attribute;
    }
    permanent = std::move(reading.raw);
  }
  const auto normal = normalise(permanent.expose(SecretAccess{}), ValueFormat::mac);
  const auto number = parse_mac(text_of(normal));
  if (!number || *number == 0) return std::nullopt;
  constexpr std::uint64_t kAllOnes = 0xFF'FF'FF'FF'FF'FF;
  if (*number != kAllOnes && (*number & (kMulticast | kLocallyAdministered)) != 0) return std::nullopt;
  set_value(attribute, permanent.expose(SecretAccess{}), ValueFormat::mac);
  return attribute;
}

std::string location_of(const std::filesystem::path& folder, const std::filesystem::path& device,
                        const std::string& interface, std::set<std::string>& taken) {
  auto location = bus_location(device);
  if (location.empty()) location = interface;
  // Some cards drive several sockets from one function.
  const auto port = line_of(folder / "dev_port");
  if (!port.empty() && port != "0") location += "-port" + port;
  if (!taken.insert(location).second) {
    location += "-" + interface;
    taken.insert(location);
  }
  return location;
}

}  // namespace

void read_network(const std::filesystem::path& sysroot, std::vector<Native>& natives) {
  const bool live = sysroot == "/";
  const auto all = sysroot / "sys/class/net";
  std::set<std::string> taken;
  const auto first = static_cast<std::ptrdiff_t>(natives.size());
  for (const auto& interface : names_in(all)) {
    const auto folder = all / interface;
    const auto device = real_device(folder / "device");
    if (!is_card(folder, device)) continue;
    auto attribute = read_mac(folder, interface, live);
    if (!attribute) continue;
    const auto location = location_of(folder, device, interface, taken);
    attribute->name = "net/" + location + "/mac";
    attribute->source = "net:permanent-mac:" + location;
    attribute->attribute_class = AttributeClass::replaceable;
    attribute->group = "net/" + location;
    attribute->bits = kMacBits;
    natives.push_back({*std::move(attribute), {"net:" + interface, "net:" + location}});
  }
  std::sort(natives.begin() + first, natives.end(),
            [](const Native& a, const Native& b) { return a.attribute.name < b.attribute.name; });
}

}  // namespace holdfast::fingerprint
