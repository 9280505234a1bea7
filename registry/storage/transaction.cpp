#include "registry/storage/transaction.hpp"

#include <exception>

namespace holdfast::storage {

Result<void> guarded(const std::function<Result<void>()>& work) {
  try {
    return work();
  } catch (const std::exception& thrown) {
    return Error(ErrorCode::internal, std::string("a change broke off: ") + thrown.what());
  }
}

Result<void> StoredTransaction::attempt(const std::function<Result<void>()>& work) {
  const unsigned depth = depth_;
  const auto events = events_.size();
  TRY(session_.save(depth), "begin attempt");
  ++depth_;
  auto result = guarded(work);
  depth_ = depth;
  if (result.ok() && session_.trouble() != Trouble::none) result = session_.failure();
  if (result.ok()) return session_.release(depth);
  events_.erase(events_.begin() + static_cast<std::ptrdiff_t>(events), events_.end());
  // Where it cannot be undone alone, the session knows, and nothing of the transaction will be kept.
  if (const auto undone = session_.back_to(depth); !undone.ok()) return undone.error();
  return result;
}

void StoredTransaction::clear() {
  events_.clear();
  depth_ = 0;
}

}  // namespace holdfast::storage
