#include "device/fingerprint/reading.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "core/file.hpp"
#include "device/fingerprint/placeholder.hpp"

namespace holdfast::fingerprint {
namespace {

std::string words_for(int error_number) { return std::generic_category().message(error_number); }

Reading failure(int error_number) {
  Reading reading;
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
    // Drivers answer with these when the hardware has no such value.
    case ENODEV:
    case ENXIO:
    case ENODATA:
    case EOPNOTSUPP: reading.outcome = ReadOutcome::missing; break;
    case EACCES:
    case EPERM: reading.outcome = ReadOutcome::denied; break;
    default: reading.outcome = ReadOutcome::failed; reading.problem = words_for(error_number);
  }
  return reading;
}

Reading failure(std::string problem) {
  Reading reading;
  reading.outcome = ReadOutcome::failed;
  reading.problem = std::move(problem);
  return reading;
}

Reading read_descriptor(int fd) {
  // A buffer on the stack that is wiped serves for the many files that hold a few bytes.
  std::array<std::uint8_t, kMaxValue + 1> buffer;  // NOLINT(*-member-init): read(2) fills what is used
  std::size_t size = 0;
  while (size < buffer.size()) {
    const ssize_t got = ::read(fd, buffer.data() + size, buffer.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int error_number = errno;
      wipe(MutableByteView(buffer).first(size));
      return failure(error_number);
    }
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > kMaxValue) {
    wipe(buffer);
    return failure("longer than " + std::to_string(kMaxValue) + " bytes");
  }
  Reading reading;
  reading.outcome = ReadOutcome::read;
  reading.raw = SecretBytes::copy_of(ByteView(buffer).first(size));
  wipe(MutableByteView(buffer).first(size));
  return reading;
}

}  // namespace

bool closed_to_other_accounts(const struct stat& info) {
  const bool others = (info.st_mode & S_IROTH) != 0;
  const bool group = (info.st_mode & S_IRGRP) != 0 && info.st_gid != 0;
  const bool foreign_owner = info.st_uid != 0 && info.st_uid != ::geteuid();
  return !others && !group && !foreign_owner;
}

Reading read_value(const std::filesystem::path& file) {
  struct stat by_name{};
  const bool known = ::stat(file.c_str(), &by_name) == 0;
  const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd.valid()) {
    auto reading = failure(errno);
    reading.only_root_reads = known && closed_to_other_accounts(by_name);
    return reading;
  }
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return failure(errno);
  if (!S_ISREG(info.st_mode)) return failure("not a regular file");
  auto reading = read_descriptor(fd.get());
  reading.only_root_reads = closed_to_other_accounts(info);
  return reading;
}

std::string read_plain(const std::filesystem::path& file, std::size_t limit) {
  const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd.valid()) return {};
  std::string text(limit, '\0');
  const auto got = read_full(fd.get(), {reinterpret_cast<std::uint8_t*>(text.data()), text.size()}, file.string());
  text.resize(got.ok() ? got.value() : 0);
  return text;
}

void set_unavailable(Attribute& attribute, std::string reason) {
  attribute.state = AttributeState::unavailable;
  attribute.reason = std::move(reason);
  attribute.value = {};
}

void set_value(Attribute& attribute, ByteView raw, ValueFormat format) {
  const auto value = normalise(raw, format);
  attribute.value = {};
  if (value.empty()) {
    attribute.state = AttributeState::empty;
    attribute.reason = "the value is blank; set one where it comes from, or leave the attribute out";
  } else if (is_placeholder(value)) {
    attribute.state = AttributeState::placeholder;
    attribute.reason = "the value is a placeholder that many machines share; set one of this machine's own";
  } else {
    attribute.state = AttributeState::present;
    attribute.reason.clear();
    attribute.value = SecretBytes::copy_of(value);
  }
}

void set_value(Attribute& attribute, const Reading& reading, ValueFormat format, const std::string& shown) {
  attribute.only_root_reads = reading.only_root_reads;
  switch (reading.outcome) {
    case ReadOutcome::read: set_value(attribute, reading.raw.expose(SecretAccess{}), format); return;
    case ReadOutcome::missing: set_unavailable(attribute, shown + " does not exist on this machine"); return;
    case ReadOutcome::denied:
      set_unavailable(attribute, "needs root: this account may not read " + shown + "; run as root");
      return;
    case ReadOutcome::failed: set_unavailable(attribute, "cannot read " + shown + ": " + reading.problem); return;
  }
}

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code problem;
  for (std::filesystem::directory_iterator entry(folder, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    names.push_back(entry->path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace holdfast::fingerprint
