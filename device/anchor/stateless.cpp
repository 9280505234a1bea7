#include "device/anchor/stateless.hpp"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "core/folder_group.hpp"
#include "core/folder_lock.hpp"
#include "core/text.hpp"
#include "crypto/compare.hpp"
#include "device/anchor/stateless_root.hpp"

namespace holdfast::anchor {
namespace {

using fingerprint::kEntropyFloor;
using fingerprint::Tier;

fingerprint::QuorumWorth worth_of(const std::vector<SlotAttribute>& attributes) {
  std::vector<fingerprint::QuorumMember> members;
  members.reserve(attributes.size());
  for (const auto& a : attributes) members.push_back({a.attribute_class, a.bits, a.only_root_reads, a.bits_claimed});
  return fingerprint::worth_of({}, members, 0);
}

SlotAttribute described(const fingerprint::Fingerprint& fingerprint, const fingerprint::Counted& counted) {
  const auto& attribute = fingerprint.attributes[counted.attribute];
  return {attribute.name, attribute.source,       attribute.attribute_class, attribute.group,
          counted.bits,   attribute.bits_claimed, attribute.only_root_reads, {}};
}

// All of them are required, so that neither a quorum nor its subsets matter.
Result<std::vector<SlotAttribute>> choose_attributes(const StatelessRequest& request) {
  const fingerprint::QuorumRequest wanted{.quorum = std::nullopt,
                                          .required = request.attributes,
                                          .max_subsets = std::numeric_limits<unsigned>::max(),
                                          .participants = request.participants};
  TRY_LET(const auto plan, fingerprint::plan_quorum(*request.fingerprint, wanted), "choose attributes");
  std::vector<SlotAttribute> chosen;
  chosen.reserve(plan.required.size() + plan.counted.size());
  for (const auto& required : plan.required) chosen.push_back(described(*request.fingerprint, required));
  if (request.attributes.empty() && request.participants == fingerprint::Participants::machine) {
    for (const auto& counted : plan.counted) chosen.push_back(described(*request.fingerprint, counted));
  }
  if (chosen.empty()) {
    return Error(ErrorCode::refused,
                 "a stateless root is made of required attributes alone, and the credential file says of each that it "
                 "is not; let it require some");
  }
  const auto rank = [](const SlotAttribute& a) { return std::tie(a.attribute_class, a.name, a.source); };
  std::ranges::sort(chosen, [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  return chosen;
}

Result<void> check_entropy(const std::vector<SlotAttribute>& attributes, LowEntropy low_entropy) {
  const auto bits = worth_of(attributes).bits;
  if (bits >= kEntropyFloor || low_entropy == LowEntropy::accepted) return {};
  return Error(ErrorCode::refused,
               "the chosen attributes hold " + std::to_string(bits) + " bits, " + std::to_string(kEntropyFloor - bits) +
                   " fewer than the " + std::to_string(kEntropyFloor) +
                   " that a root needs. Choose more (--require NAME), or name further ones in a credential file "
                   "(--credfile F); --accept-low-entropy overrides this and is recorded for ever");
}

Result<void> check_device_salt(ByteView salt) {
  if (salt.empty() || (salt.size() >= kMinDeviceSalt && salt.size() <= kMaxDeviceSalt)) return {};
  return Error(ErrorCode::usage, "a device salt has " + std::to_string(kMinDeviceSalt) + " to " +
                                     std::to_string(kMaxDeviceSalt) + " bytes, and this one has " +
                                     std::to_string(salt.size()));
}

// An attribute that reads differently each time would give another root at each start.
Result<void> check_steady(const StatelessRequest& request, const StatelessConfig& config) {
  TRY_LET(const auto fresh, request.read_again(), "read attributes again");
  const auto again = derive_stateless_root(config, fresh);
  if (!again.ok() && again.error().code() != ErrorCode::does_not_open) return again.error();
  if (again.ok() && crypto::ct_equal(again->check, config.check)) return {};
  return Error(ErrorCode::refused,
               "an attribute changes from one reading to the next; leave it out by naming the others with --require");
}

std::string names_of(const std::vector<SlotAttribute>& attributes) {
  std::string names;
  for (const auto& a : attributes) names += (names.empty() ? "" : ", ") + printable(a.name);
  return names;
}

std::string reason_for(const StatelessConfig& config, const fingerprint::QuorumWorth& worth) {
  if (worth.tier == Tier::software) {
    return "the values reported by the kernel or firmware hold " + std::to_string(worth.hardware_bits) + " bits";
  }
  if (config.platform != fingerprint::name_of(fingerprint::PlatformKind::bare_metal)) {
    return "the identifiers of a virtual machine or container are whatever its host declares";
  }
  return "the values reported by the kernel or firmware hold only " + std::to_string(worth.hardware_bits) + " bits";
}

}  // namespace

Result<OpenedStateless> make_stateless(const StatelessRequest& request) {
  TRY(check_device_salt(request.device_salt), "check device salt");
  if (!request.fingerprint->noisy.empty()) {
    return Error(ErrorCode::refused,
                 "the noisy source '" + printable(request.fingerprint->noisy.front().name) +
                     "' cannot be used without storage, since its helper data must be kept; take it "
                     "out of the credential file, or make an anchor");
  }
  StatelessConfig config;
  TRY_LET(config.attributes, choose_attributes(request), "choose attributes");
  TRY(check_entropy(config.attributes, request.low_entropy), "check entropy");
  config.low_entropy_accepted = worth_of(config.attributes).bits < kEntropyFloor;
  config.profile = request.profile;
  config.device_salt = request.device_salt;
  config.sysroot = request.sysroot;
  config.credential_file = request.credential_file;
  config.platform = fingerprint::name_of(request.fingerprint->platform.kind);
  TRY_LET(auto derived, derive_stateless_root(config, *request.fingerprint), "derive root");
  config.check = std::move(derived.check);
  if (request.read_again) TRY(check_steady(request, config), "compare attributes");
  return OpenedStateless{std::move(config), Roots(std::move(derived.root))};
}

Result<void> store_stateless(const StateFolder& folder, const OpenedStateless& made) {
  TRY_LET(const auto bytes, serialise_stateless_file(made.config, made.roots.newest()), "write configuration");
  // What the format cannot hold, such as a very long path, must not be found out at the next start.
  TRY(parse_stateless_file(bytes), "read back");
  TRY_LET(const FolderLock lock, FolderLock::acquire(folder.path()), "lock state folder");
  TRY(folder.check_vacant(), "check state folder");
  return write_private_file(folder.stateless_file(), bytes, Replace::refused);
}

Result<OpenedStateless> open_stateless(const UnverifiedStatelessConfig& file,
                                       const fingerprint::Fingerprint& fingerprint) {
  TRY_LET(auto derived, derive_stateless_root(file.config, fingerprint), "derive root");
  if (!crypto::ct_equal(derived.check, file.config.check)) {
    return Error(ErrorCode::does_not_open,
                 "this device's attributes do not open its stateless configuration: another device, or at least one of "
                 "these changed: " +
                     names_of(file.config.attributes));
  }
  TRY(verify_stateless_mac(file, derived.root), "verify configuration");
  return OpenedStateless{file.config, Roots(std::move(derived.root))};
}

Assurance assess(const StatelessConfig& config) {
  const auto worth = worth_of(config.attributes);
  Assurance assurance{.tier = worth.tier,
                      .reason = reason_for(config, worth),
                      .weakest_bits = worth.bits,
                      .weakest_hardware_bits = worth.hardware_bits,
                      .warnings = {}};
  if (config.low_entropy_accepted) {
    assurance.warnings.emplace_back("made knowingly with less entropy than the floor of " +
                                    std::to_string(kEntropyFloor) +
                                    " bits asks for: whoever gets the configuration, or anything this device sealed or "
                                    "signed, may find the root by guessing");
  }
  if (config.device_salt.empty()) {
    assurance.warnings.emplace_back(
        "without a salt of its own (--device-salt-file) this device shares its salt with all others of the profile '" +
        printable(config.profile) + "': one search through the possible attributes attacks a whole fleet at once");
  }
  if (!worth.needs_root) {
    assurance.warnings.emplace_back(
        "any local account that gets the configuration can derive the root: every account reads all of its values");
  }
  return assurance;
}

}  // namespace holdfast::anchor
