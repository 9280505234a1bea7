#include "registry/storage/repositories.hpp"
#include "registry/storage/rows.hpp"

namespace holdfast::storage {
namespace {

using domain::Image;

constexpr std::string_view kAdd = "INSERT INTO images (name, registered, registered_by) VALUES (:1, :2, :3)";
constexpr std::string_view kAddKey = "INSERT INTO image_keys (key_hash, image) VALUES (:1, :2)";
const std::string kSelect =
    "SELECT name, registered, registered_by, (SELECT COUNT(*) FROM image_keys WHERE image = images.name) FROM images ";
constexpr auto kColumns = "tntn";
const Query kFind{.sql = kSelect + "WHERE name = :1", .columns = kColumns};
const Query kList{.sql = kSelect + "ORDER BY registered DESC, name", .columns = kColumns};
const Query kWithKey{.sql = "SELECT image FROM image_keys WHERE key_hash = :1", .columns = "t"};

Result<Image> parse(Row& row) {
  auto name = row.text();
  const auto registered = row.time();
  auto by = row.text();
  return Image{std::move(name), registered, std::move(by), static_cast<std::uint64_t>(row.number())};
}

Result<std::string> parse_name(Row& row) { return row.text(); }

}  // namespace

Result<void> Images::add(const Image& image) {
  return add_row(session_, kAdd, {image.name, image.registered, image.registered_by}, "image");
}

Result<std::optional<Image>> Images::find(const std::string& name) {
  return parse_first(session_.first(kFind, {name}), parse);
}

Result<std::vector<Image>> Images::list() { return parse_all(session_.query(kList, {}), parse); }

Result<void> Images::add_key(const domain::KeyHash& key, const std::string& image) {
  return add_row(session_, kAddKey, {to_hex(key), image}, "key of an image");
}

Result<std::optional<std::string>> Images::with_key(const domain::KeyHash& key) {
  return parse_first(session_.first(kWithKey, {to_hex(key)}), parse_name);
}

}  // namespace holdfast::storage
