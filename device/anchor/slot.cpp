#include "device/anchor/slot.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/encoding.hpp"
#include "crypto/aead.hpp"
#include "device/anchor/noisy_factor.hpp"
#include "device/anchor/puf_slot.hpp"
#include "device/anchor/slot_members.hpp"
#include "device/fingerprint/credential_file.hpp"
#include "device/fingerprint/quorum.hpp"

namespace holdfast::anchor {
namespace {

using fingerprint::AttributeClass;

constexpr std::size_t kMaxCounted = 128;
constexpr std::array kClasses{AttributeClass::burned_in, AttributeClass::board, AttributeClass::replaceable,
                              AttributeClass::software, AttributeClass::declared};

std::optional<AttributeClass> find_class(std::string_view name) {
  const auto* const found =
      std::ranges::find_if(kClasses, [&](AttributeClass c) { return fingerprint::name_of(c) == name; });
  return found == kClasses.end() ? std::nullopt : std::optional(*found);
}

Json to_json(const SlotAttribute& attribute) {
  Json json = to_json_without_salt(attribute);
  json["salt"] = to_base64(attribute.salt);
  return json;
}

Result<SlotAttribute> parse_attribute(const Json& json, const std::string& what) {
  JsonReader reader(json, what);
  auto attribute = read_without_salt(reader);
  attribute.salt = reader.base64("salt", kSlotSaltSize, kSlotSaltSize);
  TRY(reader.finish(), "parse attribute");
  return attribute;
}

Result<std::vector<SlotAttribute>> parse_attributes(const Json& array, const std::string& what) {
  std::vector<SlotAttribute> attributes;
  for (const auto& element : array) {
    TRY_LET(auto attribute, parse_attribute(element, what + " " + std::to_string(attributes.size() + 1)), "parse");
    attributes.push_back(std::move(attribute));
  }
  return attributes;
}

Result<Slot> parse_fingerprint_slot(const Json& json, const std::string& what) {
  JsonReader reader(json, what);
  FingerprintSlot slot;
  (void)reader.text("type", 32);
  read_slot_identity(reader, slot.id, slot.epoch);
  slot.salt = reader.base64("salt", kSlotSaltSize, kSlotSaltSize);
  slot.quorum = static_cast<unsigned>(reader.number("quorum", 0, kMaxCounted));
  slot.needs_passphrase = reader.boolean("passphrase");
  const auto costs = read_costs(reader);
  const Json& counted = reader.array("counted", kMaxCounted);
  const Json& required = reader.array("required", kMaxCounted);
  const Json& wraps = reader.array("wraps", kMaxSubsets);
  const Json* const noisy = reader.has("noisy") ? &reader.object("noisy") : nullptr;
  TRY(reader.finish(), "parse fingerprint slot");
  TRY_LET(slot.costs, parse_costs(costs, what), "parse costs");
  if (noisy != nullptr) {
    TRY_LET(slot.noisy, parse_noisy_factor(*noisy, what + ", noisy source"), "parse noisy source");
  }
  TRY_LET(slot.counted, parse_attributes(counted, what + ", counted attribute"), "parse counted attributes");
  TRY_LET(slot.required, parse_attributes(required, what + ", required attribute"), "parse required attributes");
  TRY_LET(slot.wraps, parse_wraps(wraps, what), "parse wraps");
  const auto expected = fingerprint::count_subsets(static_cast<unsigned>(slot.counted.size()), slot.quorum);
  if (slot.wraps.empty() || expected != slot.wraps.size()) {
    return Error(ErrorCode::malformed, what + ": the number of wraps does not fit its quorum");
  }
  return Slot(std::move(slot));
}

Result<Slot> parse_recovery_slot(const Json& json, const std::string& what) {
  JsonReader reader(json, what);
  RecoverySlot slot;
  read_secret_slot(reader, slot);
  TRY(reader.finish(), "parse recovery slot");
  return Slot(std::move(slot));
}

template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};

}  // namespace

