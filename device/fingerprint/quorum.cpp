#include "device/fingerprint/quorum.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "core/text.hpp"
#include "device/fingerprint/group.hpp"

namespace holdfast::fingerprint {
namespace {

constexpr std::size_t kUsualMost = 9;  // 36 subsets of seven

// One correlation group, or one required attribute of it.
struct Candidate {
  std::size_t attribute = 0;
  unsigned bits = 0;
  bool named = false;  ///< some attribute of the group was named by the operator
};

using Groups = std::map<std::string_view, std::vector<std::size_t>>;

class Planner {
 public:
  Planner(const Fingerprint& fingerprint, const QuorumRequest& request)
      : all_(fingerprint.attributes), request_(request) {}

  Result<QuorumPlan> plan() {
    find_groups();
    TRY(take_required(), "take required attributes");
    take_counted();
    if (counted_.empty() && required_.empty()) {
      return Error(ErrorCode::refused, named_only()
                                           ? "none of the attributes in the credential file is present"
                                           : "no attribute of this machine is present; run as root, or name some in a "
                                             "credential file");
    }
    TRY_LET(const unsigned quorum, choose_quorum(), "choose quorum");
    return result(quorum);
  }

 private:
  bool named_only() const { return request_.participants == Participants::named; }

  void find_groups() {
    for (std::size_t i = 0; i < all_.size(); ++i) {
      if (named_only() && !all_[i].named_by_operator) continue;
      if (is_left_out(all_[i])) continue;
      if (all_[i].state == AttributeState::present) groups_[all_[i].group].push_back(i);
    }
  }

  // What the attribute is worth as the one that stands for its group: its own budget, or that of another
  // one which its value tells.
  Candidate judge(std::size_t index, const std::vector<std::size_t>& members) const {
    Candidate candidate{index, all_[index].bits, false};
    for (const auto i : members) {
      candidate.named = candidate.named || all_[i].named_by_operator;
      if (all_[i].bits > candidate.bits && tells_all_of(all_[index], all_[i])) candidate.bits = all_[i].bits;
    }
    return candidate;
  }

  bool represents_before(std::size_t a, std::size_t b) const {
    const auto rank = [&](std::size_t i) {
      return std::tuple(!all_[i].named_by_operator, ~all_[i].bits, all_[i].attribute_class,
                        std::string_view(all_[i].name));
    };
    return rank(a) < rank(b);
  }

  bool stands_before(const Candidate& a, const Candidate& b) const {
    const auto rank = [&](const Candidate& c) {
      return std::tuple(all_[c.attribute].attribute_class, ~c.bits, std::string_view(all_[c.attribute].name));
    };
    return rank(a) < rank(b);
  }

  bool is_left_out(const Attribute& attribute) const {
    return std::ranges::contains(request_.left_out, attribute.name);
  }

  bool is_required(const Attribute& attribute) const {
    if (is_left_out(attribute)) return false;
    const bool usual = named_only() && attribute.named_by_operator;
    return attribute.required.value_or(usual) || std::ranges::contains(request_.required, attribute.name);
  }

  Result<void> check_required() const {
    for (const auto& name : request_.required) {
      if (std::ranges::find(all_, name, &Attribute::name) != all_.end()) continue;
      return Error(ErrorCode::not_found, "there is no attribute '" + printable(name) + "' to require on this machine");
    }
    for (const auto& attribute : all_) {
      if (!is_required(attribute) || attribute.state == AttributeState::present) continue;
      return Error(ErrorCode::not_found, "the required attribute '" + printable(attribute.name) + "' is " +
                                             std::string(name_of(attribute.state)) + ": " + attribute.reason);
    }
    return {};
  }

  // A group counts once, whichever of its attributes are required.
  static void count_once(std::vector<Candidate>& of_group) {
    const auto best = std::ranges::max_element(of_group, {}, &Candidate::bits);
    for (auto& candidate : of_group) {
      if (&candidate != &*best) candidate.bits = 0;
    }
  }

  Result<void> take_required() {
    TRY(check_required(), "check required attributes");
    for (auto group = groups_.begin(); group != groups_.end();) {
      std::vector<Candidate> of_group;
      for (const auto i : group->second) {
        if (is_required(all_[i])) of_group.push_back(judge(i, group->second));
      }
      if (of_group.empty()) {
        ++group;
        continue;
      }
      count_once(of_group);
      required_.insert(required_.end(), of_group.begin(), of_group.end());
      group = groups_.erase(group);
    }
    sort(required_);
    return {};
  }

  void sort(std::vector<Candidate>& candidates) const {
    std::ranges::sort(candidates, [this](const Candidate& a, const Candidate& b) { return stands_before(a, b); });
  }

