#include "apps/holdfast/ends.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "apps/common/terminal.hpp"

namespace holdfast::app {
namespace {

bool is_one_of(const std::string& path, std::initializer_list<std::string_view> names) {
  return path.empty() || std::ranges::find(names, path) != names.end();
}

// The devices too: followed to a redirected file, they would have it replaced under its writer.
bool names_standard_input(const std::string& path) {
  return is_one_of(path, {"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"});
}

bool names_standard_output(const std::string& path) {
  return is_one_of(path, {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"});
}

// Whether a file that was named is what standard input reads.
bool reads_standard_input(const std::string& file) {
  struct stat named{};
  struct stat standard{};
  if (file == "-") return true;
  return !file.empty() && ::stat(file.c_str(), &named) == 0 && ::fstat(STDIN_FILENO, &standard) == 0 &&
         named.st_dev == standard.st_dev && named.st_ino == standard.st_ino;
}

}  // namespace

Result<InputEnd> InputEnd::open(const GlobalArguments& global, const std::string& path,
                                const std::string& passphrase_file) {
  InputEnd end;
  const bool standard = names_standard_input(path);
  if (standard && (global.unlock_passphrase_fd == STDIN_FILENO || reads_standard_input(global.unlock_passphrase_file) ||
                   reads_standard_input(passphrase_file))) {
    return Error(ErrorCode::usage,
                 "standard input cannot give both the passphrase and the data; name one of them as a file");
  }
  end.name_ = standard ? "standard input" : path;
  if (standard) return end;
  end.file_ = FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!end.file_.valid()) return system_error("open", path, errno);
  struct stat info{};
  if (::fstat(end.file_.get(), &info) == 0 && S_ISDIR(info.st_mode)) return system_error("read", path, EISDIR);
  return end;
}

std::uint64_t InputEnd::size() const {
  struct stat info{};
  return ::fstat(descriptor(), &info) == 0 && S_ISREG(info.st_mode) ? static_cast<std::uint64_t>(info.st_size) : 0;
}

Result<OutputEnd> OutputEnd::open(const std::string& path, mode_t mode, Content content) {
  OutputEnd end;
  end.name_ = names_standard_output(path) ? "standard output" : path;
  if (names_standard_output(path)) {
    if (content == Content::binary && standard_output_is_terminal()) {
      return Error(ErrorCode::usage,
                   "the output is binary and would garble this terminal; give --out F or redirect it");
    }
    return end;
  }
  struct stat info{};
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    end.direct_ = FileDescriptor(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
    if (!end.direct_.valid()) return system_error("open", path, errno);
    return end;
  }
  TRY_LET(auto file, AtomicFile::create(path, mode, Replace::allowed), "create output");
  end.file_.emplace(std::move(file));
  return end;
}

int OutputEnd::descriptor() const {
  if (file_) return file_->descriptor();
  return direct_.valid() ? direct_.get() : STDOUT_FILENO;
}

Result<void> OutputEnd::write(ByteView bytes) { return write_all(descriptor(), bytes, name_); }

Result<void> OutputEnd::commit() {
  if (!file_) return {};
  return file_->commit();
}

mode_t ordinary_mode() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

}  // namespace holdfast::app
