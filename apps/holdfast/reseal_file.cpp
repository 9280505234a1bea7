#include "apps/holdfast/reseal_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "apps/holdfast/kept_attributes.hpp"
#include "core/clock.hpp"
#include "core/file.hpp"

namespace holdfast::app {
namespace {

// Line 1 of a sealed file of any version.
constexpr auto kStem = seal::kMagicLine.substr(0, std::string_view("holdfast-sealed-v").size());

// What cannot be read may well be one: it must not be passed over.
Result<bool> begins_as_sealed_file(int fd, const std::string& name) {
  std::array<char, kStem.size()> begin{};
  ssize_t got = 0;
  do {
    got = ::pread(fd, begin.data(), begin.size(), 0);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return system_error("read", name, errno);
  return got == static_cast<ssize_t>(begin.size()) && std::string_view(begin.data(), begin.size()) == kStem;
}

// Invalid where it is no ordinary file: opening a device may do things.
Result<FileDescriptor> open_ordinary(const Place& place) {
  struct stat info{};
  if (::fstatat(place.folder, place.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    return system_error("examine", place.shown, errno);
  }
  if (!S_ISREG(info.st_mode)) return FileDescriptor();
  FileDescriptor file(
      ::openat(place.folder, place.name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK));
  if (!file.valid()) return system_error("open", place.shown, errno);
  if (::fstat(file.get(), &info) != 0) return system_error("examine", place.shown, errno);
  return S_ISREG(info.st_mode) ? std::move(file) : FileDescriptor();
}

bool same_moment(const timespec& a, const timespec& b) { return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec; }

// What a program wrote since would be lost under the new file.
Result<void> check_unchanged(const Place& place, const struct stat& before) {
  struct stat now{};
  const bool there = ::fstatat(place.folder, place.name.c_str(), &now, AT_SYMLINK_NOFOLLOW) == 0;
  if (there && now.st_dev == before.st_dev && now.st_ino == before.st_ino && now.st_size == before.st_size &&
      same_moment(now.st_mtim, before.st_mtim) && same_moment(now.st_ctim, before.st_ctim)) {
    return {};
  }
  return Error(ErrorCode::refused,
               "'" + place.shown.string() + "' changed while it was sealed anew, and stays as it is; try again");
}

// Messages speak of the place as people know it.
Error as_shown(const Error& error, const Place& place) {
  auto message = error.message();
  const auto hidden = place.path().string();
  if (const auto at = message.find(hidden); at != std::string::npos) {
    message.replace(at, hidden.size(), place.shown.string());
  }
  return {error.code(), message};
}

seal::UnsealOptions options_of(const Resealing& resealing) {
  seal::UnsealOptions options;
  options.unneeded_passphrase = seal::UnneededPassphrase::ignored;
  if (resealing.passphrase != nullptr) {
    options.passphrase = [&]() -> Result<SecretBytes> {
      return SecretBytes::copy_of(resealing.passphrase->expose(SecretAccess{}));
    };
  }
  return options;
}

Result<void> replace(const Resealing& resealing, const Place& place, int file) {
  struct stat before{};
  if (::fstat(file, &before) != 0) return system_error("examine", place.shown, errno);
  // Nobody else's to read before it has its owner.
  TRY_LET(auto fresh, AtomicFile::create(place.path(), 0600, Replace::allowed_without_links), "create file");
  const seal::Ends ends{file, place.shown.string(), fresh.descriptor(), place.shown.string(), resealing.progress};
  TRY(resealing.provider->reseal(options_of(resealing), ends), "seal anew");
  TRY(keep_attributes(file, fresh.descriptor(), place.shown.string()), "keep attributes");
  TRY(check_unchanged(place, before), "check file");
  return fresh.commit();
}

}  // namespace

Result<Resealed> reseal_file(const Resealing& resealing, const Place& place) {
  TRY_LET(const auto file, open_ordinary(place), "open file");
  if (!file.valid()) return Resealed::other;
  TRY_LET(const bool sealed, begins_as_sealed_file(file.get(), place.shown.string()), "read beginning");
  if (!sealed) return Resealed::other;
  // A mere claim, from which nothing follows but whether the file is worth opening.
  TRY_LET(const auto header, seal::peek_header(file.get(), place.shown.string()), "read header");
  if (header.anchor.hex() != resealing.anchor) return Resealed::other;
  if (header.epoch.number == resealing.epoch) return Resealed::newest_already;
  if (header.expires && system_clock_now() >= *header.expires) return Resealed::expired;
  if (header.passphrase && resealing.passphrase == nullptr) {
    return Error(ErrorCode::usage, "'" + place.shown.string() +
                                       "' is sealed with a passphrase, and stays as it is; give --passphrase-file F");
  }
  const auto replaced = replace(resealing, place, file.get());
  if (!replaced.ok()) return as_shown(replaced.error(), place);
  return Resealed::done;
}

}  // namespace holdfast::app
