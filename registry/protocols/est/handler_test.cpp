#include "registry/protocols/est/handler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/encoding.hpp"

namespace holdfast::est {
namespace {

using domain::EnrolmentAnswer;
using protocols::Method;
using protocols::Request;
using protocols::Response;
using testing::HasSubstr;

constexpr const char* kGrant = "01900000-0000-7000-8000-000000000001";
constexpr const char* kIdentity = "01900000-0000-7000-8000-00000000000f";

// Answers what it is told to, and remembers what it was asked.
class FakeService : public domain::EnrolmentService {
 public:
  Result<std::vector<Bytes>> authority_certificates() override { return certificates; }
  Result<std::vector<std::string>> key_algorithms() override { return algorithms; }
  Result<EnrolmentAnswer> enrol(const domain::GrantCredentials& credentials, const crypto::PublicKey& /*key*/,
                                const domain::ReportedClient& from) override {
    client = from;
    asked = "enrol " + credentials.id.text() + " " + credentials.secret;
    return answer;
  }
  Result<EnrolmentAnswer> renew(ByteView certificate, const crypto::PublicKey& /*key*/) override {
    asked = "renew " + std::string(as_text(certificate));
    return answer;
  }

  Result<void> refuse_enrolment(const domain::GrantCredentials& credentials, const Error& why) override {
    asked = "refuse " + credentials.id.text() + ": " + why.message();
    return refusal;
  }
  Result<void> refuse_renewal(ByteView certificate, const Error& why) override {
    asked = "refuse " + std::string(as_text(certificate)) + ": " + why.message();
    return refusal;
  }

  Result<void> refusal;
  Result<std::vector<Bytes>> certificates = std::vector<Bytes>{{'c', 'a'}, {'r', 'o', 'o', 't'}};
  Result<std::vector<std::string>> algorithms = std::vector<std::string>{"ecdsa-p256"};
  Result<EnrolmentAnswer> answer = Error(ErrorCode::internal, "no answer was set");
  std::string asked;
  domain::ReportedClient client;
};

EnrolmentAnswer issued() {
  return domain::IssuedCertificate{.identity = domain::IdentityId::parse(kIdentity).value(),
                                   .serial = "",
                                   .not_before = {},
                                   .not_after = {},
                                   .der = {'l', 'e', 'a', 'f'}};
}

EnrolmentAnswer deferred(int seconds) {
  return domain::Deferred{.identity = domain::IdentityId::parse(kIdentity).value(),
                          .retry_after = std::chrono::seconds(seconds)};
}

crypto::PublicKey any_key() {
  static const auto kKey = crypto::PrivateKey::generate(crypto::KeyAlgorithm::ed25519).value();
  return kKey.public_key();
}

class Est : public testing::Test {
 protected:
  Est() {
    formats_.read_request = [this](ByteView request) -> Result<crypto::PublicKey> {
      read_ = std::string(as_text(request));
      if (read_ == "bad") return Error(ErrorCode::malformed, "this is no certificate request");
      if (read_ == "weak") return Error(ErrorCode::refused, "this key is too weak: use ecdsa-p256");
      return any_key();
    };
    formats_.write_certificates = [](std::span<const Bytes> certificates) -> Result<Bytes> {
      Bytes all;
      for (const auto& one : certificates) {
        append(all, one);
        all.push_back('.');
      }
      return all;
    };
  }

  Response handle(const Request& request) {
    settings_.report = [this](const Error& error) { reported_ = error.message(); };
    return Handler(service_, formats_, settings_).handle(request);
  }

  static Request get(const std::string& target) {
    Request request;
    request.target = target;
    return request;
  }

  static Request post(const std::string& operation, std::string_view content = "csr") {
    Request request;
    request.method = Method::post;
    request.target = "/.well-known/est/" + operation;
    request.headers.push_back({.name = "content-type", .value = "application/pkcs10"});
    append(request.body, as_bytes(to_base64(as_bytes(content))));
    return request;
  }

