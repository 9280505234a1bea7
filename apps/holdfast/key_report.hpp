// How keys are shown: as a page, as a row of a table. As JSON: device/trust/report.hpp.
#pragma once

#include "apps/common/terminal.hpp"
#include "core/json.hpp"
#include "device/trust/key_info.hpp"

#include <set>
#include <string>
#include <vector>

namespace holdfast::app {

/// Which key was used, for reports of what was done with it.
[[nodiscard]] Json used_key(const trust::KeyInfo& key);
[[nodiscard]] std::string text_of(const trust::KeyInfo& key);

[[nodiscard]] std::vector<std::string> key_headings();
[[nodiscard]] std::vector<Table::Cell> row_of(const trust::KeyInfo& key);

/// The names of the algorithms whose keys can do that.
[[nodiscard]] std::vector<std::string> algorithms_that(crypto::KeyUse use);

/// Reads --use, given once or more often.
[[nodiscard]] Result<std::set<crypto::KeyUse>> read_uses(const std::vector<std::string>& typed);

}  // namespace holdfast::app
