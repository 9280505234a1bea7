#include "apps/holdfast-registry/first_start.hpp"

#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

#include "apps/holdfast-registry/registry.hpp"
#include "apps/holdfast-registry/server_certificate.hpp"
#include "registry/domain/authority_record.hpp"
#include "registry/http/server.hpp"
#include "registry/storage/database.hpp"

namespace holdfast::registry_app {
namespace {

namespace fs = std::filesystem;

Result<void> check_socket(const DataFolder& folder) {
  constexpr std::size_t kMost = sizeof(sockaddr_un{}.sun_path) - 1;
  if (folder.socket().native().size() <= kMost) return {};
  return Error(ErrorCode::usage, "the data folder's path '" + folder.path.string() +
                                     "' is too long: that of the socket in it must have " + std::to_string(kMost) +
                                     " bytes at most");
}

// Its folder is made with the first checkpoint; until then whatever is there of the path counts.
Result<void> check_checkpoint(const Configuration& configuration) {
  fs::path file = configuration.checkpoint;
  if (file.empty()) {
    TRY_LET(file, usual_checkpoint_file("log"), "find the checkpoint outside");
  }
  fs::path folder = fs::absolute(file).parent_path();
  while (folder.has_relative_path() && ::access(folder.c_str(), F_OK) != 0 && errno == ENOENT) {
    folder = folder.parent_path();
  }
  if (::eaccess(folder.c_str(), W_OK | X_OK) == 0) return {};
  return system_error("write the log's checkpoint in", folder, errno);
}

// One that has a registry already is another server's, whose keys are not here.
Result<void> check_database(const Configuration& configuration, const DataFolder& folder) {
  storage::DatabaseSettings settings;
  settings.url = database_url_of(configuration, folder);
  TRY_LET(const auto database, storage::open_database(settings), "open database");
  domain::AuthorityChain chain;
  TRY(database->read([&](domain::Transaction& tx) -> Result<void> {
    TRY_LET(chain, domain::find_authority(tx), "find authority");
    return {};
  }),
      "read authority");
  if (chain.empty()) return {};
  return Error(ErrorCode::refused, "the database has a registry in it already, whose keys are not in '" +
                                       folder.path.string() + "'; copy its 'anchor' there, or name another database");
}

protocols::Response come_later(const protocols::Request&) {
  protocols::Response response;
  response.status = 503;
  return response;
}

// Listens there for a moment.
Result<void> check_listening(const Configuration& configuration) {
  http::Settings settings;
  settings.endpoints.push_back(
      {.address = configuration.address, .port = configuration.port, .tls = std::nullopt, .handler = come_later});
  TRY_LET(auto server, http::Server::start(settings), "listen");
  server.stop();
  return {};
}

}  // namespace

Result<void> check_first_start(const DataFolder& folder) {
  TRY_LET(const auto configuration, load_configuration(folder.configuration()), "read configuration");
  TRY(ca::Authority::check(authority_settings_of(configuration)), "check the authority's settings");
  TRY(check_server_names(configuration), "check the server's names");
  TRY(check_socket(folder), "check socket");
  TRY(check_checkpoint(configuration), "check the checkpoint outside");
  TRY(check_listening(configuration), "check address");
  TRY(folder.make(), "make data folder");
  return check_database(configuration, folder);
}

}  // namespace holdfast::registry_app
