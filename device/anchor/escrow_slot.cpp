#include "device/anchor/escrow_slot.hpp"

#include <utility>

#include "core/encoding.hpp"
#include "crypto/envelope.hpp"
#include "crypto/secret_sharing.hpp"

namespace holdfast::anchor {
namespace {

constexpr std::size_t kMaxSubject = 1024;
constexpr std::size_t kFingerprintSize = 32;
constexpr std::size_t kTimeSize = 20;

Json to_json(const EscrowOfficer& officer) {
  return {{"subject", officer.subject},
          {"fingerprint", to_hex(officer.fingerprint)},
          {"expires", format_rfc3339(officer.expires)},
          {"check", to_hex(officer.check)},
          {"share", to_base64(officer.share)}};
}

Timestamp read_time(JsonReader& reader, const std::string& member) {
  const auto text = reader.text(member, kTimeSize);
  const auto time = parse_rfc3339(text);
  // One spelling: what is written again must be what was read.
  if (time.ok() && format_rfc3339(*time) == text) return *time;
  reader.fail(member, "is not a time");
  return {};
}

Result<EscrowOfficer> parse_officer(const Json& json, const std::string& what) {
  JsonReader reader(json, what);
  EscrowOfficer officer;
  officer.subject = reader.text("subject", kMaxSubject);
  officer.fingerprint = reader.hex("fingerprint", kFingerprintSize);
  officer.expires = read_time(reader, "expires");
  officer.check = reader.hex("check", kShareCheckSize);
  officer.share = reader.base64("share", 1, crypto::kMaxEnvelope);
  TRY(reader.finish(), "parse officer");
  return officer;
}

}  // namespace

Json parameters_of(const EscrowSlot& slot) {
  Json json = secret_parameters(slot, "escrow");
  json["name"] = slot.name;
  json["made"] = format_rfc3339(slot.made);
  json["threshold"] = slot.threshold;
  Json officers = Json::array();
  for (const auto& officer : slot.officers) officers.push_back(to_json(officer));
  json["officers"] = std::move(officers);
  return json;
}

Json to_json(const EscrowSlot& slot) {
  Json json = parameters_of(slot);
  add_wrap(json, slot);
  return json;
}

Result<EscrowSlot> parse_escrow_slot(const Json& json, const std::string& what) {
  JsonReader reader(json, what);
  EscrowSlot slot;
  read_secret_slot(reader, slot);
  slot.name = reader.text("name", kMaxEscrowName);
  if (slot.name.empty()) reader.fail("name", "is empty");
  slot.made = read_time(reader, "made");
  slot.threshold = static_cast<unsigned>(reader.number("threshold", crypto::kMinThreshold, crypto::kMaxShares));
  const Json& officers = reader.array("officers", crypto::kMaxShares);
  TRY(reader.finish(), "parse escrow slot");
  for (const auto& element : officers) {
    const auto officer = what + ", officer " + std::to_string(slot.officers.size() + 1);
    TRY_LET(auto parsed, parse_officer(element, officer), "parse officer");
    slot.officers.push_back(std::move(parsed));
  }
  if (slot.officers.size() < slot.threshold) {
    return Error(ErrorCode::malformed, what + ": has fewer officers than it takes to open it");
  }
  return slot;
}

}  // namespace holdfast::anchor
