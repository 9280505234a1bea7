// careless_writer HOW FILE TEXT: replaces a file's content, in the ways that the harness must tell apart.
//   carefully        a temporary file, synced, renamed, and its folder synced
//   in-place         over the old content
//   without-sync     a temporary file, renamed, never synced
//   without-folder   a temporary file, synced, renamed, and its folder not synced
//   forgetting       carefully, but as if every write took all that it was given
//   ignoring-errors  carefully, but whatever fails is passed over in silence
//   with-litter      carefully, but the temporary file keeps its name
#include <fcntl.h>
#include <stdio.h>  // NOLINT(modernize-deprecated-headers): rename
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

namespace {

bool g_ignores_errors = false;
bool g_forgets_the_rest = false;

bool failed(int result, const char* what) {
  if (result >= 0 || g_ignores_errors) return false;
  (void)std::fprintf(stderr, "cannot %s: %s\n", what, std::strerror(errno));
  return true;
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (failed(static_cast<int>(put), "write")) return false;
    if (put < 0 || g_forgets_the_rest) return true;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

bool write_text(const std::string& file, std::string_view text, int flags, bool sync) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | flags, 0600);
  if (failed(fd, "open")) return false;
  // In two pieces, so that there is a between.
  const auto half = text.size() / 2;
  bool good = write_all(fd, text.substr(0, half)) && write_all(fd, text.substr(half));
  good = good && (!sync || !failed(::fsync(fd), "sync"));
  return !failed(::close(fd), "close") && good;
}

bool sync_folder(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY);
  if (failed(fd, "open the folder")) return false;
  const bool good = !failed(::fsync(fd), "sync the folder");
  return !failed(::close(fd), "close the folder") && good;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const std::string_view how = argv[1];
  const std::string file = argv[2];
  g_ignores_errors = how == "ignoring-errors";
  g_forgets_the_rest = how == "forgetting";
  if (how == "in-place") return write_text(file, argv[3], O_TRUNC, true) ? 0 : 1;
  const auto temporary = file + ".new";
  if (!write_text(temporary, argv[3], O_TRUNC, how != "without-sync")) return 1;
  if (how == "with-litter") {
    const auto second = file + ".other";
    if (failed(::link(temporary.c_str(), second.c_str()), "link")) return 1;
  }
  if (failed(::rename(temporary.c_str(), file.c_str()), "rename")) return 1;
  if (how == "without-folder" || how == "without-sync") return 0;
  return sync_folder(file.substr(0, file.rfind('/'))) ? 0 : 1;
}
