// How long it takes to list and to find identities.
#pragma once

#include "bench/fleet.hpp"

#include <map>
#include <string>
#include <vector>

namespace holdfast::bench {

/// Milliseconds that single questions took.
class Latencies {
 public:
  void add(double milliseconds) { all_.push_back(milliseconds); }
  void add(const Latencies& other) { all_.insert(all_.end(), other.all_.begin(), other.all_.end()); }
  /// The smallest that `share` of all do not exceed.
  [[nodiscard]] double quantile(double share) const;
  [[nodiscard]] std::size_t size() const { return all_.size(); }

 private:
  std::vector<double> all_;
};

/// The same questions, asked for the first time, when what answers them may have to come from the disk, and again.
struct Asked {
  Latencies first;
  Latencies again;
  void add(const Asked& other);
};

/// By what was asked for.
using Searches = std::map<std::string, Asked>;

/// Lists pages of 100 by every combination of the filter's members, `draws` times each with other values, those
/// included that find nothing; and finds identities, certificates and anchors. In one thread, each in a read of its
/// own.
[[nodiscard]] Searches search(domain::Database& database, const Fleet& fleet, int draws);

}  // namespace holdfast::bench
