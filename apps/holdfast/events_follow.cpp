#include <unistd.h>

#include <algorithm>
#include <format>
#include <utility>

#include "apps/common/exit_status.hpp"
#include "apps/holdfast/event_report.hpp"
#include "apps/holdfast/folder_watch.hpp"
#include "core/text.hpp"

namespace holdfast::app {
namespace {

// With --json a line for each event, so that a program can read them as they come.
std::string line_of(const GlobalArguments& global, const trust::Event& event) {
  if (global.json) return to_json(event).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  return std::format("{:>4}  {}  {:<22}  {}\n", event.sequence, format_rfc3339(event.time), printable(event.type),
                     printable(event.detail));
}

/// Remembers what was shown, and shows what came since.
class Follower {
 public:
  explicit Follower(const GlobalArguments& global) : global_(global) {}

  // Between two anchors there may be none; the next one wakes us again.
  [[nodiscard]] Result<void> catch_up() {
    const auto device = find_device(global_);
    if (!device.ok()) {
      if (device.error().code() == ErrorCode::not_found) return {};
      return device.error();
    }
    auto shown = show(**device);
    if (shown.ok() || shown.error().code() != ErrorCode::malformed) return shown;
    // A log that does not fit may belong to an anchor that came after this one was read, and that wakes us again.
    const auto again = find_device(global_);
    const bool same = again.ok() && (*again)->info().id == (*device)->info().id &&
                      (*again)->info().generation == (*device)->info().generation;
    if (same) return shown;
    return {};
  }

 private:
  [[nodiscard]] Result<void> show(const trust::Device& device) {
    if (device.info().id != anchor_) {
      if (!anchor_.empty()) note(global_, "another anchor has taken this one's place; its log begins anew.");
      anchor_ = device.info().id;
      shown_.clear();
    }
    TRY_LET(auto log, device.load_events(), "read event log");
    if (log.size() < shown_.size() || !std::equal(shown_.begin(), shown_.end(), log.begin())) {
      return Error(ErrorCode::malformed,
                   "the log no longer has what was shown before: an older state of the folder has been put back, or "
                   "the log was written anew; see 'holdfast events verify'");
    }
    for (auto next = shown_.size(); next < log.size(); ++next) {
      TRY(write_all(STDOUT_FILENO, as_bytes(line_of(global_, log[next])), "standard output"), "print event");
    }
    shown_ = std::move(log);
    return {};
  }

  const GlobalArguments& global_;
  std::string anchor_;
  std::vector<trust::Event> shown_;
};

Result<int> follow(const GlobalArguments& global, const std::filesystem::path& folder) {
  Follower follower(global);
  // Watched before it is read, so that nothing is missed in between.
  TRY_LET(auto watch, FolderWatch::create(folder), "watch state folder");
  TRY(follower.catch_up(), "read event log");
  while (true) {
    TRY_LET(const auto woken, watch.wait(STDOUT_FILENO), "wait for events");
    switch (woken) {
      case FolderWatch::Woken::reader_gone: return kExitDone;
      case FolderWatch::Woken::folder_gone: {
        TRY_LET(watch, FolderWatch::create(folder), "watch state folder");
        break;
      }
      case FolderWatch::Woken::changed: break;
    }
    TRY(follower.catch_up(), "read event log");
  }
}

}  // namespace

Result<int> follow_events(const GlobalArguments& global) {
  TRY_LET(const auto device, find_device(global), "find device");
  if (device->info().stateless) return say_that_there_is_no_log(global);
  auto done = follow(global, device->info().folder);
  // Whoever read this has seen enough.
  if (!done.ok() && done.error().code() == ErrorCode::io && reader_is_gone(STDOUT_FILENO)) return kExitDone;
  return done;
}

}  // namespace holdfast::app
