#include "registry/storage/identity_list.hpp"

#include <algorithm>
#include <tuple>

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

// Whoever is more often there than this is not looked for among the few.
constexpr std::size_t kFew = 20'000;

/// A member of the filter that an index leads to.
enum class Member { nothing, owner, group, orphaned, state, name };

/// Collects conditions and their values. The one that leads goes into its index; the others only pick among what it
/// leads to. SQLite, which does not know how often a value appears, is kept by a plus sign from taking another index;
/// PostgreSQL knows, and may.
class Conditions {
 public:
  Conditions(Engine engine, Member lead) : engine_(engine), lead_(lead) {}

  void add(const std::string& condition) { sql_ += (sql_.empty() ? "WHERE " : "AND ") + condition + " "; }
  void add(Member of, const std::string& column, const std::string& comparison, Value value) {
    add(column_of(of, column) + " " + comparison + " " + place(value));
  }
  [[nodiscard]] std::string place(Value value) {
    values_.push_back(value);
    return ":" + std::to_string(values_.size());
  }
  [[nodiscard]] std::string column_of(Member member, const std::string& column) const {
    return (leads(member) || engine_ != Engine::sqlite ? "" : "+") + column;
  }
  [[nodiscard]] bool leads(Member member) const { return lead_ == member; }
  /// Whether to say what all rows of an index fulfil that does not hold the others, so that it can be taken.
  [[nodiscard]] bool fits_index(Member member) const { return leads(member) || engine_ != Engine::sqlite; }

  [[nodiscard]] const std::string& sql() const { return sql_; }
  [[nodiscard]] const std::vector<Value>& values() const { return values_; }

 private:
  Engine engine_;
  Member lead_;
  std::string sql_;
  std::vector<Value> values_;
};

std::string end_of_names(const IdentityFilter& filter) { return filter.name_begins + std::string(kLast); }

// Texts must stay where they are until the query is done: `end` is of end_of_names.
void add_member(Conditions& to, const IdentityFilter& filter, Member member, const std::string& owner,
                const std::string& end) {
  switch (member) {
    case Member::nothing: break;
    case Member::owner: to.add(member, owner, "=", filter.owner->text()); break;
    case Member::group:
      to.add(member, "group_name", "=", filter.group);
      if (to.fits_index(member)) to.add("group_name <> ''");
      break;
    case Member::orphaned:
      to.add(Member::nothing, "orphaned_since", "<", *filter.orphaned_before);
      if (to.fits_index(member)) to.add("orphaned_since IS NOT NULL");
      break;
    case Member::state: to.add(member, "state", "=", domain::name_of(*filter.state)); break;
    case Member::name:
      to.add(member, "name", ">=", filter.name_begins);
      to.add(member, "name", "<", end);
      break;
  }
}

std::vector<Member> members_of(const IdentityFilter& filter) {
  std::vector<Member> members;
  if (!filter.name_begins.empty()) members.push_back(Member::name);
  if (filter.owner) members.push_back(Member::owner);
  if (!filter.group.empty()) members.push_back(Member::group);
  if (filter.orphaned_before) members.push_back(Member::orphaned);
  if (filter.state) members.push_back(Member::state);
  return members;
}

/// How many identities a member alone leads to, as far as kFew.
Result<std::size_t> count_few(const Find& find, const IdentityFilter& filter, Member member, const std::string& owner) {
  if (member == Member::owner && owner.empty()) {
    TRY_LET(const auto business, count_few(find, filter, member, kBusiness), "count identities");
    TRY_LET(const auto technical, count_few(find, filter, member, kTechnical), "count identities");
    return business + technical;
  }
  const std::string end = end_of_names(filter);
  Conditions where(Engine::sqlite, member);
  // What is led to counts, and that is all of the index, whoever was orphaned when.
  if (member == Member::orphaned) {
    where.add("orphaned_since IS NOT NULL");
  } else {
    add_member(where, filter, member, owner, end);
  }
  std::string sql = "SELECT COUNT(*) FROM (SELECT 1 FROM identities " + where.sql() + "LIMIT ";
  sql += where.place(kFew) + ")";
  TRY_LET(auto rows, find({.sql = std::move(sql), .columns = "n"}, where.values()), "count identities");
  return static_cast<std::size_t>(rows.front().number());
}

