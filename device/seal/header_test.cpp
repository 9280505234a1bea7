#include "device/seal/header.hpp"

#include <unistd.h>

#include "core/file.hpp"
#include "device/seal/test_support.hpp"
#include "tests/support/temporary_folder.hpp"

namespace holdfast::seal {
namespace {

using test::expect_error;
using test::seal_or_fail;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kLine =
    R"({"anchor":"000102030405060708090a0b0c0d0e0f","epoch":1,"salt":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","suite":"aes-256-gcm"})";

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

std::string line_with(std::string_view what, std::string_view with) { return replaced(std::string(kLine), what, with); }

Header full_header() {
  Header header{.anchor = test::test_anchor(),
                .epoch = {7},
                .suite = crypto::AeadSuite::chacha20_poly1305,
                .passphrase = PassphraseParams{crypto::kArgon2Standard, Bytes(16, 9)},
                .name = "a \"name\" with \\ and \xC3\xA4",
                .expires = std::nullopt,
                .media_type = "text/plain; charset=utf-8"};
  header.expires = parse_rfc3339("2030-01-02T03:04:05Z").value();
  header.salt.fill(3);
  return header;
}

TEST(Header, SurvivesWritingAndReading) {
  const auto line = write_header(full_header());
  ASSERT_TRUE(line.ok()) << line.error().describe();
  const auto parsed = parse_header(*line, "file");
  ASSERT_TRUE(parsed.ok()) << parsed.error().describe();
  EXPECT_EQ(*parsed, full_header());
}

TEST(Header, HasOnlyTheMembersThatSaySomething) {
  Header header;
  header.anchor = test::test_anchor();
  EXPECT_EQ(write_header(header).value(), kLine);
  EXPECT_EQ(parse_header(kLine, "file").value(), header);
}

TEST(Header, KnowsTheEpochOfStatelessRoots) {
  EXPECT_EQ(parse_header(line_with(":1,", ":0,"), "file")->epoch, anchor::kStatelessEpoch);
}

TEST(Header, RefusesEveryOtherSpelling) {
  for (const auto& line :
       {line_with("{\"anchor", "{ \"anchor"), line_with("aes", "\\u0061es"), line_with(":1,", ":1.0,"),
        line_with(":1,", ":01,"), line_with("\"epoch\":1,", "\"epoch\":1,\"epoch\":1,"), std::string(kLine) + " ",
        line_with("}", ",\"zzz\":1}"), line_with("\"epoch\":1,", ""), line_with("}", ",\"name\":\"\"}"),
        std::string("[]"), std::string()}) {
    expect_error(parse_header(line, "file"), ErrorCode::malformed, "file: header");
  }
}

TEST(Header, RefusesValuesOutOfBounds) {
  const struct {
    std::string_view what;
    std::string_view with;
    std::string_view named;
  } cases[] = {
      {"000102", "0001", "anchor"},
      {"0a0b0c", "0A0b0c", "anchor"},
      {":1,", ":-1,", "epoch"},
      {":1,", ":4294967296,", "epoch"},
      {"AAA=", "AAB=", "salt"},
      {"AAAAAAA=", "AAA=", "salt"},
      {"aes-256-gcm", "aes-128-gcm", "suite"},
      {R"("epoch":1,)", R"("epoch":1,"expires":"2030-01-02T03:04:05+00:00",)", "expires"},
      {R"("epoch":1,)", R"("epoch":1,"expires":"2030-02-30T03:04:05Z",)", "expires"},
      {R"("epoch":1,)", R"("epoch":1,"media_type":"text",)", "media_type"},
      {R"("epoch":1,)", R"("epoch":1,"media_type":"/x",)", "media_type"},
      {R"("epoch":1,)", R"("epoch":1,"name":"a\nb",)", "name"},
      {R"("epoch":1,)", R"("epoch":1,"name":7,)", "name"},
      {R"("epoch":1,)", R"("epoch":1,"passphrase":{},)", "passphrase"},
  };
  for (const auto& [what, with, named] : cases) {
    expect_error(parse_header(line_with(what, with), "file"), ErrorCode::malformed, std::string(named));
  }
}

TEST(Header, RefusesArgon2CostsThatAreTooLowOrTooHigh) {
  const std::string line = write_header(full_header()).value();
  expect_error(parse_header(replaced(line, "19456", "19455"), "file"), ErrorCode::malformed, "out of bounds");
  expect_error(parse_header(replaced(line, "19456", "1048577"), "file"), ErrorCode::malformed, "out of bounds");
  expect_error(parse_header(replaced(line, "\"passes\":2", "\"passes\":17"), "file"), ErrorCode::malformed,
               "out of bounds");
  expect_error(parse_header(replaced(line, "\"lanes\":1", "\"lanes\":5"), "file"), ErrorCode::malformed,
               "out of bounds");
}

