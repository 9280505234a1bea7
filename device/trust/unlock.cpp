#include "device/trust/unlock.hpp"

#include <utility>

namespace holdfast::trust {
namespace {

using anchor::Search;

Result<Unlocked> unlock_with(const anchor::UnverifiedAnchorFile& file, const fingerprint::Fingerprint& machine,
                             std::optional<SecretBytes> passphrase, Search search, const StepProgress& progress) {
  TRY_LET(auto opened,
          anchor::open_with_fingerprint(file, {&machine, passphrase ? &*passphrase : nullptr}, search, progress),
          "open anchor");
  // What opened it says nothing about the passphrase, and no slot shall be written with one that may be mistyped.
  if (opened.by_noisy_alone) passphrase.reset();
  return Unlocked{std::move(opened), std::move(passphrase)};
}

// A typing error is likelier than drift: ask a second time before the long search.
Result<Unlocked> unlock_by_asking(const anchor::UnverifiedAnchorFile& file, const fingerprint::Fingerprint& machine,
                                  const OpenOptions& options) {
  TRY_LET(auto passphrase, options.passphrase.ask(Asking::first), "ask for passphrase");
  auto opened = unlock_with(file, machine, std::move(passphrase), Search::first_subset, {});
  if (opened.ok() || opened.error().code() != ErrorCode::does_not_open) return opened;
  TRY_LET(passphrase, options.passphrase.ask(Asking::once_more), "ask for passphrase");
  return unlock_with(file, machine, std::move(passphrase), Search::all_subsets, options.progress);
}

}  // namespace

bool needs_passphrase(const anchor::AnchorFile& file) {
  const auto* const slot = file.fingerprint_slot();
  return slot != nullptr && slot->needs_passphrase;
}

Result<Unlocked> unlock(const anchor::UnverifiedAnchorFile& file, const fingerprint::Fingerprint& machine,
                        const OpenOptions& options) {
  std::optional<SecretBytes> passphrase;
  if (options.passphrase.given) {
    TRY_LET(passphrase, options.passphrase.given(), "read passphrase");
  }
  if (needs_passphrase(file.file) && !passphrase && options.passphrase.ask) {
    return unlock_by_asking(file, machine, options);
  }
  return unlock_with(file, machine, std::move(passphrase), Search::all_subsets, options.progress);
}

std::filesystem::path mark_folder(const OpenOptions& options) {
  return options.mark_folder.empty() ? usual_mark_folder() : options.mark_folder;
}

Result<LatestAnchor> load_latest(const anchor::StateFolder& folder, const anchor::AnchorId& anchor,
                                 const OpenOptions& options) {
  // In this order: what is read after the mark has come at least as far, unless an older copy was put back.
  auto seen = anchor::MarkFolder(mark_folder(options)).read(anchor);
  TRY_LET(auto file, folder.load_anchor(), "load anchor");
  if (file.file.id != anchor) {
    return Error(ErrorCode::refused, "another anchor was put in the place of this one; try again");
  }
  const auto generation = file.file.generation;
  return LatestAnchor{std::move(file), {folder.path(), anchor, generation, std::move(seen)}};
}

Result<void> check_not_rolled_back(const anchor::Sighting& sighting, const OpenOptions& options) {
  anchor::MarkFolder mark(mark_folder(options));
  return anchor::see_generation(mark, sighting);
}

}  // namespace holdfast::trust
