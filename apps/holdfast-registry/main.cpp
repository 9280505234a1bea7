// The command `holdfast-registry`.
#include <csignal>
#include <exception>
#include <functional>
#include <new>

#include "apps/common/complaint.hpp"
#include "apps/holdfast-registry/commands.hpp"
#include "core/secret_bytes.hpp"
#include "crypto/program.hpp"

namespace {

using namespace holdfast;

constexpr const char* kProgram = "holdfast-registry";

// What nobody asks an operator for is not done in the name of one.
Result<void> check_token_is_used(const registry_app::Invocation& invocation) {
  const bool used = std::holds_alternative<registry_app::OperationArguments>(*invocation.command) ||
                    std::holds_alternative<registry_app::AuthorityAcceptArguments>(*invocation.command);
  if (used || invocation.global.token_file.empty()) return {};
  return Error(ErrorCode::usage,
               "--token-file says as which operator to ask a registry, and this command asks none; "
               "leave it out");
}

Result<int> carry_out(const registry_app::Invocation& invocation) {
  TRY(check_token_is_used(invocation), "check options");
  return std::visit([&](const auto& arguments) { return registry_app::run(invocation.global, arguments); },
                    *invocation.command);
}

// Complains in the form that was asked for about whatever goes wrong in `work`.
int guarded(app::ErrorForm form, const std::function<int()>& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return app::complain(kProgram, form, ErrorCode::internal, "out of memory");
  } catch (const std::exception& problem) {
    return app::complain(kProgram, form, ErrorCode::internal, std::string("unexpected failure: ") + problem.what());
  }
}

int run(int argc, const char* const* argv) {
  const auto invocation = registry_app::parse_arguments(argc, argv);
  if (!invocation.command) return app::tell(kProgram, invocation.told);
  const auto form = invocation.global.json ? app::ErrorForm::json : app::ErrorForm::text;
  return guarded(form, [&] { return app::conclude(kProgram, form, carry_out(invocation)); });
}

}  // namespace

int main(int argc, char** argv) {
  harden_process();
  crypto::prepare_program();
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  return guarded(app::ErrorForm::text, [&] { return run(argc, argv); });
}
