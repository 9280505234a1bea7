// Prepared statements that are executed for many rows at once.
#pragma once

#include "registry/storage/bulk.hpp"

#include <soci/soci.h>

#include <deque>

namespace holdfast::storage {

/// Belongs to one session. Functions throw what the library throws.
class BulkStatement {
 public:
  BulkStatement(soci::session& session, const std::string& sql, const std::vector<BulkColumn>& like);
  BulkStatement(const BulkStatement&) = delete;
  BulkStatement& operator=(const BulkStatement&) = delete;
  ~BulkStatement() = default;

  void execute(const std::vector<BulkColumn>& columns);

 private:
  std::deque<BulkColumn> slots_;  // in a deque, because the library keeps their addresses
  soci::statement statement_;
};

}  // namespace holdfast::storage
