#include "registry/domain/ids.hpp"

#include <gtest/gtest.h>

#include <set>

namespace holdfast::domain {
namespace {

TEST(Ids, AreUuidsOfVersion7OrderedByTime) {
  const Timestamp now(std::chrono::seconds(1'750'000'000));
  const auto earlier = IdentityId::create(now).value();
  const auto later = IdentityId::create(now + std::chrono::seconds(1)).value();
  EXPECT_LT(earlier, later);
  EXPECT_EQ(earlier.text().substr(0, 13), "01977420-dc00");
  EXPECT_EQ(earlier.text()[14], '7');
  EXPECT_NE(std::string("89ab").find(earlier.text()[19]), std::string::npos);
}

TEST(Ids, NeverRepeat) {
  std::set<IdentityId> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(IdentityId::create(Timestamp()).value());
  EXPECT_EQ(seen.size(), 1000U);
}

TEST(Ids, AreReadInAnyCaseAndNothingElseIs) {
  const auto id = GrantId::parse("01976F5D-5480-7ABC-8DEF-0123456789AB");
  ASSERT_TRUE(id.ok());
  EXPECT_EQ(id->text(), "01976f5d-5480-7abc-8def-0123456789ab");
  for (const char* text : {"", "x", "01976f5d-5480-7abc-8def-0123456789a", "01976f5d-5480-7abc-8def-0123456789abc",
                           "01976f5d5480-7abc-8def-0123456789ab00", "01976f5d-5480-7abc-8def-0123456789ag"}) {
    const auto refused = GrantId::parse(text);
    ASSERT_FALSE(refused.ok()) << text;
    EXPECT_EQ(refused.error().code(), ErrorCode::usage);
    EXPECT_TRUE(refused.error().message().starts_with("grant ids look like"));
  }
}

}  // namespace
}  // namespace holdfast::domain
