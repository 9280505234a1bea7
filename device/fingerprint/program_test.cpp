#include "device/fingerprint/program.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "device/fingerprint/test_support.hpp"

namespace holdfast::fingerprint {
namespace {

using test::TemporaryFolder;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

std::string output_of(const ProgramOutcome& outcome) {
  EXPECT_EQ(outcome.failure, "");
  return std::string(as_text(outcome.output.expose(SecretAccess{})));
}

class Program : public testing::Test {
 protected:
  ProgramOutcome run_script(const std::string& body, std::optional<std::string> argument = {}) {
    // The limit is generous for a busy machine; the test of the limit has its own.
    return run_program({.path = folder_.script("script", body), .argument = std::move(argument), .limit = 60s});
  }
  std::string failure_of_script(const std::string& body) { return run_script(body).failure; }
  std::string failure_of(const std::filesystem::path& path) {
    return run_program({.path = path, .argument = {}, .limit = 60s}).failure;
  }

  TemporaryFolder folder_;
};

TEST_F(Program, GivesItsStandardOutput) { EXPECT_EQ(output_of(run_script("printf 'abc\\n'")), "abc\n"); }

TEST_F(Program, MayBeABinary) {
  EXPECT_EQ(output_of(run_program({.path = "/usr/bin/printf", .argument = "a%%b", .limit = 60s})), "a%b");
}

TEST_F(Program, MayBeNamedThroughARootsLinkToAFolder) {
  ASSERT_TRUE(std::filesystem::is_symlink("/bin")) << "the supported systems have a merged /usr";
  EXPECT_EQ(output_of(run_program({.path = "/bin/printf", .argument = "x", .limit = 60s})), "x");
}

TEST_F(Program, GetsOneArgumentThatNoShellReads) {
  EXPECT_EQ(output_of(run_script("printf '%s|%s' \"$#\" \"$1\"", "a b; echo $HOME `id` *")),
            "1|a b; echo $HOME `id` *");
  EXPECT_EQ(output_of(run_script("printf '%s|%s' \"$#\" \"$1\"", "")), "1|");
  EXPECT_EQ(output_of(run_script("printf %s \"$#\"")), "0");
}

TEST_F(Program, GetsACleanEnvironment) {
  ::setenv("HOLDFAST_TEST_LEAK", "leaked", 1);
  const auto environment = output_of(run_script("exec /usr/bin/env"));
  ::unsetenv("HOLDFAST_TEST_LEAK");
  EXPECT_THAT(environment, HasSubstr("PATH=/usr/sbin:/usr/bin:/sbin:/bin\n"));
  EXPECT_THAT(environment, HasSubstr("LC_ALL=C\n"));
  EXPECT_THAT(environment, Not(HasSubstr("leaked")));
  EXPECT_THAT(environment, Not(HasSubstr("HOME")));
}

TEST_F(Program, GetsNoDescriptorOfTheCaller) {
  const int leaked = ::open("/dev/null", O_RDONLY);  // without O_CLOEXEC
  ASSERT_EQ(::dup2(leaked, 77), 77);
  EXPECT_EQ(output_of(run_script("if [ -e /proc/self/fd/77 ]; then echo open; else echo closed; fi")), "closed\n");
  ::close(leaked);
  ::close(77);
}

TEST_F(Program, ReadsNothingFromStandardInput) { EXPECT_EQ(output_of(run_script("exec cat")), ""); }

TEST_F(Program, StartsInTheRootFolder) { EXPECT_EQ(output_of(run_script("pwd")), "/\n"); }

TEST_F(Program, KeepsStandardErrorApart) {
  EXPECT_EQ(output_of(run_script("echo noise >&2; printf abc")), "abc");
  EXPECT_EQ(output_of(run_script("head -c 300000 /dev/zero >&2; printf abc")), "abc") << "and does not block on it";
}

TEST_F(Program, ThatFailsGivesItsStatusAndFirstLineOfStandardError) {
  const auto failure = failure_of_script("echo secret; echo 'no such \033[31mchip' >&2; echo more >&2; exit 3");
  EXPECT_THAT(failure, HasSubstr("exited with status 3: no such \\x1b[31mchip"));
  EXPECT_THAT(failure, Not(HasSubstr("secret")));
  EXPECT_THAT(failure, Not(HasSubstr("more")));
}

TEST_F(Program, ThatIsKilledGivesTheSignal) {
  EXPECT_THAT(failure_of_script("kill -9 $$"), HasSubstr("was ended by signal 9"));
}

TEST_F(Program, ThatHangsIsKilledWithItsGroup) {
  const auto held = (folder_.path() / "held").string();
  const auto never = (folder_.path() / "never").string();
  ASSERT_EQ(::mkfifo(held.c_str(), 0600), 0);
  ASSERT_EQ(::mkfifo(never.c_str(), 0600), 0);
  const int reader = ::open(held.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  // The grandchild keeps the other end open as long as it lives.
  const auto script = folder_.script("hang", "(printf x >&3; read line < '" + never + "') 3> '" + held + "' &\nwait");
  // A busy machine may kill the script before it has started the grandchild: then it gets longer.
  char started = 0;
  for (const auto limit : {300ms, 3000ms, 30'000ms}) {
    const auto outcome = run_program({.path = script, .argument = {}, .limit = limit});
    EXPECT_THAT(outcome.failure, HasSubstr("did not end within"));
    EXPECT_THAT(outcome.failure, HasSubstr("and was killed"));
    if (::read(reader, &started, 1) == 1) break;
  }
  ASSERT_EQ(started, 'x') << "the script never started";
  pollfd end{reader, POLLIN, 0};
  ASSERT_EQ(::poll(&end, 1, 60'000), 1) << "the grandchild lives on";
  EXPECT_EQ(::read(reader, &started, 1), 0);
  ::close(reader);
}

TEST_F(Program, ThatHangsWithoutOutputIsKilled) {
  ASSERT_EQ(::mkfifo((folder_.path() / "never").c_str(), 0600), 0);
  const auto script = folder_.script("hang", "read line < '" + (folder_.path() / "never").string() + "'");
  const auto outcome = run_program({.path = script, .argument = {}, .limit = 50ms});
  EXPECT_THAT(outcome.failure, HasSubstr("did not end within 50 ms"));
}

TEST_F(Program, IsNotWaitedForWhenItLeavesAnotherOneBehind) {
  ASSERT_EQ(::mkfifo((folder_.path() / "never").c_str(), 0600), 0);
  const auto fifo = (folder_.path() / "never").string();
  EXPECT_EQ(output_of(run_script("(read line < '" + fifo + "') & printf abc")), "abc");
}

TEST_F(Program, ThatPrintsTooMuchIsKilled) {
  EXPECT_THAT(failure_of_script("exec cat /dev/zero"), HasSubstr("printed more than 65536 bytes"));
  EXPECT_EQ(output_of(run_script("head -c 65536 /dev/zero")).size(), 65536U);
  EXPECT_THAT(failure_of_script("head -c 65537 /dev/zero"), HasSubstr("printed more than 65536 bytes"));
}

TEST_F(Program, MustBeSafeToRun) {
  using std::filesystem::perms;
  const auto good = folder_.script("good", "echo x");
  EXPECT_THAT(failure_of(folder_.path() / "missing"), HasSubstr("does not exist"));
  EXPECT_THAT(failure_of(folder_.path() / "good/inside"), HasSubstr("does not exist"));
  EXPECT_THAT(failure_of("good"), HasSubstr("is not an absolute path"));
  EXPECT_THAT(failure_of(folder_.path()), HasSubstr("is not a regular file"));
  EXPECT_THAT(failure_of(folder_.write("data", "x")), HasSubstr("is not executable (chmod +x)"));
  EXPECT_THAT(failure_of(folder_.write("group", "#!/bin/sh\n", perms{0775})), HasSubstr("writable by other accounts"));
  EXPECT_THAT(failure_of(folder_.write("world", "#!/bin/sh\n", perms{0757})), HasSubstr("writable by other accounts"));
  EXPECT_THAT(failure_of(folder_.path() / "x/../good"), HasSubstr("does not exist"));
  EXPECT_THAT(failure_of(folder_.write("broken", "neither script nor binary", perms{0755})),
              HasSubstr("cannot be started"));
  std::filesystem::create_symlink(good, folder_.path() / "link");
  EXPECT_THAT(failure_of(folder_.path() / "link"), HasSubstr("is a symbolic link; name the file it points to"));
  ASSERT_EQ(::mkfifo((folder_.path() / "fifo").c_str(), 0755), 0);
  EXPECT_THAT(failure_of(folder_.path() / "fifo"), HasSubstr("is not a regular file"));
}

TEST_F(Program, MustLieInFoldersThatOthersCannotWrite) {
  const auto program = folder_.write("open/inner/program", "#!/bin/sh\necho x\n", std::filesystem::perms{0755});
  std::filesystem::permissions(folder_.path() / "open", std::filesystem::perms{0777});
  EXPECT_THAT(failure_of(program), HasSubstr("is writable by other accounts"));
  ASSERT_EQ(::chmod((folder_.path() / "open").c_str(), 01777), 0);
  EXPECT_EQ(failure_of(program), "") << "a sticky folder, as /tmp is one, keeps others from exchanging its parts";
}

TEST_F(Program, MustNotBeReachedByALinkIntoAFolderThatOthersCanWrite) {
  folder_.write("open/program", "#!/bin/sh\necho x\n", std::filesystem::perms{0755});
  std::filesystem::permissions(folder_.path() / "open", std::filesystem::perms{0777});
  std::filesystem::create_symlink("open", folder_.path() / "way");
  EXPECT_THAT(failure_of(folder_.path() / "way/program"),
              testing::AnyOf(HasSubstr("is writable by other accounts"), HasSubstr("does not belong to root")));
}

TEST_F(Program, OfAnotherAccountIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  const auto program = folder_.script("foreign", "echo x");
  ASSERT_EQ(::chown(program.c_str(), 65534, 65534), 0);
  EXPECT_THAT(failure_of(program), HasSubstr("belongs to neither root nor this account"));
  const auto inner = folder_.write("theirs/program", "#!/bin/sh\n", std::filesystem::perms{0755});
  ASSERT_EQ(::chown((folder_.path() / "theirs").c_str(), 65534, 65534), 0);
  EXPECT_THAT(failure_of(inner), HasSubstr("belongs to neither root nor this account"));
}

}  // namespace
}  // namespace holdfast::fingerprint
