// Bringing an authority along. The server is down meanwhile: it presents a certificate of the authority itself.
#include <unistd.h>

#include "apps/common/exit_status.hpp"
#include "apps/holdfast-registry/commands.hpp"
#include "apps/holdfast-registry/dispatch.hpp"
#include "core/file.hpp"
#include "core/text.hpp"

namespace holdfast::registry_app {
namespace {

constexpr std::size_t kMaxChain = std::size_t{64} * 1024;

Result<std::unique_ptr<Registry>> open(const GlobalArguments& global) {
  TRY_LET(const auto path, data_path(global), "find data folder");
  TRY_LET(const auto folder, DataFolder::at(path), "find data folder");
  TRY(folder.check_has_registry(), "look for a registry");
  {
    TRY_LET(const auto lock, lock_unserved(folder), "look for a server");
  }
  return Registry::open(folder, Founding::refused);
}

}  // namespace

Result<int> run(const GlobalArguments& global, const AuthorityRequestArguments& arguments) {
  TRY_LET(const auto registry, open(global), "open registry");
  TRY_LET(const auto request, registry->issuing_request(), "write request");
  TRY(write_file_atomically(arguments.out, as_bytes(request), 0644, Replace::refused), "write request");
  TRY(print(global, {{"out", arguments.out}},
            "Have it certified as an authority, with a path length of 0, and take the answer with 'ca accept'.\n"),
      "report");
  return app::kExitDone;
}

Result<int> run(const GlobalArguments& global, const AuthorityAcceptArguments& arguments) {
  TRY_LET(const auto pem, read_file(arguments.file, kMaxChain), "read certificates");
  TRY_LET(const auto chain, crypto::CertificateChain::parse(pem), "read certificates");
  TRY_LET(const auto token, read_token(global.token_file), "read token");
  TRY_LET(const auto registry, open(global), "open registry");
  TRY_LET(const auto actor, actor_of(*registry, token, ::geteuid()), "authenticate");
  TRY(registry->accept_authority(actor, chain), "accept authority");
  const auto& facts = chain.leaf();
  TRY(print(global,
            {{"subject", facts.subject}, {"issuer", facts.issuer}, {"not_after", format_rfc3339(facts.not_after)}},
            "From the next start on, certificates are issued as " + printable(facts.subject, 1000) + ", under " +
                printable(facts.issuer, 1000) + ".\n"),
      "report");
  return app::kExitDone;
}

}  // namespace holdfast::registry_app
