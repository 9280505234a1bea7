#include <fcntl.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <vector>

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

constexpr int kMostNames = 100;

// Where a database was moved, and which parts of it there were.
struct Aside {
  std::string name;
  std::vector<const char*> parts;
};

// Nothing to be done about what fails here: it stays under the other name.
void put_back(const Aside& aside, const fs::path& database) {
  for (const char* part : aside.parts) {
    std::error_code ignored;
    fs::rename(aside.name + part, database.string() + part, ignored);
  }
}

// Moves every part, or none and says why. Never over what is there.
int move_all(const fs::path& database, Aside& aside) {
  for (const char* part : kParts) {
    const auto from = database.string() + part;
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, (aside.name + part).c_str(), RENAME_NOREPLACE) == 0) {
      aside.parts.push_back(part);
    } else if (const int problem = errno; problem != ENOENT) {
      put_back(aside, database);
      return problem;
    }
  }
  return 0;
}

// What was there is kept under another name: a restore may turn out to be a mistake. Several in one second get names
// that are told apart.
Result<Aside> set_aside(const fs::path& database, Timestamp now) {
  const std::string base = database.string() + ".before-" + format_rfc3339(now);
  int problem = EEXIST;
  for (int number = 1; problem == EEXIST && number <= kMostNames; ++number) {
    Aside aside{.name = number == 1 ? base : base + '-' + std::to_string(number), .parts = {}};
    problem = move_all(database, aside);
    if (problem == 0) return aside;
  }
  return system_error("rename", database, problem);
}

Result<fs::path> replace_database(const DataFolder& folder, const std::string& from) {
  TRY_LET(const auto lock, lock_unserved(folder), "lock data folder");
  TRY_LET(const auto configuration, load_configuration(folder.configuration()), "read configuration");
  if (!configuration.database.empty()) {
    return Error(ErrorCode::refused,
                 "the database is the one that 'database.url' in registry.toml names, and not a file of this folder; "
                 "restore it with the programs of its own");
  }
  TRY_LET(const auto aside, set_aside(folder.database(), system_clock_now()), "set the database aside");
  auto restored = storage::restore(from, database_url_of(configuration, folder));
  if (!restored.ok()) {
    put_back(aside, folder.database());
    return restored.error();
  }
  return fs::path(aside.name);
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
