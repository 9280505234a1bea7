#include "core/error.hpp"

#include <utility>

namespace holdfast {

std::string_view name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage: return "usage";
    case ErrorCode::does_not_open: return "does_not_open";
    case ErrorCode::wrong_passphrase: return "wrong_passphrase";
    case ErrorCode::malformed: return "malformed";
    case ErrorCode::not_found: return "not_found";
    case ErrorCode::refused: return "refused";
    case ErrorCode::io: return "io";
    case ErrorCode::internal: return "internal";
  }
  std::unreachable();
}

Error::Error(ErrorCode code, std::string message, std::source_location where)
    : code_(code), message_(std::move(message)), trail_{{"raised", where}} {}

Error&& Error::with_step(std::string what, std::source_location where) && {
  trail_.push_back({std::move(what), where});
  return std::move(*this);
}

std::string Error::describe() const {
  std::string text{name_of(code_)};
  text += ": " + message_;
  for (const auto& step : trail_) {
    text += " | " + step.what + " at " + step.where.file_name() + ":" + std::to_string(step.where.line());
  }
  return text;
}

}  // namespace holdfast
