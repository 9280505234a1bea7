#include "apps/common/complaint.hpp"

#include <cstdio>

#include "apps/common/exit_status.hpp"
#include "apps/common/one_line.hpp"
#include "core/json.hpp"

namespace holdfast::app {

int complain(const std::string& program, ErrorForm form, ErrorCode code, const std::string& message) {
  constexpr std::size_t kMaxShown = 4096;
  const auto shown = one_line(message, kMaxShown);
  if (form == ErrorForm::json) {
    const Json error{{"error", {{"code", name_of(code)}, {"exit_status", exit_status(code)}, {"message", shown}}}};
    std::fputs((error.dump(2, ' ', false, Json::error_handler_t::replace) + "\n").c_str(), stderr);
  } else {
    std::fputs((program + ": " + shown + "\n").c_str(), stderr);
  }
  return exit_status(code);
}

}  // namespace holdfast::app
