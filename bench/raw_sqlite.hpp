// The machine's limit for a registry on SQLite: what SQLite alone makes of the same disk, with a write-ahead log and
// synchronous = FULL as the registry has them.
#pragma once

#include <chrono>
#include <string>

struct sqlite3;
struct sqlite3_stmt;

namespace holdfast::bench {

/// A database of one table without an index. Used by one thread.
class RawSqlite {
 public:
  explicit RawSqlite(const std::string& file);
  RawSqlite(const RawSqlite&) = delete;
  RawSqlite& operator=(const RawSqlite&) = delete;
  ~RawSqlite();

  /// Durable commits of one short row each.
  [[nodiscard]] double commits_per_second(std::chrono::duration<double> turn);
  /// Rows of 500 bytes, 1,000 in a durable transaction.
  [[nodiscard]] double rows_per_second(std::chrono::duration<double> turn);

 private:
  void say(const char* sql);
  void insert(sqlite3_stmt* statement);
  sqlite3_stmt* prepare(const char* sql);

  sqlite3* database_ = nullptr;
  sqlite3_stmt* short_row_ = nullptr;
  sqlite3_stmt* long_row_ = nullptr;
};

}  // namespace holdfast::bench
