// The journal of a registry's changes: each an entry of the transparency log, under a checkpoint that extends the one
// before.
#pragma once

#include "registry/audit/checkpoint.hpp"
#include "registry/audit/outside_checkpoint.hpp"
#include "registry/domain/journal.hpp"

#include <mutex>
#include <optional>
#include <string>

namespace holdfast::audit {

/// The hashes that storage keeps, as the arithmetic of the tree reads them. Borrows the rows.
class StoredRows : public HashRows {
 public:
  explicit StoredRows(domain::LogRows& rows) : rows_(rows) {}
  [[nodiscard]] Result<std::vector<TreeHash>> read(unsigned row, std::uint64_t first, std::size_t count) const override;

 private:
  domain::LogRows& rows_;
};

/// Who signs a log's checkpoints.
struct LogSigner {
  NoteVerifier verifier;
  NoteSign sign;
};

/// Whether the log in `rows` goes on from the checkpoint kept outside. ErrorCode::refused, with both sizes, where it is
/// behind it or has another past: an old backup was put back, or somebody altered it; also where the log has entries
/// and nothing is kept outside, since that may be what somebody took away.
[[nodiscard]] Result<void> check_extends(domain::LogRows& rows, const NoteVerifier& verifier,
                                         OutsideCheckpoint& outside);

/// Appends events and signs checkpoints. A checkpoint is signed where it extends the one kept outside, and else only
/// where the log is being brought back (`expect`), or an event among those under it says that two operators have given
/// up what is missing (domain/accepted_loss.hpp).
class EventJournal : public domain::Journal {
 public:
  /// `outside` must outlive the journal.
  EventJournal(LogSigner signer, OutsideCheckpoint& outside) : signer_(std::move(signer)), outside_(outside) {}

  /// The log is being brought back to this checkpoint, which it once had: the change that makes it so is let through
  /// though it may not reach the one kept outside, which then stays. From any thread, before that change.
  void expect(const Checkpoint& brought_back);

  [[nodiscard]] Result<void> seal(domain::LogRows& rows, std::span<const domain::Event> events) override;
  [[nodiscard]] Result<domain::Outside> look_outside(domain::LogRows& rows) override;
  [[nodiscard]] Result<void> committed() override;
  void forget() override;

 private:
  /// Where the newest checkpoint goes.
  enum class Place { inside_only, outside_too };

  [[nodiscard]] Result<void> append(domain::LogRows& rows, std::span<const domain::Event> events);
  [[nodiscard]] Result<Place> judge(domain::LogRows& rows, const Checkpoint& next,
                                    std::span<const domain::Event> events);
  [[nodiscard]] bool is_expected(const Checkpoint& next);
  /// Whether another server has kept a newer one than ours meanwhile.
  [[nodiscard]] bool is_overtaken(const std::string& kept) const;

  LogSigner signer_;
  OutsideCheckpoint& outside_;
  std::optional<Frontier> edge_;  // of the log as committed
  std::string edge_note_;         // the checkpoint that stood in the rows then
  std::optional<Frontier> next_;  // as it is if the transaction is committed
  std::string kept_;              // what was last seen outside, and is known to be extended by edge_
  std::string signed_;            // is the newest after the commit
  std::string given_up_;          // what stands outside, and two operators have given up with this transaction
  Place place_ = Place::outside_too;
  std::mutex expecting_;
  std::optional<Checkpoint> expected_;
};

}  // namespace holdfast::audit
