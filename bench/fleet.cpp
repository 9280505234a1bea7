#include "bench/fleet.hpp"

#include <algorithm>
#include <semaphore>

#include "bench/rate.hpp"
#include "bench/support.hpp"
#include "crypto/serial_number.hpp"
#include "registry/domain/describe.hpp"
#include "registry/domain/lifecycle.hpp"
#include "registry/domain/owner_commands.hpp"

namespace holdfast::bench {
namespace {

using domain::IdentityState;

constexpr std::uint64_t kAtOnce = 10;  // identities in a change
constexpr int kWaiting = 512;          // changes
constexpr unsigned kPeople = 2'000;
constexpr unsigned kTeams = 40;
constexpr unsigned kGroups = 250;
constexpr std::size_t kCertificateSize = 620;  // as the registry's own for P-256
constexpr std::uint64_t kSampled = 50;         // one in so many
const domain::Actor kMaker{"operator:generator", domain::Role::admin, std::nullopt};

std::string padded(std::uint64_t number) {
  std::string text = std::to_string(number);
  return std::string(text.size() < 7 ? 7 - text.size() : 0, '0') + text;
}

domain::Identity make_identity(domain::IdentityId id, const domain::Intent& intent, Timestamp now) {
  return {.id = std::move(id),
          .name = intent.name,
          .purpose = intent.purpose,
          .environment = intent.environment,
          .group = intent.group,
          .owners = intent.owners,
          .tier = domain::Tier::declared,
          .state = IdentityState::active,
          .state_before = std::nullopt,
          .policy = intent.policy,
          .created = now,
          .last_seen = now,
          .next_review = now + std::chrono::days(365),
          .retire_after = intent.retire_after,
          .retirement_condition = "",
          .orphaned_since = std::nullopt};
}

domain::Anchor make_anchor(domain::AnchorId id, const domain::IdentityId& identity, const domain::KeyHash& key,
                           Timestamp now) {
  return {.id = std::move(id),
          .identity = identity,
          .key = key,
          .key_algorithm = "ecdsa-p256",
          .generation = 1,
          .kind = "declared-key",
          .component = "est",
          .version = "",
          .place_of_issue = "registry over EST",
          .predecessor = std::nullopt,
          .created = now,
          .ended = std::nullopt};
}

}  // namespace

Fleet::Fleet(domain::Database& database) : database_(&database) {
  must(database_->change([this](domain::Transaction& tx) { return add_owners(tx); }));
}

std::string Fleet::group(unsigned number) { return "site-" + std::to_string(number); }
unsigned Fleet::groups() { return kGroups; }

const std::vector<std::string>& Fleet::kinds() {
  static const std::vector<std::string> kKinds{"camera", "gate",   "kiosk",   "meter",
                                               "pump",   "sensor", "turbine", "valve"};
  return kKinds;
}

unsigned Fleet::below(std::size_t end) { return static_cast<unsigned>(random_() % end); }

Bytes Fleet::noise(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; i += sizeof(std::uint64_t)) {
    const std::uint64_t word = random_();
    for (std::size_t at = i; at < std::min(size, i + sizeof(word)); ++at) {
      bytes[at] = static_cast<std::uint8_t>(word >> (8 * (at - i)));
    }
  }
  return bytes;
}

Result<void> Fleet::add_owners(domain::Transaction& tx) {
  std::vector<domain::DirectoryEntry> entries;
  for (unsigned i = 0; i < kPeople; ++i) {
    const auto number = std::to_string(i);
    const auto team = "Team " + std::to_string(i % kTeams);
    entries.push_back({"person" + number + "@example.org", "Person " + number, team, domain::OwnerStanding::active});
  }
  TRY(domain::import_owners(tx, kMaker, entries, domain::ImportExtent::partial, system_clock_now()), "import");
  TRY_LET(const auto owners, tx.owners().list(), "list owners");
  people_.clear();
  teams_.clear();
  for (const auto& owner : owners) (owner.kind == domain::OwnerKind::person ? people_ : teams_).push_back(owner.id);
  return {};
}

