// Whether a program's file, and every folder on the way to it, is beyond the reach of other accounts.
#pragma once

#include "core/file.hpp"

#include <filesystem>
#include <string>

namespace holdfast::fingerprint {

struct TrustedFile {
  FileDescriptor file;  ///< open for reading, when `problem` is blank
  std::string problem;  ///< for people: what is wrong, and what to do
};

/// Opens an executable regular file by walking its absolute path folder by folder. Each folder must belong
/// to root or the caller, and must not be writable by others unless it is sticky. On the way, symbolic
/// links of root are followed (/bin is one on many systems) and walked in the same way; the file itself
/// must not be one. The file must belong to root or the caller and be writable by nobody else.
[[nodiscard]] TrustedFile open_trusted_program(const std::filesystem::path& path);

}  // namespace holdfast::fingerprint
