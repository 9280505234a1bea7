#include "registry/storage/repositories.hpp"
#include "registry/storage/rows.hpp"

namespace holdfast::storage {
namespace {

using domain::LogEntry;
using domain::LogHash;
using domain::LogNode;

constexpr BulkTarget kEntries{.table = "log_entries", .columns = "number, identity, entry", .kinds = "not"};
constexpr BulkTarget kNodes{.table = "log_nodes", .columns = "level, number, hash", .kinds = "nnt"};
const Query kSize{.sql = "SELECT COALESCE(MAX(number) + 1, 0) FROM log_entries", .columns = "n"};
const Query kRange{.sql = "SELECT number, identity, entry FROM log_entries WHERE number >= :1 ORDER BY number LIMIT :2",
                   .columns = "ntt"};
const Query kOfIdentity{.sql = "SELECT number, identity, entry FROM log_entries WHERE identity = :1 ORDER BY number",
                        .columns = "ntt"};
const Query kHashes{
    .sql = "SELECT hash FROM log_nodes WHERE level = :1 AND number >= :2 AND number < :3 ORDER BY number",
    .columns = "t"};
const Query kCheckpoint{.sql = "SELECT note FROM log_checkpoint", .columns = "t"};
constexpr std::string_view kKeep = "INSERT INTO log_checkpoint (id, size, note) VALUES (1, :1, :2)";
constexpr std::string_view kReplace = "UPDATE log_checkpoint SET size = :1, note = :2";

Result<LogEntry> parse(Row& row) {
  const auto index = static_cast<std::uint64_t>(row.number());
  TRY_LET(auto identity, row.maybe_id<domain::IdentityId>(), "read log entry");
  return LogEntry{.index = index, .identity = std::move(identity), .text = row.text()};
}

std::vector<BulkColumn> columns_of(std::span<const LogEntry> entries) {
  std::vector<long long> numbers;
  std::vector<std::string> identities;
  std::vector<std::string> texts;
  for (const LogEntry& entry : entries) {
    numbers.push_back(static_cast<long long>(entry.index));
    identities.push_back(entry.identity ? entry.identity->text() : "");
    texts.push_back(entry.text);
  }
  return {std::move(numbers), std::move(identities), std::move(texts)};
}

std::vector<BulkColumn> columns_of(std::span<const LogNode> nodes) {
  std::vector<long long> levels;
  std::vector<long long> numbers;
  std::vector<std::string> hashes;
  for (const LogNode& node : nodes) {
    levels.push_back(static_cast<long long>(node.row));
    numbers.push_back(static_cast<long long>(node.index));
    hashes.push_back(to_hex(node.hash));
  }
  return {std::move(levels), std::move(numbers), std::move(hashes)};
}

}  // namespace

// Nobody else appends before the transaction is over: whoever writes has locked all others out at its beginning.
Result<std::uint64_t> StoredLog::size() {
  TRY_LET(auto row, session_.only(kSize), "count log entries");
  return static_cast<std::uint64_t>(row.number());
}

Result<void> StoredLog::append(std::span<const LogEntry> entries, std::span<const LogNode> nodes) {
  if (!entries.empty()) TRY(session_.insert_many(kEntries, columns_of(entries)), "append to log");
  if (!nodes.empty()) TRY(session_.insert_many(kNodes, columns_of(nodes)), "append to log");
  return {};
}

Result<std::vector<LogHash>> StoredLog::nodes(unsigned row, std::uint64_t first, std::size_t count) {
  TRY_LET(auto rows, session_.query(kHashes, {row, first, first + count}), "read log");
  if (rows.size() != count) {
    return Error(ErrorCode::malformed, "hashes of the log are missing in row " + std::to_string(row) + " from " +
                                           std::to_string(first) + " on: the database was altered");
  }
  std::vector<LogHash> hashes;
  for (Row& found : rows) {
    TRY_LET(const LogHash hash, found.hash(), "read log");
    hashes.push_back(hash);
  }
  return hashes;
}

Result<std::vector<LogEntry>> StoredLog::entries(std::uint64_t first, std::size_t count) {
  return parse_all(session_.query(kRange, {first, count}), parse);
}

Result<std::vector<LogEntry>> StoredLog::entries_of(const domain::IdentityId& identity) {
  return parse_all(session_.query(kOfIdentity, {identity.text()}), parse);
}

Result<std::optional<std::string>> StoredLog::checkpoint() {
  TRY_LET(auto row, session_.first(kCheckpoint, {}), "read checkpoint");
  return row ? std::optional(row->text()) : std::nullopt;
}

Result<void> StoredLog::keep_checkpoint(std::uint64_t size, const std::string& note) {
  TRY_LET(const std::uint64_t replaced, session_.execute(kReplace, {size, note}), "keep checkpoint");
  if (replaced == 0) TRY(session_.execute(kKeep, {size, note}), "keep checkpoint");
  return {};
}

}  // namespace holdfast::storage
