// Opens the anchor, so that the head of its event log is known to be its own, and holds the log against it.
#include <utility>

#include "apps/common/exit_status.hpp"
#include "apps/common/terminal.hpp"
#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/event_report.hpp"
#include "core/text.hpp"

namespace holdfast::app {
namespace {

Json json_of(const trust::EventCheck& check) {
  Json problems = Json::array();
  for (const auto& problem : check.problems) {
    problems.push_back({{"kind", name_of(problem.kind)},
                        {"line", problem.line == 0 ? Json() : Json(problem.line)},
                        {"message", problem.what}});
  }
  return {{"whole", check.whole()},
          {"committed", check.committed},
          {"vouched_from", check.vouched_from == 0 ? Json() : Json(check.vouched_from)},
          {"uncommitted_lines", check.uncommitted_lines},
          {"problems", std::move(problems)}};
}

std::string count_of(std::uint64_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

// What can still be relied on.
std::string remainder_of(const trust::EventCheck& check) {
  if (check.vouched_from == 0) return "The anchor vouches for none of the entries that are left.\n";
  if (check.vouched_from == 1) return "All entries are there as they were written.\n";
  if (check.vouched_from == check.committed) {
    return "The anchor vouches for entry " + std::to_string(check.committed) + ", and for nothing before it.\n";
  }
  return "The anchor vouches for entries " + std::to_string(check.vouched_from) + " to " +
         std::to_string(check.committed) + ", and for nothing before them.\n";
}

std::string text_of(const trust::EventCheck& check) {
  std::string text;
  for (const auto& problem : check.problems) text += paint(Colour::bad, printable(problem.what, 1000)) + "\n";
  if (check.whole()) {
    text += paint(Colour::good, "Whole") + ": " + count_of(check.committed, "entry", "entries") +
            ", authenticated by this anchor\n";
  } else {
    text += remainder_of(check);
  }
  if (check.uncommitted_lines > 0) {
    text += count_of(check.uncommitted_lines, "line", "lines") +
            " behind the last entry: left by a write that was cut short. Harmless; the next change removes " +
            (check.uncommitted_lines == 1 ? "it" : "them") + "\n";
  }
  return text;
}

}  // namespace

Result<int> run(const GlobalArguments& global, const EventsVerifyArguments&) {
  TRY_LET(const auto device, find_device(global), "find device");
  if (device->info().stateless) return say_that_there_is_no_log(global);
  TRY(open_provider(global, *device), "open device");
  TRY_LET(const auto check, device->check_events(), "check event log");
  TRY(print(global, json_of(check), text_of(check)), "print findings");
  return check.whole() ? kExitDone : exit_status(ErrorCode::malformed);
}

}  // namespace holdfast::app
