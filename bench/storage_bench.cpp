// What the registry's storage makes of the disk: durable changes a second, in SQLite, with their events in the log.
//
// The machine's limit is taken in the same run and folder: commits of one row each through SQLite alone, with a
// write-ahead log and synchronous = FULL as in the registry. A change adds an identity, its anchor and a certificate of
// 600 bytes, and records an event. Wall-clock time. With an argument: that database instead of a fresh one, for example
// postgresql://...; then the limit is not taken.
#include <atomic>
#include <chrono>
#include <vector>

#include "bench/rate.hpp"
#include "bench/raw_sqlite.hpp"
#include "bench/support.hpp"
#include "core/encoding.hpp"
#include "crypto/random.hpp"
#include "registry/storage/database.hpp"

namespace {

using namespace holdfast;
using bench::must;
using bench::require;
using domain::Transaction;

constexpr auto kTurn = std::chrono::seconds(3);
const Timestamp kNow{std::chrono::seconds(1'800'000'000)};

/// Numbers entries and hashes nothing: what is measured is storage.
class PlainJournal final : public domain::Journal {
 public:
  [[nodiscard]] Result<void> seal(domain::LogRows& rows, std::span<const domain::Event> events) override {
    TRY_LET(const std::uint64_t size, rows.size(), "seal");
    std::vector<domain::LogEntry> entries;
    std::vector<domain::LogNode> nodes;
    for (const auto& event : events) {
      TRY_LET(std::string text, domain::to_json(event), "seal");
      const auto index = size + entries.size();
      entries.push_back({.index = index, .identity = event.identity, .text = std::move(text)});
      nodes.push_back({.row = 0, .index = index, .hash = {}});
      if (index % 2 == 1) nodes.push_back({.row = 1, .index = index / 2, .hash = {}});
    }
    TRY(rows.append(entries, nodes), "seal");
    ++transactions;
    return rows.keep_checkpoint(size + entries.size(), std::string(200, 'c'));
  }
  [[nodiscard]] Result<void> committed() override { return {}; }
  void forget() override {}

  std::atomic<std::uint64_t> transactions{0};
};

domain::Owner make_owner() {
  const auto id = must(domain::OwnerId::create(kNow));
  return {.id = id,
          .kind = domain::OwnerKind::person,
          .name = "Anna",
          .key = id.text(),
          .team = std::nullopt,
          .standing = domain::OwnerStanding::active,
          .left_at = std::nullopt};
}

Result<void> enrol(Transaction& to, const domain::OwnerId& owner) {
  TRY_LET(const auto identity, domain::IdentityId::create(kNow), "enrol");
  TRY_LET(const auto anchor, domain::AnchorId::create(kNow), "enrol");
  TRY_LET(const Bytes random, crypto::random_bytes(32 + 16 + 600), "enrol");
  domain::KeyHash key{};
  std::copy_n(random.begin(), key.size(), key.begin());
  const ByteView rest = ByteView(random).subspan(key.size());
  TRY(to.identities().add({identity,
                           "pump-" + identity.text(),
                           "pumps water",
                           "production",
                           "pumps",
                           {owner, owner},
                           domain::Tier::software,
                           domain::IdentityState::active,
                           std::nullopt,
                           "default",
                           kNow,
                           std::nullopt,
                           kNow,
                           std::nullopt,
                           "",
                           std::nullopt}),
      "enrol");
  TRY(to.anchors().add({anchor, identity, key, "ecdsa-p256", 1, "declared-key", "est", "", "registry/est", std::nullopt,
                        kNow, std::nullopt}),
      "enrol");
  TRY(to.certificates().add({to_hex(rest.first(16)), identity, anchor, "ecdsa-p256", kNow, kNow + std::chrono::days(7),
                             domain::CertificateStatus::good, std::nullopt, std::nullopt, std::nullopt,
                             Bytes(rest.begin() + 16, rest.end())}),
      "enrol");
  to.record({kNow,
             "registry",
             "identity.enrolled",
             identity,
             {{"certificate.serial", to_hex(rest.first(16))},
              {"anchor.key_sha256", to_hex(key)},
              {"identity.purpose", "pumps water"}}});
  return {};
}

}  // namespace

int main(int count, char** arguments) {
  const bench::Folder folder(std::filesystem::current_path());
  const bool given = count > 1;
  PlainJournal journal;
  const auto database =
      must(storage::open_database({.url = given ? arguments[1] : "sqlite:" + folder.path() + "/registry.db",
                                   .journal = &journal,
                                   .batch = 256,
                                   .readers = 4}));
  const auto owner = make_owner();
  const auto added = database->change([&](Transaction& to) { return to.owners().add(owner); });
  require(added.ok());

  const double limit = given ? 0 : bench::RawSqlite(folder.path() + "/raw.db").commits_per_second(kTurn);
  if (!given) std::printf("%-44s %10.0f/s\n", "commits of one row, SQLite alone", limit);
  for (const unsigned threads : {1U, 32U, 256U}) {
    const auto before = journal.transactions.load();
    const double changes = bench::rate(
        threads, kTurn, [&] { require(database->change([&](Transaction& to) { return enrol(to, owner.id); }).ok()); });
    const auto shared =
        changes * std::chrono::duration<double>(kTurn).count() / static_cast<double>(journal.transactions - before);
    std::printf("enrolments, %3u threads %31.0f/s %8.1f in a transaction", threads, changes, shared);
    if (!given) std::printf(" %8.2f of the limit", changes / limit);
    std::printf("\n");
    std::fflush(stdout);
  }
  return 0;
}