// A tenth of everything is the first one's.
domain::Intent Fleet::make_intent(Timestamp now) {
  const auto one_of = [this](std::size_t count) { return below(10) == 0 ? 0U : below(count); };
  const auto& kind = kinds()[below(kinds().size())];
  return {.name = kind + '-' + padded(size_),
          .purpose = "does what a " + kind + " does, at its site",
          .environment = below(20) == 0 ? "test" : "production",
          .group = below(20) == 0 ? "" : group(one_of(kGroups)),
          .owners = {people_[one_of(people_.size())], teams_[one_of(teams_.size())]},
          .policy = "default",
          .retire_after = now + std::chrono::days(3650),
          .retirement_condition = ""};
}

Result<void> Fleet::change_some(domain::Transaction& tx, const domain::IdentityId& id, Timestamp now) {
  const auto hundredth = below(100);
  if (hundredth > 3) return {};
  const auto to = hundredth == 0   ? IdentityState::retired
                  : hundredth == 1 ? IdentityState::revoked
                                   : IdentityState::suspended;
  rows_ += 1;
  TRY(domain::change_state(tx, kMaker, {id, to, "decided so", domain::RevocationReason::unspecified}, now), "change");
  return {};
}

Result<void> Fleet::add_one(domain::Transaction& tx, Timestamp now) {
  TRY_LET(auto grant_id, domain::GrantId::create(now), "add grant");
  TRY_LET(auto id, domain::IdentityId::create(now), "add identity");
  TRY_LET(auto anchor_id, domain::AnchorId::create(now), "add anchor");
  domain::Grant grant{.id = std::move(grant_id),
                      .secret_hash = {},
                      .state = domain::GrantState::open,
                      .intent = make_intent(now),
                      .created = now,
                      .expires = now + std::chrono::days(7),
                      .created_by = kMaker.name,
                      .used_by = std::nullopt,
                      .identity = std::nullopt};
  std::ranges::copy(noise(grant.secret_hash.size()), grant.secret_hash.begin());
  domain::KeyHash key{};
  std::ranges::copy(noise(key.size()), key.begin());
  auto identity = make_identity(std::move(id), grant.intent, now);
  if (below(100) == 0) identity.orphaned_since = now - std::chrono::days(1 + below(10));
  const auto anchor = make_anchor(std::move(anchor_id), identity.id, key, now);
  TRY_LET(const auto serial, crypto::SerialNumber::draw(now), "draw serial number");
  const domain::Certificate certificate{.serial = serial.to_hex(),
                                        .identity = identity.id,
                                        .anchor = anchor.id,
                                        .algorithm = anchor.key_algorithm,
                                        .not_before = now,
                                        .not_after = now + std::chrono::days(7),
                                        .status = domain::CertificateStatus::good,
                                        .reason = std::nullopt,
                                        .revoked_at = std::nullopt,
                                        .digest = std::nullopt,
                                        .der = noise(kCertificateSize)};
  TRY(tx.grants().add(grant), "add grant");
  tx.record(domain::make_event(now, kMaker, "grant.created", describe(grant)));
  TRY(tx.identities().add(identity), "add identity");
  TRY(tx.anchors().add(anchor), "add anchor");
  TRY(tx.grants().use(grant.id, key, identity.id), "use grant");
  TRY(tx.certificates().add(certificate), "add certificate");
  tx.record(domain::make_event(
      now, {"device:" + identity.id.text(), domain::Role::device, std::nullopt}, "identity.enrolled", identity.id,
      domain::join(describe(identity), domain::join(describe(anchor), describe(certificate)))));
  rows_ += 6;
  TRY(change_some(tx, identity.id, now), "change");
  if (size_ % kSampled == 0) samples_.push_back({std::move(identity), key, certificate.serial});
  return {};
}

// Small changes, of which the registry puts hundreds into a transaction: in a large one SQLite's journal of what can be
// undone gets long, and every statement would walk along it.
double Fleet::grow_to(std::uint64_t size) {
  const auto now = system_clock_now;
  const auto add_some = [&](domain::Transaction& tx) -> Result<void> {
    const auto end = std::min(size, size_ + kAtOnce);
    for (; size_ < end; ++size_) TRY(add_one(tx, now()), "add to fleet");
    return {};
  };
  return seconds_of([&] {
    std::counting_semaphore<> free(kWaiting);
    for (auto submitted = size_; submitted < size; submitted += kAtOnce) {
      free.acquire();
      database_->change_async(add_some, [&](const Result<void>& result) {
        must(result);
        free.release();
      });
    }
    for (int i = 0; i < kWaiting; ++i) free.acquire();
  });
}

}  // namespace holdfast::bench
