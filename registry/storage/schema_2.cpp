#include "registry/storage/schema_2.hpp"

#include <array>

namespace holdfast::storage::schema_2 {
namespace {

constexpr auto kStatements = std::to_array<std::string_view>({
    R"(CREATE TABLE images (
  name {text} NOT NULL PRIMARY KEY CHECK (trim(name) <> ''),
  registered {number} NOT NULL,
  registered_by {text} NOT NULL CHECK (registered_by <> '')
) {table})",
    R"(CREATE TABLE image_keys (
  key_hash {text} NOT NULL PRIMARY KEY CHECK (length(key_hash) = 64),
  image {text} NOT NULL REFERENCES images (name)
) {keyed})",
    "CREATE INDEX image_keys_of_image ON image_keys (image)",
    "CREATE INDEX transfers_of_identity ON transfers (identity, created, id)",
    // Whoever lists by several things has all of them judged in the index that leads, without reading the rows.
    "DROP INDEX identities_by_state",
    "DROP INDEX identities_by_business_owner",
    "DROP INDEX identities_by_technical_owner",
    "DROP INDEX identities_by_group",
    "DROP INDEX identities_by_name",
    "DROP INDEX identities_orphaned",
    R"(CREATE INDEX identities_by_state
  ON identities (state, id, name, group_name, business_owner, technical_owner, orphaned_since))",
    R"(CREATE INDEX identities_by_business_owner
  ON identities (business_owner, id, state, name, group_name, technical_owner, orphaned_since))",
    R"(CREATE INDEX identities_by_technical_owner
  ON identities (technical_owner, id, state, name, group_name, business_owner, orphaned_since))",
    R"(CREATE INDEX identities_by_group
  ON identities (group_name, id, state, name, business_owner, technical_owner, orphaned_since) WHERE group_name <> '')",
    R"(CREATE INDEX identities_by_name
  ON identities (name, id, state, group_name, business_owner, technical_owner, orphaned_since))",
    R"(CREATE INDEX identities_orphaned
  ON identities (id, orphaned_since, state, name, group_name, business_owner, technical_owner)
  WHERE orphaned_since IS NOT NULL)",
});

constexpr auto kAll = std::to_array<Rule>({
    {"images_stay", "images", "DELETE", "TRUE", "images are kept for ever"},
    {"images_new", "images", "INSERT", "EXISTS (SELECT 1 FROM images WHERE name = NEW.name)",
     "the image is there already"},
    {"images_same", "images", "UPDATE", "TRUE", "nothing of an image changes"},
    {"image_keys_stay", "image_keys", "DELETE", "TRUE", "keys of images are refused for ever"},
    {"image_keys_new", "image_keys", "INSERT", "EXISTS (SELECT 1 FROM image_keys WHERE key_hash = NEW.key_hash)",
     "the key is refused already"},
    {"image_keys_same", "image_keys", "UPDATE", "TRUE", "keys of images are refused for ever"},
    {"anchors_in_images", "anchors", "INSERT", "EXISTS (SELECT 1 FROM image_keys WHERE key_hash = NEW.key_hash)",
     "the key lies in a platform image, and belongs to no single device"},
});

}  // namespace

const std::span<const std::string_view> kTables{kStatements};
const std::span<const Rule> kRules{kAll};

}  // namespace holdfast::storage::schema_2
