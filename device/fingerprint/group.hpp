// Which values stand or fall together.
#pragma once

#include "device/fingerprint/attribute.hpp"

#include <vector>

namespace holdfast::fingerprint {

/// Joins the groups of present attributes whose values tell one another: equal, contained in one another
/// (also as bytes), numerically adjacent MAC addresses, and UUIDs or serials that embed a MAC address.
/// A joined group takes the name of its most stable part. An attribute whose value another one tells to
/// every account loses its `only_root_reads`.
void assign_groups(std::vector<Attribute>& attributes);

/// Whether either of two present values tells the other, or most of it.
[[nodiscard]] bool are_correlated(const Attribute& a, const Attribute& b);

/// Whether whoever knows `whole` knows all of `part`: equal, or contained in it.
[[nodiscard]] bool tells_all_of(const Attribute& whole, const Attribute& part);

}  // namespace holdfast::fingerprint
