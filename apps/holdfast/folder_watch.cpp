#include "apps/holdfast/folder_watch.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

namespace holdfast::app {
namespace {

constexpr std::uint32_t kWatched =
    IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_CLOSE_WRITE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::uint32_t kGone = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED;
constexpr std::array<std::string_view, 3> kNames{"anchor", "stateless", "events"};

Error cannot_watch(const std::filesystem::path& folder, int number) {
  if (number == ENOENT || number == ENOTDIR) return system_error("watch", folder, ENOENT);
  auto problem = system_error("watch", folder, number);
  if (number != EMFILE && number != ENFILE && number != ENOSPC) return problem;
  return {ErrorCode::io, problem.message() + "; raise fs.inotify.max_user_instances or fs.inotify.max_user_watches"};
}

// What the events in a buffer of inotify's mean; nothing where they are about other files.
std::optional<FolderWatch::Woken> meaning_of(std::string_view events) {
  std::optional<FolderWatch::Woken> meaning;
  while (events.size() >= sizeof(inotify_event)) {
    inotify_event event{};
    std::memcpy(&event, events.data(), sizeof event);
    events.remove_prefix(sizeof event);
    const auto padded = events.substr(0, event.len);
    const auto name = padded.substr(0, padded.find('\0'));
    events.remove_prefix(padded.size());
    if ((event.mask & kGone) != 0) return FolderWatch::Woken::folder_gone;
    // Events that did not fit may have been about anything.
    if ((event.mask & IN_Q_OVERFLOW) != 0 || std::ranges::contains(kNames, name)) meaning = FolderWatch::Woken::changed;
  }
  return meaning;
}

}  // namespace

Result<FolderWatch> FolderWatch::create(const std::filesystem::path& folder) {
  FileDescriptor inotify(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!inotify.valid()) return cannot_watch(folder, errno);
  if (::inotify_add_watch(inotify.get(), folder.c_str(), kWatched) < 0) return cannot_watch(folder, errno);
  return FolderWatch(std::move(inotify));
}

Result<FolderWatch::Woken> FolderWatch::wait(int output) const {
  while (true) {
    // Of the output only that its reader has gone is asked, which is always told.
    std::array<pollfd, 2> both{pollfd{inotify_.get(), POLLIN, 0}, pollfd{output, 0, 0}};
    if (::poll(both.data(), both.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return system_error("wait for", "the state folder", errno);
    }
    if (both[1].revents != 0) return Woken::reader_gone;
    alignas(inotify_event) std::array<char, 4096> buffer{};
    const auto got = ::read(inotify_.get(), buffer.data(), buffer.size());
    if (got < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      return system_error("watch", "the state folder", errno);
    }
    if (const auto woken = meaning_of({buffer.data(), static_cast<std::size_t>(got)})) return *woken;
  }
}

bool reader_is_gone(int output) {
  pollfd end{output, 0, 0};
  return ::poll(&end, 1, 0) > 0 && (end.revents & (POLLERR | POLLHUP)) != 0;
}

}  // namespace holdfast::app
