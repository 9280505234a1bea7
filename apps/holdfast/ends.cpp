#include "apps/holdfast/ends.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "apps/holdfast/terminal.hpp"

namespace holdfast::app {
namespace {

bool is_standard(const std::string& path) { return path.empty() || path == "-"; }

}  // namespace

Result<InputEnd> InputEnd::open(const GlobalArguments& global, const std::string& path) {
  InputEnd end;
  if (is_standard(path) && global.unlock_passphrase_fd == STDIN_FILENO) {
    return Error(ErrorCode::usage,
                 "standard input cannot give both the passphrase and the data; name one of them as a file");
  }
  end.name_ = is_standard(path) ? "standard input" : path;
  if (is_standard(path)) return end;
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
  end.name_ = is_standard(path) ? "standard output" : path;
  if (is_standard(path)) {
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
