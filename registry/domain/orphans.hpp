// Identities for which an owner no longer answers: flagged when the owner leaves, free of it when the owner is back,
// and suspended when that takes longer than their policies allow.
#pragma once

#include "registry/domain/store.hpp"

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace holdfast::domain {

/// Flags all identities of an owner who has left, each with an incident. Returns how many.
[[nodiscard]] Result<std::size_t> orphan_identities(Transaction& tx, const Owner& owner, Timestamp now);

/// Takes the flag from those of an owner who is back, where the other one is active too, and resolves their incidents.
/// What was suspended stays so: resuming it is for people. Returns how many.
[[nodiscard]] Result<std::size_t> reclaim_identities(Transaction& tx, const Actor& actor, const Owner& owner,
                                                     Timestamp now);

/// How long identities stay orphaned, by the names of their policies.
using OrphanGraces = std::map<std::string, std::chrono::seconds, std::less<>>;

/// One round through the orphans in service: each is looked at once, and policies are read once.
class OrphanRound {
 public:
  explicit OrphanRound(std::size_t at_once) : at_once_(at_once) {}

  /// The next ones that have been orphaned for longer than their policies allow; none when the round is over.
  [[nodiscard]] Result<std::vector<IdentityId>> next(Transaction& tx, Timestamp now);

 private:
  [[nodiscard]] Result<void> look_on(Transaction& tx, Timestamp now, std::vector<IdentityId>& due);

  std::size_t at_once_;
  std::optional<OrphanGraces> graces_;
  std::size_t state_ = 0;  // of those that are in service: at which the round is
  std::optional<IdentityId> after_;
};

/// Suspends those of them that still are due. Few at a time, because others wait meanwhile.
[[nodiscard]] Result<void> suspend_orphans(Transaction& tx, const std::vector<IdentityId>& due, Timestamp now);

}  // namespace holdfast::domain
