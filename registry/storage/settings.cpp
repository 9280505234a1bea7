#include "registry/storage/repositories.hpp"
#include "registry/storage/rows.hpp"

namespace holdfast::storage {
namespace {

constexpr std::string_view kPut =
    "INSERT INTO settings (name, value) VALUES (:1, :2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
const Query kFind{.sql = "SELECT value FROM settings WHERE name = :1", .columns = "t"};

Result<Bytes> parse(Row& row) { return row.bytes(); }

}  // namespace

Result<void> Settings::put(const std::string& name, const Bytes& value) {
  return add_row(session_, kPut, {name, to_base64(value)}, "setting");
}

Result<std::optional<Bytes>> Settings::find(const std::string& name) {
  return parse_first(session_.first(kFind, {name}), parse);
}

}  // namespace holdfast::storage
