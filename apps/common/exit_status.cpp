#include "apps/common/exit_status.hpp"

#include <utility>

namespace holdfast::app {

int exit_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage: return kExitUsage;
    case ErrorCode::does_not_open: return 3;
    case ErrorCode::wrong_passphrase: return 4;
    case ErrorCode::malformed: return 5;
    case ErrorCode::not_found: return 6;
    case ErrorCode::refused: return 7;
    case ErrorCode::io: return 8;
    case ErrorCode::internal: return kExitInternal;
  }
  std::unreachable();
}

}  // namespace holdfast::app
