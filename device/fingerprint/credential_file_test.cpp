#include "device/fingerprint/credential_file.hpp"

#include <gmock/gmock.h>

#include "device/fingerprint/test_support.hpp"

namespace holdfast::fingerprint {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

Result<CredentialFile> parse(const std::string& text) { return parse_credential_file(as_bytes(text), "test.json"); }

// A file with one element.
std::string file_of(const std::string& element) { return R"({"attributes":[)" + element + "]}"; }
std::string element_of(const std::string& value, const std::string& more = "") {
  return R"({"attribute_name":"A","attribute_value":)" + value + more + "}";
}

TEST(CredentialFile, TakesThePeersOwnElements) {
  const auto file = parse(R"({
    "attributes": [
      {"attribute_name": "SERIAL", "attribute_value": {"type": "ENV", "variable_name": "SERIAL_NUMBER"}},
      {"attribute_name": "TAG", "attribute_value": {"type": "program", "path": "/opt/x", "argument": "-t"}},
      {"attribute_names": ["B", "C"],
       "attribute_value": {"type": "program", "path": "/opt/y", "output_format": "JSON"}}
    ]
  })");
  ASSERT_TRUE(file.ok()) << file.error().message();
  ASSERT_EQ(file->entries.size(), 3U);
  EXPECT_EQ(file->entries[0].type, SourceType::environment);
  EXPECT_EQ(file->entries[0].target, "SERIAL_NUMBER");
  EXPECT_EQ(file->entries[1].argument, "-t");
  EXPECT_FALSE(file->entries[1].prints_object);
  EXPECT_THAT(file->entries[2].names, ElementsAre("B", "C"));
  EXPECT_TRUE(file->entries[2].prints_object);
  EXPECT_FALSE(file->entries[0].bits.has_value());
}

TEST(CredentialFile, TakesTheAddedMembersAndTypes) {
  const auto file = parse(R"({"attributes":[
    {"attribute_name":"a","attribute_value":{"type":"dmi","field":"product_uuid"},"bits":24,"class":"replaceable",
     "group":"mine","required":true},
    {"attribute_name":"b","attribute_value":{"type":"NET","interface":"eth0"}},
    {"attribute_name":"c","attribute_value":{"type":"disk","name":"nvme0n1"}},
    {"attribute_name":"d","attribute_value":{"type":"disk","name":"0000:02:00.0-nvme","field":"wwid"}},
    {"attribute_name":"e","attribute_value":{"type":"cpu"}},
    {"attribute_name":"f","attribute_value":{"type":"device-tree"}},
    {"attribute_name":"g","attribute_value":{"type":"soc"}},
    {"attribute_name":"h","attribute_value":{"type":"machine-id"}},
    {"attribute_name":"i","attribute_value":{"type":"file","path":"/etc/serial"},"bits":0,"required":false}
  ]})");
  ASSERT_TRUE(file.ok()) << file.error().message();
  const auto& first = file->entries[0];
  EXPECT_EQ(first.bits, 24U);
  EXPECT_EQ(first.attribute_class, AttributeClass::replaceable);
  EXPECT_EQ(first.group, "mine");
  EXPECT_EQ(first.required, true);
  EXPECT_EQ(file->entries[7].required, std::nullopt);
  EXPECT_EQ(file->entries[8].required, false);
  EXPECT_EQ(file->entries[3].field, "wwid");
  EXPECT_EQ(file->entries[8].bits, 0U);
}

struct BadCase {
  std::string text;
  std::string message;
};

