// What the database library throws, as errors of the registry and as what to do about them.
#pragma once

#include "core/error.hpp"

#include <cstdint>

namespace holdfast::storage {

/// How far a failed statement reaches. In the order of how much has to be undone.
enum class Trouble : std::uint8_t {
  none,
  refused,  ///< a constraint forbids it: undone with its savepoint
  again,    ///< the transaction has to be done once more from its beginning
  broken,   ///< the session is of no use any more
};

struct Failure {
  Error error;
  Trouble trouble = Trouble::broken;
};

/// To be called while an exception is being handled.
[[nodiscard]] Failure explain_current_exception();

}  // namespace holdfast::storage
