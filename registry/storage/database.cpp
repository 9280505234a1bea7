#include "registry/storage/database.hpp"

#include <future>

#include "registry/storage/migrations.hpp"
#include "registry/storage/readers.hpp"
#include "registry/storage/writer.hpp"

namespace holdfast::storage {
namespace {

class StoredDatabase final : public domain::Database {
 public:
  StoredDatabase(const Place& place, const DatabaseSettings& settings)
      : readers_([place] { return Session::open(place, Access::read); }, settings.readers),
        writer_([place] { return Session::open(place, Access::write); }, settings.journal, settings.batch) {}

  [[nodiscard]] Result<void> change(const Work& work) override {
    if (writer_.is_this_thread()) return Error(ErrorCode::internal, "a change cannot wait for another change");
    // Shared, because the writer may still be inside it when the answer has arrived.
    const auto promise = std::make_shared<std::promise<Result<void>>>();
    auto answer = promise->get_future();
    writer_.submit(work, [promise](Result<void> result) { promise->set_value(std::move(result)); });
    return answer.get();
  }
  void change_async(Work work, std::function<void(Result<void>)> done) override {
    writer_.submit(std::move(work), std::move(done));
  }
  [[nodiscard]] Result<void> read(const Work& work) override { return readers_.read(work); }

 private:
  Readers readers_;
  Writer writer_;
};

}  // namespace

Result<std::unique_ptr<domain::Database>> open_database(const DatabaseSettings& settings) {
  TRY_LET(const Place place, parse_place(settings.url), "open database");
  if (settings.readers == 0) return Error(ErrorCode::usage, "a database needs one reader at least");
  {
    TRY_LET(const auto session, Session::open(place, Access::write), "open database");
    TRY(migrate(*session), "bring the schema up to date");
  }
  return std::unique_ptr<domain::Database>(std::make_unique<StoredDatabase>(place, settings));
}

}  // namespace holdfast::storage
