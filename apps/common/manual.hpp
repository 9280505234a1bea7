// Manual pages, made from the commands themselves.
#pragma once

#include "apps/common/command_text.hpp"
#include "core/result.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace holdfast::app {

/// What the pages say that the tree of commands does not know. All of it is plain text.
struct ManualFacts {
  struct Entry {
    std::string term;
    std::string text;
  };
  std::string version;
  std::map<int, std::string> exit_statuses;  ///< what the program says of its own, beside what holds for all
  std::vector<Entry> files;
  std::vector<Entry> environment;
};

/// Writes a page for the program and one for each command, in section 1, into a folder that exists. Pages of the same
/// names are replaced. ErrorCode::not_found or ErrorCode::io, naming the folder.
[[nodiscard]] Result<void> write_manual(const std::filesystem::path& folder, const CommandText& program,
                                        const ManualFacts& facts);
/// How to read what that wrote.
[[nodiscard]] std::string after_manual(const std::string& folder, const CommandText& program);

}  // namespace holdfast::app
