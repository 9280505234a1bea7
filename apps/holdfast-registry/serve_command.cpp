#include <pthread.h>

#include <array>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <thread>

#include "apps/common/exit_status.hpp"
#include "apps/holdfast-registry/commands.hpp"
#include "apps/holdfast-registry/dispatch.hpp"
#include "apps/holdfast-registry/first_start.hpp"
#include "apps/holdfast-registry/server_certificate.hpp"
#include "apps/holdfast-registry/start_report.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "crypto/certificate_request.hpp"
#include "crypto/certificates_only.hpp"
#include "registry/domain/orphans.hpp"
#include "registry/http/local_socket.hpp"
#include "registry/http/server.hpp"
#include "registry/protocols/est/handler.hpp"

namespace holdfast::registry_app {
namespace {

void log_line(const std::string& level, const std::string& text) {
  const auto line = format_rfc3339(system_clock_now()) + ' ' + level + ' ' + printable(text, 1000) + '\n';
  std::fputs(line.c_str(), stderr);
}

std::string_view word_of(http::LogLevel level) {
  switch (level) {
    case http::LogLevel::info: return "info";
    case http::LogLevel::warning: return "warning";
    case http::LogLevel::error: return "error";
  }
  return "error";
}

est::Handler make_handler(Registry& registry) {
  est::Formats formats{.read_request = [](ByteView request) -> Result<crypto::PublicKey> {
                         TRY_LET(auto parsed, crypto::parse_certificate_request(request), "read request");
                         return std::move(parsed.key);
                       },
                       .write_certificates = crypto::certificates_only};
  est::Settings settings;
  settings.report = [](const Error& error) { log_line("error", error.describe()); };
  return {registry.enrolment(), std::move(formats), std::move(settings)};
}

Result<http::Server> start_est(Registry& registry, const est::Handler& handler) {
  TRY_LET(auto material, make_server_certificate(registry), "make the server's certificate");
  http::Endpoint endpoint{.address = registry.configuration().address,
                          .port = registry.configuration().port,
                          .tls = http::TlsSettings{.chain = std::move(material.chain),
                                                   .private_key = std::move(material.private_key),
                                                   .minimum = http::TlsVersion::tls_1_2,
                                                   .client_certificates = http::ClientCertificates::requested},
                          .handler = [&handler](const protocols::Request& request) { return handler.handle(request); }};
  http::Settings settings;
  settings.endpoints.push_back(std::move(endpoint));
  settings.log = [](const http::LogLine& line) { log_line(std::string(word_of(line.level)), line.text); };
  return http::Server::start(settings);
}

// Does what is due by the rules, now and every half minute, until it goes.
class Rounds {
 public:
  explicit Rounds(Registry& registry) : registry_(registry), thread_([this] { run(); }) {}
  Rounds(const Rounds&) = delete;
  Rounds& operator=(const Rounds&) = delete;
  ~Rounds() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!ended_) {
      lock.unlock();
      make_one();
      lock.lock();
      wake_.wait_for(lock, std::chrono::seconds(30), [this] { return ended_; });
    }
  }

  void make_one() {
    constexpr std::size_t kAtOnce = 50;
    domain::OrphanRound round(kAtOnce);
    while (goes_on()) {
      const auto done = suspend_some(round);
      if (!done.ok()) log_line("error", done.error().describe());
      if (!done.ok() || *done == 0) return;
    }
  }

  bool goes_on() {
    const std::lock_guard lock(mutex_);
    return !ended_;
  }

  // Few at a time, so that devices are answered in between.
  Result<std::size_t> suspend_some(domain::OrphanRound& round) {
    std::vector<domain::IdentityId> due;
    TRY(registry_.database().read([&](domain::Transaction& tx) -> Result<void> {
      TRY_LET(due, round.next(tx, registry_.now()), "look for orphans");
      return {};
    }),
        "look for orphans");
    if (due.empty()) return due.size();
    TRY(registry_.database().change(
            [&](domain::Transaction& tx) { return domain::suspend_orphans(tx, due, registry_.now()); }),
        "suspend orphans");
    return due.size();
  }

  Registry& registry_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ended_ = false;
  std::thread thread_;
};

