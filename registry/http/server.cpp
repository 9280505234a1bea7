#include "registry/http/server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <condition_variable>
#include <format>
#include <thread>

#include "core/text.hpp"
#include "registry/http/session.hpp"
#include "registry/http/tls.hpp"

namespace holdfast::http {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds kPauseAfterFailure{100};
// How long after its time a connection may still be there.
constexpr std::chrono::milliseconds kMostLate{250};
constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

// A socket for both versions of IP shows IPv4 addresses inside IPv6 ones.
asio::ip::address unmapped(const asio::ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
}

// What is counted together: of IPv6 a single client has all addresses that share the first 64 bits.
std::string place_of(const asio::ip::address& address) {
  if (!address.is_v6()) return address.to_string();
  auto bytes = address.to_v6().to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return asio::ip::address_v6(bytes).to_string();
}

Error cannot_listen(const Endpoint& endpoint, const error_code& ec) {
  return {ErrorCode::io,
          std::format("cannot listen on {} port {}: {}", printable(endpoint.address), endpoint.port, ec.message())};
}

Result<tcp::acceptor> open_acceptor(asio::io_context& context, const Endpoint& endpoint) {
  error_code ec;
  const auto address = asio::ip::make_address(endpoint.address, ec);
  if (ec) {
    return Error(ErrorCode::usage,
                 "'" + printable(endpoint.address) +
                     "' is no address to listen on: write an IPv4 or IPv6 address, such as 127.0.0.1 or ::");
  }
  tcp::acceptor acceptor(context);
  const tcp::endpoint where(address, endpoint.port);
  if (acceptor.open(where.protocol(), ec); ec) return cannot_listen(endpoint, ec);
  if (acceptor.set_option(tcp::acceptor::reuse_address(true), ec); ec) return cannot_listen(endpoint, ec);
  if (acceptor.bind(where, ec); ec) return cannot_listen(endpoint, ec);
  if (acceptor.listen(asio::socket_base::max_listen_connections, ec); ec) return cannot_listen(endpoint, ec);
  return acceptor;
}

// Short where the limits are, so that they are kept about as exactly as they are said.
std::chrono::milliseconds watch_interval(const Limits& limits) {
  const auto shortest = std::min({limits.handshake_time, limits.header_time, limits.body_time, limits.write_time,
                                  limits.idle_time, limits.linger_time});
  return std::clamp(shortest / 8, std::chrono::milliseconds(1), kMostLate);
}

Result<Listener> make_listener(const Endpoint& endpoint) {
  Listener listener{.handler = endpoint.handler, .work = endpoint.work, .tls = std::nullopt};
  if (endpoint.tls) {
    TRY_LET(auto context, make_ssl_context(*endpoint.tls), "set up TLS");
    listener.tls.emplace(context.release());
  }
  return listener;
}

}  // namespace

