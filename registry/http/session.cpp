#include "registry/http/session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <array>
#include <format>

#include "core/text.hpp"
#include "registry/http/tls.hpp"

namespace holdfast::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using asio::awaitable;
using beast::error_code;
using protocols::Method;
using protocols::Request;
using protocols::Response;

using Parser = bhttp::request_parser<bhttp::vector_body<std::uint8_t>>;
using Message = bhttp::response<bhttp::vector_body<std::uint8_t>>;

constexpr std::size_t kFirstRead = 4096;
constexpr std::size_t kMostDrained = std::size_t{1024} * 1024;
constexpr std::chrono::milliseconds kHurry{100};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

Method method_of(bhttp::verb verb) {
  switch (verb) {
    case bhttp::verb::get: return Method::get;
    case bhttp::verb::head: return Method::head;
    case bhttp::verb::post: return Method::post;
    case bhttp::verb::put: return Method::put;
    case bhttp::verb::patch: return Method::patch;
    case bhttp::verb::delete_: return Method::del;
    case bhttp::verb::options: return Method::options;
    default: return Method::other;
  }
}

std::string_view name_of(Method method) {
  switch (method) {
    case Method::get: return "GET";
    case Method::head: return "HEAD";
    case Method::post: return "POST";
    case Method::put: return "PUT";
    case Method::patch: return "PATCH";
    case Method::del: return "DELETE";
    case Method::options: return "OPTIONS";
    case Method::other: return "other";
  }
  return "other";
}

// Proxies' form of a target holds scheme and host, too (RFC 9112, 3.2.2).
std::string origin_form(std::string_view target) {
  if (target.starts_with('/')) return std::string(target);
  const auto scheme = target.find("://");
  if (scheme == std::string_view::npos) return std::string(target);
  const auto path = target.find('/', scheme + 3);
  return path == std::string_view::npos ? "/" : std::string(target.substr(path));
}

Request request_of(Parser::value_type message) {
  Request request;
  request.method = method_of(message.method());
  request.target = origin_form({message.target().data(), message.target().size()});
  request.version = message.version() == 10 ? protocols::HttpVersion::http_1_0 : protocols::HttpVersion::http_1_1;
  for (const auto& field : message) {
    request.headers.push_back({.name = std::string(field.name_string()), .value = std::string(field.value())});
  }
  request.body = std::move(message.body());
  return request;
}

// Formatting takes longer than the rest of an answer's header, so it is done once a second.
const std::string& date_now() {
  thread_local std::chrono::sys_seconds when{};
  thread_local std::string text;
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (now != when || text.empty()) text = std::format("{:%a, %d %b %Y %H:%M:%S} GMT", now);
  when = now;
  return text;
}

