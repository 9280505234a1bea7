#include "registry/storage/backup.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

#include "core/file.hpp"
#include "registry/storage/migrations.hpp"

namespace holdfast::storage {
namespace {

namespace fs = std::filesystem;

Result<Place> sqlite_place(const std::string& url) {
  TRY_LET(auto place, parse_place(url), "find database");
  if (place.engine == Engine::sqlite) return place;
  return Error(ErrorCode::refused, "PostgreSQL has programs of its own for backups: use pg_dump and pg_restore");
}

Result<void> sync(const fs::path& path, int flags) {
  const FileDescriptor file(::open(path.c_str(), flags | O_CLOEXEC));
  if (!file.valid() || ::fsync(file.get()) != 0) return system_error("write", path, errno);
  return {};
}

// Never over a file that is there.
Result<void> publish(const fs::path& unfinished, const fs::path& to) {
  TRY(sync(unfinished, O_RDONLY), "write file");
  if (::renameat2(AT_FDCWD, unfinished.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0) {
    if (errno == EEXIST) return Error(ErrorCode::refused, "'" + to.string() + "' is there already: name another file");
    return system_error("create", to, errno);
  }
  return sync(to.has_parent_path() ? to.parent_path() : fs::path("."), O_RDONLY | O_DIRECTORY);
}

fs::path unfinished_for(const fs::path& to) { return to.string() + ".unfinished"; }

// An empty file with the rights that it is to have: SQLite writes into no other.
Result<void> begin_file(const fs::path& to) {
  std::error_code ignored;
  if (fs::exists(to, ignored)) {
    return Error(ErrorCode::refused, "'" + to.string() + "' is there already: name another file");
  }
  const fs::path unfinished = unfinished_for(to);
  fs::remove(unfinished, ignored);
  const FileDescriptor file(::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  return file.valid() ? Result<void>() : Result<void>(system_error("create", unfinished, errno));
}

// Publishes what was written, or leaves nothing.
Result<void> end_file(Result<void> written, const fs::path& to) {
  if (written.ok()) written = publish(unfinished_for(to), to);
  std::error_code ignored;
  if (!written.ok()) fs::remove(unfinished_for(to), ignored);
  return written;
}

Result<void> write_backup(const Place& from, const fs::path& to) {
  TRY_LET(const auto session, Session::open(from, Access::write), "open database");
  TRY(session->execute("VACUUM INTO :1", {to.string()}), "write backup");
  return {};
}

Result<void> check_whole(const Place& place, const fs::path& backup) {
  TRY_LET(const auto session, Session::open(place, Access::read), "open backup");
  TRY_LET(auto found, session->only({.sql = "PRAGMA integrity_check(1)", .columns = "t"}), "check backup");
  const bool whole = found.text() == "ok";
  TRY_LET(const auto strays, session->query({.sql = "PRAGMA foreign_key_check", .columns = "t"}, {}), "check backup");
  if (!whole || !strays.empty())
    return Error(ErrorCode::malformed, "'" + backup.string() + "' is damaged: use another backup");
  TRY_LET(const std::uint64_t version, schema_version(*session), "check backup");
  if (version == 0 || version > schema_steps().size()) {
    return Error(ErrorCode::refused,
                 "'" + backup.string() + "' is no backup of this version of the registry or an older one");
  }
  return {};
}

// A copy is looked into, so that the backup stays as it is.
Result<void> copy_and_check(const fs::path& from, const fs::path& to) {
  std::error_code failure;
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, failure);
  if (failure) return system_error("copy", from, failure.value());
  return check_whole({.engine = Engine::sqlite, .where = to.string()}, from);
}

}  // namespace

Result<void> back_up(const std::string& url, const fs::path& to) {
  TRY_LET(const Place place, sqlite_place(url), "back up");
  std::error_code ignored;
  if (!fs::exists(place.where, ignored)) {
    return Error(ErrorCode::not_found, "there is no database '" + place.where + "'");
  }
  TRY(begin_file(to), "back up");
  return end_file(write_backup(place, unfinished_for(to)), to);
}

Result<void> restore(const fs::path& from, const std::string& url) {
  TRY_LET(const Place place, sqlite_place(url), "restore");
  std::error_code ignored;
  if (!fs::exists(from, ignored)) return Error(ErrorCode::not_found, "there is no backup '" + from.string() + "'");
  TRY(begin_file(place.where), "restore");
  return end_file(copy_and_check(from, unfinished_for(place.where)), place.where);
}

}  // namespace holdfast::storage
