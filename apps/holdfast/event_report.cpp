#include "apps/holdfast/event_report.hpp"

#include "apps/common/exit_status.hpp"

namespace holdfast::app {

Json to_json(const trust::Event& event) {
  return {{"sequence", event.sequence},
          {"time", format_rfc3339(event.time)},
          {"type", event.type},
          {"detail", event.detail}};
}

Result<int> say_that_there_is_no_log(const GlobalArguments& global) {
  TRY(print(global, {{"events", Json::array()}, {"stateless", true}},
            "This device is stateless: it keeps no log of events.\n"),
      "print events");
  return kExitDone;
}

}  // namespace holdfast::app
