#include "registry/http/local_socket.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <future>
#include <latch>
#include <thread>

#include "core/encoding.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace holdfast::http {
namespace {

class Local : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "control"; }

  [[nodiscard]] LocalSocket listen(LocalSocket::Handler handler) const {
    return LocalSocket::listen(path(), std::move(handler)).value();
  }

  static Bytes echo(ByteView question, uid_t /*uid*/) {
    Bytes answer{'>'};
    append(answer, question);
    return answer;
  }

  // A connection that keeps to no frames.
  [[nodiscard]] FileDescriptor connect() const {
    FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path().c_str());
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    return fd;
  }

  // A connection that was never accepted ends with an error.
  static std::size_t bytes_until_end(const FileDescriptor& fd) {
    Bytes buffer(100);
    const auto size = read_full(fd.get(), buffer, "the socket");
    return size.ok() ? *size : 0;
  }

  test::TemporaryFolder folder_;
};

TEST_F(Local, AnswersQuestions) {
  uid_t asker = 12345;
  const auto socket = listen([&](ByteView question, uid_t uid) {
    asker = uid;
    return echo(question, uid);
  });
  EXPECT_EQ(as_text(call_local(path(), as_bytes("hello")).value()), ">hello");
  EXPECT_EQ(asker, ::geteuid());
  EXPECT_EQ(as_text(call_local(path(), {}).value()), ">");
}

TEST_F(Local, CarriesLongFramesAndNoLongerOnes) {
  const auto socket = listen([](ByteView question, uid_t) { return Bytes(question.begin(), question.end()); });
  const Bytes longest(kMaxLocalFrame, 'x');
  EXPECT_EQ(call_local(path(), longest).value(), longest);
  const auto longer = call_local(path(), Bytes(kMaxLocalFrame + 1));
  ASSERT_FALSE(longer.ok());
  EXPECT_EQ(longer.error().code(), ErrorCode::usage);
}

TEST_F(Local, AnswersSeveralAtOnce) {
  std::latch all(4);
  const auto socket = listen([&](ByteView question, uid_t uid) {
    all.arrive_and_wait();
    return echo(question, uid);
  });
  std::vector<std::jthread> askers;
  for (int i = 0; i < 4; ++i) {
    askers.emplace_back([this] { EXPECT_TRUE(call_local(path(), as_bytes("x")).ok()); });
  }
}

TEST_F(Local, IsForItsOwnAccount) {
  const auto socket = listen(echo);
  struct stat found{};
  ASSERT_EQ(::stat(path().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  if (::geteuid() != 0) return;  // only root can become somebody else
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0755), 0);
  ASSERT_EQ(::chmod(path().c_str(), 0666), 0);
  const auto child = test::start_process([this] {
    if (::setuid(65534) != 0) return 3;
    const auto answer = call_local(path(), as_bytes("let me in"));
    return answer.ok() ? 1 : 0;
  });
  EXPECT_EQ(test::wait_for(child), 0);
}

TEST_F(Local, CutsOffWhoKeepsToNoFrame) {
  const auto socket = listen(echo);
  for (const auto* const sent : {"00800001", "ffffffff", "0000000541", "00"}) {
    const auto fd = connect();
    const auto bytes = parse_hex(sent).value();
    ASSERT_TRUE(write_all(fd.get(), bytes, "the socket").ok());
    ::shutdown(fd.get(), SHUT_WR);
    EXPECT_EQ(bytes_until_end(fd), 0U) << sent;
  }
  EXPECT_TRUE(call_local(path(), as_bytes("still there")).ok());
}

// Whoever was heard may have been obeyed, which nobody must take for a socket without a server.
TEST_F(Local, TellsAnAnswerThatDoesNotComeFromNobodyThere) {
  EXPECT_EQ(call_local(path(), as_bytes("x")).error().code(), ErrorCode::not_found);
  FileDescriptor listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path().c_str());
  ASSERT_EQ(::bind(listening.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(::listen(listening.get(), 1), 0);
  const std::jthread deaf([&] {
    const FileDescriptor asker(::accept(listening.get(), nullptr, nullptr));
    Bytes question(5);
    EXPECT_TRUE(read_full(asker.get(), question, "the socket").ok());
  });
  const auto unanswered = call_local(path(), as_bytes("x"));
  ASSERT_FALSE(unanswered.ok());
  EXPECT_EQ(unanswered.error().code(), ErrorCode::io);
  EXPECT_NE(unanswered.error().message().find("look whether"), std::string::npos);
}

TEST_F(Local, TakesThePlaceOfADeadSocketOnly) {
  {
    FileDescriptor dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path().c_str());
    ASSERT_EQ(::bind(dead.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  }
  const auto unheard = call_local(path(), as_bytes("x"));
  ASSERT_FALSE(unheard.ok());
  EXPECT_EQ(unheard.error().code(), ErrorCode::not_found);
  const auto socket = listen(echo);
  EXPECT_TRUE(call_local(path(), as_bytes("x")).ok());
  const auto second = LocalSocket::listen(path(), echo);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), ErrorCode::refused);
}

TEST_F(Local, LeavesOtherFilesAlone) {
  {
    const FileDescriptor file(::open(path().c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  }
  const auto socket = LocalSocket::listen(path(), echo);
  ASSERT_FALSE(socket.ok());
  EXPECT_EQ(socket.error().code(), ErrorCode::io);
  EXPECT_TRUE(std::filesystem::is_regular_file(path()));
}

TEST_F(Local, NamesWhatIsMissing) {
  const auto missing = call_local(path(), as_bytes("x"));
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code(), ErrorCode::not_found);
  const auto long_path = LocalSocket::listen(folder_.path() / std::string(120, 'x'), echo);
  ASSERT_FALSE(long_path.ok());
  EXPECT_EQ(long_path.error().code(), ErrorCode::usage);
}

TEST_F(Local, StopsWhenTheLastAnswerIsGiven) {
  std::promise<void> asked;
  std::promise<void> may_answer;
  auto socket = listen([&](ByteView question, uid_t uid) {
    asked.set_value();
    may_answer.get_future().wait();
    return echo(question, uid);
  });
  auto answer = std::async(std::launch::async, [this] { return call_local(path(), as_bytes("x")); });
  asked.get_future().wait();
  const auto silent = connect();
  auto stopped = std::async(std::launch::async, [&] { socket.stop(); });
  EXPECT_EQ(bytes_until_end(silent), 0U);
  may_answer.set_value();
  stopped.wait();
  EXPECT_TRUE(answer.get().ok());
  EXPECT_FALSE(std::filesystem::exists(path()));
}

}  // namespace
}  // namespace holdfast::http
