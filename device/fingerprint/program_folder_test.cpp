// Programs that must lie below one folder, through collect.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "device/fingerprint/collect.hpp"
#include "device/fingerprint/program.hpp"
#include "device/fingerprint/test_support.hpp"

namespace holdfast::fingerprint {
namespace {

using std::filesystem::perms;
using test::find;
using test::machine;
using test::TemporaryFolder;
using test::value_of;
using testing::AllOf;
using testing::HasSubstr;

class ProgramFolder : public testing::Test {
 protected:
  ProgramFolder() {
    program("programs/serial");
    program("programs/inner/serial");
    program("elsewhere/serial");
    // As the name of a folder, "programs" is where another one's begins.
    program("programs-of-others/serial");
  }

  std::filesystem::path program(const std::string& name, perms mode = perms{0755}) {
    return folder_.write(name, "#!/bin/sh\necho run >> '" + log().string() + "'\necho QX-77102\n", mode);
  }
  [[nodiscard]] std::filesystem::path at(const std::string& name) const { return folder_.path() / name; }
  [[nodiscard]] std::filesystem::path log() const { return at("log"); }

  Result<Fingerprint> collect_with(const std::string& program, const std::string& program_folder) {
    const auto element = [](const std::string& name, const std::string& path) {
      return R"({"attribute_name":")" + name + R"(","attribute_value":{"type":"program","path":")" + path + R"("}})";
    };
    const auto file =
        folder_.write("credentials.json", R"({"attributes":[)" + element("GOOD", at("programs/serial").string()) + "," +
                                              element("ASKED", program) + "]}");
    return collect({.sysroot = machine("x86-server"), .credential_file = file, .program_folder = program_folder});
  }

  void expect_value(const std::string& program, const std::string& program_folder) {
    const auto fingerprint = collect_with(program, program_folder);
    ASSERT_TRUE(fingerprint.ok()) << fingerprint.error().describe();
    EXPECT_EQ(value_of(*find(fingerprint->attributes, "ASKED")), "QX-77102");
  }
  // Neither this program has run nor the good one, which the file names before it.
  void expect_refused(const std::string& program, const std::string& program_folder, const std::string& why,
                      const std::string& attribute = "ASKED") {
    const auto fingerprint = collect_with(program, program_folder);
    ASSERT_FALSE(fingerprint.ok()) << program;
    EXPECT_EQ(fingerprint.error().code(), ErrorCode::refused);
    EXPECT_THAT(fingerprint.error().message(),
                AllOf(HasSubstr("credentials.json"), HasSubstr("attribute '" + attribute + "'"),
                      HasSubstr("must lie below the folder '" + program_folder + "'"), HasSubstr(why)));
    const auto named = attribute == "ASKED" ? program : at("programs/serial").string();
    EXPECT_THAT(fingerprint.error().message(), HasSubstr("program '" + named + "'"));
    EXPECT_FALSE(std::filesystem::exists(log()));
  }

