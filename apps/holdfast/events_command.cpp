#include <utility>

#include "apps/common/exit_status.hpp"
#include "apps/common/terminal.hpp"
#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/event_report.hpp"
#include "apps/holdfast/session.hpp"
#include "core/text.hpp"

namespace holdfast::app {

// Shown without opening the anchor, since an owner reads it when the anchor does not open. That the head is
// the anchor's own is then only as sure as the file; opening checks the rest.
Result<int> run(const GlobalArguments& global, const EventsArguments& arguments) {
  if (arguments.follow) return follow_events(global);
  TRY_LET(const auto device, find_device(global), "find device");
  if (device->info().stateless) return say_that_there_is_no_log(global);
  TRY_LET(const auto log, device->load_events(), "read event log");
  TRY_LET(const auto trial, try_to_open(global, *device), "try to open");
  const bool authenticated = trial.outcome == trust::Trial::Outcome::opens;

  Table table({"#", "TIME", "EVENT", "DETAIL"});
  Json events = Json::array();
  for (const auto& event : log) {
    events.push_back(to_json(event));
    table.add({{std::to_string(event.sequence)},
               {format_rfc3339(event.time)},
               {printable(event.type)},
               {printable(event.detail)}});
  }
  const auto verdict =
      authenticated ? paint(Colour::good, "Whole and authenticated by this anchor.")
                    : paint(Colour::warning, "Whole; the anchor was not opened, so that only its file vouches for it.");
  TRY(print(global, {{"events", std::move(events)}, {"whole", true}, {"authenticated", authenticated}},
            table.render() + verdict + "\n"),
      "print events");
  return kExitDone;
}

}  // namespace holdfast::app
