// How things are written into events: everything about them, under names that never change their meaning.
#pragma once

#include "registry/domain/events.hpp"
#include "registry/domain/grants.hpp"
#include "registry/domain/identities.hpp"
#include "registry/domain/operators.hpp"
#include "registry/domain/owners.hpp"

#include <map>
#include <string>

namespace holdfast::domain {

using Details = std::map<std::string, std::string>;

[[nodiscard]] Details describe(const Identity& identity);
/// Names begin with "anchor.".
[[nodiscard]] Details describe(const Anchor& anchor);
/// Names begin with "certificate.".
[[nodiscard]] Details describe(const Certificate& certificate);
[[nodiscard]] Details describe(const Owner& owner);
/// With what its secret is known by, as for tokens.
[[nodiscard]] Details describe(const Grant& grant);
[[nodiscard]] Details describe(const Operator& person);
/// By what its secret is known, which nobody can get from that.
[[nodiscard]] Details describe(const Token& token);
/// The first, and what only the second has.
[[nodiscard]] Details join(Details one, const Details& other);

/// An event of this moment.
[[nodiscard]] Event make_event(Timestamp now, const Actor& actor, std::string type, Details details);
[[nodiscard]] Event make_event(Timestamp now, const Actor& actor, std::string type, const IdentityId& identity,
                               Details details);

}  // namespace holdfast::domain
