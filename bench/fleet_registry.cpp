#include "bench/fleet_registry.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <semaphore>
#include <utility>

#include "bench/program.hpp"
#include "bench/rate.hpp"
#include "bench/support.hpp"
#include "registry/domain/describe.hpp"
#include "registry/storage/database.hpp"

namespace holdfast::bench {
namespace {

using registry_app::DataFolder;
using registry_app::Founding;
using registry_app::Registry;

constexpr std::size_t kAtOnce = 512;  // changes that wait while entries are appended
const domain::Actor kAdmin{"bench", domain::Role::admin, std::nullopt};

double median_of(int turns, const auto& measure) {
  std::vector<double> values;
  for (int i = 0; i < turns; ++i) values.push_back(measure());
  return median(std::move(values));
}

}  // namespace

FleetRegistry::FleetRegistry(std::string folder, std::size_t devices_a_turn)
    : folder_(std::move(folder)), devices_a_turn_(devices_a_turn) {
  require(::mkdir(folder_.c_str(), 0700) == 0);
  std::ofstream(folder_ + "/registry.toml") << "[est]\nport = 0\n";
  open(Founding::allowed);
  fleet_.emplace(database());
}

void FleetRegistry::open(Founding founding) {
  registry_ = must(Registry::open(must(DataFolder::at(folder_)), founding));
  if (fleet_) fleet_->use(database());
}

std::vector<domain::IssuedGrant> FleetRegistry::make_grants() {
  std::vector<domain::IssuedGrant> grants;
  const domain::GrantOrder order{.intent = {.name = "pump {n}",
                                            .purpose = "pumps water",
                                            .environment = "",
                                            .group = Fleet::group(1),
                                            .owners = {fleet_->people().back(), fleet_->teams().back()},
                                            .policy = "default",
                                            .retire_after = std::nullopt,
                                            .retirement_condition = ""},
                                 .valid_for = std::chrono::days(1),
                                 .count = devices_a_turn_};
  must(database().change([&](domain::Transaction& tx) -> Result<void> {
    TRY_LET(grants, domain::create_grants(tx, kAdmin, order, system_clock_now()), "create grants");
    return {};
  }));
  return grants;
}

double FleetRegistry::issue_with(domain::EnrolmentService& service) {
  std::vector<crypto::PublicKey> keys;
  for (std::size_t i = 0; i < devices_a_turn_; ++i) {
    keys.push_back(must(crypto::PrivateKey::generate(crypto::KeyAlgorithm::ecdsa_p256)).public_key());
  }
  return enrolments_per_second(service, make_grants(), keys);
}

double FleetRegistry::issue_unlogged() {
  NoJournal none;
  const auto unlogged =
      must(storage::open_database({.url = registry_->database_url(), .journal = &none, .batch = 256, .readers = 4}));
  Issuer issuer(registry_->authority());
  domain::Enrolment enrolment(*unlogged, issuer, system_clock_now, "bench",
                              [](domain::LogRows&) { return Result<void>(); });
  return issue_with(enrolment);
}

double FleetRegistry::append(std::chrono::duration<double> turn) {
  const auto& identity = fleet_->samples().front().identity;
  const auto work = [&](domain::Transaction& tx) -> Result<void> {
    tx.record(domain::make_event(system_clock_now(), kAdmin, "identity.changed", identity.id, describe(identity)));
    return {};
  };
  std::counting_semaphore<> free(kAtOnce);
  double done = 0;
  const auto begin = std::chrono::steady_clock::now();
  const double took = seconds_of([&] {
    for (; std::chrono::steady_clock::now() - begin < turn; ++done) {
      free.acquire();
      database().change_async(work, [&](const Result<void>& result) {
        must(result);
        free.release();
      });
    }
    for (std::size_t i = 0; i < kAtOnce; ++i) free.acquire();
  });
  return done / took;
}

// The processes take the data folder, one after another.
ProgramFigures FleetRegistry::ask_program(const std::string& program, int turns) {
  ProgramFigures figures;
  const auto grants = make_grants();
  registry_.reset();
  const std::vector<std::string> list{program, "--data", folder_, "identity", "list", "--limit", "1"};
  figures.answered_cold = median_of(turns, [&] {
    drop_from_cache();
    return run_seconds(list);
  });
  figures.answered = median_of(turns, [&] { return run_seconds(list); });
  {
    const Server server(program, folder_);
    figures.served = server.seconds_to_start();
    figures.est = est_enrolments_per_second(server.port(), grants);
  }
  figures.verified = run_seconds({program, "--data", folder_, "audit", "verify"});
  const auto backup = folder_ + "-backup.db";
  figures.backed_up = run_seconds({program, "--data", folder_, "backup", "--out", backup});
  std::filesystem::remove(backup);
  open(Founding::refused);
  return figures;
}

double FleetRegistry::open_again() {
  registry_.reset();
  return seconds_of([&] {
    open(Founding::refused);
    must(registry_->check_extends());
    must(database().read([](domain::Transaction& tx) -> Result<void> {
      TRY_LET(const auto first, tx.identities().list({}), "list");
      require(!first.empty());
      return {};
    }));
  });
}

double FleetRegistry::mebibytes() const {
  return static_cast<double>(std::filesystem::file_size(folder_ + "/registry.db")) / (1 << 20);
}

void FleetRegistry::drop_from_cache() const {
  const FileDescriptor file(::open((folder_ + "/registry.db").c_str(), O_RDONLY | O_CLOEXEC));
  require(file.valid() && ::fsync(file.get()) == 0);
  require(::posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED) == 0);
}

}  // namespace holdfast::bench
