// The recovery code after the anchor was made: a new one, trying it, and doing without.
#include "apps/common/exit_status.hpp"
#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/confirmation.hpp"
#include "apps/holdfast/owner_session.hpp"
#include "apps/holdfast/recovery_code.hpp"
#include "apps/holdfast/session.hpp"

namespace holdfast::app {

Result<int> run(const GlobalArguments& global, const RecoveryNewArguments& arguments) {
  TRY_LET(const auto folder, state_folder_path(global), "find state folder");
  TRY_LET(const auto destination,
          recovery_destination(global, arguments.recovery_out, folder, "--recovery-out F to have it in a file"),
          "choose where the recovery code goes");
  TRY_LET(auto anchor, OwnerSession::open(global), "open anchor");
  const auto before = anchor->info().epoch;
  anchor.show("Wrapping the root");
  TRY(anchor->renew_recovery_code(delivery_to(destination, arguments.recovery_out)), "renew recovery code");
  const auto now = anchor->info();
  std::string text = words_for_recovery_file(arguments.recovery_out);
  if (now.epoch != before) {
    text += "The code before this one opens nothing that is made from now on: the root is drawn anew (epoch " +
            std::to_string(now.epoch) + ").\n" + kMoveToNewRoot;
  }
  const auto& file = arguments.recovery_out;
  TRY(print(global,
            {{"recovery_file", file.empty() ? Json() : Json(file)},
             {"rotated_root", now.epoch != before},
             {"generation", now.generation},
             {"epoch", now.epoch}},
            global.quiet ? "" : text),
      "report");
  return kExitDone;
}

Result<int> run(const GlobalArguments& global, const RecoveryTestArguments& arguments) {
  TRY_LET(const auto code, read_recovery_code(arguments.recovery_file), "read recovery code");
  TRY_LET(auto anchor, OwnerSession::open(global, {.recovery_code = &code}), "open anchor");
  TRY(anchor->note_recovery_test(), "note test");
  TRY(print(global, {{"opens", true}, {"generation", anchor->info().generation}},
            global.quiet ? "" : "The recovery code opens this anchor. The event log has the date.\n"),
      "report");
  return kExitDone;
}

Result<int> run(const GlobalArguments& global, const RecoveryRevokeArguments& arguments) {
  TRY(confirm({"Without a recovery code this anchor opens with this machine alone. When more of it changes than the "
               "margin allows, everything is lost.",
               "Revoke the recovery code?"},
              arguments.yes),
      "confirm");
  TRY_LET(auto anchor, OwnerSession::open(global), "open anchor");
  anchor.show("Wrapping the root");
  TRY(anchor->revoke_recovery_code(), "revoke recovery code");
  const auto now = anchor->info();
  TRY(print(global, {{"generation", now.generation}, {"epoch", now.epoch}},
            global.quiet ? ""
                         : "The recovery code is revoked, and the root is drawn anew (epoch " +
                               std::to_string(now.epoch) + ").\n" + kMoveToNewRoot),
      "report");
  return kExitDone;
}

}  // namespace holdfast::app
