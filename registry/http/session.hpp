// Internal to registry/http: one connection's life. Nothing outside this folder includes it.
#pragma once

#include "registry/http/admissions.hpp"
#include "registry/http/server.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include <unordered_set>

namespace holdfast::http {

class Session;

/// Connections that one thread serves; only that thread touches what is in here.
struct Worker {
  std::unordered_set<Session*> sessions;
  bool stopping = false;  ///< requests in flight are the last ones
  bool cut_off = false;   ///< not even they
  /// Destroyed first, since what is left in it takes itself off the list above.
  boost::asio::io_context context{1};
  /// Until the next look at the sessions' deadlines. A timer for each operation would cost more than the operation.
  boost::asio::steady_timer watch{context};
};

/// What all connections share.
struct Common {
  explicit Common(const Settings& settings)
      : limits(settings.limits),
        log(settings.log),
        pool(settings.handler_threads),
        admissions(settings.limits.connections, settings.limits.connections_per_address) {}

  void say(LogLevel level, const std::string& text) const {
    if (log) log({.level = level, .text = text});
  }

  Limits limits;
  std::function<void(const LogLine&)> log;
  boost::asio::thread_pool pool;
  Admissions admissions;
};

/// An endpoint, listening.
struct Listener {
  protocols::RequestHandler handler;
  Work work;
  std::optional<boost::asio::ssl::context> tls;
};

/// Who connected: the socket, the address as text, and the leave to be here.
struct Visitor {
  boost::asio::ip::tcp::socket socket;
  std::string peer;
  Admissions::Ticket ticket;
};

/// Serves one connection until it ends. Runs on its worker's thread.
class Session {
 public:
  Session(Visitor visitor, Listener& listener, Worker& worker, Common& common);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  [[nodiscard]] boost::asio::awaitable<void> run();
  /// Ends a connection on which no request is being answered.
  void stop();
  /// Ends it in any case.
  void cut_off();
  /// Ends the operation that is under way, if its time is up.
  void check_deadline(std::chrono::steady_clock::time_point now);

 private:
  using Socket = boost::asio::ip::tcp::socket;
  static constexpr auto kNone = std::chrono::steady_clock::time_point::max();
  template <typename Stream>
  struct Conversation;

  [[nodiscard]] boost::asio::awaitable<void> run_tls();
  [[nodiscard]] boost::asio::awaitable<void> drain();
  [[nodiscard]] std::chrono::milliseconds left_to_linger() const;
  [[nodiscard]] auto within(std::chrono::milliseconds time);
  [[nodiscard]] boost::asio::awaitable<protocols::Response> answer(const protocols::Request& request);
  [[nodiscard]] protocols::Response call_handler(const protocols::Request& request) const;
  void log_request(const protocols::Request& request, const protocols::Response& response) const;

  Socket socket_;
  std::string peer_;
  Admissions::Ticket ticket_;
  Listener& listener_;
  Worker& worker_;
  Common& common_;
  Bytes client_certificate_;
  std::chrono::steady_clock::time_point last_answer_;
  std::chrono::steady_clock::time_point deadline_ = kNone;  // of the operation under way
  bool idle_ = true;
  bool hurried_ = false;  // has been stopped, so that nobody waits for its client
};

}  // namespace holdfast::http
