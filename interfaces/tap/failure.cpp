#include "interfaces/tap/failure.hpp"

#include <utility>

namespace holdfast::tap {

Failed fail(MSTATUS status, std::string text) { return Failed(Failure{status, std::move(text)}); }

Failed fail(const Error& error) { return fail(status_of(error.code()), error.message()); }

MSTATUS status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage: return ERR_TAP_INVALID_INPUT;
    case ErrorCode::does_not_open: return HOLDFAST_TAP_ERR_DOES_NOT_OPEN;
    case ErrorCode::wrong_passphrase: return HOLDFAST_TAP_ERR_WRONG_PASSPHRASE;
    case ErrorCode::malformed: return HOLDFAST_TAP_ERR_BAD_DATA;
    case ErrorCode::not_found: return HOLDFAST_TAP_ERR_NO_DEVICE;
    case ErrorCode::refused: return HOLDFAST_TAP_ERR_REFUSED;
    case ErrorCode::io: return HOLDFAST_TAP_ERR_STORAGE;
    case ErrorCode::internal: return HOLDFAST_TAP_ERR_INTERNAL;
  }
  std::unreachable();
}

}  // namespace holdfast::tap