/// The member that leads to the fewest; the first, where none leads to few. Without this, whoever looks for what hardly
/// exists among many has all of the many read: a tenth of a second for a hundred thousand. `owner` is the column of the
/// owner, or empty for both.
Result<Member> choose_lead(Engine engine, const Find& find, const IdentityFilter& filter,
                           const std::string& owner = {}) {
  const auto members = members_of(filter);
  if (members.empty()) return Member::nothing;
  if (members.size() == 1 || engine != Engine::sqlite) return members.front();
  Member lead = members.front();
  std::size_t fewest = kFew;
  for (const Member member : members) {
    TRY_LET(const auto few, count_few(find, filter, member, owner), "choose index");
    if (few >= fewest) continue;
    fewest = few;
    lead = member;
  }
  return lead;
}

/// In no order. What is on the page is found in an index alone, which holds all of the filter's members; only then are
/// the rows read, which lie anywhere.
Result<std::vector<Identity>> page(const Find& find, Conditions& where, const std::string& order, std::size_t limit) {
  std::string sql(kIdentitySelect);
  sql += "(SELECT id AS found FROM identities " + where.sql() + "ORDER BY " + order + " LIMIT ";
  sql += where.place(limit) + ") AS page CROSS JOIN identities WHERE id = page.found";
  return parse_all(find({.sql = std::move(sql), .columns = kIdentityColumns}, where.values()), parse_identity);
}

Result<std::vector<Identity>> list_by_id(Engine engine, const Find& find, const IdentityFilter& filter,
                                         const std::string& owner) {
  TRY_LET(const Member lead, choose_lead(engine, find, filter, owner), "list identities");
  Conditions where(engine, lead);
  for (const Member member : members_of(filter)) add_member(where, filter, member, owner, {});
  // Whoever is both has had it in the other list.
  if (owner == kTechnical) where.add(Member::nothing, kBusiness, "<>", filter.owner->text());
  if (filter.after) where.add("id > " + where.place(filter.after->text()));
  TRY_LET(auto found, page(find, where, "id", filter.limit), "list identities");
  std::ranges::sort(found, {}, &Identity::id);
  return found;
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

// Both owners at once, since the order is not that of their indexes.
void add_either_owner(Conditions& to, const domain::OwnerId& owner) {
  const std::string business = to.column_of(Member::owner, kBusiness) + " = " + to.place(owner.text());
  to.add("(" + business + " OR " + to.column_of(Member::owner, kTechnical) + " = " + to.place(owner.text()) + ")");
}

// What begins so, or is behind the last one of the page before, whose name must stay where it is. Of two beginnings the
// index would take the wrong one.
void add_names(Conditions& to, const IdentityFilter& filter, const std::string& last, const std::string& end) {
  if (last < filter.name_begins) {
    to.add(Member::name, "name", ">=", filter.name_begins);
  } else {
    const std::string name = to.place(last);
    const std::string id = to.place(filter.after->text());
    to.add("(" + to.column_of(Member::name, "name") + ", id) > (" + name + ", " + id + ")");
  }
  to.add(Member::name, "name", "<", end);
}

// Another index than that of the names leads to few, which are sorted.
Result<std::vector<Identity>> list_by_name(Engine engine, const Find& find, const IdentityFilter& filter) {
  TRY_LET(const Member lead, choose_lead(engine, find, filter), "list identities");
  const std::string end = end_of_names(filter);
  std::string last;
  if (filter.after) {
    TRY_LET(last, name_of_last(find, *filter.after), "find page");
  }
  Conditions where(engine, lead);
  for (const Member member : members_of(filter)) {
    if (member == Member::owner) {
      add_either_owner(where, *filter.owner);
    } else if (member == Member::name) {
      add_names(where, filter, last, end);
    } else {
      add_member(where, filter, member, {}, end);
    }
  }
  const std::string order = where.column_of(Member::name, "name") + ", " + where.column_of(Member::name, "id");
  TRY_LET(auto found, page(find, where, order, filter.limit), "list identities");
  std::ranges::sort(found, {}, [](const Identity& identity) { return std::tie(identity.name, identity.id); });
  return found;
}

}  // namespace

Result<std::vector<Identity>> list_identities(Engine engine, const Find& find, const IdentityFilter& filter) {
  if (!filter.name_begins.empty()) return list_by_name(engine, find, filter);
  if (filter.owner) return list_by_owner(engine, find, filter);
  return list_by_id(engine, find, filter, {});
}

}  // namespace holdfast::storage