// For the log, of which one request is one line: a path is ASCII, and everything else in it is somebody's attempt.
std::string shown_path(std::string_view target) {
  std::string shown;
  for (const char c : protocols::path_of(target)) {
    shown += c > ' ' && c < '\x7f' && c != '\\' ? std::string(1, c)
                                                : std::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  constexpr std::size_t kMost = 200;
  return shown.size() > kMost ? shown.substr(0, kMost) + "..." : shown;
}

bool may_have_body(unsigned status) { return status >= 200 && status != 204 && status != 304; }

enum class Next : std::uint8_t { keep, close };

Message message_of(Response response, unsigned version, Method method, Next next) {
  Message message(static_cast<bhttp::status>(response.status), version);
  for (const auto& header : response.headers) message.insert(header.name, header.value);
  message.set(bhttp::field::date, date_now());
  message.keep_alive(next == Next::keep);
  if (may_have_body(response.status)) message.content_length(response.body.size());
  if (may_have_body(response.status) && method != Method::head) message.body() = std::move(response.body);
  return message;
}

Response too_many() {
  auto response = protocols::plain_text(503, "there are too many connections at present; try again later");
  response.headers.push_back({.name = "Retry-After", .value = "10"});
  return response;
}

// What to say about a request that could not be read; none where the client is gone or does not speak HTTP.
std::optional<Response> refusal_of(error_code ec) {
  using protocols::plain_text;
  if (ec == asio::error::operation_aborted) return plain_text(408, "the request did not arrive in time");
  if (ec == bhttp::error::header_limit || ec == bhttp::error::buffer_overflow) {
    return plain_text(431, "the request's header is too large");
  }
  if (ec == bhttp::error::body_limit) return plain_text(413, "the request's body is too large");
  if (ec == bhttp::error::bad_version) return plain_text(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
  if (ec == bhttp::error::end_of_stream || ec == bhttp::error::partial_message) return std::nullopt;
  if (ec.category() == bhttp::make_error_code(bhttp::error::bad_method).category()) {
    return plain_text(400, "this is no HTTP request: " + ec.message());
  }
  return std::nullopt;
}

std::optional<Response> objection_to(const Parser::value_type& header) {
  if (header.version() == 11 && header.count(bhttp::field::host) != 1) {
    return protocols::plain_text(400, "a request of HTTP/1.1 has one Host header");
  }
  const auto expected = header[bhttp::field::expect];
  if (!expected.empty() && !beast::iequals(expected, "100-continue")) {
    return protocols::plain_text(417, "nothing but 100-continue can be expected here");
  }
  return std::nullopt;
}

}  // namespace

// Completes an operation with its error code as a value, which is operation_aborted when the time is up.
auto Session::within(std::chrono::milliseconds time) {
  deadline_ = std::chrono::steady_clock::now() + time;
  return asio::as_tuple(asio::deferred);
}

// The requests of one connection, one after the other.
template <typename Stream>
struct Session::Conversation {
  Session& session;
  Stream& stream;
  beast::flat_buffer buffer{session.common_.limits.header_size + (std::size_t{64} * 1024)};
  unsigned version = 11;  // of the last request

  [[nodiscard]] const Limits& limits() const { return session.common_.limits; }

  awaitable<void> run() {
    auto wait = limits().header_time;
    // One co_await a statement: GCC 14 evaluates the right side of && in any case.
    while (true) {
      const bool begun = co_await has_begun(wait);
      if (!begun) co_return;
      const auto next = co_await exchange();
      if (next == Next::close) co_return;
      wait = limits().idle_time;
    }
  }

  // Whether a request begins in that time.
  awaitable<bool> has_begun(std::chrono::milliseconds time) {
    if (buffer.size() > 0) co_return true;
    if (session.worker_.stopping) co_return false;
    session.idle_ = true;
    const auto [ec, size] = co_await stream.async_read_some(buffer.prepare(kFirstRead), session.within(time));
    session.idle_ = false;
    buffer.commit(size);
    co_return !ec;
  }

  awaitable<Next> exchange() {
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(limits().header_size));
    parser.body_limit(limits().body_size);
    const auto refusal = co_await read(parser);
    if (!refusal) co_return Next::close;
    if (refusal->status != 0) co_return co_await write(Response(*refusal), Method::get, Next::close);
    const bool wants_more = parser.keep_alive();
    auto request = request_of(parser.release());
    request.client_certificate = session.client_certificate_;
    request.peer = session.peer_;
    if (session.worker_.cut_off) co_return Next::close;
    auto response = co_await session.answer(request);
    session.log_request(request, response);
    const auto next = wants_more && !session.worker_.stopping ? Next::keep : Next::close;
    co_return co_await write(std::move(response), request.method, next);
  }

  // Status 0 where a whole request was read, else what to answer; nothing where nobody would hear it.
  awaitable<std::optional<Response>> read(Parser& parser) {
    // Mostly all of it is there already.
    error_code ec;
    buffer.consume(parser.put(buffer.data(), ec));
    std::size_t size = 0;
    if (ec == bhttp::error::need_more) {
      std::tie(ec, size) =
          co_await bhttp::async_read_header(stream, buffer, parser, session.within(limits().header_time));
    }
    if (parser.is_header_done()) version = parser.get().version();
    if (ec) co_return refused(ec);
    if (session.ticket_.admission() == Admission::turned_away) co_return refused(too_many());
    if (auto objection = objection_to(parser.get())) co_return refused(std::move(*objection));
    if (version == 11 && !parser.get()[bhttp::field::expect].empty() && !parser.is_done()) {
      std::tie(ec, size) =
          co_await asio::async_write(stream, asio::buffer(kContinue), session.within(limits().body_time));
      if (ec) co_return std::nullopt;
    }
    if (!parser.is_done())
      std::tie(ec, size) = co_await bhttp::async_read(stream, buffer, parser, session.within(limits().body_time));
    if (ec) co_return refused(ec);
    co_return Response{.status = 0, .headers = {}, .body = {}};
  }

  std::optional<Response> refused(error_code ec) {
    auto refusal = refusal_of(ec);
    if (!refusal) return std::nullopt;
    return refused(std::move(*refusal));
  }

  std::optional<Response> refused(Response&& refusal) {
    session.common_.say(LogLevel::warning, std::format("{} refused: {}", session.peer_, refusal.status));
    return std::move(refusal);
  }

  awaitable<Next> write(Response&& response, Method method, Next next) {
    const auto message = message_of(std::move(response), version, method, next);
    const auto [ec, size] = co_await bhttp::async_write(stream, message, session.within(limits().write_time));
    co_return ec ? Next::close : next;
  }
};

