// Sessions that read, shared by many threads.
#pragma once

#include "registry/storage/writer.hpp"

#include <semaphore>

namespace holdfast::storage {

/// Thread-safe. Whoever finds all sessions taken waits for one.
class Readers {
 public:
  Readers(OpenSession open, std::size_t count) : open_(std::move(open)), free_(static_cast<std::ptrdiff_t>(count)) {}

  /// Does `work` in a transaction that sees one state.
  [[nodiscard]] Result<void> read(const domain::Database::Work& work);

 private:
  [[nodiscard]] Result<std::unique_ptr<Line>> begin();
  [[nodiscard]] std::unique_ptr<Line> take();

  OpenSession open_;
  std::counting_semaphore<> free_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Line>> idle_;
};

}  // namespace holdfast::storage
