#include "device/anchor/change.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/folder_group.hpp"
#include "device/anchor/assurance.hpp"
#include "device/anchor/escrow_wrap.hpp"
#include "device/anchor/origin.hpp"
#include "device/anchor/recovery_wrap.hpp"

namespace holdfast::anchor {
namespace {

Error changed_meanwhile() {
  return {ErrorCode::refused, "the anchor was changed by another process meanwhile; nothing was done, try again"};
}

template <typename Kind>
void remove_slots(AnchorFile& file) {
  std::erase_if(file.slots, [](const Slot& slot) { return std::holds_alternative<Kind>(slot); });
}

Result<void> remove_file(const std::filesystem::path& file) {
  if (::unlink(file.c_str()) == 0 || errno == ENOENT) return {};
  return system_error("remove", file, errno);
}

}  // namespace

AnchorChange::AnchorChange(const StateFolder& folder, const OpenedAnchor& opened, FolderLock lock, Bytes before)
    : folder_(&folder), opened_(&opened), lock_(std::move(lock)), before_(std::move(before)), file_(opened.file) {}

Result<AnchorChange> AnchorChange::begin(const StateFolder& folder, const OpenedAnchor& opened) {
  TRY_LET(auto lock, FolderLock::acquire(folder.path()), "lock state folder");
  TRY_LET(auto bytes, read_file(folder.anchor_file(), kMaxAnchorFileSize), "read anchor file");
  TRY_LET(const auto current, parse_anchor_file(bytes), "parse anchor file");
  const crypto::ModuleScope scope(opened.file.module);
  if (current.file.generation != opened.file.generation || current.file.id != opened.file.id ||
      !verify_anchor_mac(current, opened.roots.newest()).ok()) {
    return changed_meanwhile();
  }
  return AnchorChange(folder, opened, std::move(lock), std::move(bytes));
}

Result<void> AnchorChange::rotate() {
  const crypto::ModuleScope scope(file_.module);
  const auto& before = opened_->roots.newest();
  if (before.epoch().number == UINT32_MAX) return Error(ErrorCode::refused, "the root epochs have come to their end");
  if (opened_->roots.all().size() > kMaxOlderRoots) {
    return Error(ErrorCode::refused,
                 "this change draws a new root, and " + std::to_string(kMaxOlderRoots) +
                     " earlier ones are kept already; see what still needs them with 'holdfast epoch "
                     "list', and drop one with 'holdfast epoch drop'");
  }
  TRY_LET(fresh_, draw_root(before.anchor(), {before.epoch().number + 1}), "draw root");
  std::vector<OlderRoot> kept;
  for (const auto& root : opened_->roots.all()) {
    const auto known = std::ranges::find(file_.older_roots, root.epoch(), &OlderRoot::epoch);
    const auto tier = known == file_.older_roots.end() ? lowest_tier_of_newest(opened_->file) : known->tier;
    TRY_LET(auto older, keep_root(root, tier, *fresh_), "keep older root");
    kept.push_back(std::move(older));
  }
  file_.older_roots = std::move(kept);
  file_.epoch = fresh_->epoch();
  file_.lowest_tier.reset();
  TRY_LET(file_.remembered, rewrap_remembered(file_.remembered, before, *fresh_), "rewrap remembered state");
  TRY_LET(file_.origin, rewrap_origin(file_.origin, before, *fresh_), "rewrap origin");
  for (auto& slot : file_.slots) {
    if (auto* const recovery = std::get_if<RecoverySlot>(&slot)) {
      TRY_LET(*recovery, rewrap_recovery_slot(*recovery, before, *fresh_), "rewrap recovery slot");
    }
    if (auto* const escrow = std::get_if<EscrowSlot>(&slot)) {
      TRY_LET(*escrow, rewrap_escrow_slot(*escrow, before, *fresh_), "rewrap escrow slot");
    }
  }
  return {};
}

void AnchorChange::set_fingerprint_slot(FingerprintSlot slot) {
  remove_slots<FingerprintSlot>(file_);
  file_.slots.insert(file_.slots.begin(), Slot(std::move(slot)));
}

void AnchorChange::set_recovery_slot(std::optional<RecoverySlot> slot) {
  remove_slots<RecoverySlot>(file_);
  if (slot) file_.slots.emplace_back(std::move(*slot));
}

void AnchorChange::set_escrow_slot(std::optional<EscrowSlot> slot) {
  remove_slots<EscrowSlot>(file_);
  if (slot) file_.slots.emplace_back(std::move(*slot));
}

void AnchorChange::set_puf_slot(std::optional<PufSlot> slot) {
  remove_slots<PufSlot>(file_);
  if (slot) file_.slots.emplace_back(std::move(*slot));
}

void AnchorChange::drop_epoch(RootEpoch epoch) {
  std::erase_if(file_.older_roots, [&](const OlderRoot& older) { return older.epoch == epoch; });
}

void AnchorChange::restart_log() { restarts_log_ = true; }

std::string AnchorChange::kept_log_name() const {
  return folder_->event_file().filename().string() + ".until-" + std::to_string(opened_->file.generation);
}

void AnchorChange::log(std::string type, std::string detail) {
  events_.push_back({std::move(type), std::move(detail)});
}

Result<void> AnchorChange::check_slots() const {
  const bool all = std::ranges::all_of(file_.slots, [&](const Slot& slot) { return epoch_of(slot) == root().epoch(); });
  if (all && !file_.slots.empty()) return {};
  return Error(ErrorCode::internal, "an anchor was to be written with a slot that does not open its root");
}

// A copy of the file as it was still opens this root as easily as its slot did.
void AnchorChange::remember_tier() {
  if (fresh_) return;
  const auto before = lowest_tier_of_newest(opened_->file);
  if (before < slot_tier(file_)) {
    file_.lowest_tier = before;
  } else {
    file_.lowest_tier.reset();
  }
}

// A second name: the log goes on under the first, as a tail that nobody vouches for, until the next change replaces it.
Result<void> AnchorChange::keep_log() const {
  const auto kept = folder_->path() / kept_log_name();
  if (::link(folder_->event_file().c_str(), kept.c_str()) == 0 || errno == ENOENT || errno == EEXIST) return {};
  return system_error("keep the event log as", kept, errno);
}

Result<void> AnchorChange::write_events(const Commit& how) {
  if (restarts_log_) {
    if (!events_.empty()) return Error(ErrorCode::internal, "an event was to be written into a log that ends");
    file_.events = {};
    return keep_log();
  }
  TRY_LET(auto log, folder_->load_events(opened_->file.events), "read event log");
  const auto now = how.clock();
  for (const auto& event : events_) TRY(log.append(now, event.type, event.detail), "log event");
  file_.events = log.head();
  // The log first: entries that no anchor authenticates are an uncommitted tail, the reverse is damage.
  return write_private_file(folder_->event_file(), as_bytes(log.text()), Replace::allowed);
}

// Also where only the last sync failed.
bool AnchorChange::is_in_place() const {
  const auto now = folder_->load_anchor();
  return now.ok() && now->file.generation == file_.generation;
}

// What could not be delivered is given up, and leaves nothing behind.
Result<void> AnchorChange::deliver(const Commit& how) const {
  auto delivered = how.deliver();
  if (!delivered.ok()) (void)remove_file(folder_->previous_anchor_file());
  return delivered;
}

Result<void> AnchorChange::write_anchor(const Commit& how) {
  TRY_LET(const auto bytes, serialise_anchor_file(file_, root()), "serialise anchor");
  TRY_LET(auto writer, create_private_file(folder_->anchor_file(), Replace::allowed), "create anchor file");
  TRY(writer.write(bytes), "write anchor file");
  TRY(writer.sync(), "sync anchor file");
  TRY(prove_written(writer, root(), how.proof), "check anchor file");
  // The old one under another name for as long as the new one has not been seen under its own.
  TRY(write_private_file(folder_->previous_anchor_file(), before_, Replace::allowed), "keep previous anchor file");
  if (how.deliver) TRY(deliver(how), "deliver");
  auto placed = writer.commit();
  took_effect_ = placed.ok() || is_in_place();
  TRY(std::move(placed), "put anchor in place");
  TRY_LET(const auto written, folder_->load_anchor(), "read new anchor");
  TRY(verify_anchor_mac(written, root()), "verify new anchor");
  // Whatever it could still open, nobody shall find it lying beside its successor.
  TRY(remove_file(folder_->previous_anchor_file()), "remove previous anchor file");
  return sync_folder(folder_->path());
}

Result<AnchorFile> AnchorChange::commit(const Commit& how) {
  const crypto::ModuleScope scope(file_.module);
  TRY(check_slots(), "check slots");
  remember_tier();
  std::uint64_t highest = file_.generation;
  if (how.mark != nullptr) {
    TRY_LET(const auto seen, how.mark->read(file_.id), "read generation mark");
    highest = std::max(highest, seen.value_or(0));
  }
  if (highest == UINT64_MAX) return Error(ErrorCode::refused, "the generations have come to their end");
  file_.generation = highest + 1;
  TRY(write_events(how), "write events");
  TRY(write_anchor(how), "write anchor");
  // Only now: a mark that came first would turn a power failure into a rollback.
  // And its failure is none of the change, which has taken effect: the next opening raises it.
  if (how.mark != nullptr) (void)how.mark->raise(file_.id, file_.generation);
  return file_;
}

}  // namespace holdfast::anchor
