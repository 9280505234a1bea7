#include "interfaces/tap/configuration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace holdfast::tap {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kId(64, 'a');

std::string usual(const std::string& more = "") {
  return "providertype=15\n\n[module]\nmodulenum=1\nmodulename=NanoROOT\nmoduleidstr=" + kId +
         "\ncredfile=default-fingerprint.json\n" + more;
}

Result<Configuration> parse(std::string_view text) { return parse_configuration(as_bytes(text), "smp.conf"); }

TEST(Configuration, SaysWhatAModuleIs) {
  const auto parsed = parse(usual());
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  EXPECT_EQ(parsed->module_number, 1U);
  EXPECT_EQ(parsed->module_name, "NanoROOT");
  EXPECT_EQ(parsed->module_id, kId);
  EXPECT_EQ(parsed->credential_file, "default-fingerprint.json");
  EXPECT_FALSE(parsed->stateless);
  EXPECT_FALSE(parsed->accept_low_entropy);
  EXPECT_TRUE(parsed->warnings.empty());
}

TEST(Configuration, DoesNotCareForCaseSpacesAndComments) {
  const auto parsed = parse(
      "# first\r\n ; second\r\n\tProviderType = 15 \r\nSTATELESS=1\r\n[Module]\r\nMODULENUM=42\r\n"
      "ModuleIdStr = " +
      std::string(64, 'A') + "\r\nCredFile=/a=b\r\nAccept_Low_Entropy=1");
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  EXPECT_EQ(parsed->module_number, 42U);
  EXPECT_EQ(parsed->module_id, kId);
  EXPECT_EQ(parsed->module_name, "");
  EXPECT_EQ(parsed->credential_file, "/a=b");
  EXPECT_TRUE(parsed->stateless);
  EXPECT_TRUE(parsed->accept_low_entropy);
}

TEST(Configuration, WarnsOfUnknownKeys) {
  const auto parsed = parse(usual("colour=green\n\x1b[2J=x\n"));
  ASSERT_TRUE(parsed.ok());
  EXPECT_THAT(parsed->warnings, ElementsAre("configuration 'smp.conf', line 8: the key 'colour' is unknown and ignored",
                                            HasSubstr("line 9: the key '\\x1b[2J'")));
}

struct BadCase {
  std::string text;
  std::string words;
};

TEST(Configuration, ErrorsNameFileAndLine) {
  const std::vector<BadCase> cases{
      {"", "'providertype' is missing"},
      {"providertype=15\n", "'modulenum' is missing from its section [module]"},
      {usual("modulenum=1\n"), "line 8 gives 'modulenum' again, after line 4"},
      {usual("ModuleName=x\n"), "line 8 gives 'modulename' again, after line 5"},
      {usual("stateless=0\nstateless=0\n"), "line 9 gives 'stateless' again"},
      {usual("[module]\n"), "line 8 begins [module] again, after line 3"},
      {usual("[other]\n"), "line 8 begins the section '[other]'"},
      {usual("nonsense\n"), "line 8 is neither key=value nor [module]"},
      {usual("=x\n"), "line 8 has no key"},
      {usual("stateless=yes\n"), "line 8 needs 0 or 1 as stateless, not 'yes'"},
      {usual("accept_low_entropy=\n"), "needs 0 or 1 as accept_low_entropy"},
      {usual("x=" + std::string(5000, 'x') + "\n"), "more than 4096 bytes"},
      {"credfile=x\n", "line 1 gives 'credfile' before [module]"},
      {"[module]\nprovidertype=15\n", "line 2 gives 'providertype' in [module]"},
      {"providertype=14\n", "line 1 gives '14' as providertype"},
      {"providertype=015\n", "'015' as providertype"},
      {"[module]\nmodulenum=-1\n", "line 2 needs a decimal number below 4294967296 as modulenum, not '-1'"},
      {"[module]\nmodulenum=4294967296\n", "as modulenum"},
      {"[module]\nmodulenum=1x\n", "as modulenum"},
      {"[module]\nmoduleidstr=" + std::string(63, 'a') + "\n", "line 2 needs 64 hexadecimal digits as moduleidstr"},
      {"[module]\nmoduleidstr=" + std::string(64, 'g') + "\n", "64 hexadecimal digits"},
      {"[module]\ncredfile=\n", "line 2 names no file as credfile"},
      {std::string("providertype=15\0\n", 17), "zero byte"},
      {std::string(kMaxConfiguration + 1, '\n'), "larger than 64 KiB"},
  };
  for (const auto& bad : cases) {
    const auto parsed = parse(bad.text);
    ASSERT_FALSE(parsed.ok()) << bad.text;
    EXPECT_EQ(parsed.error().code(), ErrorCode::malformed);
    EXPECT_THAT(parsed.error().message(), HasSubstr("configuration 'smp.conf'"));
    EXPECT_THAT(parsed.error().message(), HasSubstr(bad.words));
  }
}

}  // namespace
}  // namespace holdfast::tap
