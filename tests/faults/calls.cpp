#include "tests/faults/calls.hpp"

#include <sys/syscall.h>

#include <algorithm>
#include <array>

namespace holdfast::faults {
namespace {

// Newer machines, such as 64-bit ARM, have only the calls that take a folder's descriptor.
constexpr auto kCalls = std::to_array<Call>({
    {.number = SYS_openat, .name = "openat", .kind = Kind::open, .folder = 0, .path = 1, .flags = 2},
    {.number = SYS_close, .name = "close", .kind = Kind::close},
    {.number = SYS_read, .name = "read", .kind = Kind::read},
    {.number = SYS_pread64, .name = "pread64", .kind = Kind::read},
    {.number = SYS_write, .name = "write", .kind = Kind::write},
    {.number = SYS_pwrite64, .name = "pwrite64", .kind = Kind::write},
    {.number = SYS_fsync, .name = "fsync", .kind = Kind::sync},
    {.number = SYS_fdatasync, .name = "fdatasync", .kind = Kind::sync},
    {.number = SYS_renameat2,
     .name = "renameat2",
     .kind = Kind::rename,
     .folder = 0,
     .path = 1,
     .folder2 = 2,
     .path2 = 3,
     .flags = 4},
    {.number = SYS_linkat, .name = "linkat", .kind = Kind::link, .folder = 0, .path = 1, .folder2 = 2, .path2 = 3},
    {.number = SYS_unlinkat, .name = "unlinkat", .kind = Kind::unlink, .folder = 0, .path = 1, .flags = 2},
    {.number = SYS_mkdirat, .name = "mkdirat", .kind = Kind::make_folder, .folder = 0, .path = 1},
    {.number = SYS_ftruncate, .name = "ftruncate", .kind = Kind::resize},
    {.number = SYS_fallocate, .name = "fallocate", .kind = Kind::resize},
    {.number = SYS_fchmod, .name = "fchmod", .kind = Kind::change_mode},
    {.number = SYS_fchmodat, .name = "fchmodat", .kind = Kind::change_mode, .folder = 0, .path = 1},
    {.number = SYS_fchown, .name = "fchown", .kind = Kind::change_owner},
    {.number = SYS_fchownat, .name = "fchownat", .kind = Kind::change_owner, .folder = 0, .path = 1},
    {.number = SYS_fstat, .name = "fstat", .kind = Kind::examine},
    {.number = SYS_newfstatat, .name = "newfstatat", .kind = Kind::examine, .folder = 0, .path = 1},
    {.number = SYS_statx, .name = "statx", .kind = Kind::examine, .folder = 0, .path = 1},
    {.number = SYS_faccessat, .name = "faccessat", .kind = Kind::examine, .folder = 0, .path = 1},
    {.number = SYS_faccessat2, .name = "faccessat2", .kind = Kind::examine, .folder = 0, .path = 1},
    {.number = SYS_readlinkat, .name = "readlinkat", .kind = Kind::examine, .folder = 0, .path = 1},
    {.number = SYS_getdents64, .name = "getdents64", .kind = Kind::list},
    {.number = SYS_flock, .name = "flock", .kind = Kind::lock},
    {.number = SYS_fcntl, .name = "fcntl", .kind = Kind::control},
    {.number = SYS_mmap, .name = "mmap", .kind = Kind::map},
    {.number = SYS_mremap, .name = "mremap", .kind = Kind::map},
    {.number = SYS_mlock, .name = "mlock", .kind = Kind::lock_memory},
    {.number = SYS_mlock2, .name = "mlock2", .kind = Kind::lock_memory},
    {.number = SYS_madvise, .name = "madvise", .kind = Kind::advise},
    {.number = SYS_fadvise64, .name = "fadvise64", .kind = Kind::advise},
    {.number = SYS_getrandom, .name = "getrandom", .kind = Kind::random},
    {.number = SYS_clone3, .name = "clone3", .kind = Kind::make_thread},
    {.number = SYS_prctl, .name = "prctl", .kind = Kind::settings},
    // What no recorded operation stands for.
    {.number = SYS_openat2, .name = "openat2", .kind = Kind::unknown, .folder = 0, .path = 1},
    {.number = SYS_writev, .name = "writev", .kind = Kind::unknown},
    {.number = SYS_pwritev, .name = "pwritev", .kind = Kind::unknown},
    {.number = SYS_pwritev2, .name = "pwritev2", .kind = Kind::unknown},
    {.number = SYS_copy_file_range, .name = "copy_file_range", .kind = Kind::unknown},
    {.number = SYS_sendfile, .name = "sendfile", .kind = Kind::unknown},
    {.number = SYS_splice, .name = "splice", .kind = Kind::unknown},
    {.number = SYS_symlinkat, .name = "symlinkat", .kind = Kind::unknown, .folder = 1, .path = 2},
    {.number = SYS_mknodat, .name = "mknodat", .kind = Kind::unknown, .folder = 0, .path = 1},
    {.number = SYS_truncate, .name = "truncate", .kind = Kind::unknown, .path = 0},
    {.number = SYS_sync, .name = "sync", .kind = Kind::unknown},
    {.number = SYS_syncfs, .name = "syncfs", .kind = Kind::unknown},
    {.number = SYS_sync_file_range, .name = "sync_file_range", .kind = Kind::unknown},
    {.number = SYS_io_uring_setup, .name = "io_uring_setup", .kind = Kind::unknown},
#ifdef SYS_renameat
    {.number = SYS_renameat,
     .name = "renameat",
     .kind = Kind::rename,
     .folder = 0,
     .path = 1,
     .folder2 = 2,
     .path2 = 3},
#endif
#ifdef SYS_open
    {.number = SYS_open, .name = "open", .kind = Kind::open, .path = 0, .flags = 1},
    {.number = SYS_rename, .name = "rename", .kind = Kind::rename, .path = 0, .path2 = 1},
    {.number = SYS_link, .name = "link", .kind = Kind::link, .path = 0, .path2 = 1},
    {.number = SYS_unlink, .name = "unlink", .kind = Kind::unlink, .path = 0},
    {.number = SYS_rmdir, .name = "rmdir", .kind = Kind::remove_folder, .path = 0},
    {.number = SYS_mkdir, .name = "mkdir", .kind = Kind::make_folder, .path = 0},
    {.number = SYS_chmod, .name = "chmod", .kind = Kind::change_mode, .path = 0},
    {.number = SYS_chown, .name = "chown", .kind = Kind::change_owner, .path = 0},
    {.number = SYS_stat, .name = "stat", .kind = Kind::examine, .path = 0},
    {.number = SYS_lstat, .name = "lstat", .kind = Kind::examine, .path = 0},
    {.number = SYS_access, .name = "access", .kind = Kind::examine, .path = 0},
    {.number = SYS_readlink, .name = "readlink", .kind = Kind::examine, .path = 0},
    {.number = SYS_creat, .name = "creat", .kind = Kind::unknown, .path = 0},
    {.number = SYS_symlink, .name = "symlink", .kind = Kind::unknown, .path = 1},
#endif
});

}  // namespace

std::span<const Call> all_calls() { return kCalls; }

const Call* find_call(std::uint64_t number) {
  const auto* const found =
      std::ranges::find_if(kCalls, [&](const Call& call) { return static_cast<std::uint64_t>(call.number) == number; });
  return found == kCalls.end() ? nullptr : found;
}

}  // namespace holdfast::faults
