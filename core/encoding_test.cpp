#include "core/encoding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace holdfast {
namespace {

using ::testing::HasSubstr;

struct Pair {
  std::string plain;
  std::string encoded;
};

TEST(Hex, Rfc4648Vectors) {
  const Pair rows[] = {{"", ""},
                       {"f", "66"},
                       {"fo", "666f"},
                       {"foo", "666f6f"},
                       {"foob", "666f6f62"},
                       {"fooba", "666f6f6261"},
                       {"foobar", "666f6f626172"}};
  for (const auto& [plain, encoded] : rows) {
    SCOPED_TRACE(plain);
    EXPECT_EQ(to_hex(as_bytes(plain)), encoded);
    const auto parsed = parse_hex(encoded);
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(as_text(*parsed), plain);
  }
}

TEST(Hex, ReadsBothCasesAndWritesTheLowerOne) {
  EXPECT_EQ(*parse_hex("DEADbeef"), (Bytes{0xDE, 0xAD, 0xBE, 0xEF}));
  EXPECT_EQ(to_hex(Bytes{0xDE, 0xAD, 0xBE, 0xEF}), "deadbeef");
}

TEST(Hex, RefusesWhatIsNotHex) {
  for (const std::string text : {"a", "abc", "0g", "g0", " 00", "0x00", "00 ", "-1", "٠٠"}) {
    SCOPED_TRACE(text);
    const auto parsed = parse_hex(text);
    ASSERT_FALSE(parsed.ok());
    EXPECT_EQ(parsed.error().code(), ErrorCode::malformed);
  }
}

TEST(Base64, Rfc4648Vectors) {
  const Pair rows[] = {{"", ""},
                       {"f", "Zg=="},
                       {"fo", "Zm8="},
                       {"foo", "Zm9v"},
                       {"foob", "Zm9vYg=="},
                       {"fooba", "Zm9vYmE="},
                       {"foobar", "Zm9vYmFy"},
                       {"\xfb\xff\xbf", "+/+/"}};
  for (const auto& [plain, encoded] : rows) {
    SCOPED_TRACE(encoded);
    EXPECT_EQ(to_base64(as_bytes(plain)), encoded);
    const auto parsed = parse_base64(encoded);
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(as_text(*parsed), plain);
  }
}

TEST(Base64, RefusesEveryOtherSpelling) {
  struct Row {
    std::string text;
    std::string reason;
  };
  const Row rows[] = {
      {"Zg", "multiple of four"},
      {"Zg=", "multiple of four"},
      {"Zm9vZ", "multiple of four"},
      {"Zh==", "unused bits"},
      {"Zm9=", "unused bits"},
      {"Z===", "unexpected character"},
      {"====", "unexpected character"},
      {"Zg==Zg==", "position 2"},
      {"Zm=v", "position 2"},
      {"Zm9v\n===", "position 4"},
      {"Zm9\n", "position 3"},
      {" Zm9", "position 0"},
      {"-_-_", "unexpected character"},
      {"Zm9\x80", "unexpected character"},
      {std::string("Zm9\0", 4), "position 3"},
  };
  for (const auto& [text, reason] : rows) {
    SCOPED_TRACE(text);
    const auto parsed = parse_base64(text);
    ASSERT_FALSE(parsed.ok());
    EXPECT_EQ(parsed.error().code(), ErrorCode::malformed);
    EXPECT_THAT(parsed.error().message(), HasSubstr(reason));
  }
}

TEST(Crockford32, KnownValues) {
  struct Row {
    Bytes plain;
    std::string encoded;
  };
  const Row rows[] = {{{}, ""},
                      {{0, 0, 0, 0, 0}, "00000000"},
                      {{0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, "ZZZZZZZZ"},
                      // 00000 00001 00010 00011 00100 00101 00110 00111
                      {{0x00, 0x44, 0x32, 0x14, 0xC7}, "01234567"},
                      {{0x42, 0x54, 0xB6, 0x35, 0xCF}, "89ABCDEF"},
                      {{0x84, 0x65, 0x3A, 0x56, 0xD7}, "GHJKMNPQ"},
                      {{0xC6, 0x75, 0xBE, 0x77, 0xDF}, "RSTVWXYZ"}};
  for (const auto& [plain, encoded] : rows) {
    SCOPED_TRACE(encoded);
    EXPECT_EQ(to_crockford32(plain), encoded);
    const auto parsed = parse_crockford32(encoded);
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(*parsed, plain);
  }
}

TEST(Crockford32, ReadsWhatPeopleType) {
  const auto expected = parse_crockford32("01100A1Z");
  ASSERT_TRUE(expected.ok());
  for (const std::string text : {"o1lOOaIz", "0110-0A1Z", " 0110 0a1z\r\n", "OI-L0-0A\t1Z"}) {
    SCOPED_TRACE(text);
    const auto parsed = parse_crockford32(text);
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(*parsed, *expected);
  }
}

TEST(Crockford32, RefusesOtherCharactersAndLengths) {
  for (const std::string text : {"0", "0000000", "000000000", "0000000U", "0000000u", "0000000!", "é0000000"}) {
    SCOPED_TRACE(text);
    const auto parsed = parse_crockford32(text);
    ASSERT_FALSE(parsed.ok());
    EXPECT_EQ(parsed.error().code(), ErrorCode::malformed);
  }
}

TEST(Fields, AreBigEndianAndLengthPrefixed) {
  Bytes bytes;
  append_u32(bytes, 0x01020304);
  append_u64(bytes, 0x05060708090A0B0C);
  append_lp(bytes, as_bytes("ab"));
  append_lp(bytes, {});
  EXPECT_EQ(to_hex(bytes), "0102030405060708090a0b0c00000002616200000000");
}

RC_GTEST_PROP(HexProperty, RoundTrips, (const Bytes& bytes)) {
  const auto parsed = parse_hex(to_hex(bytes));
  RC_ASSERT(parsed.ok());
  RC_ASSERT(*parsed == bytes);
}

RC_GTEST_PROP(Base64Property, RoundTrips, (const Bytes& bytes)) {
  const auto parsed = parse_base64(to_base64(bytes));
  RC_ASSERT(parsed.ok());
  RC_ASSERT(*parsed == bytes);
}

RC_GTEST_PROP(Base64Property, WhatIsAcceptedHasOneSpelling, ()) {
  // Mostly valid characters and lengths, so that a good part of the texts is accepted.
  auto text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("AQgwBCDwxyz0189+/=")));
  text.resize(text.size() / 4 * 4);
  const auto parsed = parse_base64(text);
  RC_CLASSIFY(parsed.ok());
  if (parsed.ok()) RC_ASSERT(to_base64(*parsed) == text);
}

RC_GTEST_PROP(Crockford32Property, RoundTripsInAnyCaseAndGrouping, (Bytes bytes)) {
  bytes.resize(bytes.size() / 5 * 5);
  auto text = to_crockford32(bytes);
  const auto plain = parse_crockford32(text);
  RC_ASSERT(plain.ok());
  RC_ASSERT(*plain == bytes);
  for (auto& c : text) {
    if (c >= 'A' && c <= 'Z' && *rc::gen::arbitrary<bool>()) c = static_cast<char>(c - 'A' + 'a');
  }
  text.insert(*rc::gen::inRange<std::size_t>(0, text.size() + 1), "-");
  const auto typed = parse_crockford32(text);
  RC_ASSERT(typed.ok());
  RC_ASSERT(*typed == bytes);
}

}  // namespace
}  // namespace holdfast
