#include "registry/storage/readers.hpp"

namespace holdfast::storage {
namespace {

class Turn {
 public:
  explicit Turn(std::counting_semaphore<>& free) : free_(free) { free_.acquire(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() { free_.release(); }

 private:
  std::counting_semaphore<>& free_;
};

Result<void> do_read(Line& line, const domain::Database::Work& work) {
  auto result = guarded([&] { return work(line.transaction); });
  if (result.ok() && line.session->trouble() != Trouble::none) result = line.session->failure();
  if (result.ok() && !line.transaction.events().empty()) {
    result = Error(ErrorCode::internal, "an event was recorded where nothing can be written");
  }
  line.session->roll_back();
  return result;
}

}  // namespace

std::unique_ptr<Line> Readers::take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return nullptr;
  auto line = std::move(idle_.back());
  idle_.pop_back();
  return line;
}

// One that was idle may have lost its connection meanwhile; nothing has been done yet, so the next one is tried.
Result<std::unique_ptr<Line>> Readers::begin() {
  while (auto line = take()) {
    line->transaction.clear();
    if (line->session->begin().ok()) return line;
  }
  TRY_LET(auto session, open_(), "open database");
  auto line = std::make_unique<Line>(std::move(session));
  TRY(line->session->begin(), "begin reading");
  return line;
}

Result<void> Readers::read(const domain::Database::Work& work) {
  const Turn turn(free_);
  TRY_LET(auto line, begin(), "read database");
  auto result = do_read(*line, work);
  if (line->session->trouble() == Trouble::none) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(line));
  }
  return result;
}

}  // namespace holdfast::storage
