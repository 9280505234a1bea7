#include <cstdio>

#include "apps/common/exit_status.hpp"
#include "apps/common/manual.hpp"
#include "apps/holdfast-registry/commands.hpp"
#include "core/text.hpp"

namespace holdfast::registry_app {
namespace {

constexpr std::size_t kMaxShown = 4096;

app::ManualFacts facts() {
  return {.version = HOLDFAST_VERSION,
          .exit_statuses = {{3, "The anchor of the registry's server does not open here."},
                            {4, "Wrong token."},
                            {7, "Refused by a rule, a policy or the role; or the log is behind its checkpoint."}},
          .files = {{"/var/lib/holdfast-registry",
                     "Data folder of root; $XDG_DATA_HOME/holdfast-registry for others. It holds the configuration "
                     "(registry.toml), the database, the anchor of the server and its socket."},
                    {"/var/lib/holdfast-checkpoints",
                     "Where the newest checkpoint of the log is kept, outside the data folder, for root; "
                     "$XDG_STATE_HOME/holdfast-checkpoints for others."}},
          .environment = {{"HOLDFAST_REGISTRY", "The data folder, unless --data names one."},
                          {"HOLDFAST_CHECKPOINTS", "Where checkpoints are kept, instead of the folder above."},
                          {"NO_COLOR", "Tables without colour."}}};
}

}  // namespace

Result<int> run(const GlobalArguments& global, const ManualArguments& arguments) {
  const auto program = describe_program();
  TRY(app::write_manual(arguments.folder, program, facts()), "write manual");
  if (global.quiet || global.json) return app::kExitDone;
  const auto note = printable(program.name + ": " + app::after_manual(arguments.folder, program), kMaxShown);
  std::fputs((note + "\n").c_str(), stderr);
  return app::kExitDone;
}

}  // namespace holdfast::registry_app
