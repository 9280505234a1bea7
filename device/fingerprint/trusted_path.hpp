// Whether a program's file, and every folder on the way to it, is beyond the reach of other accounts.
#pragma once

#include "core/file.hpp"

#include <filesystem>
#include <string>

namespace holdfast::fingerprint {

struct TrustedFile {
  FileDescriptor file;  ///< open for reading, when `problem` is blank
  std::string problem;  ///< for people: what is wrong, and what to do
  /// With a problem, where a folder was named: the program was not shown to be one that lies safely below it. False
  /// where it would lie there, and merely is missing or not executable.
  bool outside = false;
};

/// Opens an executable regular file by walking its absolute path folder by folder. Each folder must belong
/// to root or the caller, and must not be writable by others unless it is sticky. On the way, symbolic
/// links of root are followed (/bin is one on many systems) and walked in the same way; the file itself
/// must not be one. The file must belong to root or the caller and be writable by nobody else.
///
/// Where `folder` is not empty, the file must lie below that folder, wherever links on the way lead. The folder is
/// walked in the same way as the path; it and those below it must not be writable by others, sticky or not, since who
/// can make hard links there could bring a program of another place in.
[[nodiscard]] TrustedFile open_trusted_program(const std::filesystem::path& path,
                                               const std::filesystem::path& folder = {});

/// What is wrong with the folders on the way to a file: with one, others than root and the caller could put another
/// file in its place. Blank where nothing is, and where there is no such file. A program's folders are judged so as
/// well.
[[nodiscard]] std::string find_unsafe_folder(const std::filesystem::path& file);

/// For a program that is `outside`: which one, of which folder, and why, for people.
[[nodiscard]] std::string words_for_outside(const std::filesystem::path& path, const std::filesystem::path& folder,
                                            const TrustedFile& program);

}  // namespace holdfast::fingerprint
