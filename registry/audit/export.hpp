// A log as files (C2SP tlog-tiles), and verifying it: by these files and the log's key alone, or where it is kept.
#pragma once

#include "registry/audit/checkpoint.hpp"
#include "registry/domain/journal.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace holdfast::audit {

/// Writes the log below `folder`, which is made and must not exist (ErrorCode::refused): "checkpoint", "tile/..." and
/// "verifier", a line with the signer's key. Returns what it holds. Nothing is left where it fails.
[[nodiscard]] Result<Checkpoint> export_log(domain::LogRows& rows, const NoteVerifier& verifier,
                                            const std::filesystem::path& folder);

/// Verifies files of export_log, or of any other log in that form, with a key that came another way: every entry, every
/// tile and the checkpoint. ErrorCode::malformed, naming the file and the entry, where one does not fit.
[[nodiscard]] Result<Checkpoint> verify_export(const std::filesystem::path& folder, const NoteVerifier& verifier);

/// The entries of such files from number `first` on, in their order, for `take`; to be verified before, and all of them
/// together again by whoever uses them.
[[nodiscard]] Result<void> read_export(const std::filesystem::path& folder, std::uint64_t first, std::uint64_t size,
                                       const std::function<Result<void>(std::string_view)>& take);

/// The root that such files of `size` entries had when there were the first `part` of them.
[[nodiscard]] Result<TreeHash> earlier_root(const std::filesystem::path& folder, std::uint64_t size,
                                            std::uint64_t part);

/// Verifies the log in a database: every entry, every stored hash and the checkpoint. ErrorCode::malformed, naming the
/// first entry that was altered, taken out or put in.
[[nodiscard]] Result<Checkpoint> verify_rows(domain::LogRows& rows, const NoteVerifier& verifier);

}  // namespace holdfast::audit
