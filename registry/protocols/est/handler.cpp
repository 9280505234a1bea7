#include "registry/protocols/est/handler.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "crypto/request_attributes.hpp"
#include "registry/protocols/est/basic.hpp"
#include "registry/protocols/est/body.hpp"

namespace holdfast::est {
namespace {

using protocols::Method;
using protocols::plain_text;
using protocols::Request;
using protocols::Response;

constexpr std::string_view kRoot = "/.well-known/est/";
constexpr std::string_view kCertificates = "application/pkcs7-mime; smime-type=certs-only";

Response with_header(Response response, std::string name, std::string value) {
  response.headers.push_back({.name = std::move(name), .value = std::move(value)});
  return response;
}

Response retry_after(Response response, std::chrono::seconds time) {
  const auto whole = std::max<std::chrono::seconds::rep>(time.count(), 1);
  return with_header(std::move(response), "Retry-After", std::to_string(whole));
}

Response base64(const Request& request, std::string_view type, ByteView der) {
  const bool is_old = request.version == protocols::HttpVersion::http_1_0;
  return {.status = 200,
          .headers = {{.name = "Content-Type", .value = std::string(type)}},
          .body = write_body(der, is_old ? LineBreaks::each_64 : LineBreaks::none)};
}

Response unauthorized(std::string_view text) {
  return with_header(plain_text(401, text), "WWW-Authenticate", "Basic realm=\"holdfast\"");
}

// The same for every reason, so that nobody learns which grants exist.
Response wrong_credentials() {
  return unauthorized(
      "these are not the credentials of an enrolment grant: send the grant's id as the user and its secret as the "
      "password");
}

Response missing_credentials(const Request& request) {
  if (!request.client_certificate.empty()) {
    return unauthorized(
        "a first enrolment takes the id and secret of a grant, as HTTP Basic user and password; to renew the "
        "certificate that you showed, use simplereenroll");
  }
  return unauthorized("an enrolment takes the id and secret of a grant, as HTTP Basic user and password");
}

Response foreign_certificate() {
  return plain_text(403, "the certificate that you showed was not issued here: enrol with a grant at simpleenroll");
}

std::string_view media_type(std::string_view value) {
  value = value.substr(0, value.find(';'));
  const auto end = value.find_last_not_of(" \t");
  return end == std::string_view::npos ? std::string_view() : value.substr(0, end + 1);
}

// Nothing where the request carries a PKCS #10 by its own account.
std::optional<Response> objection_to_type(const Request& request) {
  const auto type = protocols::find_header(request.headers, "Content-Type");
  if (type && protocols::equal_ignoring_case(media_type(*type), "application/pkcs10")) return std::nullopt;
  return plain_text(415, "the body must be a certificate request: send it with Content-Type: application/pkcs10");
}

std::optional<domain::GrantCredentials> credentials_of(std::string_view authorization) {
  auto basic = parse_basic(authorization);
  if (!basic || basic->password.empty()) return std::nullopt;
  auto id = domain::GrantId::parse(basic->user);
  if (!id.ok()) return std::nullopt;
  return domain::GrantCredentials{.id = *std::move(id), .secret = std::move(basic->password)};
}

// The first product of User-Agent (RFC 9110, 10.1.5), which is where the anchor says that it comes from.
domain::ReportedClient client_of(const Request& request) {
  constexpr std::size_t kMost = 64;
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
  };
  const auto agent = protocols::find_header(request.headers, "User-Agent").value_or("");
  const auto product = agent.substr(0, agent.find(' '));
  const auto slash = std::min(product.find('/'), product.size());
  const auto name = product.substr(0, slash);
  const auto version = product.substr(std::min(slash + 1, product.size()));
  const bool told = !name.empty() && product.size() <= kMost && std::ranges::all_of(name, is_plain) &&
                    std::ranges::all_of(version, is_plain);
  return told ? domain::ReportedClient{std::string(name), std::string(version)} : domain::ReportedClient();
}

}  // namespace

struct Handler::Operation {
  std::string_view name;
  bool (*allows)(Method method);
  std::string_view allow;
  Result<Response> (Handler::*perform)(const Request&) const;
};

std::span<const Handler::Operation> Handler::operations() {
  constexpr auto kRead = [](Method method) { return method == Method::get || method == Method::head; };
  constexpr auto kWrite = [](Method method) { return method == Method::post; };
  static constexpr std::array<Operation, 5> kOperations{{
      {"cacerts", kRead, "GET, HEAD", &Handler::authority_certificates},
      {"csrattrs", kRead, "GET, HEAD", &Handler::request_attributes},
      {"simpleenroll", kWrite, "POST", &Handler::enrol},
      {"simplereenroll", kWrite, "POST", &Handler::renew},
      {"serverkeygen", kWrite, "POST", &Handler::refuse_keygen},
  }};
  return kOperations;
}

Response Handler::handle(const Request& request) const {
  auto path = protocols::path_of(request.target);
  if (!path.starts_with(kRoot)) return plain_text(404, "EST is at /.well-known/est/");
  path.remove_prefix(kRoot.size());
  if (path.starts_with('/')) path.remove_prefix(1);  // the empty label
  if (path.contains('/')) {
    return plain_text(404,
                      "this registry has one authority, so that its addresses have no label: /.well-known/est/cacerts");
  }
  const auto* const found = std::ranges::find(operations(), path, &Operation::name).base();
  if (found == operations().end().base()) {
    return plain_text(404, "EST has cacerts, csrattrs, simpleenroll and simplereenroll here");
  }
  return perform(*found, request);
}

