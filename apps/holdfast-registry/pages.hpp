// Lists with a filter that the store does not know.
#pragma once

#include "core/json.hpp"
#include "core/result.hpp"

#include <cstddef>
#include <optional>

namespace holdfast::registry_app {

/// Up to `limit` rows of a list. `read(most)` gives its first rows, and `show(row)` a row as it is shown, or nothing
/// for one that is passed over. Ever more are read until there are enough, since those passed over do not count.
template <typename Read, typename Show>
[[nodiscard]] Result<Json> collect_shown(std::size_t limit, const Read& read, const Show& show) {
  constexpr std::size_t kGrowth = 4;
  Json items = Json::array();
  std::size_t seen = 0;
  for (std::size_t most = limit;; most *= kGrowth) {
    TRY_LET(const auto rows, read(most), "read list");
    for (; seen < rows.size() && items.size() < limit; ++seen) {
      TRY_LET(std::optional<Json> item, show(rows[seen]), "describe row");
      if (item) items.push_back(*std::move(item));
    }
    if (rows.size() < most || items.size() >= limit) return items;
  }
}

}  // namespace holdfast::registry_app
