// A connection to the database with its prepared statements, and the state of the transaction on it.
#pragma once

#include "registry/storage/bulk.hpp"
#include "registry/storage/failure.hpp"
#include "registry/storage/place.hpp"
#include "registry/storage/values.hpp"

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::storage {

/// A statement that finds rows. `columns` has a letter for each: t for text, n for numbers.
struct Query {
  std::string sql;
  std::string columns;
};

enum class Access { read, write };

/// Parameters are :1, :2 and so on, each once, in the order in which they appear. Used by one thread at a time.
///
/// Once a statement has failed, every further one fails the same way, until the transaction or the savepoint is rolled
/// back: both engines behave alike, and nobody goes on after a failure by mistake.
class Session {
 public:
  /// ErrorCode::io where the database cannot be reached.
  [[nodiscard]] static Result<std::unique_ptr<Session>> open(const Place& place, Access access);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  [[nodiscard]] Engine engine() const;

  /// Each statement is prepared once. The number of rows that were changed; text that is not UTF-8, or holds a zero
  /// byte, is ErrorCode::usage.
  [[nodiscard]] Result<std::uint64_t> execute(std::string_view sql, std::initializer_list<Value> values);
  [[nodiscard]] Result<std::uint64_t> execute(std::string_view sql, std::span<const Value> values);
  [[nodiscard]] Result<std::vector<Row>> query(const Query& query, std::initializer_list<Value> values);
  [[nodiscard]] Result<std::vector<Row>> query(const Query& query, std::span<const Value> values);
  /// The only row, or none.
  [[nodiscard]] Result<std::optional<Row>> first(const Query& query, std::initializer_list<Value> values);
  /// The only row; ErrorCode::malformed where there is none.
  [[nodiscard]] Result<Row> only(const Query& query);
  /// Adds rows; the columns are equally long.
  [[nodiscard]] Result<void> insert_many(const BulkTarget& target, const std::vector<BulkColumn>& columns);
  /// A statement that is not worth keeping.
  [[nodiscard]] Result<void> run(std::string_view sql);

  /// Begins a transaction: one that sees a single state, or one that keeps all others from writing.
  [[nodiscard]] Result<void> begin();
  [[nodiscard]] Result<void> commit();
  /// Whatever state the transaction is in, it is over afterwards; the session may be broken by then.
  void roll_back();
  /// Savepoints are told apart by their depth.
  [[nodiscard]] Result<void> save(unsigned depth);
  [[nodiscard]] Result<void> release(unsigned depth);
  /// Undoes a failure as well, unless it reaches further.
  [[nodiscard]] Result<void> back_to(unsigned depth);

  [[nodiscard]] Trouble trouble() const;
  /// The failure that is the trouble.
  [[nodiscard]] Error failure() const;

 private:
  struct Inner;
  explicit Session(std::unique_ptr<Inner> inner);
  [[nodiscard]] Result<void> control(const std::string& sql);
  std::unique_ptr<Inner> inner_;
};

}  // namespace holdfast::storage
