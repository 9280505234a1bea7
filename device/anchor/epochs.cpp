#include "device/anchor/epochs.hpp"

#include <string>
#include <utility>

#include "core/encoding.hpp"
#include "crypto/aead.hpp"

namespace holdfast::anchor {
namespace {

constexpr std::string_view kPurpose = "older-root";

Bytes context_of(RootEpoch epoch) {
  Bytes context;
  append_u32(context, epoch.number);
  return context;
}

// The key is bound to the older epoch, and the newest root to the anchor; both stand in the associated data as well.
Bytes associated_with(const AnchorId& anchor, RootEpoch older, RootEpoch newest) {
  Bytes associated(anchor.bytes.begin(), anchor.bytes.end());
  append_u32(associated, older.number);
  append_u32(associated, newest.number);
  return associated;
}

Result<OlderRoot> parse_older_root(const Json& json, const std::string& what) {
  JsonReader reader(json, what);
  OlderRoot older;
  older.epoch.number = static_cast<std::uint32_t>(reader.number("epoch", 1, UINT32_MAX));
  const auto tier = fingerprint::find_tier(reader.text("tier", 16));
  if (!tier) reader.fail("tier", "is not one that this version knows");
  older.wrapped = reader.base64("wrapped", kRootSize + crypto::kWrapOverhead, kRootSize + crypto::kWrapOverhead);
  TRY(reader.finish(), "parse older root");
  older.tier = tier.value_or(fingerprint::Tier::declared);
  return older;
}

}  // namespace

Result<OlderRoot> keep_root(const Root& older, fingerprint::Tier tier, const Root& newest) {
  TRY_LET(const auto key, newest.key(kPurpose, context_of(older.epoch())), "derive key for older root");
  TRY_LET(auto wrapped,
          crypto::wrap_secret(key, associated_with(newest.anchor(), older.epoch(), newest.epoch()), older.secret()),
          "wrap older root");
  return OlderRoot{older.epoch(), tier, std::move(wrapped)};
}

Result<Roots> open_epochs(Root newest, const std::vector<OlderRoot>& older) {
  std::vector<Root> roots;
  for (const auto& each : older) {
    TRY_LET(const auto key, newest.key(kPurpose, context_of(each.epoch)), "derive key for older root");
    TRY_LET(auto secret,
            crypto::unwrap_secret(key, associated_with(newest.anchor(), each.epoch, newest.epoch()), each.wrapped),
            "unwrap older root");
    roots.emplace_back(newest.anchor(), each.epoch, std::move(secret));
  }
  return Roots(std::move(newest), std::move(roots));
}

Json to_json(const std::vector<OlderRoot>& older) {
  Json array = Json::array();
  for (const auto& each : older) {
    array.push_back({{"epoch", each.epoch.number},
                     {"tier", fingerprint::name_of(each.tier)},
                     {"wrapped", to_base64(each.wrapped)}});
  }
  return array;
}

Result<std::vector<OlderRoot>> parse_older_roots(const Json& array, RootEpoch newest) {
  std::vector<OlderRoot> older;
  for (const auto& element : array) {
    const auto what = "anchor file, older root " + std::to_string(older.size() + 1);
    TRY_LET(auto parsed, parse_older_root(element, what), "parse older root");
    if (parsed.epoch >= newest || (!older.empty() && parsed.epoch <= older.back().epoch)) {
      return Error(ErrorCode::malformed, what + ": its epoch is out of order");
    }
    older.push_back(std::move(parsed));
  }
  return older;
}

}  // namespace holdfast::anchor
