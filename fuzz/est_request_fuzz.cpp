// What anybody may send to EST. The input is a byte for method, version and client certificate, a line with the target,
// lines with headers, an empty line, and the body.
#include <algorithm>
#include <array>

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "crypto/pem.hpp"
#include "fuzz/check.hpp"
#include "registry/protocols/est/body.hpp"
#include "registry/protocols/est/handler.hpp"

using namespace holdfast;

namespace {

const crypto::PublicKey& any_key() {
  static const auto kKey = crypto::PrivateKey::generate(crypto::KeyAlgorithm::ed25519).value();
  return kKey.public_key();
}

// Knows one grant, and renews every certificate but an empty one.
class Service : public domain::EnrolmentService {
 public:
  Result<std::vector<Bytes>> authority_certificates() override { return std::vector<Bytes>{{1, 2, 3}}; }
  Result<std::vector<std::string>> key_algorithms() override { return std::vector<std::string>{"ecdsa-p256"}; }
  Result<domain::EnrolmentAnswer> enrol(const domain::GrantCredentials& credentials, const crypto::PublicKey& /*key*/,
                                        const domain::ReportedClient& client) override {
    fuzz::check(printable(client.component, 100) == client.component && !client.component.empty(),
                "clients have names");
    fuzz::check(printable(client.version, 100) == client.version, "versions can be shown");
    fuzz::check(domain::is_uuid(credentials.id.text()), "grants have ids");
    fuzz::check(!credentials.secret.empty(), "grants have secrets");
    if (credentials.secret != "s3cret") return Error(ErrorCode::wrong_passphrase, "wrong");
    return domain::Deferred{.identity = domain::IdentityId::parse(credentials.id.text()).value(),
                            .retry_after = std::chrono::seconds(1)};
  }
  Result<domain::EnrolmentAnswer> renew(ByteView certificate, const crypto::PublicKey& /*key*/) override {
    fuzz::check(!certificate.empty(), "renewing takes a certificate");
    return Error(ErrorCode::io, "broken");
  }
};

std::string_view take_line(std::string_view& rest) {
  const auto end = std::min(rest.find('\n'), rest.size());
  const auto line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

protocols::Request request_of(ByteView bytes) {
  protocols::Request request;
  if (bytes.empty()) return request;
  const auto first = bytes.front();
  request.method = static_cast<protocols::Method>(first % 8U);
  request.version = (first & 8U) != 0 ? protocols::HttpVersion::http_1_0 : protocols::HttpVersion::http_1_1;
  if ((first & 16U) != 0) request.client_certificate = {1};
  auto rest = as_text(bytes.subspan(1));
  request.target = std::string(take_line(rest));
  for (auto line = take_line(rest); !line.empty(); line = take_line(rest)) {
    const auto colon = std::min(line.find(':'), line.size());
    const auto value = line.substr(std::min(colon + 1, line.size()));
    request.headers.push_back({.name = std::string(line.substr(0, colon)), .value = std::string(value)});
  }
  append(request.body, as_bytes(rest));
  return request;
}

void check_answer(const protocols::Response& response) {
  static constexpr std::array kStatuses{200U, 202U, 400U, 401U, 403U, 404U, 405U, 415U, 503U};
  const auto has = [&](std::string_view name) { return protocols::find_header(response.headers, name).has_value(); };
  fuzz::check(std::ranges::contains(kStatuses, response.status), "one of EST's statuses");
  fuzz::check(has("Content-Type") && !response.body.empty(), "an answer says something");
  fuzz::check(has("WWW-Authenticate") == (response.status == 401), "401 says how to authenticate");
  fuzz::check(has("Allow") == (response.status == 405), "405 says what is allowed");
  fuzz::check(has("Retry-After") == (response.status == 202 || response.status == 503), "later says when");
}

void check_body(ByteView bytes) {
  const auto parsed = est::parse_body(bytes);
  if (!parsed.ok() || crypto::has_pem(bytes)) return;
  for (const auto breaks : {est::LineBreaks::none, est::LineBreaks::each_64}) {
    const auto again = est::parse_body(est::write_body(*parsed, breaks));
    fuzz::check(again.ok() && *again == *parsed, "what is written is read");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Service service;
  static const est::Handler kHandler(
      service,
      {.read_request = [](ByteView) -> Result<crypto::PublicKey> { return any_key(); },
       .write_certificates = [](std::span<const Bytes> all) -> Result<Bytes> { return all.front(); }},
      {});
  const ByteView bytes(data, size);
  check_answer(kHandler.handle(request_of(bytes)));
  check_body(bytes);
  return 0;
}
