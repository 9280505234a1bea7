#include "registry/protocols/est/body.hpp"

#include <gtest/gtest.h>

#include "core/encoding.hpp"
#include "registry/protocols/est/basic.hpp"
#include "registry/protocols/message.hpp"

namespace holdfast::est {
namespace {

Result<Bytes> parsed(std::string_view body) { return parse_body(as_bytes(body)); }

TEST(EstBody, IsBase64WithAnyWhiteSpace) {
  for (const auto* const body : {"MAMCAQE=", "MAMC\r\nAQE=\r\n", "MAMC\nAQE=\n", " \t\r\n MA\vMC\fAQ E = "}) {
    const auto der = parsed(body);
    ASSERT_TRUE(der.ok()) << body;
    EXPECT_EQ(to_hex(*der), "3003020101") << body;
  }
}

TEST(EstBody, MayBePemWhichIsHandedOnAsItIs) {
  const std::string pem = "-----BEGIN CERTIFICATE REQUEST-----\nMAMCAQE=\n-----END CERTIFICATE REQUEST-----\n";
  EXPECT_EQ(as_text(parsed(pem).value()), pem);
}

TEST(EstBody, ThatIsNothingOfThisSaysWhatToSend) {
  const std::string der("\x30\x82\x01\x00", 4);
  for (const auto& [body, part] : {std::pair{std::string(), "empty"},
                                   {" \r\n", "empty"},
                                   {der, "plain DER"},
                                   {"MAMCAQE", "not base64"},
                                   {"MAMCAQE=MAMCAQE=", "not base64"},
                                   {"M@MCAQE=", "not base64"}}) {
    const auto result = parsed(body);
    ASSERT_FALSE(result.ok()) << body;
    EXPECT_EQ(result.error().code(), ErrorCode::malformed);
    EXPECT_TRUE(result.error().message().contains(part)) << result.error().message();
  }
}

TEST(EstBody, IsWrittenWithoutLineBreaks) {
  const auto body = write_body(Bytes(100, 'x'), LineBreaks::none);
  EXPECT_EQ(as_text(body), to_base64(Bytes(100, 'x')));
}

TEST(EstBody, IsWrittenInLinesOf64) {
  for (const std::size_t size : {0, 1, 47, 48, 49, 96, 1000}) {
    const auto body = write_body(Bytes(size, 'x'), LineBreaks::each_64);
    std::string rest(as_text(body));
    std::string joined;
    while (!rest.empty()) {
      const auto end = rest.find('\n');
      ASSERT_NE(end, std::string::npos);
      EXPECT_TRUE(end == 64 || end + 1 == rest.size()) << end;
      joined += rest.substr(0, end);
      rest.erase(0, end + 1);
    }
    EXPECT_EQ(joined, to_base64(Bytes(size, 'x')));
  }
}

TEST(BasicCredentials, AreUserAndPasswordUpToTheFirstColon) {
  const auto credentials = parse_basic("Basic " + to_base64(as_bytes("Aladdin:open:sesame")));
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->user, "Aladdin");
  EXPECT_EQ(credentials->password, "open:sesame");
  EXPECT_TRUE(parse_basic("bASIC   " + to_base64(as_bytes(":"))));
}

TEST(BasicCredentials, AreNothingElse) {
  for (const auto* const text :
       {"", "Basic", "Basic ", "Basic QWxhZGRpbg==", "Basic Q", "Bearer QTpi", "BasicQTpi", "Basic QTpi QTpi"}) {
    EXPECT_FALSE(parse_basic(text)) << text;
  }
}

TEST(Message, FindsTheOnlyHeaderOfAName) {
  const std::vector<protocols::Header> headers{
      {.name = "A", .value = "1"}, {.name = "b", .value = "2"}, {.name = "B", .value = "3"}};
  EXPECT_EQ(protocols::find_header(headers, "a"), "1");
  EXPECT_FALSE(protocols::find_header(headers, "b"));
  EXPECT_FALSE(protocols::find_header(headers, "c"));
}

TEST(Message, PathsEndAtTheQuery) {
  EXPECT_EQ(protocols::path_of("/a/b?c?d"), "/a/b");
  EXPECT_EQ(protocols::path_of("/a"), "/a");
}

}  // namespace
}  // namespace holdfast::est
