#include <algorithm>
#include <set>

#include "apps/holdfast-registry/operation.hpp"
#include "apps/holdfast-registry/words.hpp"
#include "core/encoding.hpp"
#include "registry/domain/image_commands.hpp"
#include "registry/images/image_scan.hpp"

namespace holdfast::registry_app {
namespace {

using domain::KeyHash;
using domain::Transaction;
using enum ParameterKind;
using enum Presence;

// With their places, about as many as a question of 8 MiB holds.
constexpr std::size_t kMostKeys = 50'000;

Result<std::optional<KeyHash>> key_of(const Json& found) {
  const auto digits = found.value("sha256", "");
  if (digits.empty()) return std::optional<KeyHash>();
  const auto bytes = parse_hex(digits);
  KeyHash key{};
  if (!bytes.ok() || bytes->size() != key.size()) return Error(ErrorCode::usage, "a key is named by its SHA-256");
  std::ranges::copy(*bytes, key.begin());
  return std::optional(key);
}

Result<std::vector<KeyHash>> keys_of(const std::vector<Json>& found) {
  std::set<KeyHash> keys;
  for (const Json& one : found) {
    TRY_LET(const auto key, key_of(one), "read key");
    if (key) keys.insert(*key);
  }
  return std::vector<KeyHash>(keys.begin(), keys.end());
}

// Public keys are listed only where a device rests on them: every image has hundreds of them, of authorities.
Result<Json> worth_showing(Transaction& tx, const std::vector<Json>& found) {
  Json items = Json::array();
  for (Json item : found) {
    TRY_LET(const auto key, key_of(item), "read key");
    std::optional<domain::Anchor> anchor;
    if (key) {
      TRY_LET(anchor, tx.anchors().find_by_key(*key), "look for the key");
    }
    if (!anchor && item.value("kind", "") == name_of(images::KeyKind::public_key)) continue;
    item["identity"] = anchor ? Json(anchor->identity.text()) : Json();
    items.push_back(std::move(item));
  }
  return items;
}

Result<Json> register_image(const Context& context, const Arguments& arguments) {
  TRY_LET(const auto name, arguments.text("name"), "read argument");
  TRY_LET(const auto found, arguments.list("image", kMostKeys), "read argument");
  TRY_LET(const auto keys, keys_of(found), "read keys");
  return change(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto report, domain::register_image(tx, context.actor, name, keys, context.now), "register image");
    TRY_LET(Json items, worth_showing(tx, found), "list keys");
    Json result = list_of(std::move(items));
    result["refused_from_now_on"] = report.added;
    result["refused_before"] = report.known;
    result["identities_suspended"] = report.quarantined.size();
    return result;
  });
}

Result<Json> list(const Context& context, const Arguments&) {
  return read(context, [&](Transaction& tx) -> Result<Json> {
    TRY_LET(const auto images, tx.images().list(), "list images");
    Json items = Json::array();
    for (const auto& image : images) {
      items.push_back({{"name", image.name},
                       {"keys", image.keys},
                       {"registered", format_rfc3339(image.registered)},
                       {"registered_by", image.registered_by}});
    }
    return list_of(std::move(items));
  });
}

}  // namespace

std::span<const Operation> image_operations() {
  static const std::vector<Operation> kRows{
      {"image",
       "register",
       "Look for keys in a platform image, and refuse them from now on",
       "image register /mnt/rootfs --name 'gate firmware 4.2'",
       {{"image", image, positional, "a folder, or a file system's raw image, that is not packed"},
        {"name", text, required, "what the image is called, with its version"}},
       {"kind", "where", "sha256", "identity"},
       register_image},
      {"image",
       "list",
       "List the images that were registered",
       "image list",
       {},
       {"name", "keys", "registered", "registered_by"},
       list,
       Audience::staff},
  };
  return kRows;
}

}  // namespace holdfast::registry_app