  void take_counted() {
    std::vector<Candidate> named;
    std::vector<Candidate> worthy;
    std::vector<Candidate> worthless;
    for (const auto& [name, members] : groups_) {
      const auto chosen =
          *std::ranges::min_element(members, [this](std::size_t a, std::size_t b) { return represents_before(a, b); });
      const auto candidate = judge(chosen, members);
      auto& natives = candidate.bits > 0 ? worthy : worthless;
      (candidate.named ? named : natives).push_back(candidate);
    }
    sort(named);
    sort(worthy);
    sort(worthless);
    counted_ = std::move(named);
    // What the operator named never crowds out hardware that is worth something.
    add(worthy, kUsualMost);
    if (sum_of(counted_) + sum_of(required_) < request_.floor) {
      add(worthless, kUsualMost - std::min(kUsualMost, counted_.size()));
    }
    sort(counted_);
  }

  void add(const std::vector<Candidate>& more, std::size_t most) {
    counted_.insert(counted_.end(), more.begin(),
                    more.begin() + std::min(std::ssize(more), static_cast<std::ptrdiff_t>(most)));
  }

  static unsigned sum_of(const std::vector<Candidate>& candidates) {
    unsigned sum = 0;
    for (const auto& candidate : candidates) sum += candidate.bits;
    return sum;
  }

  std::vector<QuorumMember> members(const std::vector<Candidate>& candidates) const {
    std::vector<QuorumMember> all;
    for (const auto& candidate : candidates) {
      const auto& attribute = all_[candidate.attribute];
      all.push_back({attribute.attribute_class, candidate.bits, attribute.only_root_reads, attribute.bits_claimed});
    }
    return all;
  }

  QuorumWorth worth(unsigned quorum) const { return worth_of(members(counted_), members(required_), quorum); }

  unsigned size() const { return static_cast<unsigned>(counted_.size()); }

  unsigned usual_quorum() const {
    unsigned quorum = size();
    if (size() >= 3) --quorum;
    if (size() >= 6) --quorum;
    // Above one half, a higher quorum means fewer subsets.
    while (quorum < size() && count_subsets(size(), quorum) > request_.max_subsets) ++quorum;
    if (worth(size()).bits < request_.floor) return quorum;
    while (worth(quorum).bits < request_.floor) ++quorum;
    return quorum;
  }

  Result<unsigned> choose_quorum() const {
    const unsigned quorum = request_.quorum ? *request_.quorum : usual_quorum();
    if (quorum > size() || (quorum == 0 && size() > 0)) {
      const auto allowed =
          size() == 0 ? std::string("must be 0, since no attribute is counted beside the required ones")
                      : "must be between 1 and " + std::to_string(size()) + ", the number of counted attributes";
      return Error(ErrorCode::usage, "a quorum of " + std::to_string(quorum) + " makes no sense: it " + allowed);
    }
    const auto subsets = count_subsets(size(), quorum);
    if (subsets > request_.max_subsets) {
      return Error(ErrorCode::refused, "a quorum of " + std::to_string(quorum) + " of " + std::to_string(size()) +
                                           " attributes has " + std::to_string(subsets) + " subsets, more than the " +
                                           std::to_string(request_.max_subsets) +
                                           " allowed; choose a higher quorum or fewer attributes");
    }
    return quorum;
  }

  QuorumPlan result(unsigned quorum) const {
    QuorumPlan plan;
    for (const auto& candidate : counted_) plan.counted.push_back({candidate.attribute, candidate.bits});
    for (const auto& candidate : required_) plan.required.push_back({candidate.attribute, candidate.bits});
    plan.quorum = quorum;
    plan.total_bits = sum_of(counted_) + sum_of(required_);
    const auto weakest = worth(quorum);
    plan.weakest_bits = weakest.bits;
    plan.weakest_hardware_bits = weakest.hardware_bits;
    plan.every_quorum_needs_root = weakest.needs_root;
    plan.tier = weakest.tier;
    return plan;
  }

  const std::vector<Attribute>& all_;
  const QuorumRequest& request_;
  Groups groups_;
  std::vector<Candidate> counted_;
  std::vector<Candidate> required_;
};

}  // namespace

Result<QuorumPlan> plan_quorum(const Fingerprint& fingerprint, const QuorumRequest& request) {
  return Planner(fingerprint, request).plan();
}

unsigned count_subsets(unsigned n, unsigned k) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  if (k > n) return 0;
  k = std::min(k, n - k);
  std::uint64_t subsets = 1;
  // Each step is a binomial coefficient itself, at most kMost, so that the product fits in 64 bits.
  for (std::uint64_t i = 1; i <= k; ++i) {
    subsets = subsets * (n - k + i) / i;
    if (subsets >= kMost) return static_cast<unsigned>(kMost);
  }
  return static_cast<unsigned>(subsets);
}

}  // namespace holdfast::fingerprint
