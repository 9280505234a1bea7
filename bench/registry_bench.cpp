// How many certificates the registry issues a second: the domain's command in this process, over SQLite, durable and in
// the log, with proof of possession already verified.
//
// Limits taken in the same run: the same without a log, signatures of the issuing key alone in one thread, and commits
// of one row each (storage_bench). Wall-clock time, medians of five; 64 threads wait for their answers.
#include <chrono>
#include <cstdio>
#include <vector>

#include "bench/issuing.hpp"
#include "bench/rate.hpp"
#include "bench/support.hpp"
#include "crypto/signature.hpp"
#include "registry/audit/journal.hpp"
#include "registry/ca/test_support.hpp"
#include "registry/domain/enrolment.hpp"
#include "registry/domain/owner_commands.hpp"
#include "registry/storage/database.hpp"

namespace {

using namespace holdfast;
using bench::must;
using bench::require;
using bench::seconds_of;

constexpr std::size_t kDevices = 4'000;
constexpr int kTurns = 5;
const domain::Actor kAdmin{"bench", domain::Role::admin, std::nullopt};

std::vector<domain::IssuedGrant> make_grants(domain::Database& database) {
  std::vector<domain::IssuedGrant> grants;
  require(database
              .change([&](domain::Transaction& tx) -> Result<void> {
                const Timestamp now = system_clock_now();
                const std::vector<domain::DirectoryEntry> people{{"anna@example.org", "Anna", "", {}}};
                TRY(domain::import_owners(tx, kAdmin, people, domain::ImportExtent::partial, now), "import");
                TRY_LET(const auto anna, domain::find_owner(tx, "anna@example.org"), "find");
                TRY(tx.policies().put(domain::Policy{}), "store policy");
                domain::GrantOrder order{.intent = {.name = "pump {n}",
                                                    .purpose = "pumps water",
                                                    .environment = "",
                                                    .group = "",
                                                    .owners = {anna.id, anna.id},
                                                    .policy = "default",
                                                    .retire_after = std::nullopt,
                                                    .retirement_condition = ""},
                                         .valid_for = std::chrono::days(1),
                                         .count = kDevices};
                TRY_LET(grants, domain::create_grants(tx, kAdmin, order, now), "create grants");
                return {};
              })
              .ok());
  return grants;
}

double issue_all(domain::Journal& journal, const ca::Authority& authority, const std::vector<crypto::PublicKey>& keys) {
  const bench::Folder folder(std::filesystem::current_path());
  const auto database = must(storage::open_database(
      {.url = "sqlite:" + folder.path() + "/registry.db", .journal = &journal, .batch = 256, .readers = 4}));
  bench::Issuer issuer(authority);
  domain::Enrolment enrolment(*database, issuer, system_clock_now, "bench",
                              [](domain::LogRows&) { return Result<void>(); });
  return bench::enrolments_per_second(enrolment, make_grants(*database), keys);
}

void measure(crypto::KeyAlgorithm algorithm, const std::vector<crypto::PublicKey>& keys, int target) {
  ca::test::MemoryVault vault;
  const auto authority = must(ca::Authority::found(
      vault, {.name = "Bench", .root_algorithm = algorithm, .issuing_algorithm = algorithm}, system_clock_now()));
  const Bytes text(600, 'x');
  constexpr int kSignatures = 500;
  const double signing = kSignatures / seconds_of([&] {
                           for (int i = 0; i < kSignatures; ++i) require(vault.sign(ca::kIssuingKey, text).ok());
                         });
  const bench::Folder outside_folder(std::filesystem::current_path());
  const auto log_key = must(crypto::PrivateKey::generate(crypto::KeyAlgorithm::ed25519));
  std::vector<double> with;
  std::vector<double> without;
  // In turns, since this machine differs from minute to minute by more than a log costs.
  for (int turn = 0; turn < kTurns; ++turn) {
    bench::NoJournal none;
    audit::CheckpointFile outside(outside_folder.path() + "/checkpoint-" + std::to_string(turn));
    audit::EventJournal journal({must(audit::NoteVerifier::create("bench", log_key.public_key())),
                                 [&](ByteView bytes) { return crypto::sign_message(log_key, {}, bytes); }},
                                outside);
    const auto unlogged = [&] { without.push_back(issue_all(none, authority, keys)); };
    const auto logged = [&] { with.push_back(issue_all(journal, authority, keys)); };
    if (turn % 2 == 0) unlogged();
    logged();
    if (turn % 2 != 0) unlogged();
  }
  const double rate = bench::median(with);
  const double plain = bench::median(without);
  std::printf(
      "%-12s %8.0f/s   %.2f of the same without a log (%.0f/s)   %.2f of signing alone (%.0f/s)   target %d/s\n",
      std::string(crypto::row_of(algorithm).name).c_str(), rate, rate / plain, plain, rate / signing, signing, target);
}

}  // namespace

int main() {
  std::vector<crypto::PublicKey> keys;
  for (std::size_t i = 0; i < kDevices; ++i) {
    keys.push_back(must(crypto::PrivateKey::generate(crypto::KeyAlgorithm::ecdsa_p256)).public_key());
  }
  measure(crypto::KeyAlgorithm::ecdsa_p256, keys, 2000);
  measure(crypto::KeyAlgorithm::ml_dsa_65, keys, 800);
}
