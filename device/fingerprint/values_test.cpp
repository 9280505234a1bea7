// Normal forms, placeholders and correlation.
#include <gtest/gtest.h>

#include <algorithm>

#include "device/fingerprint/group.hpp"
#include "device/fingerprint/normalise.hpp"
#include "device/fingerprint/placeholder.hpp"
#include "device/fingerprint/test_support.hpp"

namespace holdfast::fingerprint {
namespace {

using test::make_attribute;

TEST(Normalise, GivesOneSpellingByFormat) {
  using enum ValueFormat;
  struct Case {
    ValueFormat format;
    std::string raw;
    std::string normal;
  };
  const Case cases[] = {
      {text, "  9MQ4NN2 \n", "9MQ4NN2"},
      {text, std::string("1000abCD\0\0", 10), "1000abCD"},
      {text, "Two  words", "Two  words"},
      {text, " \t\n", ""},
      {text, "", ""},
      {hex, "0xABCdef\n", "abcdef"},
      {hex, "00000000C5A1F27E", "00000000c5a1f27e"},
      {hex, "not Hex", "not Hex"},
      {hex, "0x", "0x"},
      {mac, "E4-43-4B-1A-2C-30", "e4:43:4b:1a:2c:30"},
      {mac, "e4434b1a2c30", "e4:43:4b:1a:2c:30"},
      {mac, "e4:43:4b", "e4:43:4b"},
      {uuid, "4C4C4544-0039-4D10-8051-B4C04F4E4E32", "4c4c4544-0039-4d10-8051-b4c04f4e4e32"},
      {uuid, "{4c4c454400394d108051b4c04f4e4e32}", "4c4c4544-0039-4d10-8051-b4c04f4e4e32"},
      {uuid, "7D1F-42A9", "7D1F-42A9"},
  };
  for (const auto& c : cases) EXPECT_EQ(text_of(normalise(as_bytes(c.raw), c.format)), c.normal) << c.raw;
}

TEST(Placeholder, IsRecognisedWithoutRegardToCaseAndSpace) {
  for (const std::string value : {"0",
                                  "00000000",
                                  "FFFFFFFF",
                                  "0xFFFFFFFF",
                                  "00000000-0000-0000-0000-000000000000",
                                  "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
                                  "00:00:00:00:00:00",
                                  "ff:ff:ff:ff:ff:ff",
                                  "00:11:22:33:44:55",
                                  "To be filled by O.E.M.",
                                  "TO BE FILLED BY O.E.M.",
                                  " to be  filled by o.e.m. ",
                                  "Default string",
                                  "System Serial Number",
                                  "Chassis Serial Number",
                                  "Base Board Serial Number",
                                  "123456789",
                                  "0123456789",
                                  "1234567890",
                                  "12345678",
                                  "None",
                                  "N/A",
                                  "n/a",
                                  "Not Specified",
                                  "Not Applicable",
                                  "Unknown",
                                  "OEM",
                                  "O.E.M.",
                                  "INVALID",
                                  "xxxxxxxx",
                                  "XXXXXXXXXXXX",
                                  "empty",
                                  "..............",
                                  "-",
                                  "........",
                                  "aaaaaa",
                                  "(none)",
                                  "03000200-0400-0500-0006-000700080009",
                                  "00020003-0004-0005-0006-000700080009",
                                  "12345678-1234-5678-90AB-CDDEEFAABBCC",
                                  "fefefefe-fefe-fefe-fefe-fefefefefefe",
                                  "11111111-2222-3333-4444-555555555555",
                                  "localhost",
                                  "uninitialized",
                                  "0123456789ABCDEF"}) {
    EXPECT_TRUE(is_placeholder(as_bytes(value))) << value;
  }
}

TEST(Placeholder, IsNotSeenInARealValue) {
  for (const std::string value :
       {"9MQ4NN2", "S64HNE0R900238", "e4:43:4b:1a:2c:30", "4c4c4544-0039-4d10-8051-b4c04f4e4e32", "rack7-node12", "A",
        "12", "124", "1357", "00000000c5a1f27e", "OEM-4711", "unknown-7", "\xE4\xB8\xAD", "3f9a1c7be204"}) {
    EXPECT_FALSE(is_placeholder(as_bytes(value))) << value;
  }
}

struct PairCase {
  const char* why;
  const char* a;
  const char* b;
  bool correlated;
};

TEST(Correlation, JoinsWhatTellsTheOther) {
  const PairCase cases[] = {
      {"equal", "S64HNE0R900238", "S64HNE0R900238", true},
      {"equal but for case", "00c5a1f27e", "00C5A1F27E", true},
      {"equal, though short", "ab", "ab", true},
      {"different", "S64HNE0R900238", "S64HNE0R911472", false},
      {"contained", "S64HNE0R900238", "nvme Samsung_S64HNE0R900238 1", true},
      {"contained but for dashes", "S64H-NE0R", "t10.ATA S64HNE0R900238", true},
      {"four characters contained", "7Q2Z", "AB7Q2ZCD", true},
      {"three characters contained by chance", "7Q2", "AB7Q2ZCD", false},
      {"service tag in the bytes of a UUID", "SGH249R", "00000000-0000-0000-5347-483234395201", true},
      {"three bytes in a UUID", "NN2", "4c4c4544-0039-4d10-8051-b4c04f4e4e32", true},
      {"two bytes in a UUID", "N2", "4c4c4544-0039-4d10-8051-b4c04f4e4e32", false},
      {"tag in a UUID of the other byte order", "DCBA", "41424344-0039-4d10-8051-b4c04f111213", true},
      {"UUIDs in both byte orders", "01234567-89ab-cdef-1122-334455667788", "67452301-ab89-efcd-1122-334455667788",
       true},
      {"MACs of one card", "e4:43:4b:1a:2c:30", "e4:43:4b:1a:2c:32", true},
      {"MACs fifteen apart", "e4:43:4b:1a:2c:30", "e4:43:4b:1a:2c:3f", true},
      {"MACs sixteen apart", "e4:43:4b:1a:2c:30", "e4:43:4b:1a:2c:40", false},
      {"MACs across a byte", "e4:43:4b:1a:2c:ff", "e4:43:4b:1a:2d:02", true},
      {"UUID that embeds a MAC", "a7d52f4c-2b7e-11b2-a85c-e4434b1a2c30", "e4:43:4b:1a:2c:30", true},
      {"UUID that embeds the next MAC", "a7d52f4c-2b7e-11b2-a85c-e4434b1a2c30", "e4:43:4b:1a:2c:31", true},
      {"neighbouring UUIDs", "a7d52f4c-2b7e-11b2-a85c-000000000001", "bbd52f4c-2b7e-11b2-a85c-000000000002", false},
      {"MAC made from a serial", "b8:27:eb:a1:f2:7e", "00000000c5a1f27e", true},
      {"MAC as a serial", "E4434B1A2C31", "e4:43:4b:1a:2c:30", true},
      {"unrelated MAC and serial", "b8:27:eb:f4:a7:2b", "00000000c5a1f27e", false},
  };
  for (const auto& c : cases) {
    const auto a = make_attribute("a", c.a);
    const auto b = make_attribute("b", c.b);
    EXPECT_EQ(are_correlated(a, b), c.correlated) << c.why;
    EXPECT_EQ(are_correlated(b, a), c.correlated) << c.why << ", the other way round";
  }
}

TEST(Groups, AreJoinedThroughACommonMember) {
  std::vector<Attribute> attributes;
  attributes.push_back(make_attribute("first", "e4:43:4b:1a:2c:30"));
  attributes.push_back(make_attribute("last", "e4:43:4b:1a:2c:48"));
  attributes.push_back(make_attribute("middle", "e4:43:4b:1a:2c:3c"));
  attributes.push_back(make_attribute("other", "S64HNE0R900238"));
  assign_groups(attributes);
  EXPECT_EQ(attributes[0].group, attributes[1].group);
  EXPECT_EQ(attributes[0].group, attributes[2].group);
  EXPECT_EQ(attributes[3].group, "other");
}

TEST(Groups, TakeTheNameOfTheMostStablePart) {
  std::vector<Attribute> attributes;
  attributes.push_back(make_attribute("a-card", "b8:27:eb:a1:f2:7e", 24));
  attributes.push_back(make_attribute("soc", "00000000c5a1f27e", 32, AttributeClass::burned_in));
  assign_groups(attributes);
  EXPECT_EQ(attributes[0].group, "soc");
  EXPECT_EQ(attributes[1].group, "soc");
}

TEST(Groups, StayTogetherByComponentWhateverTheValues) {
  std::vector<Attribute> attributes;
  attributes.push_back(make_attribute("serial", "AAAB", 24));
  attributes.push_back(make_attribute("uuid", "CCCD", 32));
  for (auto& attribute : attributes) attribute.group = "board";
  assign_groups(attributes);
  EXPECT_TRUE(std::ranges::all_of(attributes, [](const Attribute& a) { return a.group == "board"; }));
}

TEST(Groups, IgnoreTheValuesOfWhatIsNotPresent) {
  std::vector<Attribute> attributes;
  attributes.push_back(make_attribute("a", ""));
  attributes.push_back(make_attribute("b", ""));
  for (auto& attribute : attributes) attribute.state = AttributeState::unavailable;
  assign_groups(attributes);
  EXPECT_NE(attributes[0].group, attributes[1].group);
}

TEST(Groups, TakeTheSecrecyOfAValueThatAnotherFileTells) {
  std::vector<Attribute> attributes;
  attributes.push_back(make_attribute("serial", "9MQ4NN2"));
  attributes.push_back(make_attribute("uuid", "4c4c4544-0039-4d10-8051-b4c04f4e4e32"));
  attributes.push_back(make_attribute("public", "tag 9MQ4NN2"));
  attributes[0].only_root_reads = attributes[1].only_root_reads = true;
  assign_groups(attributes);
  EXPECT_FALSE(attributes[0].only_root_reads);
  EXPECT_TRUE(attributes[1].only_root_reads);
}

TEST(TellsAllOf, GoesFromTheWholeToThePart) {
  const auto whole = make_attribute("whole", "nvme-S64HNE0R900238");
  const auto part = make_attribute("part", "S64HNE0R900238");
  EXPECT_TRUE(tells_all_of(whole, part));
  EXPECT_FALSE(tells_all_of(part, whole));
  EXPECT_TRUE(tells_all_of(part, part));
}

}  // namespace
}  // namespace holdfast::fingerprint
