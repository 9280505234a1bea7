// The one thread that writes: takes what waits, and commits it together.
#pragma once

#include "registry/storage/transaction.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace holdfast::storage {

/// Opens the session that writes, with everything prepared.
using OpenSession = std::function<Result<std::unique_ptr<Session>>()>;

/// A change that waits, and who waits for it.
struct Change {
  domain::Database::Work work;
  std::function<void(Result<void>)> done;
  std::optional<Error> failure = std::nullopt;
};

/// Thread-safe. Everybody is answered once: with success only when their change is durable and its events are in the
/// journal; with their own error where their own change failed, which is undone alone; and with the same error all,
/// where the transaction could not be kept. Where the journal refuses what several have recorded, each of their changes
/// is done once more alone, and those fail whose own events it refuses.
class Writer {
 public:
  /// `journal` must outlive the writer. At most `batch` changes share a transaction.
  Writer(OpenSession open, domain::Journal* journal, std::size_t batch);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  /// Does what waits, and ends.
  ~Writer();

  void submit(domain::Database::Work work, std::function<void(Result<void>)> done);
  [[nodiscard]] bool is_this_thread() const { return std::this_thread::get_id() == thread_.get_id(); }

 private:
  using Batch = std::vector<Change>;
  // How far a transaction came. What failed before its end has left no trace; the journal has refused what is not
  // sealed.
  enum class Outcome { kept, not_kept, not_sealed, unknown };
  struct Ending {
    Outcome outcome = Outcome::kept;
    Result<void> result;
  };

  void run();
  [[nodiscard]] Batch take();
  void serve(Batch& batch);
  void serve_alone(Batch& batch);
  [[nodiscard]] Ending transact(Batch& batch);
  [[nodiscard]] Result<void> begin();
  [[nodiscard]] Result<void> do_all(Batch& batch);
  [[nodiscard]] Result<void> seal();
  [[nodiscard]] Result<void> look_outside();

  OpenSession open_;
  domain::Journal* journal_;
  std::size_t batch_;
  std::unique_ptr<Line> line_;      // the writing thread's alone
  bool is_outside_behind_ = false;  // as well

  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<Change> queue_;
  bool ending_ = false;
  std::thread thread_;  // last, since it uses all of them
};

}  // namespace holdfast::storage
