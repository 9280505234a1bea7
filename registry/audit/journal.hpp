// The journal of a registry's changes: each an entry of the transparency log, under a checkpoint that extends the one
// before.
#pragma once

#include "registry/audit/checkpoint.hpp"
#include "registry/audit/outside_checkpoint.hpp"
#include "registry/domain/journal.hpp"

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

/// Appends events and signs checkpoints.
class EventJournal : public domain::Journal {
 public:
  /// `outside` must outlive the journal.
  EventJournal(LogSigner signer, OutsideCheckpoint& outside) : signer_(std::move(signer)), outside_(outside) {}

  [[nodiscard]] Result<void> seal(domain::LogRows& rows, std::span<const domain::Event> events) override;
  [[nodiscard]] Result<void> committed() override;
  void forget() override;

 private:
  [[nodiscard]] Result<void> catch_up(domain::LogRows& rows);

  LogSigner signer_;
  OutsideCheckpoint& outside_;
  std::optional<Frontier> edge_;  // of the log as committed
  std::optional<Frontier> next_;  // as it is if the transaction is committed
  std::string kept_;              // what was last seen outside, and is known to be extended by edge_
  std::string signed_;            // goes outside after the commit
};

}  // namespace holdfast::audit
