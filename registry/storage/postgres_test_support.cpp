#include "registry/storage/postgres_test_support.hpp"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

#include "registry/storage/test_support.hpp"

namespace holdfast::storage::test {
namespace {

const std::string kPrograms = HOLDFAST_POSTGRESQL_PROGRAMS;

void give_to_postgres(const std::filesystem::path& folder) {
  if (::getuid() != 0) return;
  const auto* const account = ::getpwnam("postgres");
  if (account == nullptr || ::chown(folder.c_str(), account->pw_uid, account->pw_gid) != 0) {
    throw std::runtime_error("the account 'postgres' is missing, as which the tests run a server");
  }
}

}  // namespace

PostgresServer& PostgresServer::shared() {
  static PostgresServer server;
  return server;
}

void PostgresServer::run(const std::string& command) {
  const std::string line = ::getuid() == 0 ? "setpriv --reuid=postgres --regid=postgres --init-groups " : "";
  if (std::system(("cd / && " + line + kPrograms + "/" + command).c_str()) != 0) {
    throw std::runtime_error("a program of PostgreSQL failed: " + command);
  }
}

// Nothing here has to outlive a loss of power.
PostgresServer::PostgresServer() {
  give_to_postgres(folder_.path());
  run("initdb --no-sync --no-locale --encoding=UTF8 --auth=trust --username=holdfast -D " +
      (folder_ / "data").string() + " > " + (folder_ / "initdb.log").string() + " 2>&1");
  start();
}

PostgresServer::~PostgresServer() {
  try {
    stop();
  } catch (const std::exception&) {
    // It was stopped already.
  }
}

void PostgresServer::start() {
  run("pg_ctl --wait --silent -D " + (folder_ / "data").string() + " -l " + (folder_ / "server.log").string() +
      " -o \"-c listen_addresses='' -c fsync=off -c deadlock_timeout=50ms -k " + folder_.path().string() + "\" start");
}

void PostgresServer::stop() {
  run("pg_ctl --wait --silent --mode=immediate -D " + (folder_ / "data").string() + " stop");
}

void PostgresServer::restart() {
  stop();
  start();
}

std::string PostgresServer::new_database() {
  const std::string name = "t" + std::to_string(++databases_);
  const std::string server = "postgresql:///postgres?user=holdfast&host=" + folder_.path().string();
  must(must(Session::open(must(parse_place(server)), Access::write))->run("CREATE SCHEMA " + name));
  return server + "&options=-csearch_path%3D" + name;
}

}  // namespace holdfast::storage::test
