// What stands between a transaction and the log that proves itself: the rows that storage keeps for it, and the
// journal that fills them. Storage implements the one, registry/audit the other.
#pragma once

#include "registry/domain/events.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace holdfast::domain {

using LogHash = std::array<std::uint8_t, 32>;

/// An entry of the log.
struct LogEntry {
  std::uint64_t index = 0;
  std::optional<IdentityId> identity;  ///< by which it is found; the entry itself says so too
  std::string text;                    ///< exactly the bytes whose hash is the leaf
};

/// A hash of the tree that has become complete: number `index` of row `row`.
struct LogNode {
  unsigned row = 0;
  std::uint64_t index = 0;
  LogHash hash{};
};

/// The log's rows, inside one transaction.
class LogRows {
 public:
  LogRows() = default;
  LogRows(const LogRows&) = delete;
  LogRows& operator=(const LogRows&) = delete;
  virtual ~LogRows() = default;

  /// How many entries there are. Inside a change it also keeps every other process from appending until the end of the
  /// transaction.
  [[nodiscard]] virtual Result<std::uint64_t> size() = 0;
  /// Entries with the numbers from size() on, and the nodes that they complete.
  [[nodiscard]] virtual Result<void> append(std::span<const LogEntry> entries, std::span<const LogNode> nodes) = 0;
  /// `count` hashes of `row` from `first` on; ErrorCode::malformed where one is not there.
  [[nodiscard]] virtual Result<std::vector<LogHash>> nodes(unsigned row, std::uint64_t first, std::size_t count) = 0;
  /// At most `count` entries from `first` on, in their order.
  [[nodiscard]] virtual Result<std::vector<LogEntry>> entries(std::uint64_t first, std::size_t count) = 0;
  /// All entries of an identity, in their order.
  [[nodiscard]] virtual Result<std::vector<LogEntry>> entries_of(const IdentityId& identity) = 0;
  /// The newest signed checkpoint; nothing where there is none yet.
  [[nodiscard]] virtual Result<std::optional<std::string>> checkpoint() = 0;
  [[nodiscard]] virtual Result<void> keep_checkpoint(std::uint64_t size, const std::string& note) = 0;
};

/// How the checkpoint kept outside stands to the newest one.
enum class Outside { up_to_date, behind };

/// What makes a log of events. Used by one thread at a time: the one that writes.
class Journal {
 public:
  Journal() = default;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  virtual ~Journal() = default;

  /// Last in a transaction: appends the events, signs the checkpoint behind them and keeps it in the rows, once it is
  /// known to extend the one kept outside (ErrorCode::refused where it does not: then nothing may be committed).
  [[nodiscard]] virtual Result<void> seal(LogRows& rows, std::span<const Event> events) = 0;
  /// Last in a transaction without events, on the strength of whose rows somebody may be answered: whether the
  /// checkpoint kept outside has stayed behind them, because keeping it failed, or because the server that had to has
  /// ended before. Where it has, committed() keeps the newest.
  [[nodiscard]] virtual Result<Outside> look_outside(LogRows& /*rows*/) { return Outside::up_to_date; }
  /// After the commit: keeps the checkpoint outside too. Only then may anybody be answered.
  [[nodiscard]] virtual Result<void> committed() = 0;
  /// The transaction was not committed, whatever happened: what seal() learned is forgotten.
  virtual void forget() = 0;
};

}  // namespace holdfast::domain
