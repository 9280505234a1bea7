#include "registry/audit/journal.hpp"

#include <algorithm>
#include <utility>

#include "registry/domain/accepted_loss.hpp"

namespace holdfast::audit {
namespace {

Error does_not_extend(const std::string& how) {
  return {ErrorCode::refused, "the registry's database " + how +
                                  "; nothing is issued or changed until the rest of the log is back ('audit replay'), "
                                  "or two operators have accepted the loss ('audit accept-loss')"};
}

Result<void> check_against(domain::LogRows& rows, std::uint64_t size, const Checkpoint& kept) {
  if (kept.size > size) {
    return does_not_extend("has a log of " + std::to_string(size) + " entries, and " + std::to_string(kept.size) +
                           " were acknowledged: it was put back from an older backup");
  }
  TRY_LET(const auto root, root_at(StoredRows(rows), kept.size), "compute root");
  if (root == kept.root) return {};
  return does_not_extend("has another history than the " + std::to_string(kept.size) +
                         " entries that were acknowledged");
}

Result<void> check_note(domain::LogRows& rows, std::uint64_t size, const NoteVerifier& verifier,
                        const std::optional<std::string>& note) {
  if (!note) {
    if (size == 0) return {};
    return does_not_extend("has a log of " + std::to_string(size) +
                           " entries, and the checkpoint kept outside of it is missing");
  }
  TRY_LET(const auto kept, open_checkpoint(verifier, *note), "read the checkpoint kept outside");
  return check_against(rows, size, kept);
}

}  // namespace

Result<std::vector<TreeHash>> StoredRows::read(unsigned row, std::uint64_t first, std::size_t count) const {
  return rows_.nodes(row, first, count);
}

Result<void> check_extends(domain::LogRows& rows, const NoteVerifier& verifier, OutsideCheckpoint& outside) {
  TRY_LET(const auto size, rows.size(), "read the log's size");
  TRY_LET(const auto note, outside.load(), "read the checkpoint kept outside");
  return check_note(rows, size, verifier, note);
}

void EventJournal::expect(const Checkpoint& brought_back) {
  const std::lock_guard lock(expecting_);
  expected_ = brought_back;
}

bool EventJournal::is_expected(const Checkpoint& next) {
  const std::lock_guard lock(expecting_);
  return expected_ == next;
}

Result<void> EventJournal::append(domain::LogRows& rows, std::span<const domain::Event> events) {
  TRY_LET(const auto size, rows.size(), "read the log's size");
  TRY_LET(const auto newest, rows.checkpoint(), "read checkpoint");
  // Another server may have appended since, and kept its checkpoint; or the database was put back under this one.
  if (!edge_ || edge_->size() != size || newest != edge_note_) {
    TRY_LET(edge_, Frontier::load(StoredRows(rows), size), "load the log's edge");
    kept_.clear();
  }
  next_ = edge_;
  std::vector<domain::LogEntry> entries;
  std::vector<domain::LogNode> nodes;
  for (const auto& event : events) {
    TRY_LET(std::string text, domain::to_json(event), "write event");
    TRY_LET(const auto leaf, hash_leaf(as_bytes(text)), "hash entry");
    entries.push_back({next_->size(), event.identity, std::move(text)});
    TRY_LET(const auto complete, next_->append(leaf), "append entry");
    for (const auto& hash : complete) nodes.push_back({hash.row, hash.index, hash.hash});
  }
  return rows.append(entries, nodes);
}

Result<EventJournal::Place> EventJournal::judge(domain::LogRows& rows, const Checkpoint& next,
                                                std::span<const domain::Event> events) {
  TRY_LET(const auto note, outside_.load(), "read the checkpoint kept outside");
  const bool first_of_all = !note && next.size == events.size();
  if (first_of_all || (note && *note == kept_)) return Place::outside_too;
  const auto extends = check_note(rows, next.size, signer_.verifier, note);
  if (extends.ok()) return Place::outside_too;
  const auto gives_up = [&](const domain::Event& event) { return domain::accepts_loss_of(event, note.value_or("")); };
  if (std::ranges::any_of(events, gives_up)) {
    given_up_ = note.value_or("");
    return Place::outside_too;
  }
  if (is_expected(next)) return Place::inside_only;
  // People are told of the log as they have it, without what would have been appended now.
  const auto before = check_note(rows, next.size - events.size(), signer_.verifier, note);
  return before.ok() ? extends.error() : before.error();
}

Result<void> EventJournal::seal(domain::LogRows& rows, std::span<const domain::Event> events) {
  signed_.clear();
  given_up_.clear();
  if (events.empty()) return {};
  TRY(append(rows, events), "append to the log");
  TRY_LET(const auto root, next_->root(), "compute root");
  const Checkpoint next{signer_.verifier.name(), next_->size(), root};
  TRY_LET(place_, judge(rows, next, events), "compare with the checkpoint kept outside");
  TRY_LET(signed_, sign_checkpoint(signer_.verifier, signer_.sign, next), "sign checkpoint");
  return rows.keep_checkpoint(next.size, signed_);
}

Result<domain::Outside> EventJournal::look_outside(domain::LogRows& rows) {
  signed_.clear();
  given_up_.clear();
  TRY_LET(const auto newest, rows.checkpoint(), "read checkpoint");
  if (!newest || *newest == kept_) return domain::Outside::up_to_date;
  TRY_LET(const auto size, rows.size(), "read the log's size");
  TRY_LET(const auto note, outside_.load(), "read the checkpoint kept outside");
  if (!note || *note == *newest) return domain::Outside::up_to_date;
  // One that goes on where these rows end is not replaced; whoever changes something is told of it.
  if (!check_note(rows, size, signer_.verifier, note).ok()) return domain::Outside::up_to_date;
  signed_ = *newest;
  place_ = Place::outside_too;
  return domain::Outside::behind;
}

bool EventJournal::is_overtaken(const std::string& kept) const {
  if (kept == kept_ || kept == given_up_) return false;
  const auto theirs = open_checkpoint(signer_.verifier, kept);
  const auto ours = open_checkpoint(signer_.verifier, signed_);
  return theirs.ok() && ours.ok() && theirs->size > ours->size;
}

Result<void> EventJournal::committed() {
  if (signed_.empty()) return {};
  if (next_) {
    edge_ = std::exchange(next_, std::nullopt);
    edge_note_ = signed_;
  }
  if (place_ == Place::inside_only) {
    signed_.clear();
    return {};
  }
  bool stays = false;
  TRY(outside_.store(signed_, [&](const std::string& kept) { return stays = is_overtaken(kept); }),
      "keep the checkpoint outside");
  kept_ = std::exchange(signed_, "");
  if (stays) kept_.clear();
  return {};
}

void EventJournal::forget() {
  edge_.reset();
  edge_note_.clear();
  next_.reset();
  kept_.clear();
  signed_.clear();
  given_up_.clear();
}

}  // namespace holdfast::audit
