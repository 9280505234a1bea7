// The event log as people and programs read it.
#pragma once

#include "apps/holdfast/session.hpp"

namespace holdfast::app {

/// {"sequence", "time", "type", "detail"}
[[nodiscard]] Json to_json(const trust::Event& event);

/// Of a stateless device, which has no log: says so and is done.
[[nodiscard]] Result<int> say_that_there_is_no_log(const GlobalArguments& global);

/// Prints the log, a line for each event, and goes on with each that the anchor comes to vouch for. Ends when nobody
/// reads standard output any more, or by a signal. ErrorCode::malformed where what was shown is no longer in the log;
/// ErrorCode::not_found where the state folder goes away.
[[nodiscard]] Result<int> follow_events(const GlobalArguments& global);

}  // namespace holdfast::app
