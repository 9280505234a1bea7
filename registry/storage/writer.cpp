#include "registry/storage/writer.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace holdfast::storage {
namespace {

// Against others who write, over and over; against a connection that was lost while nobody looked, once.
constexpr int kRoundsAgain = 10;
constexpr int kRoundsBroken = 2;
constexpr std::chrono::milliseconds kPause(5);

constexpr std::string_view kLock = "SELECT id FROM log_lock WHERE id = 1 FOR UPDATE";

}  // namespace

Writer::Writer(OpenSession open, domain::Journal* journal, std::size_t batch)
    : open_(std::move(open)), journal_(journal), batch_(std::max<std::size_t>(batch, 1)), thread_([this] { run(); }) {}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  filled_.notify_one();
  thread_.join();
}

void Writer::submit(domain::Database::Work work, std::function<void(Result<void>)> done) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back({.work = std::move(work), .done = std::move(done), .failure = std::nullopt});
  }
  filled_.notify_one();
}

Writer::Batch Writer::take() {
  std::unique_lock lock(mutex_);
  filled_.wait(lock, [this] { return ending_ || !queue_.empty(); });
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(std::min(batch_, queue_.size()));
  Batch batch(std::move_iterator(queue_.begin()), std::move_iterator(end));
  queue_.erase(queue_.begin(), end);
  return batch;
}

void Writer::run() {
  for (Batch batch = take(); !batch.empty(); batch = take()) serve(batch);
}

void Writer::serve(Batch& batch) {
  Ending ending;
  for (int round = 1;; ++round) {
    ending = transact(batch);
    const Trouble trouble = line_ ? line_->session->trouble() : Trouble::broken;
    if (ending.outcome != Outcome::kept && line_) line_->session->roll_back();
    if (ending.outcome != Outcome::kept && journal_ != nullptr) journal_->forget();
    if (line_ && line_->session->trouble() == Trouble::broken) line_.reset();
    if (ending.result.ok() || ending.outcome != Outcome::not_kept) break;
    if (trouble < Trouble::again || round >= (trouble == Trouble::again ? kRoundsAgain : kRoundsBroken)) break;
    if (trouble == Trouble::again) std::this_thread::sleep_for(kPause * round);
  }
  if (ending.outcome == Outcome::not_sealed && batch.size() > 1) {
    serve_alone(batch);
    return;
  }
  for (Change& change : batch) {
    change.done(change.failure ? Result<void>(*std::move(change.failure)) : ending.result);
  }
}

void Writer::serve_alone(Batch& batch) {
  for (Change& change : batch) {
    Batch one;
    one.push_back(std::move(change));
    serve(one);
  }
}

Result<void> Writer::begin() {
  if (!line_) {
    TRY_LET(auto session, open_(), "open database");
    line_ = std::make_unique<Line>(std::move(session));
  }
  line_->transaction.clear();
  TRY(line_->session->begin(), "begin transaction");
  // From here on nobody else writes, in SQLite by the way a transaction begins.
  if (line_->session->engine() == Engine::postgresql) return line_->session->run(kLock);
  return {};
}

Result<void> Writer::do_all(Batch& batch) {
  Session& session = *line_->session;
  for (Change& change : batch) {
    auto& transaction = line_->transaction;
    const auto done = transaction.attempt([&] { return change.work(transaction); });
    if (session.trouble() != Trouble::none) return session.failure();
    change.failure = done.ok() ? std::nullopt : std::optional(done.error());
  }
  return {};
}

// What is answered without a change may rest on one that was committed and not kept outside.
Result<void> Writer::look_outside() {
  if (journal_ == nullptr) return {};
  auto found = domain::Outside::up_to_date;
  TRY(guarded([&]() -> Result<void> {
        TRY_LET(found, journal_->look_outside(line_->transaction.log()), "look outside");
        return {};
      }),
      "look at the checkpoint kept outside");
  is_outside_behind_ = found == domain::Outside::behind;
  return {};
}

Result<void> Writer::seal() {
  const auto& events = line_->transaction.events();
  is_outside_behind_ = false;
  if (events.empty()) return look_outside();
  if (journal_ == nullptr) return Error(ErrorCode::internal, "events were recorded, and there is no journal for them");
  TRY(guarded([&] { return journal_->seal(line_->transaction.log(), events); }), "seal journal");
  // A journal that goes on after a failed statement must not have that kept.
  if (line_->session->trouble() != Trouble::none) return line_->session->failure();
  return {};
}

Writer::Ending Writer::transact(Batch& batch) {
  for (Change& change : batch) change.failure.reset();
  if (auto begun = begin(); !begun.ok()) return {Outcome::not_kept, std::move(begun)};
  if (auto done = do_all(batch); !done.ok()) return {Outcome::not_kept, std::move(done)};
  if (auto sealed = seal(); !sealed.ok()) {
    const bool refused = line_->session->trouble() == Trouble::none;
    return {refused ? Outcome::not_sealed : Outcome::not_kept, std::move(sealed)};
  }
  const bool is_owed = !line_->transaction.events().empty() || is_outside_behind_;
  if (auto committed = line_->session->commit(); !committed.ok()) {
    const bool known = line_->session->trouble() == Trouble::again;
    return {known ? Outcome::not_kept : Outcome::unknown, std::move(committed)};
  }
  if (!is_owed) return {};
  return {Outcome::kept, guarded([&] { return journal_->committed(); })};
}

}  // namespace holdfast::storage
