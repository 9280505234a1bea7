#include "registry/storage/identity_list.hpp"

#include <algorithm>

#include "registry/storage/identity_row.hpp"
#include "registry/storage/rows.hpp"

namespace holdfast::storage {
namespace {

using domain::Identity;
using domain::IdentityFilter;

const std::string kBusiness = "business_owner";
const std::string kTechnical = "technical_owner";
// The last character of Unicode: behind a prefix it is behind everything that begins with it.
constexpr std::string_view kLast = "\xF4\x8F\xBF\xBF";

const Query kName{.sql = "SELECT name FROM identities WHERE id = :1", .columns = "t"};

/// Whether a condition leads into an index or only picks among what it leads to. SQLite, which does not know how often
/// a value appears, is kept by a plus sign from taking another index; PostgreSQL knows, and may.
enum class Part { leads, picks };

/// Collects conditions and their values.
class Conditions {
 public:
  explicit Conditions(Engine engine) : engine_(engine) {}

  void add(const std::string& condition) { sql_ += (sql_.empty() ? "WHERE " : "AND ") + condition + " "; }
  void add(Part part, const std::string& column, const std::string& comparison, Value value) {
    const bool picks = part == Part::picks && engine_ == Engine::sqlite;
    add((picks ? "+" : "") + column + " " + comparison + " " + place(value));
  }
  [[nodiscard]] std::string place(Value value) {
    values_.push_back(value);
    return ":" + std::to_string(values_.size());
  }
  [[nodiscard]] Part next_part() const { return sql_.empty() ? Part::leads : Part::picks; }

  [[nodiscard]] const std::string& sql() const { return sql_; }
  [[nodiscard]] const std::vector<Value>& values() const { return values_; }

 private:
  Engine engine_;
  std::string sql_;
  std::vector<Value> values_;
};

// The fixed conditions are those of the indexes, which hold no other rows.
void add_others(Conditions& to, const IdentityFilter& filter) {
  if (!filter.group.empty()) {
    to.add(to.next_part(), "group_name", "=", filter.group);
    to.add("group_name <> ''");
  }
  if (filter.orphaned_before) {
    to.add(Part::picks, "orphaned_since", "<", *filter.orphaned_before);
    to.add("orphaned_since IS NOT NULL");
  }
  if (filter.state) to.add(to.next_part(), "state", "=", domain::name_of(*filter.state));
}

Result<std::vector<Identity>> page(const Find& find, Conditions& where, const std::string& order, std::size_t limit) {
  std::string sql(kIdentitySelect);
  sql += where.sql() + "ORDER BY " + order + " LIMIT ";
  sql += where.place(limit);
  return parse_all(find({.sql = std::move(sql), .columns = kIdentityColumns}, where.values()), parse_identity);
}

Result<std::vector<Identity>> list_by_id(Engine engine, const Find& find, const IdentityFilter& filter,
                                         const std::string& owner) {
  Conditions where(engine);
  if (filter.owner) where.add(Part::leads, owner, "=", filter.owner->text());
  // Whoever is both has had it in the other list.
  if (owner == kTechnical) where.add(Part::picks, kBusiness, "<>", filter.owner->text());
  add_others(where, filter);
  if (filter.after) where.add(Part::leads, "id", ">", filter.after->text());
  return page(find, where, "id", filter.limit);
}

Result<std::vector<Identity>> list_by_owner(Engine engine, const Find& find, const IdentityFilter& filter) {
  TRY_LET(auto business, list_by_id(engine, find, filter, kBusiness), "list identities");
  TRY_LET(auto technical, list_by_id(engine, find, filter, kTechnical), "list identities");
  std::vector<Identity> all;
  std::ranges::merge(business, technical, std::back_inserter(all), {}, &Identity::id, &Identity::id);
  if (all.size() > filter.limit) all.erase(all.begin() + static_cast<std::ptrdiff_t>(filter.limit), all.end());
  return all;
}

Result<std::string> name_of_last(const Find& find, const domain::IdentityId& id) {
  const Value value(id.text());
  TRY_LET(auto rows, find(kName, {&value, 1}), "find page");
  if (rows.empty()) return Error(ErrorCode::not_found, "there is no identity " + id.text() + " for a page to follow");
  return rows.front().text();
}

Result<std::vector<Identity>> list_by_name(Engine engine, const Find& find, const IdentityFilter& filter) {
  const std::string end = filter.name_begins + std::string(kLast);
  std::string last;
  Conditions where(engine);
  where.add(filter.after ? Part::picks : Part::leads, "name", ">=", filter.name_begins);
  where.add(Part::leads, "name", "<", end);
  if (filter.after) {
    TRY_LET(last, name_of_last(find, *filter.after), "find page");
    const std::string name = where.place(last);
    where.add("(name, id) > (" + name + ", " + where.place(filter.after->text()) + ")");
  }
  if (filter.owner) {
    const std::string business = where.place(filter.owner->text());
    where.add("(business_owner = " + business + " OR technical_owner = " + where.place(filter.owner->text()) + ")");
  }
  add_others(where, filter);
  return page(find, where, "name, id", filter.limit);
}

}  // namespace

Result<std::vector<Identity>> list_identities(Engine engine, const Find& find, const IdentityFilter& filter) {
  if (!filter.name_begins.empty()) return list_by_name(engine, find, filter);
  if (filter.owner) return list_by_owner(engine, find, filter);
  return list_by_id(engine, find, filter, {});
}

}  // namespace holdfast::storage
