#include "registry/domain/image_commands.hpp"

#include <algorithm>

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "registry/domain/describe.hpp"
#include "registry/domain/lifecycle.hpp"
#include "registry/domain/permissions.hpp"

namespace holdfast::domain {
namespace {

constexpr std::size_t kMaxName = 200;
constexpr std::size_t kMostKeys = 100'000;
constexpr std::size_t kKeysInAnEvent = 500;  // an entry of the log has its limit

Result<void> check(const std::string& name, const std::vector<KeyHash>& keys) {
  if (name.find_first_not_of(' ') == std::string::npos) return Error(ErrorCode::usage, "an image has a name: --name");
  if (name.size() > kMaxName || printable(name, kMaxName) != name) {
    return Error(ErrorCode::usage, "the name of an image has at most 200 bytes, all of which can be shown");
  }
  if (keys.size() > kMostKeys) return Error(ErrorCode::usage, "an image with more than 100000 keys is none");
  return {};
}

// At least one event, for an image without keys as well.
void record(Transaction& tx, const Actor& actor, const std::string& name, const std::vector<KeyHash>& added,
            Timestamp now) {
  std::size_t first = 0;
  do {
    const auto last = std::min(first + kKeysInAnEvent, added.size());
    std::string keys;
    for (; first < last; ++first) keys += (keys.empty() ? "" : " ") + to_hex(added[first]);
    tx.record(make_event(now, actor, "image.registered", {{"image.name", name}, {"image.keys", std::move(keys)}}));
  } while (first < added.size());
}

// Nothing where no identity rests on the key, or none that is still in service.
Result<std::optional<IdentityId>> quarantine_holder(Transaction& tx, const KeyHash& key, const std::string& image,
                                                    Timestamp now) {
  TRY_LET(const auto anchor, tx.anchors().find_by_key(key), "look for the key");
  if (!anchor || anchor->ended) return std::optional<IdentityId>();
  TRY(quarantine(tx, anchor->identity, IncidentKind::clone,
                 "its key lies in the platform image '" + image + "', and everybody who has that can be this device",
                 now),
      "suspend");
  return std::optional(anchor->identity);
}

}  // namespace

Result<ImageReport> register_image(Transaction& tx, const Actor& actor, const std::string& name,
                                   const std::vector<KeyHash>& keys, Timestamp now) {
  TRY(check_role(actor, {Role::admin, Role::operate}, "register images"), "check role");
  TRY(check(name, keys), "check image");
  TRY_LET(const auto added, add_image_keys(tx, {name, now, actor.name, 0}, keys), "store keys");
  record(tx, actor, name, added, now);
  ImageReport report{.added = added.size(), .known = keys.size() - added.size(), .quarantined = {}};
  for (const KeyHash& key : added) {
    TRY_LET(auto holder, quarantine_holder(tx, key, name, now), "suspend whoever has it");
    if (holder) report.quarantined.push_back(*std::move(holder));
  }
  return report;
}

Result<std::vector<KeyHash>> add_image_keys(Transaction& tx, const Image& image, const std::vector<KeyHash>& keys) {
  TRY_LET(const auto known, tx.images().find(image.name), "look for the image");
  if (!known) TRY(tx.images().add(image), "store image");
  std::vector<KeyHash> added;
  for (const KeyHash& key : keys) {
    TRY_LET(const auto holder, tx.images().with_key(key), "look for the key");
    if (holder) continue;
    TRY(tx.images().add_key(key, image.name), "store key");
    added.push_back(key);
  }
  return added;
}

Result<void> check_in_no_image(Transaction& tx, const KeyHash& key) {
  TRY_LET(const auto image, tx.images().with_key(key), "look for the key in images");
  if (!image) return {};
  return Error(ErrorCode::refused, "this key lies in the platform image '" + *image +
                                       "', so it is no single device's; have each device make its own");
}

}  // namespace holdfast::domain
