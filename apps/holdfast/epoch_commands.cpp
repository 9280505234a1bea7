// Root epochs: drawing a new root, what still needs the earlier ones, and forgetting them.
#include <algorithm>

#include "apps/common/exit_status.hpp"
#include "apps/common/terminal.hpp"
#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/confirmation.hpp"
#include "apps/holdfast/owner_session.hpp"
#include "apps/holdfast/session.hpp"
#include "core/text.hpp"

namespace holdfast::app {
namespace {

using trust::EpochInfo;

constexpr std::size_t kMostKeysShown = 5;

std::string keys_text(const std::vector<std::string>& keys) {
  if (keys.empty()) return "none";
  std::string text;
  for (std::size_t i = 0; i < std::min(keys.size(), kMostKeysShown); ++i) {
    text += (i == 0 ? "" : ", ") + printable(keys[i]);
  }
  if (keys.size() > kMostKeysShown) text += " and " + std::to_string(keys.size() - kMostKeysShown) + " more";
  return text;
}

Json json_of(const EpochInfo& epoch) {
  return {{"epoch", epoch.number}, {"newest", epoch.newest}, {"tier", name_of(epoch.tier)}, {"keys", epoch.keys}};
}

std::string table_of(const std::vector<EpochInfo>& epochs) {
  Table table({"EPOCH", "", "TIER", "KEYS"});
  for (const auto& epoch : epochs) {
    table.add({{std::to_string(epoch.number)},
               {epoch.newest ? "newest" : "kept", epoch.newest ? Colour::good : Colour::plain},
               {std::string(name_of(epoch.tier))},
               {keys_text(epoch.keys)}});
  }
  return table.render();
}

// Whether asking makes sense: what is refused anyway needs no answer.
Result<bool> can_be_dropped(const OwnerSession& anchor, std::uint32_t number) {
  TRY_LET(const auto epochs, anchor->list_epochs(), "list epochs");
  return std::ranges::any_of(epochs,
                             [&](const EpochInfo& e) { return e.number == number && !e.newest && e.keys.empty(); });
}

Result<void> confirm_drop(std::uint32_t number, bool yes) {
  const auto epoch = std::to_string(number);
  return confirm_with_word(
      {"Files that were sealed under root epoch " + epoch +
           " become unreadable for ever, on this machine and elsewhere. Nobody can count those that lie elsewhere: "
           "'holdfast reseal' moves the ones that it is pointed at. Programs that have kept the device open since "
           "before the root was drawn anew may still seal under it: restart them first.",
       "Drop root epoch " + epoch + "?"},
      epoch, yes);
}

}  // namespace

Result<int> run(const GlobalArguments& global, const RotateRootArguments& arguments) {
  TRY(confirm({"A new root is drawn. Earlier ones are kept under it, so that keys and sealed files go on.",
               "Draw a new root?"},
              arguments.yes),
      "confirm");
  TRY_LET(auto anchor, OwnerSession::open(global), "open anchor");
  anchor.show("Wrapping the root");
  TRY(anchor->rotate_root(), "rotate root");
  const auto now = anchor->info();
  TRY(print(global, {{"generation", now.generation}, {"epoch", now.epoch}},
            global.quiet ? ""
                         : "Drew a new root: epoch " + std::to_string(now.epoch) +
                               ". Restart programs that keep the device open; move sealed files with 'holdfast "
                               "reseal' and keys with 'holdfast key rotate', and then drop the earlier epoch "
                               "('holdfast epoch list').\n"),
      "report");
  return kExitDone;
}

Result<int> run(const GlobalArguments& global, const EpochListArguments&) {
  TRY_LET(auto anchor, OwnerSession::open(global), "open anchor");
  TRY_LET(const auto epochs, anchor->list_epochs(), "list epochs");
  Json list = Json::array();
  for (const auto& epoch : epochs) list.push_back(json_of(epoch));
  TRY(print(global, {{"epochs", std::move(list)}}, table_of(epochs)), "print epochs");
  return kExitDone;
}

Result<int> run(const GlobalArguments& global, const EpochDropArguments& arguments) {
  TRY_LET(auto anchor, OwnerSession::open(global), "open anchor");
  TRY_LET(const bool possible, can_be_dropped(anchor, arguments.epoch), "look for what needs the epoch");
  if (possible) TRY(confirm_drop(arguments.epoch, arguments.yes), "confirm");
  TRY(anchor->drop_epoch(arguments.epoch), "drop epoch");
  TRY(print(global, {{"dropped", arguments.epoch}, {"generation", anchor->info().generation}},
            global.quiet ? "" : "Dropped root epoch " + std::to_string(arguments.epoch) + ".\n"),
      "report");
  return kExitDone;
}

}  // namespace holdfast::app
