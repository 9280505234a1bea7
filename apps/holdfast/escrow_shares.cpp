#include "apps/holdfast/escrow_shares.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "apps/holdfast/ends.hpp"
#include "core/file.hpp"

namespace holdfast::app {
namespace {

constexpr mode_t kFolderMode = 0700;

std::filesystem::path share_in(const std::filesystem::path& folder, std::size_t number) {
  return folder / ("share-" + std::to_string(number) + ".pem");
}

}  // namespace

Result<std::vector<trust::GivenShare>> read_opened_shares(const GlobalArguments& global,
                                                          const std::vector<std::string>& files) {
  if (std::ranges::count(files, "-") > 1) {
    return Error(ErrorCode::usage, "standard input gives one share only; name the others as files");
  }
  std::vector<trust::GivenShare> shares;
  for (const auto& file : files) {
    TRY_LET(const auto in, InputEnd::open(global, file), "open share");
    TRY_LET(auto text, read_secret_descriptor(in.descriptor(), in.name(), trust::kMaxOpenedShare), "read share");
    shares.push_back({in.name(), std::move(text)});
  }
  return shares;
}

Result<void> ShareFolder::prepare(std::size_t count) const {
  if (::mkdir(folder_.c_str(), kFolderMode) != 0 && errno != EEXIST) return system_error("make", folder_, errno);
  std::error_code problem;
  if (!std::filesystem::is_directory(folder_, problem)) return system_error("write into", folder_, ENOTDIR);
  for (std::size_t number = 1; number <= count; ++number) {
    const auto file = share_in(folder_, number);
    if (!std::filesystem::exists(std::filesystem::symlink_status(file, problem))) continue;
    return Error(ErrorCode::refused,
                 "'" + file.string() + "' exists already, and may be a share of another escrow; name a new folder");
  }
  return {};
}

Result<void> ShareFolder::write(const trust::EscrowInfo& escrow) {
  for (const auto& officer : escrow.officers) {
    if (officer.share.empty()) return Error(ErrorCode::internal, "a share could not be written as text");
    const auto file = share_in(folder_, written_.size() + 1);
    auto done = write_file_atomically(file, as_bytes(officer.share), ordinary_mode(), Replace::refused);
    if (!done.ok()) {
      remove_written();
      return done;
    }
    written_.push_back(file.string());
  }
  return {};
}

void ShareFolder::remove_written() {
  for (const auto& file : written_) ::unlink(file.c_str());
  written_.clear();
}

trust::ShareDelivery ShareFolder::delivery() {
  return {[this](const trust::EscrowInfo& escrow) { return write(escrow); }, [this] { remove_written(); }};
}

}  // namespace holdfast::app
