#include "registry/storage/transaction.hpp"

#include <exception>
#include <span>

#include "registry/domain/events.hpp"

namespace holdfast::storage {
namespace {

// More than any character becomes in JSON.
constexpr std::size_t kWidest = 6;
constexpr std::size_t kFrame = 500;

bool fits_surely(const domain::Event& event) {
  std::size_t size = kFrame + kWidest * (event.actor.size() + event.type.size());
  for (const auto& [name, value] : event.details) size += kWidest * (name.size() + value.size() + 1);
  return size <= domain::kMaxEventSize;
}

// Found out only when the log is written, it would be the failure of everybody who is in the same transaction.
Result<void> check_recordable(std::span<const domain::Event> events) {
  for (const auto& event : events) {
    if (!fits_surely(event)) TRY(domain::to_json(event), "write event");
  }
  return {};
}

}  // namespace

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
  if (result.ok()) result = check_recordable(std::span(events_).subspan(events));
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
