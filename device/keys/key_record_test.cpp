#include "device/keys/key_record.hpp"

#include "core/encoding.hpp"
#include "core/json.hpp"
#include "device/keys/test_support.hpp"

namespace holdfast::keys {
namespace {

using test::failed;
using test::succeeded;

KeyRecord some_record() {
  return test::record_for(crypto::test::test_key(crypto::KeyAlgorithm::ed25519), "device@3", KeyOrigin::derived,
                          test::root());
}

TEST(KeyRecord, ReadsWhatItWrites) {
  auto record = some_record();
  for (const auto origin : {KeyOrigin::derived, KeyOrigin::random}) {
    for (const auto state : {KeyState::active, KeyState::disabled, KeyState::destroyed}) {
      record.origin = origin;
      record.state = state;
      record.epoch.number = 4294967295;
      const auto json = to_json(record);
      ASSERT_TRUE(succeeded(json));
      const auto again = parse_key_record(*json);
      ASSERT_TRUE(succeeded(again)) << *json;
      EXPECT_EQ(*again, record);
      EXPECT_TRUE(succeeded(parse_canonical_json(*json, "record")));
    }
  }
}

TEST(KeyRecord, KnowsEveryAlgorithm) {
  for (const auto& row : crypto::signature_suites()) {
    const auto record = test::record_for(crypto::test::test_key(row.algorithm), "k@1", KeyOrigin::random, test::root());
    const auto again = parse_key_record(to_json(record).value());
    ASSERT_TRUE(succeeded(again)) << row.name;
    EXPECT_EQ(again->algorithm, row.algorithm);
    const auto key = public_key_of(*again);
    ASSERT_TRUE(succeeded(key)) << row.name;
    EXPECT_EQ(key->algorithm(), row.algorithm);
  }
}

TEST(KeyRecord, RefusesAPublicKeyOfAnotherAlgorithm) {
  auto record = some_record();
  record.algorithm = crypto::KeyAlgorithm::ecdsa_p256;
  EXPECT_TRUE(failed(public_key_of(record), ErrorCode::malformed, "another algorithm's"));
}

// Every way to write a member otherwise, each with the member that the message must name.
struct Change {
  std::string from;
  std::string to;
  std::string named;
};

class AlteredRecord : public testing::TestWithParam<Change> {};

TEST_P(AlteredRecord, IsRefusedNamingTheMember) {
  const auto& change = GetParam();
  auto json = to_json(some_record()).value();
  const auto at = json.find(change.from);
  ASSERT_NE(at, std::string::npos) << json;
  json.replace(at, change.from.size(), change.to);
  EXPECT_TRUE(failed(parse_key_record(json), ErrorCode::malformed, change.named)) << json;
}

INSTANTIATE_TEST_SUITE_P(
    Records, AlteredRecord,
    testing::Values(
        Change{"{", " {", "algorithm"}, Change{"{", "", "algorithm"}, Change{"{", "{\"a\":1,", "algorithm"},
        Change{"ed25519", "ed448", "algorithm"}, Change{"ed25519", "ED25519", "algorithm"},
        Change{"ed25519", "ed255\\u00319", "algorithm"}, Change{"0001", "000g", "anchor"},
        Change{"0a0b", "0A0B", "anchor"}, Change{"0001", "01", "anchor"}, Change{"2027-01-15", "2027-1-15", "created"},
        Change{"Z\"", "+00:00\"", "created"}, Change{"Z\"", ".0Z\"", "created"},
        Change{"2027-01", "2027-13", "created"}, Change{"\"epoch\":1", "\"epoch\":0", "epoch"},
        Change{"\"epoch\":1", "\"epoch\":01", "epoch"}, Change{"\"epoch\":1", "\"epoch\":4294967296", "epoch"},
        Change{"\"epoch\":1", "\"epoch\":-1", "epoch"}, Change{"\"epoch\":1", "\"epoch\":1.0", "name"},
        Change{"\"epoch\":1", "\"epoch\":\"1\"", "epoch"}, Change{"\"epoch\":1,", "", "epoch"},
        Change{"\"device\"", "\"de vice\"", "name"}, Change{"\"device\"", "\"\"", "name"},
        Change{"\"device\"", "7", "name"}, Change{"derived", "inferred", "origin"},
        Change{"\"public_key\":\"M", "\"public_key\":\"=", "public_key"},
        Change{"\"public_sha256\":\"", "\"public_sha256\":\"0", "public_sha256"}, Change{"active", "Active", "state"},
        Change{"[\"sign\"]", "[]", "uses"}, Change{"[\"sign\"]", "[\"sign\",\"sign\"]", "uses"},
        Change{"[\"sign\"]", "[\"wrap\"]", "uses"}, Change{"[\"sign\"]", "[\"sign\",]", "uses"},
        Change{"[\"sign\"]", "\"sign\"", "uses"}, Change{"[\"sign\"]", "[\"sign\"", "uses"},
        Change{"\"version\":3", "\"version\":0", "version"}, Change{"\"version\":3", "\"version\":3 ", "end"},
        Change{"\"version\":3", "\"version\":3,\"x\":1", "end"}, Change{"3}", "3", "end"}, Change{"3}", "3}}", "end"}));

TEST(KeyRecord, RefusesADigestThatIsNotThePublicKeys) {
  auto record = some_record();
  record.half.public_sha256[0] ^= 1;
  EXPECT_TRUE(failed(parse_key_record(to_json(record).value()), ErrorCode::malformed, "public_sha256"));
}

TEST(Words, AreReadFromPeopleWithAListOfWhatExists) {
  EXPECT_EQ(*parse_key_use("sign"), KeyUse::sign);
  EXPECT_EQ(*parse_key_origin("random"), KeyOrigin::random);
  EXPECT_TRUE(failed(parse_key_use("wrap"), ErrorCode::usage, "'wrap' is not a use of a key; there is: sign, encrypt"));
  EXPECT_TRUE(failed(parse_key_origin("found"), ErrorCode::usage, "there is: derived, random, imported"));
}

}  // namespace
}  // namespace holdfast::keys
