#include <optional>

#include "apps/common/exit_status.hpp"
#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/confirmation.hpp"
#include "apps/holdfast/noisy_words.hpp"
#include "apps/holdfast/owner_session.hpp"
#include "apps/holdfast/session.hpp"

namespace holdfast::app {
namespace {

Result<void> report(const GlobalArguments& global, const trust::DeviceInfo& now, const std::string& text) {
  const Json json{{"noisy", now.noisy->name},
                  {"source", now.noisy->source},
                  {"code", now.noisy->code},
                  {"role", now.noisy->alone ? "slot" : "required"},
                  {"tier", name_of(now.assurance.tier)},
                  {"generation", now.generation},
                  {"epoch", now.epoch}};
  return print(global, json, global.quiet ? "" : text);
}

Result<void> enrol_first(const GlobalArguments& global, OwnerSession& anchor, trust::NoisyRole role, bool yes) {
  const bool required = role == trust::NoisyRole::required;
  TRY(confirm({required
                   ? "From now on the anchor opens only together with the noisy source, and a new root is drawn, since "
                     "older copies of the anchor ask for less."
                   : "From now on the noisy source opens the anchor by itself, whatever the attributes are.",
               "Enrol it?"},
              yes),
      "confirm");
  const auto before = anchor->info().epoch;
  anchor.show("Wrapping the root");
  TRY_LET(const auto numbers, anchor->add_noisy_source(role), "enrol noisy source");
  const auto now = anchor->info();
  std::string text = "Enrolled " + numbers + "\n";
  if (now.epoch != before)
    text += "The root is drawn anew (epoch " + std::to_string(now.epoch) + ").\n" + kMoveToNewRoot;
  return report(global, now, text);
}

Result<void> enrol_again(const GlobalArguments& global, OwnerSession& anchor, bool yes) {
  TRY(confirm(
          {"The same cells get another codeword, with the same code: helper data until now and new ones together tell "
           "no more than one of them. But whoever has learnt the secret until now, and has both, has the new one as "
           "well.",
           "Enrol again?"},
          yes),
      "confirm");
  anchor.show("Wrapping the root");
  TRY_LET(const auto noisy, anchor->renew_noisy_source(), "enrol noisy source again");
  return report(global, anchor->info(), "Enrolled again: " + words_for(noisy) + "\n");
}

}  // namespace

Result<int> run(const GlobalArguments& global, const PufEnrolArguments& arguments) {
  std::optional<trust::NoisyRole> role;
  if (!arguments.role.empty()) {
    TRY_LET(role, noisy_role_of("--as", arguments.role), "read --as");
    if (*role == trust::NoisyRole::none) {
      return Error(
          ErrorCode::usage,
          "--as none enrols nothing: it is required or slot; give a source up with 'holdfast migrate --without "
          "NAME'");
    }
  }
  TRY_LET(auto anchor, OwnerSession::open(global, {.recovery_code = nullptr, .credential_file = arguments.credfile}),
          "open anchor");
  if (role) {
    TRY(enrol_first(global, anchor, *role, arguments.yes), "enrol");
    return kExitDone;
  }
  if (!anchor->info().noisy) {
    return Error(ErrorCode::not_found,
                 "this anchor has no noisy source; enrol the first one with --as required or --as slot");
  }
  TRY(enrol_again(global, anchor, arguments.yes), "enrol");
  return kExitDone;
}

}  // namespace holdfast::app
