// Reading one value from one file, and telling apart why there is none.
#pragma once

#include "core/secret_bytes.hpp"
#include "device/fingerprint/attribute.hpp"
#include "device/fingerprint/normalise.hpp"

#include <sys/stat.h>

#include <cstddef>
#include <filesystem>
#include <string>

namespace holdfast::fingerprint {

/// The largest value that an attribute may have, in bytes.
inline constexpr std::size_t kMaxValue = 4096;

enum class ReadOutcome { read, missing, denied, failed };

struct Reading {
  ReadOutcome outcome = ReadOutcome::missing;
  bool only_root_reads = false;  ///< by the file's mode, so that root learns the same as everybody else
  SecretBytes raw;
  std::string problem;  ///< the system's words when `outcome` is failed
};

/// Reads a regular file of at most kMaxValue bytes. Never waits: pipes and devices are a failure.
[[nodiscard]] Reading read_value(const std::filesystem::path& file);

/// The same for text that is not secret, such as a file's mode of operation; blank when there is none.
[[nodiscard]] std::string read_plain(const std::filesystem::path& file, std::size_t limit = kMaxValue);

/// Normalises `raw` into the attribute's value, or marks it as empty or placeholder.
void set_value(Attribute& attribute, ByteView raw, ValueFormat format);

/// The same from a reading. `shown` is the file's name as people know it, for the reason.
void set_value(Attribute& attribute, const Reading& reading, ValueFormat format, const std::string& shown);

void set_unavailable(Attribute& attribute, std::string reason);

/// Whether a file's mode and owner leave it to root and this account alone.
[[nodiscard]] bool closed_to_other_accounts(const struct stat& info);

/// The names in a folder, sorted; none when it cannot be read.
[[nodiscard]] std::vector<std::string> names_in(const std::filesystem::path& folder);

}  // namespace holdfast::fingerprint