Session::Session(Visitor visitor, Listener& listener, Worker& worker, Common& common)
    : socket_(std::move(visitor.socket)),
      peer_(std::move(visitor.peer)),
      ticket_(std::move(visitor.ticket)),
      listener_(listener),
      worker_(worker),
      common_(common) {
  worker_.sessions.insert(this);
}

Session::~Session() {
  worker_.sessions.erase(this);
  // The last one to leave ends the watch.
  if (worker_.stopping && worker_.sessions.empty()) worker_.watch.cancel();
}

void Session::check_deadline(std::chrono::steady_clock::time_point now) {
  // Again each time until it has ended: there may be nothing to cancel between two steps of an operation.
  if (now < deadline_) return;
  error_code ignored;
  static_cast<void>(socket_.cancel(ignored));
}

void Session::stop() {
  if (!idle_) return;
  hurried_ = true;
  deadline_ = {};
  check_deadline(std::chrono::steady_clock::now());
}

void Session::cut_off() {
  error_code ignored;
  static_cast<void>(socket_.close(ignored));
}

awaitable<void> Session::run() {
  error_code ignored;
  static_cast<void>(socket_.set_option(asio::ip::tcp::no_delay(true), ignored));
  if (worker_.stopping) co_return;
  if (listener_.tls) {
    co_await run_tls();
  } else {
    Conversation<Socket> conversation{.session = *this, .stream = socket_};
    co_await conversation.run();
    last_answer_ = std::chrono::steady_clock::now();
  }
  co_await drain();
}

awaitable<void> Session::run_tls() {
  asio::ssl::stream<Socket&> stream(socket_, *listener_.tls);
  const auto [ec] =
      co_await stream.async_handshake(asio::ssl::stream_base::server, within(common_.limits.handshake_time));
  if (ec) {
    common_.say(LogLevel::info, std::format("{} ended its TLS handshake: {}", peer_, printable(ec.message())));
    co_return;
  }
  client_certificate_ = peer_certificate(stream.native_handle());
  Conversation<asio::ssl::stream<Socket&>> conversation{.session = *this, .stream = stream};
  co_await conversation.run();
  idle_ = true;
  // Without it clients cannot tell the end from an attack. They need not answer.
  last_answer_ = std::chrono::steady_clock::now();
  co_await stream.async_shutdown(within(left_to_linger()));
}

std::chrono::milliseconds Session::left_to_linger() const {
  const auto time = hurried_ ? kHurry : common_.limits.linger_time;
  const auto end = last_answer_ + time;
  return std::max(std::chrono::milliseconds(0),
                  std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()));
}

// Closing while something is unread would have the system reset the connection, and the client lose the last answer.
awaitable<void> Session::drain() {
  idle_ = true;
  error_code ignored;
  static_cast<void>(socket_.shutdown(asio::socket_base::shutdown_send, ignored));
  std::array<std::uint8_t, kFirstRead> buffer{};
  for (std::size_t drained = 0; drained < kMostDrained && !hurried_;) {
    const auto left = left_to_linger();
    if (left.count() == 0) break;
    const auto [ec, size] = co_await socket_.async_read_some(asio::buffer(buffer), within(left));
    if (ec) break;
    drained += size;
  }
}

awaitable<Response> Session::answer(const Request& request) {
  deadline_ = kNone;
  if (listener_.work == Work::computes) co_return call_handler(request);
  // The awaiting side goes on on its own thread when this is done.
  co_return co_await asio::co_spawn(
      common_.pool, [&]() -> awaitable<Response> { co_return call_handler(request); }, asio::use_awaitable);
}

Response Session::call_handler(const Request& request) const {
  try {
    return listener_.handler(request);
  } catch (const std::exception& problem) {
    common_.say(LogLevel::error, std::string("a handler threw: ") + problem.what());
  }
  return protocols::plain_text(500, "something went wrong in the registry; its log has more");
}

void Session::log_request(const Request& request, const Response& response) const {
  if (!common_.log) return;
  common_.say(LogLevel::info, std::format("{} {} {} {} {} bytes", peer_, name_of(request.method),
                                          shown_path(request.target), response.status, response.body.size()));
}

}  // namespace holdfast::http
