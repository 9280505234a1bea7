#include "bench/searches.hpp"

#include <algorithm>
#include <bit>

#include "bench/rate.hpp"
#include "bench/support.hpp"

namespace holdfast::bench {
namespace {

constexpr unsigned kState = 1;
constexpr unsigned kOwner = 2;
constexpr unsigned kGroup = 4;
constexpr unsigned kName = 8;
constexpr unsigned kOrphaned = 16;
constexpr unsigned kAfter = 32;
constexpr unsigned kEnd = 64;
constexpr int kFindsForEach = 40;

// Draws what is asked for: every other time the one that a tenth of the fleet belongs to.
class Questions {
 private:
  unsigned below(std::size_t end) { return static_cast<unsigned>(random_() % end); }
  const auto& one_of(const auto& all) { return all[below(all.size())]; }

 public:
  explicit Questions(const Fleet& fleet) : fleet_(fleet) {}

  domain::IdentityFilter filter(unsigned members) {
    domain::IdentityFilter filter;
    if ((members & kState) != 0) filter.state = one_of(domain::kIdentityStates);
    if ((members & kOwner) != 0) filter.owner = lopsided(below(2) == 0 ? fleet_.people() : fleet_.teams());
    if ((members & kGroup) != 0) filter.group = Fleet::group(below(2) == 0 ? 0 : below(Fleet::groups()));
    if ((members & kName) != 0) filter.name_begins = name();
    if ((members & kOrphaned) != 0) filter.orphaned_before = system_clock_now() - std::chrono::days(below(70));
    if ((members & kAfter) != 0) filter.after = sample().identity.id;
    return filter;
  }
  const Sample& sample() { return one_of(fleet_.samples()); }

 private:
  const domain::OwnerId& lopsided(const std::vector<domain::OwnerId>& all) {
    return below(2) == 0 ? all.front() : one_of(all);
  }
  // A whole name, an eighth of the fleet, a few of it, and nobody.
  std::string name() {
    const auto& one = sample().identity.name;
    const auto kind = one.find('-') + 1;
    switch (below(5)) {
      case 0: return one;
      case 1: return one.substr(0, kind);
      case 2: return one.substr(0, kind + 4);
      case 3: return one.substr(0, 1);
      default: return "nobody";
    }
  }

  const Fleet& fleet_;
  std::mt19937_64 random_{1};
};

std::string words_of(unsigned members) {
  if (std::popcount(members) == 0) return "list all";
  std::string words;
  const std::pair<unsigned, const char*> names[] = {{kState, "state"}, {kOwner, "owner"},       {kGroup, "group"},
                                                    {kName, "name"},   {kOrphaned, "orphaned"}, {kAfter, "after"}};
  for (const auto& [member, name] : names) {
    if ((members & member) != 0) words += (words.empty() ? "list by " : ", ") + std::string(name);
  }
  return words;
}

void ask(domain::Database& database, const domain::Database::Work& work, Asked& times) {
  times.first.add(1000 * seconds_of([&] { must(database.read(work)); }));
  times.again.add(1000 * seconds_of([&] { must(database.read(work)); }));
}

}  // namespace

double Latencies::quantile(double share) const {
  require(!all_.empty());
  auto sorted = all_;
  std::ranges::sort(sorted);
  const auto last = static_cast<double>(sorted.size() - 1);
  return sorted[static_cast<std::size_t>(share * last + 0.5)];
}

void Asked::add(const Asked& other) {
  first.add(other.first);
  again.add(other.again);
}

Searches search(domain::Database& database, const Fleet& fleet, int draws) {
  Questions questions(fleet);
  Searches found;
  for (unsigned members = 0; members < kEnd; ++members) {
    auto& times = found[words_of(members)];
    for (int i = 0; i < draws; ++i) {
      const auto filter = questions.filter(members);
      const auto list = [&](domain::Transaction& tx) -> Result<void> {
        TRY(tx.identities().list(filter), "list");
        return {};
      };
      ask(database, list, times);
    }
  }
  for (int i = 0; i < draws * kFindsForEach; ++i) {
    const Sample& sample = questions.sample();
    const auto find = [&](const std::string& words, const auto& look) {
      const auto must_find = [&](domain::Transaction& tx) -> Result<void> {
        TRY_LET(const auto one, look(tx), "find");
        require(one.has_value());
        return {};
      };
      ask(database, must_find, found[words]);
    };
    find("find by id", [&](domain::Transaction& tx) { return tx.identities().find(sample.identity.id); });
    find("find by serial", [&](domain::Transaction& tx) { return tx.certificates().find(sample.serial); });
    find("find by key", [&](domain::Transaction& tx) { return tx.anchors().find_by_key(sample.key); });
  }
  return found;
}

}  // namespace holdfast::bench
