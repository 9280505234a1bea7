// Looks at everything that could keep the anchor from opening, now or one day, and says what to do.
#include <algorithm>
#include <utility>

#include "apps/common/exit_status.hpp"
#include "apps/common/terminal.hpp"
#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/doctor_checks.hpp"
#include "core/text.hpp"

namespace holdfast::app {
namespace {

void check_device(Checks& checks, const GlobalArguments& global, const std::filesystem::path& folder) {
  const auto device = trust::find_device(folder);
  if (!device.ok()) {
    attention(checks, "anchor", device.error().message());
    return;
  }
  check_folder(checks, (*device)->info());
  check_anchor(checks, **device);
  const auto trial = try_to_open(global, **device);
  if (!trial.ok()) {
    attention(checks, "anchor", trial.error().message());
    return;
  }
  switch (trial->outcome) {
    case trust::Trial::Outcome::opens: check_opened(checks, (*device)->info(), *trial); return;
    case trust::Trial::Outcome::does_not_open: attention(checks, "anchor", trial->why_not); return;
    case trust::Trial::Outcome::passphrase_needed:
      checks.push_back({"anchor", Finding::not_tried, "needs the passphrase (--unlock-passphrase-file F)"});
  }
}

Colour colour_of(Finding finding) {
  switch (finding) {
    case Finding::good: return Colour::good;
    case Finding::advice: return Colour::plain;
    case Finding::attention:
    case Finding::not_tried: return Colour::warning;
  }
  std::unreachable();
}

bool is_fine(const Check& check) { return check.finding == Finding::good || check.finding == Finding::advice; }

std::string text_of(const Checks& checks) {
  Table table({"CHECK", "FINDING", "DETAIL"});
  for (const auto& check : checks) {
    table.add({{printable(check.what)},
               {std::string(name_of(check.finding)), colour_of(check.finding)},
               {printable(check.detail, 1000)}});
  }
  return table.render();
}

Json json_of(const Checks& checks) {
  Json list = Json::array();
  for (const auto& check : checks) {
    list.push_back({{"check", check.what}, {"finding", name_of(check.finding)}, {"detail", check.detail}});
  }
  return {{"checks", std::move(list)}};
}

}  // namespace

std::string_view name_of(Finding finding) {
  switch (finding) {
    case Finding::good: return "good";
    case Finding::advice: return "advice";
    case Finding::attention: return "attention";
    case Finding::not_tried: return "not tried";
  }
  std::unreachable();
}

Result<int> run(const GlobalArguments& global, const DoctorArguments&) {
  TRY_LET(const auto path, state_folder_path(global), "find state folder");
  Checks checks;
  const auto folder = trust::check_device_folder(path);
  if (folder.ok()) {
    good(checks, "state folder", "'" + path.string() + "' is closed to other accounts");
    check_device(checks, global, *folder);
    check_leftovers(checks, *folder);
  } else {
    attention(checks, "state folder", folder.error().message());
  }
  check_memory(checks);
  TRY(print(global, json_of(checks), text_of(checks)), "print findings");
  // What was not tried is not known to be healthy.
  return std::ranges::all_of(checks, is_fine) ? kExitDone : kExitNeedsAttention;
}

}  // namespace holdfast::app
