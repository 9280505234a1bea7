// Which attributes count, how many of them must agree, and what that is worth.
#pragma once

#include "core/result.hpp"
#include "device/fingerprint/attribute.hpp"
#include "device/fingerprint/quorum_worth.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace holdfast::fingerprint {

/// One counted attribute: the representative of a correlation group.
struct Counted {
  std::size_t attribute = 0;  ///< index into Fingerprint::attributes
  unsigned bits = 0;          ///< the largest budget of the group's values that this attribute's value tells
};

/// Which attributes take part in a quorum.
enum class Participants {
  machine,  ///< what this machine tells by itself, and what the operator named; required is what he says is
  named,    ///< only what the operator named, all of it required but what he says is not
};

struct QuorumRequest {
  std::optional<unsigned> quorum;     ///< k, when the operator chose it
  std::vector<std::string> required;  ///< names of attributes that every quorum must have
  /// Names of attributes that take no part, as if they were not there.
  std::vector<std::string> left_out = {};  // NOLINT(readability-redundant-member-init): may be left out
  unsigned max_subsets = 220;              ///< the largest allowed number of k-subsets
  unsigned floor = kEntropyFloor;          ///< bits that the weakest quorum should hold
  Participants participants = Participants::machine;
};

/// A plan for a fingerprint slot.
struct QuorumPlan {
  std::vector<Counted> counted;          ///< most stable first; excludes what is required
  std::vector<Counted> required;         ///< each part of every quorum
  unsigned quorum = 0;                   ///< k of counted.size()
  unsigned total_bits = 0;               ///< of all groups
  unsigned weakest_bits = 0;             ///< of the weakest quorum, required attributes included
  unsigned weakest_hardware_bits = 0;    ///< the same, of values that are neither declared nor software
  bool every_quorum_needs_root = false;  ///< each quorum has a value that only root can read
  Tier tier = Tier::declared;
};

/// Chooses representatives and a quorum. Only present attributes take part. A group is represented by an
/// attribute that the operator named, else by the one with the largest budget, the most stable class, the
/// first name. Only that one's value is a factor, so the group is worth no more than this value tells.
///
/// Counted are all groups that the operator named, then native groups with a budget, then, when those hold
/// less than the floor, native groups without one; at most nine beside the named ones. Without
/// `request.quorum` k leaves a margin of none below three groups, one below six, two from there, and is
/// raised as far as that is needed and enough to reach the floor, and as far as `max_subsets` demands.
///
/// With Participants::named every named attribute of which the operator did not say otherwise is required, so that an
/// absent one is an error, and no other attribute takes part or represents a group.
///
/// The tier is software where the hardware values of every quorum alone reach the floor, and declared
/// otherwise.
///
/// Errors: an unknown or absent required name (not_found), k of zero or above n (usage), more subsets than
/// allowed (refused), nothing present to count (refused). An entropy below the floor is no error here.
[[nodiscard]] Result<QuorumPlan> plan_quorum(const Fingerprint& fingerprint, const QuorumRequest& request);

/// n choose k, saturating at 2^32 - 1.
[[nodiscard]] unsigned count_subsets(unsigned n, unsigned k);

}  // namespace holdfast::fingerprint
