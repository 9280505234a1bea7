// What a session holds.
#pragma once

#include "registry/storage/session.hpp"
#include "registry/storage/statement.hpp"
#include "registry/storage/statement_bulk.hpp"

#include <map>
#include <string>

namespace holdfast::storage {

struct Session::Inner {
  Inner(Engine its_engine, Access its_access) : engine(its_engine), access(its_access) {}

  /// Does `work`, and keeps what it throws as the trouble.
  template <typename Work>
  [[nodiscard]] auto guard(const Work& work) -> Result<decltype(work())>;
  [[nodiscard]] Statement& prepared(std::string_view sql, std::string_view columns, std::span<const Value> like);

  Engine engine;
  Access access;
  soci::session connection;
  // After the connection, to be destroyed before it.
  std::map<std::string, std::unique_ptr<Statement>, std::less<>> statements;
  std::map<std::string, std::unique_ptr<BulkStatement>, std::less<>> bulk_statements;
  std::optional<Failure> failed;
};

template <typename Work>
auto Session::Inner::guard(const Work& work) -> Result<decltype(work())> {
  if (failed) return failed->error;
  try {
    if constexpr (std::is_void_v<decltype(work())>) {
      work();
      return {};
    } else {
      return work();
    }
  } catch (...) {
    failed = explain_current_exception();
    return failed->error;
  }
}

}  // namespace holdfast::storage
