// Fills a registry with as many identities as a large fleet has.
//
// Real: everything goes through the storage layer's repositories and the registry's own journal, in large
// transactions, so that all constraints, triggers and indexes hold, and every entry of the log is hashed into the tree
// under a signed checkpoint. Each identity has two owners out of the directory, a grant that was made and used, an
// anchor, a certificate, and the entries of the log that these leave. Of a hundred, two are suspended and one each
// retired and revoked, by the domain's own command.
//
// Not real: nobody had the keys, whose hashes are random; certificates are random bytes of their usual size, signed
// by nobody; what the domain checks before it stores was not checked; and one in a hundred is called orphaned without
// its owner having left.
//
// The fleet is lopsided, as fleets are: a tenth belongs to one person, one team and one group each, the rest is
// spread over 2,000 people, 40 teams and 250 groups.
#pragma once

#include "registry/domain/store.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace holdfast::bench {

/// Things of the fleet, to be looked for.
struct Sample {
  domain::Identity identity;
  domain::KeyHash key{};
  std::string serial;
};

/// Used by one thread; what it adds is added in the one that writes.
class Fleet {
 public:
  /// Adds the owners. Borrows the database, until another one is given.
  explicit Fleet(domain::Database& database);
  /// Goes on in the same registry, opened anew.
  void use(domain::Database& database) { database_ = &database; }

  /// Adds identities until there are so many. Returns how many seconds it took.
  double grow_to(std::uint64_t size);

  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// How many rows there are of this in all tables, without the tree's.
  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  [[nodiscard]] const std::vector<domain::OwnerId>& people() const { return people_; }
  [[nodiscard]] const std::vector<domain::OwnerId>& teams() const { return teams_; }
  [[nodiscard]] static std::string group(unsigned number);
  [[nodiscard]] static unsigned groups();
  /// What the names of identities begin with.
  [[nodiscard]] static const std::vector<std::string>& kinds();
  /// A few of every size that the fleet ever had.
  [[nodiscard]] const std::vector<Sample>& samples() const { return samples_; }

 private:
  [[nodiscard]] Result<void> add_owners(domain::Transaction& tx);
  [[nodiscard]] Result<void> add_one(domain::Transaction& tx, Timestamp now);
  [[nodiscard]] Result<void> change_some(domain::Transaction& tx, const domain::IdentityId& id, Timestamp now);
  [[nodiscard]] domain::Intent make_intent(Timestamp now);
  [[nodiscard]] unsigned below(std::size_t end);
  [[nodiscard]] Bytes noise(std::size_t size);

  domain::Database* database_;
  std::mt19937_64 random_{20'261'123};
  std::vector<domain::OwnerId> people_;
  std::vector<domain::OwnerId> teams_;
  std::vector<Sample> samples_;
  std::uint64_t size_ = 0;
  std::uint64_t rows_ = 0;
};

}  // namespace holdfast::bench