  static Request with_grant(Request request, const std::string& user = kGrant, const std::string& secret = "s3cret") {
    request.headers.push_back({.name = "Authorization", .value = "Basic " + to_base64(as_bytes(user + ":" + secret))});
    return request;
  }

  static Request with_certificate(Request request) {
    append(request.client_certificate, as_bytes("shown"));
    return request;
  }

  static std::string header(const Response& response, const std::string& name) {
    return std::string(protocols::find_header(response.headers, name).value_or("(none)"));
  }

  static std::string text(const Response& response) { return std::string(as_text(response.body)); }
  static std::string decoded(const Response& response) {
    const auto bytes = parse_base64(text(response)).value();
    return std::string(as_text(bytes));
  }

  FakeService service_;
  Formats formats_;
  Settings settings_;
  std::string read_;
  std::string reported_;
};

TEST_F(Est, GivesTheAuthoritysCertificates) {
  const auto response = handle(get("/.well-known/est/cacerts"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(header(response, "Content-Type"), "application/pkcs7-mime");
  EXPECT_EQ(header(response, "Content-Transfer-Encoding"), "(none)");
  EXPECT_EQ(decoded(response), "ca.root.");
}

TEST_F(Est, BreaksLinesForClientsOfHttp10) {
  auto request = get("/.well-known/est/cacerts");
  request.version = protocols::HttpVersion::http_1_0;
  EXPECT_EQ(text(handle(request)), to_base64(as_bytes("ca.root.")) + "\n");
}

TEST_F(Est, GivesHeadAndQueriesTheSame) {
  auto request = get("/.well-known/est//cacerts?x=/y");
  request.method = Method::head;
  EXPECT_EQ(decoded(handle(request)), "ca.root.");
}

TEST_F(Est, NamesTheKeysThatItCertifies) {
  const auto response = handle(get("/.well-known/est/csrattrs"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(header(response, "Content-Type"), "application/csrattrs");
  EXPECT_EQ(to_hex(parse_base64(text(response)).value()), "3017301506072a8648ce3d0201310a06082a8648ce3d030107");
}

TEST_F(Est, KnowsNoOtherPathsAndNoLabels) {
  for (const auto* const target : {"/", "/cacerts", "/.well-known/est", "/.well-known/est/", "/.well-known/est/fullcmc",
                                   "/.well-known/est/arbitrary/cacerts", "/.well-known/est/cacerts/",
                                   "/.well-known/est/CACERTS", "/.well-known/est///cacerts", "*", ""}) {
    EXPECT_EQ(handle(get(target)).status, 404) << target;
  }
}

TEST_F(Est, SaysWhichMethodAnOperationTakes) {
  const auto reading = handle(post("cacerts"));
  EXPECT_EQ(reading.status, 405);
  EXPECT_EQ(header(reading, "Allow"), "GET, HEAD");
  for (const auto* const operation : {"simpleenroll", "simplereenroll", "serverkeygen"}) {
    const auto writing = handle(get("/.well-known/est/" + std::string(operation)));
    EXPECT_EQ(writing.status, 405);
    EXPECT_EQ(header(writing, "Allow"), "POST");
  }
}

TEST_F(Est, EnrolsWithAGrant) {
  service_.answer = issued();
  const auto response = handle(with_grant(post("simpleenroll")));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(header(response, "Content-Type"), "application/pkcs7-mime; smime-type=certs-only");
  EXPECT_EQ(decoded(response), "leaf.");
  EXPECT_EQ(service_.asked, std::string("enrol ") + kGrant + " s3cret");
  EXPECT_EQ(read_, "csr");
}

TEST_F(Est, PutsOffWhatAPersonHasToApprove) {
  service_.answer = deferred(300);
  const auto response = handle(with_grant(post("simpleenroll")));
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(header(response, "Retry-After"), "300");
  service_.answer = deferred(0);
  EXPECT_EQ(header(handle(with_grant(post("simpleenroll"))), "Retry-After"), "1");
}

TEST_F(Est, TheProgramThatAsksIsToldAsFarAsItSaysSo) {
  service_.answer = issued();
  const auto asked_by = [&](const std::string& agent) {
    auto request = with_grant(post("simpleenroll"));
    if (!agent.empty()) request.headers.push_back({"User-Agent", agent});
    EXPECT_EQ(handle(request).status, 200U);
    return service_.client.component + " " + service_.client.version;
  };
  EXPECT_EQ(asked_by("curl/7.88.1"), "curl 7.88.1");
  EXPECT_EQ(asked_by("strongSwan/5.9 (x)"), "strongSwan 5.9");
  EXPECT_EQ(asked_by("estclient"), "estclient ");
  for (const auto& nothing : std::vector<std::string>{"", "/1", "a\tb/1", "a/<b>", std::string(65, 'a')}) {
    EXPECT_EQ(asked_by(nothing), "est ") << nothing;
  }
}

TEST_F(Est, AnswersAllBadCredentialsAlike) {
  service_.answer = Error(ErrorCode::wrong_passphrase, "the grant is unknown");
  const auto unknown = handle(with_grant(post("simpleenroll")));
  EXPECT_EQ(unknown.status, 401);
  EXPECT_EQ(header(unknown, "WWW-Authenticate"), "Basic realm=\"holdfast\"");
  EXPECT_THAT(text(unknown), testing::Not(HasSubstr("unknown")));
  for (const auto& request : {with_grant(post("simpleenroll"), "somebody"),
                              with_grant(post("simpleenroll"), kGrant, ""), with_grant(post("simpleenroll"), "")}) {
    service_.asked.clear();
    const auto response = handle(request);
    EXPECT_EQ(response.status, 401);
    EXPECT_EQ(response.body, unknown.body);
    EXPECT_EQ(service_.asked, "");
  }
}

TEST_F(Est, AsksForCredentials) {
  const auto nothing = handle(post("simpleenroll"));
  EXPECT_EQ(nothing.status, 401);
  EXPECT_NE(header(nothing, "WWW-Authenticate"), "(none)");
  const auto certificate = handle(with_certificate(post("simpleenroll")));
  EXPECT_EQ(certificate.status, 401);
  EXPECT_THAT(text(certificate), HasSubstr("use simplereenroll"));
  // Of two sets of credentials neither counts.
  EXPECT_EQ(handle(with_grant(with_grant(post("simpleenroll")))).status, 401);
  EXPECT_EQ(service_.asked, "");
}

TEST_F(Est, RenewsForTheHolderOfACertificate) {
  service_.answer = issued();
  const auto response = handle(with_certificate(post("simplereenroll")));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(decoded(response), "leaf.");
  EXPECT_EQ(service_.asked, "renew shown");
}

TEST_F(Est, RenewsForNobodyElse) {
  EXPECT_EQ(handle(with_grant(post("simplereenroll"))).status, 403);
  EXPECT_EQ(service_.asked, "");
  service_.answer = Error(ErrorCode::wrong_passphrase, "unknown");
  const auto foreign = handle(with_certificate(post("simplereenroll")));
  EXPECT_EQ(foreign.status, 403);
  EXPECT_THAT(text(foreign), HasSubstr("not issued here"));
}

TEST_F(Est, WantsTheRightType) {
  for (const auto* const value : {"text/plain", "application/pkcs10x", "", ";application/pkcs10"}) {
    for (const auto& operation : {"simpleenroll", "simplereenroll"}) {
      auto request = with_certificate(with_grant(post(operation)));
      request.headers.front().value = value;
      EXPECT_EQ(handle(request).status, 415) << value;
    }
  }
  service_.answer = issued();
  for (const auto* const value : {"Application/PKCS10", "application/pkcs10 ; charset=x", "application/pkcs10;"}) {
    auto request = with_grant(post("simpleenroll"));
    request.headers.front().value = value;
    EXPECT_EQ(handle(request).status, 200) << value;
  }
  EXPECT_EQ(service_.asked.substr(0, 5), "enrol");
}

TEST_F(Est, SaysWhatIsWrongWithARequest) {
  auto request = with_grant(post("simpleenroll"));
  request.body = {'@'};
  const auto garbage = handle(request);
  EXPECT_EQ(garbage.status, 400);
  EXPECT_THAT(text(garbage), HasSubstr("not base64"));
  const auto bad = handle(with_grant(post("simpleenroll", "bad")));
  EXPECT_EQ(bad.status, 400);
  EXPECT_EQ(text(bad), "this is no certificate request\n");
  EXPECT_EQ(header(bad, "Content-Type"), "text/plain; charset=utf-8");
  const auto weak = handle(with_grant(post("simpleenroll", "weak")));
  EXPECT_EQ(weak.status, 403);
  EXPECT_EQ(text(weak), "this key is too weak: use ecdsa-p256\n");
}

TEST_F(Est, HasTheRefusalOfARequestRecorded) {
  const std::string why = ": this key is too weak: use ecdsa-p256";
  handle(with_grant(post("simpleenroll", "weak")));
  EXPECT_EQ(service_.asked, "refuse " + std::string(kGrant) + why);
  handle(with_certificate(post("simplereenroll", "weak")));
  EXPECT_EQ(service_.asked, "refuse shown" + why);
  // Strangers learn nothing about their requests.
  service_.refusal = Error(ErrorCode::wrong_passphrase, "these are not the credentials of a grant");
  EXPECT_EQ(handle(with_grant(post("simpleenroll", "weak"))).status, 401);
  const auto foreign = handle(with_certificate(post("simplereenroll", "weak")));
  EXPECT_EQ(foreign.status, 403);
  EXPECT_THAT(text(foreign), HasSubstr("not issued here"));
  // A refusal that could not be recorded is none.
  service_.refusal = Error(ErrorCode::io, "the disk is full");
  EXPECT_EQ(handle(with_grant(post("simpleenroll", "weak"))).status, 503);
  // What is no request at all concerns nobody.
  service_.asked.clear();
  handle(with_grant(post("simpleenroll", "bad")));
  EXPECT_EQ(service_.asked, "");
}

TEST_F(Est, PassesOnWhyItIsRefused) {
  service_.answer = Error(ErrorCode::refused, "the grant has expired: ask for another one");
  const auto response = handle(with_grant(post("simpleenroll")));
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(text(response), "the grant has expired: ask for another one\n");
}

TEST_F(Est, KeepsWhatWentWrongInsideToItself) {
  settings_.retry_after = std::chrono::seconds(7);
  service_.answer = Error(ErrorCode::io, "the disk is full");
  const auto later = handle(with_grant(post("simpleenroll")));
  EXPECT_EQ(later.status, 503);
  EXPECT_EQ(header(later, "Retry-After"), "7");
  EXPECT_THAT(text(later), testing::Not(HasSubstr("disk")));
  EXPECT_EQ(reported_, "the disk is full");
  service_.certificates = Error(ErrorCode::internal, "a promise was broken");
  const auto never = handle(get("/.well-known/est/cacerts"));
  EXPECT_EQ(never.status, 500);
  EXPECT_THAT(text(never), testing::Not(HasSubstr("promise")));
  EXPECT_EQ(reported_, "a promise was broken");
}

TEST_F(Est, MakesNoKeys) {
  const auto forbidden = handle(with_grant(post("serverkeygen")));
  EXPECT_EQ(forbidden.status, 403);
  EXPECT_THAT(text(forbidden), HasSubstr("never leave it"));
  settings_.server_keygen = ServerKeygen::not_implemented;
  EXPECT_EQ(handle(post("serverkeygen")).status, 501);
}

}  // namespace
}  // namespace holdfast::est
