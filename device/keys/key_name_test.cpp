#include "device/keys/key_name.hpp"

#include "device/keys/test_support.hpp"

namespace holdfast::keys {
namespace {

using test::failed;
using test::name;
using test::succeeded;

TEST(KeyName, AcceptsWhatTheRuleAllows) {
  for (const std::string text : {"a", "Z", "0", ".", "-", "_", "device-1.sign_A", "..", ".hidden"}) {
    EXPECT_TRUE(succeeded(KeyName::parse(text))) << text;
  }
  EXPECT_TRUE(succeeded(KeyName::parse(std::string(64, 'x'))));
}

TEST(KeyName, RefusesEverythingElseAndTellsTheRule) {
  for (const std::string& text : {std::string(), std::string(65, 'x'), std::string("a b"), std::string("a/b"),
                                  std::string("../x"), std::string("a@1"), std::string("ü"), std::string("a\0b", 3),
                                  std::string("a\n"), std::string("a:b"), std::string("a*")}) {
    EXPECT_TRUE(failed(KeyName::parse(text), ErrorCode::usage, "1 to 64 letters, digits, '.', '_' or '-'")) << text;
  }
}

TEST(KeyName, ShowsForeignInputWithoutControlCharacters) {
  EXPECT_TRUE(failed(KeyName::parse("\x1b[2J"), ErrorCode::usage, "'\\x1b[2J'"));
}

TEST(KeyId, OneSpellingForEachVersion) {
  EXPECT_EQ(KeyId::parse("a@1")->version.number, 1U);
  EXPECT_EQ(KeyId::parse("a@4294967295")->text(), "a@4294967295");
  for (const std::string text :
       {"a", "a@", "a@0", "a@01", "a@+1", "a@-1", "a@ 1", "a@1 ", "a@4294967296", "@1", "a@1@1", "a@1x", "a@0x1"}) {
    EXPECT_TRUE(failed(KeyId::parse(text), ErrorCode::usage, "")) << text;
  }
}

TEST(FileName, NamesOneKey) {
  EXPECT_EQ(file_name_of(test::key_id("device@7")), "device@7.key");
  EXPECT_EQ(parse_file_name("device@7.key")->text(), "device@7");
  for (const std::string text :
       {"device@7", "device.key", "device@07.key", "@7.key", ".key", "a b@1.key", "device@7.KEY"}) {
    EXPECT_TRUE(failed(parse_file_name(text), ErrorCode::malformed, "NAME@VERSION.key")) << text;
  }
}

TEST(ClosestNames, RanksByEditsAndNamesEachOnce) {
  const std::vector<KeyName> names{name("deploy"), name("device"), name("device"), name("devise"), name("x")};
  EXPECT_THAT(closest_names(name("devic"), names, 2), testing::ElementsAre("device", "devise"));
  EXPECT_THAT(closest_names(name("device"), names, 9), testing::ElementsAre("device", "devise", "deploy", "x"));
  EXPECT_THAT(closest_names(name("device"), {}, 5), testing::IsEmpty());
}

}  // namespace
}  // namespace holdfast::keys