TEST(CredentialFile, ErrorsNameFileAndPlaceAndWhatToDo) {
  const std::string env = R"({"type":"ENV","variable_name":"V"})";
  const BadCase cases[] = {
      {"", "not valid JSON"},
      {"[]", "is not a JSON object"},
      {"{}", "\"attributes\" is missing"},
      {R"({"attributes":{}})", "\"attributes\" must be an array of at most 64 elements"},
      {R"({"attributes":[]})", "name at least one attribute"},
      {R"({"attributes":[],"more":1})", "\"more\" is not known here"},
      {R"({"attributes":[],"attributes":[]})", "appears twice"},
      {file_of("7"), "attribute 1 is not a JSON object"},
      {file_of(R"({"attribute_value":)" + env + "}"), "attribute 1: \"attribute_name\" is missing"},
      {file_of(R"({"attribute_name":"A"})"), "attribute 1 ('A'): \"attribute_value\" is missing"},
      {file_of(R"({"attribute_name":"","attribute_value":)" + env + "}"), "must be 1 to 255 bytes of printable text"},
      {file_of(R"({"attribute_name":" ","attribute_value":)" + env + "}"), "must be 1 to 255 bytes of printable text"},
      {file_of(R"({"attribute_name":"a\nb","attribute_value":)" + env + "}"), "without control characters"},
      {file_of(R"({"attribute_name":"a\u202eb","attribute_value":)" + env + "}"), "without control characters"},
      {file_of(R"({"attribute_name":")" + std::string(256, 'x') + R"(","attribute_value":)" + env + "}"),
       "must be text of at most 255 bytes"},
      {file_of(R"({"attribute_name":"A","attribute_names":["B"],"attribute_value":)" + env + "}"),
       "must not stand beside \"attribute_names\""},
      {file_of(R"({"attribute_names":["A","B"],"attribute_value":)" + env + "}"),
       "needs a program that prints one JSON"},
      {file_of(R"({"attribute_names":[],"attribute_value":{"type":"program","path":"/x"}})"), "at least one name"},
      {file_of(R"({"attribute_names":["A",7],"attribute_value":{"type":"program","path":"/x"}})"), "texts only"},
      {file_of(R"({"attribute_names":["A","A"],"attribute_value":{"type":"program","path":"/x"}})"),
       "the name 'A' appears twice"},
      {file_of(element_of(env) + "," + element_of(env)), "attribute 2 ('A'): the name 'A' appears twice"},
      {file_of(element_of(env, R"(,"bits":257)")), "\"bits\" must be a whole number from 0 to 256"},
      {file_of(element_of(env, R"(,"bits":-1)")), "\"bits\" must be a whole number from 0 to 256"},
      {file_of(element_of(env, R"(,"bits":"9")")), "\"bits\" must be a whole number"},
      {file_of(element_of(env, R"(,"required":1)")), "\"required\" must be true or false"},
      {file_of(element_of(env, R"(,"class":"solid")")), "must be one of burned-in, board"},
      {file_of(element_of(env, R"(,"group":"")")), "\"group\" must be printable text"},
      {file_of(element_of(env, R"(,"bit":9)")), "\"bit\" is not known here"},
      {file_of(element_of("{}")), "\"type\" is missing; give one of env"},
      {file_of(element_of(R"({"type":"magic"})")), "\"type\" is 'magic'; it must be one of env"},
      {file_of(element_of(R"({"type":"puf"})")), "\"path\" is missing"},
      {file_of(element_of(R"({"type":"puf","path":"x"})")), "\"path\" must be an absolute path"},
      {file_of(element_of(R"({"type":"puf","program":"x"})")), "\"program\" must be an absolute path"},
      {file_of(element_of(R"({"type":"puf","path":"/x","program":"/x"})")), "keep one of the two"},
      {file_of(element_of(R"({"type":"puf","path":"/x","argument":"a"})")), "\"argument\" is not known here"},
      {file_of(element_of(R"({"type":"puf","program":"/x","argument":"a\u0000b"})")), "\"argument\" must not hold"},
      {file_of(element_of(R"({"type":"puf","path":"/x","errors":0})")),
       "\"errors\" must be a whole number from 1 to 30"},
      {file_of(element_of(R"({"type":"puf","path":"/x","errors":31})")), "\"errors\" must be a whole number from 1"},
      {file_of(element_of(R"({"type":"puf","path":"/x"})", R"(,"class":"physical")")),
       "can be physical only of a noisy"},
      {file_of(element_of(env, R"(,"class":"physical")")), "can be physical only of a noisy source"},
      {file_of(element_of(R"({"type":"puf","path":"/x"})", R"(,"class":"board")")), "its bits are measured"},
      {file_of(element_of(R"({"type":"puf","path":"/x"})", R"(,"bits":9)")), "its bits are measured at 'init'"},
      {file_of(element_of(R"({"type":"puf","path":"/x"})", R"(,"group":"g")")), "has no \"bits\" and no \"group\""},
      {file_of(R"({"attribute_names":["A"],"attribute_value":{"type":"puf","path":"/x"}})"),
       "needs a program that prints"},
      {file_of(R"({"attribute_name":"A","attribute_value":{"type":"puf","path":"/x"}},)"
               R"({"attribute_name":"B","attribute_value":{"type":"puf","path":"/y"}})"),
       "attribute 2 ('B'): there is more than one noisy source (puf); keep one of them"},
      {file_of(element_of(R"({"type":"TPM-EK"})")), "type 'tpm-ek' is not supported by this version"},
      {file_of(element_of(R"({"type":"ENV"})")), "attribute_value: \"variable_name\" is missing"},
      {file_of(element_of(R"({"type":"ENV","variable_name":"A=B"})")), "must be the name of an environment variable"},
      {file_of(element_of(R"({"type":"ENV","variable_name":"V","path":"/x"})")), "\"path\" is not known here"},
      {file_of(element_of(R"({"type":"program","path":"x"})")), "\"path\" must be an absolute path"},
      {file_of(element_of(R"({"type":"file","path":"../x"})")), "\"path\" must be an absolute path"},
      {file_of(element_of(R"({"type":"file","path":"/x\u0000y"})")), "must not hold control characters"},
      {file_of(element_of(R"({"type":"program","path":"/x","output_format":"XML"})")), "must be \"JSON\""},
      {file_of(element_of(R"({"type":"program","path":"/x","argument":"a\u0000b"})")), "\"argument\" must not hold"},
      {file_of(element_of(R"({"type":"dmi","field":"../../x"})")), "such as product_uuid"},
      {file_of(element_of(R"({"type":"net","interface":"../eth0"})")), "must be a name as in /sys/class/net"},
      {file_of(element_of(R"({"type":"disk","name":".."})")), "must be a name as in /sys/class/net"},
      {file_of(element_of(R"({"type":"disk","name":"sda","field":"size"})")), "must be serial, wwid, eui or cid"},
  };
  for (const auto& c : cases) {
    const auto file = parse(c.text);
    ASSERT_FALSE(file.ok()) << c.text;
    EXPECT_EQ(file.error().code(), ErrorCode::malformed) << c.text;
    EXPECT_THAT(file.error().message(), AllOf(HasSubstr("'test.json'"), HasSubstr(c.message))) << c.text;
  }
}

