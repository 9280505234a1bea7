#include "bench/program.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <csignal>
#include <thread>

#include "bench/rate.hpp"
#include "bench/tls_client.hpp"
#include "core/encoding.hpp"
#include "crypto/certificate_request.hpp"

namespace holdfast::bench {
namespace {

constexpr unsigned kConnections = 32;
constexpr std::string_view kServes = "Serving";
constexpr std::string_view kBeforePort = "https://127.0.0.1:";

FileDescriptor nowhere() { return FileDescriptor(::open("/dev/null", O_WRONLY | O_CLOEXEC)); }

// Where its standard output and its complaints go.
pid_t spawn(std::vector<std::string> command, int out, int error) {
  std::vector<char*> arguments;
  for (auto& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions{};
  require(::posix_spawn_file_actions_init(&actions) == 0);
  require(::posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO) == 0);
  require(::posix_spawn_file_actions_adddup2(&actions, error, STDERR_FILENO) == 0);
  pid_t process = 0;
  require(::posix_spawn(&process, arguments.front(), &actions, nullptr, arguments.data(), environ) == 0);
  ::posix_spawn_file_actions_destroy(&actions);
  return process;
}

void wait_for(pid_t process) {
  int status = 0;
  require(::waitpid(process, &status, 0) == process && status == 0);
}

std::string read_until(const FileDescriptor& pipe, std::string_view word) {
  std::string text;
  std::array<char, 4096> buffer{};
  while (!text.contains(word)) {
    const auto size = ::read(pipe.get(), buffer.data(), buffer.size());
    require(size > 0);
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return text;
}

std::uint16_t port_in(const std::string& text) {
  const auto at = text.find(kBeforePort);
  require(at != std::string::npos);
  const auto digits = std::string_view(text).substr(at + kBeforePort.size());
  std::uint16_t port = 0;
  require(std::from_chars(digits.begin(), digits.end(), port).ec == std::errc());
  return port;
}

std::string base64_of(std::string_view text) { return to_base64(as_bytes(text)); }

std::string make_request(const domain::IssuedGrant& grant) {
  const auto key = must(crypto::PrivateKey::generate(crypto::KeyAlgorithm::ecdsa_p256));
  const auto pem = must(crypto::make_certificate_request(
      key, {.subject = must(crypto::DistinguishedName::parse("CN=x")), .alternative_names = {}}));
  return "POST /.well-known/est/simpleenroll HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/pkcs10\r\n"
         "Authorization: Basic " +
         base64_of(grant.grant.id.text() + ':' + grant.secret) + "\r\nContent-Length: " + std::to_string(pem.size()) +
         "\r\n\r\n" + pem;
}

void enrol(const tls::Connection& connection, const std::string& request) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  constexpr std::string_view kLength = "Content-Length: ";
  connection.write(request);
  std::string answer;
  std::array<char, 8192> buffer{};
  std::size_t whole = std::string::npos;
  while (answer.size() < whole) {
    const auto more = connection.read_into(buffer);
    require(!more.empty());
    answer += more;
    const auto end = answer.find(kEnd);
    if (whole != std::string::npos || end == std::string::npos) continue;
    const auto length = answer.find(kLength);
    require(length < end);
    whole = end + kEnd.size() + std::stoul(answer.substr(length + kLength.size()));
  }
  if (!answer.starts_with("HTTP/1.1 200 ")) std::fprintf(stderr, "%s\n", answer.c_str());
  require(answer.starts_with("HTTP/1.1 200 "));
}

}  // namespace

double run_seconds(const std::vector<std::string>& command) {
  const auto out = nowhere();
  return seconds_of([&] { wait_for(spawn(command, out.get(), STDERR_FILENO)); });
}

Server::Server(const std::string& program, const std::string& data) {
  std::array<int, 2> ends{};
  require(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const FileDescriptor out(ends[0]);
  FileDescriptor in(ends[1]);
  const auto log = nowhere();  // a line for each request
  seconds_to_start_ = seconds_of([&] {
    process_ = spawn({program, "--data", data, "serve"}, in.get(), log.get());
    in = FileDescriptor();
    port_ = port_in(read_until(out, kServes));
  });
}

Server::~Server() {
  ::kill(process_, SIGTERM);
  wait_for(process_);
}

double est_enrolments_per_second(std::uint16_t port, const std::vector<domain::IssuedGrant>& grants) {
  std::vector<std::string> requests;
  for (const auto& grant : grants) requests.push_back(make_request(grant));
  const tls::Client client(port);
  std::vector<tls::Connection> connections;
  for (unsigned i = 0; i < kConnections; ++i) connections.push_back(client.connect());
  std::atomic<std::size_t> next{0};
  const double took = seconds_of([&] {
    std::vector<std::jthread> threads;
    for (const auto& connection : connections) {
      threads.emplace_back([&] {
        for (auto n = next++; n < requests.size(); n = next++) enrol(connection, requests[n]);
      });
    }
  });
  return static_cast<double>(requests.size()) / took;
}

}  // namespace holdfast::bench