Response Handler::perform(const Operation& operation, const Request& request) const {
  if (!operation.allows(request.method)) {
    const auto text = std::string(operation.name) + " takes " + std::string(operation.allow);
    return with_header(plain_text(405, text), "Allow", std::string(operation.allow));
  }
  auto response = (this->*operation.perform)(request);
  return response.ok() ? *std::move(response) : refusal(response.error());
}

Result<Response> Handler::authority_certificates(const Request& request) const {
  TRY_LET(const auto certificates, service_.authority_certificates(), "read authority certificates");
  TRY_LET(const auto der, formats_.write_certificates(certificates), "write authority certificates");
  return base64(request, "application/pkcs7-mime", der);
}

Result<Response> Handler::request_attributes(const Request& request) const {
  TRY_LET(const auto names, service_.key_algorithms(), "read key algorithms");
  std::vector<crypto::KeyAlgorithm> accepted;
  for (const auto& name : names) {
    const auto algorithm = crypto::find_key_algorithm(name);
    if (!algorithm) return Error(ErrorCode::internal, "'" + name + "' is no key algorithm");
    accepted.push_back(*algorithm);
  }
  TRY_LET(const auto der, crypto::encode_request_attributes(accepted), "write request attributes");
  return base64(request, "application/csrattrs", der);
}

Result<crypto::PublicKey> Handler::requested_key(const Request& request) const {
  TRY_LET(const auto pkcs10, parse_body(request.body), "decode body");
  return formats_.read_request(pkcs10);
}

Result<Response> Handler::enrol(const Request& request) const {
  const auto authorization = protocols::find_header(request.headers, "Authorization");
  if (!authorization) return missing_credentials(request);
  const auto credentials = credentials_of(*authorization);
  if (!credentials) return wrong_credentials();
  if (auto objection = objection_to_type(request)) return *std::move(objection);
  const auto key = requested_key(request);
  if (!key.ok() && key.error().code() == ErrorCode::refused) {
    const auto noted = service_.refuse_enrolment(*credentials, key.error());
    if (!noted.ok() && noted.error().code() == ErrorCode::wrong_passphrase) return wrong_credentials();
    TRY(noted, "record refusal");
  }
  TRY(key, "read certificate request");
  const auto decided = service_.enrol(*credentials, *key, client_of(request));
  if (!decided.ok() && decided.error().code() == ErrorCode::wrong_passphrase) return wrong_credentials();
  TRY(decided, "enrol");
  return answer(request, *decided);
}

Result<Response> Handler::renew(const Request& request) const {
  if (request.client_certificate.empty()) {
    return plain_text(403,
                      "renewing takes the certificate that is to be renewed: show it in the TLS handshake, with its "
                      "key; a first certificate is at simpleenroll");
  }
  if (auto objection = objection_to_type(request)) return *std::move(objection);
  const auto key = requested_key(request);
  if (!key.ok() && key.error().code() == ErrorCode::refused) {
    const auto noted = service_.refuse_renewal(request.client_certificate, key.error());
    if (!noted.ok() && noted.error().code() == ErrorCode::wrong_passphrase) return foreign_certificate();
    TRY(noted, "record refusal");
  }
  TRY(key, "read certificate request");
  const auto decided = service_.renew(request.client_certificate, *key);
  if (!decided.ok() && decided.error().code() == ErrorCode::wrong_passphrase) return foreign_certificate();
  TRY(decided, "renew");
  return answer(request, *decided);
}

Result<Response> Handler::refuse_keygen(const Request& /*request*/) const {
  const unsigned status = settings_.server_keygen == ServerKeygen::forbidden ? 403 : 501;
  return plain_text(status, "keys are made on the device and never leave it: make one there, and use simpleenroll");
}

Result<Response> Handler::answer(const Request& request, const domain::EnrolmentAnswer& decided) const {
  if (const auto* const deferred = std::get_if<domain::Deferred>(&decided)) {
    return retry_after(plain_text(202, "a person has to approve this enrolment: repeat the same request later"),
                       deferred->retry_after);
  }
  const std::array<Bytes, 1> certificates{std::get<domain::IssuedCertificate>(decided).der};
  TRY_LET(const auto der, formats_.write_certificates(certificates), "write certificate");
  return base64(request, kCertificates, der);
}

Response Handler::refusal(const Error& error) const {
  const bool is_inside = error.code() == ErrorCode::io || error.code() == ErrorCode::internal;
  if (is_inside && settings_.report) settings_.report(error);
  switch (error.code()) {
    case ErrorCode::usage:
    case ErrorCode::malformed: return plain_text(400, error.message());
    case ErrorCode::refused:
    case ErrorCode::not_found:
    case ErrorCode::does_not_open:
    case ErrorCode::wrong_passphrase: return plain_text(403, error.message());
    case ErrorCode::io:
      return retry_after(plain_text(503, "the registry cannot work at present: try again later"),
                         settings_.retry_after);
    case ErrorCode::internal: break;
  }
  return plain_text(500, "something went wrong in the registry; its log has more");
}

}  // namespace holdfast::est