  TemporaryFolder folder_;
};

TEST_F(ProgramFolder, HoldsThePrograms) {
  expect_value(at("programs/serial"), at("programs"));
  expect_value(at("programs/inner/serial"), at("programs"));
  expect_value(at("programs/inner/serial"), at("programs").string() + "/");
  expect_value(at("elsewhere/serial"), "");
}

TEST_F(ProgramFolder, RefusesProgramsOfOtherPlaces) {
  const auto folder = at("programs").string();
  expect_refused(at("elsewhere/serial"), folder, "it lies elsewhere");
  expect_refused(at("programs-of-others/serial"), folder, "it lies elsewhere");
  expect_refused("/usr/bin/printf", folder, "it lies elsewhere");
  expect_refused(at("elsewhere/missing"), folder, "does not exist");
  expect_refused(folder, folder, "is not a regular file");
}

TEST_F(ProgramFolder, IsNotLeftByDots) {
  const auto folder = at("programs").string();
  expect_refused(folder + "/../elsewhere/serial", folder, "has '..' in its path");
  // What stays inside needs no dots.
  expect_refused(folder + "/inner/../serial", folder, "has '..' in its path");
}

TEST_F(ProgramFolder, IsNotLeftByLinks) {
  const auto folder = at("programs").string();
  std::filesystem::create_directory_symlink(at("elsewhere"), at("programs/way"));
  std::filesystem::create_directory_symlink("../elsewhere", at("programs/dots"));
  std::filesystem::create_symlink(at("elsewhere/serial"), at("programs/link"));
  const bool root = ::geteuid() == 0;
  expect_refused(folder + "/way/serial", folder, root ? "it lies elsewhere" : "does not belong to root");
  expect_refused(folder + "/dots/serial", folder, root ? "has '..' in its path" : "does not belong to root");
  expect_refused(folder + "/link", folder, "is a symbolic link");
}

TEST_F(ProgramFolder, MayBeReachedByLinksOfRoot) {
  if (::geteuid() != 0) GTEST_SKIP() << "only links that belong to root are followed";
  std::filesystem::create_directory_symlink(at("programs"), at("alias"));
  expect_value(at("alias/inner/serial"), at("programs"));
  expect_value(at("programs/inner/serial"), at("alias"));
}

TEST_F(ProgramFolder, MustBeThere) {
  expect_refused(at("programs/inner/serial"), at("missing"), "cannot be relied on: does not exist", "GOOD");
  expect_refused(at("programs/inner/serial"), at("programs/serial"), "cannot be relied on: does not exist", "GOOD");
  expect_refused(at("programs/inner/serial"), "programs", "cannot be relied on: is not an absolute path", "GOOD");
  expect_refused(at("programs/inner/serial"), at("elsewhere").string() + "/../programs", "has '..' in its path",
                 "GOOD");
}

TEST_F(ProgramFolder, MustBeClosedToOthers) {
  // Sticky or not: others could bring in a hard link to any program.
  for (const mode_t mode : {0777U, 01777U, 0757U}) {
    ASSERT_EQ(::chmod(at("programs").c_str(), mode), 0);
    expect_refused(at("programs/inner/serial"), at("programs"), "is writable by other accounts", "GOOD");
  }
  ASSERT_EQ(::chmod(at("programs").c_str(), 0755), 0);
  ASSERT_EQ(::chmod(at("programs/inner").c_str(), 01777), 0);
  expect_refused(at("programs/inner/serial"), at("programs"), "is writable by other accounts");
}

TEST_F(ProgramFolder, OfAnotherAccountIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a folder away";
  ASSERT_EQ(::chown(at("programs").c_str(), 65534, 65534), 0);
  expect_refused(at("programs/inner/serial"), at("programs"), "belongs to neither root nor this account", "GOOD");
}

TEST_F(ProgramFolder, RefusesAProgramThatOthersCanWrite) {
  expect_refused(program("programs/open", perms{0757}), at("programs"), "is writable by other accounts");
}

TEST_F(ProgramFolder, LeavesAProgramThatIsMissingInItUnavailable) {
  const auto fingerprint = collect_with(at("programs/missing"), at("programs"));
  ASSERT_TRUE(fingerprint.ok()) << fingerprint.error().describe();
  EXPECT_EQ(find(fingerprint->attributes, "ASKED")->state, AttributeState::unavailable);
  EXPECT_THAT(find(fingerprint->attributes, "ASKED")->reason, HasSubstr("does not exist"));
  EXPECT_EQ(value_of(*find(fingerprint->attributes, "GOOD")), "QX-77102");
}

TEST_F(ProgramFolder, IsLookedAtAgainWhenAProgramIsRun) {
  const auto outcome = run_program({.path = at("elsewhere/serial"), .argument = {}, .folder = at("programs")});
  EXPECT_TRUE(outcome.outside);
  EXPECT_THAT(outcome.failure, HasSubstr("it lies elsewhere"));
  EXPECT_FALSE(std::filesystem::exists(log()));
}

}  // namespace
}  // namespace holdfast::fingerprint
