#include "device/anchor/stateless_file.hpp"

#include <algorithm>
#include <utility>

#include "core/encoding.hpp"

namespace holdfast::anchor {
namespace {

constexpr CheckedFileKind kKind{.what = "the stateless configuration",
                                .magic = "holdfast-stateless-v1",
                                .prefix = "holdfast-stateless-v",
                                .remedy = "restore it, or make it again with the same 'holdfast init --stateless'"};
constexpr std::string_view kMacPurpose = "stateless-mac";
constexpr std::size_t kMaxAttributes = 128;
constexpr std::size_t kCheckSize = 32;

Json to_json(const StatelessConfig& config) {
  Json attributes = Json::array();
  for (const auto& attribute : config.attributes) attributes.push_back(to_json_without_salt(attribute));
  Json json{
      {"argon2",
       {{"memory_kib", config.argon2.memory_kib}, {"passes", config.argon2.passes}, {"lanes", config.argon2.lanes}}},
      {"attributes", std::move(attributes)},
      {"check", to_hex(config.check)},
      {"credential_file", config.credential_file},
      {"low_entropy_accepted", config.low_entropy_accepted},
      {"platform", config.platform},
      {"profile", config.profile},
      {"sysroot", config.sysroot}};
  if (!config.device_salt.empty()) json["device_salt"] = to_base64(config.device_salt);
  return json;
}

Result<crypto::Argon2Params> parse_costs(const Json& json) {
  JsonReader reader(json, "stateless configuration, argon2");
  const auto cost = [&](const char* name) { return static_cast<std::uint32_t>(reader.number(name, 0, UINT32_MAX)); };
  const crypto::Argon2Params costs{.memory_kib = cost("memory_kib"), .passes = cost("passes"), .lanes = cost("lanes")};
  TRY(reader.finish(), "parse Argon2id parameters");
  if (const auto bounds = crypto::check_bounds(costs); !bounds.ok()) {
    return Error(bounds.error().code(), std::string(kKind.what) + ": " + bounds.error().message());
  }
  return costs;
}

Result<std::vector<SlotAttribute>> parse_attributes(const Json& array) {
  std::vector<SlotAttribute> attributes;
  for (const auto& element : array) {
    JsonReader reader(element, "stateless configuration, attribute " + std::to_string(attributes.size() + 1));
    auto attribute = read_without_salt(reader);
    TRY(reader.finish(), "parse attribute");
    const bool twice = std::ranges::any_of(attributes, [&](const SlotAttribute& other) {
      return other.name == attribute.name && other.source == attribute.source;
    });
    if (twice) return malformed_file(kKind, "names an attribute twice");
    attributes.push_back(std::move(attribute));
  }
  if (attributes.empty()) return malformed_file(kKind, "names no attribute");
  return attributes;
}

Result<StatelessConfig> parse_body(std::string_view line) {
  TRY_LET(const auto json, parse_canonical_json(line, std::string(kKind.what)), "parse stateless configuration");
  JsonReader reader(json, "stateless configuration");
  StatelessConfig config;
  const Json& costs = reader.object("argon2");
  const Json& attributes = reader.array("attributes", kMaxAttributes);
  config.check = reader.hex("check", kCheckSize);
  config.credential_file = reader.text("credential_file", 4096);
  if (reader.has("device_salt")) config.device_salt = reader.base64("device_salt", kMinDeviceSalt, kMaxDeviceSalt);
  config.low_entropy_accepted = reader.boolean("low_entropy_accepted");
  config.platform = reader.text("platform", 64);
  config.profile = reader.text("profile", 64);
  if (config.profile.empty()) reader.fail("profile", "is empty");
  config.sysroot = reader.text("sysroot", 4096);
  TRY(reader.finish(), "parse stateless configuration");
  TRY_LET(config.argon2, parse_costs(costs), "parse costs");
  TRY_LET(config.attributes, parse_attributes(attributes), "parse attributes");
  return config;
}

}  // namespace

Result<UnverifiedStatelessConfig> parse_stateless_file(ByteView bytes) {
  TRY_LET(auto lines, parse_checked_lines(kKind, bytes), "read stateless configuration");
  TRY_LET(auto config, parse_body(lines.body), "parse stateless configuration");
  return UnverifiedStatelessConfig{std::move(config), Bytes(lines.authenticated.begin(), lines.authenticated.end()),
                                   std::move(lines.mac)};
}

Result<void> verify_stateless_mac(const UnverifiedStatelessConfig& file, const Root& root) {
  TRY_LET(const auto key, root.key(kMacPurpose), "derive MAC key");
  return verify_mac(kKind, file.authenticated, file.mac, key);
}

Result<Bytes> serialise_stateless_file(const StatelessConfig& config, const Root& root) {
  TRY_LET(const auto key, root.key(kMacPurpose), "derive MAC key");
  return write_checked_lines(kKind, to_json(config), key);
}

}  // namespace holdfast::anchor
