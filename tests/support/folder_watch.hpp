// What happens to the names in a folder, as other processes could see it in between.
#pragma once

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace holdfast::test {

/// Follows one folder from its construction on.
class FolderWatch {
 public:
  FolderWatch(const std::filesystem::path& folder, std::uint32_t events)
      : fd_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    if (fd_ < 0 || ::inotify_add_watch(fd_, folder.c_str(), events) < 0) throw std::runtime_error("inotify");
  }
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;
  ~FolderWatch() { ::close(fd_); }

  /// The names to which one of the events has happened since the last call, one for each event.
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    alignas(inotify_event) std::array<char, 8192> buffer{};
    const auto got = ::read(fd_, buffer.data(), buffer.size());
    for (std::size_t at = 0; got > 0 && at < static_cast<std::size_t>(got);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      names.emplace_back(buffer.data() + at + sizeof event);
      at += sizeof event + event.len;
    }
    return names;
  }

 private:
  int fd_;
};

}  // namespace holdfast::test
