// Where a database is: the engine and what it is opened by.
#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>

namespace holdfast::storage {

enum class Engine { sqlite, postgresql };

struct Place {
  Engine engine = Engine::sqlite;
  std::string where;  ///< SQLite's file, or the connection URI as libpq takes it. May hold a password: never shown.
};

/// "sqlite:PATH" or "postgresql://...". ErrorCode::usage for anything else.
[[nodiscard]] Result<Place> parse_place(std::string_view url);

}  // namespace holdfast::storage
