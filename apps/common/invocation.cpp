#include "apps/common/invocation.hpp"

#include <cstdio>
#include <cstdlib>

#include "apps/common/exit_status.hpp"

namespace holdfast::app {

int tell(const std::string& program, const Told& told) {
  if (told.usage_error) {
    return complain(program, told.json ? ErrorForm::json : ErrorForm::text, ErrorCode::usage,
                    told.text + " (see '" + told.help_command + "')");
  }
  std::fputs(told.text.c_str(), stdout);
  return kExitDone;
}

int conclude(const std::string& program, ErrorForm form, const Result<int>& done) {
  if (done.ok()) return *done;
  if (std::getenv("HOLDFAST_TRACE") != nullptr) std::fputs((done.error().describe() + "\n").c_str(), stderr);
  return complain(program, form, done.error().code(), done.error().message());
}

}  // namespace holdfast::app
