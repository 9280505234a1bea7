#include "apps/common/exit_status.hpp"
#include "apps/common/manual.hpp"
#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/session.hpp"

namespace holdfast::app {
namespace {

ManualFacts facts() {
  return {.version = HOLDFAST_VERSION,
          .exit_statuses = {{1, "The signature is not valid."},
                            {3,
                             "This device or its required factors do not open the anchor, or the file belongs to "
                             "another anchor."},
                            {4, "Wrong passphrase of a file, or wrong recovery code."},
                            {7, "Refused by policy, profile, entropy floor or expiry."}},
          .files = {{"/var/lib/holdfast",
                     "State folder of root; $XDG_DATA_HOME/holdfast for others. It holds the anchor, its event log and "
                     "the keys."},
                    {"/etc/holdfast/profiles/*.toml", "Security profiles that a site adds."}},
          .environment = {{"HOLDFAST_DIR", "The state folder, unless --dir names one."},
                          {"HOLDFAST_MARKS",
                           "Where generations of anchors are remembered, so that an older copy put back is noticed; "
                           "/var/lib/holdfast-marks for root,\n$XDG_STATE_HOME/holdfast-marks for others."},
                          {"HOLDFAST_PROFILES", "Where a site's profiles are, instead of /etc/holdfast/profiles."},
                          {"NO_COLOR", "Tables without colour."}}};
}

}  // namespace

Result<int> run(const GlobalArguments& global, const ManualArguments& arguments) {
  const auto program = describe_program();
  TRY(write_manual(arguments.folder, program, facts()), "write manual");
  note(global, after_manual(arguments.folder, program));
  return kExitDone;
}

}  // namespace holdfast::app
