#include "registry/storage/statement_bulk.hpp"

#include <algorithm>

namespace holdfast::storage {

BulkStatement::BulkStatement(soci::session& session, const std::string& sql, const std::vector<BulkColumn>& like)
    : slots_(like.begin(), like.end()), statement_(session) {
  for (auto& slot : slots_) {
    std::visit([&](auto& values) { statement_.exchange(soci::use(values)); }, slot);
  }
  statement_.alloc();
  statement_.prepare(sql);
  statement_.define_and_bind();
}

void BulkStatement::execute(const std::vector<BulkColumn>& columns) {
  std::ranges::copy(columns, slots_.begin());
  statement_.execute(true);
  // The statement stays for long, and what was in the rows with it.
  for (auto& slot : slots_) {
    std::visit([](auto& values) { std::remove_reference_t<decltype(values)>().swap(values); }, slot);
  }
}

}  // namespace holdfast::storage
