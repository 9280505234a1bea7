// Rotation, and the states of keys.
#include <optional>

#include "apps/common/exit_status.hpp"
#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/confirmation.hpp"
#include "apps/holdfast/key_report.hpp"
#include "apps/holdfast/passphrase.hpp"
#include "apps/holdfast/session.hpp"
#include "device/trust/report.hpp"

namespace holdfast::app {
namespace {

Result<int> set_state(const GlobalArguments& global, trust::Provider& provider, const std::string& typed,
                      keys::KeyState state) {
  TRY_LET(const auto selection, keys::KeySelection::parse(typed), "read key name");
  TRY_LET(const auto changed, provider.set_key_state(selection, state), "change state");
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

Result<int> set_state(const GlobalArguments& global, const std::string& typed, keys::KeyState state) {
  TRY(keys::KeySelection::parse(typed), "read key name");
  TRY_LET(const auto provider, open_provider(global), "open anchor");
  return set_state(global, *provider, typed, state);
}

// The version whose file cannot be read, where one was named and that is so.
Result<std::optional<Error>> why_unreadable(const trust::Provider& provider, const keys::KeySelection& selection) {
  if (!selection.version) return std::optional<Error>();
  auto found = provider.find_key(selection);
  if (found.ok()) return std::optional<Error>();
  const auto code = found.error().code();
  if (code != ErrorCode::malformed && code != ErrorCode::does_not_open) return std::move(found).error();
  return std::optional(std::move(found).error());
}

Result<int> give_up(const GlobalArguments& global, trust::Provider& provider, const keys::KeyId& key,
                    const Error& problem, bool yes) {
  const auto id = key.text();
  TRY(confirm_with_word({"The file of key '" + id + "' cannot be read: " + problem.message() +
                             ". Where a backup has it whole, restore it first. Given up, it is gone for ever with its "
                             "public half and whatever it held; its version and its name stay taken.",
                         "Give up the file of key '" + id + "'?"},
                        id, yes),
      "confirm");
  TRY(provider.give_up_key(key), "give up key");
  TRY(print(global, {{"keys", Json::array()}, {"given_up", id}},
            global.quiet ? "" : "Gave up key '" + id + "', whose file could not be read: " + problem.message() + ".\n"),
      "report");
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
  TRY_LET(const auto selection, keys::KeySelection::parse(arguments.name), "read key name");
  TRY(confirm_destruction(arguments.name, arguments.yes), "confirm");
  TRY_LET(const auto provider, open_provider(global), "open anchor");
  TRY_LET(const auto problem, why_unreadable(*provider, selection), "look for key");
  if (problem) return give_up(global, *provider, {selection.name, *selection.version}, *problem, arguments.yes);
  return set_state(global, *provider, arguments.name, keys::KeyState::destroyed);
}

}  // namespace holdfast::app
