#include "device/trust/device.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

#include "core/encoding.hpp"
#include "core/file.hpp"
#include "device/anchor/generation_mark.hpp"
#include "device/trust/anchored_device.hpp"
#include "device/trust/stateless_device.hpp"

namespace holdfast::trust {
namespace {

std::string environment(const char* name) {
  const char* value = ::secure_getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

unsigned count_lost(const DriftReport& report) {
  return static_cast<unsigned>(std::ranges::count_if(
      report.drift, [](const Drift& drift) { return drift.counted && drift.kind != DriftKind::appeared; }));
}

Result<std::filesystem::path> usual_device_folder() {
  if (const auto dir = environment("HOLDFAST_DIR"); !dir.empty()) return std::filesystem::path(dir);
  if (::geteuid() == 0) return std::filesystem::path("/var/lib/holdfast");
  if (const auto data = environment("XDG_DATA_HOME"); !data.empty()) return std::filesystem::path(data) / "holdfast";
  if (const auto home = environment("HOME"); !home.empty())
    return std::filesystem::path(home) / ".local/share/holdfast";
  return Error(ErrorCode::usage, "there is no home folder to keep state in; name a folder with --dir or HOLDFAST_DIR");
}

std::filesystem::path usual_mark_folder() {
  if (const auto marks = environment("HOLDFAST_MARKS"); !marks.empty()) return marks;
  if (::geteuid() == 0) return "/var/lib/holdfast-marks";
  if (const auto state = environment("XDG_STATE_HOME"); !state.empty()) {
    return std::filesystem::path(state) / "holdfast-marks";
  }
  if (const auto home = environment("HOME"); !home.empty()) {
    return std::filesystem::path(home) / ".local/state/holdfast-marks";
  }
  return {};
}

std::optional<std::string> find_mark_problem(const DeviceInfo& device) {
  const auto folder = usual_mark_folder();
  const anchor::MarkFolder marks(folder);
  if (auto problem = marks.problem()) return problem;
  anchor::AnchorId id;
  const auto bytes = parse_hex(device.id);
  if (!bytes.ok() || bytes->size() != id.bytes.size()) return std::nullopt;
  std::ranges::copy(*bytes, id.bytes.begin());
  const auto seen = marks.read(id);
  if (!seen.ok()) return seen.error().message();
  if (*seen != device.generation) return "nothing could be written into '" + folder.string() + "'";
  const auto closed = check_nobody_else_writes(folder, "the folder");
  return closed.ok() ? std::nullopt : std::optional(closed.error().message());
}

Result<std::filesystem::path> check_device_folder(const std::filesystem::path& folder) {
  TRY_LET(const auto state, anchor::StateFolder::open(folder), "open state folder");
  return state.path();
}

Result<std::unique_ptr<Device>> find_device(const std::filesystem::path& folder) {
  TRY_LET(auto state, anchor::StateFolder::open(folder), "open state folder");
  return state.is_stateless() ? load_stateless_device(state) : load_anchored_device(std::move(state));
}

}  // namespace holdfast::trust