Json to_json_without_salt(const SlotAttribute& attribute) {
  return {{"name", attribute.name},
          {"source", attribute.source},
          {"class", fingerprint::name_of(attribute.attribute_class)},
          {"group", attribute.group},
          {"bits", attribute.bits},
          {"bits_claimed", attribute.bits_claimed},
          {"only_root_reads", attribute.only_root_reads}};
}

SlotAttribute read_without_salt(JsonReader& reader) {
  SlotAttribute attribute;
  attribute.name = reader.text("name", 1024);
  attribute.source = reader.text("source", fingerprint::kMaxSourceText);
  const auto found = find_class(reader.text("class", 32));
  if (!found) reader.fail("class", "is not a known class");
  attribute.attribute_class = found.value_or(AttributeClass::declared);
  attribute.group = reader.text("group", 1024);
  attribute.bits = static_cast<unsigned>(reader.number("bits", 0, 256));
  attribute.bits_claimed = reader.boolean("bits_claimed");
  attribute.only_root_reads = reader.boolean("only_root_reads");
  return attribute;
}

Json parameters_of(const FingerprintSlot& slot) {
  Json counted = Json::array();
  for (const auto& attribute : slot.counted) counted.push_back(to_json(attribute));
  Json required = Json::array();
  for (const auto& attribute : slot.required) required.push_back(to_json(attribute));
  Json json{{"type", "fingerprint"},         {"id", to_hex(slot.id.bytes)},    {"epoch", slot.epoch.number},
            {"salt", to_base64(slot.salt)},  {"quorum", slot.quorum},          {"passphrase", slot.needs_passphrase},
            {"counted", std::move(counted)}, {"required", std::move(required)}};
  add_costs(json, slot.costs);
  if (slot.noisy) json["noisy"] = to_json(*slot.noisy);
  return json;
}

Json parameters_of(const RecoverySlot& slot) { return secret_parameters(slot, "recovery"); }

Json to_json(const Slot& slot) {
  return std::visit(
      Overloaded{[](const FingerprintSlot& s) {
                   Json json = parameters_of(s);
                   Json wraps = Json::array();
                   for (const auto& wrap : s.wraps) wraps.push_back(text_of(wrap));
                   json["wraps"] = std::move(wraps);
                   return json;
                 },
                 [](const RecoverySlot& s) {
                   Json json = parameters_of(s);
                   add_wrap(json, s);
                   return json;
                 },
                 [](const EscrowSlot& s) { return to_json(s); }, [](const PufSlot& s) { return puf_slot_json(s); }},
      slot);
}

Result<Slot> parse_slot(const Json& json, const std::string& what) {
  const auto type = json.is_object() && json.contains("type") && json["type"].is_string()
                        ? json["type"].get<std::string>()
                        : std::string();
  if (type == "fingerprint") return parse_fingerprint_slot(json, what);
  if (type == "recovery") return parse_recovery_slot(json, what);
  if (type == "escrow") {
    TRY_LET(auto slot, parse_escrow_slot(json, what), "parse escrow slot");
    return Slot(std::move(slot));
  }
  if (type == "puf") return parse_puf_slot(json, what);
  return Error(ErrorCode::malformed, what + " has no type that this version knows");
}

std::string_view type_of(const Slot& slot) {
  return std::visit(Overloaded{[](const FingerprintSlot&) { return std::string_view("fingerprint"); },
                               [](const RecoverySlot&) { return std::string_view("recovery"); },
                               [](const EscrowSlot&) { return std::string_view("escrow"); },
                               [](const PufSlot&) { return std::string_view("puf"); }},
                    slot);
}

const SlotId& id_of(const Slot& slot) {
  return std::visit([](const auto& s) -> const SlotId& { return s.id; }, slot);
}

RootEpoch epoch_of(const Slot& slot) {
  return std::visit([](const auto& s) { return s.epoch; }, slot);
}

Result<Bytes> associated_data(const AnchorId& anchor, RootEpoch epoch, const Json& parameters) {
  TRY_LET(const std::string canonical, canonical_json(parameters), "write slot parameters");
  Bytes bytes = crypto::label("slot");
  append_lp(bytes, anchor.bytes);
  append_u32(bytes, epoch.number);
  append_lp(bytes, as_bytes(canonical));
  return bytes;
}

}  // namespace holdfast::anchor