class Server::Impl {
 public:
  explicit Impl(const Settings& settings) : common_(settings), stop_time_(settings.stop_time) {
    const unsigned processors = std::max(1U, std::thread::hardware_concurrency());
    const unsigned count = settings.network_threads == 0 ? processors : settings.network_threads;
    for (unsigned i = 0; i < count; ++i) workers_.push_back(std::make_unique<Worker>());
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { stop(); }

  Result<void> start(const std::vector<Endpoint>& endpoints);
  void stop();
  [[nodiscard]] const std::vector<std::uint16_t>& ports() const { return ports_; }

 private:
  struct Entrance {
    Listener listener;
    tcp::acceptor acceptor;
  };

  awaitable<void> accept(Entrance& entrance);
  [[nodiscard]] awaitable<void> watch(Worker& worker) const;
  void begin(Entrance& entrance, Worker& worker, tcp::socket socket);
  awaitable<void> serve(Entrance& entrance, Worker& worker, Visitor visitor);
  void run(Worker& worker);
  bool have_ended_in_time();
  template <typename Action>
  void tell_workers(Action action);

  Common common_;
  std::chrono::milliseconds stop_time_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<Entrance>> entrances_;
  std::vector<std::uint16_t> ports_;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards_;
  std::vector<std::jthread> threads_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t running_ = 0;  // guarded by the mutex
  std::size_t next_ = 0;     // the worker for the next connection; the first worker's thread only
};

Result<void> Server::Impl::start(const std::vector<Endpoint>& endpoints) {
  for (const auto& endpoint : endpoints) {
    TRY_LET(auto listener, make_listener(endpoint), "set up endpoint");
    TRY_LET(auto acceptor, open_acceptor(workers_.front()->context, endpoint), "listen");
    ports_.push_back(acceptor.local_endpoint().port());
    entrances_.push_back(std::make_unique<Entrance>(std::move(listener), std::move(acceptor)));
  }
  for (const auto& entrance : entrances_) {
    asio::co_spawn(workers_.front()->context, accept(*entrance), asio::detached);
  }
  for (const auto& worker : workers_) asio::co_spawn(worker->context, watch(*worker), asio::detached);
  running_ = workers_.size();
  for (const auto& worker : workers_) {
    guards_.emplace_back(worker->context.get_executor());
    threads_.emplace_back([this, &worker = *worker] { run(worker); });
  }
  return {};
}

void Server::Impl::run(Worker& worker) {
  // A coroutine that ran out of memory is gone; the others go on.
  for (bool again = true; again;) {
    try {
      worker.context.run();
      again = false;
    } catch (const std::exception& problem) {
      common_.say(LogLevel::error, std::string("the listener goes on after: ") + problem.what());
    }
  }
  const std::lock_guard lock(mutex_);
  --running_;
  ended_.notify_all();
}

awaitable<void> Server::Impl::accept(Entrance& entrance) {
  asio::steady_timer pause(workers_.front()->context);
  while (entrance.acceptor.is_open()) {
    auto& worker = *workers_[next_++ % workers_.size()];
    auto [ec, socket] = co_await entrance.acceptor.async_accept(worker.context, kTuple);
    if (!ec) {
      begin(entrance, worker, std::move(socket));
    } else if (ec != asio::error::operation_aborted && ec != asio::error::connection_aborted) {
      // Mostly too many open files, which does not pass by trying harder.
      common_.say(LogLevel::error, "cannot accept a connection: " + ec.message());
      pause.expires_after(kPauseAfterFailure);
      co_await pause.async_wait(kTuple);
    }
  }
}

awaitable<void> Server::Impl::watch(Worker& worker) const {
  const auto interval = watch_interval(common_.limits);
  while (!worker.stopping || !worker.sessions.empty()) {
    worker.watch.expires_after(interval);
    co_await worker.watch.async_wait(kTuple);
    const auto now = std::chrono::steady_clock::now();
    for (auto* session : worker.sessions) session->check_deadline(now);
  }
}

void Server::Impl::begin(Entrance& entrance, Worker& worker, tcp::socket socket) {
  error_code ec;
  const auto remote = socket.remote_endpoint(ec);
  if (ec) return;  // gone already
  const auto address = unmapped(remote.address());
  auto ticket = common_.admissions.admit(place_of(address));
  const auto peer = address.to_string();
  if (ticket.admission() != Admission::admitted) {
    common_.say(LogLevel::warning, peer + " is turned away: too many connections");
  }
  if (ticket.admission() == Admission::dropped) return;
  asio::co_spawn(worker.context, serve(entrance, worker, {std::move(socket), peer, std::move(ticket)}),
                 [this](const std::exception_ptr& problem) {
                   if (problem) common_.say(LogLevel::error, "a connection ended by an exception");
                 });
}

awaitable<void> Server::Impl::serve(Entrance& entrance, Worker& worker, Visitor visitor) {
  Session session(std::move(visitor), entrance.listener, worker, common_);
  co_await session.run();
}

template <typename Action>
void Server::Impl::tell_workers(Action action) {
  for (const auto& worker : workers_) asio::post(worker->context, [&worker = *worker, action] { action(worker); });
}

bool Server::Impl::have_ended_in_time() {
  std::unique_lock lock(mutex_);
  return ended_.wait_for(lock, stop_time_, [this] { return running_ == 0; });
}

void Server::Impl::stop() {
  if (threads_.empty()) return;
  asio::post(workers_.front()->context, [this] {
    error_code ignored;
    for (const auto& entrance : entrances_) static_cast<void>(entrance->acceptor.close(ignored));
  });
  tell_workers([](Worker& worker) {
    worker.stopping = true;
    for (auto* session : worker.sessions) session->stop();
    if (worker.sessions.empty()) worker.watch.cancel();
  });
  guards_.clear();
  if (!have_ended_in_time()) {
    common_.say(LogLevel::warning, "stopping: connections that did not end in time are cut off");
    tell_workers([](Worker& worker) {
      worker.cut_off = true;
      for (auto* session : worker.sessions) session->cut_off();
    });
  }
  threads_.clear();
  common_.pool.join();
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::Server(Server&&) noexcept = default;
Server::~Server() = default;

const std::vector<std::uint16_t>& Server::ports() const { return impl_->ports(); }

void Server::stop() { impl_->stop(); }

Result<Server> Server::start(const Settings& settings) {
  // Threads and sockets may be refused by exceptions.
  try {
    auto impl = std::make_unique<Impl>(settings);
    TRY(impl->start(settings.endpoints), "start the listener");
    return Server(std::move(impl));
  } catch (const std::exception& problem) {
    return Error(ErrorCode::io, std::string("the listener cannot start: ") + problem.what());
  }
}

}  // namespace holdfast::http
