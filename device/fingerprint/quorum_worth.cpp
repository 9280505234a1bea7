#include "device/fingerprint/quorum_worth.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace holdfast::fingerprint {
namespace {

unsigned hardware_bits(const QuorumMember& member) {
  const bool hardware =
      member.attribute_class != AttributeClass::declared && member.attribute_class != AttributeClass::software;
  return hardware && !member.bits_claimed ? member.bits : 0;
}

// The k smallest of the counted budgets, and all required ones.
template <typename Bits>
unsigned weakest(std::span<const QuorumMember> counted, std::span<const QuorumMember> required, unsigned quorum,
                 Bits bits) {
  std::vector<unsigned> budgets;
  for (const auto& member : counted) budgets.push_back(bits(member));
  std::ranges::sort(budgets);
  budgets.resize(std::min<std::size_t>(quorum, budgets.size()));
  for (const auto& member : required) budgets.push_back(bits(member));
  return std::accumulate(budgets.begin(), budgets.end(), 0U);
}

}  // namespace

std::string_view name_of(Tier tier) {
  switch (tier) {
    case Tier::declared: return "declared";
    case Tier::software: return "software";
    case Tier::physical: return "physical";
  }
  std::unreachable();
}

std::optional<Tier> find_tier(std::string_view name) {
  for (const auto tier : {Tier::declared, Tier::software, Tier::physical}) {
    if (name_of(tier) == name) return tier;
  }
  return std::nullopt;
}

QuorumWorth worth_of(std::span<const QuorumMember> counted, std::span<const QuorumMember> required, unsigned quorum) {
  QuorumWorth worth;
  worth.bits = weakest(counted, required, quorum, [](const QuorumMember& m) { return m.bits; });
  worth.hardware_bits = weakest(counted, required, quorum, hardware_bits);
  worth.tier = worth.hardware_bits >= kEntropyFloor ? Tier::software : Tier::declared;
  const auto readable = static_cast<unsigned>(std::ranges::count(counted, false, &QuorumMember::only_root_reads));
  worth.needs_root = readable < quorum || std::ranges::any_of(required, &QuorumMember::only_root_reads);
  return worth;
}

}  // namespace holdfast::fingerprint
