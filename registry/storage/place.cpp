#include "registry/storage/place.hpp"

namespace holdfast::storage {
namespace {

constexpr std::string_view kSqlite = "sqlite:";

// The library splits what it is given at spaces, and leaves alone what stands between double quotes.
Result<Place> sqlite_place(std::string_view path) {
  if (path.empty()) return Error(ErrorCode::usage, "the database has no path: write sqlite:PATH");
  if (path.find('"') != std::string_view::npos || path.find('\0') != std::string_view::npos) {
    return Error(ErrorCode::usage, "the path of a database cannot hold a double quote or a zero byte: choose another");
  }
  return Place{.engine = Engine::sqlite, .where = std::string(path)};
}

}  // namespace

Result<Place> parse_place(std::string_view url) {
  if (url.starts_with(kSqlite)) return sqlite_place(url.substr(kSqlite.size()));
  for (const std::string_view scheme : {"postgresql://", "postgres://"}) {
    if (!url.starts_with(scheme)) continue;
    if (url.find(' ') != std::string_view::npos) {
      return Error(ErrorCode::usage, "the address of a PostgreSQL database cannot hold a space: write %20");
    }
    return Place{.engine = Engine::postgresql, .where = std::string(url)};
  }
  return Error(ErrorCode::usage, "a database is named as sqlite:PATH or postgresql://HOST/NAME");
}

}  // namespace holdfast::storage
