// Result<T>: a value or an Error. Failures cannot be ignored, and travel by TRY and TRY_LET.
#pragma once

#include "core/error.hpp"

#include <expected>
#include <type_traits>
#include <utility>

namespace holdfast {

/// A thin [[nodiscard]] class over std::expected, because GCC 14's std::expected alone does not warn
/// when a failure is ignored.
template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result() requires std::is_void_v<T> = default;
  template <typename U = T>
  requires(!std::is_void_v<T> && !std::is_same_v<std::remove_cvref_t<U>, Result> &&
           !std::is_same_v<std::remove_cvref_t<U>, Error> && std::is_convertible_v<U, T>)
  Result(U&& value) : inner_(std::in_place, std::forward<U>(value)) {}
  Result(Error error) : inner_(std::unexpected(std::move(error))) {}

  [[nodiscard]] bool ok() const { return inner_.has_value(); }
  explicit operator bool() const { return ok(); }

  [[nodiscard]] decltype(auto) value() & { return *inner_; }
  [[nodiscard]] decltype(auto) value() const& { return *inner_; }
  [[nodiscard]] decltype(auto) value() && { return *std::move(inner_); }
  [[nodiscard]] auto operator->() requires(!std::is_void_v<T>) { return &*inner_; }
  [[nodiscard]] auto operator->() const requires(!std::is_void_v<T>) { return &*inner_; }
  [[nodiscard]] decltype(auto) operator*() & { return *inner_; }
  [[nodiscard]] decltype(auto) operator*() const& { return *inner_; }
  [[nodiscard]] decltype(auto) operator*() && { return *std::move(inner_); }

  [[nodiscard]] const Error& error() const& { return inner_.error(); }
  [[nodiscard]] Error&& error() && { return std::move(inner_).error(); }

 private:
  std::expected<T, Error> inner_;
};

}  // namespace holdfast

// Declarations, never expressions: GCC does not destroy temporaries that were already built when a
// statement expression returns early, which here would leave a secret unwiped.
#define HOLDFAST_CONCAT_INNER(a, b) a##b
#define HOLDFAST_CONCAT(a, b) HOLDFAST_CONCAT_INNER(a, b)

/// TRY(expression, "what was attempted"): returns the error from the enclosing function on failure.
#define TRY(expression, what)                                                                         \
  do {                                                                                                \
    if (auto holdfast_try_result = (expression); !holdfast_try_result.ok())                           \
      return std::move(holdfast_try_result).error().with_step(what, std::source_location::current()); \
  } while (false)

/// TRY_LET(const auto key, derive(...), "derive seal key"): declares the value, or returns the error.
#define TRY_LET(declaration, expression, what) \
  HOLDFAST_TRY_LET(declaration, expression, what, HOLDFAST_CONCAT(holdfast_result_, __LINE__))
#define HOLDFAST_TRY_LET(declaration, expression, what, name)                                      \
  auto name = (expression);                                                                        \
  if (!name.ok()) return std::move(name).error().with_step(what, std::source_location::current()); \
  declaration = std::move(name).value()
