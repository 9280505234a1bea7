#include "device/anchor/anchor_file.hpp"

#include <algorithm>
#include <utility>

#include "core/encoding.hpp"
#include "crypto/aead.hpp"
#include "device/anchor/checked_lines.hpp"

namespace holdfast::anchor {
namespace {

constexpr CheckedFileKind kKind{.what = "the anchor file",
                                .magic = "holdfast-anchor-v1",
                                .prefix = "holdfast-anchor-v",
                                .remedy = "restore it from a backup"};
constexpr std::string_view kMacPurpose = "anchor-mac";
constexpr std::string_view kFipsModule = "fips";
constexpr std::string_view kOnlyNamed = "named";
constexpr std::size_t kMaxSlots = 16;
constexpr std::size_t kMaxRemembered = std::size_t{256} * 1024;
constexpr std::size_t kMaxOrigin = std::size_t{16} * 1024;

Error malformed(const std::string& why) { return malformed_file(kKind, why); }

Json to_json(const AnchorFile& file) {
  Json slots = Json::array();
  for (const auto& slot : file.slots) slots.push_back(to_json(slot));
  Json json{{"anchor", file.id.hex()},
            {"created", format_rfc3339(file.created)},
            {"made_by", file.made_by},
            {"generation", file.generation},
            {"epoch", file.epoch.number},
            {"low_entropy_accepted", file.low_entropy_accepted},
            {"platform", file.platform},
            {"sysroot", file.sysroot},
            {"credential_file", file.credential_file},
            {"events", {{"count", file.events.count}, {"head", to_hex(file.events.hash)}}},
            {"remembered", to_base64(file.remembered)},
            {"slots", std::move(slots)}};
  if (!file.older_roots.empty()) json["older_roots"] = to_json(file.older_roots);
  if (file.lowest_tier) json["lowest_tier"] = name_of(*file.lowest_tier);
  if (file.migration != MigrationPolicy{}) json["migration"] = to_json(file.migration);
  if (file.only_named_attributes) json["participants"] = kOnlyNamed;
  if (!file.profile.empty()) json["profile"] = file.profile;
  if (file.module == crypto::Module::fips) json["module"] = kFipsModule;
  if (!file.origin.empty()) json["origin"] = to_base64(file.origin);
  return json;
}

Result<EventHead> parse_head(const Json& json) {
  JsonReader reader(json, "anchor file, events");
  EventHead head;
  head.count = reader.number("count", 0, UINT32_MAX);
  const auto hash = reader.hex("head", head.hash.size());
  TRY(reader.finish(), "parse event head");
  std::ranges::copy(hash, head.hash.begin());
  return head;
}

// What the module of the file cannot compute, nobody wrote.
bool fits(const Slot& slot, crypto::Module module) {
  const bool fips = module == crypto::Module::fips;
  if (const auto* const fingerprint = std::get_if<FingerprintSlot>(&slot)) {
    return std::holds_alternative<crypto::Pbkdf2Params>(fingerprint->costs) == fips;
  }
  if (const auto* const puf = std::get_if<PufSlot>(&slot)) {
    return std::holds_alternative<crypto::Pbkdf2Params>(puf->costs) == fips;
  }
  const auto* const recovery = std::get_if<RecoverySlot>(&slot);
  const SecretSlot& secret =
      recovery != nullptr ? static_cast<const SecretSlot&>(*recovery) : std::get<EscrowSlot>(slot);
  return (secret.public_key.group == crypto::HybridGroup::p384) == fips;
}

Result<void> check_slots(const AnchorFile& file) {
  for (std::size_t i = 0; i < file.slots.size(); ++i) {
    if (!fits(file.slots[i], file.module)) return malformed("has a slot that its cryptographic module cannot open");
    if (epoch_of(file.slots[i]) != file.epoch) return malformed("has a slot of another epoch than its own");
    for (std::size_t j = 0; j < i; ++j) {
      if (id_of(file.slots[i]) == id_of(file.slots[j])) return malformed("has two slots of one id");
    }
  }
  if (file.slots.empty()) return malformed("has no slots");
  return {};
}

Result<AnchorFile> parse_body(std::string_view line) {
  TRY_LET(const auto json, parse_canonical_json(line, "the anchor file"), "parse anchor file");
  JsonReader reader(json, "anchor file");
  AnchorFile file;
  const auto id = reader.hex("anchor", file.id.bytes.size());
  const auto created = parse_rfc3339(reader.text("created", 20));
  if (!created.ok()) reader.fail("created", "is not a time");
  file.made_by = reader.text("made_by", 128);
  file.generation = reader.number("generation", 1, UINT64_MAX);
  file.epoch.number = static_cast<std::uint32_t>(reader.number("epoch", 1, UINT32_MAX));
  file.low_entropy_accepted = reader.boolean("low_entropy_accepted");
  file.platform = reader.text("platform", 64);
  file.sysroot = reader.text("sysroot", 4096);
  file.credential_file = reader.text("credential_file", 4096);
  if (reader.has("profile")) {
    file.profile = reader.text("profile", 64);
    if (file.profile.empty()) reader.fail("profile", "is empty");
  }
  if (reader.has("module")) {
    file.module = crypto::Module::fips;
    if (reader.text("module", 16) != kFipsModule) reader.fail("module", "is not one that this version knows");
  }
  if (reader.has("participants")) {
    file.only_named_attributes = true;
    if (reader.text("participants", 16) != kOnlyNamed)
      reader.fail("participants", "is not one that this version knows");
  }
  if (reader.has("lowest_tier")) {
    file.lowest_tier = fingerprint::find_tier(reader.text("lowest_tier", 16));
    if (!file.lowest_tier) reader.fail("lowest_tier", "is not one that this version knows");
  }
  file.remembered = reader.base64("remembered", 0, kMaxRemembered);
  if (reader.has("origin")) file.origin = reader.base64("origin", crypto::kWrapOverhead, kMaxOrigin);
  const Json none = Json::array();
  const Json& older = reader.has("older_roots") ? reader.array("older_roots", kMaxOlderRoots) : none;
  const Json* const migration = reader.has("migration") ? &reader.object("migration") : nullptr;
  const Json& events = reader.object("events");
  const Json& slots = reader.array("slots", kMaxSlots);
  TRY(reader.finish(), "parse anchor file");
  std::ranges::copy(id, file.id.bytes.begin());
  file.created = *created;
  TRY_LET(file.events, parse_head(events), "parse event head");
  TRY_LET(file.older_roots, parse_older_roots(older, file.epoch), "parse older roots");
  if (migration != nullptr) {
    TRY_LET(file.migration, parse_migration_policy(*migration), "parse migration policy");
  }
  for (const auto& slot : slots) {
    TRY_LET(auto parsed, parse_slot(slot, "slot " + std::to_string(file.slots.size() + 1)), "parse slot");
    file.slots.push_back(std::move(parsed));
  }
  TRY(check_slots(file), "check slots");
  return file;
}

}  // namespace

const FingerprintSlot* AnchorFile::fingerprint_slot() const {
  for (const auto& slot : slots) {
    if (const auto* found = std::get_if<FingerprintSlot>(&slot)) return found;
  }
  return nullptr;
}

const RecoverySlot* AnchorFile::recovery_slot() const {
  for (const auto& slot : slots) {
    if (const auto* found = std::get_if<RecoverySlot>(&slot)) return found;
  }
  return nullptr;
}

const EscrowSlot* AnchorFile::escrow_slot() const {
  for (const auto& slot : slots) {
    if (const auto* found = std::get_if<EscrowSlot>(&slot)) return found;
  }
  return nullptr;
}

const PufSlot* AnchorFile::puf_slot() const {
  for (const auto& slot : slots) {
    if (const auto* found = std::get_if<PufSlot>(&slot)) return found;
  }
  return nullptr;
}

const NoisyFactor* AnchorFile::noisy() const {
  const auto* const fingerprint = fingerprint_slot();
  if (fingerprint != nullptr && fingerprint->noisy) return &*fingerprint->noisy;
  const auto* const own = puf_slot();
  return own == nullptr ? nullptr : &own->noisy;
}

Result<UnverifiedAnchorFile> parse_anchor_file(ByteView bytes) {
  TRY_LET(auto lines, parse_checked_lines(kKind, bytes), "read anchor file");
  TRY_LET(auto file, parse_body(lines.body), "parse anchor file");
  return UnverifiedAnchorFile{std::move(file), Bytes(lines.authenticated.begin(), lines.authenticated.end()),
                              std::move(lines.mac)};
}

Error altered_anchor_file() { return altered_file(kKind); }

Result<void> verify_anchor_mac(const UnverifiedAnchorFile& file, const Root& root) {
  TRY_LET(const auto key, root.key(kMacPurpose), "derive MAC key");
  return verify_mac(kKind, file.authenticated, file.mac, key);
}

Result<Bytes> serialise_anchor_file(const AnchorFile& file, const Root& root) {
  TRY_LET(const auto key, root.key(kMacPurpose), "derive MAC key");
  return write_checked_lines(kKind, to_json(file), key);
}

}  // namespace holdfast::anchor