TEST(Header, CannotBeWrittenWhereItCouldNotBeRead) {
  Header header = full_header();
  header.name = std::string(1025, 'x');
  expect_error(write_header(header), ErrorCode::usage, "name");
  header.name = "bell \x07";
  expect_error(write_header(header), ErrorCode::usage, "name");
  header.name = "not UTF-8 \xFF";
  expect_error(write_header(header), ErrorCode::usage, "UTF-8");
  header.name = "fine";
  header.media_type = "nonsense";
  expect_error(write_header(header), ErrorCode::usage, "media_type");
  header.media_type.clear();
  header.expires = Timestamp(std::chrono::seconds(-1));
  expect_error(write_header(header), ErrorCode::usage, "expires");
}

TEST(Header, OfMoreThanTheLimitIsRefusedBeforeItIsParsed) {
  const std::string line(kMaxHeaderSize + 1, ' ');
  expect_error(parse_header(line, "file"), ErrorCode::malformed, "larger than 4096 bytes");
  const auto file = std::string(kMagicLine) + line;
  expect_error(parse_preamble(as_bytes(file), "file"), ErrorCode::malformed, "larger than 4096 bytes");
}

TEST(Header, MessagesNeverQuoteControlCharacters) {
  const auto result = parse_header("{\"\x1B[2J\":1}", "file");
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message(), Not(HasSubstr("\x1B")));
  const auto unknown = parse_header(line_with("}", R"(,"z\u001b[2J":1})"), "file");
  ASSERT_FALSE(unknown.ok());
  EXPECT_THAT(unknown.error().message(), Not(HasSubstr("\x1B")));
}

TEST(Preamble, TellsOtherFilesAndVersionsApart) {
  const struct {
    std::string_view text;
    std::string_view part_of_message;
  } cases[] = {
      {"", "truncated: it is empty"},
      {"holdfast-sea", "truncated"},
      {"holdfast-sealed-v", "truncated"},
      {"holdfast-sealed-v1", "truncated"},
      {"holdfast-sealed-v1\n{", "truncated"},
      {"hello", "not a file sealed by Holdfast"},
      {"holdfast-sealed-v1\r\n", "not a file sealed by Holdfast"},
      {"holdfast-sealed-v01\n", "not a file sealed by Holdfast"},
      {"holdfast-sealed-v\n", "not a file sealed by Holdfast"},
      {"holdfast-sealed-v1234567890\n", "not a file sealed by Holdfast"},
      {"holdfast-sealed-v2\n", "version 2 of the format; this program reads version 1"},
      {"holdfast-sealed-v10\n", "version 10 of the format"},
  };
  for (const auto& [text, part] : cases) {
    expect_error(parse_preamble(as_bytes(text), "'x'"), ErrorCode::malformed, std::string(part));
  }
}

TEST(Preamble, HasOneSpellingOfItsTags) {
  const std::string good = write_preamble(kLine, Tag{0xAB}, Tag{0xCD});
  ASSERT_TRUE(parse_preamble(as_bytes(good), "file").ok());
  EXPECT_EQ(parse_preamble(as_bytes(good), "file")->device_tag, Tag{0xAB});
  EXPECT_EQ(parse_preamble(as_bytes(good), "file")->size, good.size());
  for (const auto& bad : {replaced(good, "\nab", "\nAB"), replaced(good, " cd", "\tcd"), replaced(good, " cd", " gd"),
                          good.substr(0, good.size() - 1) + " "}) {
    expect_error(parse_preamble(as_bytes(bad), "file"), ErrorCode::malformed, "line of tags was altered");
  }
}

TEST(PeekHeader, ReadsAFileWithoutMovingInIt) {
  const holdfast::test::TemporaryFolder folder;
  const auto path = folder / "x.sealed";
  ASSERT_TRUE(
      write_file_atomically(path, seal_or_fail(as_bytes("text"), {.name = "monday"}), 0600, Replace::refused).ok());
  auto file = AtomicFile::create(folder / "copy", 0600, Replace::allowed);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE(file->write(read_file(path, 10000).value()).ok());
  ASSERT_EQ(::lseek(file->descriptor(), 5, SEEK_SET), 5);
  const auto header = peek_header(file->descriptor(), path.string());
  ASSERT_TRUE(header.ok()) << header.error().describe();
  EXPECT_EQ(header->name, "monday");
  EXPECT_FALSE(header->passphrase.has_value());
  EXPECT_EQ(::lseek(file->descriptor(), 0, SEEK_CUR), 5);
}

}  // namespace
}  // namespace holdfast::seal