TEST(CredentialFile, HoldsSixtyFourAttributesAtMost) {
  const auto with = [](int count) {
    std::string elements;
    for (int i = 0; i < count; ++i) {
      elements += (i > 0 ? "," : "") + std::string(R"({"attribute_name":"n)") + std::to_string(i) +
                  R"(","attribute_value":{"type":"ENV","variable_name":"V"}})";
    }
    return file_of(elements);
  };
  EXPECT_TRUE(parse(with(64)).ok());
  EXPECT_FALSE(parse(with(65)).ok());
  auto names = std::string(R"("x0")");
  for (int i = 1; i < 40; ++i) names += R"(,"x)" + std::to_string(i) + "\"";
  const auto half = R"({"attribute_names":[)" + names + R"(],"attribute_value":{"type":"program","path":"/x"}})";
  auto other = half;
  for (auto at = other.find("\"x"); at != std::string::npos; at = other.find("\"x", at + 1)) other[at + 1] = 'y';
  const auto both = parse(file_of(half + "," + other));
  ASSERT_FALSE(both.ok());
  EXPECT_THAT(both.error().message(), HasSubstr("at most 64 attributes"));
}

TEST(CredentialFile, IsOneMebibyteAtMost) {
  const auto file = parse(std::string(kMaxCredentialFile + 1, ' '));
  ASSERT_FALSE(file.ok());
  EXPECT_THAT(file.error().message(), HasSubstr("larger than 1 MiB"));
}

}  // namespace
}  // namespace holdfast::fingerprint