// A registry that is behind what it acknowledged answers people, who bring it back, and tells devices to come later.
std::optional<std::string> reason_not_to_issue(Registry& registry) {
  const auto extends = registry.check_extends();
  if (extends.ok()) return std::nullopt;
  log_line("error", extends.error().describe());
  return extends.error().message();
}

struct Facts {
  std::string address;
  std::string root_sha256;
};

Result<Facts> facts_of(Registry& registry) {
  TRY_LET(auto root, registry.authority().root_sha256(), "pin root");
  const auto& configuration = registry.configuration();
  return Facts{est_url(configuration.address, configuration.port), std::move(root)};
}

Json json_of(Registry& registry, const Facts& facts) {
  return {{"est", facts.address},
          {"root_sha256", facts.root_sha256},
          {"log", registry.log().to_text()},
          {"checkpoint", registry.checkpoint_file().string()},
          {"data", registry.folder().path.string()}};
}

std::string text_of(Registry& registry, const Facts& facts) {
  return "EST         " + facts.address + "\nRoot        SHA-256 " + facts.root_sha256 + "\nLog         " +
         registry.log().to_text() + "\nCheckpoint  " + printable(registry.checkpoint_file().string(), 4096) + "\n";
}

std::string warning_of(Registry& registry) {
  if (!registry.has_passphrase_file()) return "";
  return "  This machine's attributes do not reach the entropy floor: a passphrase beside the anchor stands in, and "
         "whoever copies the folder has the authority's keys.\n";
}

Bytes answer(Registry& registry, ByteView question, uid_t uid) {
  auto text = to_text(carry_out(registry, as_text(question), uid));
  if (text.size() > http::kMaxLocalFrame) {
    text = to_text(Result<Json>(Error(ErrorCode::refused,
                                      "it was done, and the answer is longer than the 8 MiB that one can have; ask for "
                                      "less, where the command has it with --limit")));
  }
  const auto bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

// Before any thread is there, so that all of them leave the signals to the one that waits.
sigset_t block_ending_signals() {
  sigset_t ending;
  sigemptyset(&ending);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&ending, signal);
  ::pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  return ending;
}

// What can be known beforehand to fail a first start is not found out half way through it.
Result<void> check_beginning(const DataFolder& folder) {
  auto there = folder.check_has_registry();
  if (there.ok() || there.error().code() != ErrorCode::not_found) return there;
  return check_first_start(folder);
}

}  // namespace

Result<int> run(const GlobalArguments& global, const ServeArguments&) {
  const sigset_t ending = block_ending_signals();
  TRY_LET(const auto path, data_path(global), "find data folder");
  TRY_LET(const auto folder, DataFolder::at(path), "find data folder");
  TRY(check_beginning(folder), "prepare a registry");
  StartReport report(global, folder.path.string());
  const Handover handover{.recovery_code = [&](const SecretBytes& code) { return report.recovery_code(code); },
                          .token = [&](const std::string& token) { return report.token(token); }};
  TRY_LET(const auto registry, Registry::open(folder, Founding::allowed, handover), "open registry");
  const auto behind = reason_not_to_issue(*registry);
  const est::Handler handler = make_handler(*registry);
  TRY_LET(auto server, start_est(*registry, handler), "start EST");
  registry->set_est_port(server.ports().front());
  TRY_LET(auto socket,
          http::LocalSocket::listen(folder.socket(),
                                    [&](ByteView question, uid_t uid) { return answer(*registry, question, uid); }),
          "listen for commands");
  TRY_LET(const auto facts, facts_of(*registry), "describe server");
  Json json = json_of(*registry, facts);
  if (behind) json["refusing"] = *behind;
  const auto refusing = behind ? "Refusing    " + *behind + "\n" : "";
  const auto warning = report.founded() ? warning_of(*registry) : "";
  TRY(report.finish(json, warning + text_of(*registry, facts) + refusing + "Serving until Ctrl-C.\n"), "report");
  const Rounds rounds(*registry);
  int signal = 0;
  ::sigwait(&ending, &signal);
  server.stop();
  socket.stop();
  return app::kExitDone;
}

}  // namespace holdfast::registry_app
