#include "device/anchor/remembered.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "core/encoding.hpp"
#include "core/json.hpp"
#include "crypto/aead.hpp"
#include "crypto/hash.hpp"

namespace holdfast::anchor {
namespace {

using fingerprint::Attribute;
using fingerprint::AttributeState;

constexpr std::string_view kPurpose = "remembered-state";

// Name and source: the same name read from somewhere else is another attribute.
using AttributeKey = std::pair<std::string, std::string>;

Result<std::string> hash_of(const Attribute& attribute) {
  Bytes name;
  append_lp(name, as_bytes(attribute.name));
  append_lp(name, as_bytes(attribute.source));
  TRY_LET(const auto digest,
          crypto::hash(crypto::HashAlgorithm::sha256, {name, attribute.value.expose(SecretAccess{})}),
          "hash attribute");
  return to_hex(digest);
}

Result<SecretBytes> unwrap(const Root& root, ByteView remembered) {
  TRY_LET(const auto key, root.key(kPurpose), "derive key");
  return crypto::unwrap_secret(key, root.anchor().bytes, remembered);
}

Result<Bytes> wrap(const Root& root, const SecretBytes& state) {
  TRY_LET(const auto key, root.key(kPurpose), "derive key");
  return crypto::wrap_secret(key, root.anchor().bytes, state);
}

Result<std::map<AttributeKey, std::string>> decrypt(const Root& root, ByteView remembered) {
  TRY_LET(const auto plain, unwrap(root, remembered), "decrypt remembered state");
  TRY_LET(const auto json, parse_json(as_text(plain.expose(SecretAccess{})), "the remembered state"), "parse");
  std::map<AttributeKey, std::string> state;
  for (const auto& element : json) {
    JsonReader reader(element, "remembered attribute");
    auto name = reader.text("name", 1024);
    auto source = reader.text("source", 8192);
    auto hash = reader.text("sha256", 64);
    TRY(reader.finish(), "parse remembered attribute");
    state.emplace(AttributeKey(std::move(name), std::move(source)), std::move(hash));
  }
  return state;
}

bool listed(const std::vector<SlotAttribute>& attributes, const AttributeKey& key) {
  return std::ranges::any_of(attributes,
                             [&](const SlotAttribute& a) { return a.name == key.first && a.source == key.second; });
}

}  // namespace

std::string_view name_of(DriftKind kind) {
  switch (kind) {
    case DriftKind::changed: return "changed";
    case DriftKind::appeared: return "appeared";
    case DriftKind::vanished: return "vanished";
    case DriftKind::unavailable: return "unavailable";
  }
  std::unreachable();
}

Result<Bytes> remember(const Root& root, const fingerprint::Fingerprint& fingerprint) {
  Json state = Json::array();
  for (const auto& attribute : fingerprint.attributes) {
    if (attribute.state != AttributeState::present) continue;
    TRY_LET(const auto hash, hash_of(attribute), "hash attribute");
    state.push_back({{"name", attribute.name}, {"source", attribute.source}, {"sha256", hash}});
  }
  TRY_LET(const auto text, canonical_json(state), "write remembered state");
  return wrap(root, SecretBytes::copy_of(as_bytes(text)));
}

Result<Bytes> rewrap_remembered(ByteView remembered, const Root& before, const Root& after) {
  TRY_LET(const auto state, unwrap(before, remembered), "decrypt remembered state");
  return wrap(after, state);
}

Result<DriftReport> compare_with_remembered(const Root& root, ByteView remembered, const FingerprintSlot& slot,
                                            const fingerprint::Fingerprint& today) {
  TRY_LET(auto before, decrypt(root, remembered), "read remembered state");
  DriftReport report;
  unsigned intact = 0;
  const auto note = [&](const AttributeKey& key, DriftKind kind) {
    report.drift.push_back({key.first, kind, listed(slot.counted, key), listed(slot.required, key)});
  };
  for (const auto& attribute : today.attributes) {
    const AttributeKey key(attribute.name, attribute.source);
    const auto known = before.find(key);
    if (attribute.state != AttributeState::present) {
      if (known != before.end()) {
        const bool unavailable = attribute.state == AttributeState::unavailable;
        note(key, unavailable ? DriftKind::unavailable : DriftKind::changed);
        if (unavailable) report.drift.back().reason = attribute.reason;
        before.erase(known);
      }
      continue;
    }
    if (known == before.end()) {
      note(key, DriftKind::appeared);
      continue;
    }
    TRY_LET(const auto hash, hash_of(attribute), "hash attribute");
    if (hash != known->second) {
      note(key, DriftKind::changed);
    } else if (listed(slot.counted, key)) {
      ++intact;
    }
    before.erase(known);
  }
  for (const auto& [key, hash] : before) note(key, DriftKind::vanished);
  report.margin = intact > slot.quorum ? intact - slot.quorum : 0;
  return report;
}

}  // namespace holdfast::anchor
