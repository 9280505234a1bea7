#include <array>
#include <filesystem>
#include <system_error>

#include "apps/common/exit_status.hpp"
#include "apps/holdfast-registry/commands.hpp"
#include "apps/holdfast-registry/registry.hpp"
#include "core/text.hpp"
#include "registry/storage/backup.hpp"

namespace holdfast::registry_app {
namespace {

namespace fs = std::filesystem;

// The database and what SQLite keeps beside it.
constexpr std::array kParts{"", "-wal", "-shm"};

// What was there is kept under another name: a restore may turn out to be a mistake.
Result<fs::path> set_aside(const fs::path& database, Timestamp now) {
  std::string name = database.string() + ".before-" + format_rfc3339(now);
  for (const char* part : kParts) {
    std::error_code problem;
    fs::rename(database.string() + part, name + part, problem);
    if (problem && problem != std::errc::no_such_file_or_directory) {
      return system_error("rename", database.string() + part, problem.value());
    }
  }
  return fs::path(std::move(name));
}

void put_back(const fs::path& aside, const fs::path& database) {
  for (const char* part : kParts) {
    std::error_code ignored;
    fs::rename(aside.string() + part, database.string() + part, ignored);
  }
}

Result<fs::path> replace_database(const DataFolder& folder, const std::string& from) {
  TRY_LET(const auto lock, lock_unserved(folder), "lock data folder");
  TRY_LET(const auto configuration, load_configuration(folder.configuration()), "read configuration");
  if (!configuration.database.empty()) {
    return Error(ErrorCode::refused, "the database is '" + printable(configuration.database) +
                                         "', and not a file of this folder; restore it with the programs of its own");
  }
  TRY_LET(auto aside, set_aside(folder.database(), system_clock_now()), "set the database aside");
  auto restored = storage::restore(from, database_url_of(configuration, folder));
  if (!restored.ok()) {
    put_back(aside, folder.database());
    return restored.error();
  }
  return aside;
}

}  // namespace

Result<int> run(const GlobalArguments& global, const RestoreArguments& arguments) {
  TRY_LET(const auto path, data_path(global), "find data folder");
  TRY_LET(const auto folder, DataFolder::at(path), "find data folder");
  TRY_LET(const auto aside, replace_database(folder, arguments.from), "replace the database");
  TRY_LET(const auto registry, Registry::open(folder, Founding::refused), "open registry");
  const auto extends = registry->check_extends();
  const std::string verdict = extends.ok() ? "nothing that was acknowledged is missing" : extends.error().message();
  const Json json{
      {"restored", arguments.from}, {"set_aside", aside.string()}, {"complete", extends.ok()}, {"verdict", verdict}};
  TRY(print(global, json,
            "Restored " + printable(arguments.from, 4096) + "\nThe database before is " +
                printable(aside.string(), 4096) + "\n" + printable(verdict, 1000) + "\n"),
      "report");
  return extends.ok() ? app::kExitDone : app::kExitNeedsAttention;
}

}  // namespace holdfast::registry_app
