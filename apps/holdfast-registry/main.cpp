// The command `holdfast-registry`.
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>

#include "apps/common/complaint.hpp"
#include "apps/common/exit_status.hpp"
#include "apps/holdfast-registry/commands.hpp"
#include "core/secret_bytes.hpp"
#include "crypto/program.hpp"

namespace {

using namespace holdfast;

int complain(bool json, ErrorCode code, const std::string& message) {
  return app::complain("holdfast-registry", json ? app::ErrorForm::json : app::ErrorForm::text, code, message);
}

int run(int argc, const char* const* argv) {
  const auto invocation = registry_app::parse_arguments(argc, argv);
  const bool json = invocation.global.json;
  if (invocation.usage_error) {
    return complain(json, ErrorCode::usage, invocation.text + " (see '" + invocation.help_command + "')");
  }
  if (!invocation.command) {
    std::fputs(invocation.text.c_str(), stdout);
    return app::kExitDone;
  }
  const auto done = std::visit([&](const auto& arguments) { return registry_app::run(invocation.global, arguments); },
                               *invocation.command);
  if (done.ok()) return *done;
  if (::getenv("HOLDFAST_TRACE") != nullptr) std::fputs((done.error().describe() + "\n").c_str(), stderr);
  return complain(json, done.error().code(), done.error().message());
}

}  // namespace

int main(int argc, char** argv) {
  harden_process();
  crypto::prepare_program();
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  try {
    return run(argc, argv);
  } catch (const std::bad_alloc&) {
    return complain(false, ErrorCode::internal, "out of memory");
  } catch (const std::exception& problem) {
    return complain(false, ErrorCode::internal, std::string("unexpected failure: ") + problem.what());
  }
}
