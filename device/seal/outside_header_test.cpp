#include "device/seal/outside_header.hpp"

#include <unistd.h>

#include "core/encoding.hpp"
#include "core/file.hpp"
#include "device/seal/outside_test_support.hpp"
#include "tests/support/temporary_folder.hpp"

namespace holdfast::seal {
namespace {

using test::expect_error;

OutsideHeader full_header() {
  OutsideHeader header{.kem = crypto::KeyAlgorithm::ml_kem_768,
                       .recipient = {},
                       .ciphertext = Bytes(1088, 5),
                       .suite = crypto::AeadSuite::chacha20_poly1305,
                       .name = "a \"name\" with \\ and \xC3\xA4",
                       .media_type = "text/plain; charset=utf-8"};
  header.recipient.fill(0xAB);
  header.salt.fill(3);
  return header;
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

TEST(OutsideHeader, SurvivesWritingAndReading) {
  const auto line = write_outside_header(full_header());
  ASSERT_TRUE(line.ok()) << line.error().describe();
  const auto parsed = parse_outside_header(*line, "file");
  ASSERT_TRUE(parsed.ok()) << parsed.error().describe();
  EXPECT_EQ(*parsed, full_header());
  EXPECT_TRUE(line->starts_with(R"({"ciphertext":"BQUF)"));
}

TEST(OutsideHeader, RefusesOtherSpellingsAndValuesOutOfBounds) {
  const std::string line = write_outside_header(full_header()).value();
  const std::string other_size = to_base64(Bytes(1087, 5));
  const struct {
    std::string_view what;
    std::string_view with;
    std::string_view named;
  } cases[] = {
      {R"({"ciph)", R"({ "ciph)", "header"},
      {"ml-kem-768", "ml-kem-512", "kem"},
      {"ml-kem-768", "rsa-2048", "kem"},
      {"ml-kem-768", "ml-kem-1024", "ciphertext"},
      {"ml-kem-768", "x25519", "kem"},
      {"chacha20-poly1305", "aes-128-gcm", "suite"},
      {"abab", "ABab", "recipient"},
      {"abab", "ab", "recipient"},
      {"AwMDAwM=", "AwMD", "salt"},
      {"text/plain", "text-plain", "media_type"},
      {R"("name":"a )", R"("name":"\u0007 )", "header"},
      {R"("kem":)", R"("jem":)", "header"},
      {R"("suite")", R"("scheme":1,"suite")", "header"},
  };
  for (const auto& [what, with, named] : cases) {
    expect_error(parse_outside_header(replaced(line, what, with), "file"), ErrorCode::malformed, std::string(named));
  }
  expect_error(parse_outside_header(replaced(line, to_base64(Bytes(1088, 5)), other_size), "file"),
               ErrorCode::malformed, "ciphertext");
  expect_error(parse_outside_header(std::string(kMaxHeaderSize + 1, ' '), "file"), ErrorCode::malformed,
               "larger than 4096 bytes");
}

TEST(OutsideHeader, HasRoomForTheLargestCiphertextAndTheLongestNames) {
  auto header = full_header();
  header.kem = crypto::KeyAlgorithm::ml_kem_1024;
  header.ciphertext.resize(1568);
  header.name = std::string(1024, 'n');
  header.media_type = "text/" + std::string(250, 'x');
  EXPECT_TRUE(write_outside_header(header).ok());
  header.name = std::string(1025, 'n');
  expect_error(write_outside_header(header), ErrorCode::usage, "name");
}

TEST(OutsidePreamble, TellsOtherFilesAndVersionsApart) {
  const struct {
    std::string_view text;
    ErrorCode code;
    std::string_view part_of_message;
  } cases[] = {
      {"", ErrorCode::malformed, "truncated: it is empty"},
      {"holdfast-out", ErrorCode::malformed, "truncated"},
      {"holdfast-outside-v1", ErrorCode::malformed, "truncated"},
      {"holdfast-outside-v1\n{", ErrorCode::malformed, "truncated"},
      {"holdfast-outside-v01\n", ErrorCode::malformed, "not a file encrypted to a Holdfast device"},
      {"hello", ErrorCode::malformed, "not a file encrypted to a Holdfast device"},
      {"holdfast-outside-v2\n", ErrorCode::malformed, "encrypted in version 2 of the format"},
      {"holdfast-sealed-v1\n", ErrorCode::refused, "sealed by a device"},
  };
  for (const auto& [text, code, part] : cases) {
    expect_error(parse_outside_preamble(as_bytes(text), "'x'"), code, std::string(part));
  }
}

TEST(OutsidePreamble, HasOneSpellingOfItsTag) {
  const std::string good = write_outside_preamble(write_outside_header(full_header()).value(), Tag{0xEF});
  ASSERT_TRUE(parse_outside_preamble(as_bytes(good), "file").ok());
  EXPECT_EQ(parse_outside_preamble(as_bytes(good), "file")->tag, Tag{0xEF});
  EXPECT_EQ(parse_outside_preamble(as_bytes(good), "file")->size, good.size());
  EXPECT_TRUE(preamble_is_complete(as_bytes(good)));
  EXPECT_FALSE(preamble_is_complete(as_bytes(good).first(good.size() - 1)));
  for (const auto& bad : {replaced(good, "\nef", "\nEF"), good.substr(0, good.size() - 1) + " "}) {
    expect_error(parse_outside_preamble(as_bytes(bad), "file"), ErrorCode::malformed, "line of tags was altered");
  }
}

TEST(PeekOutsideHeader, ReadsAFileWithoutMovingInIt) {
  const holdfast::test::TemporaryFolder folder;
  auto file = AtomicFile::create(folder / "x", 0600, Replace::allowed);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE(file->write(test::encrypt_or_fail(as_bytes("text"), {.name = "monday"})).ok());
  ASSERT_EQ(::lseek(file->descriptor(), 5, SEEK_SET), 5);
  const auto header = peek_outside_header(file->descriptor(), "x");
  ASSERT_TRUE(header.ok()) << header.error().describe();
  EXPECT_EQ(header->name, "monday");
  EXPECT_EQ(::lseek(file->descriptor(), 0, SEEK_CUR), 5);
}

}  // namespace
}  // namespace holdfast::seal
