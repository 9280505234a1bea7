#include "crypto/subject_alternative_name.hpp"

#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using test::failed;
using test::succeeded;

const std::string kLabel63(63, 'a');

TEST(AlternativeName, TakesTheFourKinds) {
  using enum AlternativeNameKind;
  struct Row {
    std::string typed;
    AlternativeNameKind kind;
    std::string hex_or_text;
  };
  const Row rows[] = {
      {"DNS:gate7.example.org", dns, "gate7.example.org"},
      {"dns:Gate7", dns, "Gate7"},
      {"DNS:*.example.org", dns, "*.example.org"},
      {"DNS:xn--gte-6na.example", dns, "xn--gte-6na.example"},
      {"DNS:3com.example", dns, "3com.example"},
      {"DNS:" + kLabel63 + ".example", dns, kLabel63 + ".example"},
      {"IP:192.0.2.7", ip, "c0000207"},
      {"ip:2001:db8::7", ip, "20010db8000000000000000000000007"},
      {"IP:::ffff:192.0.2.7", ip, "00000000000000000000ffffc0000207"},
      {"URI:urn:example:gate7", uri, "urn:example:gate7"},
      {"URI:https://[2001:db8::7]/a%20b?c=d#e", uri, "https://[2001:db8::7]/a%20b?c=d#e"},
      {"email:gate7+a@example.org", email, "gate7+a@example.org"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.typed);
    const auto name = SubjectAlternativeName::parse(row.typed);
    ASSERT_TRUE(succeeded(name));
    EXPECT_EQ(name->kind(), row.kind);
    EXPECT_EQ(row.kind == ip ? to_hex(name->value()) : std::string(as_text(name->value())), row.hex_or_text);
  }
}

TEST(AlternativeName, SaysWhatIsWrong) {
  struct Row {
    std::string typed;
    const char* words;
  };
  const std::string long_name = kLabel63 + "." + kLabel63 + "." + kLabel63 + "." + kLabel63;
  const Row rows[] = {
      {"", "begins with DNS:, IP:, URI: or email:"},
      {"gate7.example.org", "'gate7.example.org': an alternative name begins with DNS:, IP:, URI: or email:"},
      {"DN\x1b", "'DN\\x1b'"},
      {"DNS:", "the domain is missing"},
      {"DNS:gäte.example", "only ASCII is allowed; give the name in its xn-- form"},
      {"DNS:a..b", "a label between two dots is empty"},
      {"DNS:a.b.", "a label between two dots is empty"},
      {"DNS:.b", "a label between two dots is empty"},
      {"DNS:" + kLabel63 + "a.b", "longer than 63 characters"},
      {"DNS:" + long_name, "longer than 253 characters"},
      {"DNS:a_b.example", "'_' is not allowed; letters, digits and dashes are"},
      {"DNS:a b", "' ' is not allowed"},
      {"DNS:https://a", "':' is not allowed"},
      {std::string("DNS:a\0b", 7), "'\\x00' is not allowed"},
      {"DNS:-a.example", "a label begins or ends with a dash"},
      {"DNS:a-.example", "a label begins or ends with a dash"},
      {"DNS:*", "'*' stands only for the whole first label"},
      {"DNS:a.*.example", "'*' stands only for the whole first label"},
      {"DNS:*.*.example", "'*' stands only for the whole first label"},
      {"DNS:gate*.example", "it cannot be a part of one"},
      {"DNS:192.0.2.7", "this looks like an IP address; write IP:ADDRESS"},
      {"IP:", "this is not an address such as 192.0.2.7 or 2001:db8::7"},
      {"IP:192.0.2.256", "this is not an address"},
      {"IP:192.0.2.0/24", "without prefix, zone or port"},
      {"IP:fe80::1%eth0", "this is not an address"},
      {std::string("IP:192.0.2.7\0", 13), "this is not an address"},
      {"IP:gate7.example", "this is not an address"},
      {"URI:", "a URI begins with a scheme"},
      {"URI:example.org/a", "a URI begins with a scheme"},
      {"URI:https:", "a URI begins with a scheme"},
      {"URI:://example.org", "a URI begins with a scheme"},
      {"URI:1a:b", "a URI begins with a scheme"},
      {"URI:https://example.org/a b", "only ASCII without spaces is allowed"},
      {"URI:https://exämple.org", "only ASCII without spaces"},
      {"URI:https://example.org/\x7f", "only ASCII without spaces"},
      {"URI:https://example.org/<a>", "'<' is not allowed in a URI"},
      {"URI:https://example.org/%2", "behind '%' two hexadecimal digits must follow"},
      {"URI:https://example.org/%zz", "behind '%' two hexadecimal digits must follow"},
      {"URI:urn:" + std::string(2048, 'a'), "longer than 2048 characters"},
      {"email:gate7", "an '@' is missing"},
      {"email:@example.org", "1 to 64 characters"},
      {"email:" + std::string(65, 'a') + "@example.org", "1 to 64 characters"},
      {"email:a b@example.org", "before the '@' only ASCII letters"},
      {"email:a..b@example.org", "single dots"},
      {"email:ä@example.org", "before the '@' only ASCII letters"},
      {"email:a@", "the domain is missing"},
      {"email:a@*.example", "'*' stands only for the whole first label"},
      {"email:a@b@example", "'@' is not allowed"},
  };
  for (const Row& row : rows) {
    EXPECT_TRUE(failed(SubjectAlternativeName::parse(row.typed), ErrorCode::usage, row.words)) << row.typed;
  }
}

TEST(AlternativeName, IsGivenOnce) {
  const auto parse = [](const std::vector<std::string>& typed) { return parse_alternative_names(typed); };
  ASSERT_TRUE(succeeded(parse({})));
  const auto names = parse({"DNS:a.example", "URI:a:b", "DNS:b.example", "IP:::1", "IP:0.0.0.1"});
  ASSERT_TRUE(succeeded(names));
  EXPECT_EQ(names->size(), 5u);
  EXPECT_TRUE(failed(parse({"DNS:a.example", "DNS:A.EXAMPLE"}), ErrorCode::usage, "'DNS:A.EXAMPLE'"));
  EXPECT_TRUE(failed(parse({"DNS:a.example", "dns:a.example"}), ErrorCode::usage, "'dns:a.example'"));
  EXPECT_TRUE(
      failed(parse({"IP:::1", "IP:0:0::1"}), ErrorCode::usage, "'IP:0:0::1': this alternative name is given twice"));
  EXPECT_TRUE(failed(parse({"URI:a:b", "URI:a:b"}), ErrorCode::usage, "given twice"));
  EXPECT_TRUE(succeeded(parse({"URI:a:b", "URI:A:b"})));
  EXPECT_TRUE(failed(parse(std::vector<std::string>(101, "DNS:a")), ErrorCode::usage, "at most 100"));
}

}  // namespace
}  // namespace holdfast::crypto
