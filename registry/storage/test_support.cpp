#include "registry/storage/test_support.hpp"

#include "crypto/random.hpp"
#include "registry/storage/postgres_test_support.hpp"

namespace holdfast::storage::test {

using domain::Anchor;
using domain::Certificate;
using domain::Identity;
using domain::Owner;

Result<void> CountingJournal::seal(domain::LogRows& rows, std::span<const domain::Event> events) {
  ++sealed;
  if (refuses) return Error(ErrorCode::refused, "the journal refuses it");
  if (std::ranges::contains(events, refuses_type, &domain::Event::type)) {
    return Error(ErrorCode::refused, "the journal refuses this one");
  }
  TRY_LET(const std::uint64_t size, rows.size(), "seal");
  std::vector<domain::LogEntry> entries;
  std::vector<domain::LogNode> nodes;
  for (const auto& event : events) {
    const auto index = size + entries.size();
    entries.push_back({.index = index, .identity = event.identity, .text = event.type});
    nodes.push_back({.row = 0, .index = index, .hash = fresh_hash()});
  }
  TRY(rows.append(entries, nodes), "seal");
  return rows.keep_checkpoint(size + entries.size(), "size " + std::to_string(size + entries.size()));
}

Result<void> CountingJournal::committed() {
  ++kept;
  if (fails_after_commit) return Error(ErrorCode::io, "the outside place cannot be written");
  return {};
}

Home::Home(Engine engine)
    : url_(engine == Engine::sqlite ? "sqlite:" + file().string() : PostgresServer::shared().new_database()) {}

Result<void> StorageTest::say(const std::string& sql) {
  if (!direct) direct = home.session();
  const auto answer = direct->run(sql);
  if (!answer.ok()) direct.reset();
  return answer;
}

Hash fresh_hash() {
  Hash hash{};
  const auto bytes = must(crypto::random_bytes(hash.size()));
  std::ranges::copy(bytes, hash.begin());
  return hash;
}

Owner sample_owner(const std::string& key) {
  return {.id = must(domain::OwnerId::create(kNow)),
          .kind = domain::OwnerKind::person,
          .name = "Anna",
          .key = key,
          .team = std::nullopt,
          .standing = domain::OwnerStanding::active,
          .left_at = std::nullopt};
}

Identity sample_identity(const domain::OwnerId& owner, const std::string& name) {
  return {.id = must(domain::IdentityId::create(kNow)),
          .name = name,
          .purpose = "pumps water",
          .environment = "production",
          .group = "pumps",
          .owners = {.business = owner, .technical = owner},
          .tier = domain::Tier::declared,
          .state = domain::IdentityState::active,
          .state_before = std::nullopt,
          .policy = "default",
          .created = kNow,
          .last_seen = std::nullopt,
          .next_review = kNow + std::chrono::days(365),
          .retire_after = std::nullopt,
          .retirement_condition = "when the well is dry",
          .orphaned_since = std::nullopt};
}

Anchor sample_anchor(const domain::IdentityId& identity) {
  return {.id = must(domain::AnchorId::create(kNow)),
          .identity = identity,
          .key = fresh_hash(),
          .key_algorithm = "ecdsa-p256",
          .generation = 1,
          .kind = "declared-key",
          .component = "est",
          .version = "",
          .place_of_issue = "registry.example.org/est",
          .predecessor = std::nullopt,
          .created = kNow,
          .ended = std::nullopt};
}

Certificate sample_certificate(const Anchor& anchor) {
  return {.serial = to_hex(must(crypto::random_bytes(16))),
          .identity = anchor.identity,
          .anchor = anchor.id,
          .algorithm = anchor.key_algorithm,
          .not_before = kNow,
          .not_after = kNow + std::chrono::days(7),
          .status = domain::CertificateStatus::good,
          .reason = std::nullopt,
          .revoked_at = std::nullopt,
          .digest = std::nullopt,
          .der = must(crypto::random_bytes(600))};
}

domain::Grant sample_grant(const domain::OwnerId& owner) {
  return {.id = must(domain::GrantId::create(kNow)),
          .secret_hash = fresh_hash(),
          .state = domain::GrantState::open,
          .intent = {.name = "pump-{n}",
                     .purpose = "pumps water",
                     .environment = "production",
                     .group = "pumps",
                     .owners = {.business = owner, .technical = owner},
                     .policy = "default",
                     .retire_after = kNow + std::chrono::days(1000),
                     .retirement_condition = ""},
          .created = kNow,
          .expires = kNow + std::chrono::days(1),
          .created_by = "operator:anna",
          .used_by = std::nullopt,
          .identity = std::nullopt};
}

domain::Event sample_event(const std::string& type) {
  return {.at = kNow, .actor = "operator:anna", .type = type, .identity = std::nullopt, .details = {}};
}

Enrolled enrol(domain::Database& database, const std::string& name) {
  const auto owner = sample_owner(name + "@example.org");
  const auto identity = sample_identity(owner.id, name);
  const auto anchor = sample_anchor(identity.id);
  auto certificate = sample_certificate(anchor);
  must(database.change([&](domain::Transaction& to) -> Result<void> {
    TRY(to.owners().add(owner), "enrol");
    TRY(to.identities().add(identity), "enrol");
    TRY(to.anchors().add(anchor), "enrol");
    return to.certificates().add(certificate);
  }));
  return {.owner = owner, .identity = identity, .anchor = anchor, .certificate = std::move(certificate)};
}

void add_identity(domain::Database& database, const Identity& identity) {
  must(database.change([&](domain::Transaction& to) { return to.identities().add(identity); }));
}

}  // namespace holdfast::storage::test
