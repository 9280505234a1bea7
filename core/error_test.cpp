#include "core/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <type_traits>

#include "core/result.hpp"
#include "core/secret_bytes.hpp"

namespace holdfast {
namespace {

using ::testing::HasSubstr;

TEST(Error, EveryCodeHasItsOwnStableName) {
  struct Row {
    ErrorCode code;
    const char* name;
  };
  const Row rows[] = {
      {ErrorCode::usage, "usage"},
      {ErrorCode::does_not_open, "does_not_open"},
      {ErrorCode::wrong_passphrase, "wrong_passphrase"},
      {ErrorCode::malformed, "malformed"},
      {ErrorCode::not_found, "not_found"},
      {ErrorCode::refused, "refused"},
      {ErrorCode::io, "io"},
      {ErrorCode::internal, "internal"},
  };
  std::set<std::string_view> names;
  for (const auto& row : rows) {
    EXPECT_EQ(name_of(row.code), row.name);
    EXPECT_TRUE(names.insert(name_of(row.code)).second) << row.name;
  }
}

TEST(Error, KeepsCodeMessageAndTheTrailInOrder) {
  const Error error = Error(ErrorCode::io, "cannot read 'x'").with_step("load anchor", std::source_location::current());
  EXPECT_EQ(error.code(), ErrorCode::io);
  EXPECT_EQ(error.message(), "cannot read 'x'");
  ASSERT_EQ(error.trail().size(), 2U);
  EXPECT_EQ(error.trail()[0].what, "raised");
  EXPECT_EQ(error.trail()[1].what, "load anchor");
  EXPECT_THAT(std::string(error.trail()[0].where.file_name()), HasSubstr("error_test.cpp"));
}

TEST(Error, DescribesItselfInOneLine) {
  const auto line = Error(ErrorCode::refused, "the floor is 64 bits").describe();
  EXPECT_THAT(line, ::testing::StartsWith("refused: the floor is 64 bits | raised at "));
  EXPECT_THAT(line, HasSubstr("error_test.cpp:"));
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

Result<int> parse_even(int number) {
  if (number % 2 != 0) return Error(ErrorCode::malformed, "odd");
  return number;
}

Result<int> half_of(int number) {
  TRY_LET(const int even, parse_even(number), "parse number");
  return even / 2;
}

Result<void> check_quarter(int number) {
  TRY_LET(const int half, half_of(number), "take the half");
  TRY(half_of(half), "take the quarter");
  return {};
}

TEST(Result, HoldsEitherAValueOrAnError) {
  const auto good = parse_even(4);
  ASSERT_TRUE(good.ok());
  EXPECT_TRUE(static_cast<bool>(good));
  EXPECT_EQ(*good, 4);
  EXPECT_EQ(good.value(), 4);
  const auto bad = parse_even(3);
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().code(), ErrorCode::malformed);
}

TEST(Result, TryLetGivesTheValueOrTheErrorWithAStep) {
  EXPECT_EQ(*half_of(8), 4);
  const auto bad = half_of(7);
  ASSERT_FALSE(bad.ok());
  ASSERT_EQ(bad.error().trail().size(), 2U);
  EXPECT_EQ(bad.error().trail()[1].what, "parse number");
}

TEST(Result, TheTrailGrowsByOneStepACaller) {
  EXPECT_TRUE(check_quarter(8).ok());
  const auto late = check_quarter(6);
  ASSERT_FALSE(late.ok());
  ASSERT_EQ(late.error().trail().size(), 3U);
  EXPECT_EQ(late.error().trail()[2].what, "take the quarter");
}

TEST(Result, CarriesWhatCanOnlyBeMoved) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  ASSERT_TRUE(result.ok());
  const auto taken = std::move(result).value();
  EXPECT_EQ(*taken, 7);
}

TEST(Result, GivesMembersByArrow) {
  Result<std::string> result = std::string("abc");
  EXPECT_EQ(result->size(), 3U);
  const Result<std::string> constant = std::string("ab");
  EXPECT_EQ(constant->size(), 2U);
}

// An explicit constructor stays explicit: a number that is returned by mistake must not become a secret of that size.
static_assert(!std::is_convertible_v<int, Result<SecretBytes>>);
static_assert(!std::is_convertible_v<std::size_t, Result<SecretBytes>>);
static_assert(std::is_convertible_v<SecretBytes, Result<SecretBytes>>);
static_assert(std::is_convertible_v<Error, Result<SecretBytes>>);
static_assert(std::is_convertible_v<const char*, Result<std::string>>);

}  // namespace
}  // namespace holdfast
