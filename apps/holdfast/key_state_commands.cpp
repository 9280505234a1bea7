// Rotation, and the states of keys.
#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/exit_status.hpp"
#include "apps/holdfast/key_report.hpp"
#include "apps/holdfast/passphrase.hpp"
#include "apps/holdfast/session.hpp"
#include "device/trust/report.hpp"

namespace holdfast::app {
namespace {

Result<int> set_state(const GlobalArguments& global, const std::string& typed, keys::KeyState state) {
  TRY_LET(const auto selection, keys::KeySelection::parse(typed), "read key name");
  TRY_LET(const auto provider, open_provider(global), "open anchor");
  TRY_LET(const auto changed, provider->set_key_state(selection, state), "change state");
  Table table(key_headings());
  Json list = Json::array();
  for (const auto& key : changed) {
    list.push_back(trust::report_on(key));
    table.add(row_of(key));
  }
  const auto text =
      changed.empty() ? "Every version of '" + typed + "' is destroyed; nothing changed.\n" : table.render();
  TRY(print(global, {{"keys", std::move(list)}}, global.quiet ? "" : text), "print keys");
  return kExitDone;
}

// Nothing brings a destroyed key back, so a slip of the hand must not be enough.
Result<void> confirm_destruction(const std::string& typed, bool yes) {
  if (yes) return {};
  if (!can_prompt()) {
    return Error(ErrorCode::usage, "destroying a key is for ever; add --yes where nobody can be asked");
  }
  TRY_LET(
      const auto answer,
      ask_person("Destroy key '" + typed +
                 "' for ever? What it signed can still be verified; what was encrypted to "
                 "it cannot be opened any more. Older versions do not take its place; 'holdfast key rotate' makes a "
                 "new one.\nType the key's name to go on"),
      "ask");
  if (answer == typed) return {};
  return Error(ErrorCode::usage, "cancelled: the answer was not '" + typed + "', and nothing was changed");
}

}  // namespace

Result<int> run(const GlobalArguments& global, const KeyRotateArguments& arguments) {
  if (arguments.name.contains('@')) {
    return Error(ErrorCode::usage, "rotation makes the next version of a name; leave '" +
                                       arguments.name.substr(arguments.name.find('@')) + "' out");
  }
  TRY_LET(const auto name, keys::KeyName::parse(arguments.name), "read key name");
  TRY_LET(const auto provider, open_provider(global), "open anchor");
  Progress progress("Making the next version of " + arguments.name, global.quiet);
  TRY_LET(const auto key, provider->rotate_key(name, [&] { progress.pulse(); }), "rotate key");
  TRY(print(global, trust::report_on(key), global.quiet ? "" : text_of(key)), "print key");
  const bool signs = key.uses.contains(crypto::KeyUse::sign);
  note(global, signs ? "older versions no longer sign; renew the certificates of '" + arguments.name + "'"
                     : "older versions only open what was made with them");
  return kExitDone;
}

Result<int> run(const GlobalArguments& global, const KeyEnableArguments& arguments) {
  return set_state(global, arguments.name, keys::KeyState::active);
}

Result<int> run(const GlobalArguments& global, const KeyDisableArguments& arguments) {
  return set_state(global, arguments.name, keys::KeyState::disabled);
}

Result<int> run(const GlobalArguments& global, const KeyDestroyArguments& arguments) {
  TRY(keys::KeySelection::parse(arguments.name), "read key name");
  TRY(confirm_destruction(arguments.name, arguments.yes), "confirm");
  return set_state(global, arguments.name, keys::KeyState::destroyed);
}

}  // namespace holdfast::app
