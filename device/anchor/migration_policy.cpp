#include "device/anchor/migration_policy.hpp"

#include <string>
#include <utility>

namespace holdfast::anchor {

std::string_view name_of(MigrationPolicy::Mode mode) {
  switch (mode) {
    case MigrationPolicy::Mode::manual: return "manual";
    case MigrationPolicy::Mode::within_margin: return "within-margin";
  }
  std::unreachable();
}

Json to_json(const MigrationPolicy& policy) {
  return {{"mode", name_of(policy.mode)}, {"most_changes", policy.most_changes}, {"rest_days", policy.rest_days}};
}

Result<MigrationPolicy> parse_migration_policy(const Json& json) {
  using enum MigrationPolicy::Mode;
  JsonReader reader(json, "anchor file, migration");
  MigrationPolicy policy;
  const auto mode = reader.text("mode", 32);
  if (mode == name_of(within_margin)) {
    policy.mode = within_margin;
  } else if (mode != name_of(manual)) {
    reader.fail("mode", "is not one that this version knows");
  }
  policy.most_changes = static_cast<unsigned>(reader.number("most_changes", 1, 128));
  policy.rest_days = static_cast<unsigned>(reader.number("rest_days", 0, 3650));
  TRY(reader.finish(), "parse migration policy");
  return policy;
}

}  // namespace holdfast::anchor
