// An HTTP request and its answer, as protocols see them: values, with nothing of the connection that they came over.
#pragma once

#include "core/bytes.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::protocols {

enum class Method : std::uint8_t { get, head, post, put, patch, del, options, other };

enum class HttpVersion : std::uint8_t { http_1_0, http_1_1 };

/// A field of a request's or an answer's header. The name may be in any case, the value is without white space around.
struct Header {
  std::string name;
  std::string value;
};

/// A complete request. Its headers and body may hold credentials, and are never logged.
struct Request {
  Method method = Method::get;
  std::string target;  ///< path and query, beginning with '/'
  HttpVersion version = HttpVersion::http_1_1;
  std::vector<Header> headers;
  Bytes body;
  /// The TLS client's certificate, DER; empty where there is none. The client holds its private key. Nothing else about
  /// it was judged: it may be anybody's, and may have expired.
  Bytes client_certificate;
  std::string peer;  ///< the client's address without the port
};

/// Content-Length, Connection and Date are the listener's to add, and HEAD's answer it sends without the body.
struct Response {
  unsigned status = 200;
  std::vector<Header> headers;
  Bytes body;
};

/// What answers requests. Called from several threads at once; must not throw.
using RequestHandler = std::function<Response(const Request&)>;

/// The path of `target`, without its query.
[[nodiscard]] std::string_view path_of(std::string_view target);

/// The value of the only field of that name, whatever the case. None where there is none, or more than one.
[[nodiscard]] std::optional<std::string_view> find_header(const std::vector<Header>& headers, std::string_view name);

/// Whether two texts differ in nothing but the case of ASCII letters.
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);

/// An answer for people: `text` and a line feed, as text/plain.
[[nodiscard]] Response plain_text(unsigned status, std::string_view text);

}  // namespace holdfast::protocols
