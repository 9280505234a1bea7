// Events: every change as it is written into the registry's log.
#pragma once

#include "registry/domain/ids.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::domain {

/// One change: who did what, when, and everything that is different since. From the events of an identity alone its
/// history can be told.
struct Event {
  Timestamp at;
  std::string actor;                   ///< as Actor::name
  std::string type;                    ///< "identity.enrolled", "owner.left", ...
  std::optional<IdentityId> identity;  ///< whose history it belongs to
  /// Names and values: what was changed, in its new form. Never anything secret.
  std::map<std::string, std::string> details;

  bool operator==(const Event&) const = default;
};

/// The largest entry of the log, in bytes: the limit of its tiles.
inline constexpr std::size_t kMaxEventSize = 65'535;

/// One line of canonical JSON: the entry of the log. ErrorCode::usage where it would be larger than kMaxEventSize.
[[nodiscard]] Result<std::string> to_json(const Event& event);
/// Reads that. ErrorCode::malformed.
[[nodiscard]] Result<Event> parse_event(std::string_view json);

}  // namespace holdfast::domain
