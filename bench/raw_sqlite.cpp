#include "bench/raw_sqlite.hpp"

#include <sqlite3.h>

#include "bench/rate.hpp"
#include "bench/support.hpp"

namespace holdfast::bench {
namespace {

constexpr int kRows = 1'000;

}  // namespace

RawSqlite::RawSqlite(const std::string& file) {
  require(::sqlite3_open(file.c_str(), &database_) == SQLITE_OK);
  say("PRAGMA journal_mode = WAL");
  say("PRAGMA synchronous = FULL");
  say("CREATE TABLE one (id INTEGER PRIMARY KEY, text TEXT)");
  short_row_ = prepare("INSERT INTO one (text) VALUES ('some text')");
  long_row_ = prepare("INSERT INTO one (text) VALUES (hex(randomblob(250)))");
}

RawSqlite::~RawSqlite() {
  ::sqlite3_finalize(short_row_);
  ::sqlite3_finalize(long_row_);
  ::sqlite3_close(database_);
}

void RawSqlite::say(const char* sql) {
  require(::sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
}

sqlite3_stmt* RawSqlite::prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  require(::sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr) == SQLITE_OK);
  return statement;
}

void RawSqlite::insert(sqlite3_stmt* statement) {
  require(::sqlite3_step(statement) == SQLITE_DONE);
  ::sqlite3_reset(statement);
}

double RawSqlite::commits_per_second(std::chrono::duration<double> turn) {
  return rate(1, turn, [&] { insert(short_row_); });
}

double RawSqlite::rows_per_second(std::chrono::duration<double> turn) {
  return kRows * rate(1, turn, [&] {
           say("BEGIN IMMEDIATE");
           for (int i = 0; i < kRows; ++i) insert(long_row_);
           say("COMMIT");
         });
}

}  // namespace holdfast::bench
