// A new event log, where the one until now was damaged and stands in the way of every change.
#include "apps/common/exit_status.hpp"
#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/confirmation.hpp"
#include "apps/holdfast/owner_session.hpp"
#include "apps/holdfast/session.hpp"
#include "core/text.hpp"

namespace holdfast::app {
namespace {

constexpr const char* kWarning =
    "The anchor will vouch for no entry of its event log until now. What is left of the log is kept under another "
    "name.";

}  // namespace

Result<int> run(const GlobalArguments& global, const EventsRestartArguments& arguments) {
  TRY(confirm({kWarning, "Begin a new event log?"}, arguments.yes), "confirm");
  const OwnerSession::EntryFiles entry{arguments.recovery_file, arguments.escrow};
  TRY_LET(auto anchor, OwnerSession::open(global, entry), "open anchor");
  TRY_LET(const auto kept, anchor->restart_events(), "restart event log");
  const auto text = "Began a new event log" +
                    (kept.empty() ? std::string("; nothing was left of the one until now")
                                  : "; what is left of the one until now is " + printable(kept.string(), 4096)) +
                    "\n";
  TRY(print(global, {{"kept", kept.empty() ? Json() : Json(kept.string())}, {"generation", anchor->info().generation}},
            global.quiet ? "" : text),
      "report");
  return kExitDone;
}

}  // namespace holdfast::app
