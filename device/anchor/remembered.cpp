#include "device/anchor/remembered.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "core/encoding.hpp"
#include "core/json.hpp"
#include "crypto/aead.hpp"
#include "crypto/hash.hpp"
#include "device/anchor/noisy_factor.hpp"
#include "device/fingerprint/credential_file.hpp"

namespace holdfast::anchor {
namespace {

using fingerprint::Attribute;
using fingerprint::AttributeState;

constexpr std::string_view kPurpose = "remembered-state";

// Name and source: the same name read from somewhere else is another attribute.
using AttributeKey = std::pair<std::string, std::string>;

Result<std::string> hash_of(const AttributeKey& key, const SecretBytes& value) {
  Bytes name;
  append_lp(name, as_bytes(key.first));
  append_lp(name, as_bytes(key.second));
  TRY_LET(const auto digest, crypto::hash(crypto::HashAlgorithm::sha256, {name, value.expose(SecretAccess{})}),
          "hash attribute");
  return to_hex(digest);
}

Result<std::string> hash_of(const Attribute& attribute) {
  return hash_of({attribute.name, attribute.source}, attribute.value);
}

// nullopt where the source cannot be read.
Result<std::optional<std::string>> hash_of(const NoisyFactor& noisy, const fingerprint::Fingerprint& fingerprint) {
  const auto* const reading = find_present(fingerprint, noisy);
  if (reading == nullptr) return std::optional<std::string>();
  TRY_LET(const auto secret, noisy_secret(noisy, *reading), "make the secret of a noisy source");
  TRY_LET(auto hash, hash_of({noisy.name, noisy.source}, secret), "hash noisy source");
  return std::optional(std::move(hash));
}

// How the noisy source differs; takes what is remembered of it out of `before`.
Result<std::optional<Drift>> compare_noisy(std::map<AttributeKey, std::string>& before, const NoisyFactor& noisy,
                                           const fingerprint::Fingerprint& today) {
  Drift drift{.name = noisy.name, .kind = DriftKind::changed, .noisy = true};
  const auto known = before.extract(AttributeKey(noisy.name, noisy.source));
  TRY_LET(const auto hash, hash_of(noisy, today), "hash noisy source");
  if (!hash) {
    drift.reason = explain_missing(today, noisy).reason;
    drift.kind = drift.reason.empty() ? DriftKind::vanished : DriftKind::unavailable;
    return std::optional(std::move(drift));
  }
  if (!known.empty() && known.mapped() == *hash) return std::optional<Drift>();
  return std::optional(std::move(drift));
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
    auto source = reader.text("source", fingerprint::kMaxSourceText);
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

Result<Bytes> remember(const Root& root, const fingerprint::Fingerprint& fingerprint, const NoisyFactor* noisy) {
  Json state = Json::array();
  for (const auto& attribute : fingerprint.attributes) {
    if (attribute.state != AttributeState::present) continue;
    TRY_LET(const auto hash, hash_of(attribute), "hash attribute");
    state.push_back({{"name", attribute.name}, {"source", attribute.source}, {"sha256", hash}});
  }
  if (noisy != nullptr) {
    TRY_LET(const auto hash, hash_of(*noisy, fingerprint), "hash noisy source");
    if (!hash) return Error(ErrorCode::internal, "a noisy source was to be remembered that was not read");
    state.push_back({{"name", noisy->name}, {"source", noisy->source}, {"sha256", *hash}});
  }
  TRY_LET(const auto text, canonical_json(state), "write remembered state");
  return wrap(root, SecretBytes::copy_of(as_bytes(text)));
}

Result<Bytes> rewrap_remembered(ByteView remembered, const Root& before, const Root& after) {
  TRY_LET(const auto state, unwrap(before, remembered), "decrypt remembered state");
  return wrap(after, state);
}

Result<DriftReport> compare_with_remembered(const Root& root, ByteView remembered, const FingerprintSlot& slot,
                                            const fingerprint::Fingerprint& today, const NoisyFactor* noisy) {
  TRY_LET(auto before, decrypt(root, remembered), "read remembered state");
  DriftReport report;
  if (noisy != nullptr) {
    TRY_LET(auto drift, compare_noisy(before, *noisy, today), "compare noisy source");
    if (drift) {
      drift->required = slot.noisy.has_value();
      report.drift.push_back(std::move(*drift));
    }
  }
  unsigned intact = 0;
  const auto note = [&](const AttributeKey& key, DriftKind kind) {
    report.drift.push_back({.name = key.first,
                            .kind = kind,
                            .counted = listed(slot.counted, key),
                            .required = listed(slot.required, key)});
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
