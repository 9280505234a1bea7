// The registry's database.
#pragma once

#include "registry/domain/store.hpp"
#include "registry/storage/place.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace holdfast::storage {

struct DatabaseSettings {
  std::string url;                     ///< as parse_place takes it
  domain::Journal* journal = nullptr;  ///< must outlive the database; without one nothing can be recorded
  std::size_t batch = 256;             ///< how many changes at most share a transaction
  std::size_t readers = 4;             ///< how many may read at once; each is a connection
};

/// Opens a database, makes it where there is none yet, and brings its schema up to date. Errors as of parse_place,
/// Session::open and migrate.
[[nodiscard]] Result<std::unique_ptr<domain::Database>> open_database(const DatabaseSettings& settings);

}  // namespace holdfast::storage
