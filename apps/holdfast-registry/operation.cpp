#include "apps/holdfast-registry/operation.hpp"

#include <algorithm>

namespace holdfast::registry_app {
namespace {

Error wrong(std::string_view name, const std::string& why) {
  return {ErrorCode::usage, "'" + std::string(name) + "' " + why};
}

const Json* find(const Json& given, std::string_view name) {
  const auto found = given.find(name);
  return found == given.end() || found->is_null() ? nullptr : &*found;
}

Result<Json> collect(const std::function<Result<void>(const domain::Database::Work&)>& transact,
                     const std::function<Result<Json>(domain::Transaction&)>& work) {
  Json made;
  TRY(transact([&](domain::Transaction& tx) -> Result<void> {
        TRY_LET(made, work(tx), "do the work");
        return {};
      }),
      "transact");
  return made;
}

}  // namespace

Result<std::string> Arguments::text(std::string_view name) const {
  const Json* const value = find(given_, name);
  if (value == nullptr) return wrong(name, "is missing");
  if (!value->is_string()) return wrong(name, "is no text");
  return value->get<std::string>();
}

Result<std::string> Arguments::optional_text(std::string_view name) const {
  if (find(given_, name) == nullptr) return std::string();
  return text(name);
}

Result<bool> Arguments::flag(std::string_view name) const {
  const Json* const value = find(given_, name);
  if (value == nullptr) return false;
  if (!value->is_boolean()) return wrong(name, "is neither true nor false");
  return value->get<bool>();
}

Result<std::uint64_t> Arguments::count(std::string_view name, std::uint64_t usual, std::uint64_t most) const {
  const Json* const value = find(given_, name);
  if (value == nullptr) return usual;
  if (!value->is_number_unsigned()) return wrong(name, "is no whole number");
  const auto number = value->get<std::uint64_t>();
  if (number < 1 || number > most) return wrong(name, "is 1 to " + std::to_string(most));
  return number;
}

Result<std::vector<Json>> Arguments::list(std::string_view name, std::size_t most) const {
  const Json* const value = find(given_, name);
  if (value == nullptr) return wrong(name, "is missing");
  const auto is_text = [](const Json& member) { return member.is_string(); };
  const auto is_record = [&](const Json& item) { return item.is_object() && std::ranges::all_of(item, is_text); };
  if (!value->is_array() || !std::ranges::all_of(*value, is_record)) return wrong(name, "is no list of records");
  if (value->size() > most) return wrong(name, "has more than " + std::to_string(most) + " members");
  return value->get<std::vector<Json>>();
}

Result<std::chrono::seconds> Arguments::span(std::string_view name, std::chrono::seconds usual) const {
  if (find(given_, name) == nullptr) return usual;
  TRY_LET(const auto typed, text(name), "read span");
  return parse_span(typed);
}

Result<std::optional<Timestamp>> Arguments::moment(std::string_view name, Timestamp now) const {
  if (find(given_, name) == nullptr) return std::optional<Timestamp>();
  TRY_LET(const auto typed, text(name), "read moment");
  TRY_LET(const auto moment, parse_moment(typed, now), "read moment");
  return std::optional(moment);
}

std::vector<const Operation*> all_operations() {
  std::vector<const Operation*> all;
  for (const auto rows : {owner_operations(), grant_operations(), identity_operations(), image_operations(),
                          incident_operations(), operator_operations(), policy_operations(), audit_operations(),
                          authority_operations(), housekeeping_operations()}) {
    for (const Operation& row : rows) all.push_back(&row);
  }
  return all;
}

const Operation* find_operation(std::string_view group, std::string_view verb) {
  const auto all = all_operations();
  const auto found =
      std::ranges::find_if(all, [&](const Operation* row) { return row->group == group && row->verb == verb; });
  return found == all.end() ? nullptr : *found;
}

std::string command_of(const Operation& operation) {
  const std::string verb(operation.verb);
  return operation.group == "registry" ? verb : std::string(operation.group) + ' ' + verb;
}

Result<Json> change(const Context& context, const std::function<Result<Json>(domain::Transaction&)>& work) {
  return collect([&](const domain::Database::Work& inner) { return context.database.change(inner); }, work);
}

Result<Json> read(const Context& context, const std::function<Result<Json>(domain::Transaction&)>& work) {
  return collect([&](const domain::Database::Work& inner) { return context.database.read(inner); }, work);
}

}  // namespace holdfast::registry_app
