#include "core/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace holdfast {
namespace {

using ::testing::HasSubstr;

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(ParseJson, ReadsEveryKindOfValue) {
  const auto value = parse_json(R"( {"a": [1, -2, 0.5, true, null], "b": {"c": "\u00e9\n"}} )", "input");
  ASSERT_TRUE(value.ok()) << value.error().describe();
  EXPECT_EQ((*value)["a"][1], -2);
  EXPECT_EQ((*value)["b"]["c"], "é\n");
}

TEST(ParseJson, RefusesWhatIsNotJson) {
  struct Row {
    std::string text;
    std::string reason;
  };
  const Row rows[] = {
      {"", "unexpected end"},
      {"{", "line 1"},
      {"{}x", "line 1, column 3"},
      {"{} {}", "line 1"},
      {"[1,]", "line 1, column 4"},
      {"{\"a\":1,\n \"b\" 2}", "line 2, column 6"},
      {"{'a':1}", "line 1"},
      {"// no\n{}", "line 1"},
      {"01", "line 1"},
      {"NaN", "line 1"},
      {"\"\xff\"", "line 1"},
      {"\"\x01\"", "line 1"},
      {"\"\\ud800\"", "line 1"},
      {"1e999", "line 1"},
      {"\xef\xbb\xbf", "unexpected"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.text);
    const auto value = parse_json(row.text, "'x.json'");
    ASSERT_FALSE(value.ok());
    EXPECT_EQ(value.error().code(), ErrorCode::malformed);
    EXPECT_THAT(value.error().message(), ::testing::StartsWith("'x.json' is not valid JSON"));
    EXPECT_THAT(value.error().message(), HasSubstr(row.reason));
  }
}

TEST(ParseJson, RefusesTwoMembersOfOneName) {
  for (const std::string text : {R"({"a":1,"a":1})", R"({"b":{"a":1,"\u0061":2}})", R"([{"a":1,"b":[{}],"a":2}])"}) {
    SCOPED_TRACE(text);
    const auto value = parse_json(text, "input");
    ASSERT_FALSE(value.ok());
    EXPECT_THAT(value.error().message(), HasSubstr("the member \"a\" appears twice"));
  }
  EXPECT_TRUE(parse_json(R"([{"a":1},{"a":{"a":2}}])", "input").ok());
}

TEST(ParseJson, ShowsNoControlCharactersOfForeignNames) {
  const auto value = parse_json(R"({"\u001b[2J":1,"\u001b[2J":2})", "input");
  ASSERT_FALSE(value.ok());
  EXPECT_THAT(value.error().message(), HasSubstr(R"(\x1b[2J)"));
}

TEST(ParseJson, GoesThirtyTwoLevelsDeep) {
  EXPECT_TRUE(parse_json(nested(32), "input").ok());
  const auto deep = parse_json(nested(33), "input");
  ASSERT_FALSE(deep.ok());
  EXPECT_THAT(deep.error().message(), HasSubstr("32 levels"));
  std::string objects;
  for (int i = 0; i < 33; ++i) objects += R"({"a":)";
  EXPECT_FALSE(parse_json(objects + "1" + std::string(33, '}'), "input").ok());
  EXPECT_FALSE(parse_json(std::string(1'000'000, '['), "input").ok());
  // Siblings do not add up.
  std::string wide = "[";
  for (int i = 0; i < 100; ++i) wide += "[{}],";
  EXPECT_TRUE(parse_json(wide + "1]", "input").ok());
}

TEST(CanonicalJson, SortsMembersAndWritesNoSpace) {
  const auto value = parse_json(R"({ "b" : 1, "a" : [ {"z":"é","B":true} ], "" : "\u001f\"\/" })", "input");
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(*canonical_json(*value), "{\"\":\"\\u001f\\\"/\",\"a\":[{\"B\":true,\"z\":\"é\"}],\"b\":1}");
}

TEST(CanonicalJson, FailsOnTextThatIsNotUtf8) {
  for (const std::string text : {"\xff", "\xc3", "\xed\xa0\x80", "\xc0\x80"}) {
    const auto written = canonical_json(Json(text));
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error().code(), ErrorCode::malformed);
  }
}

TEST(ParseCanonicalJson, TakesOneSpellingOnly) {
  for (const std::string text : {R"({"a":1,"b":[]})", "[]", "0", R"("é")", "18446744073709551615"}) {
    EXPECT_TRUE(parse_canonical_json(text, "input").ok()) << text;
  }
  for (const std::string text : {R"({"b":1,"a":1})", "[ ]", "{}\n", "-0", R"("\u00e9")", R"("\/")", "1E2", "1.50"}) {
    const auto value = parse_canonical_json(text, "input");
    ASSERT_FALSE(value.ok()) << text;
    EXPECT_EQ(value.error().code(), ErrorCode::malformed);
    EXPECT_EQ(value.error().message(), "input is not in canonical form");
  }
}

TEST(JsonReader, GivesEachMemberByItsType) {
  const Json object = {{"name", "x"},  {"size", 7U},     {"on", true},       {"data", "AQI="},
                       {"id", "00ff"}, {"list", {1, 2}}, {"sub", {{"k", 1}}}};
  JsonReader reader(object, "slot 2");
  EXPECT_EQ(reader.text("name", 1), "x");
  EXPECT_EQ(reader.optional_text("note", 10), "");
  EXPECT_EQ(reader.number("size", 0, 7), 7U);
  EXPECT_TRUE(reader.boolean("on"));
  EXPECT_EQ(reader.base64("data", 2, 2), (std::vector<std::uint8_t>{1, 2}));
  EXPECT_EQ(reader.hex("id", 2), (std::vector<std::uint8_t>{0, 255}));
  EXPECT_EQ(reader.array("list", 2).size(), 2U);
  EXPECT_EQ(reader.object("sub").size(), 1U);
  EXPECT_FALSE(reader.has("note"));
  const auto finished = reader.finish();
  EXPECT_TRUE(finished.ok()) << finished.error().describe();
}

TEST(JsonReader, SaysWhatIsWrongWithAMember) {
  struct Row {
    std::string text;
    void (*read)(JsonReader&);
    std::string message;
  };
  const auto text = [](JsonReader& r) { EXPECT_EQ(r.text("m", 3), ""); };
  const auto optional_text = [](JsonReader& r) { EXPECT_EQ(r.optional_text("m", 3), ""); };
  const auto number = [](JsonReader& r) { EXPECT_EQ(r.number("m", 2, 5), 2U); };
  const auto boolean = [](JsonReader& r) { EXPECT_FALSE(r.boolean("m")); };
  const auto base64 = [](JsonReader& r) { EXPECT_TRUE(r.base64("m", 1, 3).empty()); };
  const auto hex = [](JsonReader& r) { EXPECT_TRUE(r.hex("m", 2).empty()); };
  const auto array = [](JsonReader& r) { EXPECT_TRUE(r.array("m", 1).empty()); };
  const auto object = [](JsonReader& r) { EXPECT_TRUE(r.object("m").empty()); };
  const std::string number_message = "\"m\" must be a whole number from 2 to 5";
  const std::string base64_message = "\"m\" must be base64 of 1 to 3 bytes";
  const std::string hex_message = "\"m\" must be 4 lower-case hexadecimal digits";
  const Row rows[] = {
      {"{}", text, "\"m\" is missing"},
      {R"({"m":1})", text, "\"m\" must be text of at most 3 bytes"},
      {R"({"m":"abcd"})", text, "\"m\" must be text of at most 3 bytes"},
      {R"({"m":null})", optional_text, "\"m\" must be text of at most 3 bytes"},
      {"{}", number, "\"m\" is missing"},
      {R"({"m":1})", number, number_message},
      {R"({"m":6})", number, number_message},
      {R"({"m":-3})", number, number_message},
      {R"({"m":3.0})", number, number_message},
      {R"({"m":"3"})", number, number_message},
      {"{}", boolean, "\"m\" is missing"},
      {R"({"m":0})", boolean, "\"m\" must be true or false"},
      {"{}", base64, "\"m\" is missing"},
      {R"({"m":""})", base64, base64_message},
      {R"({"m":"AQ"})", base64, base64_message},
      {R"({"m":"AQIDBA=="})", base64, "\"m\" must be text of at most 4 bytes"},
      {R"({"m":"00FF"})", hex, hex_message},
      {R"({"m":"00f"})", hex, hex_message},
      {"{}", array, "\"m\" is missing"},
      {R"({"m":[1,2]})", array, "\"m\" must be an array of at most 1 elements"},
      {R"({"m":{}})", array, "\"m\" must be an array of at most 1 elements"},
      {R"({"m":[]})", object, "\"m\" must be an object"},
      {R"({"n\u0007":1})", [](JsonReader&) {}, R"("n\x07" is not known here)"},
      {"[]", text, "slot 2 is not a JSON object"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.text);
    const auto value = parse_json(row.text, "input");
    ASSERT_TRUE(value.ok());
    JsonReader reader(*value, "slot 2");
    row.read(reader);
    const auto finished = reader.finish();
    ASSERT_FALSE(finished.ok());
    EXPECT_EQ(finished.error().code(), ErrorCode::malformed);
    EXPECT_EQ(finished.error().message(), row.message.starts_with("slot") ? row.message : "slot 2: " + row.message);
  }
}

TEST(JsonReader, KeepsTheFirstFailure) {
  const Json object = {{"a", 1}};
  JsonReader reader(object, "slot 2");
  EXPECT_EQ(reader.text("a", 1), "");
  EXPECT_EQ(reader.text("b", 1), "");
  reader.fail("c", "is not prime");
  EXPECT_EQ(reader.finish().error().message(), "slot 2: \"a\" must be text of at most 1 bytes");
}

TEST(JsonReader, TakesFailuresThatTheCallerFound) {
  const Json object = {{"a", 4U}};
  JsonReader reader(object, "slot 2");
  EXPECT_EQ(reader.number("a", 0, 9), 4U);
  reader.fail("a", "is not prime");
  EXPECT_EQ(reader.finish().error().message(), "slot 2: \"a\" is not prime");
}

}  // namespace
}  // namespace holdfast
